"""Computes tests/golden/recipe.safetensors: a whole training, written down a second time.

    python3 -m venv venv && venv/bin/pip install numpy autograd    # made with 2.4 and 1.9
    venv/bin/python tests/golden/make/recipe.py tests/golden/recipe.safetensors

Nothing here is shared with src/: random numbers follow src/core/rng.h, the network is that of the
DiGress paper (appendix B.1), the optimizer PyTorch's AdamW, all in double precision with gradients
by autograd. tests/test_recipe.c trains by the same config and compares. No key of the recipe is at
its default, so that a training that ignores one of them ends elsewhere.
"""
import json
import struct
import sys

import autograd.numpy as np
import numpy
from autograd import value_and_grad

from rng import (DROPOUT, INITIALIZE, NOISE_NODE, NOISE_PAIR, PRIOR_NODE, PRIOR_PAIR, REVERSE_NODE,
                 REVERSE_PAIR, SAMPLE_SIZE, SHUFFLE, TEST, TIME, VALIDATE_NODE, VALIDATE_PAIR,
                 VALIDATE_TIME, Stream, block, hash32, uniform, word)

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


# ---- what the network reads ----

def cycle_counts(A):
    """3-, 4- and (as published) 5-cycles through each node, and 3- to 6-cycles of the graph."""
    A = A.astype(float)
    powers = [numpy.linalg.matrix_power(A, k) for k in range(7)]
    d, c3 = A.sum(1), numpy.diag(powers[3])
    c4 = numpy.diag(powers[4]) - d * (d - 1) - A @ d
    c5 = numpy.diag(powers[5]) - 2 * d * c3 - A @ c3 + c3
    # c5 is not a whole number of cycles when it counts too many: halves are dropped.
    nodes = numpy.stack([c3 // 2, c4 // 2, c5 // 2], 1)
    return nodes, numpy.array([c3.sum() / 6, c4.sum() / 8, c5.sum() / 10, six_cycles(A)])


def six_cycles(A):
    n, count = len(A), 0

    def walk(path):
        nonlocal count
        if len(path) == 6:
            count += A[path[-1], path[0]] > 0
            return
        for j in range(path[0] + 1, n):
            if A[path[-1], j] and j not in path:
                walk(path + [j])
    for start in range(n):
        walk([start])
    return count / 2  # each was gone round in both directions


def network_input(graph, t):
    nodes, pairs = graph
    n = len(nodes)
    by_node, by_graph = cycle_counts(pairs > 0)
    X = numpy.concatenate([numpy.eye(NODE_CLASSES)[nodes], numpy.minimum(by_node / 10, 1)], 1)
    E = numpy.eye(EDGE_CLASSES)[pairs] * (1 - numpy.eye(n))[:, :, None]
    y = numpy.concatenate([[n / MAX_N], numpy.minimum(by_graph / 10, 1), [t / T]])
    return X, E, y


# ---- the network ----

IN_X, IN_Y = NODE_CLASSES + 3, 6


def tensor_shapes():
    """Names and shapes in the order that numbers the streams of their first values."""
    def linear(name, out, width):
        return [(name + ".weight", (out, width)), (name + ".bias", (out,))]

    def together(prefix, names, out, width):
        return ([(prefix + name + ".weight", (out, width)) for name in names] +
                [(prefix + name + ".bias", (out,)) for name in names])

    def mlp(name, width, hidden, out):
        return linear(name + ".0", hidden, width) + linear(name + ".2", out, hidden)

    def feed_forward(prefix, part, width, hidden):
        norms = [(f"{prefix}norm{part}{k}.{what}", (width,)) for k in (1, 2)
                 for what in ("weight", "bias")]
        return (linear(f"{prefix}lin{part}1", hidden, width) +
                linear(f"{prefix}lin{part}2", width, hidden) + norms)

    shapes = (mlp("mlp_in_X", IN_X, MLP_X, DX) + mlp("mlp_in_E", EDGE_CLASSES, MLP_E, DE) +
              mlp("mlp_in_y", IN_Y, MLP_Y, DY))
    for k in range(LAYERS):
        layer = f"tf_layers.{k}."
        a = layer + "self_attn."
        shapes += together(a, ["q", "k", "v"], DX, DX) + together(a, ["e_mul", "e_add"], DX, DE)
        shapes += together(a, ["y_e_mul", "y_e_add", "y_x_mul", "y_x_add"], DX, DY)
        shapes += linear(a + "x_out", DX, DX) + linear(a + "e_out", DE, DX)
        shapes += linear(a + "y_y", DY, DY) + linear(a + "x_y.lin", DY, 4 * DX)
        shapes += linear(a + "e_y.lin", DY, 4 * DE)
        shapes += linear(a + "y_out.0", DY, DY) + linear(a + "y_out.2", DY, DY)
        shapes += feed_forward(layer, "X", DX, FF_X) + feed_forward(layer, "E", DE, FF_E)
        shapes += feed_forward(layer, "_y", DY, FF_Y)
    return (shapes + mlp("mlp_out_X", DX, MLP_X, NODE_CLASSES) +
            mlp("mlp_out_E", DE, MLP_E, EDGE_CLASSES))


def trained(name):
    """The last layer's y leads nowhere: PyTorch has no gradient for what makes it."""
    last = f"tf_layers.{LAYERS - 1}."
    return not any(name.startswith(last + part) for part in
                   ("self_attn.y_y", "self_attn.x_y", "self_attn.e_y", "self_attn.y_out", "lin_y",
                    "norm_y"))


def initial_weights():
    weights, bound = {}, 0.0
    for k, (name, shape) in enumerate(tensor_shapes()):
        if "norm" in name:
            weights[name] = numpy.full(shape, 1.0 if name.endswith("weight") else 0.0)
            continue
        if len(shape) == 2:
            bound = shape[1] ** -0.5  # the bias that follows has the same
        values = [uniform(SEED, INITIALIZE, k, 0, e) for e in range(int(numpy.prod(shape)))]
        weights[name] = (2 * numpy.array(values) - 1).reshape(shape) * bound
    return weights


class Dropout:
    """The masks of one graph in one step: none where step is None."""

    SITES = ["X1", "X2", "X3", "E1", "E2", "E3", "y1", "y2", "y3"]

    def __init__(self, graph, step):
        self.graph, self.step = graph, step

    def __call__(self, layer, site, x):
        if self.step is None:
            return x
        words = block(SEED, DROPOUT, self.graph, self.step, layer * 16 + self.SITES.index(site))
        rows = numpy.prod(x.shape[:-1], dtype=int)
        mask = numpy.zeros((rows, x.shape[-1]))
        for r in range(rows):
            key = hash32(r * 0x9E3779B9 + words[0]) ^ words[1]
            for c in range(x.shape[-1]):
                mask[r, c] = hash32(key + c * 0x9E3779B9) >> 1 >= int(numpy.float32(DROP) * 2 ** 31)
        return x * mask.reshape(x.shape) / (1 - DROP)


def relu(x):
    return np.maximum(x, 0)


def norm(w, name, x):
    away = x - np.mean(x, -1, keepdims=True)
    scaled = away / np.sqrt(np.mean(away ** 2, -1, keepdims=True) + 1e-5)
    return scaled * w[name + ".weight"] + w[name + ".bias"]


def pooled(rows):
    """[mean, min, max, unbiased standard deviation] of the rows."""
    variance = np.sum((rows - np.mean(rows, 0)) ** 2, 0) / (len(rows) - 1)
    flat = variance < 1e-12  # autograd knows no gradient of the root there
    spread = np.where(flat, 0, np.sqrt(np.where(flat, 1, variance)))
    return np.concatenate([np.mean(rows, 0), np.min(rows, 0), np.max(rows, 0), spread])


def network(w, graph, t, dropout):
    """Logits of nodes [n, .] and of pairs [n, n, .]."""
    X_in, E_in, y = network_input(graph, t)

    def linear(name, x):
        return np.dot(x, w[name + ".weight"].T) + w[name + ".bias"]

    def mlp(name, x):
        return linear(name + ".2", relu(linear(name + ".0", x)))

    def rest_of_layer(k, part, lin, x, branch):
        layer = f"tf_layers.{k}."
        x = norm(w, f"{layer}norm{lin}1", x + dropout(k, part + "1", branch))
        hidden = dropout(k, part + "2", relu(linear(f"{layer}lin{lin}1", x)))
        branch = dropout(k, part + "3", linear(f"{layer}lin{lin}2", hidden))
        return norm(w, f"{layer}norm{lin}2", x + branch)

    X, E, y = relu(mlp("mlp_in_X", X_in)), relu(mlp("mlp_in_E", E_in)), relu(mlp("mlp_in_y", y))
    E = (E + np.transpose(E, (1, 0, 2))) / 2
    for k in range(LAYERS):
        a = f"tf_layers.{k}.self_attn."
        Q, K, V = (linear(a + name, X) for name in "qkv")
        Y = Q[:, None, :] * K[None, :, :] / (DX / HEADS) ** 0.5
        Y = Y * (linear(a + "e_mul", E) + 1) + linear(a + "e_add", E)
        new_E = linear(a + "y_e_add", y) + (linear(a + "y_e_mul", y) + 1) * Y
        weights = np.exp(Y - np.max(Y, 1, keepdims=True))
        attended = np.sum(weights * V[None, :, :], 1) / np.sum(weights, 1)
        new_X = linear(a + "y_x_add", y) + (linear(a + "y_x_mul", y) + 1) * attended
        new_y = (linear(a + "y_y", y) + linear(a + "x_y.lin", pooled(X)) +
                 linear(a + "e_y.lin", pooled(np.reshape(E, (-1, DE)))))
        X = rest_of_layer(k, "X", "X", X, linear(a + "x_out", new_X))
        E = rest_of_layer(k, "E", "E", E, linear(a + "e_out", new_E))
        if k + 1 < LAYERS:
            y = rest_of_layer(k, "y", "_y", y[None, :], mlp(a + "y_out", new_y)[None, :])[0]
    logits_X = mlp("mlp_out_X", X) + X_in[:, :NODE_CLASSES]
    logits_E = mlp("mlp_out_E", E) + E_in
    return logits_X, (logits_E + np.transpose(logits_E, (1, 0, 2))) / 2


def log_softmax(x):
    x = x - np.max(x, -1, keepdims=True)
    return x - np.log(np.sum(np.exp(x), -1, keepdims=True))


def log_likelihood(graph, logits_X, logits_E):
    """Sums over the nodes, and over the ordered pairs of different nodes."""
    nodes, pairs = graph
    of_nodes = log_softmax(logits_X) * numpy.eye(NODE_CLASSES)[nodes]
    of_pairs = log_softmax(logits_E) * numpy.eye(EDGE_CLASSES)[pairs]
    return np.sum(of_nodes), np.sum(of_pairs * (1 - numpy.eye(len(nodes)))[:, :, None])


# ---- a training step ----

def batch_loss(w, batch, step):
    node_loss = pair_loss = nodes = pairs = 0.0
    for index in batch:
        graph, n = TRAIN[index], len(TRAIN[index][0])
        t = Stream(SEED, TIME, index, step).below(T + 1)
        noisy = corrupt(graph, t, index, step, NOISE_NODE, NOISE_PAIR)
        found = log_likelihood(graph, *network(w, noisy, t, Dropout(index, step)))
        node_loss, pair_loss = node_loss - found[0], pair_loss - found[1]
        nodes, pairs = nodes + n, pairs + n * (n - 1)
    return node_loss / nodes, pair_loss / pairs


def learning_rate(step, total):
    if step < WARMUP:
        return LR * (step + 1) / WARMUP
    return LR * (1 + numpy.cos(numpy.pi * (step - WARMUP) / (total - WARMUP))) / 2


class AdamW:
    def __init__(self, weights):
        zeros = {name: numpy.zeros_like(value) for name, value in weights.items()}
        self.m, self.v, self.v_max, self.steps = zeros, dict(zeros), dict(zeros), 0

    def step(self, weights, gradient, lr):
        self.steps += 1
        for name in filter(trained, weights):
            g = gradient[name]
            self.m[name] = 0.9 * self.m[name] + 0.1 * g
            self.v[name] = 0.999 * self.v[name] + 0.001 * g ** 2
            self.v_max[name] = numpy.maximum(self.v_max[name], self.v[name])
            m = self.m[name] / (1 - 0.9 ** self.steps)
            v = self.v_max[name] / (1 - 0.999 ** self.steps)
            weights[name] = weights[name] * (1 - lr * DECAY) - lr * m / (numpy.sqrt(v) + 1e-8)


# ---- validation: DiGress, appendix C ----

def stratified_times(repeat, repeats, seed):
    """Each graph in a part of 1 .. T of its own, and so in each repeat."""
    order = Stream(seed, VALIDATE_TIME, 2 ** 32 - 1, repeat).shuffled(len(VAL))
    places = [repeat * len(VAL) + order[g] + uniform(seed, VALIDATE_TIME, g, repeat, 0)
              for g in range(len(VAL))]
    return [min(T, 1 + int(T * place / (len(VAL) * repeats))) for place in places]


def smoothed(p):
    return (p + 1e-7) / numpy.sum(p + 1e-7)


def kl(q, p):
    return sum(a * numpy.log(a / b) for a, b in zip(q, p) if a > 0)


def posterior(x_t, p, s, t, classes):
    """Rows x_0 of q(x_s | x_t, x_0), and the quotient of expectations under p."""
    step = transition(classes, numpy.prod([1 - beta for beta in BETA[s + 1:t + 1]]))
    before = transition(classes, ALPHA_BAR[s])
    joint = step[:, x_t][None, :] * before
    rows = joint / joint.sum(1, keepdims=True)
    return rows, (p @ joint) / (p @ joint).sum()


def entry_terms(x_0, x_t, p, t, classes):
    rows, published = posterior(x_t, p, t - 1, t, classes)
    return numpy.array([kl(rows[x_0], smoothed(published)), kl(rows[x_0], p @ rows)])


def prior_term(c, classes):
    """The other way round, as published."""
    limit = smoothed(numpy.full(classes, 1.0 / classes))
    q = transition(classes, ALPHA_BAR[T])[c]
    return kl(limit, smoothed(q))


def graph_bound(w, index, t, repeat, seed):
    graph = nodes, pairs = VAL[index]
    n = len(nodes)
    ordered = [(i, j) for i in range(n) for j in range(n) if i != j]
    noisy = corrupt(graph, t, index, 2 * repeat, VALIDATE_NODE, VALIDATE_PAIR, seed)
    logits = network(w, noisy, t, Dropout(index, None))
    p_X, p_E = (numpy.exp(log_softmax(x)) for x in logits)
    kl_X = sum(entry_terms(nodes[i], noisy[0][i], p_X[i], t, NODE_CLASSES) for i in range(n))
    kl_E = sum(entry_terms(pairs[i, j], noisy[1][i, j], p_E[i, j], t, EDGE_CLASSES)
               for i, j in ordered)
    prior = (sum(prior_term(c, NODE_CLASSES) for c in nodes) +
             sum(prior_term(pairs[i, j], EDGE_CLASSES) for i, j in ordered))
    z_0 = corrupt(graph, 0, index, 2 * repeat + 1, VALIDATE_NODE, VALIDATE_PAIR, seed)
    reconstruction = sum(log_likelihood(graph, *network(w, z_0, 0, Dropout(index, None))))
    return {"kl_X": kl_X[0], "kl_X_exact": kl_X[1], "kl_E": kl_E[0], "kl_E_exact": kl_E[1],
            "kl_prior": prior, "kl_prior_exact": prior, "reconstruction": reconstruction,
            "log_pn": numpy.log(size_shares()[n])}


def size_shares():
    """p(n), of the training and the validation set together."""
    counts = numpy.zeros(1 + max(len(nodes) for nodes, _ in TRAIN + VAL))
    for nodes, _ in TRAIN + VAL:
        counts[len(nodes)] += 1
    return counts / counts.sum()


def bound(w, repeats=1, seed=SEED):
    graphs = [graph_bound(w, g, t, repeat, seed) for repeat in range(repeats)
              for g, t in enumerate(stratified_times(repeat, repeats, seed))]
    terms = {name: float(numpy.mean([graph[name] for graph in graphs])) for name in graphs[0]}
    for exact in ("", "_exact"):
        without = (terms["kl_prior" + exact] + T * (terms["kl_X" + exact] + terms["kl_E" + exact]) -
                   terms["reconstruction"])
        terms["without_pn" + exact] = without
        terms["nll" + exact] = without - terms["log_pn"]
    return terms


# ---- sampling ----

def sample(w, index, margins, seed=SEED, steps=T):
    """The way from noise: a graph after each step."""
    n = draw(size_shares(), word(seed, SAMPLE_SIZE, index, 0, 0))
    X, E = [numpy.full(c, 1.0 / c) for c in (NODE_CLASSES, EDGE_CLASSES)]
    nodes = numpy.array([draw(X, word(seed, PRIOR_NODE, index, 0, i)) for i in range(n)])
    pairs = numpy.zeros((n, n), int)
    for k, (i, j) in enumerate(upper(n)):
        pairs[i, j] = pairs[j, i] = draw(E, word(seed, PRIOR_PAIR, index, 0, k))
    times, frames = [T * k // steps for k in range(steps, -1, -1)], [(nodes.copy(), pairs.copy())]
    for t, s in zip(times, times[1:]):
        p_X, p_E = (numpy.exp(log_softmax(x))
                    for x in network(w, (nodes, pairs), t, Dropout(index, None)))
        for i in range(n):
            rows, _ = posterior(nodes[i], p_X[i], s, t, NODE_CLASSES)
            nodes[i] = draw(p_X[i] @ rows, word(seed, REVERSE_NODE, index, t, i), margins)
        for k, (i, j) in enumerate(upper(n)):
            rows, _ = posterior(pairs[i, j], p_E[i, j], s, t, EDGE_CLASSES)
            pairs[i, j] = pairs[j, i] = draw(p_E[i, j] @ rows,
                                             word(seed, REVERSE_PAIR, index, t, k), margins)
        frames.append((nodes.copy(), pairs.copy()))
    return frames


# ---- the training ----

def train():
    weights = initial_weights()
    first = {name: value.copy() for name, value in weights.items()}
    average = {name: value.copy() for name, value in weights.items()}
    optimizer, steps, bounds, margins = AdamW(weights), [], [], []
    batches = -(-len(TRAIN) // BATCH)
    for epoch in range(EPOCHS):
        order = Stream(SEED, SHUFFLE, 0, epoch).shuffled(len(TRAIN))
        for at in range(0, len(TRAIN), BATCH):
            step, parts = optimizer.steps, []

            def loss(w):
                parts[:] = batch_loss(w, order[at:at + BATCH], step)
                return parts[0] + LAMBDA * parts[1]
            total, gradient = value_and_grad(loss)(weights)
            size = numpy.sqrt(sum(numpy.sum(gradient[name] ** 2) for name in weights))
            shrink = min(1.0, CLIP / (size + 1e-6))
            lr = learning_rate(step, EPOCHS * batches)
            optimizer.step(weights, {name: g * shrink for name, g in gradient.items()}, lr)
            rate = 1 - min(EMA, (2 + step) / (11 + step))
            for name in weights:
                average[name] = average[name] + rate * (weights[name] - average[name])
            parts = [float(getattr(part, "_value", part)) for part in parts]
            steps.append([float(total), *parts, float(size), float(lr)])
            print("step %2d: loss %.6f (%.6f, %.6f), gradient %.4f, lr %.5f" % (step + 1, *steps[-1]))
        bounds.append(bound(average))
        print("epoch %d: bound %.6f" % (epoch + 1, bounds[-1]["nll"]))
        if epoch == 1:  # when samples are drawn, and what proves to be the best
            chains = [sample(average, k, margins) for k in range(SAMPLES)]
            later = [sample(average, k, margins, LATER_SEED, LATER_STEPS)[-1]
                     for k in range(SAMPLES)]
            bounds_later = bound(average, LATER_REPEATS, LATER_SEED)
    print("samples: the closest draw is %.2g away from another class" % min(margins))
    assert min(margins) > 5e-5  # else another processor's rounding may draw another class
    nll = [bound["nll"] for bound in bounds]
    assert nll[1] < min(nll[0], nll[2]) - 0.1
    return first, weights, average, optimizer, steps, bounds, chains, later, bounds_later


# ---- the file ----

def save(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, value in tensors.items():
        value = numpy.ascontiguousarray(value)
        kind = {"float32": "F32", "float64": "F64", "int64": "I64"}[str(value.dtype)]
        header[name] = {"dtype": kind, "shape": list(value.shape),
                        "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def add_graphs(tensors, name, graphs):
    tensors[name + "/n"] = numpy.array([len(nodes) for nodes, _ in graphs])
    tensors[name + "/nodes"] = numpy.concatenate([nodes for nodes, _ in graphs])
    tensors[name + "/pairs"] = numpy.array([pairs[i, j] for nodes, pairs in graphs
                                            for i, j in upper(len(nodes))])


def main():
    first, weights, average, optimizer, steps, bounds, chains, later, bounds_later = train()
    tensors = {"steps": numpy.array(steps)}  # [steps, loss | loss_X | loss_E | gradient norm | lr]
    for name in bounds[0]:
        tensors["bounds/" + name] = numpy.array([bound[name] for bound in bounds])
        tensors["later/" + name] = numpy.array([bounds_later[name]])
    frames = [frame for chain in chains for frame in chain]
    for name, graphs in (("train", TRAIN), ("val", VAL), ("chains", frames), ("later", later)):
        add_graphs(tensors, name, graphs)
    vectors = (("initial", first), ("model", weights), ("ema", average), ("exp_avg", optimizer.m),
               ("exp_avg_sq", optimizer.v), ("max_exp_avg_sq", optimizer.v_max))
    for prefix, values in vectors:
        for name, value in values.items():
            tensors[f"{prefix}.{name}"] = value.astype(numpy.float32)
    save(sys.argv[1], tensors, {"config": CONFIG, "later": f"{LATER_SEED} {LATER_STEPS} {LATER_REPEATS}"})


main()
