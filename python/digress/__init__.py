"""digress: train a DiGress model on your graphs, sample new ones, measure how close they are."""

from . import convert, metrics
from ._call import (
    Error,
    InputError,
    InternalError,
    IOError,
    NumericError,
    OutOfMemoryError,
    Stopped,
    ffi as _ffi,
    lib as _lib,
)
from ._unpickle import from_pickle
from .evaluation import Estimate, Evaluation, evaluate
from .graphs import Graph, GraphSet
from .model import Bound, DiGress, load

__version__ = _ffi.string(_lib.digress_version()).decode()

__all__ = [
    "Bound",
    "DiGress",
    "Error",
    "Estimate",
    "Evaluation",
    "Graph",
    "GraphSet",
    "IOError",
    "InputError",
    "InternalError",
    "NumericError",
    "OutOfMemoryError",
    "Stopped",
    "convert",
    "evaluate",
    "from_pickle",
    "load",
    "metrics",
]
