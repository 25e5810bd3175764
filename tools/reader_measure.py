"""How much a chapter asks of its reader: words, visible lines of code, minutes.

``python tools/reader_measure.py`` prints the measure of every chapter, and ``--sections`` that of
each of its sections. The box of a chapter says the minutes that this file computes, rounded up to
five. ``tests/test_reader_measure.py`` holds all chapters against the bounds.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MOST_WORDS = 4_000
MOST_LINES = 450
WORDS_A_MINUTE = 120  # prose that is studied, formulas and sounds on the way
LINES_A_MINUTE = 8  # code that is read with understanding
FOLDED = {"hide-cell", "hide-input", "remove-cell", "remove-input"}
EXERCISE = re.compile(r"^(`{3,}|:{3,})\{exercise\}.*?^\1\s*$", re.DOTALL | re.MULTILINE)
DIFFICULTY = re.compile(r"^\*(Easy|Medium|Hard) · (\d+) minutes\*$", re.MULTILINE)


@dataclass(frozen=True)
class Measure:
    """Words of prose and lines of code that stand open on the page, exercises' texts included."""

    words: int
    lines: int

    @property
    def minutes(self) -> int:
        """Minutes to read, rounded up to five."""
        exact = self.words / WORDS_A_MINUTE + self.lines / LINES_A_MINUTE
        return max(5, 5 * math.ceil(exact / 5))

    def __add__(self, other: Measure) -> Measure:
        return Measure(self.words + other.words, self.lines + other.lines)


def cells(path: Path) -> list[dict[str, Any]]:
    """Return a notebook's cells, each source as one text."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


def measure_cell(cell: dict[str, Any]) -> Measure:
    """Return what one cell asks of the reader; nothing if it is folded away."""
    tags = set(cell["metadata"].get("tags", []))
    if cell["cell_type"] == "markdown":
        return Measure(len(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", _prose(cell["source"]))), 0)
    if cell["cell_type"] != "code" or tags & FOLDED:
        return Measure(0, 0)
    return Measure(0, sum(1 for line in cell["source"].splitlines() if line.strip()))


def _prose(source: str) -> str:
    """Return a Markdown text without formulas, addresses, and the marks of directives."""
    source = re.sub(r"\$\$.*?\$\$|\$[^$]+\$", " x ", source, flags=re.DOTALL)
    source = re.sub(r"^(?:`{3,}|:{3,})\{.*$|^:[\w-]+:.*$|<[^>]*>", " ", source, flags=re.MULTILINE)
    source = re.sub(r"\]\([^)]*\)", "] ", source)
    return re.sub(r"\{[\w:-]+\}`[^`<]*<?[^`]*`", " x ", source)


def measure(path: Path) -> Measure:
    """Return what a whole notebook asks of the reader."""
    return sum(map(measure_cell, cells(path)), Measure(0, 0))


def sections(path: Path) -> Iterator[tuple[str, Measure]]:
    """Yield each heading of a notebook with the measure of what stands under it."""
    heading, found = "", Measure(0, 0)
    for number, cell in enumerate(cells(path)):
        title = re.search(r"^#{1,3} .*", cell["source"], re.MULTILINE)
        if cell["cell_type"] == "markdown" and title:
            if heading:
                yield heading, found
            heading, found = f"{number:3d} {title[0]}", Measure(0, 0)
        found += measure_cell(cell)
    yield heading, found


def chapters() -> list[Path]:
    """Return all chapters of the course."""
    return sorted((ROOT / "chapters").glob("*/*.ipynb"))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="as a rule: all chapters")
    parser.add_argument("--sections", action="store_true", help="each section of a chapter, too")
    options = parser.parse_args()
    for path in options.notebooks or chapters():
        found = measure(path)
        over = " OVER" if found.words > MOST_WORDS or found.lines > MOST_LINES else ""
        print(f"{found.words:6,} words {found.lines:5d} lines {found.minutes:4d} min{over}  {path}")
        for heading, part in sections(path) if options.sections else ():
            print(f"{part.words:6,}       {part.lines:5d}       {part.minutes:4d}      {heading}")


if __name__ == "__main__":
    main()
