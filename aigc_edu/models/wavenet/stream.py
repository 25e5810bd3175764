"""A WaveNet fed one code at a time, with a ring buffer for each layer.

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb

Reference: Le Paine et al. 2016, "Fast Wavenet Generation Algorithm", arXiv:1611.09482. Symbols as
in ``network.py``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.nn.streaming import CodeStream


class WaveNetStream(CodeStream):
    """A WaveNet fed one code at a time; it remembers what each layer still needs.

    Layer l needs its own inputs of the last (k - 1) * d steps and nothing older, so each layer
    keeps a ring buffer of that length (Le Paine et al. 2016). A step then costs one column of the
    network instead of a whole receptive field.

    The weights are read once, when the stream is made: make a new one after changing them.

    Parameters
    ----------
    model
        A :class:`WaveNet`, on any device.
    batch
        Number B of clips.
    h
        The condition, (B, E, F), or None: ``model.embed_condition(...)``.
    """

    def __init__(self, model: nn.Module, batch: int, h: Tensor | None = None) -> None:
        self.model, self.time = model, 0
        self.tables = list(model.input.weight.detach().clone())  # k, each (q, C), oldest first
        self.layers = [_PackedLayer(layer, batch, h) for layer in model.layers]
        self.past = [None] * (model.config.kernel_size - 1)  # previous codes, newest first
        self.output = [
            (layer.weight[:, :, 0].t().clone(), layer.bias.detach().clone())
            for layer in (model.head.inner, model.head.outer)
        ]

    def step(self, codes: Tensor) -> Tensor:
        """Take the codes at the present time, (B,); return the next logits (B, q)."""
        x = self.tables[-1][codes]  # (B, C)
        older = reversed(self.tables[:-1])
        for table, past in zip(older, self.past, strict=True):
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


class _PackedLayer:
    """One residual layer's weights as two matrices, and its ring buffer (k - 1) d deep."""

    def __init__(self, layer: nn.Module, batch: int, h: Tensor | None) -> None:
        kernel = layer.filter.kernel_size[0]
        self.dilation, self.depth = layer.filter.dilation[0], layer.filter.history
        both = torch.cat([layer.filter.weight, layer.gate.weight])  # (2C, C, k)
        self.gated = both.permute(2, 1, 0).reshape(-1, len(both)).contiguous()  # (k C, 2C)
        self.bias, self.hop = layer.shift(h, batch), layer.hop  # (F, B, 2C): added in each frame
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
