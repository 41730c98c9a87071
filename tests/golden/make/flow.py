"""What flow.safetensors has: times, noising, rates, steps and losses; and what rrwp.py makes.

    python3 -m venv venv && venv/bin/pip install numpy    # made with 2.4
    venv/bin/python tests/golden/make/flow.py cut FULL tests/golden/flow.safetensors
    venv/bin/python tests/golden/make/flow.py make SEED FOLDER/flow.safetensors

tests/golden/flow.safetensors holds numbers of the published DeFoG code (manuelmlmadeira/DeFoG, branch
main at 365bda9affadd5c2307014a0532ddaa244399441, with torch 1.13 on a CPU): `cut` keeps of a larger file
what tests/parity_flow.c, parity_rrwp.c and parity_time.c read. `make` computes a file of the same layout
from the formulas in double precision, with other graphs, sizes, classes and weights; DIGRESS_GOLDEN=FOLDER
build/test_parity reads it (FOLDER holds copies of the other files).
"""
import json
import struct
import sys

import numpy

import rrwp

LEFT_OUT = ("guidance/", "variants/", "time_embedding/", "node_mask", "noise/y")
KINDS = ("marginal", "uniform", "absorbfirst")
LAMBDA = 5.0
TYPES = {"float32": "F32", "float64": "F64", "int64": "I64"}


def read(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    names = {code: name for name, code in TYPES.items()}
    tensors = {name: numpy.frombuffer(data[slice(*entry["data_offsets"])],
                                      names[entry["dtype"]]).reshape(entry["shape"])
               for name, entry in header.items()}
    return tensors, metadata


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, values in sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0])):
        end = len(data) + values.nbytes
        header[name] = {"dtype": TYPES[str(values.dtype)], "shape": list(values.shape),
                        "data_offsets": [len(data), end]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def is_read(name):
    is_draw = name.startswith(("start/", "noise/")) and "/z_" in name
    return not is_draw and not name.startswith(LEFT_OUT)


# ---- the formulas ----

def distortions(u):
    cosine = (1 - numpy.cos(numpy.pi * u)) / 2
    return {"identity": u, "cos": cosine, "revcos": 2 * u - cosine, "polyinc": u ** 2,
            "polydec": 2 * u - u ** 2}


def start(kind, counts):
    return {"marginal": counts / counts.sum(), "uniform": numpy.ones(len(counts)) / len(counts),
            "absorbfirst": numpy.eye(len(counts))[0]}[kind]


def softmax(logits):
    p = numpy.exp(logits - logits.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


def noised(z_1, t, u):
    return t * numpy.eye(len(u))[z_1] + (1 - t) * u


def at(values, classes):
    return numpy.take_along_axis(values, classes[..., None], -1)


def rates(z_t, z_1, t, u, eta, omega):
    """p, Z, and R*, R_db, R_tg with their sum, where the published code has 0 above 1e5."""
    p, g, hot = noised(z_1, t, u), numpy.eye(len(u))[z_1] - u, numpy.eye(len(u))[z_1]
    Z = (p != 0).sum(-1)
    here = Z[..., None] * at(p, z_t)
    over = numpy.divide(1, here, out=numpy.zeros_like(here), where=here > 0)
    star = numpy.maximum(0, g - at(g, z_t)) * over
    balance, target = eta * p, omega * hot * (z_1 != z_t)[..., None] * over
    R = star + balance + target
    R[(R > 1e5) | (p == 0) | (here == 0)] = 0
    return p, Z, star, balance, target, R


def step(R, z_t, d):
    here = numpy.eye(R.shape[-1])[z_t] > 0
    leaving = numpy.where(here, 0, R * d)
    return numpy.where(here, numpy.maximum(0, 1 - leaving.sum(-1, keepdims=True)), leaving)


# ---- another file ----

def symmetric(pairs):
    upper = numpy.triu(numpy.ones(pairs.shape[1:3]), 1)[None, :, :, None] * pairs
    return upper + upper.swapaxes(1, 2)


def random_classes(rng, sizes, dx, de):
    """Labels of nodes and pairs, 0 in padding and on the diagonal."""
    n = max(sizes)
    is_node = numpy.arange(n) < numpy.array(sizes)[:, None]
    X = rng.integers(0, dx, is_node.shape) * is_node
    E = symmetric(rng.integers(0, de, (len(sizes), n, n))[..., None])[..., 0].astype(int)
    return X, E * is_node[:, :, None] * is_node[:, None, :]


def masks(sizes):
    n = max(sizes)
    is_node = numpy.arange(n) < numpy.array(sizes)[:, None]
    return {"X": is_node, "E": is_node[:, :, None] & is_node[:, None, :] & ~numpy.eye(n, dtype=bool)}


def times(steps):
    u = numpy.linspace(0, 1, 101)
    tensors = {"distort/t": u}
    tensors |= {f"distort/{name}": f for name, f in distortions(u).items()}
    tensors |= {f"distort32/{name}": f.astype(numpy.float32) for name, f in distortions(u).items()}
    for kind in ("marginal", "absorbfirst"):
        u = numpy.arange(steps + 1) / steps
        s = numpy.stack(list(distortions(u[1:]).values()))
        u[0] = 1e-6 if kind == "absorbfirst" else 0
        t = numpy.stack(list(distortions(u[:-1]).values()))
        tensors |= {f"grid/{kind}/t": t.astype(numpy.float32),
                    f"grid/{kind}/s": s.astype(numpy.float32)}
    return tensors


def noising(rng, sizes, limits):
    classes = dict(zip("XE", random_classes(rng, sizes, *(len(limits["uniform", c]) for c in "XE"))))
    t = rng.random((4, len(sizes))).astype(numpy.float32)
    tensors = {"noise/t": t}
    for c, labels in classes.items():
        tensors[f"noise/{c}_1"] = numpy.eye(len(limits["uniform", c]))[labels] * masks(sizes)[c][..., None]
        for kind in KINDS:
            each = t.astype(float).reshape(t.shape + (1,) * labels.ndim)
            tensors[f"noise/{kind}/prob_{c}"] = numpy.stack(
                [noised(labels, row, limits[kind, c]) for row in each])
    return tensors


def state(classes, labels, sizes):
    """One-hot as a noisy graph is: padding is zero, the diagonal class 0."""
    is_node = masks(sizes)["X"]
    real = is_node if labels.ndim == 2 else is_node[:, :, None] & is_node[:, None, :]
    return numpy.eye(classes)[labels] * real[..., None]


def rate_tensors(prefix, c, z_t, z_1, t, s, u, eta, omega, logits):
    """Of nodes or pairs, c, at each step; the last step is a draw from the prediction if s is 1."""
    names = {name: [] for name in ("p", "Z", "Rstar", "Rdb", "Rtg", "R", "prob")}
    for tau, end in zip(t.astype(float), s.astype(float)):
        by = [[rates(z_t, z_1, tau, u, a, b) for b in omega.astype(float)] for a in eta.astype(float)]
        for k, name in enumerate(("p", "Z", "Rstar")):
            names[name].append(by[0][0][k])
        names["Rdb"].append([row[0][3] for row in by])
        names["Rtg"].append([parts[4] for parts in by[0]])
        R = numpy.array([[parts[5] for parts in row] for row in by])
        names["R"].append(R)
        moved = step(R, numpy.broadcast_to(z_t, R.shape[:-1]), end - tau)
        names["prob"].append(moved if end < 1 else numpy.broadcast_to(softmax(logits), R.shape))
    return {f"{prefix}/{name}_{c}": numpy.array(values) for name, values in names.items()}


def all_rates(rng, sizes, limits):
    t = numpy.float32([0, 1e-6, 0.2, 0.55, 0.9, 1 - 1e-6, 0.95])
    s = numpy.float32([0.03, 2e-3, 0.3, 0.6, 0.92, 1 - 5e-7, 1])
    eta, omega = numpy.float32([0, 3, 70]), numpy.float32([0, 0.08, 0.6])
    tensors = {"rates/t": t, "rates/s": s, "rates/eta": eta, "rates/omega": omega}
    d = {c: len(limits["uniform", c]) for c in "XE"}
    z_t, z_1 = (dict(zip("XE", random_classes(rng, sizes, *d.values()))) for _ in range(2))
    for c in "XE":
        logits = rng.normal(0, 1.5, z_t[c].shape + (d[c],)).astype(numpy.float32)
        logits = logits if c == "X" else symmetric(logits).astype(numpy.float32)
        tensors |= {f"rates/z_{c}": state(d[c], z_t[c], sizes), f"rates/z1_{c}": z_1[c],
                    f"rates/logits_{c}": logits}
        for kind in KINDS:
            tensors |= rate_tensors(f"rates/{kind}", c, z_t[c], z_1[c], t, s, limits[kind, c], eta,
                                    omega, logits.astype(float))
            tensors[f"rates/{kind}/Z_{c}"] = tensors[f"rates/{kind}/Z_{c}"].astype(numpy.int64)
    return tensors


def plain(rng, sizes):
    """One class of nodes and two of pairs, without axes of eta and omega."""
    t, s = numpy.float32([0.35, 0.85]), numpy.float32([0.4, 0.86])
    eta, omega, counts = numpy.float32([20]), numpy.float32([0.1]), numpy.float32([900, 77])
    tensors = {"plain/t": t, "plain/s": s, "plain/eta": eta, "plain/omega": omega,
               "plain/edge_counts": counts}
    z_t, z_1 = (dict(zip("XE", random_classes(rng, sizes, 1, 2))) for _ in range(2))
    for c, shares in (("X", numpy.ones(1)), ("E", counts.astype(float))):
        tensors |= {f"plain/z_{c}": state(len(shares), z_t[c], sizes), f"plain/z1_{c}": z_1[c]}
        for kind in KINDS:
            made = rate_tensors(f"plain/{kind}", c, z_t[c], z_1[c], t, s, start(kind, shares), eta,
                                omega, None)
            tensors |= {name: made[name][:, 0, 0]
                        for name in (f"plain/{kind}/R_{c}", f"plain/{kind}/prob_{c}")}
    return tensors


def loss(rng, folder, sizes, dx, de):
    tensors, total = {}, 0
    for c, d, labels in zip("XE", (dx, de), random_classes(rng, sizes, dx, de)):
        rows, weight = masks(sizes)[c], 1 if c == "X" else LAMBDA
        true = numpy.eye(d)[labels] * rows[..., None]
        logits = rng.normal(0, 2, true.shape).astype(numpy.float32)
        p = softmax(logits.astype(float))
        mean = -(true * numpy.log(p)).sum() / rows.sum()
        total += weight * mean
        tensors |= {f"{folder}/true_{c}": true, f"{folder}/logits_{c}": logits,
                    f"{folder}/loss_{c}": numpy.array(mean),
                    f"{folder}/grad_{c}": weight * (p - true) * rows[..., None] / rows.sum()}
    return tensors | {f"{folder}/loss": numpy.array(total)}


def make(seed):
    rng = numpy.random.default_rng([seed, 2])
    dx, de = (int(d) for d in rng.integers(2, 7, 2))
    sizes, plain_sizes = [int(n) for n in rng.integers(2, 9, 4)] + [1], [7, 2, 4]
    counts = {"X": rng.integers(1, 2000, dx), "E": rng.integers(1, 2000, de)}
    counts["E"][-1] = 0
    limits = {(kind, c): start(kind, counts[c]).astype(numpy.float32).astype(float)
              for kind in KINDS for c in "XE"}
    tensors = times(int(rng.integers(5, 40)))
    tensors |= {"start/node_counts": counts["X"].astype(numpy.float32),
                "start/edge_counts": counts["E"].astype(numpy.float32)}
    tensors |= {f"start/{kind}/{c}": limit for (kind, c), limit in limits.items()}
    tensors |= noising(rng, sizes, limits) | all_rates(rng, sizes, limits) | plain(rng, plain_sizes)
    tensors |= loss(rng, "loss", sizes, dx, de) | loss(rng, "loss_plain", sizes, 1, 2)
    single = {name: values.astype(numpy.float32)
              if values.dtype == float and not name.startswith("distort/") else values
              for name, values in tensors.items()}
    walks, metadata = rrwp.make(seed)
    return single | walks, metadata | {
        "sizes": " ".join(map(str, sizes)), "plain_sizes": " ".join(map(str, plain_sizes)),
        "distortions": " ".join(distortions(numpy.zeros(1))), "lambda_E": str(LAMBDA)}


if sys.argv[1] == "cut":
    everything, about = read(sys.argv[2])
    write(sys.argv[3], {name: values for name, values in everything.items() if is_read(name)}, about)
else:
    write(sys.argv[3], *make(int(sys.argv[2])))
