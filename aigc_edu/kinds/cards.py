"""A checkpoint's card: text by hand, and between two marks what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu.audio import read
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
    command = f"`python -m aigc_edu checkpoints make {recipe.name}`"
    link = f"[its recipe]({RECIPES}{recipe.name}.toml)"
    weights, run = f"{told['weights']:,} weights.", told.get("training")
    if not run:
        return f"{weights} They are older than {link}; {command} makes new ones by it."
    return (
        f"{weights} Made by {command}, which follows {link}. Step {run['step']:,} of "
        f"{run['steps']:,}, on the device `{run['device']}`; {run['made']} UTC, by the code "
        f"`{run['code']}`."
    )


def table_text(table: dict[str, Any]) -> str:
    """Return a table in Markdown, its caption above it."""
    columns = table["columns"]
    rows = [columns, ["---"] * len(columns), *table["rows"]]
    lines = "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
    return f"{table['caption']}\n\n{lines}" if table["caption"] else lines


def _curve(told: dict[str, Any], recipe: Recipe, files: Sequence[str]) -> str:
    """Return the picture of the loss on held-out clips, with what it shows in words."""
    name, points = f"{recipe.name}.svg", told.get("training", {}).get("validation")
    if name not in files or not points:
        return ""
    step, best = min(points, key=lambda point: point[1])
    anchors = ", ".join(f"{k} {v:.2f}" for k, v in told["anchors"].items())
    text = (
        f"The loss on held-out clips: {points[0][1]:.2f} after {points[0][0]:,} steps, and at best "
        f"{best:.2f} after {step:,}"
    ) + (f"; to compare with: {anchors}" if anchors else "")
    return f"![{text}]({name})\n\n{text}."


def _heard(recipe: Recipe, files: Sequence[str]) -> str:
    """Return players of what was heard early, later and at the end, as a list."""
    there = [p for p in HEARD_AT if f"{recipe.name}-{p:03d}.wav" in files]
    if not there:
        return ""
    rows = [_player(recipe, percent) for percent in there]
    said = recipe.score.get("sound", "")
    lines = "\n".join(rows)
    return f"The same seed after a part of the training{said}:\n\n<dl>\n{lines}\n</dl>"


def _player(recipe: Recipe, percent: int) -> str:
    faint = _faint(recipe, percent)
    return (
        f'<dt>after about {percent} %{faint}</dt><dd><audio controls preload="none" '
        f'aria-label="{recipe.name} after about {percent} % of its training{faint}" '
        f'src="{SOUNDS}{recipe.name}-{percent:03d}.wav"></audio></dd>'
    )


def _faint(recipe: Recipe, percent: int) -> str:
    """Return what is to be said of a shipped sound that hardly anybody would hear."""
    from aigc_edu.teaching.players import FAINTEST  # slow to import: only where there are sounds

    path = recipes_dir() / "sounds" / f"{recipe.name}-{percent:03d}.wav"
    faint = path.is_file() and float(np.abs(read(path)[0]).max(initial=0)) < FAINTEST
    return ", nearly silent" if faint else ""


def updated(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return old measurements with new ones in their places.

    What was not measured this time stays: anchors, and rows of tables, each where it stood.
    """
    tables = []
    for table in new["tables"]:
        before = next(
            (t for t in old.get("tables", []) if t["columns"] == table["columns"]), {"rows": []}
        )
        now = {row[0]: row for row in table["rows"]}
        kept = [now.pop(row[0], row) for row in before["rows"]]
        tables.append({**table, "rows": [*kept, *now.values()]})
    anchors = {**old.get("anchors", {}), **new["anchors"]}
    return {**old, **new, "tables": tables, "anchors": anchors}


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
        for style, (name, value) in zip(cycle(("--", ":", "-.")), told["anchors"].items()):
            ax.axhline(value, color="#444444", linestyle=style, label=f"{name}: {value:.2f}")
        ax.set(xlabel="steps", ylabel=told.get("unit", "loss"))
        ax.legend(fontsize="small")
        part = path.with_name(path.name + ".part")
        figure.savefig(part, format="svg", metadata={"Date": None})
        part.replace(path)
    return True


def listing() -> list[str]:
    """Return a line for each checkpoint that a recipe makes.

    It says when it was made, by which state of the code, what it scores, and whether its recipe has
    changed since.
    """
    lines = []
    for name in recipe_names():
        told = read_measurements(name)
        run = told.get("training", {})
        made = f"made {run['made']}, code {run['code']}" if run else "older than its recipe"
        scores = ", ".join(f"{key} {value:.4g}" for key, value in told.get("scores", {}).items())
        lines.append(f"{name}: {made}; {scores or 'not measured'}{_news(name, run)}")
    return lines


def _news(name: str, run: dict[str, Any]) -> str:
    """Return what has changed since a checkpoint was made."""
    recipe = read_recipe(name)
    if not run:
        return ""
    if not run["ended"]:
        return f"; unfinished, step {run['step']:,} of {run['steps']:,}"
    if run["recipe"] != recipe.fingerprint:
        return "; ITS RECIPE HAS CHANGED SINCE"
    return "; its use or scores have changed since" if run["use"] != recipe.use_fingerprint else ""


def changed(name: str) -> bool:
    """Return whether a checkpoint is unfinished, or made by another recipe than today's."""
    run = read_measurements(name).get("training")
    return not run or not run["ended"] or run["recipe"] != read_recipe(name).fingerprint


def files_beside(name: str, folder: Path) -> list[str]:
    """Return the names of a checkpoint's pictures and sounds in a folder."""
    pattern = re.compile(rf"{re.escape(name)}(-\d{{3}})?\.(svg|wav)")
    there = [*folder.glob("*.svg"), *folder.glob("*.wav"), *(folder / "sounds").glob("*.wav")]
    return sorted(path.name for path in there if pattern.fullmatch(path.name))
