"""One process or several: who computes which rows, and how the results come together.

Chapter: chapters/03-autoregressive/03-training-wavenet-well.ipynb

Several processes hold equal copies of the network. Each computes the gradient of its rows of a
step's batch, the gradients are averaged, and all make the same update. Hugging Face Accelerate
starts the communication, NCCL between GPUs and Gloo between CPUs, and wraps the network in
PyTorch's DistributedDataParallel (Li et al. 2020, arXiv:2006.15704).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.seeds import pick_device

Batch = tuple[Tensor, ...]
LONGEST_WAIT = timedelta(hours=6)  # for the main process, while it validates


class Processes:
    """One process, which does everything itself.

    Parameters
    ----------
    device
        Where this process computes.

    Attributes
    ----------
    rank, world
        This process's number, 0 ... world - 1, and how many there are.
    device
        Where this process computes.
    """

    rank, world = 0, 1

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)

    @property
    def main(self) -> bool:
        """Whether this is the process that prints, validates and writes files."""
        return self.rank == 0

    def rows(self, batch: Batch) -> Batch:
        """Return this process's rows of a batch, whose parts have a row for each example."""
        return batch

    def share(self, weigh: Callable[[Batch], float], batch: Batch) -> float:
        """Return the factor for this process's mean over ``weigh(batch)`` positions.

        Each process multiplies its own mean by its factor. The mean of the products, taken over
        the processes, is then the mean over all positions of the whole batch.
        """
        return 1.0

    def mean(self, value: float) -> float:
        """Return the mean of all processes' values."""
        return value

    def any(self, flag: bool) -> bool:
        """Return whether it is so in any process."""
        return flag

    def from_main(self, value: float) -> float:
        """Return the main process's value."""
        return value

    def gather(self, part: Tensor) -> list[Tensor]:
        """Return all processes' tensors of one shape, by rank."""
        return [part]

    def wrap(self, loss: Callable[..., Tensor], model: nn.Module) -> Callable[..., Tensor]:
        """Return the loss as a function of a batch, made so that gradients are averaged."""
        return lambda *batch: loss(model, *batch)

    def agree(self, model: nn.Module) -> None:
        """Give the model the main process's weights in all processes."""

    def average_gradients(self, model: nn.Module) -> None:
        """Replace each gradient by the mean of all processes' gradients."""

    def close(self) -> None:
        """Say goodbye to the other processes."""


class DistributedProcesses(Processes):
    """One of several processes; the same code runs in all of them.

    Parameters
    ----------
    device
        ``"auto"``: a GPU for each process where the machine has one, else the CPU; ``"cpu"`` or
        ``"cuda"``.

    Raises
    ------
    InvalidValueError
        If the processes cannot compute there.
    """

    def __init__(self, device: str = "auto") -> None:
        from accelerate import Accelerator  # slow to import: only where it is needed
        from accelerate.utils import InitProcessGroupKwargs

        on_cpu = computes_on_cpu(device, int(os.environ.get("LOCAL_WORLD_SIZE", 1)))
        joined = InitProcessGroupKwargs("gloo" if on_cpu else "nccl", timeout=LONGEST_WAIT)
        self.accelerator = Accelerator(cpu=on_cpu, mixed_precision="no", kwargs_handlers=[joined])
        super().__init__("cpu" if on_cpu else self.accelerator.device)
        self.rank, self.world = self.accelerator.process_index, self.accelerator.num_processes
        self.wrapped: dict[nn.Module, nn.Module] = {}

    def rows(self, batch: Batch) -> Batch:
        """Return the rows rank, rank + world, ... of every part."""
        if len(batch[0]) < self.world:
            raise batch_too_small(len(batch[0]), self.world)
        return tuple(part[self.rank :: self.world] for part in batch)

    def share(self, weigh: Callable[[Batch], float], batch: Batch) -> float:
        """See :meth:`Processes.share`; here the numbers of positions are summed."""
        count = weigh(batch)
        return self.world * count / self._sum(count)

    def mean(self, value: float) -> float:
        """Return the mean of all processes' values."""
        return self._sum(value) / self.world

    def any(self, flag: bool) -> bool:
        """Return whether it is so in any process."""
        return self._sum(float(flag)) > 0

    def from_main(self, value: float) -> float:
        """Return the main process's value."""
        return self._sum(value if self.main else 0.0)

    def gather(self, part: Tensor) -> list[Tensor]:
        """Return all processes' tensors of one shape, by rank."""
        together = self.accelerator.gather(part[None].to(self.device))
        return list(together.to(part.device))

    def _sum(self, value: float) -> float:
        there = torch.tensor(value, dtype=torch.float64, device=self.device)
        return float(self.accelerator.reduce(there, "sum"))

    def wrap(self, loss: Callable[..., Tensor], model: nn.Module) -> Callable[..., Tensor]:
        """Return the loss as a module whose backward pass averages the gradients."""
        if model not in self.wrapped:  # once: a wrapper leaves its hooks at the weights
            self.wrapped[model] = self.accelerator.prepare_model(_Loss(loss, model))
        return self.wrapped[model]

    def agree(self, model: nn.Module) -> None:
        """See :meth:`Processes.agree`."""
        for tensor in model.state_dict().values():
            torch.distributed.broadcast(tensor, 0)

    def average_gradients(self, model: nn.Module) -> None:
        """See :meth:`Processes.average_gradients`; all travel together, in one message."""
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        if not gradients:
            return
        together = torch.cat([gradient.flatten() for gradient in gradients])
        mean = self.accelerator.reduce(together, "mean")
        pieces = mean.split([gradient.numel() for gradient in gradients])
        for gradient, piece in zip(gradients, pieces, strict=True):
            gradient.copy_(piece.view_as(gradient))

    def close(self) -> None:
        """End the communication; all processes have to."""
        self.accelerator.end_training()


class _Loss(nn.Module):
    """The loss as a module: only what passes through its forward has its gradients averaged."""

    def __init__(self, loss: Callable[..., Tensor], model: nn.Module) -> None:
        super().__init__()
        self.loss, self.model = loss, model

    def forward(self, *batch: Tensor) -> Tensor:
        return self.loss(self.model, *batch)


def batch_too_small(batch_size: int, processes: int) -> InvalidValueError:
    """Return the error to raise if a batch has no row for some process."""
    return InvalidValueError(
        f"a batch of {batch_size} has no rows for some of {processes} processes; "
        "choose a larger batch or fewer processes"
    )


def computes_on_cpu(device: str, count: int) -> bool:
    """Return whether ``count`` processes here compute on the CPU.

    Raises
    ------
    InvalidValueError
        If they cannot compute on that device.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise InvalidValueError(
            f"of several processes each finds its own GPU: device must be auto, cpu or cuda, "
            f"got {device!r}"
        )
    if device == "cpu" or (device == "auto" and (_told_cpu() or not torch.cuda.is_available())):
        return True
    if device == "cuda":
        pick_device(device)  # complains if there is none
    if torch.cuda.device_count() < count:
        raise InvalidValueError(
            f"{count} processes need as many GPUs, this machine has {torch.cuda.device_count()}; "
            "start fewer processes, or choose --device cpu"
        )
    return False


def _told_cpu() -> bool:
    return os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true")  # accelerate launch


def started_together() -> int:
    """Return how many processes were started together; 1 if this one is alone.

    ``torchrun``, ``accelerate launch`` and :func:`launch` tell their processes by environment
    variables.
    """
    told = os.environ.get("WORLD_SIZE", "1")
    return int(told) if "RANK" in os.environ and told.isdecimal() else 1


def join(device: str = "auto") -> Processes:
    """Meet the processes that were started together with this one; it may be the only one.

    Parameters
    ----------
    device
        See :func:`pick_device`, and for several processes :class:`DistributedProcesses`.
    """
    if started_together() > 1:
        return DistributedProcesses(device)
    return Processes(pick_device("cpu" if device == "auto" and _told_cpu() else device))
