"""The network that is told where noise has to go, and the decoder that makes sound of frames.

Chapter: chapters/05-tokens/06-flow-matching.ipynb

References
----------
- Y. Lipman et al. (2023), *Flow matching for generative modeling*, arXiv:2210.02747.
- W. Peebles and S. Xie (2023), *Scalable diffusion models with Transformers*, arXiv:2212.09748,
  section 3.2: time and class as scale and shift of each block.
- H. Siuzdak (2023), *Vocos*, arXiv:2306.00814: the decoder.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.flowmatching.config import FlowMatchingConfig
from aigc_edu.nn.convnext import ConvNeXtBlock
from aigc_edu.nn.positions import angular_speeds
from aigc_edu.nn.spectral_decoder import SpectralDecoder, inverse_stft

FINE = 1000.0  # tau is told as a position among so many
SOURCE = 4.0  # magnitude of the source's harmonics: a filter of 1 makes sines of 1 / 64
BETWEEN = 0.03  # and between them


class Times(nn.Module):
    """Tell a network a time: cosines and sines of it, and two layers.

    Parameters
    ----------
    size
        D, even.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("speeds", FINE * angular_speeds(size).float(), persistent=False)
        self.layers = nn.Sequential(nn.Linear(size, size), nn.SiLU(), nn.Linear(size, size))

    def forward(self, tau: Tensor) -> Tensor:
        """Map times (B,) from 0 to 1 to vectors (B, D)."""
        angles = tau[:, None] * self.speeds  # (B, D / 2)
        return self.layers(torch.cat([angles.cos(), angles.sin()], dim=1))


class Velocity(nn.Module):
    """v(x, tau) for mel frames x: ConvNeXt blocks, each told the time, the family and the pitch.

    The tables of families and pitches have a row more, the last, for what isn't told.
    """

    def __init__(self, config: FlowMatchingConfig) -> None:
        super().__init__()
        wide, told = config.channels, config.condition
        self.time = Times(told)
        self.span = Times(told) if config.spans else None
        self.family = nn.Embedding(config.families + 1, told)
        self.pitch = nn.Embedding(config.pitches + 1, told)
        self.begin = nn.Conv1d(config.bands, wide, 7, padding=3)
        self.place = nn.Parameter(torch.zeros(wide, config.frames))  # when in a note a frame is
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(wide, config.hidden, condition=told, scale=1 / config.blocks)
            for _ in range(config.blocks)
        )
        self.norm = nn.LayerNorm(wide)
        self.end = nn.Linear(wide, config.bands)
        nn.init.zeros_(self.end.weight)  # it begins with no velocity at all
        nn.init.zeros_(self.end.bias)

    def forward(
        self, x: Tensor, tau: Tensor, family: Tensor, pitch: Tensor, span: Tensor | None = None
    ) -> Tensor:
        """Return the velocity (B, bands, T), T <= frames.

        Parameters
        ----------
        x
            Frames mixed with noise, (B, bands, T).
        tau
            The share of noise, (B,).
        family, pitch
            Rows of the tables, int64 (B,).
        span
            How far the step goes, (B,), 0 if it isn't given; for a network that is told.
        """
        if x.dim() != 3 or x.shape[2] > self.place.shape[1]:
            raise InvalidValueError(
                f"expected (B, bands, T) of at most {self.place.shape[1]} frames, "
                f"got {tuple(x.shape)}"
            )
        told = self.time(tau) + self.family(family) + self.pitch(pitch)  # (B, D)
        if self.span is not None:
            told = told + self.span(torch.zeros_like(tau) if span is None else span)
        told = nn.functional.silu(told)
        h = self.begin(x) + self.place[:, : x.shape[2]]  # (B, C, T)
        for block in self.blocks:
            h = block(h, told)
        return self.end(self.norm(h.transpose(1, 2))).transpose(1, 2)


class NoteDecoder(nn.Module):
    """Makes a waveform of mel frames and a pitch: a filter over a source that has the pitch.

    A network that is the same at all times gives equal frames equal phases, so that what lasts
    would repeat from frame to frame: a buzz at multiples of rate / hop. And 64 mel bands don't tell
    harmonics apart. So the network's spectrum is multiplied by that of a source, whose phases run
    at the pitch; what the network adds to them hardly changes while a note is held.
    """

    def __init__(self, config: FlowMatchingConfig) -> None:
        super().__init__()
        self.config, size = config, config.decoder_channels
        sizes = (config.bands, size, config.decoder_blocks, config.frame, config.hop)
        self.pitch = nn.Embedding(config.pitches, size)
        self.filter = SpectralDecoder(*sizes, noise=config.noise, condition=size)

    def forward(self, frames: Tensor, pitch: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return waveforms (B, T hop).

        Parameters
        ----------
        frames
            Normalised mel frames, (B, bands, T).
        pitch
            Rows of the table, int64 (B,), 0 for the lowest pitch.
        noise
            (B, noise, T), normally distributed; drawn anew if it isn't given.
        """
        X = self.filter.spectrum(frames, self.pitch(pitch), noise)  # (B, bins, T)
        X = X * harmonic_source(self.config.lowest + pitch, frames.shape[2], self.config)
        return inverse_stft(X, self.filter.window, self.config.hop)


def harmonic_source(pitch: Tensor, frames: int, config: FlowMatchingConfig) -> Tensor:
    """Return the spectra of frames of a source: all harmonics of a pitch, alike, and a little more.

    Each bin has the phase of the harmonic nearest to it, and as its magnitude what a Hann window
    lets through of that, but at least :data:`BETWEEN`: from there a filter can lift noise and
    partials that are no harmonics.

    Parameters
    ----------
    pitch
        MIDI numbers, (B,).
    frames
        T.
    config
        Rate, frame and hop.

    Returns
    -------
    Tensor
        complex64, (B, frame / 2 + 1, T); a harmonic has the magnitude :data:`SOURCE` at its top.
    """
    hertz = 440 * 2 ** ((pitch.double() - 69) / 12)[:, None]  # (B, 1)
    bins = torch.arange(config.frame // 2 + 1, device=pitch.device).double()
    width = config.rate / config.frame  # of a bin, in Hz
    nearest = hertz * torch.round(bins * width / hertz).clamp(min=1)  # (B, bins), in Hz
    seconds = (torch.arange(frames, device=pitch.device) + 0.5) * config.hop / config.rate
    turns = nearest[..., None] * seconds + bins[:, None] / 2  # a frame's phases are of its start
    phase = 2 * math.pi * torch.remainder(turns, 1)  # in float32 late ones would be inexact
    magnitude = BETWEEN + (1 - BETWEEN) * _hann_lobe(bins - nearest / width)
    return torch.polar(SOURCE * magnitude[..., None].expand_as(phase), phase).to(torch.complex64)


def _hann_lobe(distance: Tensor) -> Tensor:
    """Return a Hann window's magnitude so many bins off, 1 in the middle, 0 from 2 bins on."""
    near = distance.abs().clamp(max=2)
    near = torch.where(
        (near - 1).abs() < 1e-6, near + 2e-6, near
    )  # 0 / 0, of which the limit is 1/2
    return torch.sinc(near) / (1 - near.square())


class FlowMatching(nn.Module):
    """A flow from noise to the mel frames of notes, and the decoder that makes sound of them.

    Parameters
    ----------
    config
        The hyper-parameters.
    mean, deviation
        Of each mel band over the training notes, (bands,): frames are normalised by them.
    """

    def __init__(
        self,
        config: FlowMatchingConfig,
        mean: Tensor | None = None,
        deviation: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        mean = torch.zeros(config.bands) if mean is None else mean
        deviation = torch.ones(config.bands) if deviation is None else deviation
        self.register_buffer("mean", mean.float())
        self.register_buffer("deviation", deviation.float())
        self.velocity = Velocity(config)
        self.decoder = NoteDecoder(config)

    def normalised(self, levels: Tensor) -> Tensor:
        """Return levels (B, bands, T) in dB as the networks have them."""
        return (levels - self.mean[:, None]) / self.deviation[:, None]

    def levels(self, frames: Tensor) -> Tensor:
        """Undo :meth:`normalised`."""
        return frames * self.deviation[:, None] + self.mean[:, None]


def family_rows(config: FlowMatchingConfig, families: Tensor) -> Tensor:
    """Return the rows of the table of families (B,); -1 stands for one that isn't told.

    Raises
    ------
    InvalidValueError
        If there is no such family.
    """
    outside = families[(families < -1) | (families >= config.families)]
    if len(outside):
        raise InvalidValueError(
            f"families are numbers from 0 to {config.families - 1}, or -1 for any, "
            f"got {int(outside[0])}"
        )
    return torch.where(families < 0, config.families, families)


def pitch_rows(config: FlowMatchingConfig, pitches: Tensor) -> Tensor:
    """Return the rows of the table of pitches (B,) for MIDI numbers.

    Raises
    ------
    InvalidValueError
        If a pitch is none of the network's.
    """
    rows = pitches - config.lowest
    outside = pitches[(rows < 0) | (rows >= config.pitches)]
    if len(outside):
        highest = config.lowest + config.pitches - 1
        raise InvalidValueError(
            f"this network knows the pitches {config.lowest} to {highest}, got {int(outside[0])}"
        )
    return rows
