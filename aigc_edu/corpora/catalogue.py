"""The list of the corpora, and what can be done with each by its name.

Chapter: chapters/01-sound-as-numbers/10-data-sets.ipynb

A corpus is a module of this package. It offers ``load(root, rate)`` -> :class:`Corpus`, ``info()``
-> :class:`CorpusInfo`, ``fetch(root)`` -> its folder, and where a recipe makes it ``build(out)``
-> the folder. Modules are imported when they are first asked for.
"""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from aigc_edu.corpora.base import LARGE, Corpus, CorpusError, CorpusInfo
from aigc_edu.errors import InvalidValueError

_MODULES = {
    "digits": "digits",
    "sentences": "sentences",
    LARGE: "sentences_large",
    "notes": "notes",
    "tunes": "tunes",
    "drums": "drums",
    "effects": "effects",
    "fsdd": "fsdd",
    "ljspeech": "ljspeech",
    "vctk": "vctk",
    "speech_commands": "speech_commands",
    "nsynth": "nsynth",
    "esc10": "esc10",
}
DEFAULT = "digits"
SPOKEN_DIGITS = ("digits", "fsdd", "speech_commands")  # what the chapters on digits can run on


def available() -> tuple[str, ...]:
    """Return the names that :func:`load` knows: the built-in corpora first."""
    return tuple(_MODULES)


def load(
    name: str | None = None,
    root: str | Path | None = None,
    rate: int | None = None,
    **options: object,
) -> Corpus:
    """Load a corpus; its clips read their samples when these are first asked for.

    Parameters
    ----------
    name
        One of :func:`available`; by default ``$AIGC_EDU_CORPUS`` where that is set, else
        ``"digits"``. The variable chooses among the corpora of the ten digits only.
    root
        The folder in which the corpus lies, or the folder above; by default its own place, which is
        ``$AIGC_EDU_DATA`` for all that have to be fetched.
    rate
        Sampling rate of the clips in Hz. By default 8000 for ``digits`` and ``fsdd``, and for what
        the variable chooses; the files' own for all others.
    options
        The corpus's own, such as ``words`` of ``speech_commands``; see its module's ``load``.

    Raises
    ------
    CorpusError
        If the corpus is not there, is damaged, or ``name`` is unknown; the text says what to do.
    InvalidValueError
        If ``rate`` is not positive, or the corpus has no such option.
    """
    if rate is not None and rate < 1:
        raise InvalidValueError(f"the sampling rate must be positive, got {rate} Hz")
    module = _module(name or _chosen())
    if rate is None and not name:
        rate = 8000  # one rate, whichever corpus a chapter runs on
    _check_options(name or _chosen(), module.load, options)
    return module.load(root, **options) if rate is None else module.load(root, rate, **options)


def describe(name: str) -> CorpusInfo:
    """Say what a corpus is, whether it is at hand, and whom to thank; it loads nothing."""
    return _module(name).info()


def fetch(name: str, root: str | Path | None = None, parts: Sequence[str] | None = None) -> Path:
    """Put a corpus on this machine, unless it is there, and return its folder.

    Parameters
    ----------
    root
        The folder to put it in; ``$AIGC_EDU_DATA`` or the user's cache by default.
    parts
        For a corpus that comes in several archives, those to fetch (``nsynth``: ``"train"``,
        ``"validation"``, ``"test"``); all by default.

    Raises
    ------
    CorpusError
        If the download fails or is not what it should be. Nothing half written stays behind, apart
        from the hidden beginning of a download that was cut, from which the next call goes on.
    InvalidValueError
        If the corpus has no such parts.
    """
    module = _module(name)
    if parts is None:
        return module.fetch(root)
    if "parts" not in inspect.signature(module.fetch).parameters:
        raise InvalidValueError(f"{name} comes in one piece; fetch it without naming parts")
    return module.fetch(root, parts=parts)


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
    InvalidValueError
        If the recipe has no such option.
    """
    module = _module(name)
    if not hasattr(module, "build"):
        raise CorpusError(f"{name} was recorded, not made by a recipe; fetch it instead")
    _check_options(name, module.build, options)
    return module.build(out, **options)


def _chosen() -> str:
    """Return the corpus that the variable names, or the default."""
    name = os.environ.get("AIGC_EDU_CORPUS") or DEFAULT
    if name in SPOKEN_DIGITS:
        return name
    reason = (
        f"the clips of {name!r} are not the ten digits, on which these chapters work; load it by "
        f"its name, corpora.load({name!r})"
        if name in _MODULES
        else f"there is no corpus {name!r}"
    )
    raise CorpusError(f"AIGC_EDU_CORPUS must be one of {', '.join(SPOKEN_DIGITS)}: {reason}")


def _module(name: str) -> ModuleType:
    if name not in _MODULES:
        raise CorpusError(f"there is no corpus {name!r}; there are {', '.join(_MODULES)}")
    return importlib.import_module(f"aigc_edu.corpora.{_MODULES[name]}")


def _check_options(name: str, call: Callable[..., object], options: dict[str, object]) -> None:
    own = ("root", "rate", "out")  # every corpus's
    known = [key for key in inspect.signature(call).parameters if key not in own]
    for key in options:
        if key not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise InvalidValueError(
                f"{name} has no option {key!r} to {call.__name__} it with; {has}"
            )
