"""The network (DiGress, appendix B.1), what it reads, and its first weights."""
import autograd.numpy as np
import numpy

from rng import DROPOUT, INITIALIZE, block, hash32, uniform
from setting import (DE, DROP, DX, DY, EDGE_CLASSES, FF_E, FF_X, FF_Y, HEADS, LAYERS, MAX_N, MLP_E,
                     MLP_X, MLP_Y, NODE_CLASSES, SEED, T)

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


class SymmetricDropout(Dropout):
    """A pair's mask is that of (i, j) with i <= j in both orders."""

    def __call__(self, layer, site, x):
        if x.ndim < 3 or self.step is None:
            return super().__call__(layer, site, x)
        mask = super().__call__(layer, site, numpy.ones(x.shape))
        upper = numpy.triu(numpy.ones(x.shape[:2]))[:, :, None]
        lower = numpy.tril(numpy.ones(x.shape[:2]), -1)[:, :, None]
        return x * (mask * upper + numpy.transpose(mask, (1, 0, 2)) * lower)


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


def scores(Q, K):
    return Q[:, None, :] * K[None, :, :] / (DX / HEADS) ** 0.5


def symmetric_scores(Q, K):
    Y = scores(Q, K)
    return (Y + np.transpose(Y, (1, 0, 2))) / 2


def network(w, graph, t, dropout, scores=scores):
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
        Y = scores(Q, K) * (linear(a + "e_mul", E) + 1) + linear(a + "e_add", E)
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
