"""Every exercise of every chapter, run twice: the stub must not pass, the solution must."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import CHAPTERS, ROOT

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import Verdict, check, exercise, exercises, written
from aigc_edu.teaching.exercises import ExerciseNotPassedError
from aigc_edu.teaching.student import main, make_copies, without_solutions


@dataclass(frozen=True)
class Exercise:
    """One exercise of a notebook: the imports it may rely on, and its three cells."""

    name: str
    setup: str
    stub: str
    check: str
    solution: str


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def tagged(notebook: Any, tag: str) -> list[Any]:
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def exercises_of(path: Path) -> list[Exercise]:
    notebook = read(path)
    (setup,) = tagged(notebook, "exercise-setup")
    parts = {
        kind: {cell.metadata.exercise: cell.source for cell in tagged(notebook, f"exercise-{kind}")}
        for kind in ("stub", "check", "solution")
    }
    return [
        Exercise(name, setup.source, stub, parts["check"][name], parts["solution"][name])
        for name, stub in parts["stub"].items()
    ]


EXERCISES = [item for path in CHAPTERS for item in exercises_of(path)]
each_exercise = pytest.mark.parametrize("item", EXERCISES, ids=lambda item: item.name)


def verdict_of(*cells: str) -> Verdict:
    """Run cells one after another and return what the last line of the last is worth.

    The imports count as code of the reader's, so that a hint may quote a line of it.
    """
    space: dict[str, Any] = {"__name__": "__main__"}
    *first, last = cells
    lines = last.rstrip().splitlines()
    with contextlib.redirect_stdout(io.StringIO()):
        for number, cell in enumerate([*first, "\n".join(lines[:-1])]):
            exec(compile(cell, f"<cell {number}>", "exec"), space)
        return eval(lines[-1], space)


@each_exercise
def test_the_stub_does_not_pass_and_does_not_raise(item: Exercise) -> None:
    verdict = verdict_of(item.setup, item.stub, item.check)
    assert isinstance(verdict, Verdict)
    assert verdict.exercise == item.name
    assert not verdict.passed
    assert "stops with" not in verdict.hint, "an untouched stub looks like a reader's mistake"


@each_exercise
def test_the_solution_passes(item: Exercise) -> None:
    verdict = verdict_of(item.setup, item.stub, item.solution)
    assert verdict.exercise == item.name and verdict.passed
    assert verdict_of(item.setup, item.solution, item.check).passed


def test_every_check_belongs_to_an_exercise() -> None:
    names = [item.name for item in EXERCISES]
    assert len(set(names)) == len(names)
    assert set(names) == {name for name in exercises() if not name.startswith("t-")}


# ---------------------------------------------------------------- the verdict


@exercise("t-half")
def _half(halve: Any) -> str | None:
    return None if halve(3.0) == 1.5 else f"half of 3 is 1.5, not {halve(3.0)}"


@exercise("t-two-hints")
def _two(value: Any) -> list[str]:
    return [] if written(value) == 1 else ["one <first>", "two"]


def test_a_right_answer_has_no_hint() -> None:
    verdict = check("t-half", lambda x: x / 2)
    assert verdict.passed and verdict.hint == "" and verdict.require() is verdict
    assert "Right" in repr(verdict) and "Right" in verdict._repr_html_()


def test_a_wrong_answer_gets_the_hint_of_the_check() -> None:
    verdict = check("t-half", lambda x: x // 2)
    assert not verdict.passed and verdict.hint == "half of 3 is 1.5, not 1.0"
    with pytest.raises(ExerciseNotPassedError, match=r"half of 3 is 1\.5"):
        verdict.require()


@pytest.mark.parametrize("answer", [None, ..., lambda x: None, lambda x: ...])
def test_a_placeholder_is_not_written_yet(answer: Any) -> None:
    assert "not written yet" in check("t-half", answer).hint


def test_code_that_is_not_implemented_is_not_written_yet() -> None:
    def halve(x: float) -> float:
        raise NotImplementedError

    assert "not written yet" in check("t-half", halve).hint


def test_what_the_answer_raises_becomes_a_hint_with_its_line() -> None:
    def halve(x: float) -> float:
        return x / undefined_divisor  # noqa: F821

    hint = check("t-half", halve).hint
    assert "NameError" in hint and "return x / undefined_divisor" in hint


def test_several_hints_become_a_list_and_are_escaped() -> None:
    verdict = check("t-two-hints", 2)
    assert verdict.hints == ("one <first>", "two")
    assert "<li>one &lt;first&gt;</li><li>two</li>" in verdict._repr_html_()


def test_an_unknown_exercise_names_the_nearest() -> None:
    with pytest.raises(InvalidValueError, match="did you mean 't-half'"):
        check("t-hafl", 1)


def test_two_checks_of_one_name_are_refused() -> None:
    def other() -> None: ...

    other.__module__ = "elsewhere"
    with pytest.raises(InvalidValueError, match="two checks are called 't-half'"):
        exercise("t-half")(other)


# ---------------------------------------------------------------- student copies


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_student_copy_keeps_all_but_the_solutions(path: Path) -> None:
    original = read(path)
    copied = without_solutions(original)
    kept = [
        cell.id
        for cell in original.cells
        if not {"exercise-solution", "exercise-reveal"} & set(cell.metadata.get("tags", []))
    ]
    assert [cell.id for cell in copied.cells] == kept
    text = "\n".join(cell.source for cell in copied.cells)
    for item in exercises_of(path):
        assert item.stub in text and item.check in text and item.solution not in text
    assert all(not cell.get("outputs") for cell in copied.cells)
    assert original == read(path), "the original was changed"


def test_the_command_writes_copies_under_their_own_paths(tmp_path: Path, capsys: Any) -> None:
    assert main([str(ROOT / "chapters"), "--out", str(tmp_path)]) == 0
    printed = [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()]
    wanted = {tmp_path / path.relative_to(ROOT / "chapters") for path in CHAPTERS}
    assert {Path(line) for line in printed} == wanted
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == wanted
    for path in wanted:
        nbformat.validate(read(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no such notebook"), ("{", "not a readable notebook")],
)
def test_a_bad_notebook_is_one_line(
    content: str | None, message: str, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "a.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main([str(path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert message in error and "a.ipynb" in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_copy_never_replaces_its_original(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(CHAPTERS[0].read_bytes())
    with pytest.raises(Exception, match="would overwrite the original"):
        make_copies([path], tmp_path)
    assert path.read_bytes() == CHAPTERS[0].read_bytes()


def test_what_a_student_wrote_is_kept(tmp_path: Path) -> None:
    """Nothing is replaced in which somebody has worked, also when the chapter has changed."""
    path, out = tmp_path / "in" / "a.ipynb", tmp_path / "out"
    path.parent.mkdir()
    notebook = read(CHAPTERS[0])
    nbformat.write(notebook, path)
    assert list(make_copies([path], out).values()) == ["new"]
    copied = read(out / "a.ipynb")
    copied.cells[2].outputs, copied.cells[2].execution_count = [], 7  # it was run: no work in it
    nbformat.write(copied, out / "a.ipynb")
    notebook.cells[0].source += "\nA sentence more."
    nbformat.write(notebook, path)
    assert list(make_copies([path], out).values()) == ["new"]
    mine = read(out / "a.ipynb")
    mine.cells[3].source = "my answer"
    nbformat.write(mine, out / "a.ipynb")
    before = (out / "a.ipynb").read_bytes()
    assert list(make_copies([path], out).values()) == ["kept"]
    notebook.cells[0].source += "\nAnother one."
    nbformat.write(notebook, path)
    assert list(make_copies([path], out).values()) == ["kept, the new copy is a-new.ipynb"]
    assert (out / "a.ipynb").read_bytes() == before
    assert "Another one." in read(out / "a-new.ipynb").cells[0].source
    in_the_new_one = read(out / "a-new.ipynb")
    in_the_new_one.cells[3].source = "my answer there"
    nbformat.write(in_the_new_one, out / "a-new.ipynb")
    notebook.cells[0].source += "\nA third one."
    nbformat.write(notebook, path)
    make_copies([path], out)
    assert read(out / "a-new.ipynb").cells[3].source == "my answer there"
    assert (out / "a.ipynb").read_bytes() == before


def test_a_file_that_is_no_notebook_is_kept_too(tmp_path: Path) -> None:
    (tmp_path / CHAPTERS[0].name).write_text("half a save")
    make_copies([CHAPTERS[0]], tmp_path)
    assert (tmp_path / CHAPTERS[0].name).read_text() == "half a save"
