"""The training loop: progress, clipping, schedule, atomic checkpoints, exact resuming.

Everything that a step depends on is either in the checkpoint (weights, Adam's moments, random
state) or a function of the step's number (the batch, the learning rate). A run that was stopped
and resumed therefore continues bit for bit as if it had not been stopped, on the same machine.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from aigc_edu.errors import InvalidValueError
from aigc_edu.training.checkpoints import (
    CheckpointError,
    below,
    load_checkpoint,
    save_checkpoint,
)

Batch = tuple[Tensor, ...]


@dataclass(frozen=True)
class TrainingSettings:
    """How long and how fast to learn.

    Attributes
    ----------
    steps
        Number of updates of the weights.
    learning_rate
        Adam's step size after the warm-up.
    warmup
        Steps over which the learning rate rises from 0.
    decay
        Share of the steps, at the end, over which it falls to 0. Up to there it does not depend
        on ``steps``, so a run can be prolonged or shortened there and stay reproducible.
    clip
        Largest norm of the gradient; a larger one is scaled down to it.
    save_every
        Steps between checkpoints.
    bfloat16
        Whether the forward pass computes in bfloat16 (weights and moments stay in float32).
    ema
        With 0 < ema < 1, an exponential moving average of the weights is kept with this factor, and
        it is what is validated and exported. In the beginning the factor is smaller,
        (1 + n) / (10 + n) after n updates, so that the first weights are soon forgotten.
    """

    steps: int = 1000
    learning_rate: float = 2e-3
    warmup: int = 100
    decay: float = 0.3
    clip: float = 1.0
    save_every: int = 500
    bfloat16: bool = False
    ema: float = 0.0

    def rate_at(self, step: int) -> float:
        """Return the learning rate of update number ``step`` = 0, 1, ..., steps - 1."""
        rise = (step + 1) / max(1, self.warmup)
        fall = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.learning_rate * min(1.0, rise, fall)


class Trainer:
    """Minimises a model's loss over batches.

    Parameters
    ----------
    model
        Any module; it is moved to ``device``.
    loss
        Maps the model and a batch to a scalar.
    batch
        Maps a step's number to its batch, always the same one: a tuple of CPU tensors.
    settings
        How long and how fast.
    device
        Where to compute.
    folder
        Where ``last.safetensors`` and ``history.jsonl`` go; nothing is written without one.
    description
        Saved with every checkpoint (see :func:`aigc_edu.training.save_checkpoint`).
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[..., Tensor],
        batch: Callable[[int], Batch],
        settings: TrainingSettings,
        device: torch.device | str = "cpu",
        folder: str | Path | None = None,
        description: dict[str, Any] | None = None,
    ) -> None:
        self.model, self.loss, self.batch = model.to(device), loss, batch
        self.settings, self.device = settings, torch.device(device)
        self.folder = Path(folder) if folder else None
        self.description = description or {}
        self.optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
        self.step = 0
        self.losses: list[float] = []  # one a step, in the loss's own unit
        self.average: dict[str, Tensor] = {}  # the moving average, if one is kept

    def run(self, until: int | None = None, progress: bool = True) -> list[float]:
        """Train up to step ``until`` (all steps by default); return the losses of all steps.

        Ctrl-C stops it after the step in hand and saves; :meth:`resume` continues from there.
        """
        until = self.settings.steps if until is None else min(until, self.settings.steps)
        self.model.train()
        bar = tqdm(total=until, initial=self.step, disable=not progress, unit="step")
        with bar, _interrupt_between_steps() as interrupted:
            while self.step < until and not interrupted:
                self._update()
                bar.set_postfix(loss=f"{self.losses[-1]:.3f}", refresh=False)
                bar.update()
                if self.step % self.settings.save_every == 0:
                    self.save()
        self.save()
        self.model.eval()
        if interrupted:
            raise KeyboardInterrupt(f"stopped after step {self.step}")
        return self.losses

    def _update(self) -> None:
        batch = tuple(part.to(self.device) for part in self.batch(self.step))
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate_at(self.step)
        kind = self.device.type
        with torch.autocast(kind, dtype=torch.bfloat16, enabled=self.settings.bfloat16):
            loss = self.loss(self.model, *batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()
        self.losses.append(float(loss.detach()))
        self._move_average()
        self.step += 1

    @torch.no_grad()
    def _move_average(self) -> None:
        if not self.settings.ema:
            return
        now = self.model.state_dict()
        if not self.average:
            self.average = {name: tensor.clone() for name, tensor in now.items()}
        factor = min(self.settings.ema, (1 + self.step) / (10 + self.step))
        for name, tensor in self.average.items():
            if tensor.is_floating_point():
                tensor.lerp_(now[name], 1 - factor)
            else:
                tensor.copy_(now[name])

    def weights(self) -> dict[str, Tensor]:
        """Return what is to be used: the moving average, or the weights if none is kept."""
        return self.average or self.model.state_dict()

    def save(self) -> None:
        """Write ``last.safetensors`` and the losses so far; nothing without a folder."""
        if self.folder is None:
            return
        moments = self.optimizer.state_dict()["state"]
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.items()}
        tensors |= {f"adam.{i}.{k}": v for i, s in moments.items() for k, v in s.items()}
        tensors["random"] = torch.get_rng_state()
        tensors["losses"] = torch.tensor(self.losses, dtype=torch.float64)
        state = {**self.description, "step": self.step, "settings": asdict(self.settings)}
        save_checkpoint(self.folder / "last.safetensors", tensors, state)
        lines = (json.dumps({"step": i, "loss": x}) for i, x in enumerate(self.losses, start=1))
        part = self.folder / "history.jsonl.part"
        part.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        part.replace(self.folder / "history.jsonl")

    def resume(self) -> bool:
        """Continue from the folder's last checkpoint; False if there is none yet.

        Raises
        ------
        CheckpointError
            If the checkpoint was made for another model, corpus or batch than this trainer's.
        """
        path = self.folder / "last.safetensors" if self.folder else None
        if path is None or not path.exists():
            return False
        tensors, state = load_checkpoint(path)
        self._check_same_run(path, state)
        self.model.load_state_dict(below("model.", tensors))
        whole = self.optimizer.state_dict()
        whole["state"] = _adam_state(tensors)
        self.optimizer.load_state_dict(whole)
        torch.set_rng_state(tensors["random"])
        self.average = below("average.", tensors)
        if self.average:
            self.average = {k: v.to(self.device) for k, v in self.average.items()}
        self.losses, self.step = tensors["losses"].tolist(), state["step"]
        return True

    def _check_same_run(self, path: Path, state: dict[str, Any]) -> None:
        mine = json.loads(json.dumps(self.description))  # tuples become lists, as in the file
        mine.setdefault("init", None)  # a run that began with other weights says so there
        mine["learning_rate"] = self.settings.learning_rate
        before = {**state, "learning_rate": state["settings"]["learning_rate"]}
        for key, value in mine.items():
            if before.get(key) != value:
                raise CheckpointError(
                    f"{path} was made with {key} = {before.get(key)!r}, not {value!r}; "
                    "resume with the same arguments or choose another folder"
                )


@contextmanager
def _interrupt_between_steps() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list instead of raising, so that no update is cut in half."""
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received  # only the main thread may handle signals
        return
    previous = signal.signal(signal.SIGINT, lambda number, frame: received.append(number))
    try:
        yield received
    finally:
        signal.signal(signal.SIGINT, previous)


def shuffled_batches(
    lengths: Sequence[int], batch_size: int, seed: int
) -> Callable[[int], list[int]]:
    """Return a function from a step's number to the indices of its batch.

    Each epoch visits every index once, in an order of its own that depends on the seed and the
    epoch alone. Clips of similar length share a batch, so that little is padded; an epoch's last,
    smaller batch is filled up with clips from its beginning.

    Parameters
    ----------
    lengths
        Length of each clip, in any unit.
    batch_size
        Indices in a batch, 1 ... len(lengths).
    seed
        Seed of all epochs' orders.
    """
    if not 1 <= batch_size <= len(lengths):
        raise InvalidValueError(
            f"batch_size must be between 1 and the {len(lengths)} clips there are, got {batch_size}"
        )
    count = -(-len(lengths) // batch_size)
    cached: dict[int, list[list[int]]] = {}

    def epoch_batches(epoch: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        order = torch.randperm(len(lengths), generator=generator).tolist()
        order = (order + order)[: count * batch_size]
        pool = 16 * batch_size  # sorted by length within pools, so that batches stay random
        pools = [order[i : i + pool] for i in range(0, len(order), pool)]
        order = [i for part in pools for i in sorted(part, key=lambda i: (lengths[i], i))]
        batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
        return [batches[i] for i in torch.randperm(count, generator=generator).tolist()]

    def batch(step: int) -> list[int]:
        epoch = step // count
        if epoch not in cached:
            cached.clear()
            cached[epoch] = epoch_batches(epoch)
        return cached[epoch][step % count]

    return batch


def _adam_state(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in below("adam.", tensors).items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = tensor
    return state
