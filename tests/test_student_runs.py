"""A student's copy runs to its end before anything is solved.

Nothing that stands open in a chapter may use what an exercise's cells define: in the copy there is
the stub in its place. This is read from the code; ``AIGC_EDU_RUN_COPIES=1`` executes all copies.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import CHAPTERS

from aigc_edu.teaching.student import without_solutions

EXERCISE = {"exercise-stub", "exercise-check", "exercise-solution", "exercise-reveal"}
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def code(cell: Any) -> ast.Module:
    """Return a cell's code; a line of the notebook's own commands becomes one that does nothing."""
    return ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", cell.source, flags=re.MULTILINE))


def assigned(tree: ast.AST) -> set[str]:
    """Return all names that a cell binds, within its functions, too."""
    return {name for node in ast.walk(tree) for name in bound(node)}


def defined(tree: ast.Module) -> set[str]:
    """Return the names that are there when a cell has been run: not those within functions."""
    todo: list[ast.AST] = list(tree.body)
    found: set[str] = set()
    while todo:
        node = todo.pop()
        found |= bound(node)
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp)):
            todo += ast.iter_child_nodes(node)
    return found


def bound(node: ast.AST) -> set[str]:
    """Return the names that one node of a syntax tree binds."""
    if isinstance(node, ast.Name):
        return set() if _loads(node) else {node.id}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.arg):
        return {node.arg}
    name = getattr(node, "name", None)
    return {name} if isinstance(name, str) and not isinstance(node, ast.alias) else set()


def _loads(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def used(tree: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _loads(n)}


def leaks(notebook: Any) -> Iterator[tuple[str, str]]:
    """Yield cell and name wherever open code uses what only an exercise's cells define."""
    known = set(dir(builtins)) | {"display", "get_ipython"}
    theirs = {name for cell in notebook.cells if _of_exercise(cell) for name in defined(code(cell))}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tree = code(cell)
        if _of_exercise(cell):
            known -= defined(tree)  # from here on the name is the reader's
            continue
        for name in sorted((used(tree) - assigned(tree) - known) & theirs):
            yield cell.id, name
        known |= assigned(tree)


def _of_exercise(cell: Any) -> bool:
    return cell.cell_type == "code" and bool(set(cell.metadata.get("tags", [])) & EXERCISE)


@each_chapter
def test_open_code_uses_nothing_of_the_exercises(path: Path) -> None:
    found = list(leaks(nbformat.read(path, as_version=4)))
    assert not found, f"these names are the student's own in a copy: {found}"


def test_a_leak_is_found() -> None:
    new = nbformat.v4.new_code_cell
    stub = new("def mine(): ...", metadata={"tags": ["exercise-stub"]})
    cells = [new("import numpy as np"), stub, new("np.abs(mine())")]
    assert [name for _, name in leaks(nbformat.v4.new_notebook(cells=cells))] == ["mine"]
    cells = [new("def mine(): return 1"), stub, new("mine()")]  # the stub takes its place
    assert [name for _, name in leaks(nbformat.v4.new_notebook(cells=cells))] == ["mine"]


@pytest.mark.skipif(not os.environ.get("AIGC_EDU_RUN_COPIES"), reason="takes some minutes")
@each_chapter
def test_an_unsolved_copy_runs_to_its_end(path: Path, tmp_path: Path) -> None:
    from nbclient import NotebookClient

    copy = without_solutions(nbformat.read(path, as_version=4))
    NotebookClient(copy, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
