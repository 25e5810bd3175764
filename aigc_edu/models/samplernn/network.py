"""SampleRNN: an autoregressive model of codes on several clocks.

Chapter: chapters/03-autoregressive/08-samplernn-structure.ipynb

References
----------
- Mehri et al. 2017, "SampleRNN: An Unconditional End-to-End Neural Audio Generation Model",
  arXiv:1612.07837.

Symbols: B clips, T samples, q levels, D the width, S the samples in a frame, n frames, r the steps
of the tier below that one frame conditions, E channels of the condition h. Codes are int64 in
0 ... q - 1. Tiers are listed from the slowest to the fastest.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.conditioning import IGNORED, CodeModel
from aigc_edu.models.samplernn.compiled import CompiledSampleRNNStream
from aigc_edu.models.samplernn.config import SampleRNNConfig
from aigc_edu.models.samplernn.stream import SampleRNNStream
from aigc_edu.models.samplernn.tiers import FrameTier, SampleTier

States = tuple[Tensor, ...]  # of each frame tier, (layers, B, D)


class SampleRNN(CodeModel):
    """The network of the paper's figure 1: p(x[t + 1] | x[0], ..., x[t], h) for every t at once.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    streams = CompiledSampleRNNStream, SampleRNNStream

    def __init__(self, config: SampleRNNConfig) -> None:
        super().__init__(config)
        sizes = zip(config.frame_sizes, config.ratios, strict=True)
        self.tiers = nn.ModuleList(FrameTier(config, size, ratio) for size, ratio in sizes)
        self.samples = SampleTier(config)

    @property
    def frame(self) -> int:
        """Samples in the slowest tier's frame; a chunk's length is a multiple of it."""
        return self.config.frame_sizes[0]

    def forward(
        self, codes: Tensor, condition: Tensor | None = None, local: Tensor | None = None
    ) -> Tensor:
        """Return the logits of the next code at every position.

        Parameters
        ----------
        codes
            int64, shape (B, T), in 0 ... q - 1. Before the first there is silence.
        condition, local
            See :meth:`WaveNet.forward`.

        Returns
        -------
        Tensor
            Shape (B, q, T). ``logits[:, :, t]`` scores ``codes[:, t + 1]`` and depends on
            ``codes[:, : t + 1]`` alone.

        Raises
        ------
        InvalidValueError
            If there are no codes, or codes of another shape; on a CPU also if one is out of range.
        """
        if codes.dim() != 2:
            raise InvalidValueError(f"expected codes of shape (B, T), got {tuple(codes.shape)}")
        h = self.embed_condition(condition, len(codes), local)  # (B, E, F)
        missing = -codes.shape[1] % self.frame  # behind the end, where nothing hears it
        heard = F.pad(codes, (self.frame - 1, missing), value=self.config.levels // 2)
        logits, _ = self.advance(heard, self.begin(len(codes)), h)
        return logits[:, : codes.shape[1]].transpose(1, 2)

    def begin(self, batch: int) -> States:
        """Return the states before the first sample of B clips."""
        return tuple(tier.begin(batch) for tier in self.tiers)

    def advance(
        self, heard: Tensor, states: States, h: Tensor | None = None, time: int = 0
    ) -> tuple[Tensor, States]:
        """Go over one chunk; the next call can go on where it ended.

        Parameters
        ----------
        heard
            int64, shape (B, frame - 1 + T): the codes up to the one before the last that is
            predicted, and of those before the chunk as many as a frame needs. T is a multiple of
            the slowest frame.
        states
            From :meth:`begin`, or from the chunk before.
        h
            The condition of the whole clip, (B, E, F), or None.
        time
            Number of samples before the chunk.

        Returns
        -------
        tuple
            Logits (B, T, q) and the states at the chunk's end.

        Raises
        ------
        InvalidValueError
            If T is no multiple of the slowest frame, or 0; on a CPU also if a code is none.
        """
        _check_codes(heard, self.config.levels)
        length = heard.shape[1] - self.frame + 1
        if length < 1 or length % self.frame:
            raise InvalidValueError(
                f"a chunk must hold whole frames of {self.frame} samples, got {length} samples"
            )
        above, after = None, []
        for tier, state in zip(self.tiers, states, strict=True):
            first = self.frame - tier.size
            frames = self.real(heard[:, first : first + length])
            frames = frames.unflatten(1, (-1, tier.size))  # (B, n, S)
            told = self.told(h, tier.size, time, frames.shape[1])
            above, state = tier(frames, above, told, state)
            after.append(state)
        windows = heard[:, self.frame - self.samples.size :].unfold(1, self.samples.size, 1)
        return self.samples(windows, above), tuple(after)

    def real(self, codes: Tensor) -> Tensor:
        """Return codes as real numbers in [-2, 2), as the paper's own programs feed them to frames.

        With mu-law codes these are the companded samples, so that what is quiet is not lost.
        """
        dtype = self.tiers[0].start.dtype
        return codes.to(dtype) * (4 / self.config.levels) - 2.0

    def told(self, h: Tensor | None, size: int, time: int, count: int) -> Tensor | None:
        """Return of h (B, E, F) what holds at the beginnings of ``count`` frames, (B, n, E)."""
        if h is None:
            return None
        begins = time + size * torch.arange(count, device=h.device)
        at = (begins // self.config.clock_hop).clamp(max=h.shape[2] - 1)
        return h[:, :, at].transpose(1, 2)

    def loss(
        self,
        codes: Tensor,
        condition: Tensor | None = None,
        seen: Tensor | None = None,
        local: Tensor | None = None,
    ) -> Tensor:
        """Return the mean cross-entropy in nats of ``codes[:, 1:]``; see :meth:`WaveNet.loss`.

        The whole of a clip at once: no gradient is cut off, and all of it is kept in memory.
        """
        seen = codes[:, :-1] if seen is None else seen
        logits = self(seen.clamp(min=0), condition, local)
        return F.cross_entropy(logits.float(), codes[:, 1:], ignore_index=IGNORED)

    def chunks(
        self,
        length: int,
        codes: Tensor,
        condition: Tensor | None = None,
        seen: Tensor | None = None,
        local: Tensor | None = None,
    ) -> Iterator[tuple[int, Tensor, Tensor, Tensor | None, Tensor | None]]:
        """Cut clips into chunks of ``length`` samples, a multiple of the slowest frame.

        For codes, condition, seen and local see :meth:`loss`. Of each chunk it yields the number of
        samples before it, what :meth:`advance` hears, and the codes that are to be predicted, (B,
        length), filled up with :data:`IGNORED`; then condition and local as they are. Where the
        clips are shorter than one chunk, it is as short as whole frames can be.
        """
        if length < 1 or length % self.frame:
            raise InvalidValueError(
                f"chunks must hold whole frames of {self.frame} samples, got {length} samples"
            )
        wanted, seen = codes[:, 1:], codes[:, :-1] if seen is None else seen
        frames = -(-wanted.shape[1] // self.frame)
        length = max(self.frame, min(length, frames * self.frame))
        missing = -wanted.shape[1] % length
        wanted = F.pad(wanted, (0, missing), value=IGNORED)
        silence = self.config.levels // 2
        heard = F.pad(seen.clamp(min=0), (self.frame - 1, missing), value=silence)
        for time in range(0, wanted.shape[1], length):
            piece = heard[:, time : time + self.frame - 1 + length]
            yield time, piece, wanted[:, time : time + length], condition, local

    def chunk_loss(
        self,
        states: States | None,
        time: int,
        heard: Tensor,
        wanted: Tensor,
        condition: Tensor | None = None,
        local: Tensor | None = None,
    ) -> tuple[Tensor, States]:
        """Return one chunk's mean cross-entropy in nats, and the states after it.

        ``states`` are those after the chunk before; None at the beginning of the clips. For the
        rest see :meth:`chunks`. A chunk without a code to predict costs 0.
        """
        begin = self.begin(len(heard))
        if states is not None:  # the learned start takes part: every update has all gradients
            begin = tuple(s + 0 * b for s, b in zip(states, begin, strict=True))
        h = self.embed_condition(condition, len(heard), local)
        logits, states = self.advance(heard, begin, h, time)
        costs = F.cross_entropy(
            logits.float().flatten(0, 1), wanted.flatten(), ignore_index=IGNORED, reduction="sum"
        )
        return costs / (wanted != IGNORED).sum().clamp(min=1), states


def _check_codes(codes: Tensor, levels: int) -> None:
    """Complain of codes outside 0 ... levels - 1, which would be rows of another place's table.

    Only on a CPU: elsewhere, to look at them is to wait for the device.
    """
    if codes.device.type == "cpu" and codes.numel():
        low, high = codes.aminmax()
        if low < 0 or high >= levels:
            raise InvalidValueError(f"codes lie in 0 ... {levels - 1}, got {low} to {high}")
