"""Critics of waveforms: several small networks, each of which hears a sound in its own way.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb

A critic gives scores for many places of a waveform, not one for all of it, and its layers'
outputs, which a generator can be held to (feature matching).

References
----------
- J. Kong, J. Kim and J. Bae (2020), *HiFi-GAN*, arXiv:2010.05646, section 2.3: periods.
- A. Défossez et al. (2022), *High fidelity neural audio compression*, EnCodec, arXiv:2210.13438,
  section 3.4 and figure 2: complex spectra of several resolutions.
- T. Salimans and D. Kingma (2016), *Weight normalization*, arXiv:1602.07868.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from aigc_edu.errors import InvalidValueError

SLOPE = 0.1  # of the leaky rectifiers below 0
PERIODS = (2, 3, 5, 7, 11)  # samples: primes, so that no two look at the same ones (Kong 2020)
FRAMES = (512, 256, 128)  # samples
PERIOD_WIDTHS = (1, 4, 16, 32, 32)  # of the layers, in units of the first (Kong 2020: 32 channels)


class Heard(NamedTuple):
    """What one small critic says of waveforms.

    Attributes
    ----------
    scores
        Shape (B, places): how real each place sounds, any number.
    features
        The outputs of its hidden layers, each (B, channels, ..., ...).
    """

    scores: Tensor
    features: list[Tensor]


class PeriodCritic(nn.Module):
    """For each period p, a network that sees only samples p apart: the multi-period discriminator.

    A waveform is folded to rows of p samples, and the convolutions run down the columns.

    Parameters
    ----------
    periods
        In samples, each at least 1.
    width
        Channels of the first layer; the others have 4, 16, 32 and 32 times as many. 32 in the
        paper.
    """

    def __init__(self, periods: Sequence[int] = PERIODS, width: int = 32) -> None:
        super().__init__()
        if not periods or min(*periods, width) < 1:
            raise InvalidValueError(f"periods and width must be >= 1, got {periods}, {width}")
        self.periods = tuple(periods)
        self.critics = nn.ModuleList(_columns(width) for _ in self.periods)

    def forward(self, x: Tensor) -> list[Heard]:
        """Map waveforms (B, N) to what each of the small critics says."""
        check_waveforms(x)
        pairs = zip(self.periods, self.critics, strict=True)
        return [critic(folded(x, period)) for period, critic in pairs]


class SpectrumCritic(nn.Module):
    """For each length of a frame, a network that sees the complex spectrum.

    That is EnCodec's multi-scale STFT discriminator. Real and imaginary part are two channels. The
    frames advance by a quarter of their length.

    Parameters
    ----------
    frames
        Lengths in samples, multiples of 4.
    width
        Channels of each layer; 32 in the paper.
    """

    def __init__(self, frames: Sequence[int] = FRAMES, width: int = 32) -> None:
        super().__init__()
        if not frames or min(*frames, width) < 1 or any(frame % 4 for frame in frames):
            raise InvalidValueError(
                f"frames must be multiples of 4, width >= 1, got {frames}, {width}"
            )
        self.frames = tuple(frames)
        self.critics = nn.ModuleList(_image(width) for _ in self.frames)
        for frame in self.frames:
            self.register_buffer(f"hann{frame}", torch.hann_window(frame), persistent=False)

    def forward(self, x: Tensor) -> list[Heard]:
        """Map waveforms (B, N) to what each of the small critics says."""
        check_waveforms(x)
        pairs = zip(self.frames, self.critics, strict=True)
        return [critic(self._spectrum(x, frame)) for frame, critic in pairs]

    def _spectrum(self, x: Tensor, frame: int) -> Tensor:
        """Return real and imaginary parts, (B, 2, frames, bins), of noise about as large as it."""
        told = {"window": getattr(self, f"hann{frame}"), "pad_mode": "constant"}
        told |= {"normalized": True, "return_complex": True}
        X = torch.stft(x.float(), frame, frame // 4, **told)  # (B, bins, frames)
        return torch.view_as_real(X).permute(0, 3, 2, 1)


class CriticsTogether(nn.Module):
    """Several critics as one: what each of them says, in a row.

    Parameters
    ----------
    critics
        Modules that map waveforms to lists of :class:`Heard`.
    """

    def __init__(self, *critics: nn.Module) -> None:
        super().__init__()
        self.critics = nn.ModuleList(critics)

    def forward(self, x: Tensor) -> list[Heard]:
        """Map waveforms (B, N) to what all small critics say."""
        return [heard for critic in self.critics for heard in critic(x)]


class _Layers(nn.Module):
    """Convolutions with leaky rectifiers, then one that gives the scores."""

    def __init__(self, hidden: Sequence[nn.Module], score: nn.Module) -> None:
        super().__init__()
        self.hidden = nn.ModuleList(weight_norm(layer) for layer in hidden)
        self.score = weight_norm(score)

    def forward(self, image: Tensor) -> Heard:
        features = []
        for layer in self.hidden:
            image = F.leaky_relu(layer(image), SLOPE)
            features.append(image)
        return Heard(self.score(image).flatten(1), features)


def folded(x: Tensor, period: int) -> Tensor:
    """Return waveforms (B, N), filled up with zeros, in rows of p samples: (B, 1, rows, p)."""
    x = F.pad(x, (0, -x.shape[1] % period))
    return x.view(len(x), 1, -1, period)


def check_waveforms(*waveforms: Tensor) -> None:
    """Raise InvalidValueError unless all have one shape (B, N), N >= 1."""
    shape = waveforms[0].shape
    if len(shape) != 2 or not shape[1] or any(x.shape != shape for x in waveforms):
        shapes = ", ".join(str(tuple(x.shape)) for x in waveforms)
        raise InvalidValueError(f"expected waveforms of one shape (B, N), N >= 1, got {shapes}")


def _columns(width: int) -> _Layers:
    """Return layers down the columns of a folded waveform (Kong et al. 2020, appendix A)."""
    widths, strides = [width * times for times in PERIOD_WIDTHS], (3, 3, 3, 3, 1)
    inputs = (1, *widths)
    hidden = [
        nn.Conv2d(a, b, (5, 1), (stride, 1), (2, 0))
        for a, b, stride in zip(inputs, widths, strides, strict=False)
    ]
    return _Layers(hidden, nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0)))


def _image(width: int) -> _Layers:
    """Return layers over frames and bins; three halve the bins and look ever further in time."""
    hidden = [nn.Conv2d(2, width, (3, 9), padding=(1, 4))]
    hidden += [
        nn.Conv2d(width, width, (3, 9), (1, 2), (reach, 4), dilation=(reach, 1))
        for reach in (1, 2, 4)
    ]
    hidden += [nn.Conv2d(width, width, 3, padding=1)]
    return _Layers(hidden, nn.Conv2d(width, 1, 3, padding=1))
