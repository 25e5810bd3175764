"""The reader's measure: words, open lines, minutes, figures that move."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import CHAPTERS, ROOT

sys.path.insert(0, str(ROOT / "tools"))
import reader_measure as measuring

POINTS = {"Easy": 1, "Medium": 2, "Hard": 3}
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@each_chapter
def test_a_chapter_keeps_within_the_measure(path: Path) -> None:
    found = measuring.measure(path)
    assert found.words <= measuring.MOST_WORDS, f"{found.words} words: cut, or split the chapter"
    assert found.lines <= measuring.MOST_LINES, f"{found.lines} open lines: fold what only plots"


@each_chapter
def test_the_box_says_the_minutes_that_the_measure_gives(path: Path) -> None:
    stated = read(path).metadata.aigc_edu.read_minutes
    wanted = measuring.measure(path).minutes
    assert abs(stated - wanted) <= 5, f"the box says {stated} minutes to read, the measure {wanted}"


@each_chapter
def test_from_part_two_on_a_figure_moves(path: Path) -> None:
    if path.parent.name[:2] < "02":
        return
    code = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")
    assert re.search(r"\binteractive\.\w+\(", code), "a chapter has a figure with a control"


@each_chapter
def test_each_exercise_states_difficulty_and_minutes_first(path: Path) -> None:
    texts = [m[0] for c in read(path).cells for m in measuring.EXERCISE.finditer(c.source)]
    assert len(texts) >= 3
    for text in texts:
        lines = [line for line in text.splitlines()[1:] if line and not line.startswith(":")]
        assert measuring.DIFFICULTY.fullmatch(lines[0]), f"first line of an exercise: {lines[0]!r}"


@each_chapter
def test_each_exercise_has_the_points_of_its_difficulty(path: Path) -> None:
    notebook = read(path)
    levels = [m[1] for c in notebook.cells for m in measuring.DIFFICULTY.finditer(c.source)]
    points = [
        cell.metadata.get("points")
        for cell in notebook.cells
        if "exercise-check" in cell.metadata.get("tags", [])
    ]
    assert points == [POINTS[level] for level in levels], "in the check cell's metadata: points"


def cell(kind: str, source: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}


@pytest.mark.parametrize(
    ("given", "words", "lines"),
    [
        (cell("markdown", "One two, *three* and $x = 1$ four."), 6, 0),
        (cell("markdown", "See {doc}`a page <01-a>` and [a link](https://a.b/c_d)."), 5, 0),
        (cell("markdown", "```{exercise}\n:label: a-b\n*Easy · 5 minutes*\n\nDo it.\n```"), 5, 0),
        (cell("code", "a = 1\n\n# why\nb = 2"), 0, 3),
        (cell("code", "plot(a)\nshow()", "hide-input"), 0, 0),
        (cell("code", "answer()", "exercise-solution", "hide-cell"), 0, 0),
    ],
)
def test_what_is_counted(given: dict[str, Any], words: int, lines: int) -> None:
    assert measuring.measure_cell(given) == measuring.Measure(words, lines)


def test_minutes_are_those_of_words_and_lines_together() -> None:
    assert measuring.Measure(1_200, 80).minutes == 20  # ten and ten
    assert measuring.Measure(1_201, 80).minutes == 25  # rounded up to five
