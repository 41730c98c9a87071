"""Random walk features, cycle counts and the network's input, from the formulas."""
import numpy


def walks(A, steps):
    """[n, n, steps]: I, M, M^2, ... with M = D^-1 A; a node without edges has a row of zeros."""
    degrees = A.sum(1)
    M = A / numpy.maximum(degrees, 1)[:, None]
    return numpy.stack([numpy.linalg.matrix_power(M, k) for k in range(steps)], -1)


def cycles(A):
    """Of 3, 4, 5 and 6 nodes; those of 5 as the published code counts them, which is too many."""
    P = [numpy.linalg.matrix_power(A, k) for k in range(7)]
    d, c3, c4, c5 = A.sum(1), P[3].diagonal(), P[4].diagonal(), P[5].diagonal()
    six = (P[6].trace() - 3 * (c3 ** 2).sum() + 9 * (A * P[2] ** 2).sum() - 6 * (d * c4).sum()
           + 6 * c4.sum() - 4 * c3.sum() + 4 * (d ** 3).sum() + 3 * P[3].sum()
           - 12 * (d ** 2).sum() + 4 * d.sum())
    return numpy.array([c3.sum() / 6, (c4 - d * (d - 1) - A @ d).sum() / 8,
                        (c5 - 2 * d * c3 - A @ c3 + c3).sum() / 10, six / 12])


# ---- other graphs ----

def random_pairs(rng, n, classes, density):
    pairs = numpy.zeros((n, n), int)
    for i in range(n):
        for j in range(i):
            if rng.random() < density:
                pairs[i, j] = pairs[j, i] = rng.integers(1, classes)
    return pairs


def batch(rng, sizes, node_classes, edge_classes, steps, max_n):
    """Padded: one-hot classes of nodes and pairs, walks, the graph's row, counts."""
    n = max(sizes)
    X_t = numpy.zeros((len(sizes), n, node_classes))
    E_t = numpy.zeros((len(sizes), n, n, edge_classes))
    E = numpy.zeros((len(sizes), n, n, steps))
    E[..., 0] = numpy.eye(n)
    raw = numpy.zeros((len(sizes), 4))
    for g, size in enumerate(sizes):
        pairs = random_pairs(rng, size, edge_classes, [0.15, 0.4, 0.9, 0][g % 4])
        X_t[g, :size] = numpy.eye(node_classes)[rng.integers(0, node_classes, size)]
        E_t[g, :size, :size] = numpy.eye(edge_classes)[pairs]
        A = (pairs > 0).astype(float)
        E[g, :size, :size] = walks(A, steps)
        raw[g] = cycles(A)
    y = numpy.concatenate([numpy.array(sizes)[:, None] / max_n, numpy.minimum(raw / 10, 1)], 1)
    return X_t, E_t, E, E.diagonal(axis1=1, axis2=2).transpose(0, 2, 1), raw, y


def make(seed):
    rng = numpy.random.default_rng(seed)
    sizes = [int(n) for n in rng.integers(2, 40, 8)] + [1, 2, 17]
    steps, edge_classes, node_classes = int(rng.integers(2, 33)), int(rng.integers(2, 6)), 2
    largest = max(sizes) + 3
    _, E_t, E, X, raw, y = batch(rng, sizes, node_classes, edge_classes, steps, largest)
    tensors = {"rrwp/E_t": E_t, "rrwp/E": E, "rrwp/X": X, "rrwp/raw_cycles": raw, "rrwp/y": y,
               "rrwp/adjacency": E_t[..., 1:].sum(-1)}
    X_t, E_t, E, X, _, y = batch(rng, [18, 3, 1, 33], 3, edge_classes, 7, 50)
    t = numpy.linspace(0.1, 0.9, 4)[:, None]
    tensors |= {"net/X_t": X_t, "net/E_t": E_t, "net/X": numpy.concatenate([X_t, X], -1),
                "net/E": numpy.concatenate([E_t, E], -1), "net/y": numpy.concatenate([y, t], 1)}
    metadata = {"rrwp_K": str(steps), "rrwp_sizes": " ".join(map(str, sizes)),
                "rrwp_max_n_nodes": str(largest), "net_K": "7", "net_sizes": "18 3 1 33",
                "net_max_n_nodes": "50", "seed": str(seed)}
    return {name: values.astype(numpy.float32) for name, values in tensors.items()}, metadata
