"""A checkpoint's card: text by hand, and between two marks what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aigc_edu.errors import CourseError
from aigc_edu.kinds.recipes import Recipe, read_recipe, recipe_names, recipes_dir

BEGIN = "<!-- measured: what stands from here on is written by `checkpoints make` -->"
END = "<!-- measured: up to here -->"
SOUNDS = "../_static/"  # where the book's pages find the files of data/checkpoints/sounds
RECIPES = "https://github.com/aigc-edu/audio-course/blob/main/data/checkpoints/"
HEARD_AT = (1, 10, 100)  # per cent of the training


class CardError(CourseError):
    """A card has no place for what was measured, or there is nothing measured."""


def read_measurements(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Return what is known of a checkpoint's making and scores; empty if nothing is."""
    path = (folder or recipes_dir()) / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CardError(f"{path}: cannot be read ({error})") from error


def with_measurements(card: str, told: dict[str, Any], recipe: Recipe, files: Sequence[str]) -> str:
    """Return a card with what was measured between its marks.

    Parameters
    ----------
    card
        The card's text.
    told
        The measurements, as their file holds them.
    recipe
        What the checkpoint is made by.
    files
        Names of the pictures and sounds that lie beside it.

    Raises
    ------
    CardError
        If the card has no marks.
    """
    check_marks(card, recipe.name)
    before, after = card[: card.index(BEGIN)], card[card.index(END) :]
    parts = [_making(told, recipe), *map(table_text, told["tables"]), _curve(told, recipe, files)]
    measured = "\n\n".join(part for part in (*parts, _heard(recipe, files)) if part)
    return f"{before}{BEGIN}\n\n{measured}\n\n{after}"


def check_marks(card: str, name: str) -> None:
    """Raise CardError if a card has no place for what is measured."""
    if card.count(BEGIN) != 1 or card.count(END) != 1 or card.index(BEGIN) > card.index(END):
        raise CardError(f"the card of {name} needs one line {BEGIN!r} and then one {END!r}")


def _making(told: dict[str, Any], recipe: Recipe) -> str:
    """Return the command, and when and by what it was run."""
    lines = [
        f"{told['weights']:,} weights. Made by `python -m aigc_edu checkpoints make "
        f"{recipe.name}`, which follows [its recipe]({RECIPES}{recipe.name}.toml)."
    ]
    run = told.get("training")
    if run:
        lines += [
            f" Step {run['step']:,} of {run['steps']:,}, on the device `{run['device']}`;"
            f" {run['made']} UTC, by the code `{run['code']}`."
        ]
    return "".join(lines)


def table_text(table: dict[str, Any]) -> str:
    """Return a table in Markdown, its caption above it."""
    columns = table["columns"]
    rows = [columns, ["---"] * len(columns), *table["rows"]]
    lines = "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
    return f"{table['caption']}\n\n{lines}" if table["caption"] else lines


def _curve(told: dict[str, Any], recipe: Recipe, files: Sequence[str]) -> str:
    name = f"{recipe.name}.svg"
    if name not in files:
        return ""
    points = told["training"]["validation"]
    anchors = ", ".join(f"{k} {v:.2f}" for k, v in told["anchors"].items())
    text = (
        f"The loss on held-out clips falls from {points[0][1]:.2f} after {points[0][0]:,} steps to "
        f"{points[-1][1]:.2f} after {points[-1][0]:,}; to compare with: {anchors}"
    )
    return f"![{text}]({name})\n\n{text}."


def _heard(recipe: Recipe, files: Sequence[str]) -> str:
    """Return players of what was heard early, later and at the end, as a list."""
    there = [p for p in HEARD_AT if f"{recipe.name}-{p:03d}.wav" in files]
    if not there:
        return ""
    rows = [
        f'<dt>after {percent} %</dt><dd><audio controls preload="none" '
        f'src="{SOUNDS}{recipe.name}-{percent:03d}.wav"></audio></dd>'
        for percent in there
    ]
    said = recipe.score.get("sound", "")
    return (
        f"The same seed after a part of the training{said}. After 1 % there is noise:\n\n"
        + "<dl>\n"
        + "\n".join(rows)
        + "\n</dl>"
    )


def draw_curve(told: dict[str, Any], path: Path) -> bool:
    """Draw the validation over the steps with its anchors; False if there is no validation."""
    points = told.get("training", {}).get("validation") or []
    if len(points) < 2:
        return False
    import matplotlib  # slow to import: only where a curve is drawn
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "curve", "svg.fonttype": "path"}):
        figure = Figure(figsize=(6, 3), layout="constrained")
        ax = figure.add_subplot()
        ax.plot(*zip(*points, strict=True), color="#1f5fa8", label="held-out clips")
        for style, (name, value) in zip(("--", ":", "-."), told["anchors"].items(), strict=False):
            ax.axhline(value, color="#444444", linestyle=style, label=f"{name}: {value:.2f}")
        ax.set(xlabel="steps", ylabel="bits a sample")
        ax.legend(fontsize="small")
        part = path.with_suffix(".part")
        figure.savefig(part, format="svg", metadata={"Date": None})
        part.replace(path)
    return True


def main_score(told: dict[str, Any]) -> str:
    """Return the first of a checkpoint's scores, as a text."""
    for name, value in told.get("scores", {}).items():
        return f"{name} {value:.4g}"
    return "not measured"


def listing() -> list[str]:
    """Return a line for each checkpoint that a recipe makes.

    It says when it was made, by which state of the code, what it scores first, and whether its
    recipe has changed since.
    """
    lines = []
    for name in recipe_names():
        told = read_measurements(name)
        run = told.get("training", {})
        made = f"made {run['made']}, code {run['code']}" if run else "not made by its recipe yet"
        news = "; ITS RECIPE HAS CHANGED SINCE" if run and changed(name) else ""
        lines.append(f"{name}: {made}; {main_score(told)}{news}")
    return lines


def changed(name: str) -> bool:
    """Return whether a checkpoint's recipe is another one than it was made by, or it wasn't."""
    run = read_measurements(name).get("training", {})
    whole = run.get("step", 0) >= run.get("steps", 1)
    return not whole or run.get("recipe") != read_recipe(name).fingerprint


def files_beside(name: str, folder: Path) -> list[str]:
    """Return the names of a checkpoint's pictures and sounds in a folder."""
    pattern = re.compile(rf"{re.escape(name)}(-\d{{3}})?\.(svg|wav)")
    there = [*folder.glob("*.svg"), *folder.glob("*.wav"), *(folder / "sounds").glob("*.wav")]
    return sorted(path.name for path in there if pattern.fullmatch(path.name))
