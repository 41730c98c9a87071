"""Targets of graphs, and what samples are steered by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from ._call import InputError, check, ffi, lib, pointer, text_or_null, whole_number


@dataclass(frozen=True)
class Interventions:
    """How often constraints intervened while a set was drawn: of `changes` that the steps drew,
    refused by each constraint; made: changes that no step drew; touched: graphs with any; unmet:
    graphs that stayed in several components."""

    graphs: int
    changes: int
    refused: Dict[str, int]
    made: Dict[str, int]
    touched: Dict[str, int]
    unmet: int


def columns(values: Any, rows: Optional[int], what: str) -> Dict[str, np.ndarray]:
    """float64 columns by name, of a dict, a DataFrame, or an array [rows] or [rows, columns]."""
    if isinstance(values, Mapping) or hasattr(values, "columns"):
        given = {str(name): np.asarray(values[name]) for name in (values if isinstance(values, Mapping) else values.columns)}
    else:
        array = np.asarray(values)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2:
            raise InputError(f"{what} {list(array.shape)}: expected [graphs] or [graphs, targets]")
        single = array.shape[1] == 1
        given = {"y" if single else f"y{k}": array[:, k] for k in range(array.shape[1])}
    if not given:
        raise InputError(f"{what}: no targets")
    made = {}
    for name, column in given.items():
        try:
            made[name] = np.ascontiguousarray(column, np.float64)
        except (TypeError, ValueError):
            raise InputError(f"{what}: target {name!r} is no column of numbers") from None
        if made[name].ndim > 1 or (rows is not None and made[name].shape != (rows,)):
            raise InputError(f"{what}: target {name!r} {list(made[name].shape)}: expected [{rows}]")
        if np.isinf(made[name]).any():
            raise InputError(f"{what}: target {name!r} is infinite somewhere")
    return made


def refuse_missing(given: Dict[str, np.ndarray], what: str) -> None:
    for name, column in given.items():
        missing = np.flatnonzero(np.isnan(column))
        if missing.size:
            raise InputError(
                f"{what}: target {name!r} of graph {missing[0]} is NaN: leave such graphs out, or train on "
                f"graphs.with_targets(...), where NaN says that it is not known"
            )


def read_targets(graphs: Any) -> Dict[str, np.ndarray]:
    raw, count = graphs._set, len(graphs)
    made = {}
    for k in range(lib.digress_graph_set_target_count(raw)):
        name = ffi.string(lib.digress_graph_set_target_name(raw, k)).decode()
        made[name] = np.array([lib.digress_graph_set_target(raw, g, k) for g in range(count)])
    return made


def write_targets(made: Any, given: Dict[str, np.ndarray]) -> None:
    """Into a set that nobody has seen yet."""
    number = ffi.new("size_t *")
    for name, column in given.items():
        check(lib.digress_graph_set_add_target(made._set, text_or_null(name, "target"), number))
        for g, value in enumerate(column.tolist()):
            check(lib.digress_graph_set_set_target(made._set, g, number[0], value))


class Steering:
    """What is asked of samples, as the library takes it; keeps alive what it borrows."""

    def __init__(
        self,
        target: Any,
        guidance: float,
        fix: Any,
        fix_edges_only: bool,
        resample: int,
        constraints: Dict[str, Any],
    ) -> None:
        from .evaluation import as_set

        self.kept: List[Any] = []
        self.target = None if target is None else columns(_listed(target), None, "target")
        self.guidance = float(guidance)
        self.part = None if fix is None else as_set(fix, "fix")
        if self.part is not None and len(self.part) != 1:
            raise InputError(f"fix: {len(self.part)} graphs: expected one")
        self.fix_edges_only = bool(fix_edges_only)
        self.resample = whole_number(resample, "resample")
        self.constraints = constraints
        if self.target is None and self.guidance != 1:
            raise InputError(f"guidance {self.guidance}: it strengthens targets: give target, too")
        if self.part is None and (self.fix_edges_only or self.resample):
            raise InputError("fix_edges_only, resample: they are about a fixed part: give fix, too")
        self.found = ffi.new("digress_interventions *")

    def fill(self, options: Any) -> None:
        if self.target is not None:
            self._fill_targets(options.targets, self.target)
        if self.part is not None:
            options.fixed.part = self.part._set
            options.fixed.edges_only = self.fix_edges_only
            options.fixed.resample = self.resample
        for name, value in self.constraints.items():
            wanted = whole_number(value, name) if name == "max_degree" else bool(value)
            setattr(options.constraints, name, wanted)
        options.interventions = self.found

    def _fill_targets(self, asked: Any, given: Dict[str, np.ndarray]) -> None:
        rows = max(column.size for column in given.values())
        for name, column in given.items():
            if column.size not in (1, rows):
                raise InputError(f"target {name!r}: {column.size} numbers, another has {rows}")
        names = [text_or_null(name, "target") for name in given]
        values = np.stack([np.broadcast_to(column.ravel(), rows) for column in given.values()], axis=1)
        values = np.ascontiguousarray(values)
        array = ffi.new("char *[]", names)
        self.kept += [names, values, array]
        asked.count, asked.rows = len(names), rows
        asked.names = ffi.cast("const char *const *", array)
        asked.values = pointer("double *", values)
        asked.guidance = self.guidance

    def interventions(self) -> Optional[Interventions]:
        if not any(self.constraints.values()):
            return None
        names = [
            ffi.string(lib.digress_constraint_name(k)).decode() for k in range(lib.DIGRESS_CONSTRAINTS)
        ]
        by_name: Dict[str, Any] = {part: dict(zip(names, getattr(self.found, part))) for part in ("refused", "made", "touched")}
        return Interventions(self.found.graphs, self.found.changes, unmet=self.found.unmet, **by_name)


def _listed(target: Any) -> Any:
    """Numbers for all samples, as columns of one row."""
    if isinstance(target, Mapping):
        return {name: np.atleast_1d(np.asarray(value, object)) for name, value in target.items()}
    return np.atleast_1d(np.asarray(target)) if np.ndim(target) == 0 else target


def split_y(graphs: Any, y: Any) -> Tuple[Any, List[str]]:
    """The graphs with targets y, and their names."""
    given = columns(y, len(graphs), "y")
    refuse_missing(given, "y")
    return graphs.with_targets(given), list(given)
