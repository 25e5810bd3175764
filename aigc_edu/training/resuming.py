"""What a stopped run needs to go on: all of it goes into ``last.safetensors`` and comes back.

``history.jsonl`` beside it is for reading and plotting; nothing is read back from it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from aigc_edu.checkpoints import CheckpointError, without_prefix
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.updates import Update

_AS_EVER = {"clock": "time"}  # what settings that came later were before they came


class Resumable(Protocol):
    """What of a :class:`aigc_edu.training.trainer.Trainer` is saved and put back."""

    update: Update
    processes: Processes
    settings: TrainingSettings
    device: torch.device
    description: dict[str, Any]
    step: int
    figures: dict[str, list[float]]
    validation: list[tuple[int, float]]
    average: dict[str, Tensor]
    best_weights: dict[str, Tensor]


def state_of(trainer: Resumable, randoms: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return all that a trainer's next steps depend on, by name.

    ``randoms`` are the states of the processes' random generators, by rank.
    """
    tensors = trainer.update.tensors()
    tensors |= {f"average.{k}": v for k, v in trainer.average.items()}
    tensors |= {f"best.{k}": v for k, v in trainer.best_weights.items()}
    tensors |= {f"random.{i}" if i else "random": part for i, part in enumerate(randoms)}
    for name, values in trainer.figures.items():
        key = "losses" if name == "loss" else f"figure.{name}"
        tensors[key] = torch.tensor(values, dtype=torch.float64)
    if trainer.validation:
        tensors["validation"] = torch.tensor(trainer.validation, dtype=torch.float64)  # (n, 2)
    return tensors


def restore(trainer: Resumable, tensors: dict[str, Tensor], step: int) -> None:
    """Put back what :func:`state_of` returned; what an older run did not have stays empty."""
    trainer.update.restore(tensors)
    rank = trainer.processes.rank
    own = "random" if rank == 0 else f"random.{rank}"
    if own in tensors:  # not so if the run had fewer processes until now
        torch.set_rng_state(tensors[own])
    trainer.average = _moved(without_prefix("average.", tensors), trainer.device)
    trainer.best_weights = _moved(without_prefix("best.", tensors), trainer.device)
    values = tensors["validation"].tolist() if "validation" in tensors else []
    trainer.validation = [(int(number), value) for number, value in values]
    figures = {name: x.tolist() for name, x in without_prefix("figure.", tensors).items()}
    trainer.figures, trainer.step = {"loss": tensors["losses"].tolist(), **figures}, step


def check_same_run(trainer: Resumable, path: Path, state: dict[str, Any]) -> None:
    """Raise CheckpointError if a checkpoint's description is another run's than the trainer's."""
    mine = json.loads(json.dumps(trainer.description))  # tuples become lists, as in the file
    mine.setdefault("init", None)  # a run that began with other weights says so there
    mine |= {"learning_rate": trainer.settings.learning_rate, "ema": trainer.settings.ema}
    settings = state.get("settings")
    if settings is None:
        raise CheckpointError(f"{path} holds weights alone, from which no run can be resumed")
    for key in ("bfloat16", "clip"):
        mine[key] = getattr(trainer.settings, key)
    before = {
        **settings,
        **state,
        "learning_rate": settings["learning_rate"],
        "ema": settings.get("ema", 0.0),
    }
    for key, value in mine.items():
        if key not in before and not value:
            continue  # a switch that an older run did not know, and it is off
        if _of_that_time(value, before.get(key)) != before.get(key):
            raise CheckpointError(
                f"{path} was made with {key} = {before.get(key)!r}, not {value!r}; "
                "resume with the same arguments or choose another folder"
            )


def _of_that_time(mine: Any, before: Any) -> Any:
    """Leave out of a table what the saved one lacks, if it is switched off here or as ever.

    So a run of an older version, which did not know these settings, can go on.
    """
    if not (isinstance(mine, dict) and isinstance(before, dict)):
        return mine
    return {
        key: value
        for key, value in mine.items()
        if key in before or (value and _AS_EVER.get(key) != value)
    }


def write_history(trainer: Resumable, folder: Path) -> None:
    """Write ``history.jsonl``: a line a step with its figures, and the validation if any."""
    lines: list[dict[str, float]] = [{"step": i + 1} for i in range(trainer.step)]
    for name, values in trainer.figures.items():
        for line, value in zip(lines, values, strict=False):  # a rare one may end earlier
            if value == value:  # and has gaps
                line[name] = value
    for step, value in trainer.validation:
        lines[step - 1]["validation"] = value
    part = folder / "history.jsonl.part"
    part.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    part.replace(folder / "history.jsonl")


def _moved(tensors: dict[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    return {name: tensor.to(device) for name, tensor in tensors.items()}
