"""Your own graphs: networkx in, new ones out, and how they look beside the old ones.

Usage: own_graphs.py [MINUTES]
"""

import sys

import networkx

import digress

minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 2

# %% Graphs with a class on each node: hubs and leaves of random trees.
graphs = []
for seed in range(200):
    graph = networkx.random_labeled_tree(16, seed=seed) if hasattr(networkx, "random_labeled_tree") \
        else networkx.random_tree(16, seed=seed)
    for node, degree in graph.degree:
        graph.nodes[node]["kind"] = "hub" if degree > 2 else "leaf"
    graphs.append(graph)
everything = digress.GraphSet.from_networkx(graphs, node_attr="kind")
train, val, test = everything.split(0.7, 0.1)
print(everything)

# %% Train. Ctrl-C saves; model.partial_fit() goes on.
model = digress.DiGress(max_minutes=minutes)
model.fit(train, val=val)
print(model)

# %% Sample, and compare.
samples = model.sample(40, seed=1)
print(digress.evaluate(samples, ref=test, train=train, valid="tree"))

# %% Back to networkx.
first = samples[0].to_networkx()
print(first, [first.nodes[node]["label"] for node in first])
