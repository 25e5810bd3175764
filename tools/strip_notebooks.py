"""Strip notebooks of their outputs, except of cells that are tagged nbval-check-output.

Run ``python tools/strip_notebooks.py chapters/*/*.ipynb``; a pre-commit hook does it too. The exit
status is 1 if a file was changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

KEPT_METADATA = ("kernelspec", "language_info", "aigc_edu")


def strip(path: Path) -> bool:
    """Strip one notebook in place; return whether that changed it."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of day that JupyterLab may write
        if cell.cell_type == "code" and "nbval-check-output" not in cell.metadata.get("tags", []):
            cell.outputs, cell.execution_count = [], None
    for key in set(notebook.metadata) - set(KEPT_METADATA):
        del notebook.metadata[key]
    after = nbformat.writes(notebook).rstrip("\n") + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


def main() -> int:
    """Strip the notebooks that are named on the command line."""
    changed = [name for name in sys.argv[1:] if strip(Path(name))]
    for name in changed:
        print(f"stripped {name}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
