"""Computes tests/golden/muon.safetensors: recipe.py's training by Muon, times spread over a batch.

    venv/bin/python tests/golden/make/muon.py tests/golden/muon.safetensors

Muon follows Jordan et al. 2024 (https://kellerjordan.github.io/posts/muon/), with the size of an
update by Liu et al. 2025 (arXiv 2502.16982). Where src/train/muon.c multiplies matrices, singular
values are taken here, each of which goes through the polynomial by itself.
"""
import sys

import numpy

from network import trained
from recipe import AdamW, batch_loss, run, save
from rng import TIME, Stream
from setting import DECAY, SEED, T

ASSIGNMENTS = ("train.optimizer=muon", "train.times=spread", "general.sample_every_val=0")


def spread_times(batch, step):
    """At equal distances from one number of the batch on (Kingma et al. 2021)."""
    start = Stream(SEED, TIME, 2 ** 32 - 1, step).uniform()
    return [int((T + 1) * ((start + k / len(batch)) % 1)) for k in range(len(batch))]


def orthogonalised(matrix):
    left, s, right = numpy.linalg.svd(matrix / numpy.linalg.norm(matrix), full_matrices=False)
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s ** 3 + 2.0315 * s ** 5
    return left * s @ right


class Muon(AdamW):
    """AdamW but for the matrices of the layers between the MLPs at the two ends."""

    @staticmethod
    def hidden(name, value):
        return name.startswith("tf_layers.") and value.ndim == 2

    def step(self, weights, gradient, lr):
        rest = {name: value for name, value in weights.items() if not self.hidden(name, value)}
        super().step(rest, gradient, lr)
        for name, value in weights.items():
            if not self.hidden(name, value) or not trained(name):
                continue
            self.m[name] = 0.95 * self.m[name] + 0.05 * gradient[name]
            nesterov = 0.95 * self.m[name] + 0.05 * gradient[name]
            size = 0.2 * max(value.shape) ** 0.5
            rest[name] = value * (1 - lr * DECAY) - lr * size * orthogonalised(nesterov)
        weights.update(rest)


def loss(w, batch, step):
    return batch_loss(w, batch, step, spread_times)


# ---- orthogonalisation alone ----

SHAPES = ((1, 1), (1, 7), (16, 16), (9, 40), (40, 9), (33, 65))


def matrices():
    """Of singular values from 0.1 to 1, and what becomes of them."""
    tensors, random = {}, numpy.random.default_rng(4)
    for rows, columns in SHAPES:
        m = min(rows, columns)
        left, _ = numpy.linalg.qr(random.normal(size=(rows, m)))
        right, _ = numpy.linalg.qr(random.normal(size=(columns, m)))
        matrix = left * numpy.linspace(0.1, 1, m) @ right.T
        name = f"{rows}x{columns}"
        for what, value in (("matrix", matrix), ("orthogonalised", orthogonalised(matrix)),
                            ("polar", left @ right.T)):
            tensors[f"{what}/{name}"] = value.astype(numpy.float32)
    return tensors


def main():
    first, weights, average, optimizer, steps = run(Muon, loss)
    tensors = {"steps": numpy.array(steps), **matrices()}
    vectors = (("initial", first), ("model", weights), ("ema", average), ("exp_avg", optimizer.m),
               ("exp_avg_sq", optimizer.v))
    for prefix, values in vectors:
        for name, value in values.items():
            tensors[f"{prefix}.{name}"] = value.astype(numpy.float32)
    save(sys.argv[1], tensors, {"assignments": " ".join(ASSIGNMENTS),
                                "shapes": " ".join(f"{a}x{b}" for a, b in SHAPES)})


main()
