"""Weights from and to PyTorch: a published checkpoint (.ckpt) of DiGress or DeFoG becomes one of
digress, and back. PyTorch is needed only for what is written for it."""

from __future__ import annotations

import json
import math
import os
import struct
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from . import _torch_file
from ._call import InputError, path_bytes
from ._interop import need
from .evaluation import as_set
from .model import DiGress, _text, load

# ---- safetensors ----

_KINDS: Dict[str, Any] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}


def _read_safetensors(path: Any) -> Tuple[Dict[str, str], Dict[str, np.ndarray]]:
    with open(path_bytes(path), "rb") as file:
        data = file.read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    metadata, tensors = header.pop("__metadata__", {}), {}
    for name, about in header.items():
        begin, end = (8 + size + offset for offset in about["data_offsets"])
        if about["dtype"] in _KINDS:
            flat = np.frombuffer(data[begin:end], _KINDS[about["dtype"]])
            tensors[name] = flat.reshape(about["shape"])
    return metadata, tensors


def _write_safetensors(path: Any, metadata: Dict[str, str], tensors: Dict[str, np.ndarray]) -> None:
    header: Dict[str, Any] = {"__metadata__": metadata}
    offset = 0
    for name, array in sorted(tensors.items(), key=lambda item: -item[1].itemsize):
        kind = "F64" if array.dtype == np.float64 else "F32"
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    part = f"{os.fspath(path)}.part"
    with open(part, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in list(header)[1:]:
            file.write(np.ascontiguousarray(tensors[name]).tobytes())
    os.replace(part, path)


# ---- from PyTorch ----


def from_torch(
    checkpoint: Any,
    out: Any,
    *,
    graphs: Any = None,
    node_names: Optional[List[str]] = None,
    edge_names: Optional[List[str]] = None,
    pooling: str = "main",
    **keys: Any,
) -> DiGress:
    """Turns a checkpoint of the published code of DiGress or DeFoG into `out`, one of digress; the model.

    The config, the numbers of nodes and the shares of classes are those that the checkpoint holds.
    One that holds none (a bare state_dict) needs `graphs`, the training set, and the config as
    keys (model__diffusion_steps=500, ...). Names of classes: given, or those of the checkpoint's
    atoms, or of `graphs`. pooling: "main" or "fixed", the branch of DiGress's code that trained it,
    which no checkpoint tells. Nothing in the file is run. Errors: InputError (neither's checkpoint,
    an extension that digress lacks), IOError.
    """
    found = _torch_file.read(checkpoint)
    if not isinstance(found, dict):
        raise InputError(f"{checkpoint}: expected a dict of tensors or of a checkpoint's parts")
    weights = _weights(checkpoint, found)
    hyper = found.get("hyper_parameters")
    hyper = hyper if isinstance(hyper, dict) else {}
    cfg = _torch_file.plain(hyper.get("cfg")) or {}
    info = getattr(hyper.get("dataset_infos"), "__dict__", {})
    config = _config(checkpoint, cfg, info, weights, pooling)
    config.update({name.replace("__", "."): value for name, value in keys.items()})
    known = None if graphs is None else as_set(graphs, "graphs")
    names = _names(weights, info, known, node_names, edge_names, cfg)
    tensors = _statistics(checkpoint, info, known, names)
    tensors.update({f"model.{name}": array for name, array in weights.items()})
    metadata = {
        "digress.format": "1",
        "digress.config": _yaml(config),
        "digress.classes": json.dumps({"node": names[0], "edge": names[1]}),
        "digress.kind": "",
    }
    _write_safetensors(out, metadata, tensors)
    try:
        return load(out)
    except InputError as error:
        os.unlink(out)
        raise InputError(f"{checkpoint}: {error}") from None


def _weights(path: Any, found: Dict[str, Any]) -> Dict[str, np.ndarray]:
    state = found.get("state_dict", found)
    if not isinstance(state, dict):
        raise InputError(f"{path}: its state_dict is not a dict")
    prefix = "model." if any(str(name).startswith("model.mlp_in_X") for name in state) else ""
    parts = ("mlp_in_", "tf_layers.", "mlp_out_")
    weights = {
        name[len(prefix) :]: np.ascontiguousarray(array, "<f4")
        for name, array in state.items()
        if isinstance(array, np.ndarray) and str(name).startswith(tuple(prefix + part for part in parts))
    }
    if "mlp_in_X.0.weight" not in weights:
        raise InputError(f"{path}: no weights of DiGress's or DeFoG's graph transformer (mlp_in_X.0.weight)")
    return weights


def _width(weights: Dict[str, np.ndarray], name: str, axis: int = 0) -> int:
    return weights[name].shape[axis]


def _config(path: Any, cfg: Dict[str, Any], info: Dict[str, Any], weights: Dict[str, np.ndarray], pooling: str) -> Dict[str, Any]:
    """The keys that follow from the tensors, and those that the checkpoint's own config has."""
    layers = {int(name.split(".")[1]) for name in weights if name.startswith("tf_layers.")}
    layer = "tf_layers.0."
    config: Dict[str, Any] = {
        "model.type": "discrete",
        "model.n_layers": len(layers),
        "model.hidden_mlp_dims.X": _width(weights, "mlp_in_X.0.weight"),
        "model.hidden_mlp_dims.E": _width(weights, "mlp_in_E.0.weight"),
        "model.hidden_mlp_dims.y": _width(weights, "mlp_in_y.0.weight"),
        "model.hidden_dims.dx": _width(weights, "mlp_in_X.2.weight"),
        "model.hidden_dims.de": _width(weights, "mlp_in_E.2.weight"),
        "model.hidden_dims.dy": _width(weights, "mlp_in_y.2.weight"),
        "model.hidden_dims.dim_ffX": _width(weights, layer + "linX1.weight"),
        "model.hidden_dims.dim_ffE": _width(weights, layer + "linE1.weight"),
        "model.hidden_dims.dim_ffy": _width(weights, layer + "lin_y1.weight"),
        "model.pooling": pooling,
        "model.cycles": "published" if pooling == "main" else "corrected",
        "model.molecular_features": "published",
        "train.ema_decay": 0,
    }
    model = cfg.get("model") or {}
    if not isinstance(model, dict) or "classifier_free" in str(model) or model.get("model", "graph_tf") != "graph_tf":
        raise InputError(f"{path}: its config is not one of DiGress's graph transformer")
    if model.get("type", "discrete") != "discrete":
        raise InputError(f"{path}: a model of type {model['type']!r}: only discrete ones are converted")
    if "diffusion_steps" not in model and isinstance(cfg.get("sample"), dict):
        return {**config, **_flow_config(path, cfg, info)}
    for name in ("diffusion_steps", "diffusion_noise_schedule", "transition"):
        if name in model:
            config[f"model.{name}"] = model[name]
    if "extra_features" in model:
        config["model.extra_features"] = model["extra_features"] or "none"
    return {**config, **_common_config(model, info)}


def _common_config(model: Dict[str, Any], info: Dict[str, Any]) -> Dict[str, Any]:
    config: Dict[str, Any] = {}
    if "n_head" in (model.get("hidden_dims") or {}):
        config["model.hidden_dims.n_head"] = model["hidden_dims"]["n_head"]
    if "max_weight" in info:
        config["model.max_weight"] = float(info["max_weight"])
    return config


# What DeFoG calls features without eigenvalues has none of them under "eigenvalues", too.
_FLOW_FEATURES = {"rrwp": "rrwp", "cycles": "cycles", "eigenvalues": "cycles", "all": "all", None: "none"}


def _flow_config(path: Any, cfg: Dict[str, Any], info: Dict[str, Any]) -> Dict[str, Any]:
    """The keys of a checkpoint of DeFoG, whose time u from noise to data is 1 - t / T of the linear schedule."""
    model, train, sample = cfg["model"], cfg.get("train") or {}, cfg["sample"]
    if (cfg.get("general") or {}).get("conditional"):
        raise InputError(f"{path}: a conditional model of DeFoG: its targets are read as digress reads none")
    features = model.get("extra_features")
    if features not in _FLOW_FEATURES:
        raise InputError(f"{path}: extra_features {features!r}: digress has rrwp, cycles and all of DeFoG's")
    if sample.get("rdb", "general") != "general":
        raise InputError(f"{path}: sample.rdb {sample['rdb']!r}: digress's sampler has the design general alone")
    return {
        **_common_config(model, info),
        **_flow_limit(path, model.get("transition", "marginal"), info),
        "model.pooling": "main",
        "model.cycles": "published",
        "model.time_input": "embedded",
        "model.diagonal": "no_edge",
        "model.diffusion_noise_schedule": "linear",
        "model.diffusion_steps": int(sample.get("sample_steps", 1000)),
        "model.extra_features": _FLOW_FEATURES[features],
        "model.rrwp_steps": int(model.get("rrwp_steps", 12)),
        "train.distortion": train.get("time_distortion", "identity"),
        "sample.sampler": "flow",
        "sample.eta": float(sample.get("eta", 0)),
        "sample.omega": float(sample.get("omega", 0)),
        "sample.distortion": sample.get("time_distortion", "identity"),
    }


def _flow_limit(path: Any, transition: Any, info: Dict[str, Any]) -> Dict[str, Any]:
    if transition in ("marginal", "uniform"):
        return {"model.transition": transition}
    if transition == "absorbfirst":
        return {"model.transition": "absorbing", "model.absorbing": 0}
    if transition == "argmax" and "node_types" in info and "edge_types" in info:
        classes = {int(np.argmax(info[name])) for name in ("node_types", "edge_types")}
        if len(classes) == 1:
            return {"model.transition": "absorbing", "model.absorbing": classes.pop()}
    raise InputError(f"{path}: transition {transition!r}: digress has marginal, uniform and one class for nodes and pairs alike")


def _names(weights: Any, info: Any, known: Any, node_names: Any, edge_names: Any, cfg: Any) -> Tuple[List[str], List[str]]:
    nodes, edges = _width(weights, "mlp_out_X.2.weight"), _width(weights, "mlp_out_E.2.weight")
    atoms = info.get("atom_decoder")
    if node_names is None and isinstance(atoms, list) and len(atoms) == nodes:
        node_names = [str(atom) for atom in atoms]
        bonds = ["none", "single", "double", "triple", "aromatic"]
        edge_names = bonds[:edges] if edge_names is None and edges <= 5 else edge_names
    if known is not None:
        node_names = known.node_names if node_names is None else node_names
        edge_names = known.edge_names if edge_names is None else edge_names
    node_names = [str(k) for k in range(nodes)] if node_names is None else list(node_names)
    edge_names = ["none"] + [str(k) for k in range(1, edges)] if edge_names is None else list(edge_names)
    for names, wanted, what in ((node_names, nodes, "node"), (edge_names, edges, "edge")):
        if len(names) != wanted:
            raise InputError(f"{len(names)} {what} names {names}: the weights are of {wanted} classes")
    return node_names, edge_names


def _shares(counts: Any) -> np.ndarray:
    array = np.asarray(counts, np.float64).ravel()
    return array / array.sum()


def _statistics(path: Any, info: Dict[str, Any], known: Any, names: Tuple[List[str], List[str]]) -> Dict[str, np.ndarray]:
    wanted = ("n_nodes", "node_types", "edge_types")
    if known is not None:
        histogram = np.bincount(known.sizes).astype(np.float64)
        nodes = _shares(np.bincount(known.node_class, minlength=len(names[0])))
        edges = _shares(np.bincount(known.pair_class, minlength=len(names[1])))
    elif all(isinstance(info.get(name), (np.ndarray, list)) for name in wanted):
        histogram = _counts(np.asarray(info["n_nodes"], np.float64).ravel())
        nodes, edges = _shares(info["node_types"]), _shares(info["edge_types"])
    else:
        raise InputError(f"{path}: it holds no statistics of its training set: give the option graphs")
    sizes = np.arange(len(histogram))
    total = histogram.sum()
    pairs = (histogram * sizes * (sizes - 1) / 2).sum() / total
    return {
        "statistics.n_histogram": histogram,
        "sizes.n_histogram": histogram,
        "statistics.node_marginals": nodes,
        "statistics.edge_marginals": edges,
        "statistics.mean_n": np.array([(histogram * sizes).sum() / total]),
        "statistics.mean_edges": np.array([pairs * (1 - edges[0])]),
    }


def _counts(shares: np.ndarray) -> np.ndarray:
    """Whole numbers of graphs in these proportions."""
    if np.array_equal(shares, np.floor(shares)) and shares.sum() > 0:
        return shares
    return np.maximum(np.round(shares / shares.sum() * 2.0**24), shares > 0)


def _yaml(config: Dict[str, Any]) -> str:
    tree: Dict[str, Any] = {}
    for name, value in config.items():
        *folders, last = name.split(".")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return "\n".join(_yaml_lines(tree, "")) + "\n"


def _yaml_lines(tree: Dict[str, Any], indent: str) -> List[str]:
    lines = []
    for name, value in tree.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}:", *_yaml_lines(value, indent + "  ")]
        elif isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{name}: {value} is no number")
        else:
            lines.append(f"{indent}{name}: {_text(value)}")
    return lines


# ---- to PyTorch ----


def tensors(model: Any) -> Dict[str, np.ndarray]:
    """The weights that the model is sampled with, by the names of DiGress's state_dict: float32
    arrays. model: a DiGress, or a path that digress.load takes."""
    path = model.checkpoint if isinstance(model, DiGress) else load(model).checkpoint
    _, found = _read_safetensors(path)
    prefix = "ema." if any(name.startswith("ema.") for name in found) else "model."
    return {name[len(prefix) :]: array for name, array in found.items() if name.startswith(prefix)}


def to_torch(model: Any, out: Any = None) -> Dict[str, Any]:
    """The same as a state_dict of PyTorch tensors, under "model." as DiGress's own checkpoints have
    them; `out`: a .ckpt to write it to, as {"state_dict": ...}. Needs torch."""
    torch = need("torch", "to_torch")
    state = {f"model.{name}": torch.from_numpy(array.copy()) for name, array in tensors(model).items()}
    if out is not None:
        torch.save({"state_dict": state}, out)
    return state
