"""What a stopped run needs to go on: all of it goes into ``last.safetensors`` and comes back.

``history.jsonl`` beside it is for reading and plotting; nothing is read back from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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


def random_states(device: torch.device) -> dict[str, Tensor]:
    """Return the states of the generators that steps draw from, by name, as bytes.

    They are the CPU's, ``random``, and on a GPU also its own, ``random.cuda``: dropout and noise
    are drawn where the network is.
    """
    states = {"random": torch.get_rng_state()}
    if device.type == "cuda":
        states["random.cuda"] = torch.cuda.get_rng_state(device)
    return states


def state_of(trainer: Resumable, randoms: Mapping[str, Sequence[Tensor]]) -> dict[str, Tensor]:
    """Return all that a trainer's next steps depend on, by name.

    ``randoms`` are the processes' :func:`random_states`, by name and rank.
    """
    tensors = trainer.update.tensors()
    tensors |= {f"average.{k}": v for k, v in trainer.average.items()}
    tensors |= {f"best.{k}": v for k, v in trainer.best_weights.items()}
    for name, parts in randoms.items():
        tensors |= {_of_rank(name, rank): part for rank, part in enumerate(parts)}
    for name, values in trainer.figures.items():
        key = "losses" if name == "loss" else f"figure.{name}"
        tensors[key] = torch.tensor(values, dtype=torch.float64)
    if trainer.validation:
        tensors["validation"] = torch.tensor(trainer.validation, dtype=torch.float64)  # (n, 2)
    return tensors


def restore(trainer: Resumable, tensors: dict[str, Tensor], step: int) -> None:
    """Put back what :func:`state_of` returned; what an older run did not have stays empty."""
    trainer.update.restore(tensors)
    _restore_random(tensors, trainer.device, trainer.processes.rank)
    trainer.average = _moved(without_prefix("average.", tensors), trainer.device)
    trainer.best_weights = _moved(without_prefix("best.", tensors), trainer.device)
    values = tensors["validation"].tolist() if "validation" in tensors else []
    trainer.validation = [(int(number), value) for number, value in values]
    figures = {name: x.tolist() for name, x in without_prefix("figure.", tensors).items()}
    trainer.figures, trainer.step = {"loss": tensors["losses"].tolist(), **figures}, step


def _restore_random(tensors: dict[str, Tensor], device: torch.device, rank: int) -> None:
    """Put back a process's random states; there are none if the run had fewer processes."""
    own, of_gpu = _of_rank("random", rank), _of_rank("random.cuda", rank)
    if own in tensors:
        torch.set_rng_state(tensors[own])
    if of_gpu in tensors and device.type == "cuda":  # not there if it ran on a CPU until now
        torch.cuda.set_rng_state(tensors[of_gpu], device)


def _of_rank(name: str, rank: int) -> str:
    return f"{name}.{rank}" if rank else name


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
