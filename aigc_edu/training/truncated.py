"""Truncated backpropagation through time: long clips in chunks, with the states carried over.

Chapter: chapters/03-autoregressive/09-samplernn-training.ipynb

References: Werbos 1990, "Backpropagation through time: what it does and how to do it"; Mehri et al.
2017, arXiv:1612.07837, section 2.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from aigc_edu.errors import CourseError
from aigc_edu.training.engine import Batch
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.updates import OneLoss, finite, improve

Piece = tuple[Any, ...]  # tensors with a row for each clip, and what holds for all of them


class Truncated(OneLoss):
    """Adam on the chunks of a batch of clips, one update for each chunk.

    The states at a chunk's end are those that the next chunk begins with; no gradient goes back
    through them. They are thrown away with the batch: no clip hears another one, and a
    run that was stopped between two batches goes on exactly.

    Parameters
    ----------
    model
        Any module.
    loss
        Maps (model, states, *piece) to the mean cross-entropy of a piece and the states after it, a
        tuple of tensors. For the first piece of a batch, ``states`` is None.
    settings
        Clipping and bfloat16 are read from them.
    cut
        Cuts a batch into its pieces, from the first to the last.
    weigh
        Maps a piece to the number of positions that its loss is the mean over.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[..., tuple[Tensor, tuple[Tensor, ...]]],
        settings: TrainingSettings,
        cut: Callable[[Batch], Iterator[Piece]],
        weigh: Callable[[Piece], float],
    ) -> None:
        super().__init__(model, loss, settings, weigh)
        self.cut = cut

    def step(self, batch: Batch, rate: float) -> dict[str, float]:
        """See :meth:`Update.step`; the only figure is the loss, the mean over all positions."""
        if self.wrapped is None:  # not before a resumed run has its weights back
            self.wrapped = self.processes.wrap(self.loss, self.model)
        own = tuple(part.to(self.device) for part in self.processes.rows(batch))
        total, positions, states = 0.0, 0.0, None
        for piece in self.cut(own):
            count = self.processes.mean(self.weigh(piece))
            if not count:  # for all processes: Adam's momentum would move the weights all the same
                states = self._pass_over(piece, states)
                continue
            loss, states = self._learn(piece, states, rate)
            total, positions = total + count * loss, positions + count
        if not positions:
            raise CourseError("a batch has no position to learn from")
        return {"loss": total / positions}

    @torch.no_grad()
    def _pass_over(self, piece: Piece, states: tuple[Tensor, ...] | None) -> tuple[Tensor, ...]:
        """Return the states after a piece that has nothing to learn from."""
        return self.loss(self.model, states, *piece)[1]

    def _learn(
        self, piece: Piece, states: tuple[Tensor, ...] | None, rate: float
    ) -> tuple[float, tuple[Tensor, ...]]:
        """Make one update; return the mean loss over the piece, and the states after it."""
        share = self.processes.share(self.weigh, piece)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.settings.bfloat16):
            loss, states = self.wrapped(states, *piece)
        loss = share * loss
        figures = finite({"loss": self.processes.mean(float(loss.detach()))})
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        improve(self.model, self.optimizer, rate, self.settings.clip)
        return figures["loss"], tuple(state.detach() for state in states)
