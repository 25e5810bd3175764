"""A small digit recogniser: a convolutional network on log-mel spectrograms.

Chapter: chapters/00-start/01-hear-it-first.ipynb

It is the judge of generated digits: what it hears in a clip is compared with what was asked for.

References
----------
- Simonyan and Zisserman 2015, arXiv:1409.1556 (stacks of 3 x 3 convolutions).
- Ioffe and Szegedy 2015, arXiv:1502.03167 (batch normalisation).
"""

from __future__ import annotations

from dataclasses import dataclass

import librosa
import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError


@dataclass(frozen=True)
class RecogniserConfig:
    """Hyper-parameters of the recogniser.

    Attributes
    ----------
    classes
        Number of answers: the labels, and *nothing* where the network may say so.
    nothing
        Index of the answer *nothing*; None for a network that must name a label.
    rate
        Sampling rate in Hz of the waveforms it hears.
    length
        Samples N that it hears; shorter clips are padded with zeros, longer ones cut.
    window, hop
        Length of the Hann window and distance between windows, in samples.
    mels
        Mel bands F, from 0 Hz to half the rate.
    widths
        Channels of the convolutions.
    """

    classes: int = 10
    nothing: int | None = None
    rate: int = 8000
    length: int = 8000
    window: int = 256
    hop: int = 80
    mels: int = 40
    widths: tuple[int, ...] = (16, 32, 56)


class Recogniser(nn.Module):
    """Maps waveforms to logits of the answers.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: RecogniserConfig = RecogniserConfig()) -> None:  # noqa: B008
        super().__init__()
        self.config = config
        filters = librosa.filters.mel(
            sr=config.rate, n_fft=config.window, n_mels=config.mels, fmax=config.rate / 2
        )
        self.register_buffer("filters", torch.from_numpy(filters), persistent=False)
        self.register_buffer("hann", torch.hann_window(config.window), persistent=False)
        channels = (1, *config.widths)
        self.convolutions = nn.Sequential(
            *(_block(a, b) for a, b in zip(channels, channels[1:], strict=False))
        )
        self.convolutions.to(memory_format=torch.channels_last)  # faster on a CPU by a third
        bands = config.mels // 2 ** len(config.widths)  # every block halves both axes
        self.classify = nn.Linear(2 * config.widths[-1] * bands, config.classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) at the configured rate to logits (B, classes)."""
        return self.classify(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) to the features before the last layer, (B, 2 * channels * bands).

        They are the mean and the largest value over time of each channel in each band: which
        band it is tells a vowel, when it sounds is left open, and the largest value does not
        shrink when a short clip is padded with silence.
        """
        image = self.log_mel(x)[:, None].contiguous(memory_format=torch.channels_last)
        image = self.convolutions(image)  # (B, channels, bands, frames)
        return torch.cat([image.mean(dim=3), image.amax(dim=3)], dim=1).flatten(1)

    def frames(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) of any length to what is heard when, (B, channels * bands, T).

        It is what the last convolution finds, the largest of two bands each, before it is pooled
        over time: :attr:`frame_rate` vectors a second. Nothing is padded or cut.

        Raises
        ------
        InvalidValueError
            If the waveforms are shorter than one vector.
        """
        *blocks, last = self.convolutions
        if x.dim() != 2 or x.shape[1] < self.shortest:
            wanted = f"(B, N) with N >= {self.shortest}"
            raise InvalidValueError(f"expected waveforms {wanted}, got {tuple(x.shape)}")
        image = self._image(x)[:, None].contiguous(memory_format=torch.channels_last)
        for block in blocks:
            image = block(image)
        image = last[1](last[0](image))  # its convolution and its normalisation
        return torch.relu(nn.functional.max_pool2d(image, (2, 1))).flatten(1, 2)

    @property
    def frame_rate(self) -> float:
        """Vectors a second of :meth:`frames`."""
        return self.config.rate / (self.config.hop * 2 ** (len(self.config.widths) - 1))

    @property
    def shortest(self) -> int:
        """Samples that :meth:`frames` needs: for one vector, and for the first window's mirror."""
        one = (2 ** (len(self.config.widths) - 1) - 1) * self.config.hop
        return max(one, self.config.window // 2 + 1)

    def log_mel(self, x: Tensor) -> Tensor:
        """Return log-mel spectrograms (B, F, frames), each with mean 0 and deviation 1.

        That normalisation makes the recogniser deaf to a clip's level.
        """
        length = self.config.length
        if x.dim() != 2:
            raise InvalidValueError(f"expected waveforms of shape (B, N), got {tuple(x.shape)}")
        return self._image(nn.functional.pad(x, (0, max(0, length - x.shape[1])))[:, :length])

    def _image(self, x: Tensor) -> Tensor:
        config = self.config
        spectrum = torch.stft(
            x, config.window, config.hop, window=self.hann, return_complex=True
        )  # (B, window / 2 + 1, frames)
        energy = torch.matmul(self.filters, spectrum.abs().square())
        floor = 1e-5 * energy.amax(dim=(1, 2), keepdim=True) + 1e-10  # 50 dB below the peak
        image = torch.log(energy + floor)
        mean, deviation = image.mean((1, 2), keepdim=True), image.std((1, 2), keepdim=True)
        return (image - mean) / (deviation + 1e-5)


def _block(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.MaxPool2d(2),
        nn.ReLU(),  # the other way round it is the same, and has four times as much to do
    )
