"""A game's table of lines: who says what, in which mood, in how many seconds at most.

Chapter: chapters/06-product/11-dubbing.ipynb
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aigc_edu.errors import InvalidValueError
from aigc_edu.speaking.texts import ScriptError, at_line, number_in, text_of
from aigc_edu.speaking.voices import MOODS, Voice, undeclared, unknown, voice_from

COLUMNS = ("key", "who", "says", "mood", "seconds")
LONGEST = 60.0  # seconds
_KEY = re.compile(r"\w[\w.-]*")
_VOICE = re.compile(r"#\s*voice\s+(?P<who>[^:]+?)\s*:(?P<how>.*)")


@dataclass(frozen=True)
class Slot:
    """From how many to how many seconds a line may last."""

    least: float = 0.0
    most: float = math.inf

    def holds(self, seconds: float) -> bool:
        """Return whether a duration is allowed."""
        return self.least <= seconds <= self.most

    def __str__(self) -> str:
        if self.least == self.most:
            return f"={self.most:g}"
        if self.most == math.inf:
            return ""
        return f"{self.least:g}-{self.most:g}" if self.least else f"{self.most:g}"


@dataclass(frozen=True)
class Cue:
    """A line of the table; ``number`` is that of its line in the file."""

    number: int
    key: str
    who: str
    says: str
    mood: str
    slot: Slot
    voice: Voice


def slot_from(text: str) -> Slot:
    """Return the slot that a cell holds: ``1.2`` at most, ``=1.2`` exactly, ``0.8-1.2``, or none.

    Raises
    ------
    InvalidValueError
        If it is none of these.
    """
    text = text.strip().removesuffix("s").strip()
    if not text:
        return Slot()
    if text.startswith("="):
        exact = number_in(text[1:], "seconds", 0.1, LONGEST)
        return Slot(exact, exact)
    low, dash, high = text.partition("-")
    if not dash:
        return Slot(0.0, number_in(low, "seconds", 0.1, LONGEST))
    least, most = (number_in(x, "seconds", 0.1, LONGEST) for x in (low, high))
    if least >= most:
        raise InvalidValueError(f"seconds: {low} is not below {high}")
    return Slot(least, most)


def read_table(path: str | os.PathLike) -> list[Cue]:
    """Read a table from a CSV file in UTF-8, parted by commas, semicolons or tabs.

    Raises
    ------
    ScriptError
        If there is no such file, or something in it is wrong: one line that names the place.
    """
    path = Path(path)
    return table_from(text_of(path), str(path))


def table_from(text: str, where: str = "table") -> list[Cue]:
    """Return the lines that a table holds.

    Parameters
    ----------
    text
        Lines ``# voice Ada: pitch 4``, then a row with the names of the columns, in any order,
        then a row for each line. Other lines that begin with ``#`` are notes.
    where
        What complaints begin with.
    """
    lines = text.splitlines()
    voices = _voices(lines, where)
    cues: list[Cue] = []
    for number, row in _rows(lines, where):
        with at_line(where, number):
            cue = _cue(number, row, voices)
            twin = next((c for c in cues if c.key.lower() == cue.key.lower()), None)
            if twin is not None:
                raise InvalidValueError(f"line {twin.number} has the key {twin.key!r}, too")
            cues.append(cue)
    if not cues:
        raise ScriptError(f"{where}: there is no line under the names of the columns")
    return cues


def _voices(lines: list[str], where: str) -> dict[str, Voice]:
    voices: dict[str, Voice] = {}
    for number, line in enumerate(lines, start=1):
        match = _VOICE.match(line.strip().strip('"'))
        if match is None:
            continue
        with at_line(where, number):
            voice = voice_from(match["how"].rstrip(",; "))
            if (voice.side, voice.distance, voice.room) != (0.0, 1.0, "dry"):
                raise InvalidValueError(
                    "a line is dubbed dry: side, distance and room are a game's"
                )
        voices[match["who"]] = voice
    return voices


def _rows(lines: list[str], where: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with the number of its line, as the columns' names have it."""
    kept = [("" if x.lstrip('" ').startswith("#") else x) for x in lines]  # numbers stay right
    head = next((line for line in kept if line.strip()), "")
    reader = csv.reader(kept, delimiter=max(",;\t", key=head.count), skipinitialspace=True)
    names: list[str] = []
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if not names:
            names = _names(cells, f"{where}: line {reader.line_num}")
            continue
        if len(cells) > len(names) and any(cells[len(names) :]):
            raise ScriptError(
                f"{where}: line {reader.line_num}: {len(cells)} cells under {len(names)} names; "
                'a text with a comma stands between quotes: "Yes, I am."'
            )
        yield reader.line_num, dict(zip(names, cells, strict=False))


def _names(cells: list[str], place: str) -> list[str]:
    names = [cell.lower() for cell in cells]
    missing = [name for name in ("key", "who", "says") if name not in names]
    if missing:
        raise ScriptError(f"{place}: there is no column {missing[0]!r}; name {', '.join(COLUMNS)}")
    wrong = [name for name in names if name and name not in COLUMNS]
    if wrong:
        raise ScriptError(f"{place}: {unknown('column', wrong[0], COLUMNS)}")
    return names


def _cue(number: int, row: dict[str, str], voices: dict[str, Voice]) -> Cue:
    key, who, says = (row.get(name, "") for name in ("key", "who", "says"))
    if not _KEY.fullmatch(key):
        raise InvalidValueError(f"a key is the name of a file: letters, digits, _ - ., not {key!r}")
    if not says:
        raise InvalidValueError(f"{key}: nothing is said")
    if who not in voices:
        raise InvalidValueError(undeclared(who, voices, f"# voice {who}: pitch 2"))
    mood = row.get("mood", "") or "calm"
    if mood not in MOODS:
        raise InvalidValueError(unknown("mood", mood, MOODS))
    slot = slot_from(row.get("seconds", ""))
    return Cue(number, key, who, says, mood, slot, voices[who].in_mood(mood))
