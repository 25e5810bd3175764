"""Every chapter keeps the form that the book promises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import notebook_cache
import pytest
from conftest import CHAPTERS, missing

COLAB_CELL = """\
# On Google Colab this cell installs the course; anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "aigc_edu @ git+https://github.com/aigc-edu/audio-course"
"""
BOX_LINES = ("You will be able to", "Before you start", "Time", "Syllabus")

each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def tags(cell: Any) -> list[str]:
    return cell.metadata.get("tags", [])


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_chapters() -> None:
    assert len(CHAPTERS) >= 3


@each_chapter
def test_the_file_is_a_valid_stripped_notebook(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.nbformat_minor >= 5, "cells need stable ids: save as format 4.5"
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in code_cells(notebook):
        kept = "nbval-check-output" in tags(cell)
        assert kept or not cell.outputs, f"strip the outputs of cell {cell.id}"
        assert not kept or cell.outputs, f"cell {cell.id} is to keep its output, and has none"
        # nbval takes a cell with outputs and without a count for one that was never run
        assert kept == (cell.execution_count is not None), f"cell {cell.id}: execution_count"


@each_chapter
def test_it_starts_with_title_box_colab_and_imports(path: Path) -> None:
    title, colab, setup = read(path).cells[:3]
    assert title.cell_type == "markdown" and title.source.startswith("# ")
    assert ":class: at-a-glance" in title.source
    for words in BOX_LINES:
        assert f"- **{words}**" in title.source, f"the box lacks a line: {words}"
    assert colab.source.strip() == COLAB_CELL.strip()
    assert {"colab", "hide-cell"} <= set(tags(colab))
    assert setup.cell_type == "code" and "exercise-setup" in tags(setup)


@each_chapter
def test_the_box_says_what_the_metadata_say(path: Path) -> None:
    notebook = read(path)
    facts, box = notebook.metadata.aigc_edu, notebook.cells[0].source
    time = re.search(r"(\d+) minutes? to read, (\d+) minutes? (?:or less )?to run", box)
    assert time, "write the time so: 40 minutes to read, 1 minute to run on two CPU cores"
    assert [int(n) for n in time.groups()] == [facts.read_minutes, facts.run_minutes]
    syllabus = re.search(r"- \*\*Syllabus\*\* (.*)", box)
    assert syllabus and re.findall(r"\d+(?:\.\d+)*", syllabus[1]) == list(facts.syllabus)
    assert facts.follows_corpus == ("AIGC_EDU_CORPUS=fsdd" in box)


@each_chapter
def test_headings_are_one_title_and_steps_of_one(path: Path) -> None:
    prose = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    prose = re.sub(r"^(```|:::).*?^\1", "", prose, flags=re.M | re.S)
    depths = [len(marks) for marks in re.findall(r"^(#+) ", prose, re.M)]
    assert depths[0] == 1 and depths.count(1) == 1
    in_headings = re.findall(r"^#+ .*\$.*$", prose, re.M)
    assert not in_headings, f"the list of headings shows no maths: {in_headings}"
    assert all(b <= a + 1 for a, b in zip(depths, depths[1:], strict=False))


@each_chapter
def test_each_exercise_has_its_three_cells(path: Path) -> None:
    notebook = read(path)
    kinds = ("exercise-stub", "exercise-check", "exercise-solution")
    found: dict[str, list[str]] = {}
    for cell in code_cells(notebook):
        for kind in set(tags(cell)) & set(kinds):
            found.setdefault(cell.metadata.get("exercise", "?"), []).append(kind)
        if "exercise-solution" in tags(cell):
            assert "hide-cell" in tags(cell), f"the solution {cell.id} lies open"
            assert ".require()" in cell.source, f"the solution {cell.id} isn't required to pass"
    assert len(found) >= 3, "a chapter has three exercises or more"
    for exercise, got in found.items():
        assert sorted(got) == sorted(kinds), f"exercise {exercise} has {got}"


@each_chapter
def test_it_ends_with_a_summary_and_further_reading(path: Path) -> None:
    prose = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    headings = [h.lower() for h in re.findall(r"^##+ (.*)", prose, re.M)]
    assert any("summary" in h or "what to keep" in h for h in headings[-3:])
    assert any("reading" in h for h in headings[-3:])
    assert "{cite" in prose


@pytest.mark.site
@each_chapter
def test_the_stated_minutes_are_right_within_a_factor_of_two(path: Path) -> None:
    stated = 60 * read(path).metadata.aigc_edu.run_minutes
    measured = execution_seconds(path)
    # "1 minute" means one minute or less. Starting a kernel and importing take some seconds
    # that depend on the machine's disk more than on the chapter.
    assert measured <= 2 * stated + 20, f"takes {measured:.0f} s; the box says {stated} s"
    assert stated == 60 or measured >= stated / 2 - 20, f"takes only {measured:.0f} s"


def execution_seconds(path: Path) -> float:
    """Return how long the notebook ran when the book was built."""
    from jupyter_cache import get_cache

    if not notebook_cache.CACHE.is_dir():
        missing("the book is not built; run: make book")
    cache = get_cache(str(notebook_cache.CACHE))
    record = cache.match_cache_notebook(read(path))
    return float(record.data["execution_seconds"])
