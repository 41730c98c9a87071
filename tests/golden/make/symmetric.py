"""Computes tests/golden/symmetric.safetensors: recipe.py's training with model.symmetric: true.

    venv/bin/python tests/golden/make/symmetric.py tests/golden/symmetric.safetensors

Everything is computed for both orders of each pair here.
"""
import sys

import numpy

from network import SymmetricDropout, network, symmetric_scores
from recipe import AdamW, batch_loss, run, save


def symmetric_network(w, noisy, t, index, step):
    return network(w, noisy, t, SymmetricDropout(index, step), symmetric_scores)


def loss(w, batch, step):
    return batch_loss(w, batch, step, network=symmetric_network)


def main():
    first, weights, average, optimizer, steps = run(AdamW, loss)
    tensors = {"steps": numpy.array(steps)}
    for prefix, values in (("initial", first), ("model", weights), ("exp_avg", optimizer.m)):
        for name, value in values.items():
            tensors[f"{prefix}.{name}"] = value.astype(numpy.float32)
    save(sys.argv[1], tensors, {"assignments": "model.symmetric=true general.sample_every_val=0"})


main()
