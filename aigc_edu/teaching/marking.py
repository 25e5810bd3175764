"""Marking what students hand in: the course's own checks, in a process of their own.

``python -m aigc_edu mark FOLDER --csv marks.csv`` takes from each notebook what the student wrote,
and everything else from the course's own copy of the chapter: the imports, the check, the points.
So a student who redefines ``check`` in the notebook has changed nothing. Each notebook runs in a
process of its own, with bounds for time and memory.

Python can't be locked up from inside: code that is handed in runs with the rights of whoever marks.
Mark in a container or a virtual machine without the network and without anything to lose.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import nbformat

from aigc_edu.errors import CourseError
from aigc_edu.teaching.student import read_notebook

SECONDS = 60.0  # for one exercise; the slowest check of the course takes some seconds
GIGABYTES = 4.0  # of memory for one notebook; importing torch alone takes one
_ANSWER, _CHECK, _SETUP = "exercise-stub", "exercise-check", "exercise-setup"


class MarkingError(CourseError):
    """Nothing can be marked; the text says why."""


@dataclass(frozen=True)
class Mark:
    """One line of the table: an exercise of a notebook that was handed in.

    Attributes
    ----------
    submission
        The file, as it is called below the folder.
    chapter, exercise
        What it answers; empty where that can't be told.
    points, out_of
        What it got, and what the chapter's metadata give for a right answer.
    verdict
        ``right``, ``not yet``, ``could not run`` or ``missing``.
    hint
        What the check says, or why it could not run.
    """

    submission: str
    chapter: str = ""
    exercise: str = ""
    points: int = 0
    out_of: int = 0
    verdict: str = "could not run"
    hint: str = ""


def mark(
    folder: Path, chapters: Path, seconds: float = SECONDS, gigabytes: float = GIGABYTES
) -> Iterator[Mark]:
    """Mark all notebooks in a folder, its subfolders included, and yield a line for each exercise.

    Parameters
    ----------
    folder
        What was handed in, for instance a folder for each student.
    chapters
        The course's own notebooks.
    seconds
        For each exercise.
    gigabytes
        Of memory for each notebook, where the system can limit it (not on Windows).

    Raises
    ------
    MarkingError
        If there is nothing to mark, or nothing to mark it by.
    """
    originals = _originals(chapters)
    handed_in = [p for p in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]
    if not handed_in:
        raise MarkingError(f"{folder}: there are no notebooks in this folder")
    for path in handed_in:
        name = path.relative_to(folder).as_posix()
        try:
            yield from _mark_one(name, read_notebook(path), originals, seconds, gigabytes)
        except CourseError as error:
            yield Mark(name, hint=str(error))


def write_csv(marks: Iterable[Mark], path: Path) -> list[Mark]:
    """Write the lines as a table for a spreadsheet, whole or not at all, and return them.

    Raises
    ------
    MarkingError
        Before anything is marked, if a file is there: it may hold corrections by hand.
    """
    if path.exists():
        raise MarkingError(f"{path} is there already and stays as it is; name another file")
    marks = list(marks)
    names = [field.name for field in fields(Mark)]
    part = path.with_name(f".{path.name}.part")
    with open(part, "w", encoding="utf-8-sig", newline="") as file:  # so that Excel reads it, too
        table = csv.writer(file)
        table.writerow(names)
        table.writerows([_harmless(getattr(line, name)) for name in names] for line in marks)
    os.replace(part, path)
    return marks


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from taking a student's words for a formula."""
    return f"'{cell}" if str(cell).startswith(("=", "+", "-", "@")) else cell


@dataclass(frozen=True)
class _Original:
    """What a chapter of the course brings to the marking."""

    chapter: str
    ids: frozenset[str]
    setup: str
    checks: dict[str, str]  # by exercise
    points: dict[str, int]


def _originals(chapters: Path) -> list[_Original]:
    paths = [chapters] if chapters.is_file() else sorted(chapters.rglob("*.ipynb"))
    found = [_original(path) for path in paths if ".ipynb_checkpoints" not in path.parts]
    if not any(original.checks for original in found):
        raise MarkingError(
            f"{chapters}: no chapters of the course are here; name their folder with --chapters"
        )
    return found


def _original(path: Path) -> _Original:
    notebook = read_notebook(path)
    checks = list(_tagged(notebook, _CHECK))
    return _Original(
        path.stem,
        frozenset(cell.get("id", "") for cell in notebook.cells),
        "\n".join(cell.source for cell in _tagged(notebook, _SETUP)),
        {cell.metadata.exercise: cell.source for cell in checks},
        {cell.metadata.exercise: int(cell.metadata.get("points", 1)) for cell in checks},
    )


def _tagged(notebook: nbformat.NotebookNode, tag: str) -> Iterator[nbformat.NotebookNode]:
    return (cell for cell in notebook.cells if tag in cell.metadata.get("tags", []))


def _mark_one(
    name: str,
    notebook: nbformat.NotebookNode,
    originals: list[_Original],
    seconds: float,
    gigabytes: float,
) -> Iterator[Mark]:
    ids = {cell.get("id", "") for cell in notebook.cells}
    original = max(originals, key=lambda one: len(one.ids & ids))
    answers = _answers(notebook, original)
    if not answers:
        raise MarkingError(
            "no cell of it is an exercise of the course; was another file handed in?"
        )
    jobs = [
        {"exercise": e, "setup": original.setup, "answer": answers[e], "check": original.checks[e]}
        for e in original.checks
        if e in answers
    ]
    told = _run(jobs, seconds, gigabytes)
    for exercise, points in original.points.items():
        verdict, hint = told.get(exercise, ("missing", "the cell of this exercise is not there"))
        got = points if verdict == "right" else 0
        yield Mark(name, original.chapter, exercise, got, points, verdict, hint)


def _answers(notebook: nbformat.NotebookNode, original: _Original) -> dict[str, list[str]]:
    """Return each exercise's cells: those that the student added before it, and the answer."""
    added: list[str] = []
    answers: dict[str, list[str]] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if _ANSWER in cell.metadata.get("tags", []) and cell.metadata.get("exercise"):
            answers[cell.metadata.exercise] = [*added, cell.source]
        elif cell.get("id", "") not in original.ids:
            added.append(cell.source)
    return answers


def _run(
    jobs: list[dict[str, Any]], seconds: float, gigabytes: float
) -> dict[str, tuple[str, str]]:
    """Try answers one after another; one that hangs or ends the process stops no other."""
    told: dict[str, tuple[str, str]] = {}
    while jobs:
        done = _try_them(jobs, seconds, gigabytes)
        told |= {line["exercise"]: (line["verdict"], line["hint"]) for line in done}
        jobs = [job for job in jobs if job["exercise"] not in told]
        if jobs:  # the first of them is the one that did not come to its end
            told[jobs[0]["exercise"]] = ("could not run", _why(seconds, gigabytes))
            jobs = jobs[1:]
    return told


def _why(seconds: float, gigabytes: float) -> str:
    return f"it took more than {seconds:g} s or {gigabytes:g} GB, or it ended the program"


def _try_them(jobs: list[dict[str, Any]], seconds: float, gigabytes: float) -> list[dict[str, Any]]:
    """Start a process, and wait as long as it brings a verdict within the time."""
    with tempfile.TemporaryDirectory() as folder:
        work, results = Path(folder, "jobs.json"), Path(folder, "results")
        work.write_text(json.dumps({"jobs": jobs, "bytes": int(gigabytes * 2**30)}), "utf-8")
        results.touch()
        process = subprocess.Popen(
            [sys.executable, "-m", "aigc_edu.teaching.marked", str(work), str(results)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
        )
        try:
            _wait(process, results, seconds)
        finally:
            _end(process)
        return [json.loads(line) for line in results.read_text("utf-8").splitlines() if line]


def _wait(process: subprocess.Popen, results: Path, seconds: float) -> None:
    size, since = 0, time.monotonic() + 30  # the first has the imports to wait for
    while process.poll() is None and time.monotonic() - since < seconds:
        time.sleep(0.05)
        if results.stat().st_size > size:
            size, since = results.stat().st_size, time.monotonic()


def _end(process: subprocess.Popen) -> None:
    """End a process and all that it has started."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.kill()
    process.wait()
