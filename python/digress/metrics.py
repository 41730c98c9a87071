"""Each measure alone, fast enough to stand in for loops over networkx, graph-tool or ORCA.

Graphs are a Graph, a GraphSet, or what GraphSet(...) takes. Rules (planar, tree, ...) give a bool
for one graph, a bool array for several. Numbers never depend on `threads` (0: all processors).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional, Tuple, Union

import numpy as np

from ._call import InputError, Watch, check, ffi, lib, long_call, pointer, whole_number
from .evaluation import DESCRIPTORS, Estimate, as_set
from .graphs import Graph

KERNELS = {"tv": lib.DIGRESS_TV, "emd": lib.DIGRESS_EMD, "rbf": lib.DIGRESS_RBF}
RULES = ("planar", "tree", "sbm", "lobster", "grid", "connected", "molecule")

Marks = Union[bool, np.ndarray]


def _options(threads: int) -> Tuple[Any, Watch]:
    options, watch = ffi.new("digress_measure_options *"), Watch()
    watch.fill(options.watch)
    options.threads = whole_number(threads, "threads", 0, 4096)
    return options, watch


def _descriptor(name: str) -> int:
    if name not in DESCRIPTORS:
        raise InputError(f"descriptor {name!r}: expected {', '.join(DESCRIPTORS)}")
    return DESCRIPTORS.index(name)


# ---- distances of two sets ----


def mmd(a: Any, b: Any, descriptor: str, kernel: str = "tv", threads: int = 0) -> Estimate:
    """The squared maximum mean discrepancy of two sets, with its 95 % interval.

    descriptor: "degree", "clustering", "orbit", "spectral" or "wavelet". kernel: "tv" (DiGress's),
    "emd" (GraphRNN's; not for wavelets) or "rbf" (PolyGraph's; `a` is then the reference). Errors:
    InputError (an empty set, another name).
    """
    if kernel not in KERNELS:
        raise InputError(f"kernel {kernel!r}: expected {', '.join(KERNELS)}")
    one, two, out = as_set(a, "a"), as_set(b, "b"), ffi.new("digress_estimate *")
    which = _descriptor(descriptor)
    options, watch = _options(threads)
    long_call(lambda: lib.digress_mmd(one._set, two._set, which, KERNELS[kernel], options, out), watch)
    return Estimate._of(out)


def mmd_degree(a: Any, b: Any, kernel: str = "tv", threads: int = 0) -> Estimate:
    """mmd by histograms of degrees."""
    return mmd(a, b, "degree", kernel, threads)


def mmd_clustering(a: Any, b: Any, kernel: str = "tv", threads: int = 0) -> Estimate:
    """mmd by histograms of local clustering coefficients."""
    return mmd(a, b, "clustering", kernel, threads)


def mmd_orbit(a: Any, b: Any, kernel: str = "tv", threads: int = 0) -> Estimate:
    """mmd by counts of the 15 orbits of graphlets up to four nodes."""
    return mmd(a, b, "orbit", kernel, threads)


def mmd_spectral(a: Any, b: Any, kernel: str = "tv", threads: int = 0) -> Estimate:
    """mmd by histograms of the normalised Laplacian's eigenvalues."""
    return mmd(a, b, "spectral", kernel, threads)


def mmd_wavelet(a: Any, b: Any, kernel: str = "tv", threads: int = 0) -> Estimate:
    """mmd by spectral graph wavelets."""
    return mmd(a, b, "wavelet", kernel, threads)


def pgd(ref: Any, samples: Any, threads: int = 0) -> Estimate:
    """The PolyGraph discrepancy, in [0, 1]; NaN for under 8 graphs on a side."""
    one, two, out = as_set(ref, "ref"), as_set(samples, "samples"), ffi.new("digress_estimate *")
    options, watch = _options(threads)
    long_call(lambda: lib.digress_polygraph(one._set, two._set, options, ffi.NULL, out), watch)
    return Estimate._of(out)


# ---- targets ----


@dataclass(frozen=True)
class TargetError:
    """How far samples are from a target that they were asked for. asked: samples that were asked;
    measured: of them, those that have any value (no invalid molecule). The rest is of those: mae,
    the mean absolute error; Pearson's correlation; means. NaN where undefined."""

    asked: int
    measured: int
    mae: float
    correlation: float
    mean_asked: float
    mean_measured: float


def target_error(samples: Any, name: Optional[str] = None, threads: int = 0) -> TargetError:
    """What samples were asked for beside what they have. samples: of DiGress.sample(target=...). name:
    one of samples.targets; None: the only one. Errors: InputError (no such target, or one that
    digress cannot measure: GraphSet.with_computed_targets says which it can)."""
    given = as_set(samples, "samples")
    names = list(given.targets)
    if name is None and len(names) == 1:
        name = names[0]
    if name not in names:
        raise InputError(f"target {name!r}: the samples have {', '.join(names) or 'none'}")
    out = ffi.new("digress_target_error *")
    count = whole_number(threads, "threads", 0, 4096)
    check(lib.digress_target_error_of(given._set, names.index(name), count, out))
    if not out.computed:
        raise InputError(f"target {name!r}: digress cannot measure it: compare samples.targets with your own values")
    return TargetError(**{field: getattr(out, field) for field in TargetError.__dataclass_fields__})


# ---- which graphs ----


def valid(graphs: Any, rule: str, threads: int = 0) -> Marks:
    """Which graphs obey a rule: "planar" (connected and planar), "tree", "sbm", "lobster", "grid",
    "connected", "molecule". Errors: InputError (another rule, an empty set, no set of molecules)."""
    given = as_set(graphs, "graphs")
    if not isinstance(rule, str):
        raise InputError(f"rule {rule!r}: expected a str")
    marks = np.zeros(len(given), bool)
    options, watch = _options(threads)
    name = rule.encode()
    long_call(
        lambda: lib.digress_validity(given._set, name, options, pointer("bool *", marks)), watch
    )
    return bool(marks[0]) if _is_one(graphs) else marks


def _is_one(graphs: Any) -> bool:
    return isinstance(graphs, Graph) or hasattr(graphs, "number_of_nodes")


def _rule(name: str, says: str) -> Callable[..., Marks]:
    def judge(graphs: Any, threads: int = 0) -> Marks:
        return valid(graphs, name, threads)

    judge.__name__ = judge.__qualname__ = name
    judge.__doc__ = f"Whether a graph {says}; a bool array for several."
    return judge


planar = _rule("planar", "is connected and planar")
tree = _rule("tree", "is a tree")
sbm = _rule("sbm", "could be of the stochastic block model, by the test of SPECTRE")
lobster = _rule("lobster", "is a lobster")
grid = _rule("grid", "is a grid")
connected = _rule("connected", "is connected")
molecule = _rule("molecule", "is a molecule that RDKit accepts")


def unique(graphs: Any, threads: int = 0) -> np.ndarray:
    """bool [graphs]: the first of each isomorphism class."""
    return _novelty(graphs, None, threads)[0]


def novel(graphs: Any, train: Any, threads: int = 0) -> np.ndarray:
    """bool [graphs]: isomorphic to no graph of `train`; classes are matched by name."""
    return _novelty(graphs, train, threads)[1]


def _novelty(graphs: Any, train: Any, threads: int) -> Tuple[np.ndarray, np.ndarray]:
    given = as_set(graphs, "graphs")
    known = None if train is None else as_set(train, "train")
    first, new = np.zeros(len(given), bool), np.zeros(len(given), bool)
    options, watch = _options(threads)
    long_call(
        lambda: lib.digress_novelty(
            given._set,
            ffi.NULL if known is None else known._set,
            options,
            pointer("bool *", first),
            ffi.NULL if known is None else pointer("bool *", new),
        ),
        watch,
    )
    return first, new


# ---- single graphs ----


def _one(graph: Any) -> Graph:
    if isinstance(graph, Graph):
        return graph
    given = as_set([graph], "graph")
    return given[0]


def canonical_key(graph: Any) -> bytes:
    """Bytes that two graphs share exactly when they are isomorphic, classes by number included: for
    sets and dicts of graphs up to isomorphism."""
    of = _one(graph)
    raw = of._raw()
    nodes, pairs = np.empty(raw.n, np.uint8), np.empty(max(raw.n * (raw.n - 1) // 2, 1), np.uint8)
    view = ffi.new("digress_graph *", raw)
    check(
        lib.digress_canonical_form(view, pointer("uint8_t *", nodes), pointer("uint8_t *", pairs))
    )
    return raw.n.to_bytes(4, "little") + nodes.tobytes() + pairs[: raw.n * (raw.n - 1) // 2].tobytes()


def isomorphic(a: Any, b: Any) -> bool:
    """Whether two graphs are the same but for the order of their nodes."""
    return canonical_key(a) == canonical_key(b)


def describe(graph: Any, descriptor: str) -> np.ndarray:
    """float64: the row of numbers that a descriptor makes of one graph."""
    of, which = _one(graph), _descriptor(descriptor)
    row, length = ffi.new("double **"), ffi.new("size_t *")
    check(lib.digress_describe(of._set._set, of.index, which, row, length))
    try:
        return np.frombuffer(ffi.buffer(row[0], 8 * length[0]), np.float64).copy()
    finally:
        lib.free(row[0])
