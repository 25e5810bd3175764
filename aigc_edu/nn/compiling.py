"""How the compiled loops are compiled: kept on disk where that is possible.

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def jit(fastmath: bool | set[str], **options: Any) -> Callable[[Callable], Callable]:
    """Return a decorator like ``numba.njit`` that keeps the machine code for the next process.

    Where numba finds no folder to write to (a read-only installation, and no home)
    the function is compiled anew in every process.
    """

    def decorate(function: Callable) -> Callable:
        how = {"fastmath": fastmath, "error_model": "numpy", **options}
        try:
            return numba.njit(cache=True, **how)(function)
        except RuntimeError:
            return numba.njit(**how)(function)

    return decorate
