"""What was executed is kept, until something that its outputs depend on changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import notebook_cache
import pytest


@pytest.fixture
def course(tmp_path: Path, monkeypatch: Any) -> Path:
    """A course with one file of each kind that outputs depend on."""
    for name in (*notebook_cache.PINS, "aigc_edu/dsp/sampling.py", "data/digits/index.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("first", encoding="utf-8")
    monkeypatch.setattr(notebook_cache, "ROOT", tmp_path)
    for name in notebook_cache.VARIABLES:
        monkeypatch.setenv(name, "")
    return tmp_path


def executed(course: Path) -> Path:
    """A cache in which one notebook's outputs lie."""
    cache = course / "cache"
    notebook_cache.refresh(cache)
    (cache / "notebook").write_text("outputs", encoding="utf-8")
    return cache


def test_outputs_are_kept_while_nothing_changes(course: Path) -> None:
    cache = executed(course)
    notebook_cache.refresh(cache)
    assert (cache / "notebook").is_file()


@pytest.mark.parametrize(
    "name", ["aigc_edu/dsp/sampling.py", "data/digits/index.json", "constraints.txt"]
)
def test_a_change_in_library_data_or_pins_drops_them(course: Path, name: str) -> None:
    cache = executed(course)
    (course / name).write_text("second", encoding="utf-8")
    notebook_cache.refresh(cache)
    assert not (cache / "notebook").exists()


def test_a_new_file_and_another_corpus_drop_them(course: Path, monkeypatch: Any) -> None:
    cache = executed(course)
    (course / "aigc_edu" / "new.py").write_text("", encoding="utf-8")
    notebook_cache.refresh(cache)
    assert not (cache / "notebook").exists()
    cache = executed(course)
    monkeypatch.setenv("AIGC_EDU_CORPUS", "fsdd")
    notebook_cache.refresh(cache)
    assert not (cache / "notebook").exists()


def test_a_relative_data_folder_becomes_absolute(course: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(course)
    monkeypatch.setenv("AIGC_EDU_DATA", os.path.join("..", "shared", "datasets"))
    notebook_cache.refresh(course / "cache")
    assert Path(os.environ["AIGC_EDU_DATA"]) == course.parent / "shared" / "datasets"
