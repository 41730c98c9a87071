"""Pickled graphs of other projects. A pickle can run any code: so only what is listed here is made,
and graphs become inert stand-ins of their own."""

from __future__ import annotations

import io
import pickle
from typing import Any, Callable, Dict, Iterator, List, Tuple

from . import _torch_file
from ._call import IOError, InputError, path_bytes


class _StandIn:
    """What networkx had, without its code."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple):  # a dict, and slots
            state = {**(state[0] or {}), **(state[1] or {})}
        if isinstance(state, dict):
            self.__dict__.update(state)


class _Graph(_StandIn):
    """A networkx graph of any version: `adj` and `node` were attributes before networkx 2."""

    directed = multi = False

    def _part(self, *names: str) -> Dict[Any, Any]:
        for name in names:
            found = self.__dict__.get(name)
            if isinstance(found, dict):
                return found
        raise InputError("a pickled graph without its adjacency")

    def adjacency(self) -> Iterator[Tuple[Any, Dict[Any, Any]]]:
        return iter(self._part("_adj", "adj").items())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._part("_adj", "adj"))

    @property
    def nodes(self) -> Dict[Any, Any]:
        return self._part("_node", "node")

    def is_directed(self) -> bool:
        return self.directed

    def is_multigraph(self) -> bool:
        return self.multi

    def number_of_nodes(self) -> int:
        return len(self._part("_adj", "adj"))


class _DiGraph(_Graph):
    directed = True


class _MultiGraph(_Graph):
    multi = True


class _MultiDiGraph(_DiGraph):
    multi = True


_GRAPHS = {"Graph": _Graph, "DiGraph": _DiGraph, "MultiGraph": _MultiGraph, "MultiDiGraph": _MultiDiGraph}
_BUILTINS = {
    of.__name__: of
    for of in (dict, list, tuple, set, frozenset, int, float, str, bool, bytes, complex, object)
}


def _numpy(name: str) -> Any:
    import numpy as np

    core = getattr(np, "_core", None) or np.core
    known: Dict[str, Callable[[], Any]] = {
        "ndarray": lambda: np.ndarray,
        "dtype": lambda: np.dtype,
        "_reconstruct": lambda: core.multiarray._reconstruct,
        "scalar": lambda: core.multiarray.scalar,
        "_frombuffer": lambda: core.numeric._frombuffer,
    }
    return known[name]() if name in known else None


def _scipy(name: str) -> Any:
    import scipy.sparse

    known = ("csr_matrix", "csc_matrix", "coo_matrix", "lil_matrix", "csr_array", "csc_array", "coo_array")
    return getattr(scipy.sparse, name, None) if name in known else None


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        root, found = module.split(".")[0], None  # type: str, Any
        if module in ("builtins", "__builtin__"):
            found = _BUILTINS.get({"unicode": "str", "long": "int"}.get(name, name))
        elif module in ("copy_reg", "copyreg") and name == "_reconstructor":
            found = _reconstruct
        elif module == "collections" and name in ("OrderedDict", "defaultdict"):
            found = dict if name == "OrderedDict" else _default_dict
        elif root == "networkx" and "." not in name:
            found = _GRAPHS.get(name, _StandIn if name.endswith("View") else None)
        elif root == "numpy":
            found = _numpy(name)
        elif module.startswith("scipy.sparse"):
            found = _scipy(name)
        if found is None:
            raise InputError(f"it holds a {module}.{name}, which is not one of the classes that are read")
        return found


def _default_dict(*arguments: Any) -> Dict[Any, Any]:
    return dict(*arguments[1:])


def _reconstruct(made: type, base: type, state: Any) -> Any:
    """copyreg's, for what is made here alone."""
    if base is object and issubclass(made, _StandIn):
        return made()
    raise InputError(f"it restores a {made.__name__} in a way that is not known")


def _graphs(found: Any) -> List[Any]:
    """The graphs in whatever list, dict or nest of them was pickled."""
    if isinstance(found, _Graph) or hasattr(found, "tocoo"):
        return [found]
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, (list, tuple)):
        made: List[Any] = []
        for part in found:
            made += _graphs(part)
        return made
    if getattr(found, "ndim", 0) == 2 and found.shape[0] == found.shape[1]:
        return [found]
    if getattr(found, "ndim", 0) == 3:
        return list(found)
    return []


def _squares(found: Any) -> List[Any]:
    """SPECTRE's files: a list of lists, of matrices of adjacency, eigenvalues, eigenvectors."""
    if getattr(found, "ndim", 0) == 2:
        square = found.shape[0] == found.shape[1] > 0
        return [found] if square and (found == found.T).all() and (found == found.round()).all() else []
    if isinstance(found, dict):
        found = list(found.values())
    made: List[Any] = []
    for part in found if isinstance(found, (list, tuple)) else []:
        made += _squares(part)
    return made


def from_pickle(path: Any, **options: Any) -> Any:
    """The graphs of a pickle, as SPECTRE, GDSS and GraphRNN publish them: networkx graphs of any
    version, SciPy matrices, NumPy arrays, or (.pt) tensors, in lists, dicts or nests of them.

    Of tensors, symmetric matrices of whole numbers are graphs, and others are left out.
    Only classes of a fixed list are made, and neither networkx nor torch need be there: a pickle cannot run code.
    Options: as GraphSet.from_networkx, from_scipy or from_dense. Errors: InputError (another class,
    damaged, no graphs), IOError.
    """
    from .graphs import GraphSet

    try:
        with open(path_bytes(path), "rb") as file:
            data = file.read()
    except OSError as error:
        raise IOError(f"{path}: {error.strerror}") from None
    found = _squares(_torch_file.read(path)) if data[:2] == b"PK" else _read(path, data)
    if not found:
        raise InputError(f"{path}: it holds no graphs: neither networkx graphs nor square matrices")
    if hasattr(found[0], "tocoo"):
        return GraphSet.from_scipy(found, **options)
    if isinstance(found[0], _Graph):
        return GraphSet.from_networkx(found, **options)
    return GraphSet.from_dense(found, **options)


def _read(path: Any, data: bytes) -> List[Any]:
    try:
        return _graphs(_Unpickler(io.BytesIO(data), encoding="latin1").load())
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # a damaged pickle fails in many ways
        raise InputError(f"{path}: not a pickle that can be read: {error or type(error).__name__}") from None
