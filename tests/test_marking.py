"""Marks: right answers get all points, stubs and cheats none, and nothing stops the table."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import CHAPTERS

from aigc_edu.cli import main
from aigc_edu.teaching.marking import Mark, MarkingError, mark, write_csv

PATH = next(path for path in CHAPTERS if "one-dimensional-convolution" in path.stem)
CHEATS = {
    "redefines check": "check = lambda *a, **k: type('V', (), {'hints': (), 'passed': True})()",
    "replaces the check in the library": (
        "import sys\ne = sys.modules['aigc_edu.teaching.exercises']\n"
        "for k in list(e._CHECKS): e._CHECKS[k] = lambda *a, **k: None"
    ),
    "replaces what checks compare with": (
        "import sys\nfor n, m in list(sys.modules.items()):\n"
        "    if n.startswith('aigc_edu.checks.blocks'):\n"
        "        for k in list(vars(m)):\n"
        "            if not k.startswith('__'): setattr(m, k, lambda *a, **k: None)"
    ),
    "lets every verdict pass": (
        "from aigc_edu.teaching.exercises import Verdict\nVerdict.hints = property(lambda self: ())"
    ),
}


def submission(path: Path, answer: Callable[[Any, Any], str | None]) -> Path:
    """Write a student's notebook; ``answer`` gives the source of each stub, None to leave it."""
    notebook = nbformat.read(PATH, as_version=4)
    by_tag = {
        tag: {c.metadata.exercise: c for c in notebook.cells if tag in c.metadata.get("tags", [])}
        for tag in ("exercise-stub", "exercise-solution")
    }
    for name, stub in by_tag["exercise-stub"].items():
        stub.source = answer(stub.source, by_tag["exercise-solution"][name].source) or stub.source
    solutions = list(by_tag["exercise-solution"].values())
    notebook.cells = [cell for cell in notebook.cells if cell not in solutions]
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)
    return path


def solved(stub: str, solution: str) -> str:
    return "\n".join(line for line in solution.splitlines() if ".require()" not in line)


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Mark]]:
    folder = tmp_path_factory.mktemp("handed-in")
    submission(folder / "right" / "a.ipynb", solved)
    submission(folder / "empty" / "a.ipynb", lambda stub, solution: None)
    for name, line in CHEATS.items():
        submission(folder / name / "a.ipynb", lambda stub, _, line=line: f"{stub}\n{line}")
    (folder / "broken").mkdir()
    (folder / "broken" / "a.ipynb").write_text("{")
    nbformat.write(nbformat.v4.new_notebook(), folder / "another.ipynb")
    found: dict[str, list[Mark]] = {}
    for line in mark(folder, PATH.parents[1]):
        found.setdefault(line.submission.split("/")[0], []).append(line)
    return found


def test_right_answers_get_all_points(marks: dict[str, list[Mark]]) -> None:
    assert [(m.verdict, m.hint) for m in marks["right"]] == [("right", "")] * len(marks["right"])
    assert all(m.points == m.out_of > 0 and m.chapter == PATH.stem for m in marks["right"])
    assert len(marks["right"]) >= 3


def test_stubs_get_none_and_the_check_s_hint(marks: dict[str, list[Mark]]) -> None:
    assert {(m.verdict, m.points) for m in marks["empty"]} == {("not yet", 0)}
    assert all("not written yet" in m.hint for m in marks["empty"])


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_gets_none(cheat: str, marks: dict[str, list[Mark]]) -> None:
    assert marks[cheat] and all(m.points == 0 for m in marks[cheat])
    told = "not written yet" if cheat == "redefines check" else "changes the check itself"
    assert all(told in m.hint for m in marks[cheat])


def test_what_cannot_be_read_has_its_line(marks: dict[str, list[Mark]]) -> None:
    (broken,), (another,) = marks["broken"], marks["another.ipynb"]
    assert broken.verdict == another.verdict == "could not run"
    assert "not a readable notebook" in broken.hint and "no cell of it" in another.hint


def test_an_answer_that_hangs_ends_or_eats_stops_no_other(tmp_path: Path) -> None:
    traps = iter(["while True: pass", "import os; os._exit(0)", "x = bytes(2**36)"])
    submission(tmp_path / "in" / "a.ipynb", lambda stub, good: next(traps, solved(stub, good)))
    found = list(mark(tmp_path / "in", PATH, seconds=20))
    assert [m.verdict for m in found[:3]] == ["could not run"] * 3
    assert all(m.verdict == "right" for m in found[3:])
    assert "more than 20 s" in found[0].hint and "MemoryError" in found[2].hint


def test_the_command_writes_a_table_that_no_spreadsheet_takes_for_a_formula(
    tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "=cmd().ipynb").write_text("{")
    table = tmp_path / "marks.csv"
    line = ["mark", str(tmp_path / "in"), "--csv", str(table), "--chapters", str(PATH)]
    assert main(line) == 0 and "1 lines, 0 of 0 points" in capsys.readouterr().out
    (row,) = csv.DictReader(table.read_text("utf-8-sig").splitlines())
    assert row["submission"] == "'=cmd().ipynb" and row["verdict"] == "could not run"
    assert sorted(os.listdir(tmp_path)) == ["in", "marks.csv"]


def test_there_must_be_something_to_mark_and_to_mark_it_by(tmp_path: Path, capsys: Any) -> None:
    assert main(["mark", str(tmp_path), "--csv", "x.csv", "--chapters", str(PATH)]) == 2
    assert "there are no notebooks" in capsys.readouterr().err
    assert main(["mark", str(PATH.parent), "--csv", "x.csv", "--chapters", str(tmp_path)]) == 2
    assert "--chapters" in capsys.readouterr().err


def test_a_table_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def lines() -> Any:
        yield Mark("a")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_csv(lines(), tmp_path / "marks.csv")
    assert not list(tmp_path.iterdir())


def test_a_table_with_corrections_by_hand_is_not_replaced(tmp_path: Path) -> None:
    table = tmp_path / "marks.csv"
    table.write_text("corrected by hand")
    with pytest.raises(MarkingError, match="stays as it is"):
        write_csv(iter([Mark("a")]), table)
    assert table.read_text() == "corrected by hand"
