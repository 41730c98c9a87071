"""A checkpoint as the published code of DeFoG leaves it, and logits of its network: for
digress.convert.

    DEFOG_REF=TREE python3 checkpoint_flow.py FOLDER

The tree: manuelmlmadeira/DeFoG at 365bda9affad. Weights are random. Needs PyTorch 2, omegaconf and SciPy;
what PyTorch Lightning adds to a checkpoint is added here by hand.
"""
import importlib
import os
import sys
import types

import numpy as np
import omegaconf
import torch

import stubs

SEED, STEPS, NODE_CLASSES, EDGE_CLASSES, MAX_N = 37, 40, 3, 3, 9
DIMS = {"dx": 8, "de": 4, "dy": 3, "n_head": 2, "dim_ffX": 6, "dim_ffE": 5, "dim_ffy": 7}
TIMES = (0.0, 0.2, 0.825, 1.0)


def load(tree):
    stubs.install()
    sys.modules["torch_geometric.utils"].remove_self_loops = None
    sys.modules["omegaconf"] = omegaconf
    pyplot = stubs.module("matplotlib.pyplot")
    stubs.module("matplotlib", pyplot=pyplot)
    stubs.module("pandas")
    stubs.module("tqdm", tqdm=lambda steps, **options: steps)
    sys.path[:0] = [tree, os.path.join(tree, "src")]
    names = {"model": "graph_discrete_flow_model", "features": "models.extra_features", "utils": "src.utils"}
    return types.SimpleNamespace(**{short: importlib.import_module(name) for short, name in names.items()})


def config():
    return omegaconf.OmegaConf.create({
        "general": {"name": "fixture", "conditional": False, "log_every_steps": 1, "number_chain_steps": 1},
        "train": {"time_distortion": "polydec", "lr": 2e-4, "batch_size": 8},
        "sample": {"eta": 5.0, "omega": 0.05, "sample_steps": STEPS, "time_distortion": "polydec", "search": False,
                   "rdb": "general", "rdb_crit": "dummy"},
        "model": {"transition": "marginal", "model": "graph_tf", "n_layers": 2, "extra_features": "rrwp",
                  "rrwp_steps": 5, "hidden_mlp_dims": {"X": 7, "E": 6, "y": 5}, "hidden_dims": DIMS,
                  "lambda_train": [5, 0]},
        "dataset": {"name": "fixture"}})


class Sizes:
    """As src/datasets has them, whose imports are not needed here."""

    def __init__(self, prob):
        self.prob = prob


def infos():
    made = type("FixtureInfos", (), {"__module__": "datasets.fixture_dataset"})
    Sizes.__module__ = "datasets.fixture_dataset"
    stubs.module("datasets")
    stubs.module("datasets.fixture_dataset", FixtureInfos=made, Sizes=Sizes)
    info = made()
    info.n_nodes = torch.tensor([0, 0, 0, 1, 2, 3, 4, 3, 2, 1.0]) / 16
    info.node_types = torch.tensor([0.5, 0.3, 0.2])
    info.edge_types = torch.tensor([0.7, 0.2, 0.1])
    info.max_n_nodes = MAX_N
    info.nodes_dist = Sizes(info.n_nodes)
    return info


def one_hot(classes, count):
    return torch.nn.functional.one_hot(torch.as_tensor(classes), count).float()


def noisy(graph, t):
    """As apply_noise leaves a graph: the diagonal is of class 0."""
    return {"t": torch.tensor([[t]]), "X_t": one_hot(graph["node_class"], NODE_CLASSES)[None],
            "E_t": one_hot(graph["adjacency"], EDGE_CLASSES)[None], "y_t": torch.zeros(1, 0),
            "node_mask": torch.ones(1, len(graph["node_class"]), dtype=torch.bool)}


def graphs():
    draw = np.random.RandomState(SEED)
    for n in (2, 5, 9):
        upper = np.triu(draw.choice(EDGE_CLASSES, (n, n), p=[0.5, 0.3, 0.2]), 1)
        yield {"node_class": draw.randint(NODE_CLASSES, size=n), "adjacency": upper + upper.T}


def main(folder):
    ref = load(os.environ["DEFOG_REF"])
    cfg, info = config(), infos()
    features = ref.features.ExtraFeatures("rrwp", cfg.model.rrwp_steps, info)
    none = ref.features.DummyExtraFeatures()
    extra = features(noisy(next(graphs()), 0.5))
    info.input_dims = {"X": NODE_CLASSES + extra.X.shape[-1], "E": EDGE_CLASSES + extra.E.shape[-1],
                       "y": 1 + extra.y.shape[-1]}
    info.output_dims = {"X": NODE_CLASSES, "E": EDGE_CLASSES, "y": 0}
    torch.manual_seed(SEED)
    model = ref.model.GraphDiscreteFlowModel(cfg, info, None, None, None, features, none).eval()
    torch.save({"epoch": 3, "global_step": 40, "pytorch-lightning_version": "2.0.4",
                "state_dict": model.state_dict(), "callbacks": {}, "optimizer_states": [], "lr_schedulers": [],
                "hparams_name": "kwargs",
                "hyper_parameters": {"cfg": cfg, "dataset_infos": info, "visualization_tools": None,
                                     "extra_features": features, "domain_features": none, "test_labels": None}},
               os.path.join(folder, "defog.ckpt"))
    out = {}
    for k, graph in enumerate(graphs()):
        for name, array in graph.items():
            out[f"{k}/{name}"] = array
        for t in TIMES:
            data = noisy(graph, t)
            with torch.no_grad():
                pred = model.forward(data, model.compute_extra_data(data), data["node_mask"])
            out[f"{k}/{t}/X"], out[f"{k}/{t}/E"] = pred.X[0].numpy(), pred.E[0].numpy()
    np.savez_compressed(os.path.join(folder, "defog_logits.npz"), **out)


if __name__ == "__main__":
    main(sys.argv[1])
