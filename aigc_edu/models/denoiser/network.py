"""A denoiser: a recurrent network that says how much of each bin is speech.

Chapter: chapters/06-product/06-denoising-by-a-network.ipynb

References
----------
- S. Braun and I. Tashev (2020), *Data augmentation and loss normalization for deep noise
  suppression*, arXiv:2008.06412: log powers, GRU layers, a mask; NSNet2 is of this family.
- J.-M. Valin (2018), *A hybrid DSP/deep learning approach to real-time full-band speech
  enhancement*, arXiv:1709.08243.
- S. Wisdom et al. (2020), *Unsupervised sound separation using mixture invariant training*,
  arXiv:2006.12701, equation 2: the ratio that is not pushed beyond 30 dB.

Waveforms have shape (B, N), spectra (B, T, F): T frames, one behind the other, of F bins.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.denoiser.config import DenoiserConfig

FLOOR = 1e-5  # of a magnitude, against a sine of amplitude 1: -100 dB
MIDDLE, SPREAD = -6.0, 3.0  # nepers: what log magnitudes of speech and noise are about
ENOUGH = 1e-3  # of the speech's energy: an error below -30 dB is as good as none
POWER = 0.3  # of magnitudes, by which they are compared: soft ones count nearly as loud ones do
CONTEXT, REACH = 2, 5  # what is said of each bin to be sharpened, and bins that are seen at once
QUIET = 500.0  # weight of that comparison against one decibel


class State(NamedTuple):
    """What a denoiser remembers.

    Attributes
    ----------
    memory
        Of the recurrent layers, (layers, B, width).
    late
        The noisy spectra that have no mask yet, complex, (B, ahead, F).
    """

    memory: Tensor
    late: Tensor


class Denoiser(nn.Module):
    """Log magnitudes, recurrent layers, a mask, and the noisy spectrum times the mask.

    It is causal but for some frames: a mask depends on its frame, on those before it, and on
    ``config.ahead`` frames after it.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        self.inner = nn.Linear(config.bins, config.width)
        self.memory = nn.GRU(config.width, config.width, config.layers, batch_first=True)
        context = CONTEXT * config.bins if config.local else config.bins
        sizes = (config.width, *config.after, context)
        pairs = zip(sizes, sizes[1:], strict=False)
        self.outer = nn.ModuleList(nn.Linear(*pair) for pair in pairs)
        self.sharpen = Neighbours(config.local) if config.local else None
        window = torch.sin(math.pi * torch.arange(config.frame) / config.frame)
        self.register_buffer("window", window, persistent=False)  # the root of Hann's

    @property
    def rate(self) -> int:
        """Sampling rate in Hz."""
        return self.config.rate

    def forward(self, x: Tensor) -> Tensor:
        """Return waveforms (B, N) with less noise: (B, N), in time with what went in."""
        frame, hop, ahead = self.config.frame, self.config.hop, self.config.ahead
        if x.dim() != 2 or not x.shape[1]:
            raise InvalidValueError(f"waveforms have shape (B, N), N >= 1, got {tuple(x.shape)}")
        count = -(-x.shape[1] // hop) + 1  # so that two frames hold every sample
        padded = F.pad(x, (hop, (count + ahead) * hop - x.shape[1]))
        X = self.analyse(padded.unfold(1, frame, hop))  # (B, T + ahead, F)
        pieces = self.synthesise(self.clean(X)[0][:, ahead:])  # (B, T, frame)
        y = pieces[:, 1:, :hop] + pieces[:, :-1, hop:]
        return y.flatten(1)[:, : x.shape[1]]

    def analyse(self, pieces: Tensor) -> Tensor:
        """Return the spectra of pieces (B, T, frame) under the window: complex, (B, T, F)."""
        return torch.fft.rfft(pieces * self.window)

    def synthesise(self, X: Tensor) -> Tensor:
        """Return windowed pieces (B, T, frame) of spectra; overlapped by half, they add up."""
        return torch.fft.irfft(X, self.config.frame) * self.window

    def clean(self, X: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return spectra with less noise, ``ahead`` frames late, and what is remembered.

        Parameters
        ----------
        X
            Noisy spectra, complex, (B, T, F), T >= 1.
        state
            What was remembered of the frames before; None before the first.

        Returns
        -------
        Y
            Complex, (B, T, F): frame t is the cleaned frame ``t - ahead``, and 0 before the first.
        state
            What has to be remembered.
        """
        memory, late = state or (None, X.new_zeros(len(X), self.config.ahead, X.shape[2]))
        h, memory = self.memory(F.relu(self.inner(self.features(X))), memory)
        late = torch.cat([late, X], dim=1)  # (B, ahead + T, F)
        present = late[:, : X.shape[1]]
        return self.mask(h, present) * present, State(memory, late[:, X.shape[1] :])

    def mask(self, h: Tensor, X: Tensor) -> Tensor:
        """Return how much of each bin is speech, from 0 to 1, (B, T, F).

        Parameters
        ----------
        h
            What the recurrent layers say, (B, T, width).
        X
            The noisy spectra that the mask is for, (B, T, F).
        """
        for layer in self.outer[:-1]:
            h = F.relu(layer(h))
        said = self.outer[-1](h)  # (B, T, F), or (B, T, 2 F) to be sharpened
        return torch.sigmoid(said if self.sharpen is None else self.sharpen(said, self.features(X)))

    def features(self, X: Tensor) -> Tensor:
        """Return log magnitudes (B, T, F) of spectra, about from -1 to 1."""
        full = self.window.sum() / 2  # what a sine of amplitude 1 has at its bin
        power = (X.real.square() + X.imag.square()) / full.square()
        return (0.5 * torch.log(power + FLOOR**2) - MIDDLE) / SPREAD


class Neighbours(nn.Module):
    """Two convolutions along the frequencies, the same at all of them.

    What the recurrent layers say of a bin is seen beside its neighbours and the bins themselves: a
    harmonic looks the same wherever it lies, and needs to be learned once only.

    Parameters
    ----------
    channels
        Between the two.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(CONTEXT + 1, channels, REACH, padding=REACH // 2)
        self.second = nn.Conv1d(channels, 1, REACH, padding=REACH // 2)

    def forward(self, said: Tensor, features: Tensor) -> Tensor:
        """Return logits (B, T, F) of what was said (B, T, 2 F) and the features (B, T, F)."""
        rows = features.flatten(0, 1)[:, None]  # (B T, 1, F)
        seen = torch.cat([said.reshape(len(rows), CONTEXT, -1), rows], dim=1)  # (B T, 3, F)
        return self.second(F.relu(self.first(seen))).view_as(features)


def denoising_loss(made: Tensor, clean: Tensor, spectrum: Denoiser) -> Tensor:
    """Return what a denoiser is trained by: a ratio in dB, and the distance of soft magnitudes.

    ``-10 log10(|s|^2 / (|s - s'|^2 + 0.001 |s|^2))`` of the clean speech s and the made one s', the
    mean over rows, plus 500 times the mean of ``(|S|^0.3 - |S'|^0.3)^2``. The first is about
    energy: the loud parts. The second hears the soft ones, too.

    Parameters
    ----------
    made, clean
        Waveforms (B, N), N a frame at least. Silent rows are compared by the second part alone.
    spectrum
        The network, whose frames are used.

    Returns
    -------
    Tensor
        A scalar.
    """
    energy = clean.square().sum(dim=1)
    error = (made - clean).square().sum(dim=1)
    heard = energy > 0
    ratio = 10 * torch.log10(error / energy.clamp(min=1e-12) + ENOUGH)
    loud = (ratio * heard).sum() / heard.sum().clamp(min=1)
    frame, hop = spectrum.config.frame, spectrum.config.hop
    soft = []
    for x in (made, clean):
        X = spectrum.analyse(x.unfold(1, frame, hop)) / (spectrum.window.sum() / 2)
        soft.append((X.real.square() + X.imag.square() + FLOOR**2) ** (POWER / 2))
    return loud + QUIET * F.mse_loss(*soft)
