"""The list of the corpora, and what can be done with each by its name."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

from aigc_edu.corpora import digits, fsdd
from aigc_edu.corpora.base import Corpus, CorpusError, CorpusInfo
from aigc_edu.errors import InvalidValueError

_CORPORA: dict[str, ModuleType] = {"digits": digits, "fsdd": fsdd}
DEFAULT = "digits"


def available() -> tuple[str, ...]:
    """Return the names that :func:`load` knows."""
    return tuple(_CORPORA)


def load(
    name: str | None = None, root: str | Path | None = None, rate: int | None = None
) -> Corpus:
    """Load a corpus; its clips read their samples when these are first asked for.

    Parameters
    ----------
    name
        One of :func:`available`; by default ``$AIGC_EDU_CORPUS`` where that is set, else
        ``"digits"``.
    root
        The folder in which the corpus lies, or the folder above; by default its own place.
    rate
        Sampling rate of the clips in Hz, 8000 by default.

    Raises
    ------
    CorpusError
        If the corpus is not there, is damaged, or ``name`` is unknown; the text says what to do.
    InvalidValueError
        If ``rate`` is not positive.
    """
    if rate is not None and rate < 1:
        raise InvalidValueError(f"the sampling rate must be positive, got {rate} Hz")
    return _module(name).load(root, rate or 8000)


def describe(name: str) -> CorpusInfo:
    """Say what a corpus is, whether it is at hand, and whom to thank; it loads nothing."""
    return _module(name).info()


def fetch(name: str, root: str | Path | None = None) -> Path:
    """Put a corpus on this machine, unless it is there, and return its folder.

    Parameters
    ----------
    root
        The folder to put it in; ``$AIGC_EDU_DATA`` or the user's cache by default.

    Raises
    ------
    CorpusError
        If the download fails or is not what it should be. Nothing half written stays behind.
    """
    return _module(name).fetch(root)


def build(name: str, out: str | Path | None = None, **options: object) -> Path:
    """Make a built-in corpus again by its recipe, and return the folder.

    Parameters
    ----------
    out
        Folder to put it in, by default one under ``$AIGC_EDU_DATA``; load it with ``root=out``.
    options
        The recipe's own, see ``aigc_edu/corpora/recipes``.

    Raises
    ------
    CorpusError
        If the corpus has no recipe, or what the recipe needs is not installed.
    """
    module = _module(name)
    if not hasattr(module, "build"):
        raise CorpusError(f"{name} was recorded, not made by a recipe; fetch it instead")
    return module.build(out, **options)


def _module(name: str | None) -> ModuleType:
    variable = os.environ.get("AIGC_EDU_CORPUS")
    chosen = name or variable or DEFAULT
    if chosen not in _CORPORA:
        source = "" if name else " (from the variable AIGC_EDU_CORPUS)"
        raise CorpusError(f"there is no corpus {chosen!r}{source}; there are {', '.join(_CORPORA)}")
    return _CORPORA[chosen]
