"""What a stopped run needs to go on: all of it goes into ``last.safetensors`` and comes back.

``history.jsonl`` beside it is for reading and plotting; nothing is read back from it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from aigc_edu.training.checkpoints import CheckpointError, below

if TYPE_CHECKING:
    from aigc_edu.training.trainer import Trainer


def state_of(trainer: Trainer, randoms: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return all that a trainer's next steps depend on, by name.

    ``randoms`` are the states of the processes' random generators, by rank.
    """
    moments = trainer.optimizer.state_dict()["state"]
    tensors = {f"model.{k}": v for k, v in trainer.model.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in trainer.average.items()}
    tensors |= {f"best.{k}": v for k, v in trainer.best_weights.items()}
    tensors |= {f"adam.{i}.{k}": v for i, s in moments.items() for k, v in s.items()}
    tensors |= {f"random.{i}" if i else "random": part for i, part in enumerate(randoms)}
    tensors["losses"] = torch.tensor(trainer.losses, dtype=torch.float64)
    if trainer.validation:
        tensors["validation"] = torch.tensor(trainer.validation, dtype=torch.float64)  # (n, 2)
    return tensors


def restore(trainer: Trainer, tensors: dict[str, Tensor], step: int) -> None:
    """Put back what :func:`state_of` returned; what an older run did not have stays empty."""
    trainer.model.load_state_dict(below("model.", tensors))
    whole = trainer.optimizer.state_dict()
    whole["state"] = _adam_state(tensors)
    trainer.optimizer.load_state_dict(whole)
    rank = trainer.processes.rank
    own = "random" if rank == 0 else f"random.{rank}"
    if own in tensors:  # not so if the run had fewer processes until now
        torch.set_rng_state(tensors[own])
    trainer.average = _moved(below("average.", tensors), trainer.device)
    trainer.best_weights = _moved(below("best.", tensors), trainer.device)
    values = tensors["validation"].tolist() if "validation" in tensors else []
    trainer.validation = [(int(number), value) for number, value in values]
    trainer.losses, trainer.step = tensors["losses"].tolist(), step


def check_same_run(trainer: Trainer, path: Path, state: dict[str, Any]) -> None:
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
        if _without_news(value, before.get(key)) != before.get(key):
            raise CheckpointError(
                f"{path} was made with {key} = {before.get(key)!r}, not {value!r}; "
                "resume with the same arguments or choose another folder"
            )


def _without_news(mine: Any, before: Any) -> Any:
    """Leave out of a table what is switched off and was not there yet when the run began."""
    if not (isinstance(mine, dict) and isinstance(before, dict)):
        return mine
    return {key: value for key, value in mine.items() if value or key in before}


def write_history(trainer: Trainer, folder: Path) -> None:
    """Write ``history.jsonl``: a line a step with its loss, and the validation if there was one."""
    lines = [{"step": i, "loss": x} for i, x in enumerate(trainer.losses, start=1)]
    for step, value in trainer.validation:
        lines[step - 1]["validation"] = value
    part = folder / "history.jsonl.part"
    part.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    part.replace(folder / "history.jsonl")


def _moved(tensors: dict[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    return {name: tensor.to(device) for name, tensor in tensors.items()}


def _adam_state(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in below("adam.", tensors).items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = tensor
    return state
