"""Ways of learning from a batch: what one step of training does to the weights.

The trainer counts steps, saves, validates and keeps averages; an :class:`Update` changes weights.
:class:`OneLoss` is a network with a loss; :class:`Adversarial` is a generator against a critic;
``truncated.py`` has a third one, for clips too long to go back through.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from aigc_edu.checkpoints import without_prefix
from aigc_edu.errors import CourseError
from aigc_edu.training.engine import Batch, Processes
from aigc_edu.training.moments import moments, restore_moments, with_prefix
from aigc_edu.training.settings import TrainingSettings


class DivergedError(CourseError):
    """A loss is no number any more."""


class Update(Protocol):
    """One way of learning from a batch.

    All that a later step depends on is in :meth:`tensors`; what :meth:`restore` puts back makes the
    next step the one that would have followed, bit for bit.

    Attributes
    ----------
    model
        The network that is averaged, validated and exported.
    """

    model: nn.Module

    def begin(self, device: torch.device, processes: Processes) -> None:
        """Get ready to learn there, together with these processes; called once."""

    def step(self, batch: Batch, rate: float) -> dict[str, float]:
        """Learn from the whole batch, of which each process takes its rows, at a learning rate.

        Returns the figures to show and to keep, ``"loss"`` among them.

        Raises
        ------
        DivergedError
            If a loss is no finite number; the weights are then as they were before that loss.
        """

    def tensors(self) -> dict[str, Tensor]:
        """Return all that resuming needs, by name; the model's begin with ``"model."``."""

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Put back what :meth:`tensors` returned."""


class OneLoss:
    """Adam on one loss of one network.

    Parameters
    ----------
    model
        Any module.
    loss
        Maps the model and this process's rows of a batch to a scalar, a mean over positions.
    settings
        Clipping and bfloat16 are read from them.
    weigh
        Maps a batch to the number of positions that its loss is the mean over; by default its
        number of rows.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[..., Tensor],
        settings: TrainingSettings,
        weigh: Callable[[Batch], float] | None = None,
    ) -> None:
        self.model, self.loss, self.settings = model, loss, settings
        self.weigh = weigh or count_rows
        self.optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
        self.wrapped: Callable[..., Tensor] | None = None

    def begin(self, device: torch.device, processes: Processes) -> None:
        """See :meth:`Update.begin`."""
        self.device, self.processes = device, processes
        self.model.to(device)

    def step(self, batch: Batch, rate: float) -> dict[str, float]:
        """See :meth:`Update.step`; the only figure is the loss."""
        if self.wrapped is None:  # not before a resumed run has its weights back
            self.wrapped = self.processes.wrap(self.loss, self.model)
        own = self.processes.rows(batch)
        share = self.processes.share(self.weigh, own)
        own = tuple(part.to(self.device) for part in own)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.settings.bfloat16):
            loss = share * self.wrapped(*own)
        figures = finite({"loss": self.processes.mean(float(loss.detach()))})
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        improve(self.model, self.optimizer, rate, self.settings.clip)
        return figures

    def tensors(self) -> dict[str, Tensor]:
        """See :meth:`Update.tensors`: weights, and Adam's moments as ``adam.INDEX.NAME``."""
        return with_prefix("model.", self.model.state_dict()) | moments("adam.", self.optimizer)

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See :meth:`Update.restore`."""
        self.model.load_state_dict(without_prefix("model.", tensors))
        restore_moments("adam.", self.optimizer, tensors)


class Adversarial:
    """A generator and a critic with an Adam each: Goodfellow et al. 2014, arXiv:1406.2661.

    A step improves the critic ``critic_steps`` times, each time on rows of its own, and then the
    generator once, on the rows of the critic's last time. Noise belongs to the batch, which the
    step's number determines: then a run can be resumed, and several processes equal one.

    Parameters
    ----------
    generator, critic
        Any modules. The generator is what is averaged, validated and exported.
    generator_loss, critic_loss
        Map (generator, critic, ...rows) to a scalar, a mean over rows. In ``critic_loss`` detach
        what the generator has made.
    settings
        ``learning_rate`` is the generator's. Clipping and bfloat16 hold for both.
    betas
        Adam's, of the generator and of the critic; (0.5, 0.9) each by default, as in Donahue et
        al. 2019, arXiv:1802.04208, table 7.
    critic_rate
        The critic's learning rate as a multiple of the generator's (two time scales: Heusel et al.
        2017, arXiv:1706.08500).
    critic_steps
        How often the critic learns in a step. A batch's rows are a multiple of it.
    penalty
        Maps (generator, critic, ...rows) to a scalar that is added to the critic's loss.
    penalty_every
        It is added at every so many of the critic's updates only, and times this number: lazy
        regularisation (Karras et al. 2020, arXiv:1912.04958, section 3.1).
    largest
        Size of a loss or a penalty beyond which the training counts as diverged.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        generator_loss: Callable[..., Tensor],
        critic_loss: Callable[..., Tensor],
        settings: TrainingSettings,
        *,
        betas: Sequence[tuple[float, float]] = ((0.5, 0.9), (0.5, 0.9)),
        critic_rate: float = 1.0,
        critic_steps: int = 1,
        penalty: Callable[..., Tensor] | None = None,
        penalty_every: int = 1,
        largest: float = math.inf,
    ) -> None:
        if critic_steps < 1 or penalty_every < 1:
            raise CourseError("critic_steps and penalty_every must be at least 1")
        self.model, self.critic, self.settings = generator, critic, settings
        self.generator_loss, self.critic_loss, self.penalty = generator_loss, critic_loss, penalty
        self.critic_rate, self.critic_steps = critic_rate, critic_steps
        self.penalty_every, self.critic_updates, self.largest = penalty_every, 0, largest
        rate, (ours, theirs) = settings.learning_rate, betas
        self.optimizer = torch.optim.Adam(generator.parameters(), rate, ours, fused=True)
        self.critic_optimizer = torch.optim.Adam(critic.parameters(), rate, theirs, fused=True)

    def begin(self, device: torch.device, processes: Processes) -> None:
        """See :meth:`Update.begin`."""
        self.device, self.processes = device, processes
        for network in (self.model, self.critic):
            processes.agree(network.to(device))

    def step(self, batch: Batch, rate: float) -> dict[str, float]:
        """See :meth:`Update.step`; beside the loss, the critic's and the last penalty."""
        if len(batch[0]) % self.critic_steps:
            rows = f"a batch of {len(batch[0])} rows cannot be shared among {self.critic_steps} "
            raise CourseError(rows + "updates of the critic; choose a multiple")
        figures: dict[str, float] = {}
        for i in range(self.critic_steps):
            rows = tuple(part[i :: self.critic_steps] for part in batch)
            figures |= self._improve_critic(rows, rate * self.critic_rate)
        learning = [p for p in self.critic.parameters() if p.requires_grad]
        self.critic.requires_grad_(False)  # it is only asked now
        try:
            loss = self._mean_of(self.generator_loss, rows)
            figures |= self._improve(self.model, self.optimizer, {"loss": loss}, rate)
        finally:
            for parameter in learning:
                parameter.requires_grad_(True)
        return {"loss": figures.pop("loss"), **figures}

    def _improve_critic(self, rows: Batch, rate: float) -> dict[str, float]:
        losses = {"critic": self._mean_of(self.critic_loss, rows)}
        if self.penalty is not None and self.critic_updates % self.penalty_every == 0:
            losses["penalty"] = self.penalty_every * self._mean_of(self.penalty, rows)
        figures = self._improve(self.critic, self.critic_optimizer, losses, rate)
        self.critic_updates += 1
        return figures

    def _mean_of(self, loss: Callable[..., Tensor], rows: Batch) -> Tensor:
        """Return this process's part of a loss: the mean of all parts is the mean of all rows."""
        own = self.processes.rows(rows)
        share = self.processes.share(count_rows, own)
        own = tuple(part.to(self.device) for part in own)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.settings.bfloat16):
            return share * loss(self.model, self.critic, *own)

    def _improve(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        losses: dict[str, Tensor],
        rate: float,
    ) -> dict[str, float]:
        figures = {name: self.processes.mean(float(x.detach())) for name, x in losses.items()}
        finite(figures, self.largest)
        optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        self.processes.average_gradients(network)
        improve(network, optimizer, rate, self.settings.clip)
        return figures

    def tensors(self) -> dict[str, Tensor]:
        """See :meth:`Update.tensors`."""
        state = with_prefix("model.", self.model.state_dict())
        state |= with_prefix("critic.", self.critic.state_dict()) | moments("adam.", self.optimizer)
        state |= moments("critic_adam.", self.critic_optimizer)
        return state | {"critic_updates": torch.tensor(self.critic_updates)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """See :meth:`Update.restore`."""
        self.model.load_state_dict(without_prefix("model.", tensors))
        self.critic.load_state_dict(without_prefix("critic.", tensors))
        restore_moments("adam.", self.optimizer, tensors)
        restore_moments("critic_adam.", self.critic_optimizer, tensors)
        self.critic_updates = int(tensors["critic_updates"])


def count_rows(batch: Batch) -> int:
    """Return the number of rows of a batch."""
    return len(batch[0])


def finite(figures: dict[str, float], largest: float = math.inf) -> dict[str, float]:
    """Return the figures; DivergedError if one is no finite number, or larger in size than that."""
    for name, value in figures.items():
        if not math.isfinite(value) or abs(value) > largest:
            raise DivergedError(
                f"the figure {name!r} is {value}: the training has diverged. What was saved before "
                "is kept; begin again in another folder, with a smaller learning rate"
            )
    return figures


def improve(model: nn.Module, optimizer: torch.optim.Optimizer, rate: float, clip: float) -> None:
    """Clip the gradient and make one update at a learning rate.

    Raises
    ------
    DivergedError
        If the gradient's norm is no finite number, as of a square root at 0: its loss may be one.
    """
    norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
    finite({"norm of the gradient": float(norm)})
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
