"""The tables of hours and of parts in the book, written from the notebooks and ``_toc.yml``.

``python tools/contents.py`` writes ``book/how-to-use.md`` and ``book/welcome.md`` anew, with what
stands by hand in them (what comes before a chapter, what a part is about) as it was; run it when a
chapter is added or its minutes change. A test holds the two pages against it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import reader_measure
import yaml

ROOT = Path(__file__).resolve().parent.parent
HOURS = "| Chapter | Read | Exercises | Before it |"
PARTS = "| Part | What it is about | In this edition |"


def parts() -> list[list[Path]]:
    """Return the chapters of each numbered part, in the book's order."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [[c["file"] for c in part["chapters"]] for part in contents["parts"]]
    found = [[ROOT / f"{f}.ipynb" for f in files if f.startswith("chapters/")] for files in listed]
    return [chapters for chapters in found if chapters]


def title_of(path: Path) -> str:
    """Return a chapter's title."""
    return reader_measure.cells(path)[0]["source"].splitlines()[0].removeprefix("# ")


def minutes_of(path: Path) -> tuple[int, int]:
    """Return minutes to read, and those of all exercises together."""
    facts = json.loads(path.read_text(encoding="utf-8"))["metadata"]["aigc_edu"]
    sources = [cell["source"] for cell in reader_measure.cells(path)]
    found = [int(m[2]) for s in sources for m in reader_measure.DIFFICULTY.finditer(s)]
    return facts["read_minutes"], sum(found)


def in_words(minutes: int) -> str:
    """Return minutes as people say them: 45 minutes, 1 h 25."""
    if minutes < 60:
        return f"{minutes} minutes"
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes % 60 else f"{minutes // 60} h"


def link(path: Path) -> str:
    """Return a link to a chapter from a page in ``book/``."""
    return f"[{title_of(path)}](../{path.relative_to(ROOT).as_posix()})"


def hours(old: list[list[str]]) -> list[list[str]]:
    """Return the rows of the table of hours; what comes before a chapter is kept by its address."""
    before = {re.search(r"\((.*)\)", row[0])[1]: row[3] for row in old}
    rows = []
    for path in (chapter for chapters in parts() for chapter in chapters):
        read, exercises = minutes_of(path)
        address = f"../{path.relative_to(ROOT).as_posix()}"
        kept = before.get(address, "the chapter above it")
        rows.append([link(path), in_words(read), in_words(exercises), kept])
    return rows


def table_of_parts(old: list[list[str]]) -> list[list[str]]:
    """Return the rows of the table of parts; the chapters of each are written anew."""
    rows = [row[:] for row in old]
    for row, chapters in zip(rows, parts(), strict=False):
        planned = "; the rest is planned" if row[2].endswith("is planned") else ""
        row[2] = ", ".join(map(link, chapters)) + planned
    return rows


def rewritten(text: str, head: str, rows: list[list[str]]) -> str:
    """Return a page with other rows in the table that begins with a head."""
    before, rest = text.split(head, 1)
    lines = rest.split("\n")
    end = next(i for i in range(2, len(lines)) if not lines[i].startswith("|"))
    table = ["| " + " | ".join(row) + " |" for row in rows]
    return before + head + "\n".join([*lines[:2], *table, *lines[end:]])


def rows_of(text: str, head: str) -> list[list[str]]:
    """Return the cells of a table."""
    lines = text[text.index(head) :].splitlines()[2:]
    ends = next((i for i, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:ends]]


def pages() -> dict[Path, str]:
    """Return both pages as they should be."""
    found = {}
    for name, head, make in (
        ("how-to-use.md", HOURS, hours),
        ("welcome.md", PARTS, table_of_parts),
    ):
        path = ROOT / "book" / name
        text = path.read_text(encoding="utf-8")
        found[path] = rewritten(text, head, make(rows_of(text, head)))
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
