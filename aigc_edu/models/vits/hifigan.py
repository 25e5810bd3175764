"""The paper's decoder, HiFi-GAN's generator, and its critic of scales.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb

References: Kong et al. 2020, "HiFi-GAN", arXiv:2010.05646, section 2 and appendix A.1, version 1;
Kumar et al. 2019, "MelGAN", arXiv:1910.06711, section 2.2 (scales). Weights are learned as they
are, without weight normalisation: there is one thing less to take off before they ship.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.wave_critics import Heard, check_waveforms

SLOPE = 0.1  # of the leaky rectifiers below 0
FACTORS = (8, 8, 2, 2)  # of the upsampling; a transposed convolution has twice as many taps
KERNELS, DILATIONS = (3, 7, 11), (1, 3, 5)


class HiFiGAN(nn.Module):
    """Makes ``prod(factors)`` samples of every frame by transposed convolutions.

    After each, several stacks of dilated convolutions with different kernels look at the result,
    and their mean goes on (multi-receptive-field fusion). The channels are halved each time.

    Parameters
    ----------
    in_channels
        C, of the features.
    channels
        Width at the frames' rate; a multiple of ``2 ** len(factors)``.
    factors
        By how much each transposed convolution raises the rate, each even.
    """

    def __init__(
        self, in_channels: int, channels: int = 512, factors: Sequence[int] = FACTORS
    ) -> None:
        if channels % 2 ** len(factors) or any(factor % 2 for factor in factors):
            raise InvalidValueError(
                f"channels must be a multiple of {2 ** len(factors)} and factors even, "
                f"got {channels} and {tuple(factors)}"
            )
        super().__init__()
        self.hop = math.prod(factors)
        self.begin = nn.Conv1d(in_channels, channels, 7, padding=3)
        self.raise_rate, self.stacks = nn.ModuleList(), nn.ModuleList()
        for i, factor in enumerate(factors):
            wide, narrow = channels >> i, channels >> (i + 1)
            self.raise_rate.append(
                nn.ConvTranspose1d(wide, narrow, 2 * factor, factor, factor // 2)
            )
            self.stacks.append(nn.ModuleList(_Stack(narrow, kernel) for kernel in KERNELS))
        self.end = nn.Conv1d(channels >> len(factors), 1, 7, padding=3)

    def forward(self, frames: Tensor) -> Tensor:
        """Map features (B, C, T) to waveforms (B, T hop) in [-1, 1]."""
        h = self.begin(frames)
        for raise_rate, stacks in zip(self.raise_rate, self.stacks, strict=True):
            h = raise_rate(F.leaky_relu(h, SLOPE))
            h = sum(stack(h) for stack in stacks) / len(stacks)
        return torch.tanh(self.end(F.leaky_relu(h, SLOPE)))[:, 0]


class _Stack(nn.Module):
    """Pairs of convolutions with a residual, the first of each pair dilated."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        pad = kernel // 2
        self.wide = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, padding=pad * d, dilation=d) for d in DILATIONS
        )
        self.plain = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, padding=pad) for _ in DILATIONS
        )

    def forward(self, h: Tensor) -> Tensor:
        for wide, plain in zip(self.wide, self.plain, strict=True):
            h = h + plain(F.leaky_relu(wide(F.leaky_relu(h, SLOPE)), SLOPE))
        return h


class ScaleCritic(nn.Module):
    """Critics that hear the waveform itself, at its rate and averaged down to halves of it.

    Parameters
    ----------
    scales
        How many; VITS has 1 beside the periods, HiFi-GAN 3.
    width
        Channels of the first layer; 16 in the paper.
    """

    def __init__(self, scales: int = 1, width: int = 16) -> None:
        if scales < 1 or width < 1:
            raise InvalidValueError(f"scales and width must be >= 1, got {scales} and {width}")
        super().__init__()
        self.critics = nn.ModuleList(_ScaleLayers(width) for _ in range(scales))

    def forward(self, x: Tensor) -> list[Heard]:
        """Map waveforms (B, N) to what each of the critics says."""
        check_waveforms(x)
        heard, x = [], x[:, None]
        for i, critic in enumerate(self.critics):
            x = F.avg_pool1d(x, 4, 2, 2) if i else x
            heard.append(critic(x))
        return heard


class _ScaleLayers(nn.Module):
    """Strided convolutions in groups, then one that gives the scores (MelGAN, table 3)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width * times for times in (1, 4, 16, 64, 64)]
        self.hidden = nn.ModuleList([nn.Conv1d(1, width, 15, padding=7)])
        for wide, wider in zip(widths[:-1], widths[1:], strict=True):
            groups = max(1, wide // 4)
            self.hidden.append(nn.Conv1d(wide, wider, 41, 4, 20, groups=groups))
        self.hidden.append(nn.Conv1d(widths[-1], widths[-1], 5, padding=2))
        self.score = nn.Conv1d(widths[-1], 1, 3, padding=1)

    def forward(self, x: Tensor) -> Heard:
        features = []
        for layer in self.hidden:
            x = F.leaky_relu(layer(x), SLOPE)
            features.append(x)
        return Heard(self.score(x).flatten(1), features)
