"""The training loop: progress, clipping, schedule, atomic checkpoints, exact resuming.

Chapter: chapters/03-autoregressive/03-training-wavenet-well.ipynb

Everything that a step depends on is either in the checkpoint (weights, Adam's moments, random
state) or a function of the step's number (the batch, the learning rate). A run that was stopped
and resumed therefore continues bit for bit as if it had not been stopped, on the same machine.
What a step does to the weights is an :class:`Update`'s business (``updates.py``).
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import asdict
from math import inf, nan
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from aigc_edu.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from aigc_edu.errors import InvalidValueError
from aigc_edu.training.engine import Batch, Processes
from aigc_edu.training.launching import interrupt_between_steps
from aigc_edu.training.resuming import (
    check_same_run,
    random_states,
    restore,
    state_of,
    write_history,
)
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.updates import DivergedError, OneLoss, Update


class Trainer:
    """Trains a model over batches.

    Parameters
    ----------
    model
        Any module; it is moved to ``device``.
    loss
        Maps the model and a batch to a scalar, the mean over the batch's scored positions. Where
        learning takes more than one loss, an :class:`Update` of ``model`` instead.
    batch
        Maps a step's number to its batch, always the same one: a tuple of CPU tensors.
    settings
        How long and how fast.
    device
        Where to compute.
    folder
        Where ``last.safetensors`` and ``history.jsonl`` go; nothing is written without one.
    description
        Saved with every checkpoint (see :func:`aigc_edu.checkpoints.save_checkpoint`).
    validate
        Maps a model to a number, lower is better. It is called with a copy of the model in
        evaluation mode that has the weights to be used, without gradient.
    weigh
        Maps a batch to the number of positions that its loss is the mean over; by default its
        number of rows. Several processes need it, one does not.
    processes
        Those that work together (see :func:`aigc_edu.training.engine.join`); by default this one.

    Attributes
    ----------
    step
        Number of steps so far.
    figures
        Of every step, by name: the loss, and whatever else an :class:`Update` tells.
    validation
        Step and value of every validation so far.

    Raises
    ------
    InvalidValueError
        If the settings ask for validations, and there is no ``validate``.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[..., Tensor] | Update,
        batch: Callable[[int], Batch],
        settings: TrainingSettings,
        device: torch.device | str = "cpu",
        folder: str | Path | None = None,
        description: dict[str, Any] | None = None,
        validate: Callable[[nn.Module], float] | None = None,
        weigh: Callable[[Batch], float] | None = None,
        processes: Processes | None = None,
    ) -> None:
        if settings.validate_every and validate is None:
            raise InvalidValueError("validate_every is set, but there is nothing to validate with")
        self.model, self.batch = model.to(device), batch
        self.settings, self.device = settings, torch.device(device)
        self.folder = Path(folder) if folder else None
        self.description = description or {}
        self.validate = validate
        self.processes = processes or Processes(device)
        if not self.processes.main:  # equal weights, but no equal dropout in different rows
            torch.manual_seed(torch.initial_seed() + self.processes.rank)
        self.update = OneLoss(model, loss, settings, weigh) if callable(loss) else loss
        self.update.begin(self.device, self.processes)
        self.step = 0
        self.figures: dict[str, list[float]] = {"loss": []}  # one of each a step, in its own unit
        self.validation: list[tuple[int, float]] = []
        self.average: dict[str, Tensor] = {}  # the moving average, if one is kept
        self.best_weights: dict[str, Tensor] = {}  # those of the best validation so far

    @property
    def losses(self) -> list[float]:
        """The loss of every step so far."""
        return self.figures["loss"]

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and value of the best validation so far, the first of equals; None without one."""
        valid = [pair for pair in self.validation if pair[1] == pair[1]]  # NaN is never the best
        return min(valid, key=lambda pair: pair[1]) if valid else None

    @property
    def exhausted(self) -> bool:
        """Whether the patience has run out: so many validations have been without a new best."""
        since = self.best[0] if self.best else 0
        late = sum(step > since for step, _ in self.validation)
        return 0 < self.settings.patience <= late

    def run(self, until: int | None = None, progress: bool = True, end: float = inf) -> list[float]:
        """Train up to step ``until`` (all steps by default); return the losses of all steps.

        With ``end``, a time of :func:`time.monotonic`, no step begins after it; it is for one
        process alone. Ctrl-C stops it after the step in hand and saves; :meth:`resume` continues
        from there.
        """
        until = self.settings.steps if until is None else min(until, self.settings.steps)
        self.model.train()
        shown, interrupted = progress and self.processes.main, False
        bar = tqdm(total=until, initial=self.step, disable=not shown, unit="step")
        with bar, interrupt_between_steps(self.processes.world > 1) as received:
            while self._goes_on(until, end) and not interrupted:
                self._update()
                self._validate()
                bar.set_postfix(self._shown(), refresh=False)
                bar.update()
                if self.step % self.settings.save_every == 0:
                    self.save()
                interrupted = self.processes.any(bool(received))
            self.save()
        self.model.eval()
        if interrupted or received:
            raise KeyboardInterrupt(f"stopped after step {self.step}")
        return self.losses

    def _goes_on(self, until: int, end: float) -> bool:
        return self.step < until and not self.exhausted and time.monotonic() < end

    def _update(self) -> None:
        rate = self.settings.rate_at(self.step)
        try:
            figures = self.update.step(self.batch(self.step), rate)
        except DivergedError as error:
            raise DivergedError(f"step {self.step + 1}: {error}") from error
        for name, value in figures.items():
            values = self.figures.setdefault(name, [])
            values += [nan] * (self.step - len(values)) + [value]  # it may come now and then only
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

    def _validate(self) -> None:
        if not self.settings.validates_after(self.step):
            return
        value = self._judged() if self.processes.main else nan
        self.validation.append((self.step, self.processes.from_main(value)))
        if self.best == self.validation[-1]:
            self.best_weights = {k: v.detach().clone() for k, v in self._latest().items()}

    @torch.no_grad()
    def _judged(self) -> float:
        judged = copy.deepcopy(self.model).eval()
        judged.load_state_dict(self._latest())
        gpus = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(gpus):  # what validation draws, training still has to draw
            return float(self.validate(judged))

    def _shown(self) -> dict[str, str]:
        shown = {name: values[-1] for name, values in self.figures.items()}
        if self.best:
            shown["best"] = self.best[1]
        return {name: f"{value:.3f}" for name, value in shown.items()}

    def _latest(self) -> dict[str, Tensor]:
        return self.average or self.model.state_dict()

    def weights(self) -> dict[str, Tensor]:
        """Return what is to be used: the best weights seen, if there was a validation.

        Otherwise, and with ``keep_last``, the moving average, or the present weights if none is
        kept.
        """
        return self._latest() if self.settings.keep_last else self.best_weights or self._latest()

    @property
    def used_step(self) -> int:
        """The step that :meth:`weights` are of."""
        return self.best[0] if self.best and not self.settings.keep_last else self.step

    def save(self) -> None:
        """Write ``last.safetensors`` and the losses so far; nothing without a folder."""
        states = random_states(self.device)
        randoms = {name: self.processes.gather(part) for name, part in states.items()}
        if self.folder is None or not self.processes.main:
            return
        state = {**self.description, "step": self.step, "settings": asdict(self.settings)}
        save_checkpoint(self.folder / "last.safetensors", state_of(self, randoms), state)
        write_history(self, self.folder)

    def resume(self) -> bool:
        """Continue from the folder's last checkpoint; False if there is none yet.

        Raises
        ------
        CheckpointError
            If the checkpoint was made for another model, corpus or batch than this trainer's, or
            is not there for all processes.
        """
        path = self.folder / "last.safetensors" if self.folder else None
        there = path is not None and path.exists()
        if there != self.processes.any(there):
            raise CheckpointError(f"{path} must be there for all processes")
        if not there:
            return False
        tensors, state = load_checkpoint(path)
        check_same_run(self, path, state)
        try:
            restore(self, tensors, state["step"])
        except (KeyError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{path} does not fit this run's network") from error
        if self.best and not self.settings.validate_every:
            raise CheckpointError(f"{path} has been validated so far; set validate_every to go on")
        return True
