"""Making a checkpoint by its recipe: train or resume, export, score."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_edu.checkpoints import Trained, save_checkpoint
from aigc_edu.corpora import Split
from aigc_edu.errors import CourseError
from aigc_edu.kinds.base import Kind, Measured
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.options import add_training
from aigc_edu.kinds.provenance import code_state, now
from aigc_edu.kinds.recipes import Recipe, arguments_of
from aigc_edu.kinds.running import begin_with, export, prepare, trained
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
    step, steps
        Updates that were made, and that the recipe asks for.
    history
        Step and validation of all stages, the steps counted through.
    """

    recipe: Recipe
    folder: Path
    trained: Trained | None
    split: Split
    step: int
    steps: int
    history: list[tuple[int, float]]

    @property
    def whole(self) -> bool:
        """Whether the training has come to its end."""
        return self.step >= self.steps


def make(
    recipe: Recipe, out: Path, device: str = "auto", minutes: float = math.inf, threads: int = 0
) -> Made:
    """Train what a recipe tells, or go on with it, for so many minutes at most; then export it.

    Everything lies in the folder ``out / NAME``. A later call goes on where this one ended.

    Raises
    ------
    CourseError
        If the recipe asks for what its kind does not know, or the data are not there.
    """
    kind, folder = find_kind(recipe.kind), out / recipe.name
    machine = ["--device", device, *(["--threads", str(threads)] if threads else [])]
    end = time.monotonic() + 60 * minutes
    steps, history, before, trainer, split = 0, [], None, None, None
    for number, stage in enumerate(recipe.stages, start=1):
        options = stage_options(kind, stage, folder / f"stage-{number}", machine)
        trainer, split = _prepared(kind, options, before)
        _train_with_marks(trainer, recipe, folder, steps, end)
        history += [(steps + step, value) for step, value in trainer.validation]
        steps += trainer.step
        if trainer.step < trainer.settings.steps and not trainer.exhausted:
            break  # the time is up
        before = export(trainer, options.out / "model.safetensors")
    model = trained(trainer) if trainer.step else None
    return Made(
        recipe=recipe,
        folder=folder,
        trained=model,
        split=split,
        step=steps,
        steps=recipe.steps,
        history=history,
    )


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
    trainer, split = prepare(kind, options, processes_for(options))
    if before is not None:
        begin_with(kind, trainer, str(before))
    trainer.resume()
    return trainer, split


def processes_for(options: argparse.Namespace) -> Processes:
    """Return the one process that makes checkpoints, on the device that the options name."""
    import torch

    from aigc_edu.seeds import pick_device

    if options.threads:
        torch.set_num_threads(options.threads)
    return Processes(pick_device(options.device))


def _train_with_marks(
    trainer: Trainer, recipe: Recipe, folder: Path, before: int, end: float
) -> None:
    """Train a stage up to its end or to the end of the time; keep the weights at the marks."""
    for percent in (*MARKS, 100):
        mark = math.ceil(recipe.steps * percent / 100) - before  # in this stage's own steps
        if mark <= trainer.step and percent < 100:
            continue
        until = min(mark, trainer.settings.steps)
        trainer.run(until, end=end)
        if trainer.step == mark and percent < 100:
            export(trainer, folder / f"at-{percent:03d}.safetensors", recipe.use)


def finish(made: Made, anchors: dict[str, Trained] | None = None) -> Path:
    """Write the checkpoint, and beside it what it scores; return the checkpoint's path.

    Raises
    ------
    CourseError
        If there was no time for a single step.
    """
    if made.trained is None:
        raise CourseError(f"{made.recipe.name}: there was no time for a single step")
    model, description = made.trained
    description = {**description, **made.recipe.use}
    weights = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    path = save_checkpoint(made.folder / f"{made.recipe.name}.safetensors", weights, description)
    told = measure(made.recipe, Trained(model, description), made.split, anchors)
    told["training"] = {
        "made": now(),
        "code": code_state(),
        "recipe": made.recipe.fingerprint,
        "step": made.step,
        "steps": made.steps,
        "device": str(next(model.parameters()).device),
        "validation": made.history,
    }
    write_json(made.folder / f"{made.recipe.name}.json", told)
    return path


def measure(
    recipe: Recipe, model: Trained, split: Split, anchors: dict[str, Trained] | None = None
) -> dict[str, Any]:
    """Return what a checkpoint scores, as its file of measurements holds it."""
    kind = find_kind(recipe.kind)
    measured = Measured(kind.scores(model, split))
    if kind.measure is not None:
        measured = kind.measure(model, split, recipe.score, anchors or {})
    return {
        "weights": sum(p.numel() for p in model.model.parameters()),
        "scores": measured.scores,
        "tables": [table._asdict() for table in measured.tables],
        "anchors": measured.anchors,
        "says": measured.says,
        "measured": now(),
        "measured_by": code_state(),
    }


def make_anchors(
    recipe: Recipe, out: Path, device: str = "auto", minutes: float = math.inf
) -> dict[str, Trained]:
    """Train the small networks that a checkpoint is compared with, or load those that are there."""
    kind, found = find_kind(recipe.kind), {}
    for name, stage in recipe.anchors.items():
        options = stage_options(
            kind, stage, out / recipe.name / f"anchor-{name}", ["--device", device]
        )
        trainer, _ = _prepared(kind, options, None)
        trainer.run(end=time.monotonic() + 60 * minutes)
        found[name] = trained(trainer)
    return found


def write_json(path: Path, told: dict[str, Any]) -> None:
    """Write a table as JSON; the file appears whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
