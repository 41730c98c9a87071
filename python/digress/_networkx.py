"""Sets of graphs from networkx, and back."""

from __future__ import annotations

from itertools import chain
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from ._call import InputError
from ._interop import MAX_CLASSES, _starts, from_flat, listed, need


def _check(graph: Any, g: int, simplify: bool) -> None:
    if not hasattr(graph, "adjacency"):
        raise InputError(f"graph {g}: a {type(graph).__name__}: expected a networkx graph")
    if simplify:
        return
    if graph.is_directed():
        raise InputError(f"graph {g}: it is directed; simplify=True drops directions")
    if graph.is_multigraph():
        raise InputError(f"graph {g}: it may have parallel edges; simplify=True keeps one of each")


class _Names:
    """The values of an attribute as classes: given ones, or those that occur."""

    def __init__(self, attribute: str, names: Optional[Sequence[str]], first: List[str], what: str) -> None:
        self.attribute, self.given, self.what = attribute, names is not None, what
        self.names: List[str] = list(names) if names is not None else list(first)
        self.number: Dict[str, int] = {str(name): k for k, name in enumerate(self.names)}
        self.fixed = len(first)

    def of(self, data: Any, g: int, where: str) -> int:
        try:
            raw = data[self.attribute]
        except (KeyError, TypeError):
            raise InputError(
                f"graph {g}: {where} has no attribute {self.attribute!r}: give it to all {self.what}s"
            ) from None
        value = str(raw)
        found = self.number.get(value)
        if found is not None:
            return found
        if isinstance(raw, (list, dict, set)) or getattr(raw, "shape", ()) or raw is None or raw != raw:
            raise InputError(f"graph {g}: {where} has {self.attribute!r} {value}: expected a number or a text")
        if self.given:
            raise InputError(f"graph {g}: {where} is {value!r}: expected one of {', '.join(self.names)}")
        if len(self.names) == MAX_CLASSES:
            raise InputError(f"{self.attribute!r} has more than {MAX_CLASSES} values: they are no classes")
        self.number[value] = len(self.names)
        self.names.append(value)
        return self.number[value]

    def sort(self, classes: np.ndarray) -> np.ndarray:
        """The names sorted, but for the first, and the classes renumbered, unless they were given."""
        if self.given:
            return classes
        rest = sorted(range(self.fixed, len(self.names)), key=lambda k: _order(self.names[k]))
        order = list(range(self.fixed)) + rest
        number = np.empty(len(order), np.uint8)
        number[order] = np.arange(len(order), dtype=np.uint8)
        self.names = [self.names[k] for k in order]
        return number[classes]


def _order(name: str) -> Any:
    return (0, int(name), "") if name.lstrip("-").isdigit() else (1, 0, name)


def _numbers(graph: Any, g: int, lists: List[Any]) -> Any:
    """The neighbours of all nodes by number: as they are where nodes are called 0, 1, ..."""
    names = list(graph)
    if names == list(range(len(names))):
        return chain.from_iterable(lists)
    number = {name: k for k, name in enumerate(names)}
    return (number[name] for name in chain.from_iterable(lists))


def from_networkx(
    graphs: Any,
    node_attr: Optional[str],
    edge_attr: Optional[str],
    node_names: Optional[Sequence[str]],
    edge_names: Optional[Sequence[str]],
    simplify: bool,
) -> Any:
    if hasattr(graphs, "adjacency"):
        graphs = [graphs]
    nodes = _Names(node_attr, node_names, [], "node") if node_attr is not None else None
    edges = _Names(edge_attr, edge_names, ["none"], "edge") if edge_attr is not None else None
    sizes: List[int] = []
    degrees: List[int] = []
    targets: List[int] = []
    node_class: List[int] = []
    edge_class: List[int] = []
    for g, graph in enumerate(listed(graphs, "graphs")):
        _check(graph, g, simplify)
        lists = [neighbours for _, neighbours in graph.adjacency()]
        sizes.append(len(lists))
        degrees.extend(map(len, lists))
        targets.extend(_numbers(graph, g, lists))
        if nodes:
            node_class.extend(nodes.of(data, g, f"node {name!r}") for name, data in graph.nodes.items())
        if edges:
            edge_class.extend(_edge_classes(graph, g, edges))
    return _assemble(
        sizes,
        degrees,
        targets,
        nodes.sort(np.array(node_class, np.uint8)) if nodes else None,
        edges.sort(np.array(edge_class, np.uint8)) if edges else None,
        nodes.names if nodes else node_names,
        edges.names if edges else edge_names,
        simplify,
    )


def _edge_classes(graph: Any, g: int, edges: _Names) -> Any:
    for u, neighbours in graph.adjacency():
        for v, data in neighbours.items():
            if graph.is_multigraph():
                data = next(iter(data.values()))
            yield edges.of(data, g, f"edge {u!r} - {v!r}")


def _assemble(
    sizes: List[int],
    degrees: List[int],
    targets: List[int],
    node_class: Optional[np.ndarray],
    edge_class: Optional[np.ndarray],
    node_names: Any,
    edge_names: Any,
    simplify: bool,
) -> Any:
    node_start = _starts(sizes)
    degree = np.array(degrees, np.int64)
    local = np.arange(len(degree)) - np.repeat(node_start[:-1], sizes)
    ends = np.concatenate([[0], np.cumsum(degree)])
    return from_flat(
        node_start,
        node_class,
        ends[node_start],
        np.repeat(local, degree),
        np.array(targets, np.int64),
        edge_class,
        node_names,
        edge_names,
        simplify,
    )


def to_networkx(graph: Any) -> Any:
    networkx = need("networkx", "to_networkx")
    made = networkx.Graph()
    node_names, edge_names = graph._set.node_names, graph._set.edge_names
    for k, c in enumerate(graph.node_class.tolist()):
        made.add_node(k, **{"class": c, "label": node_names[c]})
    (source, target), classes = graph.edges()
    for u, v, c in zip(source.tolist(), target.tolist(), classes.tolist()):
        made.add_edge(u, v, **{"class": c, "label": edge_names[c]})
    return made
