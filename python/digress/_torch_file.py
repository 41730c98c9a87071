"""PyTorch's files without PyTorch. A checkpoint is a pickle, and a pickle can run any code: so
tensors become NumPy arrays, plain containers are what they are, and all else is an inert record."""

from __future__ import annotations

import pickle
import zipfile
from typing import Any, Dict, List, Tuple

import numpy as np

from ._call import InputError, IOError, path_bytes

_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}


class Record:
    """An object of a class that is not made: its name, what it was called with, its attributes."""

    name = ""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.arguments = arguments

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) == 2:  # a dict, and slots
            state = {**(state[0] or {}), **(state[1] or {})}
        if isinstance(state, dict):
            self.__dict__.update({str(name): value for name, value in state.items()})

    def append(self, item: Any) -> None:
        pass

    def extend(self, items: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __hash__(self) -> int:
        return id(self)


class OrderedDict(dict):
    """An OrderedDict, which may have attributes."""


def _array(storage: np.ndarray, offset: int, size: Tuple[int, ...], stride: Tuple[int, ...], *rest: Any) -> np.ndarray:
    last = offset + sum((n - 1) * step for n, step in zip(size, stride)) if all(size) else offset
    if min([0, offset, *stride, *size]) < 0 or (all(size) and last >= storage.size):
        raise InputError("a tensor that reaches beyond its storage")
    steps = tuple(step * storage.itemsize for step in stride)
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps).copy()


def _parameter(array: np.ndarray, *rest: Any) -> np.ndarray:
    return array


class _Unpickler(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(archive.open(f"{root}/data.pkl"), encoding="utf-8")
        self._archive, self._root = archive, root
        self._records: Dict[str, type] = {}
        self._storages: Dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _STORAGES:
            return name
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_tensor"):
            return _array
        if module == "torch._utils" and name == "_rebuild_parameter":
            return _parameter
        if (module, name) == ("torch", "Size"):
            return tuple
        if module == "collections" and name == "OrderedDict":
            return OrderedDict
        if module == "builtins" and name in ("dict", "list", "tuple", "set", "int", "float", "str", "bool", "bytes"):
            return {of.__name__: of for of in (dict, list, tuple, set, int, float, str, bool, bytes)}[name]
        full = f"{module}.{name}"
        if full not in self._records:
            self._records[full] = type("Record", (Record,), {"name": full})
        return self._records[full]

    def persistent_load(self, pid: Any) -> np.ndarray:
        kind, storage, key = pid[0], pid[1], pid[2]
        if kind != "storage" or not isinstance(storage, str) or not str(key).isalnum():
            raise InputError("a storage that is not known")
        if key not in self._storages:
            raw = self._archive.read(f"{self._root}/data/{key}")
            self._storages[key] = _numbers(raw, _STORAGES[storage])
        return self._storages[key]


def _numbers(raw: bytes, kind: str) -> np.ndarray:
    if kind != "bfloat16":
        return np.frombuffer(raw, kind)
    return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)


def read(path: Any) -> Any:
    """What torch.save wrote: containers, arrays and records. Errors: InputError, IOError."""
    try:
        with open(path_bytes(path), "rb") as file:
            return _read_file(path, file)
    except OSError as error:
        raise IOError(f"{path}: {error.strerror}") from None


def _read_file(path: Any, file: Any) -> Any:
    if not zipfile.is_zipfile(file):
        raise InputError(f"{path}: not a checkpoint of PyTorch 1.6 or later")
    try:
        with zipfile.ZipFile(file) as archive:
            names: List[str] = [name for name in archive.namelist() if name.endswith("/data.pkl")]
            if len(names) != 1 or names[0].count("/") != 1:
                raise InputError("it has no data.pkl")
            return _Unpickler(archive, names[0].split("/")[0]).load()
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # a damaged file fails in many ways
        raise InputError(f"{path}: damaged: {error or type(error).__name__}") from None


def plain(value: Any) -> Any:
    """OmegaConf's configs, as records, in dicts and lists."""
    if isinstance(value, Record):
        about = value.__dict__
        return plain(about["_content"] if "_content" in about else about.get("_val"))
    if isinstance(value, dict):
        return {str(plain_key(name)): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def plain_key(key: Any) -> Any:
    return plain(key) if isinstance(key, Record) else key
