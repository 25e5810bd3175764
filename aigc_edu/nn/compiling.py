"""How the compiled loops are compiled: kept on disk where that is possible.

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.extending import is_jitted


def jit(fastmath: bool | set[str], **options: Any) -> Callable[[Callable], Callable]:
    """Return a decorator like ``numba.njit`` that keeps the machine code for the next process.

    Where numba finds no folder to write to (a read-only installation, and no home)
    the function is compiled anew in every process.
    """

    def decorate(function: Callable) -> Callable:
        how = {"fastmath": fastmath, "error_model": "numpy", **options}
        _name_by_what_it_calls(function)
        try:
            return numba.njit(cache=True, **how)(function)
        except RuntimeError:
            return numba.njit(**how)(function)

    return decorate


def _name_by_what_it_calls(function: Callable) -> None:
    """Put a digest of the other files that a function's code comes from into its long name.

    The machine code of a function holds that of all it calls, but numba compiles it anew only if
    its own file has changed. The long name becomes part of the name of the file on disk.
    """
    files = sorted(_files_called(function, set()))
    if files:
        digest = hashlib.sha256(b"".join(Path(name).read_bytes() for name in files))
        function.__qualname__ += f"_{digest.hexdigest()[:12]}"


def _files_called(function: Callable, found: set[str]) -> set[str]:
    """Return the files, but its own, of the compiled functions that a function's file knows."""
    for other in function.__globals__.values():
        if is_jitted(other):
            name = inspect.getfile(other.py_func)
            if name != inspect.getfile(function) and name not in found:
                found.add(name)
                _files_called(other.py_func, found)
    return found
