"""What every model is asked for: lists of items, read from a file.

Chapter: chapters/06-product/04-listening-bench.ipynb
"""

from __future__ import annotations

import re
import shlex
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aigc_edu.errors import CourseError, did_you_mean
from aigc_edu.paths import data_dir

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

WORDS = ("item", "number", "seed", "voice", "text", "wav")  # that flags may hold, in braces
MOST = 10_000  # sounds of one model
MOST_ITEMS = 1_000  # of a list, so that no two of its sounds have one seed
MOST_SECONDS = 600
_OF_LIST = {"title", "about", "score", "corpus", "judges", "items", "takes", "models"}
_MORE = {"seconds", "shortest"}
_NAME = re.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")  # is one of folders, too
_OF_MODEL = {"flags", "checkpoint", "voices", "origin", "copies"}


class BenchError(CourseError):
    """A file of lists can't be understood, or a bench can't be run; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A model on a list.

    Attributes
    ----------
    name
        What it is called: letters, digits, dots and dashes, since a folder has the same name.
    checkpoint
        Shipped name or file; the name by default.
    flags
        Of ``generate``, in words; those in braces are filled in for each sound.
    voices
        What ``{voice}`` stands for, one after the other, take by take.
    origin
        What is taken off an item to make ``{number}``.
    copies
        Whether it is given the recording, as codecs and vocoders are. Such a one can't win.
    """

    name: str
    checkpoint: str
    flags: tuple[str, ...]
    voices: tuple[str, ...] = ()
    origin: int = 0
    copies: bool = False


@dataclass(frozen=True, kw_only=True)
class SoundList:
    """A list of sounds that several models are asked for.

    Attributes
    ----------
    name, title, about
        A short name, a heading, and a sentence or two on what is asked for.
    score
        Name of one of :data:`aigc_edu.bench.scores.SCORERS`.
    corpus
        Where recordings to compare with come from.
    judges
        Two networks at most that say what they hear; the last one ranks, since it has chosen
        nothing.
    items, takes
        What is asked for, and how often each.
    seed
        Of the first take.
    seconds
        That are written behind a prompt.
    shortest
        Seconds that a clip must sound for.
    models
        Who is asked.
    """

    name: str
    title: str
    about: str
    score: str
    corpus: str
    items: tuple[str, ...]
    models: tuple[Contestant, ...]
    judges: tuple[str, ...] = ()
    takes: int = 1
    seed: int = 0
    seconds: float = 0.0
    shortest: float = 0.1

    def some(self, takes: int | None = None) -> SoundList:
        """Return the list with so many takes of each item at most."""
        return replace(self, takes=min(takes or self.takes, self.takes))


def shipped_lists() -> Path:
    """Return the file of the lists that ship with the course."""
    return data_dir() / "bench" / "lists.toml"


def read_lists(path: Path | None = None) -> dict[str, SoundList]:
    """Read a file of lists, the course's own by default, and return them by their names.

    Raises
    ------
    BenchError
        If it can't be understood; the text names the place.
    """
    path = path or shipped_lists()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BenchError(f"{path}: no file of lists ({error})") from error
    lists, seed = told.get("lists"), told.get("seed", 0)
    if not isinstance(lists, dict) or not lists or not _whole(seed):
        raise BenchError(f"{path}: expected tables [lists.NAME], and a seed from 0 on")
    return {name: _list_of(f"{path}: lists.{name}", name, own, seed) for name, own in lists.items()}


def _whole(value: Any, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _list_of(place: str, name: str, told: Any, seed: int) -> SoundList:
    needed = ("title", "score", "corpus", "items", "models")
    _check_name(place, name)
    _check_names(place, told, _OF_LIST | _MORE, needed)
    models, takes = told["models"], told.get("takes", 1)
    if not isinstance(models, dict) or not models or not _whole(takes, 1):
        raise BenchError(f"{place}: models and takes (1 or more) are needed")
    entrants = tuple(_model_of(f"{place}.models.{key}", key, own) for key, own in models.items())
    items = _items_of(place, told["items"])
    if takes * len(items) > MOST:
        raise BenchError(f"{place}: {takes * len(items)} sounds are too many, {MOST} the most")
    return SoundList(
        name=name,
        title=str(told["title"]),
        about=str(told.get("about", "")),
        score=str(told["score"]),
        corpus=str(told["corpus"]),
        judges=_judges_of(place, told.get("judges", [])),
        items=items,
        takes=takes,
        seed=seed,
        models=entrants,
        **{key: _seconds_of(f"{place}.{key}", told[key]) for key in sorted(_MORE & set(told))},
    )


def _judges_of(place: str, told: Any) -> tuple[str, ...]:
    fit = isinstance(told, list) and len(told) <= 2 and all(isinstance(x, str) for x in told)
    if not fit:
        raise BenchError(f"{place}: judges are a list of one or two names, the one that ranks last")
    return tuple(told)


def _seconds_of(place: str, told: Any) -> float:
    number = isinstance(told, (int, float)) and not isinstance(told, bool)
    if not number or not 0 <= told <= MOST_SECONDS:
        raise BenchError(f"{place}: expected seconds from 0 to {MOST_SECONDS}, got {told!r}")
    return float(told)


def _items_of(place: str, told: Any) -> tuple[str, ...]:
    """Return the items: names as they are, or the numbers below a number."""
    items = [str(n) for n in range(told)] if _whole(told, 1) and told <= MOST_ITEMS else told
    fit = isinstance(items, list) and items and all(isinstance(x, str) and x for x in items)
    if not fit or len(set(items)) < len(items) or len(items) > MOST_ITEMS:
        raise BenchError(
            f"{place}: items are a number of them, or different texts, {MOST_ITEMS} at most"
        )
    return tuple(items)


def _model_of(place: str, name: str, told: Any) -> Contestant:
    _check_name(place, name)
    _check_names(place, told, _OF_MODEL, ("flags",))
    voices, origin = told.get("voices", []), told.get("origin", 0)
    try:
        flags = tuple(shlex.split(told["flags"]))
        words = _words_of(flags)
    except (ValueError, TypeError, AttributeError) as error:
        raise BenchError(f"{place}: the flags can't be read ({error})") from error
    if words - set(WORDS):
        raise BenchError(
            f"{place}: {{{min(words - set(WORDS))}}} is no word to fill in; there are "
            + ", ".join(f"{{{word}}}" for word in WORDS)
        )
    lacking = "voice" in words and not voices
    if lacking or not isinstance(voices, list) or not isinstance(origin, int):
        raise BenchError(f"{place}: voices are a list, needed for {{voice}}; origin is a number")
    return Contestant(
        name=name,
        checkpoint=str(told.get("checkpoint", name)),
        flags=flags,
        voices=tuple(map(str, voices)),
        origin=origin,
        copies=bool(told.get("copies", False)),
    )


def _words_of(flags: tuple[str, ...]) -> set[str]:
    """Return the words in braces; ValueError if there is more than a word in one."""
    parts = [part for flag in flags for part in string.Formatter().parse(flag)]
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise ValueError("in braces stands a word and nothing else")
    return {word for _, word, _, _ in parts if word is not None}


def _check_name(place: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BenchError(f"{place}: a name has letters, digits, dots and dashes, unlike {name!r}")


def _check_names(place: str, told: Any, known: set[str], needed: tuple[str, ...]) -> None:
    if not isinstance(told, Mapping):
        raise BenchError(f"{place}: expected a table")
    for name in sorted(set(told) - known):
        hint = did_you_mean(name, known) or f"known are {', '.join(sorted(known))}"
        raise BenchError(f"{place}: {name} is unknown; {hint}")
    missing = [name for name in needed if name not in told]
    if missing:
        raise BenchError(f"{place}: {missing[0]} is missing")
