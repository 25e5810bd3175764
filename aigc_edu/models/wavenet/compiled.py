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
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet.loop import BLOCK, HALF, TILE, run
from aigc_edu.nn.drawing import check_sampling

PIECE = 4096  # codes that are drawn between two moments at which Ctrl-C is heard


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


def padded(columns: int) -> int:
    """Return the width of an array that is to hold so many columns in whole tiles."""
    return -(-columns // TILE) * TILE


def tiled(matrices: Tensor) -> np.ndarray:
    """Cut the outputs of matrices (M, I, J) into tiles: (M, tiles, I, TILE)."""
    count, inputs, outputs = matrices.shape
    full = F.pad(matrices, (0, padded(outputs) - outputs))
    tiles = full.reshape(count, inputs, padded(outputs) // TILE, TILE).transpose(1, 2)
    return tiles.contiguous().numpy()


def paired(matrices: Tensor) -> np.ndarray:
    """Let two inputs of matrices (M, I, J <= HALF) share a tile: (M, 1, I / 2, TILE)."""
    count, inputs, outputs = matrices.shape
    full = F.pad(matrices, (0, HALF - outputs, 0, inputs % 2))
    return full.reshape(count, 1, (inputs + 1) // 2, TILE).numpy()


@torch.no_grad()
def pack(model: nn.Module, h: Tensor | None, batch: int) -> PackedWaveNet:
    """Copy a WaveNet's weights, and what the condition h (B, E, F) adds in each frame."""

    def stack(parts) -> Tensor:
        return torch.stack([part.detach().float().cpu() for part in parts])

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


class CompiledStream:
    """A WaveNet on the CPU, fed one code at a time or left to run, in compiled code.

    It does what ``WaveNetStream`` does, faster. The weights are copied when it is made: make a new
    one after changing them. The first use in a process compiles the loop or loads it from
    numba's cache.

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
        self.packed = pack(model, h, batch)
        if self.packed.shift.shape[2] != batch:  # the loop would write behind its memory
            raise InvalidValueError(f"expected h of {batch} clip(s), got {tuple(h.shape)}")
        self.batch, self.levels, self.hop = batch, config.levels, config.clock_hop
        self.dilations = np.array(config.dilations, np.int64)
        depths = (config.kernel_size - 1) * self.dilations
        self.places = np.concatenate([[0], np.cumsum(depths)])  # (L + 1,): each layer's first step
        self.before = np.full((batch, config.kernel_size - 1), -1, np.int64)  # oldest first
        self.ring = _rows(int(self.places[-1]) * batch, config.channels)
        self.ahead = _rows(len(depths) * BLOCK * batch, 2 * config.channels)
        self.x, self.z = _rows(batch, config.channels), _rows(batch, config.channels)
        self.skip, self.hidden = (_rows(batch, config.skip_channels) for _ in range(2))
        self.logits, self.p = _rows(batch, config.levels), np.zeros(config.levels)
        self.time = 0

    @property
    def bytes_per_sample(self) -> float:
        """Bytes of weights that one step reads for one clip, zeros of unfilled tiles included.

        A past tap that is applied to several steps together counts for each of them in part.
        """
        packed, blocks = self.packed, np.minimum(self.dilations, BLOCK)
        everything = sum(getattr(packed, field.name).nbytes for field in fields(packed))
        rows = packed.tables[:, 0].nbytes + packed.shift[:, 0, 0].nbytes
        past = packed.past.nbytes * float(np.mean(1 / blocks))
        in_part = packed.tables.nbytes + packed.shift.nbytes + packed.past.nbytes
        return everything - in_part + rows + past

    def step(self, codes: Tensor) -> Tensor:
        """Take the codes at the present time, (B,); return the next one's logits, (B, q)."""
        self._run(self._checked(codes[:, None]), np.empty((self.batch, 0)), (1.0, 0, 1.0))
        return torch.from_numpy(self.logits[:, : self.levels].copy())

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

        Raises
        ------
        InvalidValueError
            If codes or settings are out of range.
        """
        check_sampling(temperature, top_k, top_p)
        sampling = (float(temperature), int(top_k), float(top_p))
        if chances.dim() != 2 or len(chances) != self.batch:
            raise InvalidValueError(
                f"expected chances of {self.batch} clip(s), (B, T), got {tuple(chances.shape)}"
            )
        heard, pieces = self._checked(start), []
        for some in chances.double().split(PIECE, dim=1):
            codes = np.concatenate([heard, np.zeros(tuple(some.shape), np.int64)], axis=1)
            self._run(codes, np.ascontiguousarray(some.numpy()), sampling)
            pieces.append(torch.from_numpy(codes[:, heard.shape[1] :]))
            heard = codes[:, -1:]  # drawn, and not heard yet
        return torch.cat(pieces, dim=1)

    def _checked(self, codes: Tensor) -> np.ndarray:
        """Return codes (B, T) as an array; compiled code doesn't notice wrong ones itself."""
        if codes.dim() != 2 or len(codes) != self.batch or not codes.shape[1]:
            wanted = f"expected codes of {self.batch} clip(s)"
            raise InvalidValueError(f"{wanted}, one or more for each, got {tuple(codes.shape)}")
        least, most = int(codes.min()), int(codes.max())
        if least < 0 or most >= self.levels:
            raise InvalidValueError(
                f"codes must lie in 0 ... {self.levels - 1}, got {least} ... {most}"
            )
        return np.ascontiguousarray(codes.cpu().numpy(), np.int64)

    def _run(self, codes: np.ndarray, chances: np.ndarray, sampling: tuple) -> None:
        p, known = self.packed, codes.shape[1] - chances.shape[1]
        rows = self.x, self.z, self.skip, self.hidden, self.p, self.logits
        state = (self.ring, self.places, self.ahead, self.before, self.dilations, *rows)
        first = (p.tables, p.shift, self.hop)
        gated = (p.past, p.present, p.residual, p.skip, p.residual_bias, p.skip_bias)
        head = (p.head, p.head_bias, p.last, p.last_bias)
        run(codes, chances, sampling, self.time, state, (first, gated, head))
        self.time += max(known, codes.shape[1] - 1)


def _rows(count: int, columns: int) -> np.ndarray:
    """Return zeros that begin where a line of the processor's cache does, as PyTorch's memory."""
    return torch.zeros(count, padded(columns)).numpy()
