"""A SampleRNN fed one code at a time: each tier moves when its clock says so.

Chapter: chapters/03-autoregressive/10-samplernn-generation.ipynb

Symbols as in ``network.py``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.nn.streaming import CodeStream


class SampleRNNStream(CodeStream):
    """A SampleRNN fed one code at a time; it remembers what each tier said last.

    A frame tier moves once in S samples; what it says holds until it moves again. Between two of
    its moves, nothing of it is computed.

    Parameters
    ----------
    model
        A :class:`SampleRNN`, on any device.
    batch
        Number B of clips.
    h
        The condition, (B, E, F), or None: ``model.embed_condition(...)``.
    """

    def __init__(self, model: nn.Module, batch: int, h: Tensor | None = None) -> None:
        self.model, self.h, self.time = model, h, 0
        device = next(model.parameters()).device
        silence = model.config.levels // 2
        self.heard = torch.full((batch, model.frame), silence, device=device)  # oldest first
        self.states = list(model.begin(batch))
        self.said = [None] * len(model.tiers)  # (B, r, D) each
        self.table = model.samples.table()

    def step(self, codes: Tensor) -> Tensor:
        """Take the codes at the present time, (B,); return the next logits (B, q)."""
        self.heard = torch.cat([self.heard[:, 1:], codes[:, None]], dim=1)
        for i, tier in enumerate(self.model.tiers):
            if self.time % tier.size == 0:
                self._move(i, tier)
        logits = self._samples(self.said[-1][:, self.time % self.said[-1].shape[1]])
        self.time += 1
        return logits

    def _move(self, i: int, tier: nn.Module) -> None:
        """Let tier i hear its last frame and speak to the tier below."""
        frame = self.model.real(self.heard[:, -tier.size :])[:, None]  # (B, 1, S)
        above = None
        if i:
            step = self.time // tier.size % self.said[i - 1].shape[1]
            above = self.said[i - 1][:, step : step + 1]  # (B, 1, D)
        told = self.model.told(self.h, tier.size, self.time, 1)
        self.said[i], self.states[i] = tier(frame, above, told, self.states[i])

    def _samples(self, above: Tensor) -> Tensor:
        """Return the sample tier's logits (B, q) for what the tier above says, (B, D)."""
        samples = self.model.samples
        last = self.heard[:, -samples.size :]  # (B, S)
        x = above
        for place in range(samples.size):
            x = x + self.table[place, last[:, place]]
        return samples.output(torch.relu(samples.hidden(torch.relu(x))))
