"""What models of codes share: what they can be told, and how they are left to run.

Chapter: chapters/03-autoregressive/01-wavenet-structure.ipynb
Chapter: chapters/03-autoregressive/04-wavenet-generation.ipynb

Symbols: B clips, T samples, q levels, E channels of the condition h, F frames of it, K positions
of the clock, M local channels.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.drawing import check_sampling, check_start

IGNORED = -1  # a target that is not scored: the padding behind a short clip


class CodeModel(nn.Module):
    """A network that predicts the next code of a clip, and that may be told things.

    Parameters
    ----------
    config
        Kept as ``self.config``: ``levels``, and ``conditions``, ``condition_channels``,
        ``clock_frames``, ``clock_hop``, ``clock`` and ``local_channels`` as in ``WaveNetConfig``.

    Attributes
    ----------
    streams
        Two classes that run the network one code at a time: a compiled one and one of PyTorch.
        Both are made of the network, the number of clips and h.
    """

    streams: ClassVar[tuple[type, type]]

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config
        self.embeddings = nn.ModuleList(
            nn.Embedding(classes, config.condition_channels) for classes in config.conditions
        )
        self.clock = None
        if config.clock_frames:
            entries = config.conditions[0] * config.clock_frames
            self.clock = nn.Embedding(entries, config.condition_channels)
            nn.init.zeros_(self.clock.weight)  # at first the clock says nothing
        self.local = None
        if config.local_channels:
            self.local = nn.Conv1d(config.local_channels, config.condition_channels, 3, padding=1)

    def embed_condition(
        self, condition: Tensor | None, batch: int, local: Tensor | None = None
    ) -> Tensor | None:
        """Return h (B, E, F), the sum of what conditions, clock and local frames say, or None.

        F is 1 if h does not change with time. For the shapes of the arguments see :meth:`forward`.
        """
        check_condition(self.config, condition, local, batch)
        tables = enumerate(self.embeddings)
        parts = [table(condition[:, i])[:, :, None] for i, table in tables]  # (B, E, 1) each
        if self.clock is not None:
            positions = torch.arange(self.config.clock_frames, device=condition.device)
            if self.config.clock == "word":
                positions = local  # (B, F)
            entries = condition[:, :1] * self.config.clock_frames + positions  # (B, F)
            parts.append(self.clock(entries).transpose(1, 2))
        if self.local is not None:
            parts.append(self.local(local))
        return sum(parts) if parts else None

    @torch.inference_mode()
    def generate(
        self,
        start: Tensor,
        length: int,
        condition: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        *,
        local: Tensor | None = None,
        top_k: int = 0,
        top_p: float = 1.0,
        compiled: bool | None = None,
    ) -> Tensor:
        """Draw new codes one at a time, remembering what the next one needs.

        Parameters
        ----------
        start
            int64, shape (B, T0), T0 >= 1: the codes to continue.
        length
            Number of codes to draw.
        condition, local
            As for :meth:`forward`; the frame 0 belongs to the code after the first of ``start``.
        temperature
            The logits are divided by it: 1 samples the model, less is more cautious, 0 takes the
            most probable code.
        generator
            Source of randomness, on the CPU; torch's global one by default.
        top_k
            If above 0, only the so many most probable codes can be drawn.
        top_p
            If below 1, only the most probable codes, as few as sum up to it (Holtzman et al.
            2020, arXiv:1904.09751). Both look at the probabilities after the temperature.
        compiled
            Whether the model's compiled loop does it, in float32; by default on a CPU,
            if the weights are float32, too. Both ways draw the same codes, but for rounding.

        Returns
        -------
        Tensor
            int64, shape (B, length), the new codes without the start.
        """
        check_start(start, length, self.config.levels)
        check_sampling(temperature, top_k, top_p)
        h = self.embed_condition(condition, len(start), local)
        chances = torch.rand(len(start), length, dtype=torch.float64, generator=generator)
        if compiled is None:
            compiled = start.device.type == "cpu" and next(self.parameters()).dtype == torch.float32
        stream = self.streams[0 if compiled else 1](self, len(start), h)
        return stream.generate(start, chances, temperature, top_k, top_p)


def check_told(config: Any) -> None:
    """Raise InvalidValueError for things to be told that go together in no network."""
    if config.clock_hop < 1:
        raise InvalidValueError("clock_hop must be at least 1")
    if config.clock_frames and not config.conditions:
        raise InvalidValueError("a clock belongs to the first condition, and there is none")
    if config.clock_frames and config.local_channels:
        raise InvalidValueError("h follows a clock or local frames, not both")
    if config.clock not in ("time", "word"):
        raise InvalidValueError(f"the clock must be time or word, got {config.clock!r}")
    if config.clock == "word" and not config.clock_frames:
        raise InvalidValueError("a clock of the word needs clock_frames above 0")


def check_condition(
    config: Any, condition: Tensor | None, local: Tensor | None, batch: int
) -> None:
    """Complain of a condition that does not fit.

    Parameters
    ----------
    config
        Of the network that is told.
    condition
        Global, to have the shape (batch, number of conditions); None if there are none.
    local
        Frames, to have the shape (batch, local_channels, F >= 1), or positions of a clock of the
        word, int64 of shape (batch, F >= 1); None if the network is told neither.
    batch
        Number B of clips.

    Raises
    ------
    InvalidValueError
        With the shape that was expected.
    """
    tables = len(config.conditions)
    wanted = (batch, tables) if tables else None
    got = None if condition is None else tuple(condition.shape)
    if got != wanted:
        raise InvalidValueError(
            f"expected a condition of shape {wanted}, got {got}"
            if tables
            else "this network is told nothing of the whole clip; pass condition=None"
        )
    if config.clock == "word":
        _check_positions(local, batch, config.clock_frames)
    else:
        _check_frames(local, batch, config.local_channels)


def _check_positions(positions: Tensor | None, batch: int, count: int) -> None:
    """Complain of what is not an int64 tensor (batch, F >= 1) within 0 ... count - 1."""
    got = None if positions is None else tuple(positions.shape)
    if got is None or len(got) != 2 or got[0] != batch or not got[1]:
        raise InvalidValueError(f"expected the clock's positions as local, ({batch}, F), got {got}")
    if positions.dtype != torch.int64 or positions.min() < 0 or positions.max() >= count:
        raise InvalidValueError(f"the clock's positions must be whole, in 0 ... {count - 1}")


def _check_frames(local: Tensor | None, batch: int, bands: int) -> None:
    """Complain of frames that are not of the shape (batch, bands, F >= 1), or not None."""
    got = None if local is None else tuple(local.shape)
    if bands and (got is None or len(got) != 3 or got[:2] != (batch, bands) or not got[2]):
        wanted = f"({batch}, {bands}, F)"
        raise InvalidValueError(f"expected local frames of shape {wanted}, got {got}")
    if not bands and local is not None:
        raise InvalidValueError("this network takes no local frames; pass local=None")
