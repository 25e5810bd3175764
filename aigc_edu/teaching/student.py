"""Student copies of the chapters: the same notebooks, without solutions and outputs.

Run it from the repository's root::

    python -m aigc_edu.teaching.student --out student
    python -m aigc_edu.teaching.student chapters/01-sound-as-numbers --out student
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat

from aigc_edu.errors import CourseError

# What a student does not get: solutions, and what tells the answer by them.
SOLUTION_TAGS = {"exercise-solution", "exercise-reveal"}
_SIGNATURE = "aigc_edu_copy"  # in the metadata of a copy: what it held when it was written


class StudentCopyError(CourseError):
    """A student copy cannot be made; the text names the file and the reason."""


def without_solutions(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a copy without solutions, what tells the answer by them, and outputs.

    Stubs, checks, metadata and cell ids stay as they are; ``notebook`` is not changed.
    """
    notebook = copy.deepcopy(notebook)
    notebook.cells = [
        cell for cell in notebook.cells if not SOLUTION_TAGS & set(cell.metadata.get("tags", []))
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def make_copies(chapters: Iterable[str | Path], out: str | Path) -> dict[Path, str]:
    """Write student copies of notebooks into a folder; what a student has written stays.

    Parameters
    ----------
    chapters
        Notebooks, or folders in which all notebooks are taken, with their subfolders.
    out
        Folder to write into. A notebook found in a folder keeps its path below that folder.

    Returns
    -------
    dict
        From each file to what became of it: ``"new"``; ``"kept"`` where somebody has worked in it
        and the chapter is the same; ``"kept, the new copy is NAME"`` where the chapter has changed.
        Each file appears whole or not at all.

    Raises
    ------
    StudentCopyError
        If a chapter is missing or unreadable, two chapters would get the same name, or a copy
        would overwrite its original.
    """
    targets: dict[Path, Path] = {}
    for chapter in chapters:
        for original, name in _notebooks(Path(chapter)):
            target = Path(out) / name
            if targets.get(target, original) != original:
                raise StudentCopyError(f"{original} and {targets[target]} both become {target}")
            if target.resolve() == original.resolve():
                raise StudentCopyError(f"{target}: the copy would overwrite the original")
            targets[target] = original
    copies = {t: _signed(without_solutions(read_notebook(path))) for t, path in targets.items()}
    return {target: _put(target, notebook) for target, notebook in copies.items()}


def _signed(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Note in a copy what it holds, to tell later whether somebody has changed it."""
    notebook.metadata[_SIGNATURE] = _digest(notebook)
    return notebook


def _digest(notebook: nbformat.NotebookNode) -> str:
    """Return a hash of all cells' texts; running a notebook does not change it."""
    told = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _put(target: Path, notebook: nbformat.NotebookNode) -> str:
    """Write a copy, unless somebody has worked in the one that is there."""
    if not target.exists():
        _write(target, notebook)
        return "new"
    try:
        there = read_notebook(target)
    except StudentCopyError:  # whatever it is, it is not ours
        there = nbformat.v4.new_notebook()
    of_today = there.metadata.get(_SIGNATURE) == notebook.metadata[_SIGNATURE]
    if not of_today and _digest(there) == there.metadata.get(_SIGNATURE):  # nobody has worked in it
        _write(target, notebook)
        return "new"
    if of_today:
        return "kept"
    beside = target.with_stem(f"{target.stem}-new")
    _put(beside, notebook)  # somebody may have worked in that one, too
    return f"kept, the new copy is {beside.name}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, 2 for an error of the user's."""
    parser = argparse.ArgumentParser(
        prog="python -m aigc_edu.teaching.student",
        description="Make student copies of chapters: no solutions, no outputs.",
    )
    parser.add_argument(
        "chapters",
        nargs="*",
        default=["chapters"],
        help="notebooks, or folders of notebooks (default: chapters)",
    )
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where the copies go")
    options = parser.parse_args(arguments)
    try:
        copies = make_copies(options.chapters, options.out)
    except CourseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path, became in copies.items():
        print(f"{path}: {became}")
    return 0


def _notebooks(path: Path) -> list[tuple[Path, Path]]:
    """Return the notebooks at ``path``, each with the name of its copy below the out folder."""
    if path.is_file():
        return [(path, Path(path.name))]
    if not path.is_dir():
        raise StudentCopyError(f"{path}: there is no such notebook or folder")
    found = sorted(p for p in path.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    if not found:
        raise StudentCopyError(f"{path}: there are no notebooks in this folder")
    return [(p, p.relative_to(path)) for p in found]


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook.

    Raises
    ------
    StudentCopyError
        If it cannot be read; the text names the file and the reason.
    """
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        raise StudentCopyError(f"{path}: not a readable notebook ({reason})") from error


def _write(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Write a notebook beside its place, then move it there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError as error:
        raise StudentCopyError(f"{path}: cannot be written ({error})") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            nbformat.write(notebook, file)
        os.chmod(name, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(name, path)
    except OSError as error:
        raise StudentCopyError(f"{path}: cannot be written ({error})") from error
    finally:
        Path(name).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
