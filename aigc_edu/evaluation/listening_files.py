"""Reading the files of answers that a listening test in a page saves, and writing such files.

Chapter: chapters/06-product/02-listening-tests.ipynb

A file is a table (CSV) with the columns of :class:`Answer`, or JSON with the same in it. What is
broken gets one line that says where.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from aigc_edu.audio.placing import replacing
from aigc_edu.errors import CourseError

KINDS = ("mushra", "abx", "ab")
FORMAT = "aigc-edu-listening"


class ListeningFileError(CourseError):
    """A file of answers can't be read; the text says which line, and why."""


@dataclass(frozen=True)
class Answer:
    """One answer of one listener.

    Attributes
    ----------
    test, kind, listener
        Name of the test; ``"mushra"``, ``"abx"`` or ``"ab"``; a number that the page has drawn.
    trial, item
        Number of the trial in the listener's order, from 1, and what was heard in it.
    condition, against
        The version that was rated and the open reference; or the two that were compared.
    value
        A rating, 0 ... 100. For ABX 1 if X was named rightly, for AB 1 if ``condition`` was
        preferred to ``against``, else 0.
    """

    test: str
    kind: str
    listener: str
    trial: int
    item: str
    condition: str
    against: str
    value: float


COLUMNS = tuple(field.name for field in fields(Answer))


def read_answers(*paths: str | os.PathLike) -> list[Answer]:
    """Return the answers of one test from the files of its listeners, in the files' order.

    Parameters
    ----------
    paths
        Files that end with ``.csv`` or ``.json``, at least one.

    Raises
    ------
    ListeningFileError
        If a file is missing or broken, holds another test, or the same answer stands twice.
    """
    if not paths:
        raise ListeningFileError("name one file of answers or more")
    found: list[Answer] = []
    seen: dict[tuple[str, int, str], str] = {}
    for path in map(Path, paths):
        for place, row in _rows(path):
            answer = _answer(place, row)
            key = (answer.listener, answer.trial, answer.condition)
            if key in seen:
                raise ListeningFileError(f"{place}: the same answer stands in {seen[key]}")
            if found and (answer.test, answer.kind) != (found[0].test, found[0].kind):
                raise ListeningFileError(
                    f"{place}: this is the {answer.kind} test {answer.test!r}, "
                    f"those before are of the {found[0].kind} test {found[0].test!r}"
                )
            seen[key] = place
            found.append(answer)
    return found


def write_answers(path: str | os.PathLike, answers: Iterable[Answer]) -> Path:
    """Write answers as a table that :func:`read_answers` reads, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as made, open(made, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows([getattr(one, name) for name in COLUMNS] for one in answers)
    return path


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each answer's place, in words, and its cells."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ListeningFileError(f"{path}: can't be read ({error})") from error
    if path.suffix.lower() == ".json":
        yield from _json_rows(path, text)
    elif path.suffix.lower() == ".csv":
        yield from _csv_rows(path, text)
    else:
        raise ListeningFileError(f"{path}: answers stand in files ending with .csv or .json")


def _csv_rows(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(table, [])
        if tuple(head) != COLUMNS:
            raise ListeningFileError(
                f"{path}, line 1: the columns are {','.join(COLUMNS)}, not {','.join(head)!r}"
            )
        count = 0
        for cells in table:
            place = f"{path}, line {table.line_num}"
            if len(cells) != len(COLUMNS):
                raise ListeningFileError(f"{place}: {len(cells)} cells; {len(COLUMNS)} belong here")
            count += 1
            yield place, dict(zip(COLUMNS, cells, strict=True))
    except csv.Error as error:
        raise ListeningFileError(f"{path}, line {table.line_num}: {error}") from error
    if not count:
        raise ListeningFileError(f"{path}: there are no answers in it")


def _json_rows(path: Path, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        whole = json.loads(text)
    except ValueError as error:
        raise ListeningFileError(f"{path}: is no JSON ({error})") from error
    if not isinstance(whole, dict) or (whole.get("format"), whole.get("version")) != (FORMAT, 1):
        raise ListeningFileError(f"{path}: is no file of answers of version 1")
    rows = whole.get("rows")
    if not isinstance(rows, list) or not rows:
        raise ListeningFileError(f"{path}: there are no answers in it")
    shared = {name: whole.get(name, "") for name in ("test", "kind", "listener")}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or set(row) != set(COLUMNS) - set(shared):
            raise ListeningFileError(
                f"{path}, answer {number}: its parts are not those of an answer"
            )
        yield f"{path}, answer {number}", {**shared, **row}


def _answer(place: str, row: dict[str, Any]) -> Answer:
    """Return an answer whose cells have been looked at."""
    words = {name: str(row[name]).strip() for name in COLUMNS}
    for name in ("test", "listener", "item", "condition", "against"):
        if not words[name]:
            raise ListeningFileError(f"{place}: {name} is empty")
    if words["kind"] not in KINDS:
        raise ListeningFileError(f"{place}: kind is {', '.join(KINDS)}, not {words['kind']!r}")
    if not words["trial"].isdecimal() or int(words["trial"]) < 1:
        raise ListeningFileError(f"{place}: trial is a whole number from 1, not {words['trial']!r}")
    return Answer(**{**words, "trial": int(words["trial"]), "value": _value(place, words)})


def _value(place: str, words: dict[str, str]) -> float:
    rated = words["kind"] == "mushra"
    try:
        value = float(words["value"])
    except ValueError:
        value = -1.0
    if not (0 <= value <= 100 if rated else value in (0, 1)):  # not NaN either
        wanted = "a number from 0 to 100" if rated else "0 or 1"
        raise ListeningFileError(f"{place}: value is {wanted}, not {words['value']!r}")
    return value
