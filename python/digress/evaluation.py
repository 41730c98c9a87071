"""How good sampled graphs are: the table of `digress eval`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from ._call import InputError, Watch, check, ffi, lib, long_call, pointer, text_or_null, whole_number
from ._interop import escaped, need
from .graphs import Graph, GraphSet

DESCRIPTORS = [ffi.string(lib.digress_descriptor_name(d)).decode() for d in range(lib.DIGRESS_DESCRIPTORS)]


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval; NaN where undefined."""

    value: float
    low: float
    high: float

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"

    @classmethod
    def _of(cls, raw: Any) -> "Estimate":
        return cls(raw.value, raw.low, raw.high)


@dataclass(frozen=True)
class Evaluation:
    """What evaluate() measures; docs/evaluation.md says how. NaN where undefined.

    mmd, mmd_emd, mmd_rbf: squared, by descriptor, with the kernels of DiGress, GraphRNN and
    PolyGraph; train_mmd: the training set's own. ratio: mean of mmd / train_mmd; ratio_4: without
    wavelets. pgd: the PolyGraph discrepancy, by pgd_descriptor. valid, unique, novel, vun (all
    three): shares of the samples. tv_...: total variation of sizes and classes. molecule_...: of
    molecules, relaxed as DiGress reports. per_graph_valid: bool [samples], None without a rule.
    """

    mmd: Dict[str, Estimate]
    mmd_emd: Dict[str, Estimate]
    mmd_rbf: Dict[str, Estimate]
    train_mmd: Dict[str, float]
    ratio: Estimate
    ratio_4: Estimate
    pgd: Estimate
    pgd_descriptor: str
    valid: Estimate
    unique: Estimate
    novel: Estimate
    vun: Estimate
    tv_nodes: float
    tv_node_class: float
    tv_edge_class: float
    molecule_validity: Estimate
    molecule_relaxed_validity: Estimate
    molecule_uniqueness: Estimate
    molecule_novelty: Estimate
    samples: int
    per_graph_valid: Optional[np.ndarray] = field(default=None, repr=False, compare=False)

    def rows(self) -> List[Tuple[str, float, float, float]]:
        """(name, value, low, high) of all that is defined."""
        made: List[Tuple[str, float, float, float]] = []
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, dict):
                made += [_row(f"{part.name}_{name}", one) for name, one in value.items()]
            elif isinstance(value, (Estimate, float)):
                made.append(_row(part.name, value))
        return [row for row in made if not math.isnan(row[1])]

    def to_frame(self) -> Any:
        """A pandas DataFrame with the columns value, low, high and a row a number."""
        pandas = need("pandas", "to_frame")
        rows = self.rows()
        return pandas.DataFrame(
            [row[1:] for row in rows], index=[row[0] for row in rows], columns=["value", "low", "high"]
        )

    def __str__(self) -> str:
        return "\n".join(f"{name:28} {_text(value, low, high)}" for name, value, low, high in self.rows())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escaped(name)}</th><td>{value:.4g}</td><td>{_interval(low, high)}</td></tr>"
            for name, value, low, high in self.rows()
        )
        return f"<table><tr><th></th><th>value</th><th>95 %</th></tr>{rows}</table>"


def _row(name: str, value: Any) -> Tuple[str, float, float, float]:
    if isinstance(value, Estimate):
        return name, value.value, value.low, value.high
    return name, value, math.nan, math.nan


def _interval(low: float, high: float) -> str:
    return "" if math.isnan(low) else f"{low:.4g} to {high:.4g}"


def _text(value: float, low: float, high: float) -> str:
    interval = _interval(low, high)
    return f"{value:.4g}" + (f"  ({interval})" if interval else "")


def as_set(graphs: Any, what: str) -> GraphSet:
    """A GraphSet of whatever GraphSet(...) takes, with what it is for in the error."""
    if isinstance(graphs, GraphSet):
        return graphs
    if isinstance(graphs, Graph):
        return graphs._alone()
    try:
        return GraphSet(graphs)
    except InputError as error:
        raise InputError(f"{what}: {str(error).removeprefix('graphs: ')}") from None


def evaluate(
    samples: Any,
    ref: Any = None,
    train: Any = None,
    *,
    valid: Optional[str] = None,
    as_digress_runs: bool = False,
    threads: int = 0,
) -> Evaluation:
    """Compares samples with a test set `ref`; `train` gives ratios and novelty.

    Each is a GraphSet or what GraphSet(...) takes; classes are matched by name. valid: a rule,
    "planar", "tree", "sbm", "lobster", "grid", "molecule", ...; None: "molecule" for molecules, else
    no validity. as_digress_runs: the spectral descriptor as DiGress's evaluator computes it.
    threads 0: all processors. Errors: InputError (an empty set, an unknown rule).
    """
    given = as_set(samples, "samples")
    reference = None if ref is None else as_set(ref, "ref")
    training = None if train is None else as_set(train, "train")
    if valid is None and lib.digress_has_molecules() and is_molecular(given):
        valid = "molecule"
    options, watch = ffi.new("digress_evaluate_options *"), Watch()
    watch.fill(options.watch)
    rule = text_or_null(valid, "valid")
    marks = np.zeros(len(given), bool)
    options.valid = rule
    options.as_digress_runs = as_digress_runs
    options.threads = whole_number(threads, "threads", 0, 4096)
    options.per_graph_valid = pointer("bool *", marks)
    out = ffi.new("digress_evaluation *")
    sets = [ffi.NULL if one is None else one._set for one in (reference, training)]
    long_call(lambda: lib.digress_evaluate(given._set, *sets, options, out), watch)
    return _evaluation(out, len(given), marks if valid else None)


def is_molecular(graphs: GraphSet) -> bool:
    """Whether the classes are called like bonds."""
    return set(graphs.edge_names) <= {"none", "single", "double", "triple", "aromatic"}


def _evaluation(out: Any, samples: int, marks: Optional[np.ndarray]) -> Evaluation:
    values: Dict[str, Any] = {"samples": samples, "per_graph_valid": marks}
    for part in fields(Evaluation):
        if part.name in values:
            continue
        raw = getattr(out, part.name)
        if part.name == "pgd_descriptor":
            values[part.name] = DESCRIPTORS[raw] if not math.isnan(out.pgd.value) else ""
        elif part.name == "train_mmd":
            values[part.name] = dict(zip(DESCRIPTORS, raw))
        elif part.name.startswith("mmd"):
            values[part.name] = {name: Estimate._of(raw[d]) for d, name in enumerate(DESCRIPTORS)}
        elif isinstance(raw, float):
            values[part.name] = raw
        else:
            values[part.name] = Estimate._of(raw)
    return Evaluation(**values)
