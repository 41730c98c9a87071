"""Judging the samples of any generator: no model of digress is needed.

Usage: evaluation_only.py
"""

import networkx

import digress
from digress import metrics

# %% What another program sampled, and what it was trained and is tested on.
samples = [networkx.gnp_random_graph(20, 0.2, seed=seed) for seed in range(64)]
test = [networkx.random_regular_graph(4, 20, seed=seed) for seed in range(64)]
train = [networkx.random_regular_graph(4, 20, seed=seed) for seed in range(64, 128)]

# %% The whole table.
table = digress.evaluate(samples, ref=test, train=train, valid="planar")
print(table)

# %% One number of it.
orbit = metrics.mmd_orbit(test, samples)
print("orbit MMD", orbit)
assert orbit == table.mmd["orbit"]

# %% Which graphs, and how many up to isomorphism.
print(metrics.planar(samples).mean(), "planar")
print(len({metrics.canonical_key(graph) for graph in samples}), "different ones")
