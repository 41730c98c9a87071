"""The library by cffi, made of include/digress: internal, use the package's functions."""

from typing import Any

ffi: Any
lib: Any
