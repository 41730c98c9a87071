"""A checkpoint as the published code leaves it, and logits of its network: for digress.convert.

    DIGRESS_REF=TREE_OF_MAIN python3 checkpoint.py FOLDER

Weights are random. Needs PyTorch 2 and omegaconf; what PyTorch Lightning adds to a checkpoint is
added here by hand.
"""
import os
import sys

import numpy as np
import omegaconf
import torch

import refload
import stubs

SEED, T, NODE_CLASSES, EDGE_CLASSES, MAX_N = 31, 50, 3, 3, 9
DIMS = {"dx": 8, "de": 4, "dy": 4, "n_head": 2, "dim_ffX": 6, "dim_ffE": 5, "dim_ffy": 7}


def config():
    return omegaconf.OmegaConf.create({
        "general": {"name": "fixture", "log_every_steps": 1, "number_chain_steps": 1},
        "model": {"type": "discrete", "transition": "marginal", "model": "graph_tf", "diffusion_steps": T,
                  "diffusion_noise_schedule": "cosine", "n_layers": 2, "extra_features": "eigenvalues",
                  "hidden_mlp_dims": {"X": 7, "E": 6, "y": 5}, "hidden_dims": DIMS, "lambda_train": [5, 0]},
        "dataset": {"name": "fixture"}})


def infos(ref):
    """As src/datasets has them, whose imports are not needed here."""
    made = type("FixtureInfos", (), {"__module__": "datasets.fixture_dataset"})
    stubs.module("datasets")
    stubs.module("datasets.fixture_dataset", FixtureInfos=made)
    info = made()
    info.name = "fixture"
    info.n_nodes = torch.tensor([0, 0, 0, 1, 2, 3, 4, 3, 2, 1.0]) / 16
    info.node_types = torch.tensor([0.5, 0.3, 0.2])
    info.edge_types = torch.tensor([0.7, 0.2, 0.1])
    info.max_n_nodes = MAX_N
    info.nodes_dist = ref.dist.DistributionNodes(info.n_nodes)
    return info


def one_hot(classes, count):
    return torch.nn.functional.one_hot(torch.as_tensor(classes), count).float()


def noisy(graph, t):
    X, E = one_hot(graph["node_class"], NODE_CLASSES), one_hot(graph["adjacency"], EDGE_CLASSES)
    E[torch.arange(len(X)), torch.arange(len(X))] = 0
    return {"t": torch.tensor([[t / T]]), "X_t": X[None], "E_t": E[None], "y_t": torch.zeros(1, 0),
            "node_mask": torch.ones(1, len(X), dtype=bool)}


def graphs():
    draw = np.random.RandomState(SEED)
    for n in (2, 5, 9):  # of one node, the code of branch main makes NaN
        upper = np.triu(draw.choice(EDGE_CLASSES, (n, n), p=[0.5, 0.3, 0.2]), 1)
        yield {"node_class": draw.randint(NODE_CLASSES, size=n), "adjacency": upper + upper.T}


def main(folder):
    ref = refload.load(os.environ["DIGRESS_REF"])
    sys.modules["omegaconf"] = omegaconf  # in place of the stand-in
    for part in vars(ref).values():       # pickle looks classes up
        stubs.module(part.__name__.split(".")[0])
        sys.modules[part.__name__] = part
    cfg = config()
    info = infos(ref)
    features = ref.features.ExtraFeatures("eigenvalues", info)
    none = ref.features.DummyExtraFeatures()
    extra = features(noisy(next(graphs()), 1))
    info.input_dims = {"X": NODE_CLASSES + extra.X.shape[-1], "E": EDGE_CLASSES, "y": 1 + extra.y.shape[-1]}
    info.output_dims = {"X": NODE_CLASSES, "E": EDGE_CLASSES, "y": 0}
    torch.manual_seed(SEED)
    model = ref.discrete.DiscreteDenoisingDiffusion(cfg, info, None, None, None, features, none).eval()
    torch.save({"epoch": 3, "global_step": 40, "pytorch-lightning_version": "2.0.4",
                "state_dict": model.state_dict(), "callbacks": {}, "optimizer_states": [], "lr_schedulers": [],
                "hparams_name": "kwargs",
                "hyper_parameters": {"cfg": cfg, "dataset_infos": info, "visualization_tools": None,
                                     "extra_features": features, "domain_features": none}},
               os.path.join(folder, "digress.ckpt"))
    out = {}
    for k, graph in enumerate(graphs()):
        for name, array in graph.items():
            out[f"{k}/{name}"] = array
        for t in (1, 17, T):
            data = noisy(graph, t)
            with torch.no_grad():
                pred = model.forward(data, model.compute_extra_data(data), data["node_mask"])
            out[f"{k}/{t}/X"], out[f"{k}/{t}/E"] = pred.X[0].numpy(), pred.E[0].numpy()
    np.savez_compressed(os.path.join(folder, "digress_logits.npz"), **out)


if __name__ == "__main__":
    main(sys.argv[1])
