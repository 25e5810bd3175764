"""The first way: the next sample's probabilities, from a small stack of dilated convolutions.

Chapter: chapters/02-building-blocks/08-four-ways-heard.ipynb
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.nn import CausalConv1d, ConvStream

CODES, LAYERS = 256, 7
WIDTH = 2 / CODES  # of the cell of a code in [-1, 1]


def to_codes(x: Tensor) -> Tensor:
    """Return the numbers 0 ... 255 of the even cells of [-1, 1] that x lies in."""
    return ((x + 1) / WIDTH).floor().long().clamp(0, CODES - 1)


def to_amplitudes(codes: Tensor) -> Tensor:
    """Return the middles of the cells."""
    return (codes + 0.5) * WIDTH - 1


class NextSample(nn.Module):
    """Seven gated layers with the dilations 1 to 64: they see the last 129 samples.

    Parameters
    ----------
    channels
        C of every layer.
    """

    def __init__(self, channels: int = 16) -> None:
        super().__init__()
        self.first = CausalConv1d(1, channels, 2)
        self.gated = nn.ModuleList(
            CausalConv1d(channels, 2 * channels, 2, 2**i) for i in range(LAYERS)
        )
        self.mix = nn.ModuleList(nn.Linear(channels, channels) for _ in range(LAYERS))
        self.last = nn.Linear(channels, CODES)

    def forward(self, x: Tensor) -> Tensor:
        """Map the past (B, T) to logits (B, 256, T)."""
        y = self.first(10 * x[:, None])  # (B, C, T)
        for gated, mix in zip(self.gated, self.mix, strict=True):
            y = y + self._through(gated(y).transpose(1, 2), mix).transpose(1, 2)
        return self.last(y.transpose(1, 2)).transpose(1, 2)

    @staticmethod
    def _through(y: Tensor, mix: nn.Module) -> Tensor:
        """Values times gates, (..., 2 C) to (..., C)."""
        a, b = y.chunk(2, dim=-1)
        return mix(torch.tanh(a) * torch.sigmoid(b))

    @torch.no_grad()
    def draw(self, count: int, length: int) -> Tensor:
        """Return clips (count, length), one sample after the other, with ring buffers."""
        first = ConvStream(self.first, count)
        streams = [ConvStream(layer, count) for layer in self.gated]
        x, clips = torch.zeros(count, 1), []
        for _ in range(length):
            y = first.step(10 * x)  # (count, C)
            for stream, mix in zip(streams, self.mix, strict=True):
                y = y + self._through(stream.step(y), mix)
            x = to_amplitudes(torch.multinomial(self.last(y).softmax(dim=1), 1))
            clips.append(x)
        return torch.cat(clips, dim=1)


def next_loss(model: nn.Module, clips: Tensor) -> Tensor:
    """Return the mean cross-entropy in nats of clips (B, T), each code given those before it."""
    codes = to_codes(clips)
    past = F.pad(to_amplitudes(codes)[:, :-1], (1, 0))  # shifted by one
    return F.cross_entropy(model(past), codes)
