"""Sets of graphs from what others keep graphs in, and back. No other package is imported before it
is needed."""

from __future__ import annotations

import html
import os
import tempfile
from typing import Any, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from . import _steering
from ._call import InputError, Watch, check, ffi, lib, long_call, path_bytes, pointer, text_or_null, whole_number

MAX_CLASSES = lib.DIGRESS_MAX_CLASSES
MOLECULE_FILES = (".smi", ".smiles", ".csv", ".tsv", ".sdf", ".mol")


def _graph_types() -> Any:
    from .graphs import Graph, GraphSet

    return Graph, GraphSet


def need(module: str, what: str) -> Any:
    """Imports a package that only this needs."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise ImportError(f"{what} needs the package {module.split('.')[0]}: install it") from None


# ---- any list ----


def _kind(item: Any) -> Optional[str]:
    Graph, _ = _graph_types()
    if isinstance(item, Graph):
        return "digress graph"
    if isinstance(item, str):
        return "mol block" if "\n" in item else "SMILES"
    if isinstance(item, np.ndarray):
        return "NumPy array"
    modules = {base.__module__.split(".")[0] for base in type(item).__mro__}
    if "networkx" in modules:
        return "networkx graph"
    if "rdkit" in modules:
        return "RDKit molecule"
    if hasattr(item, "tocoo"):
        return "SciPy matrix"
    return "PyTorch Geometric Data" if hasattr(item, "edge_index") else None


def listed(items: Any, what: str) -> List[Any]:
    """A list of at least one thing."""
    if isinstance(items, (str, bytes, dict)):
        raise InputError(f"{what}: expected a list, not a {type(items).__name__}")
    try:
        made = list(items)
    except TypeError:
        raise InputError(f"{what}: expected a list, not a {type(items).__name__}") from None
    if not made:
        raise InputError(f"{what}: an empty list; at least one is needed")
    return made


def graphs_of(graphs: Any, options: dict) -> Any:
    """A GraphSet of whatever GraphSet(...) takes."""
    Graph, GraphSet = _graph_types()
    if isinstance(graphs, GraphSet) and not options:
        return graphs
    if isinstance(graphs, Graph) and not options:
        return graphs._alone()
    if isinstance(graphs, (str, os.PathLike)):
        return GraphSet.read(graphs, **options)
    if isinstance(graphs, np.ndarray) and graphs.dtype != object:
        return from_dense(graphs, options.pop("node_class", None), options)
    if hasattr(graphs, "number_of_nodes") or hasattr(graphs, "tocoo"):
        graphs = [graphs]
    items = listed(graphs, "graphs")
    kind = _kind(items[0])
    for index, item in enumerate(items):
        if kind is None or _kind(item) != kind:
            found = f"a {_kind(item) or type(item).__name__}"
            raise InputError(
                f"graphs: item {index} is {found}: expected one kind of networkx graphs, SciPy "
                f"matrices, PyTorch Geometric Data, RDKit molecules, SMILES, mol blocks, NumPy arrays "
                f"or graphs of digress" + (f"; the first is a {kind}" if kind else "")
            )
    makers = {
        "networkx graph": GraphSet.from_networkx,
        "RDKit molecule": GraphSet.from_rdkit,
        "SciPy matrix": GraphSet.from_scipy,
        "PyTorch Geometric Data": GraphSet.from_pyg,
        "SMILES": GraphSet.from_smiles,
        "mol block": GraphSet.from_mol_blocks,
        "NumPy array": GraphSet.from_dense,
        "digress graph": _of_graphs,
    }
    return makers[str(kind)](items, **options)


def _of_graphs(graphs: List[Any], **options: Any) -> Any:
    if options:
        raise InputError(f"graphs of digress take no option {next(iter(options))!r}")
    made, classes = graphs[0]._set[:0], {}
    names = (made.node_names, made.edge_names)
    for k, graph in enumerate(graphs):
        own = graph._set
        if id(own) not in classes:
            classes[id(own)] = (own.node_names, own.edge_names)
        if classes[id(own)] != names:
            raise InputError(f"graphs: item {k} is of other classes than the first")
        index = ffi.new("size_t *", graph.index)
        check(lib.digress_graph_set_append_set(made._set, own._set, 1, index))
    return made


# ---- flat arrays ----


def _classes(values: Any, what: str, low: int = 0) -> np.ndarray:
    """uint8 classes from any array of whole numbers."""
    array = np.asarray(values)
    if array.size == 0:
        return np.zeros(array.shape, np.uint8)
    if array.dtype.kind not in "iub":
        if array.dtype.kind != "f" or not np.all(array == np.floor(array)):
            raise InputError(f"{what}: expected whole numbers, not {array.dtype}")
    if array.min() < low or array.max() >= MAX_CLASSES:
        raise InputError(f"{what} {array.min()} to {array.max()}: expected {low} to {MAX_CLASSES - 1}")
    return np.ascontiguousarray(array, np.uint8)


def _empty(node_classes: int, edge_classes: int, node_names: Any, edge_names: Any) -> Any:
    _, GraphSet = _graph_types()
    if node_names is None and edge_names is None:
        out = ffi.new("digress_graph_set **")
        check(lib.digress_graph_set_create(node_classes, edge_classes, out))
        return GraphSet._own(out[0])
    node_names = [str(k) for k in range(node_classes)] if node_names is None else list(node_names)
    numbers = ["none"] + [str(k) for k in range(1, edge_classes)]
    edge_names = numbers if edge_names is None else list(edge_names)
    for names, used, what in ((node_names, node_classes, "node"), (edge_names, edge_classes, "edge")):
        if len(names) < used:
            raise InputError(f"{len(names)} {what} names: the graphs have {used} classes")
    if len(edge_names) < 2:
        raise InputError(f"edge names {edge_names}: expected 'none' and at least one more")
    return GraphSet._create(node_names, edge_names)


def from_flat(
    node_start: np.ndarray,
    node_class: Optional[np.ndarray],
    edge_start: np.ndarray,
    source: np.ndarray,
    target: np.ndarray,
    edge_class: Optional[np.ndarray],
    node_names: Any = None,
    edge_names: Any = None,
    simplify: bool = False,
) -> Any:
    """A GraphSet from arrays as digress_arrays has them."""
    a = 1 + int(node_class.max()) if node_class is not None and node_class.size else 1
    b = 1 + int(edge_class.max()) if edge_class is not None and edge_class.size else 2
    made = _empty(a, max(b, 2), node_names, edge_names)
    flat = [np.ascontiguousarray(array, np.int64) for array in (node_start, edge_start, source, target)]
    arrays = ffi.new("digress_arrays *")
    arrays.graphs = len(flat[0]) - 1
    arrays.node_start, arrays.edge_start, arrays.source, arrays.target = (
        pointer("int64_t *", array) for array in flat
    )
    arrays.node_class = pointer("uint8_t *", node_class)
    arrays.edge_class = pointer("uint8_t *", edge_class)
    arrays.simplify = simplify
    check(lib.digress_graph_set_append_arrays(made._set, arrays, ffi.NULL))
    return made


def _starts(counts: Sequence[int]) -> np.ndarray:
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def _edge_arrays(edge_index: List[Any]) -> List[np.ndarray]:
    made = []
    for g, edges in enumerate(edge_index):
        array = np.asarray(edges)
        if array.size == 0:
            array = np.zeros((2, 0), np.int64)
        if array.ndim != 2 or array.shape[0] != 2 or array.dtype.kind not in "iu":
            raise InputError(
                f"graph {g}: edge_index {array.dtype} {list(array.shape)}: expected whole numbers [2, edges]"
            )
        made.append(array)
    return made


def _of_each(values: Optional[Sequence[Any]], counts: Sequence[int], what: str, low: int) -> Optional[np.ndarray]:
    if values is None:
        return None
    if len(values) != len(counts):
        raise InputError(f"{what}: {len(values)} arrays for {len(counts)} graphs")
    made = []
    for g, (value, count) in enumerate(zip(values, counts)):
        array = _classes(value, f"graph {g}: {what}", low)
        if array.shape != (count,):
            raise InputError(f"graph {g}: {what} {list(array.shape)}: expected [{count}]")
        made.append(array)
    return np.concatenate(made)


def from_arrays(
    edge_index: Any,
    nodes: Any,
    node_class: Any,
    edge_class: Any,
    node_names: Any,
    edge_names: Any,
    simplify: bool,
) -> Any:
    edges = _edge_arrays(listed(edge_index, "edge_index"))
    if nodes is None and node_class is not None:
        nodes = [len(classes) for classes in node_class]
    if nodes is None:
        nodes = [int(array.max()) + 1 if array.size else 0 for array in edges]
    if len(nodes) != len(edges):
        raise InputError(f"{len(nodes)} numbers of nodes for {len(edges)} graphs")
    counts = [whole_number(n, f"graph {g}: nodes") for g, n in enumerate(nodes)]
    edge_counts = [array.shape[1] for array in edges]
    both = np.concatenate(edges, axis=1)
    return from_flat(
        _starts(counts),
        _of_each(node_class, counts, "node_class", 0),
        _starts(edge_counts),
        both[0],
        both[1],
        _of_each(edge_class, edge_counts, "edge_class", 0),
        node_names,
        edge_names,
        simplify,
    )


# ---- matrices ----


def from_dense(arrays: Any, node_class: Any, options: dict) -> Any:
    if isinstance(arrays, np.ndarray) and arrays.ndim == 2 and arrays.dtype != object:
        arrays = [arrays]
    edges: List[np.ndarray] = []
    classes: List[np.ndarray] = []
    nodes: List[int] = []
    for g, array in enumerate(listed(arrays, "arrays")):
        array = np.asarray(array)
        if array.ndim != 2 or array.shape[0] != array.shape[1]:
            raise InputError(f"graph {g}: an array {list(array.shape)}: expected [n, n]")
        array = _classes(array, f"graph {g}: edge classes")
        row, column = np.nonzero(array)
        _add_matrix(g, array.shape[0], row, column, array, edges, classes, nodes)
    return from_arrays(edges, nodes, node_class, classes, **_names_of(options))


def _add_matrix(g: int, n: int, row: Any, column: Any, dense: Any, edges: list, classes: list, nodes: list) -> None:
    values = dense[row, column] if dense.ndim == 2 else dense
    if row.size != np.unique(np.stack([row, column]), axis=1).shape[1]:
        raise InputError(f"graph {g}: an entry of its matrix is stored twice")
    forward = np.lexsort((column, row))
    backward = np.lexsort((row, column))
    if not (
        np.array_equal(row[forward], column[backward])
        and np.array_equal(column[forward], row[backward])
        and np.array_equal(values[forward], values[backward])
    ):
        raise InputError(f"graph {g}: its matrix is not symmetric")
    half = row <= column
    edges.append(np.stack([row[half], column[half]]).astype(np.int64))
    classes.append(values[half])
    nodes.append(n)


def _names_of(options: dict) -> dict:
    known = {"node_names": None, "edge_names": None, "simplify": False}
    for option in options:
        if option not in known:
            raise InputError(f"there is no option {option!r}: expected {', '.join(known)}")
    return {**known, **options}


def from_scipy(matrices: Any, options: dict) -> Any:
    node_class = options.pop("node_class", None)
    edges: List[np.ndarray] = []
    classes: List[np.ndarray] = []
    nodes: List[int] = []
    for g, matrix in enumerate(listed(matrices, "matrices")):
        if not hasattr(matrix, "tocoo"):
            raise InputError(f"graph {g}: a {type(matrix).__name__}: expected a SciPy sparse matrix")
        coo = matrix.tocoo()
        if coo.shape[0] != coo.shape[1]:
            raise InputError(f"graph {g}: a matrix {list(coo.shape)}: expected [n, n]")
        kept = coo.data != 0
        values = _classes(coo.data[kept], f"graph {g}: edge classes")
        _add_matrix(g, coo.shape[0], coo.row[kept], coo.col[kept], values, edges, classes, nodes)
    return from_arrays(edges, nodes, node_class, classes, **_names_of(options))


def to_scipy(graphs: Any) -> List[Any]:
    sparse = need("scipy.sparse", "to_scipy")
    made = []
    for graph in graphs:
        (source, target), classes = graph.edges()
        ends = (np.concatenate([source, target]), np.concatenate([target, source]))
        made.append(sparse.csr_matrix((np.concatenate([classes, classes]), ends), (graph.n, graph.n)))
    return made


# ---- PyTorch Geometric ----


def _numpy(value: Any) -> np.ndarray:
    """A tensor, wherever it is, or what else there is."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value)


def _class_rows(value: Any, what: str, only: int) -> np.ndarray:
    """Classes of integers or one-hot rows; real rows [1.0] are one-hot, of the only class there is."""
    array = _numpy(value)
    if array.ndim == 2 and array.shape[1] == 1:
        if array.dtype.kind == "f" and (array == 1).all():
            return np.full(len(array), only)
        array = array[:, 0]
    if array.ndim != 2:
        return array
    if not (np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all()):
        raise InputError(f"{what}: rows that are not one-hot: give the name of an attribute of classes")
    return array.argmax(axis=1)


def _attribute(data: List[Any], name: Optional[str], only: int) -> Optional[List[np.ndarray]]:
    if name is None:
        return None
    values = [getattr(item, name, None) for item in data]
    missing = [g for g, value in enumerate(values) if value is None]
    if len(missing) == len(values):
        return None
    if missing:
        raise InputError(f"graph {missing[0]}: it has no {name}, which others have")
    return [_class_rows(value, f"graph {g}: {name}", only) for g, value in enumerate(values)]


def from_pyg(data: Any, node_class: Optional[str], edge_class: Optional[str], options: dict) -> Any:
    items = listed(data, "data")
    for g, item in enumerate(items):
        if getattr(item, "edge_index", None) is None:
            raise InputError(f"graph {g}: a {type(item).__name__} without edge_index")
    edges = [_numpy(item.edge_index) for item in items]
    classes = _attribute(items, edge_class, 1)
    own = _attribute(items, node_class, 0)
    nodes = [getattr(item, "num_nodes", None) for item in items]
    known = all(n is not None for n in nodes)
    return from_arrays(edges, nodes if known else None, own, classes, **_names_of(options))


def to_pyg(graphs: Any) -> List[Any]:
    torch = need("torch", "to_pyg")
    Data = need("torch_geometric.data", "to_pyg").Data
    x_eye = torch.eye(len(graphs.node_names))
    e_eye = torch.eye(len(graphs.edge_names))
    made = []
    for graph in graphs:
        (source, target), classes = graph.edges()
        ends = np.stack([np.concatenate([source, target]), np.concatenate([target, source])])
        both = torch.from_numpy(np.concatenate([classes, classes]).astype(np.int64))
        made.append(
            Data(
                x=x_eye[torch.from_numpy(graph.node_class.astype(np.int64))],
                edge_index=torch.from_numpy(ends),
                edge_attr=e_eye[both],
                num_nodes=graph.n,
            )
        )
    return made


# ---- molecules ----


def is_file_of_molecules(path: Any) -> bool:
    name = os.fsdecode(path_bytes(path)).lower()
    return name.removesuffix(".gz").endswith(MOLECULE_FILES)


def read_molecules(path: Any, given: dict) -> Any:
    """A set, and in `dropped` (record, reason) of what was left out, records counted from 0."""
    _, GraphSet = _graph_types()
    options = ffi.new("digress_import_options *")
    watch, kept = Watch(), []
    watch.fill(options.watch)
    for name, value in given.items():
        if name in ("hydrogens", "aromatic", "charges", "full", "strict"):
            setattr(options, name, bool(value))
        elif name in ("most_atoms", "threads"):
            setattr(options, name, whole_number(value, name))
        elif name in ("atoms", "column"):
            text = ",".join(value) if isinstance(value, (list, tuple)) else value
            kept.append(text_or_null(text, name))
            setattr(options, name, kept[-1])
        else:
            raise InputError(f"there is no option {name!r} for molecules")
    with tempfile.TemporaryDirectory(prefix="digress-") as folder:
        dropped = os.path.join(folder, "dropped.tsv")
        kept.append(ffi.new("char[]", path_bytes(dropped)))
        options.dropped = kept[-1]
        out = ffi.new("digress_graph_set **")
        encoded = path_bytes(path)
        report = ffi.new("digress_import_report *")
        long_call(lambda: lib.digress_molecules_read(encoded, options, report, out), watch)
        made = GraphSet._own(out[0])
        with open(dropped, encoding="utf-8", errors="replace") as lines:
            fields = [line.rstrip("\n").split("\t") for line in lines]
    made.dropped = [(int(field[1]) - 1, field[3]) for field in fields]
    counts = {name: getattr(report, f"{name}_left_out") for name in ("hydrogens", "stereo", "isotopes")}
    made.left_out = {name: count for name, count in counts.items() if count}
    return made


def from_smiles(smiles: Any, options: dict) -> Any:
    lines = listed(smiles, "smiles")
    for k, line in enumerate(lines):
        if not isinstance(line, str):
            raise InputError(f"smiles: item {k} is a {type(line).__name__}: expected a str")
        if not line or line.startswith("#") or line.split() != [line]:
            raise InputError(f"smiles: item {k} is {line!r}: expected one SMILES")
    return _read_text("list.smi", "\n".join(lines) + "\n", options)


def _read_text(name: str, text: str, options: dict) -> Any:
    with tempfile.TemporaryDirectory(prefix="digress-") as folder:
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return read_molecules(path, options)


def from_mol_blocks(blocks: Any, options: dict) -> Any:
    items = listed(blocks, "blocks")
    for k, item in enumerate(items):
        if not isinstance(item, str):
            raise InputError(f"blocks: item {k} is a {type(item).__name__}: expected a str")
        if item.count("M  END") != 1 or "$$$$" in item:
            raise InputError(f"blocks: item {k} is no mol block, which ends in one line 'M  END'")
    return _read_text("list.sdf", "".join(item.rstrip() + "\n$$$$\n" for item in items), options)


def from_rdkit(molecules: Any, by: str, options: dict) -> Any:
    Chem = need("rdkit.Chem", "from_rdkit")
    items = listed(molecules, "molecules")
    for k, item in enumerate(items):
        if not isinstance(item, Chem.Mol):
            raise InputError(f"molecules: item {k} is a {type(item).__name__}: expected an RDKit molecule")
    if by == "smiles":
        return from_smiles([Chem.MolToSmiles(item) for item in items], options)
    if by != "mol_block":
        raise InputError(f"by: {by!r}: expected 'smiles' or 'mol_block'")
    return from_mol_blocks([Chem.MolToMolBlock(item, kekulize=True) for item in items], options)


def to_rdkit(graphs: Any) -> List[Any]:
    Chem = need("rdkit.Chem", "to_rdkit")
    return [None if text is None else Chem.MolFromSmiles(text) for text in graphs.to_smiles()]


# ---- tables, pictures, pickles ----


def to_frame(graphs: Any) -> Any:
    pandas = need("pandas", "to_frame")
    return pandas.DataFrame(summaries(graphs))


def summaries(graphs: Any) -> dict:
    """Of each graph, by name of the number."""
    found = ffi.new("digress_summary[]", max(len(graphs), 1))
    options, watch = ffi.new("digress_measure_options *"), Watch()
    watch.fill(options.watch)
    long_call(lambda: lib.digress_summarise(graphs._set, options, found), watch)
    names = ["nodes", "edges", "components", "triangles", "mean_degree", "mean_clustering"]
    table = {name: np.array([getattr(row, name) for row in found]) for name in names}
    pairs = table["nodes"] * (table["nodes"] - 1) / 2
    table["density"] = np.divide(table["edges"], pairs, out=np.zeros(len(pairs)), where=pairs > 0)
    return table


def to_svg(graphs: Any, count: int, columns: int, title: Optional[str], seed: int) -> str:
    options, watch = ffi.new("digress_draw_options *"), Watch()
    watch.fill(options.watch)
    options.count = whole_number(count, "count")
    options.columns = whole_number(columns, "columns")
    options.seed = whole_number(seed, "seed", 0, 2**32 - 1)
    kept = text_or_null(title, "title")
    options.title = kept
    svg, size = ffi.new("char **"), ffi.new("size_t *")
    long_call(lambda: lib.digress_draw_svg(graphs._set, options, svg, size), watch)
    try:
        return ffi.string(svg[0]).decode("utf-8")
    finally:
        lib.free(svg[0])


def escaped(text: str) -> str:
    return html.escape(text)


def packed(graphs: Any) -> dict:
    """Plain arrays that unpacked makes the set of again."""
    edges = [graph.edges() for graph in graphs]
    ends = [end.astype(np.uint16) for end, _ in edges]
    return {
        "version": 1,
        "node_names": graphs.node_names,
        "edge_names": graphs.edge_names,
        "sizes": graphs.sizes,
        "node_class": np.array(graphs.node_class),
        "edges": np.array([len(classes) for _, classes in edges], np.int64),
        "ends": np.concatenate(ends, axis=1) if ends else np.zeros((2, 0), np.uint16),
        "edge_class": np.concatenate([c for _, c in edges]) if edges else np.zeros(0, np.uint8),
        "dropped": graphs.dropped,
        "left_out": graphs.left_out,
        "targets": graphs.targets,
    }


def unpacked(state: dict) -> Any:
    if state.get("version") != 1:
        raise InputError("this pickle is of a later version of digress")
    made = from_flat(
        _starts(state["sizes"]),
        state["node_class"],
        _starts(state["edges"]),
        state["ends"][0],
        state["ends"][1],
        state["edge_class"],
        state["node_names"],
        state["edge_names"],
    )
    made.dropped = state["dropped"]
    made.left_out = state.get("left_out", {})
    _steering.write_targets(made, state["targets"])
    return made


# ---- networkx: _networkx.py ----


def from_networkx(*arguments: Any) -> Any:
    from ._networkx import from_networkx as made_of

    return made_of(*arguments)


def graph_to_networkx(graph: Any) -> Any:
    from ._networkx import to_networkx

    return to_networkx(graph)
