"""Reading text files that readers write themselves: what is wrong is told with its place.

Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from aigc_edu.errors import CourseError, InvalidValueError


class ScriptError(CourseError):
    """A script can't be read; the text names the file, the line, and what to do."""


def text_of(path: Path) -> str:
    """Return the text of a file of a reader's own, or say in one line why not."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ScriptError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ScriptError(f"{path}: line {line}: save the file as UTF-8") from None
    except OSError as error:
        raise ScriptError(f"{path}: can't be read ({error})") from error


@contextlib.contextmanager
def at_line(where: str, number: int) -> Iterator[None]:
    """Have what is wrong in a file of a reader's own told with the place."""
    try:
        yield
    except InvalidValueError as error:
        raise ScriptError(f"{where}: line {number}: {error}") from error


def number_in(text: str, name: str, low: float, high: float) -> float:
    """Return the number that a text holds, or say what is wrong with it."""
    try:
        value = float(text)
    except ValueError:
        raise InvalidValueError(f"{name} is a number, not {text.strip()!r}") from None
    if not low <= value <= high:
        raise InvalidValueError(f"{name} lies from {low:g} to {high:g}, got {value:g}")
    return value
