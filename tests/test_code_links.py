"""From an equation to its code and back: chapters link the modules they build, those name them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest
import yaml
from conftest import CHAPTERS, ROOT

LIBRARY = ROOT / "aigc_edu"
TOLD_OF = ("dsp", "audio", "nn", "models", "evaluation")  # here each module has its chapter
MODULES = [path for name in TOLD_OF for path in sorted((LIBRARY / name).rglob("*.py"))]
MODULES = [path for path in MODULES if not path.name.startswith("_")]


def name_of(path: Path) -> str:
    return path.relative_to(LIBRARY).as_posix()


def chapters_of(module: Path) -> list[str]:
    """Return what a module says of its chapters, each in a line of its own at the top."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    head = docstring.partition("\n\n")[2].partition("\n\n")[0]  # the paragraph after the first line
    assert docstring.count("Chapter: ") == head.count("Chapter: "), "not at the top"
    return re.findall(r"^Chapter: (.+)$", head, re.MULTILINE)


def links_of(chapter: Path) -> dict[str, str]:
    """Return the modules that the box of a chapter links, and where the links lead."""
    box = nbformat.read(chapter, as_version=4).cells[0].source
    lines = re.findall(r"^- \*\*Code\*\* (.*)$", box, re.MULTILINE)
    assert len(lines) == 1, "the box has one line: - **Code** [`nn/flow.py`](...)"
    links = re.findall(r"\[`([^`]+)`\]\(([^)]+)\)", lines[0])
    assert len(links) == len(dict(links)) == lines[0].count("](")
    return dict(links)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_names_its_chapter(module: Path) -> None:
    chapters = chapters_of(module)
    assert chapters, "say at the top: Chapter: chapters/PART/NUMBER-NAME.ipynb"
    known = {path.relative_to(ROOT).as_posix() for path in CHAPTERS}
    planned = [line for line in chapters if re.fullmatch(r"planned, .+ \(Part [IV]+\)", line)]
    assert set(chapters) - known == set(planned)
    assert not planned or len(chapters) == 1, "what has a chapter isn't waiting for one"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_links_the_modules_that_name_it(chapter: Path) -> None:
    own = chapter.relative_to(ROOT).as_posix()
    naming = {name_of(p) for p in sorted(LIBRARY.rglob("*.py")) if own in chapters_of(p)}
    assert naming == set(links_of(chapter))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_the_links_lead_into_the_repository(chapter: Path) -> None:
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    for name, target in links_of(chapter).items():
        assert target == f"{repository['url']}/blob/{repository['branch']}/aigc_edu/{name}"
        assert (LIBRARY / name).is_file()
