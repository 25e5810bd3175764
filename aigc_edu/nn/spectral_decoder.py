"""From frames to a waveform by way of a spectrum: ConvNeXt blocks and an inverse STFT.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb

All layers work at the rate of the frames; the inverse STFT makes samples of them at once. A network
of transposed convolutions has to come to the rate of the samples by itself, and most of its work is
there.

References
----------
- H. Siuzdak (2023), *Vocos: closing the gap between time-domain and Fourier-based neural vocoders
  for high-quality audio synthesis*, arXiv:2306.00814, sections 3.2 and 3.3.
- D. W. Griffin, J. S. Lim (1984), *Signal estimation from modified short-time Fourier transform*,
  equation 6: what overlap-add is divided by.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.convnext import ConvNeXtBlock

LOUDEST = 100.0  # of a magnitude: a slip of the logarithm would be a bang otherwise


class SpectralDecoder(nn.Module):
    """Makes ``hop`` samples of every frame of features.

    Parameters
    ----------
    in_channels
        C, of the features.
    channels, blocks
        Width and number of the ConvNeXt blocks.
    frame, hop
        Of the inverse STFT, in samples: ``frame >= 2 hop``, both even.
    noise
        Number of channels of white noise at the input, from which hissing sounds can be made; 0
        for none.
    condition
        D, the size of a vector that all blocks are told; 0 for none.
    kernel
        Taps of the convolutions, an odd number.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        blocks: int,
        frame: int,
        hop: int,
        noise: int = 0,
        condition: int = 0,
        kernel: int = 7,
    ) -> None:
        super().__init__()
        if min(in_channels, channels, blocks) < 1 or noise < 0:
            raise InvalidValueError("in_channels, channels, blocks must be >= 1, noise >= 0")
        check_frame(frame, hop)
        self.in_channels, self.noise, self.hop = in_channels, noise, hop
        self.register_buffer("window", torch.hann_window(frame), persistent=False)
        self.begin = nn.Conv1d(in_channels + noise, channels, kernel, padding=kernel // 2)
        self.norm = nn.LayerNorm(channels)
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(channels, 3 * channels, kernel, condition, 1 / blocks)
            for _ in range(blocks)
        )
        self.last_norm = nn.LayerNorm(channels)
        self.head = nn.Linear(channels, frame + 2)  # log-magnitude and phase of frame / 2 + 1 bins

    def forward(
        self, frames: Tensor, condition: Tensor | None = None, noise: Tensor | None = None
    ) -> Tensor:
        """Return waveforms (B, T hop), float32.

        Parameters
        ----------
        frames
            Features (B, C, T), T >= 1.
        condition
            (B, D), if the decoder was made for one.
        noise
            (B, noise, T), normally distributed; drawn anew if it isn't given.
        """
        return inverse_stft(self.spectrum(frames, condition, noise), self.window, self.hop)

    def spectrum(
        self, frames: Tensor, condition: Tensor | None = None, noise: Tensor | None = None
    ) -> Tensor:
        """Return what the inverse STFT is given: complex64 (B, frame / 2 + 1, T).

        ``min(exp(m), 100) (cos p + i sin p)`` (Siuzdak 2023, section 3.2): p may be any number, so
        that the network need not jump from pi to -pi.
        """
        h = self.begin(self._with_noise(frames, noise))  # (B, channels, T)
        h = self.norm(h.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            h = block(h, condition)
        with torch.autocast(h.device.type, enabled=False):  # phases in bfloat16 would be coarse
            m, p = self.head(self.last_norm(h.float().transpose(1, 2))).chunk(2, dim=-1)
            return torch.polar(m.clamp(max=math.log(LOUDEST)).exp(), p).transpose(1, 2)

    def _with_noise(self, frames: Tensor, noise: Tensor | None) -> Tensor:
        if frames.dim() != 3 or frames.shape[1] != self.in_channels or not frames.shape[2]:
            wanted = f"(B, {self.in_channels}, T), T >= 1"
            raise InvalidValueError(f"expected frames {wanted}, got {tuple(frames.shape)}")
        shape = (len(frames), self.noise, frames.shape[2])
        if noise is not None and noise.shape != shape:
            raise InvalidValueError(f"expected noise {shape}, got {tuple(noise.shape)}")
        if not self.noise:
            return frames
        noise = torch.randn(shape, device=frames.device) if noise is None else noise
        return torch.cat([frames, noise.to(frames)], dim=1)


def whole_hops(x: Tensor, hop: int) -> Tensor:
    """Return waveforms (..., N) filled up with zeros to a multiple of ``hop`` samples."""
    return F.pad(x, (0, -x.shape[-1] % hop))


def stft_of_hops(x: Tensor, window: Tensor, hop: int) -> Tensor:
    """Return the short-time spectra of waveforms, a frame for every ``hop`` samples.

    Frame m is where :func:`inverse_stft` has it: its middle is that of samples
    ``m hop ... (m + 1) hop - 1``. Before the first sample and behind the last one is silence.

    Parameters
    ----------
    x
        Real, shape (B, T hop), T >= 1.
    window
        Shape (L,), L >= 2 hop.
    hop
        Samples from one frame to the next, even if L is.

    Returns
    -------
    Tensor
        Complex, shape (B, L / 2 + 1, T), of x's precision.

    Raises
    ------
    InvalidValueError
        If x isn't made of whole hops, or frame and hop do not fit.
    """
    frame = len(window)
    check_frame(frame, hop)
    if x.dim() != 2 or x.shape[1] % hop or not x.shape[1]:
        raise InvalidValueError(f"expected (B, a multiple of {hop}), got {tuple(x.shape)}")
    beside = (frame - hop) // 2
    padded = F.pad(x, (beside, beside))
    return torch.stft(padded, frame, hop, window=window.to(x), center=False, return_complex=True)


def inverse_stft(X: Tensor, window: Tensor, hop: int) -> Tensor:
    """Return the waveforms whose short-time spectra are nearest to X, exactly T hop samples long.

    Frame m has its middle in the middle of samples ``m hop ... (m + 1) hop - 1``, where
    :func:`aigc_edu.dsp.istft` would give samples from the middle of the first frame to that of the
    last.

    Parameters
    ----------
    X
        Complex, shape (B, L / 2 + 1, T).
    window
        Shape (L,), L >= 2 hop; it has been and is applied once in each direction.
    hop
        Samples from one frame to the next, even if L is.

    Returns
    -------
    Tensor
        Shape (B, T hop), of X's precision.
    """
    frame, count = len(window), X.shape[2]
    check_frame(frame, hop)
    if X.shape[1] != frame // 2 + 1:
        raise InvalidValueError(f"expected {frame // 2 + 1} bins, got {X.shape[1]}")
    pieces = torch.fft.irfft(X, frame, dim=1) * window[:, None]  # (B, L, T)
    weights = window.square()[None, :, None].expand(1, frame, count)
    beside = (frame - hop) // 2
    both = torch.cat([pieces, weights.to(pieces)])
    y = _overlap_add(both, hop)[:, beside : beside + count * hop]
    return y[:-1] / y[-1]


def check_frame(frame: int, hop: int) -> None:
    """Raise InvalidValueError unless ``frame >= 2 hop > 0`` and both are even."""
    if hop < 2 or frame < 2 * hop or frame % 2 or hop % 2:
        raise InvalidValueError(
            f"frame and hop must be even and frame >= 2 hop > 0, got {frame} and {hop}"
        )


def _overlap_add(pieces: Tensor, hop: int) -> Tensor:
    """Add pieces (B, L, T), each ``hop`` samples after the one before: (B, L + (T - 1) hop)."""
    _, frame, count = pieces.shape
    length = frame + (count - 1) * hop
    return F.fold(pieces, (1, length), (1, frame), stride=(1, hop))[:, 0, 0]
