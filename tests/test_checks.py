"""The checks stand by part and chapter, and a chapter's check imports its own chapter's alone."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import CHAPTERS, ROOT

from aigc_edu import checks
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import exercises
from aigc_edu.teaching.exercises import _CHECKS

FOLDER = ROOT / "aigc_edu" / "checks"
SHARED = {"__init__", "_attention", "_compare", "_matching", "_tensors"}
MODULES = sorted(path for path in FOLDER.rglob("*.py") if path.stem not in SHARED)
NUMPY_PARTS = ("00-start", "01-sound-as-numbers")
HEAVY = {"torch", "numba", "librosa", "scipy", "accelerate"}


def without_number(name: str) -> str:
    return name.split("-", 1)[1]


def belongs(module: Path, chapter: Path) -> bool:
    """Tell whether a module of checks is one of a chapter's, by the names of both alone."""
    part = without_number(chapter.parent.name).split("-")
    own = without_number(chapter.stem).replace("-", "_")
    starts = module.stem == own or module.stem.startswith(f"{own}_")
    return starts and module.parent.parent == FOLDER and module.parent.name in part


def exercises_in(chapter: Path) -> list[str]:
    cells = nbformat.read(chapter, as_version=4).cells
    return [c.metadata.exercise for c in cells if "exercise-check" in c.metadata.get("tags", [])]


def file_of(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("module", MODULES, ids=dotted)
def test_a_module_belongs_to_one_chapter(module: Path) -> None:
    assert sum(belongs(module, chapter) for chapter in CHAPTERS) == 1
    assert dotted(module) in checks.catalogue().values(), "it checks nothing"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_finds_its_checks_by_its_name(chapter: Path) -> None:
    names = exercises_in(chapter)
    strays = {n: m for n in names if not belongs(file_of(m := checks.catalogue()[n]), chapter)}
    assert names and not strays


def test_the_catalogue_is_what_the_modules_register() -> None:
    for module in set(checks.catalogue().values()):
        importlib.import_module(module)
    registered = {name: function.__module__ for name, function in _CHECKS.items()}
    ours = {name: home for name, home in registered.items() if home.startswith("aigc_edu.")}
    assert ours == checks.catalogue()
    assert set(ours) <= set(exercises())


def test_two_checks_of_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text('@exercise("twice")\ndef f(): ...\n', encoding="utf-8")
    monkeypatch.setattr(checks, "_HERE", tmp_path)
    with pytest.raises(InvalidValueError, match="two checks are called 'twice'"):
        checks.catalogue.__wrapped__()


# ---------------------------------------------------------------- what a check imports

ASK = "import sys; from aigc_edu.teaching import check; [check(n, None) for n in sys.argv[1:]]"
SOLVE = "import sys\nfor cell in sys.argv[1:]: exec(cell, globals())"
TELL = "\nprint('imported', *sys.modules)"


def imported_by(program: str, *arguments: str) -> set[str]:
    """Run a program in a Python of its own; return the names of all modules it imported."""
    told = subprocess.run(
        [sys.executable, "-c", program + TELL, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.rsplit("imported", 1)[1].split())


def other_checks(modules: set[str], chapter: Path) -> set[str]:
    """Return the modules of checks among these that are another chapter's."""
    files = {dotted(path): path for path in MODULES}
    return {name for name in modules & set(files) if not belongs(files[name], chapter)}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_check_imports_its_own_chapters_checks_alone(chapter: Path) -> None:
    modules = imported_by(ASK, *exercises_in(chapter))
    assert not other_checks(modules, chapter)
    if chapter.parent.name in NUMPY_PARTS:
        assert not modules & HEAVY


@pytest.mark.parametrize(
    "chapter",
    [path for path in CHAPTERS if path.parent.name == "01-sound-as-numbers"],
    ids=lambda path: path.stem,
)
def test_the_exercises_on_sound_are_solved_and_checked_without_torch(chapter: Path) -> None:
    tags = {"exercise-setup", "exercise-solution"}
    cells = [
        cell.source
        for cell in nbformat.read(chapter, as_version=4).cells
        if tags & set(cell.metadata.get("tags", []))
    ]
    modules = imported_by(SOLVE, *cells)
    assert not modules & (HEAVY - {"scipy"})
    assert not other_checks(modules, chapter)


@pytest.mark.parametrize("package", ["teaching", "teaching.interactive", "corpora", "checks"])
def test_importing_a_package_of_the_course_does_not_import_torch(package: str) -> None:
    modules = imported_by(f"import sys, aigc_edu.{package}")
    assert not modules & HEAVY
    assert not modules & {dotted(path) for path in MODULES}


@pytest.mark.parametrize("package", ["audio", "dsp"])
def test_importing_a_package_of_numpy_imports_neither_torch_nor_matplotlib(package: str) -> None:
    assert not imported_by(f"import sys, aigc_edu.{package}") & (HEAVY | {"matplotlib"})
