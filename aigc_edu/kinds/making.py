"""Making a checkpoint by its recipe: train or resume, export, score."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from aigc_edu.checkpoints import Trained, save_checkpoint
from aigc_edu.corpora import Split
from aigc_edu.errors import CourseError
from aigc_edu.kinds.base import Kind, Measured, Table
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.options import add_training
from aigc_edu.kinds.provenance import code_state, now
from aigc_edu.kinds.recipes import Recipe, RecipeError, arguments_of
from aigc_edu.kinds.running import begin_with, export, prepare, trained
from aigc_edu.seeds import pick_device
from aigc_edu.training.engine import Processes
from aigc_edu.training.trainer import Trainer

MARKS = (1, 10)  # per cent of the training at which a copy of the weights is kept


@dataclass(frozen=True, kw_only=True)
class Made:
    """What making a checkpoint has led to.

    Attributes
    ----------
    recipe
        What it was made by.
    folder
        Where everything lies: the checkpoint, its measurements, sounds, and the runs.
    trained
        The model, or None if there was no time for a single step.
    split
        The corpus's parts.
    step
        Updates that were made.
    ended
        Whether the training has come to its end.
    history
        Step and validation of all stages, the steps counted through.
    """

    recipe: Recipe
    folder: Path
    trained: Trained | None
    split: Split
    step: int
    ended: bool
    history: list[tuple[int, float]]

    @property
    def file(self) -> Path:
        """Where the checkpoint is written to."""
        return self.folder / f"{self.recipe.name}.safetensors"


def check(recipe: Recipe) -> None:
    """Find out before the work what a recipe asks for that its kind does not know.

    Raises
    ------
    CourseError
        That says what is wrong, and with which stage.
    """
    kind = find_kind(recipe.kind)
    for stage in (*recipe.stages, *recipe.anchors.values()):
        stage_options(kind, stage, Path("nowhere"))


def make(
    recipe: Recipe, out: Path, device: str = "auto", minutes: float = math.inf, threads: int = 0
) -> Made:
    """Train what a recipe tells, or go on with it, for so many minutes at most.

    Everything lies in the folder ``out / NAME``. A later call goes on where this one ended.

    Raises
    ------
    CourseError
        If the recipe asks for what its kind does not know, the data are not there, or the folder
        holds what another recipe has begun.
    """
    kind, folder = find_kind(recipe.kind), out / recipe.name
    check(recipe)
    _begin(recipe, folder)
    machine = ["--device", device, *(["--threads", str(threads)] if threads else [])]
    end = time.monotonic() + 60 * minutes
    steps, history, before, ended = 0, [], None, True
    for number, stage in enumerate(recipe.stages, start=1):
        options = stage_options(kind, stage, folder / f"stage-{number}", machine)
        trainer, split = _prepared(kind, options, before)
        began = trainer.step
        _train_with_marks(trainer, recipe, folder, steps, end)
        _note(folder, steps + began, steps + trainer.step)
        history += [(steps + step, value) for step, value in trainer.validation]
        steps += trainer.step
        if trainer.step < trainer.settings.steps and not trainer.exhausted:
            ended = False  # the time is up
            break
        before = export(trainer, options.out / "model.safetensors")
    model = trained(trainer) if steps else None
    found = {"trained": model, "split": split, "step": steps, "ended": ended, "history": history}
    return Made(recipe=recipe, folder=folder, **found)


def _begin(recipe: Recipe, folder: Path) -> None:
    """Let a folder belong to a recipe; complain if it belongs to another."""
    path, mine = folder / "recipe.json", {"kind": recipe.kind, "stages": list(recipe.stages)}
    mine["anchors"] = recipe.anchors
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != mine:
        raise RecipeError(
            f"{folder} was begun by another recipe than {recipe.name}'s of today; move it away, or "
            "name another folder with --out"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, mine)


def _note(folder: Path, first: int, last: int) -> None:
    """Note when and by which state of the code steps were made, if there were any."""
    if last > first:
        notes = made_by(folder)
        write_json(folder / "made.json", [*notes, [now(), code_state(), first, last]])


def made_by(folder: Path) -> list[list[Any]]:
    """Return the date, the state of the code, and the first and last step of each call."""
    path = folder / "made.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def stage_options(
    kind: Kind, stage: dict[str, Any], folder: Path, machine: Sequence[str] = ()
) -> argparse.Namespace:
    """Read a stage's options as ``train`` would; CourseError for what the kind does not know."""
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    add_training(parser, kind)
    line = [*arguments_of(stage), *machine, "--out", str(folder)]
    try:
        options, unknown = parser.parse_known_args(line)
    except argparse.ArgumentError as error:
        raise CourseError(f"the recipe of a {kind.name}: {error}") from error
    if unknown:
        raise CourseError(f"the recipe of a {kind.name}: unknown options {' '.join(unknown)}")
    return options


def _prepared(
    kind: Kind, options: argparse.Namespace, before: Path | None
) -> tuple[Trainer, Split]:
    """Prepare a stage's trainer, with the weights of the stage before or of this one so far."""
    if options.threads:
        torch.set_num_threads(options.threads)
    trainer, split = prepare(kind, options, Processes(pick_device(options.device)))
    if before is not None:
        begin_with(kind, trainer, str(before))
    trainer.resume()
    return trainer, split


def _train_with_marks(
    trainer: Trainer, recipe: Recipe, folder: Path, before: int, end: float
) -> None:
    """Train a stage up to its end or to the end of the time; keep the weights at the marks."""
    for percent in (*MARKS, 100):
        mark = math.ceil(recipe.steps * percent / 100) - before  # in this stage's own steps
        if percent < 100 and (mark <= 0 or mark < trainer.step):
            continue
        trainer.run(min(mark, trainer.settings.steps), end=end)
        if trainer.step == mark and percent < 100:
            export(trainer, folder / f"at-{percent:03d}.safetensors", recipe.use)


def write_weights(made: Made) -> Trained:
    """Write the checkpoint, and drop the scores of the one before; return it as it was written.

    Raises
    ------
    CourseError
        If there was no time for a single step.
    """
    if made.trained is None:
        raise CourseError(f"{made.recipe.name}: there was no time for a single step")
    model, description = made.trained
    kind, device = find_kind(made.recipe.kind), str(next(model.parameters()).device)
    description = {**description, **kind.tells(made.trained, made.split), **made.recipe.use}
    weights = {f"model.{k}": v for k, v in kind.ships(model.state_dict()).items()}
    made.file.with_suffix(".json").unlink(missing_ok=True)
    save_checkpoint(made.file, weights, description)
    return kind.load(made.file, device)  # what was rounded or left out is so in the scores, too


def finish(made: Made, model: Trained, anchors: dict[str, Trained] | None = None) -> dict[str, Any]:
    """Measure a checkpoint that was written, and write beside it what it scores; return that."""
    told = measure(made.recipe, model, made.split, anchors)
    notes = made_by(made.folder) or [[now(), code_state(), 0, made.step]]
    told["training"] = {
        "made": notes[-1][0],
        "code": notes[-1][1],
        "recipe": made.recipe.fingerprint,
        "use": made.recipe.use_fingerprint,
        "step": made.step,
        "steps": made.recipe.steps,
        "ended": made.ended,
        "device": str(next(model.model.parameters()).device.type),
        "validation": made.history,
        "file": file_hash(made.file),
    }
    write_json(made.file.with_suffix(".json"), told)
    return told


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, by which scores know the weights that they are of."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def measure(
    recipe: Recipe, model: Trained, split: Split, anchors: dict[str, Trained] | None = None
) -> dict[str, Any]:
    """Return what a checkpoint scores, as its file of measurements holds it."""
    kind = find_kind(recipe.kind)
    if kind.measure is None:
        scores = kind.scores(model, split)
        rows = [[name.replace("_", " "), f"{value:.4g}"] for name, value in scores.items()]
        measured = Measured(scores, [Table("", ["", "measured"], rows)])
    else:
        measured = kind.measure(model, split, recipe.score, anchors or {})
    return {
        "weights": sum(p.numel() for p in model.model.parameters()),
        "scores": measured.scores,
        "tables": [table._asdict() for table in measured.tables],
        "anchors": measured.anchors,
        "says": measured.says,
        "unit": measured.unit,
        "measured": now(),
        "measured_by": code_state(),
    }


def make_anchors(
    recipe: Recipe, out: Path, device: str = "auto", minutes: float = math.inf
) -> dict[str, Trained]:
    """Train the small networks that a checkpoint is compared with, or load those that are there."""
    kind, found = find_kind(recipe.kind), {}
    for name, stage in recipe.anchors.items():
        folder = out / recipe.name / f"anchor-{name}"
        trainer, _ = _prepared(kind, stage_options(kind, stage, folder, ["--device", device]), None)
        trainer.run(end=time.monotonic() + 60 * minutes)
        if trainer.step == trainer.settings.steps:
            found[name] = trained(trainer)
    return found


def write_json(path: Path, told: Any) -> None:
    """Write a table as JSON; the file appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
