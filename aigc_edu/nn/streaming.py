"""Networks one sample at a time: a causal convolution with a ring buffer, and drawing codes.

Chapter: chapters/02-building-blocks/02-causal-and-dilated-convolution.ipynb

Reference: Le Paine et al. 2016, "Fast Wavenet Generation Algorithm", arXiv:1611.09482.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.convolution import CausalConv1d
from aigc_edu.nn.drawing import draw


class ConvStream:
    """A causal convolution that is fed one column at a time and remembers what it still needs.

    What it returns at time t is column t of what the layer returns for the whole input. It keeps
    the last ``layer.history`` inputs in a ring: slot t mod history holds the input at
    t - history until the one at t is written over it.

    Parameters
    ----------
    layer
        The layer, whose weights are read at every step.
    batch
        Number B of clips.
    """

    def __init__(self, layer: CausalConv1d, batch: int = 1) -> None:
        if batch < 1:
            raise InvalidValueError(f"batch must be >= 1, got {batch}")
        self.layer, self.batch = layer, batch
        # Tap j of the weight, oldest first, meets the input at t - delays[j].
        self.delays = [layer.history - j * layer.dilation[0] for j in range(layer.kernel_size[0])]
        self.reset()

    def reset(self) -> None:
        """Go back to time 0, with silence before it."""
        self.time = 0
        size = (max(self.layer.history, 1), self.batch, self.layer.in_channels)
        self.ring = self.layer.weight.new_zeros(size)

    @torch.no_grad()
    def step(self, x: Tensor) -> Tensor:
        """Take the inputs at the present time (B, C_in); return the outputs (B, C_out)."""
        wanted = (self.batch, self.layer.in_channels)
        if tuple(x.shape) != wanted:
            raise InvalidValueError(f"expected one column of shape {wanted}, got {tuple(x.shape)}")
        history, weight = self.layer.history, self.layer.weight
        y = x.new_zeros(self.batch, self.layer.out_channels)
        for j, delay in enumerate(self.delays):
            past = self.ring[(self.time - delay) % history] if delay else x  # (B, C_in)
            y = y + past @ weight[:, :, j].T
        if history:  # only now: slot t mod history held the oldest input until it was read
            self.ring[self.time % history] = x
        self.time += 1
        return y if self.layer.bias is None else y + self.layer.bias


class CodeStream:
    """A network that takes codes one at a time and remembers what the next ones need."""

    def step(self, codes: Tensor) -> Tensor:
        """Take the codes at the present time, int64 (B,); return the next ones' logits (B, q)."""
        raise NotImplementedError

    def generate(
        self,
        start: Tensor,
        chances: Tensor,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
    ) -> Tensor:
        """Hear ``start`` (B, T0 >= 1), then draw a code for each column of ``chances`` (B, T)."""
        codes = torch.empty(tuple(chances.shape), dtype=torch.long)
        for t in range(start.shape[1]):
            logits = self.step(start[:, t])  # (B, q)
        for t in range(codes.shape[1]):
            codes[:, t] = draw(logits, chances[:, t], temperature, top_k, top_p)
            if t + 1 < codes.shape[1]:
                logits = self.step(codes[:, t].to(start.device))
        return codes
