"""Inputs computed from the noisy graph: cycles, spectrum, and what is known of molecules."""
import types

import networkx as nx
import numpy as np
import torch
import torch.nn.functional as F

from discrete import discrete_model
from inputs import STATS, masks, pair_mask, random_edges, random_nodes, uneven

NS = types.SimpleNamespace


def graph_zoo(c):
    r = np.random.RandomState(c["seed"])
    a, b = c["zoo"], int(c["seed"])
    two = nx.disjoint_union(nx.gnp_random_graph(a["d1"], 0.7, seed=b), nx.cycle_graph(a["d2"]))
    two.add_node(two.number_of_nodes())
    gs = {"empty": nx.empty_graph(a["empty"]), "disconnected": two, "complete": nx.complete_graph(a["complete"]),
          "tree": nx.Graph([(int(r.randint(0, i)), i) for i in range(1, a["tree"])]), "cycle": nx.cycle_graph(a["cycle"]),
          "sparse": nx.gnp_random_graph(a["er"][0], 0.15, seed=b + 1), "medium": nx.gnp_random_graph(a["er"][1], 0.35, seed=b + 2),
          "dense": nx.gnp_random_graph(a["er"][2], 0.65, seed=b + 3), "grid": nx.convert_node_labels_to_integers(
              nx.grid_2d_graph(*a["grid"])), "star": nx.star_graph(a["star"] - 1), "single": nx.empty_graph(1),
          "pair": nx.path_graph(2)}
    # relabel at random so that node order carries no structure
    for k, g in gs.items():
        p = r.permutation(g.number_of_nodes())
        gs[k] = nx.relabel_nodes(g, {i: int(p[i]) for i in range(len(p))})
    return gs


def features(main, fixed, c, base):
    torch.manual_seed(c["seed"])
    gs = graph_zoo(c)
    sizes = [g.number_of_nodes() for g in gs.values()]
    node_mask = masks(sizes)
    bs, n = node_mask.shape
    adj = torch.zeros(bs, n, n)
    for i, g in enumerate(gs.values()):
        for u, v in g.edges():
            adj[i, u, v] = adj[i, v, u] = 1
    bond = random_edges(node_mask, uneven(c["de"] - 1)).argmax(-1) + 1
    E = F.one_hot((bond * adj).long(), c["de"]).float() * pair_mask(node_mask)[..., None]
    assert torch.equal(E, E.transpose(1, 2)) and torch.equal(E[..., 1:].sum(-1), adj)
    nd = {"X_t": torch.zeros(bs, n, 1), "E_t": E, "y_t": torch.zeros(bs, 0), "node_mask": node_mask}
    info = NS(max_n_nodes=c["max_n_nodes"])
    t = {"E": E, "adjacency": adj, "node_mask": node_mask, "n_nodes": torch.tensor(sizes)}
    for kind in ("cycles", "eigenvalues", "all"):
        f = main.features.ExtraFeatures(kind, info)(nd)
        t[f"main/{kind}/X"], t[f"main/{kind}/y"] = f.X.float(), f.y.float()
        assert f.E.shape[-1] == 0
    f = fixed.features.ExtraFeatures("cycles", info)(nd)
    t["fixed_bug/cycles/X"], t["fixed_bug/cycles/y"] = f.X, f.y
    for ref, k in ((main, "main"), (fixed, "fixed_bug")):
        x, y = ref.features.KNodeCycles().k_cycles(adj)
        t[f"{k}/raw_cycles/X"], t[f"{k}/raw_cycles/y"] = x, y
    # exhaustive truth for the graph-level counts (3, 4, 5, 6), from an independent enumeration
    truth = torch.zeros(bs, 4)
    node_truth = torch.zeros(bs, n, 3)
    for i, g in enumerate(gs.values()):
        for k in (3, 4, 5, 6):
            if k <= g.number_of_nodes():
                cyc = cycles_of_length(g, k)
                truth[i, k - 3] = len(cyc)
                if k < 6:
                    for cy in cyc:
                        for v in cy:
                            node_truth[i, v, k - 3] += 1
    t["true_cycles/X"], t["true_cycles/y"] = node_truth, truth
    STATS["cycles"] = {
        "graph_level_max_error_main": (t["main/raw_cycles/y"] - truth).abs().max(0).values.tolist(),
        "graph_level_max_error_fixed_bug": (t["fixed_bug/raw_cycles/y"] - truth).abs().max(0).values.tolist(),
        "node_level_max_error_main": (t["main/raw_cycles/X"] - node_truth).abs().amax((0, 1)).tolist(),
        "node_level_max_error_fixed_bug": (t["fixed_bug/raw_cycles/X"] - node_truth).abs().amax((0, 1)).tolist()}
    # spectra of each graph alone, and where the eigenvectors are determined up to sign
    ev = torch.zeros(bs, n, dtype=torch.float64)
    vec_ok, gap, conn = torch.zeros(bs, 2), torch.zeros(bs, 2), torch.zeros(bs)
    for i, (g, s) in enumerate(zip(gs.values(), sizes)):
        a = adj[i, :s, :s].double()
        w = torch.linalg.eigvalsh(torch.diag(a.sum(1)) - a)
        ev[i, :s] = w
        nc = nx.number_connected_components(g)
        assert nc == (w < 1e-8).sum() == int(t["main/all/y"][i, 5]), (nc, w)
        conn[i] = nc
        for j in range(2):
            q = nc + j
            if q >= s:                                    # no such vector: the reference returns zeros
                gap[i, j], vec_ok[i, j] = 1e9, 1
                assert t["main/all/X"][i, :, 4 + j].abs().max() == 0
            else:
                gap[i, j] = min([float(w[q] - w[q - 1])] + ([float(w[q + 1] - w[q])] if q + 1 < s else [1e9]))
                vec_ok[i, j] = float(gap[i, j] > 1e-3)
    t.update({"laplacian_eigenvalues64": ev, "n_components": conn, "eigenvector_gap": gap, "eigenvector_ok": vec_ok,
              "lcc_indicator_ok": ((conn == 1) & (torch.tensor(sizes) > 1)).float()})
    meta = dict(max_n_nodes=c["max_n_nodes"], graphs=" ".join(gs), sizes=" ".join(map(str, sizes)))

    # molecules
    q = c["mol"]
    mm = masks(q["sizes"])
    X = random_nodes(mm, q["x_p"])
    Em = random_edges(mm, q["e_p"])
    info = NS(remove_h=q["remove_h"], valencies=q["valencies"], max_weight=q["max_weight"],
              atom_weights={i: w for i, w in enumerate(q["weights"])}, max_n_nodes=q["max_n_nodes"])
    y0 = torch.zeros(mm.shape[0], 0)
    md = {"X_t": X, "E_t": Em, "y_t": y0, "node_mask": mm, "t": torch.rand(mm.shape[0], 1)}
    mol = main.molecular.ExtraMolecularFeatures(info)
    f = mol(md)
    t.update({"mol/X": X, "mol/E": Em, "mol/node_mask": mm, "mol/t": md["t"][:, 0], "mol/feat_X": f.X, "mol/feat_y": f.y})
    # what the network is fed: the reference's own concatenation
    dm = discrete_model(main, dict(dx=X.shape[-1], de=Em.shape[-1], T=100, node_hist=[0.0, 1.0], x_marg=uneven(X.shape[-1]),
                                   e_marg=uneven(Em.shape[-1])), "marginal")
    dm.extra_features, dm.domain_features = main.features.ExtraFeatures("eigenvalues", info), mol
    seen = {}
    dm.model.forward = lambda X, E, y, m: seen.update(X=X, E=E, y=y)
    dm.forward(md, dm.compute_extra_data(md), mm)
    t.update({"mol/net_X": seen["X"], "mol/net_E": seen["E"], "mol/net_y": seen["y"]})
    meta.update(mol_valencies=" ".join(map(str, q["valencies"])), mol_weights=" ".join(map(str, q["weights"])),
                mol_max_weight=q["max_weight"], mol_max_n_nodes=q["max_n_nodes"], mol_sizes=" ".join(map(str, q["sizes"])),
                mol_net_features="eigenvalues", **base)
    return t, meta


def cycles_of_length(g, k):
    """simple cycles with k nodes, each once (smallest node first, then the smaller neighbour)"""
    adj = {u: set(g[u]) for u in g}
    out = []

    def grow(path, start):
        if len(path) == k:
            if start in adj[path[-1]] and path[1] < path[-1]:
                out.append(tuple(path))
            return
        for v in adj[path[-1]]:
            if v > start and v not in path:
                grow(path + [v], start)
    for s in g:
        grow([s], s)
    return out
