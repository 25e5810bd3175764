"""A WaveNet's generation as one compiled loop for the CPU (numba).

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb

PyTorch needs some microseconds to start each of the hundreds of small operations of a step,
more than the arithmetic itself takes. Compiled into one loop, a step costs little more than
reading the weights once. And part of the weights need not be read at every step: the inputs that a
layer with dilation d takes from the past are known d steps ahead, so its past taps are applied to
``BLOCK`` steps at a time. What is computed is what ``stream.py`` computes, in another
order of summation.

References: Le Paine et al. 2016, "Fast Wavenet Generation Algorithm", arXiv:1611.09482 (the ring
buffers); Arik et al. 2017, "Deep Voice", arXiv:1702.07825, section 5 (a WaveNet in real time on a
CPU, with functions of its own for tanh and the logistic function).

Symbols as in ``network.py``. The loop itself stands in ``loop.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet.loop import BLOCK, run
from aigc_edu.nn.compiled_layers import HALF
from aigc_edu.nn.compiled_streams import CompiledCodeStream
from aigc_edu.nn.tiles import paired, rows, stack, tiled


@dataclass(frozen=True)
class PackedWaveNet:
    """A WaveNet's weights, float32, as the compiled loop reads them.

    Matrices are stored by :func:`tiled`; the residual ones, if C <= HALF, by :func:`paired`.

    Attributes
    ----------
    tables
        The first layer's tables, (k, q, C), oldest first.
    shift
        What is added to filter and gate in each frame, biases included: (L, F, B, 2C).
    past, present
        Matrices C to 2C of filter and gate: for each layer its k - 1 past taps, oldest first, and
        its present one.
    residual, residual_bias
        Matrices C to C and biases (L - 1, C): nothing hears the last layer's.
    skip, skip_bias
        Matrices C to S and one bias (1, S): the skips' biases are added up.
    head, head_bias, last, last_bias
        The head's two layers: matrices S to S and S to q, biases (1, S) and (1, q).
    """

    tables: np.ndarray
    shift: np.ndarray
    past: np.ndarray
    present: np.ndarray
    residual: np.ndarray
    residual_bias: np.ndarray
    skip: np.ndarray
    skip_bias: np.ndarray
    head: np.ndarray
    head_bias: np.ndarray
    last: np.ndarray
    last_bias: np.ndarray


@torch.no_grad()
def pack(model: nn.Module, h: Tensor | None, batch: int) -> PackedWaveNet:
    """Copy a WaveNet's weights, and what the condition h (B, E, F) adds in each frame."""
    layers, inner, outer = model.layers, model.head.inner, model.head.outer
    gated = [torch.cat([a.filter.weight, a.gate.weight]).permute(2, 1, 0) for a in layers]
    taps = stack(gated)  # (L, k, C, 2C)
    residual = stack(a.residual.weight[:, :, 0].T for a in layers)[:-1]
    return PackedWaveNet(
        tables=stack(model.input.weight).numpy(),
        shift=stack(a.shift(h, batch) for a in layers).numpy(),
        past=tiled(taps[:, :-1].flatten(0, 1)),
        present=tiled(taps[:, -1]),
        residual=(paired if model.config.channels <= HALF else tiled)(residual),
        residual_bias=stack(a.residual.bias for a in layers)[:-1].numpy(),
        skip=tiled(stack(a.skip.weight[:, :, 0].T for a in layers)),
        skip_bias=stack(a.skip.bias for a in layers).sum(dim=0, keepdim=True).numpy(),
        head=tiled(stack([inner.weight[:, :, 0].T])),
        head_bias=stack([inner.bias]).numpy(),
        last=tiled(stack([outer.weight[:, :, 0].T])),
        last_bias=stack([outer.bias]).numpy(),
    )


class CompiledStream(CompiledCodeStream):
    """A WaveNet on the CPU, fed one code at a time or left to run, in compiled code.

    It does what ``WaveNetStream`` does, faster.

    Parameters
    ----------
    model
        A :class:`WaveNet`, on any device and of any type. The stream computes on the CPU, in
        float32.
    batch
        Number B of clips.
    h
        The condition, (B, E, F), or None: ``model.embed_condition(...)``.
    """

    def __init__(self, model: nn.Module, batch: int, h: Tensor | None = None) -> None:
        config = model.config
        super().__init__(batch, config.levels)
        self.packed = pack(model, h, batch)
        if self.packed.shift.shape[2] != batch:  # the loop would write behind its memory
            raise InvalidValueError(f"expected h of {batch} clip(s), got {tuple(h.shape)}")
        self.hop, self.dilations = config.clock_hop, np.array(config.dilations, np.int64)
        depths = (config.kernel_size - 1) * self.dilations
        self.places = np.concatenate([[0], np.cumsum(depths)])  # (L + 1,): each layer's first step
        self.before = np.full((batch, config.kernel_size - 1), -1, np.int64)  # oldest first
        self.ring = rows(int(self.places[-1]) * batch, config.channels)
        self.ahead = rows(len(depths) * BLOCK * batch, 2 * config.channels)
        self.x, self.z = rows(batch, config.channels), rows(batch, config.channels)
        self.skip, self.hidden = (rows(batch, config.skip_channels) for _ in range(2))

    @property
    def bytes_per_sample(self) -> float:
        """Bytes of weights that one step reads for one clip, zeros of unfilled tiles included.

        A past tap that is applied to several steps together counts for each of them in part.
        """
        packed, blocks = self.packed, np.minimum(self.dilations, BLOCK)
        everything = sum(getattr(packed, field.name).nbytes for field in fields(packed))
        looked_up = packed.tables[:, 0].nbytes + packed.shift[:, 0, 0].nbytes
        past = packed.past.nbytes * float(np.mean(1 / blocks))
        in_part = packed.tables.nbytes + packed.shift.nbytes + packed.past.nbytes
        return everything - in_part + looked_up + past

    def run(self, codes: np.ndarray, chances: np.ndarray, sampling: tuple) -> None:
        """Call the compiled loop."""
        p, memory = self.packed, (self.x, self.z, self.skip, self.hidden, self.p, self.logits)
        state = (self.ring, self.places, self.ahead, self.before, self.dilations, *memory)
        first = (p.tables, p.shift, self.hop)
        gated = (p.past, p.present, p.residual, p.skip, p.residual_bias, p.skip_bias)
        head = (p.head, p.head_bias, p.last, p.last_bias)
        run(codes, chances, sampling, self.time, state, (first, gated, head))
