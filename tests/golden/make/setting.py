"""What is trained, on what, and the noise: Q = keep I + (1 - keep) / classes."""
import numpy

from rng import TEST, Stream, word

SEED, T, EPOCHS, BATCH = 8, 6, 3, 3
LAYERS, DX, DE, DY, HEADS = 2, 8, 4, 6, 2
MLP_X, MLP_E, MLP_Y, FF_X, FF_E, FF_Y = 10, 6, 7, 9, 5, 8
NODE_CLASSES, EDGE_CLASSES = 3, 3
DROP, LAMBDA = 0.2, 3.0
LR, DECAY, CLIP, EMA, WARMUP = 0.02, 0.8, 1.5, 0.4, 3
SAMPLES = 24
LATER_SEED, LATER_STEPS, LATER_REPEATS = 5, 4, 3  # of what is asked of the trained model

CONFIG = f"""\
general:
  check_val_every_n_epochs: 1
  sample_every_val: 2
  samples_to_generate: {SAMPLES}
  chains_to_save: {SAMPLES}
  number_chain_steps: {T + 1}
  log_every_steps: 1
model:
  transition: uniform
  diffusion_steps: {T}
  diffusion_noise_schedule: custom
  n_layers: {LAYERS}
  extra_features: cycles
  cycles: published
  pooling: main
  dropout: {DROP}
  hidden_mlp_dims: {{X: {MLP_X}, E: {MLP_E}, y: {MLP_Y}}}
  hidden_dims: {{dx: {DX}, de: {DE}, dy: {DY}, n_head: {HEADS}, dim_ffX: {FF_X}, dim_ffE: {FF_E}, dim_ffy: {FF_Y}}}
  lambda_train: [{LAMBDA}, 0]
train:
  n_epochs: {EPOCHS}
  batch_size: {BATCH}
  lr: {LR}
  weight_decay: {DECAY}
  amsgrad: true
  clip_grad: {CLIP}
  ema_decay: {EMA}
  lr_schedule: cosine
  warmup_steps: {WARMUP}
  seed: {SEED}
  accumulators: 2
dataset:
  path: in-memory
"""
# train.amsgrad is the one key at its default; tests/test_keys.c holds that it has an effect.


# ---- graphs: (node classes [n], symmetric pair classes [n, n]) ----

def random_graph(index, n):
    stream = Stream(SEED, TEST, index)
    nodes = numpy.array([stream.below(NODE_CLASSES) for _ in range(n)])
    pairs = numpy.zeros((n, n), int)
    for i in range(n):
        for j in range(i + 1, n):
            pairs[i, j] = pairs[j, i] = max(0, stream.below(5) - 2)
    return nodes, pairs


TRAIN = [random_graph(k, 4 + k % 4) for k in range(10)]
VAL = [random_graph(20 + k, 3 + 3 * k) for k in range(3)]  # 3 and 9 nodes: not in TRAIN
MAX_N = max(len(nodes) for nodes, _ in TRAIN)


def upper(n):
    return [(i, j) for i in range(n) for j in range(i + 1, n)]


# ---- the noise: Q = keep I + (1 - keep) / classes ----

def schedule_beta():
    def survival(k):
        return numpy.cos(numpy.pi / 2 * (k / (T + 1) + 0.008) / 1.008) ** 2
    floor = 1.2 / (0.8 * 50 * 49 / 2)  # 1.2 changes of a graph of 50 nodes; few steps are above it
    return [max(floor, 1 - survival(k + 1) / survival(k)) for k in range(T + 1)]


BETA = schedule_beta()
ALPHA_BAR = numpy.cumprod([1 - min(beta, 0.9999) for beta in BETA])


def transition(classes, keep):
    return keep * numpy.eye(classes) + (1 - keep) / classes


def margin_of(margins, u, cumulative):
    margins.append(float(numpy.min(numpy.abs(u - cumulative[:-1]))) if len(cumulative) > 1 else 1.0)


def draw(p, bits, margins=None):
    """The class in whose part of (0, 1) the random bits lie."""
    u, cumulative = (bits + 0.5) / 2.0 ** 32, numpy.cumsum(p)
    if margins is not None:
        margin_of(margins, u, cumulative)
    return int(min(numpy.searchsorted(cumulative, u, side="right"), len(p) - 1))


def stay_or_draw(c, alpha_bar, bits, classes):
    """A draw of the row c of Qbar, in which the part of c itself comes first."""
    u = (bits + 0.5) / 2.0 ** 32
    return c if u < alpha_bar else min(int((u - alpha_bar) / (1 - alpha_bar) * classes), classes - 1)


def corrupt(graph, t, index, step, node_purpose, pair_purpose, seed=SEED):
    nodes, pairs = graph
    noisy_nodes, noisy_pairs = nodes.copy(), pairs.copy()
    for i in range(len(nodes)):
        bits = word(seed, node_purpose, index, step, i)
        noisy_nodes[i] = stay_or_draw(nodes[i], ALPHA_BAR[t], bits, NODE_CLASSES)
    for k, (i, j) in enumerate(upper(len(nodes))):
        bits = word(seed, pair_purpose, index, step, k)
        noisy_pairs[i, j] = noisy_pairs[j, i] = stay_or_draw(pairs[i, j], ALPHA_BAR[t], bits,
                                                             EDGE_CLASSES)
    return noisy_nodes, noisy_pairs
