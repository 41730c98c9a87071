"""How the package calls the library: statuses become exceptions, long calls can be interrupted."""

from __future__ import annotations

import builtins
import os
import threading
from typing import Any, Callable, Optional

import numpy as np

from ._native import ffi, lib


class Error(Exception):
    """Whatever the library refuses or fails at. The text says what to do about it."""


class InputError(Error, ValueError):
    """A graph, file, option or argument that cannot be used."""


class IOError(Error, builtins.OSError):  # noqa: A001 - digress.IOError beside the built-in one
    """The operating system refused to read or write."""


class NumericError(Error, ArithmeticError):
    """A NaN or an infinity where a number was needed: a training that diverged, say."""


class OutOfMemoryError(Error, builtins.MemoryError):
    """An allocation failed, or the work would not fit in memory."""


class InternalError(Error, RuntimeError):
    """A bug of digress, or a library that misbehaved."""


class Stopped(Error):
    """A callback asked for the end, after which everything was saved."""


_EXCEPTIONS = {
    lib.DIGRESS_ERROR_INTERNAL: InternalError,
    lib.DIGRESS_ERROR_MEMORY: OutOfMemoryError,
    lib.DIGRESS_ERROR_NUMERIC: NumericError,
    lib.DIGRESS_ERROR_INPUT: InputError,
    lib.DIGRESS_ERROR_IO: IOError,
    lib.DIGRESS_INTERRUPTED: Stopped,
}


def last_error() -> str:
    """The text of this thread's last error."""
    return ffi.string(lib.digress_last_error()).decode("utf-8", "replace")


def check(status: int) -> None:
    """Raises the exception of a status that is not OK."""
    if status != lib.DIGRESS_OK:
        raise _EXCEPTIONS.get(status, InternalError)(last_error())


def path_bytes(path: Any) -> bytes:
    """A path as the library takes it."""
    try:
        name = os.fsencode(path)
    except TypeError:
        raise InputError(f"{path!r}: expected a path, as a str or os.PathLike") from None
    if b"\0" in name:
        raise InputError(f"{path!r}: a path cannot hold a zero byte")
    return name


def text_or_null(text: Optional[str], what: str) -> Any:
    """A char array that the caller keeps alive, or NULL."""
    if text is None:
        return ffi.NULL
    if not isinstance(text, str):
        raise InputError(f"{what} {text!r}: expected a str")
    if "\0" in text:
        raise InputError(f"{what} {text!r}: a text cannot hold a zero byte")
    return ffi.new("char[]", text.encode("utf-8"))


def whole_number(value: Any, what: str, low: int = 0, high: int = 2**63 - 1) -> int:
    """An int in low .. high, from any integer type."""
    try:
        number = value.__index__()
    except AttributeError:
        raise InputError(f"{what} {value!r}: expected a whole number") from None
    if not low <= number <= high:
        raise InputError(f"{what} {number}: expected {low} to {high}")
    return number


def pointer(kind: str, array: Optional[np.ndarray]) -> Any:
    """An array's data, which must outlive the call; NULL for None."""
    if array is None:
        return ffi.NULL
    return ffi.cast(kind, array.ctypes.data)


class Watch:
    """Asked by the library in the middle of long calls; stop() ends them."""

    def __init__(self) -> None:
        self._flag = ffi.new("int *", 0)

    def fill(self, watch: Any) -> None:
        """Puts itself into a digress_watch, which it must outlive."""
        watch.ask = ffi.addressof(lib, "digress_python_ask")
        watch.context = self._flag

    def stop(self) -> None:
        self._flag[0] = 1


def long_call(call: Callable[[], int], watch: Watch) -> None:
    """Runs a call of the library so that Ctrl-C ends it.

    Python's main thread alone hears of signals, and only between two lines of Python: so it waits,
    and another thread calls. What a handler raises (KeyboardInterrupt) stops the call, which saves
    what there is to save, and is raised then. Other threads call by themselves.
    """
    if threading.current_thread() is not threading.main_thread():
        check(call())
        return
    done = threading.Event()
    outcome: list = []

    def work() -> None:
        try:
            status = call()
            outcome.append((status, last_error() if status != lib.DIGRESS_OK else ""))
        except BaseException as error:  # handed to the thread that waits
            outcome.append(error)
        finally:
            done.set()

    raised: Optional[BaseException] = None
    thread = threading.Thread(target=work, name="digress", daemon=True)
    while True:
        try:
            if thread.ident is None:
                thread.start()
            done.wait()
            break
        except BaseException as error:  # of a signal's handler
            raised = raised or error
            watch.stop()
            if thread.ident is None:
                raise
    _conclude(outcome[0], raised)


def _conclude(outcome: Any, raised: Optional[BaseException]) -> None:
    if raised is not None:
        stopped = isinstance(outcome, tuple) and outcome[0] == lib.DIGRESS_INTERRUPTED
        if type(raised) is KeyboardInterrupt and stopped:
            raise KeyboardInterrupt(outcome[1]) from None
        raise raised
    if isinstance(outcome, BaseException):
        raise outcome
    status, text = outcome
    if status != lib.DIGRESS_OK:
        raise _EXCEPTIONS.get(status, InternalError)(text)


class Callbacks:
    """What a call's callbacks in C find by their context: a function, and what it raised."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.raised: Optional[BaseException] = None
        self.handle = ffi.new_handle(self)

    def __call__(self, *arguments: Any) -> int:
        try:
            return lib.DIGRESS_INTERRUPTED if self._function(*arguments) is True else lib.DIGRESS_OK
        except BaseException as error:  # raised again by whoever called the library
            self.raised = error
            return lib.DIGRESS_INTERRUPTED


@ffi.def_extern(error=lib.DIGRESS_INTERRUPTED)
def digress_python_step(context: Any, progress: Any) -> int:
    return ffi.from_handle(context)(progress)


@ffi.def_extern(error=lib.DIGRESS_INTERRUPTED)
def digress_python_progress(context: Any, done: int, total: int) -> int:
    return ffi.from_handle(context)(done, total)
