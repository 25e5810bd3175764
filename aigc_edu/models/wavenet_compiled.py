"""A WaveNet's generation as one compiled loop for the CPU (numba).

PyTorch needs some microseconds to start each of the hundreds of small operations of a step,
more than the arithmetic itself takes. Compiled into one loop, a step costs little more than
reading the weights once. And part of the weights need not be read at every step: the inputs that a
layer with dilation d takes from the past are known d steps ahead, so its past taps are applied to
``BLOCK`` steps at a time. What is computed is what ``wavenet_stream.py`` computes, in another
order of summation.

References: Le Paine et al. 2016, "Fast Wavenet Generation Algorithm", arXiv:1611.09482 (the ring
buffers); Arik et al. 2017, "Deep Voice", arXiv:1702.07825, section 5 (a WaveNet in real time on a
CPU, with functions of its own for tanh and the logistic function).

Symbols as in ``wavenet.py``. The loop itself stands in ``wavenet_loop.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from aigc_edu.models.wavenet_loop import BLOCK, run, step

if TYPE_CHECKING:
    from aigc_edu.models.wavenet import WaveNet

PIECE = 4096  # codes that are drawn between two moments at which Ctrl-C is heard


@dataclass(frozen=True)
class PackedWaveNet:
    """A WaveNet's weights, as the compiled loop reads them.

    Attributes
    ----------
    taps
        The first layer's tables, (k, q, C), oldest first.
    past, present
        Weights of filter and gate for the past taps, (L, k - 1, C, 2C), oldest first, and for the
        present one, (L, C, 2C).
    shift
        What is added to filter and gate in each frame, biases included: (L, F, B, 2C).
    residual, residual_bias, skip, skip_bias
        (L, C, C), (L, C), (L, C, S) and (S,): the skips' biases are added up.
    head, head_bias, last, last_bias
        The head's two layers: (S, S), (S,), (S, q), (q,).
    """

    taps: np.ndarray
    past: np.ndarray
    present: np.ndarray
    shift: np.ndarray
    residual: np.ndarray
    residual_bias: np.ndarray
    skip: np.ndarray
    skip_bias: np.ndarray
    head: np.ndarray
    head_bias: np.ndarray
    last: np.ndarray
    last_bias: np.ndarray


@torch.no_grad()
def pack(model: WaveNet, h: Tensor | None, batch: int) -> PackedWaveNet:
    """Copy a WaveNet's weights, and what the condition h (B, E, F) adds in each frame."""

    def array(*parts: Tensor) -> np.ndarray:
        whole = torch.stack([part.detach().cpu() for part in parts]).numpy()
        return np.ascontiguousarray(whole, np.float32)

    layers = model.layers
    gated = [torch.cat([a.filter.weight, a.gate.weight]).permute(2, 1, 0) for a in layers]
    return PackedWaveNet(
        taps=array(*model.input.weight),
        past=array(*(w[:-1] for w in gated)),
        present=array(*(w[-1] for w in gated)),
        shift=array(*(a.shift(h, batch) for a in layers)),
        residual=array(*(a.residual.weight[:, :, 0].T for a in layers)),
        residual_bias=array(*(a.residual.bias for a in layers)),
        skip=array(*(a.skip.weight[:, :, 0].T for a in layers)),
        skip_bias=array(sum(a.skip.bias for a in layers))[0],
        head=array(model.head[1].weight[:, :, 0].T)[0],
        head_bias=array(model.head[1].bias)[0],
        last=array(model.head[3].weight[:, :, 0].T)[0],
        last_bias=array(model.head[3].bias)[0],
    )


class CompiledStream:
    """A WaveNet on the CPU, fed one code at a time or left to run, in compiled code.

    It does what ``WaveNetStream`` does, faster. The weights are copied when it is made: make a new
    one after changing them. The first use in a process compiles the loop or loads it from
    numba's cache.

    Parameters
    ----------
    model
        On any device; what is computed is computed on the CPU.
    batch
        Number B of clips.
    h
        The condition, (B, E, F), or None: ``model.embed_condition(...)``.
    """

    def __init__(self, model: WaveNet, batch: int, h: Tensor | None = None) -> None:
        config = model.config
        self.packed = pack(model, h, batch)
        self.batch, self.levels, self.hop = batch, config.levels, config.clock_hop
        self.dilations = np.array(config.dilations, np.int64)
        channels, past = config.channels, config.kernel_size - 1
        depths = past * self.dilations
        self.places = np.concatenate([[0], np.cumsum(depths)])  # (L + 1,): each layer's rows
        self.ring = np.zeros((max(int(self.places[-1]), 1), batch, channels), np.float32)
        self.sums = np.zeros((len(depths), BLOCK, batch, 2 * channels), np.float32)
        self.before = np.full((batch, past), -1, np.int64)  # earlier codes, oldest first
        self.scratch = _scratch(batch, channels, config.skip_channels)
        self.time = 0

    @property
    def bytes_per_sample(self) -> float:
        """Bytes of weights that are read for one step, blocks taken into account."""
        packed, past = self.packed, self.packed.past
        each = past[0, 0].nbytes if past.size else 0
        backs = (back * d for d in self.dilations for back in range(1, past.shape[1] + 1))
        reads = sum(each / (BLOCK if back >= BLOCK else 1) for back in backs)
        rows = packed.taps[:, 0].nbytes + packed.shift[:, 0].nbytes
        weights = (packed.present, packed.residual, packed.skip, packed.head, packed.last)
        return reads + rows + sum(w.nbytes for w in weights)

    def step(self, codes: Tensor) -> Tensor:
        """Take the codes at the present time, (B,); return the next one's logits, (B, q)."""
        logits = np.empty((self.batch, self.levels), np.float32)
        step(codes.cpu().numpy(), logits, self.time, self._state(), *self._weights())
        self.time += 1
        return torch.from_numpy(logits)

    def generate(
        self,
        start: Tensor,
        chances: Tensor,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
    ) -> Tensor:
        """Hear ``start`` (B, T0 >= 1), then draw one code for each column of ``chances``.

        Parameters
        ----------
        start
            int64 codes.
        chances
            float64 in [0, 1), (B, T): where in the cumulated probabilities each code is taken.
        temperature, top_k, top_p
            See :meth:`WaveNet.generate`; 0 and 1 switch the last two off.

        Returns
        -------
        Tensor
            int64, (B, T).
        """
        sampling = (float(temperature), int(top_k), float(top_p))
        heard, pieces = start.cpu().numpy(), []
        for some in chances.split(PIECE, dim=1):
            codes = np.empty(tuple(some.shape), np.int64)
            run(heard, some.numpy(), codes, sampling, self.time, self._state(), self._weights())
            self.time += heard.shape[1] + codes.shape[1] - 1
            heard = codes[:, -1:]  # drawn, and not heard yet
            pieces.append(torch.from_numpy(codes))
        return torch.cat(pieces, dim=1)

    def _state(self) -> tuple:
        return self.ring, self.places, self.sums, self.before, self.dilations, self.scratch

    def _weights(self) -> tuple:
        p, first = self.packed, (self.packed.taps, self.packed.shift, self.hop)
        gated = (p.past, p.present, p.residual, p.residual_bias, p.skip, p.skip_bias)
        return first, gated, (p.head, p.head_bias, p.last, p.last_bias)


def _scratch(batch: int, channels: int, skips: int) -> tuple[np.ndarray, ...]:
    """Return memory for x (B, C), skip (B, S), pre (2C,), z (C,), bits and powers (2C,)."""
    bits = np.zeros(2 * channels, np.int32)
    x, skip = np.zeros((batch, channels), np.float32), np.zeros((batch, skips), np.float32)
    pre, z = np.zeros(2 * channels, np.float32), np.zeros(channels, np.float32)
    return x, skip, pre, z, bits, bits.view(np.float32)
