"""A neural codec: a waveform becomes frames, these become the numbers of entries, and back.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb

References
----------
- N. Zeghidour et al. (2021), *SoundStream: an end-to-end neural audio codec*, arXiv:2107.03312:
  encoder and decoder (section III.B), residual quantisation and its dropout (III.C).
- A. Défossez et al. (2022), *High fidelity neural audio compression*, EnCodec, arXiv:2210.13438.
- H. Siuzdak (2023), Vocos, arXiv:2306.00814: the decoder by an inverse STFT.

Waveforms have shape (B, N), features (B, D, T), tokens (B, n, T) with T = N / hop frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.codec.config import LEVELS, CodecConfig
from aigc_edu.nn import ResidualCodebook, SpectralDecoder
from aigc_edu.nn.scalar_codes import ScalarQuantiser
from aigc_edu.nn.standardising import standardise
from aigc_edu.nn.strided import strided_conv1d, strided_conv_transpose1d


class Coded(NamedTuple):
    """What a codec makes of waveforms, in training.

    Attributes
    ----------
    waveform
        float32, shape (B, N).
    tokens
        int64, shape (B, n, T).
    commitment
        A scalar: how far the features are from their entries.
    """

    waveform: Tensor
    tokens: Tensor
    commitment: Tensor


class Codec(nn.Module):
    """Encoder, quantiser and decoder.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.quantiser = _quantiser(config)
        self.decoder = _decoder(config)

    @property
    def rate(self) -> int:
        """Sampling rate in Hz."""
        return self.config.rate

    @property
    def hop(self) -> int:
        """Samples of a frame."""
        return self.config.hop

    @property
    def books(self) -> int:
        """Number of codebooks n."""
        return self.config.books

    @property
    def entries(self) -> int:
        """Entries of each codebook, K."""
        return self.config.entries

    def forward(self, x: Tensor, kept: Tensor | None = None) -> Coded:
        """Code waveforms (B, N), N a multiple of the hop, and decode them again.

        ``kept`` says of how many books each row is decoded, int64 (B,); by default of all.
        """
        features = self.features(x)
        with torch.autocast(x.device.type, enabled=False):  # entries are float32, and so are means
            quantised, tokens, commitment = self.quantiser(features.float(), kept)
        return Coded(self._waveform(quantised), tokens, commitment)

    def features(self, x: Tensor) -> Tensor:
        """Return what is quantised of waveforms (B, N): (B, D, T)."""
        if x.dim() != 2 or not x.shape[1] or x.shape[1] % self.hop:
            wanted = f"(B, N), N a multiple of {self.hop} above 0"
            raise InvalidValueError(f"expected waveforms {wanted}, got {tuple(x.shape)}")
        return self.encoder(x)

    @torch.no_grad()
    def encode(self, x: Tensor) -> Tensor:
        """Map waveforms (B, T hop) to tokens, int64 (B, n, T), the coarsest first."""
        return self.quantiser.encode(self.features(x))

    @torch.no_grad()
    def decode(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, m, T) of the first m books, 1 <= m <= n, to waveforms (B, T hop)."""
        return self._waveform(self.quantiser.decode(tokens))

    @torch.no_grad()
    def start(self, x: Tensor) -> None:
        """Fit a new codec to waveforms (B, N): its encoder's layers, and then its entries.

        Each convolution's channels get mean 0 and deviation 1 (initialisation by data: Salimans and
        Kingma 2016, arXiv:1602.07868, section 3). As they come, sounds are so quiet that a layer's
        bend is not reached: a linear encoder, whose features say nothing of loudness or timbre.
        """
        layers = [layer for layer in self.encoder.modules() if isinstance(layer, nn.Conv1d)]
        hooks = [layer.register_forward_hook(_fitted) for layer in layers]
        features = self.features(x)
        for hook in hooks:
            hook.remove()
        self.quantiser.start(features)

    def _waveform(self, features: Tensor) -> Tensor:
        return self.decoder(features).float()


class Encoder(nn.Module):
    """Waveforms (B, N) to features (B, D, T): residual units, then a stride, several times.

    Parameters
    ----------
    config
        ``width``, ``strides``, ``dilations`` and ``code_channels`` are read.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        widths = _widths(config)
        layers: list[nn.Module] = [nn.Conv1d(1, widths[0], 7, padding=3)]
        for a, b, stride in zip(widths, widths[1:], config.strides, strict=False):
            layers += [ResidualUnit(a, dilation) for dilation in config.dilations]
            layers += [nn.ELU(), Downsampling(a, b, stride)]
        layers += [nn.ELU(), nn.Conv1d(widths[-1], config.code_channels, 3, padding=1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) to features (B, D, T)."""
        return self.layers(x[:, None])


class TransposedDecoder(nn.Module):
    """Features (B, D, T) to waveforms (B, N): the encoder's mirror image.

    Parameters
    ----------
    config
        As for the encoder.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        widths = _widths(config)[::-1]
        layers: list[nn.Module] = [nn.Conv1d(config.code_channels, widths[0], 7, padding=3)]
        for a, b, stride in zip(widths, widths[1:], config.strides[::-1], strict=False):
            layers += [nn.ELU(), Upsampling(a, b, stride)]
            layers += [ResidualUnit(b, dilation) for dilation in config.dilations]
        layers += [nn.ELU(), nn.Conv1d(widths[-1], 1, 7, padding=3)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Map features (B, D, T) to waveforms (B, T hop)."""
        return self.layers(x)[:, 0]


class ResidualUnit(nn.Module):
    """A dilated convolution of 7 taps and one of 1, added to what came in: (B, C, T) each.

    Parameters
    ----------
    channels, dilation
        C, and the distance between two taps.
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        reach = 3 * dilation
        self.around = nn.Conv1d(channels, channels, 7, dilation=dilation, padding=reach)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, T) to the same shape."""
        return x + self.mix(F.elu(self.around(F.elu(x))))


class Downsampling(nn.Conv1d):
    """A convolution of 2 s taps and stride s: (B, C, N) to (B, C', N / s).

    Parameters
    ----------
    inputs, outputs, stride
        C, C' and s.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__(inputs, outputs, 2 * stride, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, N), N a multiple of s, to (B, C', N / s)."""
        s = self.stride[0]
        return strided_conv1d(x, self.weight, self.bias, s, s // 2)


class Upsampling(nn.ConvTranspose1d):
    """A transposed convolution of 2 s taps and stride s: (B, C, T) to (B, C', s T).

    Parameters
    ----------
    inputs, outputs, stride
        C, C' and s.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__(inputs, outputs, 2 * stride, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, T) to (B, C', s T)."""
        s = self.stride[0]
        return strided_conv_transpose1d(x, self.weight, self.bias, s, s // 2)


def _fitted(layer: nn.Conv1d, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
    return standardise(layer, output)


def _widths(config: CodecConfig) -> Sequence[int]:
    return [config.width * 2**i for i in range(len(config.strides) + 1)]


def _quantiser(config: CodecConfig) -> nn.Module:
    if config.quantiser == "scalar":
        return ScalarQuantiser(config.books, LEVELS[config.entries], config.code_channels)
    sizes = (config.books, config.entries, config.code_channels)
    return ResidualCodebook(*sizes, config.decay, config.least_use)


def _decoder(config: CodecConfig) -> nn.Module:
    if config.decoder == "transposed":
        return TransposedDecoder(config)
    sizes = (config.decoder_channels, config.decoder_blocks, config.frame, config.hop)
    return SpectralDecoder(config.code_channels, *sizes)
