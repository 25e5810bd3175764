"""WaveNet: an autoregressive model of mu-law codes built from dilated causal convolutions.

Chapter: chapters/03-autoregressive/01-wavenet-structure.ipynb

References
----------
- van den Oord et al. 2016, "WaveNet: A Generative Model for Raw Audio", arXiv:1609.03499.
- Le Paine et al. 2016, "Fast Wavenet Generation Algorithm", arXiv:1611.09482: the ring buffers
  of ``stream.py``.

Symbols, as in the course's notation page: B clips, T samples, q levels, C residual channels,
S skip channels, E channels of the condition, F frames of it, K positions of the clock. Codes are
int64 in 0 ... q - 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.models.conditioning import IGNORED, CodeModel
from aigc_edu.models.wavenet.compiled import CompiledStream
from aigc_edu.models.wavenet.config import WaveNetConfig
from aigc_edu.models.wavenet.parallel import training_logits
from aigc_edu.models.wavenet.stream import WaveNetStream
from aigc_edu.nn import CausalConv1d, CausalEmbedding


class ResidualLayer(nn.Module):
    """One gated layer: z = tanh(W_f * x + V_f h) . sigmoid(W_g * x + V_g h), paper's eq. (2)-(3).

    The filter and the gate are two convolutions with weights of their own. h has one column, or
    one for each frame of ``config.clock_hop`` samples.
    """

    def __init__(self, config: WaveNetConfig, dilation: int) -> None:
        super().__init__()
        channels = config.channels
        self.filter = CausalConv1d(channels, channels, config.kernel_size, dilation)
        self.gate = CausalConv1d(channels, channels, config.kernel_size, dilation)
        self.residual = nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, config.skip_channels, 1)
        self.hop, self.condition = config.clock_hop, None
        if config.conditions or config.local_channels:
            self.condition = nn.Linear(config.condition_channels, 2 * channels, bias=False)

    def shift(self, h: Tensor | None, batch: int) -> Tensor:
        """Return what filter and gate add in each frame, biases included: (F, B, 2C)."""
        bias = torch.cat([self.filter.bias, self.gate.bias]).expand(1, batch, -1)
        return bias if self.condition is None else bias + self.condition(h.permute(2, 0, 1))

    def forward(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map x (B, C, T) and h (B, E, F) to the next x (B, C, T) and the skip (B, S, T)."""
        filtered, gate = self.filter(x), self.gate(x)  # (B, C, T) each
        if self.condition is not None:
            shift = self.condition(h.transpose(1, 2)).transpose(1, 2)  # (B, 2C, F)
            shift = stretch(shift, self.hop, x.shape[2])  # (B, 2C, T) or (B, 2C, 1)
            to_filter, to_gate = shift.chunk(2, dim=1)
            filtered, gate = filtered + to_filter, gate + to_gate
        z = torch.tanh(filtered) * torch.sigmoid(gate)  # (B, C, T)
        return x + self.residual(z), self.skip(z)


class Head(nn.Sequential):
    """From the sum of the skips (B, S, T) to logits (B, q, T): ReLU, 1x1, ReLU, 1x1."""

    def __init__(self, channels: int, levels: int) -> None:
        inner, outer = nn.Conv1d(channels, channels, 1), nn.Conv1d(channels, levels, 1)
        super().__init__(nn.ReLU(), inner, nn.ReLU(), outer)

    @property
    def inner(self) -> nn.Conv1d:
        """The convolution S to S; its tensors are called ``head.1`` in a checkpoint."""
        return self[1]

    @property
    def outer(self) -> nn.Conv1d:
        """The convolution S to q; its tensors are called ``head.3`` in a checkpoint."""
        return self[3]


class WaveNet(CodeModel):
    """The network of the paper's figure 4: p(x[t+1] | x[0], ..., x[t], h) for every t at once.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    streams = CompiledStream, WaveNetStream

    def __init__(self, config: WaveNetConfig) -> None:
        super().__init__(config)
        self.input = CausalEmbedding(config.levels, config.channels, config.kernel_size)
        self.layers = nn.ModuleList(ResidualLayer(config, d) for d in config.dilations)
        self.layers[-1].residual.requires_grad_(
            False
        )  # no layer hears it; files hold it all the same
        self.head = Head(config.skip_channels, config.levels)

    def forward(
        self, codes: Tensor, condition: Tensor | None = None, local: Tensor | None = None
    ) -> Tensor:
        """Return the logits of the next code at every position.

        Parameters
        ----------
        codes
            int64, shape (B, T), in 0 ... q - 1.
        condition
            int64, shape (B, number of conditions); None for a model without.
        local
            Frames, float32, shape (B, M, F); None for a model without. The logits at t, those of
            the code at t + 1, see the frame t // ``clock_hop`` and its two neighbours; after the
            last frame it stays. For a clock of the word: positions, int64, shape (B, F), in
            0 ... K - 1; the logits at t see the frame t // ``clock_hop`` alone.

        Returns
        -------
        Tensor
            Shape (B, q, T). ``logits[:, :, t]`` scores ``codes[:, t + 1]`` and depends on
            ``codes[:, : t + 1]`` alone.
        """
        h = self.embed_condition(condition, len(codes), local)  # (B, E, F)
        x = self.input(codes)  # (B, C, T)
        total = 0.0
        for layer in self.layers:
            x, skip = layer(x, h)
            total = total + skip  # (B, S, T)
        return self.head(total)  # (B, q, T)

    def loss(
        self,
        codes: Tensor,
        condition: Tensor | None = None,
        seen: Tensor | None = None,
        local: Tensor | None = None,
    ) -> Tensor:
        """Return the mean cross-entropy in nats of ``codes[:, 1:]`` given what precedes each.

        ``codes`` has shape (B, T + 1). Positions that hold :data:`IGNORED` are not scored.
        ``seen`` (B, T), if given, is what the network hears instead of ``codes[:, :-1]``.
        """
        seen = codes[:, :-1] if seen is None else seen
        logits = training_logits(self, seen.clamp(min=0), condition, local).float()  # (T, B, q)
        wanted = codes[:, 1:].t().flatten()
        return F.cross_entropy(logits.flatten(0, 1), wanted, ignore_index=IGNORED)


def stretch(frames: Tensor, hop: int, length: int) -> Tensor:
    """Repeat each frame of (B, C, F) ``hop`` times, and the last up to ``length``: (B, C, T).

    A single frame is left as it is, (B, C, 1): it is broadcast.
    """
    if frames.shape[2] == 1:
        return frames
    batch, channels, count = frames.shape
    spread = frames[..., None].expand(-1, -1, -1, hop).reshape(batch, channels, count * hop)
    if length > count * hop:
        rest = frames[:, :, -1:].expand(-1, -1, length - count * hop)
        spread = torch.cat([spread, rest], dim=2)
    return spread[:, :, :length]
