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

import numpy
from autograd import value_and_grad

from network import Dropout, initial_weights, log_likelihood, log_softmax, network, trained
from rng import (NOISE_NODE, NOISE_PAIR, PRIOR_NODE, PRIOR_PAIR, REVERSE_NODE, REVERSE_PAIR,
                 SAMPLE_SIZE, SHUFFLE, TIME, VALIDATE_NODE, VALIDATE_PAIR, VALIDATE_TIME, Stream,
                 uniform, word)
from setting import (ALPHA_BAR, BATCH, BETA, CLIP, CONFIG, DECAY, EDGE_CLASSES, EMA, EPOCHS, LAMBDA,
                     LATER_REPEATS, LATER_SEED, LATER_STEPS, LR, NODE_CLASSES, SAMPLES, SEED, T,
                     TRAIN, VAL, WARMUP, corrupt, draw, transition, upper)


# ---- a training step ----

def own_times(batch, step):
    return [Stream(SEED, TIME, index, step).below(T + 1) for index in batch]


def own_network(w, noisy, t, index, step):
    return network(w, noisy, t, Dropout(index, step))


def batch_loss(w, batch, step, times=own_times, network=own_network):
    node_loss = pair_loss = nodes = pairs = 0.0
    for index, t in zip(batch, times(batch, step)):
        graph, n = TRAIN[index], len(TRAIN[index][0])
        noisy = corrupt(graph, t, index, step, NOISE_NODE, NOISE_PAIR)
        found = log_likelihood(graph, *network(w, noisy, t, index, step))
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
    """The other way round, as published; and the bound's own."""
    limit = numpy.full(classes, 1.0 / classes)
    q = transition(classes, ALPHA_BAR[T])[c]
    return numpy.array([kl(smoothed(limit), smoothed(q)), kl(q, limit)])


def graph_bound(w, index, t, repeat, seed):
    """Published terms have each pair twice, exact ones once, as it is drawn."""
    graph = nodes, pairs = VAL[index]
    n = len(nodes)
    ordered = [(i, j) for i in range(n) for j in range(n) if i != j]
    noisy = corrupt(graph, t, index, 2 * repeat, VALIDATE_NODE, VALIDATE_PAIR, seed)
    logits = network(w, noisy, t, Dropout(index, None))
    p_X, p_E = (numpy.exp(log_softmax(x)) for x in logits)
    kl_X = sum(entry_terms(nodes[i], noisy[0][i], p_X[i], t, NODE_CLASSES) for i in range(n))
    kl_E = sum(entry_terms(pairs[i, j], noisy[1][i, j], p_E[i, j], t, EDGE_CLASSES)
               for i, j in ordered)
    prior_X = sum(prior_term(c, NODE_CLASSES) for c in nodes)
    prior_E = sum(prior_term(pairs[i, j], EDGE_CLASSES) for i, j in ordered)
    z_0 = corrupt(graph, 0, index, 2 * repeat + 1, VALIDATE_NODE, VALIDATE_PAIR, seed)
    log_p_X, log_p_E = log_likelihood(graph, *network(w, z_0, 0, Dropout(index, None)))
    return {"kl_X": kl_X[0], "kl_X_exact": kl_X[1], "kl_E": kl_E[0], "kl_E_exact": kl_E[1] / 2,
            "kl_prior": prior_X[0] + prior_E[0], "kl_prior_exact": prior_X[1] + prior_E[1] / 2,
            "reconstruction": log_p_X + log_p_E, "reconstruction_exact": log_p_X + log_p_E / 2,
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
                   terms["reconstruction" + exact])
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

def run(make_optimizer=AdamW, loss=batch_loss, end_epoch=lambda epoch, average: None):
    weights = initial_weights()
    first, average = dict(weights), dict(weights)
    optimizer, steps = make_optimizer(weights), []
    batches = -(-len(TRAIN) // BATCH)
    for epoch in range(EPOCHS):
        order = Stream(SEED, SHUFFLE, 0, epoch).shuffled(len(TRAIN))
        for at in range(0, len(TRAIN), BATCH):
            step, parts = optimizer.steps, []

            def weighted(w):
                parts[:] = loss(w, order[at:at + BATCH], step)
                return parts[0] + LAMBDA * parts[1]
            total, gradient = value_and_grad(weighted)(weights)
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
        end_epoch(epoch, average)
    return first, weights, average, optimizer, steps


def train():
    bounds, margins, chains, later, bounds_later = [], [], [], [], {}

    def validate(epoch, average):
        bounds.append(bound(average))
        print("epoch %d: bound %.6f" % (epoch + 1, bounds[-1]["nll"]))
        if epoch == 1:  # when samples are drawn, and what proves to be the best
            chains[:] = [sample(average, k, margins) for k in range(SAMPLES)]
            later[:] = [sample(average, k, margins, LATER_SEED, LATER_STEPS)[-1]
                        for k in range(SAMPLES)]
            bounds_later.update(bound(average, LATER_REPEATS, LATER_SEED))
    first, weights, average, optimizer, steps = run(end_epoch=validate)
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


if __name__ == "__main__":
    main()
