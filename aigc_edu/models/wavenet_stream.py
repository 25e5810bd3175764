"""A WaveNet fed one code at a time, with a ring buffer for each layer.

Reference: Le Paine et al. 2016, "Fast Wavenet Generation Algorithm", arXiv:1611.09482. Symbols as
in ``wavenet.py``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError

if TYPE_CHECKING:
    from aigc_edu.models.wavenet import ResidualLayer, WaveNet


def draw(
    logits: Tensor, chances: Tensor, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0
) -> Tensor:
    """Draw one code for each row of logits.

    Parameters
    ----------
    logits
        Shape (B, q).
    chances
        float64 in [0, 1), shape (B,): the code is the first whose cumulated probability is above
        it, so that equal chances give equal codes.
    temperature, top_k, top_p
        See :meth:`WaveNet.generate`.

    Returns
    -------
    Tensor
        int64, shape (B,), on the CPU.
    """
    check_sampling(temperature, top_k, top_p)
    logits = logits.cpu().double()  # in this order: some devices have no float64
    if temperature == 0:
        return logits.argmax(dim=-1)
    p = torch.exp((logits - logits.max(dim=-1, keepdim=True).values) / temperature)
    if 0 < top_k < p.shape[1] or top_p < 1:
        p = p.where(p >= _least(p, top_k, top_p), 0.0)
    sums = p.cumsum(dim=-1)  # its last, and not p.sum(), which may be larger by rounding
    return torch.searchsorted(sums, chances[:, None] * sums[:, -1:], right=True)[:, 0]


def _least(p: Tensor, top_k: int, top_p: float) -> Tensor:
    """Return the smallest value of each row of p (B, q) that may still be drawn, (B, 1)."""
    ordered = p.sort(dim=-1, descending=True).values
    if 0 < top_k < p.shape[1]:
        ordered = ordered[:, :top_k]
    short = ordered.cumsum(dim=-1) < top_p * ordered.sum(dim=-1, keepdim=True)
    last = short.sum(dim=-1, keepdim=True).clamp(max=ordered.shape[1] - 1)
    return ordered.gather(1, last)


def check_sampling(temperature: float, top_k: int, top_p: float) -> None:
    """Complain of settings of which nothing can be drawn."""
    if not 0 <= temperature < math.inf:
        raise InvalidValueError(f"temperature must be >= 0, got {temperature}")
    if top_k < 0 or not 0 < top_p <= 1:
        raise InvalidValueError(f"top_k must be >= 0 and top_p in (0, 1], got {top_k}, {top_p}")


def check_start(start: Tensor, length: int, levels: int) -> None:
    """Complain of codes that cannot be continued, or of a length below 0."""
    if start.dim() != 2 or min(start.shape) < 1:
        raise InvalidValueError(f"start must have shape (B, T0 >= 1), got {tuple(start.shape)}")
    if start.is_floating_point() or start.min() < 0 or start.max() >= levels:
        raise InvalidValueError(f"start must hold whole numbers in 0 ... {levels - 1}")
    if length < 0:
        raise InvalidValueError(f"length must be >= 0, got {length}")


class WaveNetStream:
    """A WaveNet fed one code at a time; it remembers what each layer still needs.

    Layer l needs its own inputs of the last (k - 1) * d steps and nothing older, so each layer
    keeps a ring buffer of that length (Le Paine et al. 2016). A step then costs one column of the
    network instead of a whole receptive field.

    The weights are read once, when the stream is made: make a new one after changing them.

    Parameters
    ----------
    model
        On any device.
    batch
        Number B of clips.
    h
        The condition, (B, E, F), or None: ``model.embed_condition(...)``.
    """

    def __init__(self, model: WaveNet, batch: int, h: Tensor | None = None) -> None:
        self.model, self.time = model, 0
        self.taps = list(model.input.weight.detach().clone())  # k tables, each (q, C), oldest first
        self.layers = [_PackedLayer(layer, batch, h) for layer in model.layers]
        self.past = [None] * (model.config.kernel_size - 1)  # previous codes, newest first
        self.output = [
            (layer.weight[:, :, 0].t().clone(), layer.bias.detach().clone())
            for layer in (model.head[1], model.head[3])
        ]

    def step(self, codes: Tensor) -> Tensor:
        """Take the codes at the present time, shape (B,); return the next one's logits (B, q)."""
        x = self.taps[-1][codes]  # (B, C)
        for table, past in zip(reversed(self.taps[:-1]), self.past, strict=True):
            if past is not None:
                x = x + table[past]
        self.past = [codes, *self.past][: len(self.past)]
        total = 0.0
        for layer in self.layers:
            x, skip = layer.step(x, self.time)
            total = total + skip  # (B, S)
        self.time += 1
        for weight, bias in self.output:
            total = torch.addmm(bias, torch.relu(total), weight)
        return total

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


class _PackedLayer:
    """One residual layer's weights as two matrices, and its ring buffer (k - 1) d deep."""

    def __init__(self, layer: ResidualLayer, batch: int, h: Tensor | None) -> None:
        kernel = layer.filter.kernel_size[0]
        self.dilation, self.depth = layer.filter.dilation[0], layer.filter.history
        both = torch.cat([layer.filter.weight, layer.gate.weight])  # (2C, C, k)
        self.gated = both.permute(2, 1, 0).reshape(-1, len(both)).contiguous()  # (k C, 2C)
        self.bias, self.hop = (
            layer.shift(h, batch),
            layer.hop,
        )  # (F, B, 2C): what is added in each frame
        out = torch.cat([layer.residual.weight, layer.skip.weight])[:, :, 0]  # (C + S, C)
        self.out = out.t().contiguous()
        self.out_bias = torch.cat([layer.residual.bias, layer.skip.bias])
        self.offsets = [i * self.dilation for i in range(kernel - 1, 0, -1)]  # oldest tap first
        self.ring = both.new_zeros(max(self.depth, 1), batch, both.shape[1])

    def step(self, x: Tensor, time: int) -> tuple[Tensor, Tensor]:
        """Map x[t] (B, C) to the next layer's x[t] (B, C) and the skip (B, S)."""
        taps = [self.ring[(time - back) % self.depth] for back in self.offsets]
        columns = torch.cat([*taps, x], dim=1)  # (B, k C)
        if self.depth:
            self.ring[time % self.depth] = x
        bias = self.bias[min(time // self.hop, len(self.bias) - 1)]  # (B, 2C)
        filtered, gate = torch.addmm(bias, columns, self.gated).chunk(2, dim=1)
        z = torch.tanh(filtered) * torch.sigmoid(gate)  # (B, C)
        out = torch.addmm(self.out_bias, z, self.out)
        return x + out[:, : x.shape[1]], out[:, x.shape[1] :]
