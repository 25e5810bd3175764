"""Reading a table of a file: each value checked, each mistake told with its place.

Chapter: chapters/06-product/17-soundscapes.ipynb
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

from aigc_edu.dsp.effects.base import meant
from aigc_edu.errors import CourseError, InvalidValueError

Rows = tuple[tuple[float, ...], ...]
_LARGEST = 2_000_000  # bytes of a file that is read


class SceneError(CourseError, ValueError):
    """A scene or a pack that can't be made; the text names file, place and mistake."""


def load_table(path: str | Path) -> dict[str, Any]:
    """Return what a TOML or JSON file holds.

    Raises
    ------
    SceneError
        If it can't be read; the text has the line and the column.
    """
    path = Path(path)
    kinds = {".toml": tomllib.loads, ".json": json.loads}
    if path.suffix.lower() not in kinds:
        raise SceneError(f"{path}: a scene ends in .toml or .json")
    try:
        if path.stat().st_size > _LARGEST:
            raise SceneError(f"{path}: larger than {_LARGEST:,} bytes; is it a scene?")
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
        table = kinds[path.suffix.lower()](text)
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise SceneError(f"{path}: cannot be read ({error})") from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise SceneError(f"{path}: {error}") from error
    if not isinstance(table, dict):
        raise SceneError(f"{path}: a scene is a table with names, not a list")
    return table


class Table:
    """A table of a file, and where in the file it stands.

    Parameters
    ----------
    data
        Names and values.
    where
        What stands before a complaint: file and place.
    known
        The names that there are.

    Raises
    ------
    SceneError
        If it is no table, or has a name that there isn't.
    """

    def __init__(self, data: Any, where: str, known: Sequence[str]) -> None:
        self.where = where
        if not isinstance(data, Mapping):
            raise SceneError(f"{where}: expected a table, got {_short(data)}")
        for name in data:
            if name not in known:
                guess = meant(str(name), tuple(known))
                raise SceneError(
                    f"{where}: there is no {name!r}; there are {', '.join(known)}{guess}"
                )
        self.data = data

    def wrong(self, name: str, what: str) -> SceneError:
        """Return an error that names this place and a value's name."""
        return SceneError(f"{self.where}: {name} {what}, got {_short(self.data.get(name))}")

    def number(self, name: str, start: float, low: float, high: float) -> float:
        """Return a number between two, or where it starts if it isn't there."""
        value = self.data.get(name, start)
        if not _is_number(value) or not low <= value <= high:
            raise self.wrong(name, f"is a number from {low:g} to {high:g}")
        return float(value)

    def whole(self, name: str, start: int) -> int:
        """Return a whole number from 0 on."""
        value = self.data.get(name, start)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(name, "is a whole number from 0 on")
        return value

    def text(self, name: str, start: str | None = None) -> str:
        """Return a text that isn't empty; without ``start`` it must be there."""
        value = self.data.get(name, start)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "is a text")
        return value

    def truth(self, name: str) -> bool:
        """Return true or false, false if it isn't there."""
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "is true or false")
        return value

    def numbers(self, name: str, count: int | None, low: float, high: float) -> tuple[float, ...]:
        """Return a list of numbers between two; ``count`` of them, or one or more."""
        value = self.data[name]
        right = isinstance(value, list) and len(value) == (count or len(value)) and len(value) > 0
        if not right or not all(_is_number(v) and low <= v <= high for v in value):
            many = "numbers" if count is None else f"{count} numbers"
            raise self.wrong(name, f"is a list of {many} from {low:g} to {high:g}")
        return tuple(map(float, value))

    def rows(self, name: str, width: int) -> Rows:
        """Return a list of rows of so many finite numbers each."""
        value = self.data[name]
        for number, row in enumerate(value if isinstance(value, list) else [None], start=1):
            right = isinstance(row, list) and len(row) == width and all(map(_is_number, row))
            if not right:
                raise SceneError(
                    f"{self.where}: row {number} of {name} has {width} numbers, got {_short(row)}"
                )
        if not value:
            raise self.wrong(name, "has one row or more")
        return tuple(tuple(map(float, row)) for row in value)

    def tables(self, name: str, word: str, known: Sequence[str]) -> Iterator[Table]:
        """Yield the tables of a list; the place of each holds its number and its name."""
        listed = self.data.get(name, [])
        if not isinstance(listed, list):
            raise self.wrong(name, f"is a list of tables, [[{name}]]")
        for number, data in enumerate(listed, start=1):
            called = data.get("name") if isinstance(data, Mapping) else None
            label = f'{word} {number} "{called}"' if isinstance(called, str) else f"{word} {number}"
            yield Table(data, f"{self.where}: {label}", known)


def told_at(where: str, error: InvalidValueError) -> SceneError:
    """Return an error of a place from one of an effect that doesn't know it."""
    return SceneError(f"{where}: {error}")


def _is_number(value: object) -> bool:
    """Say whether it is a finite number that a float can hold, too."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 1e300


def _short(value: object) -> str:
    if value is None:
        return "nothing"
    told = json.dumps(value, ensure_ascii=False, default=str)
    return told if len(told) <= 60 else f"{told[:57]}..."
