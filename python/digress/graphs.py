"""Graphs and sets of graphs.

A graph has n nodes with a class each and a class for each unordered pair of nodes; pair class 0 is
"no edge". Nodes are counted from 0. There are no self loops, and edges have no direction.
"""

from __future__ import annotations

from collections.abc import Sequence as AbstractSequence
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union, overload

import numpy as np

from . import _interop, _steering
from ._call import InputError, Watch, check, ffi, lib, path_bytes, pointer, text_or_null, whole_number

FORMATS = {
    "edgelist": lib.DIGRESS_FORMAT_EDGELIST,
    "graph6": lib.DIGRESS_FORMAT_GRAPH6,
    "graphml": lib.DIGRESS_FORMAT_GRAPHML,
    "tu": lib.DIGRESS_FORMAT_TU,
    "safetensors": lib.DIGRESS_FORMAT_SAFETENSORS,
    "text": lib.DIGRESS_FORMAT_TEXT,
    "gml": lib.DIGRESS_FORMAT_GML,
    "pajek": lib.DIGRESS_FORMAT_PAJEK,
    "matrix-market": lib.DIGRESS_FORMAT_MATRIX_MARKET,
}


class _Memory:
    """Bytes of a set as NumPy finds them; they live as long as an array on them does."""

    def __init__(self, data: Any, size: int, owner: Any) -> None:
        self.owner = owner
        self.__array_interface__ = {
            "shape": (size,),
            "typestr": "|u1",
            "data": (int(ffi.cast("uintptr_t", data)), True),  # read-only
            "version": 3,
        }


def _view(data: Any, size: int, owner: Any) -> np.ndarray:
    return np.asarray(_Memory(data, size, owner)) if size else np.zeros(0, np.uint8)


class Graph:
    """One graph of a set, which it keeps alive. Its arrays are views without a copy, read-only."""

    __slots__ = ("_set", "index")

    def __init__(self, graphs: "GraphSet", index: int) -> None:
        self._set = graphs
        self.index = index

    def _raw(self) -> Any:
        return lib.digress_graph_set_get(self._set._set, self.index)

    @property
    def n(self) -> int:
        """How many nodes it has."""
        return self._raw().n

    def __len__(self) -> int:
        return self.n

    @property
    def node_class(self) -> np.ndarray:
        """uint8 [n]."""
        raw = self._raw()
        return _view(raw.node_class, raw.n, self._set._set)

    @property
    def pair_class(self) -> np.ndarray:
        """uint8 [n (n - 1) / 2]: the strict upper triangle, row by row; 0 is no edge."""
        raw = self._raw()
        return _view(raw.pair_class, raw.n * (raw.n - 1) // 2, self._set._set)

    @property
    def edge_index(self) -> np.ndarray:
        """int64 [2, edges]: each edge once, its smaller node first."""
        return self.edges()[0]

    @property
    def edge_class(self) -> np.ndarray:
        """uint8 [edges]: the classes of the edges in edge_index."""
        return self.edges()[1]

    def edges(self) -> Tuple[np.ndarray, np.ndarray]:
        """edge_index int64 [2, edges] and edge_class uint8 [edges]."""
        count = lib.digress_graph_set_edges(
            self._set._set, self.index, ffi.NULL, ffi.NULL, ffi.NULL
        )
        ends, classes = np.empty((2, count), np.int64), np.empty(count, np.uint8)
        lib.digress_graph_set_edges(
            self._set._set,
            self.index,
            pointer("int64_t *", ends[0]),
            pointer("int64_t *", ends[1]),
            pointer("uint8_t *", classes),
        )
        return ends, classes

    def adjacency(self) -> np.ndarray:
        """uint8 [n, n]: the class of each pair, symmetric, 0 on the diagonal."""
        n = self.n
        dense = np.zeros((n, n), np.uint8)
        dense[np.triu_indices(n, 1)] = self.pair_class
        return dense + dense.T

    def to_networkx(self) -> Any:
        """A networkx.Graph; classes as the attributes "class", and as "label" where they have names."""
        return _interop.graph_to_networkx(self)

    def to_smiles(self) -> Optional[str]:
        """Canonical SMILES, or None if it is not a valid molecule. Errors: InputError where the
        set's classes are not atoms and bonds."""
        return self._set._smiles(self.index)

    def _alone(self) -> "GraphSet":
        return self._set[self.index : self.index + 1]

    def __repr__(self) -> str:
        return f"<Graph of {self.n} nodes, {self.edge_class.size} edges>"

    def _repr_svg_(self) -> Optional[str]:
        return self._alone()._repr_svg_()

    def __reduce__(self) -> Any:
        return _first, (self._alone(),)

    def __eq__(self, other: object) -> bool:
        """The same classes on the same numbers: digress.metrics.isomorphic looks further."""
        if not isinstance(other, Graph):
            return NotImplemented
        return (
            self.n == other.n
            and np.array_equal(self.node_class, other.node_class)
            and np.array_equal(self.pair_class, other.pair_class)
        )

    __hash__ = None  # type: ignore[assignment]


def _first(graphs: "GraphSet") -> Graph:
    return graphs[0]


class GraphSet(AbstractSequence):
    """Graphs over the same classes. It never changes, and any number of threads may read it.

    GraphSet(graphs) takes a list of networkx graphs, SciPy sparse matrices, PyTorch Geometric Data,
    RDKit molecules, SMILES, square NumPy arrays or digress graphs; options go to the `from_`
    function of that kind. Errors: InputError for an empty list, a list of several kinds, or a kind
    that is not known.
    """

    __slots__ = ("_set", "dropped", "left_out", "interventions")

    def __init__(self, graphs: Any, **options: Any) -> None:
        made = _interop.graphs_of(graphs, options)
        self._set = made._set
        self.dropped: List[Tuple[int, str]] = made.dropped
        self.left_out: Dict[str, int] = made.left_out
        self.interventions: Optional[_steering.Interventions] = made.interventions

    @classmethod
    def _own(cls, raw: Any) -> "GraphSet":
        made = cls.__new__(cls)
        made._set = ffi.gc(raw, lib.digress_graph_set_free)
        made.dropped = []
        made.left_out = {}
        made.interventions = None
        return made

    @classmethod
    def _create(cls, node_names: Sequence[str], edge_names: Sequence[str]) -> "GraphSet":
        out = ffi.new("digress_graph_set **")
        check(lib.digress_graph_set_create(len(node_names), len(edge_names), out))
        made = cls._own(out[0])
        for k, name in enumerate(node_names):
            check(lib.digress_graph_set_name_node(made._set, k, text_or_null(name, "node name")))
        for k, name in enumerate(edge_names):
            check(lib.digress_graph_set_name_edge(made._set, k, text_or_null(name, "edge name")))
        return made

    # ---- made from ----

    @classmethod
    def from_arrays(
        cls,
        edge_index: Sequence[Any],
        nodes: Optional[Sequence[int]] = None,
        node_class: Optional[Sequence[Any]] = None,
        edge_class: Optional[Sequence[Any]] = None,
        *,
        node_names: Optional[Sequence[str]] = None,
        edge_names: Optional[Sequence[str]] = None,
        simplify: bool = False,
    ) -> "GraphSet":
        """A graph for each entry of `edge_index`, an integer array [2, edges] of nodes from 0.

        nodes: how many nodes each graph has; None: as node_class has entries, or as many as the
        edges need. node_class: integer arrays [n]; None: all 0. edge_class: integer arrays [edges],
        from 1, as 0 is no edge; None: all 1. An edge may be listed in both directions. simplify:
        self loops are dropped, otherwise they are an error. Names stand for classes 0, 1, ...; the
        first edge name is "none". Errors: InputError, naming the graph.
        """
        return _interop.from_arrays(
            edge_index, nodes, node_class, edge_class, node_names, edge_names, simplify
        )

    @classmethod
    def from_dense(cls, arrays: Any, node_class: Optional[Sequence[Any]] = None, **options: Any) -> "GraphSet":
        """Of square symmetric arrays [n, n] of edge classes, 0 for no edge; as from_arrays."""
        return _interop.from_dense(arrays, node_class, options)

    @classmethod
    def from_networkx(
        cls,
        graphs: Iterable[Any],
        node_attr: Optional[str] = None,
        edge_attr: Optional[str] = None,
        *,
        node_names: Optional[Sequence[str]] = None,
        edge_names: Optional[Sequence[str]] = None,
        simplify: bool = False,
    ) -> "GraphSet":
        """Of networkx graphs; node k is the k-th that the graph lists.

        node_attr, edge_attr: the attributes whose values, by their texts, are the classes; the
        names, in the order of the classes, may be given, and are otherwise those that occur, sorted
        (whole numbers by value). simplify: directions, parallel edges and self loops are dropped,
        otherwise they are an error. Errors: InputError, naming graph and node where an attribute is
        missing, or a value is none of the names.
        """
        return _interop.from_networkx(graphs, node_attr, edge_attr, node_names, edge_names, simplify)

    @classmethod
    def from_scipy(cls, matrices: Iterable[Any], **options: Any) -> "GraphSet":
        """Of symmetric SciPy sparse matrices, whose entries are edge classes; as from_arrays."""
        return _interop.from_scipy(matrices, options)

    @classmethod
    def from_pyg(
        cls,
        data: Iterable[Any],
        node_class: Optional[str] = "x",
        edge_class: Optional[str] = "edge_attr",
        **options: Any,
    ) -> "GraphSet":
        """Of PyTorch Geometric Data, or anything with edge_index [2, edges] and num_nodes.

        The attributes named hold classes, as integers or one-hot rows, and may be absent from all;
        edge classes count from 1, or are one-hot rows whose first column is "no edge". PyTorch need
        not be there. Other options: as from_arrays.
        """
        return _interop.from_pyg(data, node_class, edge_class, options)

    @classmethod
    def from_smiles(cls, smiles: Iterable[str], **options: Any) -> "GraphSet":
        """Of SMILES. Atoms are node classes, bonds edge classes; needs RDKit in the library.

        Molecules that cannot be kept are left out, and listed in `dropped` as (index, reason).
        `left_out` counts what a graph cannot hold of those that were kept: explicit "hydrogens",
        and molecules with "stereo" or with "isotopes"; without those of which there are none.
        Options: hydrogens, aromatic, charges, full, strict (bool), atoms ("C,N,O,F"), most_atoms,
        threads. Errors: InputError (no molecule to keep; strict: the first to drop).
        """
        return _interop.from_smiles(smiles, options)

    @classmethod
    def from_mol_blocks(cls, blocks: Iterable[str], **options: Any) -> "GraphSet":
        """Of mol blocks, the text of a .mol file each, V2000 or V3000; as from_smiles. Nodes are in
        the order of the atoms. Errors: InputError (an item that is no mol block, and as there)."""
        return _interop.from_mol_blocks(blocks, options)

    @classmethod
    def from_rdkit(cls, molecules: Iterable[Any], *, by: str = "smiles", **options: Any) -> "GraphSet":
        """Of RDKit molecules; as from_smiles. by: "smiles", or "mol_block", which keeps the order of
        their atoms. Errors: as from_smiles."""
        return _interop.from_rdkit(molecules, by, options)

    @classmethod
    def from_pickle(cls, path: Any, **options: Any) -> "GraphSet":
        """digress.from_pickle."""
        from ._unpickle import from_pickle

        return from_pickle(path, **options)

    @classmethod
    def read(
        cls,
        path: Any,
        format: Optional[str] = None,
        *,
        simplify: bool = False,
        node_attr: Optional[str] = None,
        edge_attr: Optional[str] = None,
        node_names: Optional[str] = None,
        edge_names: Optional[str] = None,
        ignore_weights: bool = False,
        ids: Optional[str] = None,
        **molecule_options: Any,
    ) -> "GraphSet":
        """Of a file in any format, a folder of files, or a set folder, "folder:train" or whole.

        Files of molecules (.smi, .csv, .sdf, with or without .gz) go by the options of from_smiles,
        and column. Others: docs/formats.md. Errors: InputError (path, line, what was expected),
        IOError.
        """
        if _interop.is_file_of_molecules(path):
            return _interop.read_molecules(path, molecule_options)
        if molecule_options:
            raise InputError(f"{path}: no file of molecules has the option {next(iter(molecule_options))!r}")
        options = ffi.new("digress_read_options *")
        kept = [text_or_null(t, "name") for t in (node_names, edge_names, node_attr, edge_attr)]
        options.node_names, options.edge_names, options.node_attribute, options.edge_attribute = kept
        options.format = _format(format) if format else lib.DIGRESS_FORMAT_AUTO
        options.simplify, options.ignore_weights = simplify, ignore_weights
        options.ids = _one_of(ids, {None: 0, "literal": 1, "compact": 2}, "ids")
        out = ffi.new("digress_graph_set **")
        check(lib.digress_graph_set_read(path_bytes(path), options, ffi.NULL, out))
        return cls._own(out[0])

    def write(self, path: Any, format: str = "safetensors", *, force: bool = False) -> bool:
        """Writes all graphs, whole or not at all; True if the format could hold all that they have.
        Errors: InputError (the path exists, unless `force`), IOError."""
        lossy = ffi.new("bool *")
        check(lib.digress_graph_set_write(self._set, path_bytes(path), _format(format), force, lossy))
        return not lossy[0]

    # ---- a sequence ----

    def __len__(self) -> int:
        return lib.digress_graph_set_count(self._set)

    @overload
    def __getitem__(self, key: int) -> Graph: ...
    @overload
    def __getitem__(self, key: Union[slice, Sequence[int], np.ndarray]) -> "GraphSet": ...

    def __getitem__(self, key: Any) -> Any:
        """A graph by its number; a set by a slice, a list of numbers or a mask."""
        count = len(self)
        if isinstance(key, slice):
            return self._take(np.arange(*key.indices(count), dtype=np.int64))
        if isinstance(key, (int, np.integer)):
            index = int(key)
            if not -count <= index < count:
                raise IndexError(f"graph {index}: the set has {count}")
            return Graph(self, index % count)
        chosen = np.asarray(key)
        if chosen.dtype == bool:
            if chosen.shape != (count,):
                raise InputError(f"a mask of shape {chosen.shape}: the set has {count} graphs")
            chosen = np.nonzero(chosen)[0]
        if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
            raise InputError(f"graphs {key!r}: expected a number, slice, list of numbers or mask")
        chosen = chosen.astype(np.int64)
        if chosen.size and (chosen.min() < -count or chosen.max() >= count):
            raise IndexError(f"graphs {chosen.min()} to {chosen.max()}: the set has {count}")
        return self._take(chosen % count if count else chosen)

    def _take(self, index: np.ndarray) -> "GraphSet":
        out = ffi.new("digress_graph_set **")
        check(lib.digress_graph_set_create_like(self._set, out))
        made = GraphSet._own(out[0])
        index = np.ascontiguousarray(index, np.uintp)
        check(
            lib.digress_graph_set_append_set(
                made._set, self._set, index.size, pointer("size_t *", index)
            )
        )
        return made

    def __iter__(self) -> Iterator[Graph]:
        return (Graph(self, k) for k in range(len(self)))

    def __add__(self, other: Any) -> "GraphSet":
        """Both, if they have the same classes."""
        if not isinstance(other, GraphSet):
            return NotImplemented
        if (self.node_names, self.edge_names) != (other.node_names, other.edge_names):
            raise InputError(
                f"sets of other classes cannot be joined: {self.node_names} {self.edge_names} and "
                f"{other.node_names} {other.edge_names}"
            )
        made = self[:]
        check(lib.digress_graph_set_append_set(made._set, other._set, len(other), ffi.NULL))
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GraphSet):
            return NotImplemented
        return (
            (self.node_names, self.edge_names) == (other.node_names, other.edge_names)
            and _same_targets(self.targets, other.targets)
            and np.array_equal(self.node_start, other.node_start)
            and np.array_equal(self.node_class, other.node_class)
            and np.array_equal(self.pair_class, other.pair_class)
        )

    __hash__ = None  # type: ignore[assignment]

    def split(self, *shares: float, seed: int = 0) -> Tuple["GraphSet", ...]:
        """Parts after a shuffle: split(0.8, 0.1) gives 80 %, 10 % and the rest."""
        if not shares or min(shares) <= 0 or sum(shares) > 1 + 1e-9:
            raise InputError(f"shares {shares}: expected numbers above 0 whose sum is 1 at most")
        order = np.random.default_rng(seed).permutation(len(self))
        ends = [int(round(end * len(self))) for end in np.cumsum(shares)]
        parts = np.split(order, ends if ends[-1] < len(self) else ends[:-1])
        return tuple(self[np.sort(part)] for part in parts)

    # ---- what it holds ----

    @property
    def node_names(self) -> List[str]:
        """The names of the node classes."""
        return [
            ffi.string(lib.digress_graph_set_node_name(self._set, k)).decode()
            for k in range(lib.digress_graph_set_node_classes(self._set))
        ]

    @property
    def edge_names(self) -> List[str]:
        """The names of the edge classes; the first stands for no edge."""
        return [
            ffi.string(lib.digress_graph_set_edge_name(self._set, k)).decode()
            for k in range(lib.digress_graph_set_edge_classes(self._set))
        ]

    @property
    def node_start(self) -> np.ndarray:
        """int64 [graphs + 1]: where each graph's nodes begin in node_class."""
        starts = np.empty(len(self) + 1, np.int64)
        lib.digress_graph_set_starts(self._set, pointer("int64_t *", starts))
        return starts

    @property
    def sizes(self) -> np.ndarray:
        """int64 [graphs]: the numbers of nodes."""
        return np.diff(self.node_start)

    @property
    def node_class(self) -> np.ndarray:
        """uint8: the node classes of all graphs, one graph behind the other, without a copy."""
        size = int(self.node_start[-1])
        return _view(lib.digress_graph_set_get(self._set, 0).node_class, size, self._set)

    @property
    def pair_class(self) -> np.ndarray:
        """uint8: the pair classes of all graphs, one graph behind the other, without a copy."""
        sizes = self.sizes
        size = int((sizes * (sizes - 1) // 2).sum())
        return _view(lib.digress_graph_set_get(self._set, 0).pair_class, size, self._set)

    @property
    def targets(self) -> Dict[str, np.ndarray]:
        """float64 [graphs] by name: numbers that the graphs carry; NaN where one has none."""
        return _steering.read_targets(self)

    def with_targets(self, targets: Any) -> "GraphSet":
        """A copy that carries these, too: a dict or DataFrame of columns [graphs]; NaN for what is
        not known. Errors: InputError (another length, an infinite number)."""
        made = self[:]
        _steering.write_targets(made, _steering.columns(targets, len(self), "targets"))
        return made

    def with_computed_targets(self, *names: str, threads: int = 0) -> "GraphSet":
        """A copy that carries what digress can compute: "edges", "density", "clustering",
        "triangles", "max_degree", "diameter", "components"; of molecules "logP", "TPSA", "weight",
        "rings" and others (docs/sampling.md). NaN for what is no valid molecule."""
        made, text = self[:], text_or_null(",".join(names), "names")
        check(lib.digress_graph_set_compute_targets(made._set, text, whole_number(threads, "threads", 0, 4096)))
        return made

    # ---- turned into ----

    def to_networkx(self) -> List[Any]:
        """A list of networkx graphs; see Graph.to_networkx."""
        return [graph.to_networkx() for graph in self]

    def to_pyg(self) -> List[Any]:
        """A list of PyTorch Geometric Data: x and edge_attr are one-hot rows, as DiGress has them;
        both directions of an edge are listed. Needs torch and torch_geometric."""
        return _interop.to_pyg(self)

    def to_scipy(self) -> List[Any]:
        """A list of symmetric SciPy CSR matrices of edge classes."""
        return _interop.to_scipy(self)

    def to_smiles(self) -> List[Optional[str]]:
        """The canonical SMILES of each, None for what is not a valid molecule."""
        return [self._smiles(k) for k in range(len(self))]

    def to_rdkit(self) -> List[Any]:
        """RDKit molecules, None for what is not valid. Needs RDKit's Python package."""
        return _interop.to_rdkit(self)

    def to_frame(self) -> Any:
        """A pandas DataFrame with a row a graph: nodes, edges, components, triangles, mean_degree,
        mean_clustering, density."""
        return _interop.to_frame(self)

    def _smiles(self, index: int) -> Optional[str]:
        out = ffi.new("char **")
        check(lib.digress_molecule_smiles(self._set, index, out))
        if out[0] == ffi.NULL:
            return None
        try:
            return ffi.string(out[0]).decode()
        finally:
            lib.free(out[0])

    # ---- pickles, and notebooks ----

    def __reduce__(self) -> Any:
        return _restore, (_interop.packed(self),)

    def __repr__(self) -> str:
        if len(self) == 0:
            return "<GraphSet without graphs>"
        sizes = self.sizes
        nodes = f"{sizes.min()}" if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
        edges = np.count_nonzero(self.pair_class) / len(self)
        return (
            f"<GraphSet of {len(self)} graphs: {nodes} nodes, {edges:.4g} edges on average; node "
            f"classes {_shortened(self.node_names)}, edge classes {_shortened(self.edge_names[1:])}>"
        )

    def to_svg(self, count: int = 16, columns: int = 0, title: Optional[str] = None, seed: int = 0) -> str:
        """The first `count` graphs as an SVG; columns 0: a square. Errors: InputError (no graph that
        can be drawn, a library without cairo)."""
        return _interop.to_svg(self, count, columns, title, seed)

    def _repr_svg_(self) -> Optional[str]:
        return self.to_svg() if len(self) and lib.digress_has_pictures() else None

    def _repr_html_(self) -> Optional[str]:
        svg = self._repr_svg_()
        return None if svg is None else f"<div>{_interop.escaped(repr(self))}</div>{svg}"


def _same_targets(a: Dict[str, np.ndarray], b: Dict[str, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name], equal_nan=True) for name in a)


def _restore(packed: dict) -> GraphSet:
    return _interop.unpacked(packed)


def _shortened(names: List[str], most: int = 12) -> str:
    return " ".join(names[:most]) + (" ..." if len(names) > most else "")


def _format(name: str) -> int:
    return _one_of(name, FORMATS, "format")


def _one_of(value: Any, known: dict, what: str) -> int:
    if value not in known:
        names = ", ".join(str(name) for name in known if name is not None)
        raise InputError(f"{what} {value!r}: expected {names}")
    return known[value]
