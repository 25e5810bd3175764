"""A second digit recogniser, unlike the first: a recurrent network on linear prediction.

Chapter: chapters/03-autoregressive/07-wavenet-vocoder-and-judging.ipynb

It scores generated digits and chooses nothing. So that it does not share the first one's mistakes
(:mod:`aigc_edu.models.recogniser`: convolutions on a log-mel picture), it hears no spectrogram:
each frame is described by the filter of the vocal tract that predicts it best, by its energy and
by how periodic it is, and a recurrent network reads the frames in both directions.

References
----------
- Atal and Hanauer 1971, JASA 50: speech by linear prediction. Makhoul 1975, Proc. IEEE 63,
  equations 37 to 38: Durbin's recursion.
- Atal 1974, JASA 55: the cepstrum of the predictor, for recognition; equation 9.
- Cho et al. 2014, arXiv:1406.1078 (GRU); Schuster and Paliwal 1997 (both directions).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError

PITCH_LAGS = (20, 160)  # samples: at 8 kHz, voices from 50 to 400 Hz
EMPHASIS = 0.95  # of the first-order high-pass, which flattens the spectrum of a voice


@dataclass(frozen=True)
class ListenerConfig:
    """Hyper-parameters of the listener.

    Attributes
    ----------
    classes
        Number of answers, *nothing* among them.
    nothing
        Index of the answer *nothing*; None for a network that must name a label.
    rate
        Sampling rate in Hz of the waveforms it hears.
    length
        Samples N that it hears; shorter clips are padded with zeros, longer ones cut.
    window, hop
        Length of the Hann window and distance between windows, in samples.
    order
        Coefficients p of the predictor.
    width, hidden
        Channels of the convolution, and hidden units in each direction.
    """

    classes: int = 10
    nothing: int | None = None
    rate: int = 8000
    length: int = 8000
    window: int = 256
    hop: int = 80
    order: int = 12
    width: int = 64
    hidden: int = 64


class Listener(nn.Module):
    """Maps waveforms to logits of the answers.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: ListenerConfig = ListenerConfig()) -> None:  # noqa: B008
        super().__init__()
        self.config = config
        self.register_buffer("hann", torch.hann_window(config.window), persistent=False)
        size = config.order + 3
        self.read = nn.Sequential(
            nn.BatchNorm1d(size),
            nn.Conv1d(size, config.width, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm1d(config.width),
            nn.ReLU(),
        )
        self.gru = nn.GRU(config.width, config.hidden, batch_first=True, bidirectional=True)
        self.classify = nn.Linear(4 * config.hidden, config.classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) at the configured rate to logits (B, classes)."""
        return self.classify(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) to the features before the last layer, (B, 4 * hidden).

        They are the mean and the largest value over time of each hidden unit.
        """
        frames = self.read(self.describe(x).transpose(1, 2))  # (B, width, steps)
        states, _ = self.gru(frames.transpose(1, 2))  # (B, steps, 2 * hidden)
        return torch.cat([states.mean(dim=1), states.amax(dim=1)], dim=1)

    def describe(self, x: Tensor) -> Tensor:
        """Describe each frame of waveforms (B, N) by p + 3 numbers, (B, frames, p + 3).

        They are the predictor's cepstrum, the log of the share of the energy that it leaves
        over, the log of the energy against the loudest frame's, and the largest normalised
        autocorrelation at a lag of a voice. The clip's level changes none of them.
        """
        r = autocorrelation(self._frames(x))  # (B, frames, window)
        loudest = r[..., 0].amax(dim=1, keepdim=True)  # (B, 1)
        energy = r[..., 0] + 1e-5 * loudest + 1e-10  # a noise 50 dB below the loudest frame
        lags = torch.cat([energy[..., None], r[..., 1 : self.config.order + 1]], dim=-1)
        predictor, left = durbin(lags)
        periodic = (r[..., PITCH_LAGS[0] : PITCH_LAGS[1]].amax(dim=-1) / energy)[..., None]
        level = torch.log(energy / (loudest + 1e-10))[..., None]
        rest = torch.log(left / energy)[..., None]
        return torch.cat([cepstrum(predictor), rest, level, periodic], dim=-1)

    def _frames(self, x: Tensor) -> Tensor:
        config = self.config
        if x.dim() != 2:
            raise InvalidValueError(f"expected waveforms of shape (B, N), got {tuple(x.shape)}")
        x = nn.functional.pad(x, (1, max(0, config.length - x.shape[1])))[:, : config.length + 1]
        x = x[:, 1:] - EMPHASIS * x[:, :-1]
        return x.unfold(1, config.window, config.hop) * self.hann  # (B, frames, window)


def autocorrelation(frames: Tensor) -> Tensor:
    """Return r[k] = sum_n x[n] x[n + k] of frames (..., N) for the lags 0 ... N - 1."""
    size = frames.shape[-1]
    power = torch.fft.rfft(frames, 2 * size).abs().square()
    return torch.fft.irfft(power, 2 * size)[..., :size]


def durbin(r: Tensor) -> tuple[Tensor, Tensor]:
    """Find the best linear predictors, x[n] = sum_k a[k] x[n - k], by Durbin's recursion.

    Parameters
    ----------
    r
        Autocorrelations (..., p + 1) at the lags 0 ... p, with r[0] above 0.

    Returns
    -------
    tuple of Tensor
        The coefficients a[1] ... a[p], (..., p), and the energy of what they leave over, (...).
    """
    left = r[..., :1]
    a = r[..., :0]  # (..., i) after i steps
    for i in range(1, r.shape[-1]):
        reflected = (r[..., i : i + 1] - (a * r[..., 1:i].flip(-1)).sum(-1, keepdim=True)) / left
        reflected = reflected.clamp(-0.9999, 0.9999)  # beyond 1 only by rounding
        a = torch.cat([a - reflected * a.flip(-1), reflected], dim=-1)
        left = left * (1 - reflected.square())
    return a, left[..., 0]


def cepstrum(a: Tensor) -> Tensor:
    """Return the cepstrum of predictors (..., p), each term c[n] times n, (..., p).

    c[n] = a[n] + sum over k = 1 ... n - 1 of (k / n) c[k] a[n - k]; the factor n makes the terms
    of similar size.
    """
    terms: list[Tensor] = []  # n c[n], so that its recursion needs no division
    for n in range(1, a.shape[-1] + 1):
        earlier = sum(terms[k - 1] * a[..., n - k - 1] for k in range(1, n))
        terms.append(n * a[..., n - 1] + earlier)
    return torch.stack(terms, dim=-1)
