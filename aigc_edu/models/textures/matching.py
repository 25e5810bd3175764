"""Noise that is given the statistics of a texture, by the gradient of its own samples.

Chapter: chapters/06-product/16-close-to-the-ear.ipynb

Reference: J. H. McDermott, E. P. Simoncelli (2011), see ``statistics.py``. They change the
envelopes and put the sound together from them; here the samples themselves follow the gradient.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.textures.statistics import BANDS, Statistics, farness, statistics_of

STEPS = 60
_KEPT = 10  # steps that L-BFGS remembers


class Match(NamedTuple):
    """A texture that was made to measure.

    Attributes
    ----------
    sound
        float64, shape (N,), as loud as the model.
    losses
        Sum of the :func:`farness` of all kinds, at the beginning and after each step.
    off
        The farness of each kind at the end.
    """

    sound: np.ndarray
    losses: list[float]
    off: dict[str, float]


def shaped_noise(model: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Return noise with the spectrum of a sound, and nothing else of it.

    Parameters
    ----------
    model
        Shape (N,).
    count
        Samples to make.
    seed
        Of the noise.

    Returns
    -------
    ndarray
        float64, shape (count,), with the model's root mean square.
    """
    x = np.asarray(model, float)
    size = 512  # samples of a frame: the spectrum comes out smooth
    pieces = np.lib.stride_tricks.sliding_window_view(x, size)[:: size // 2] * np.hanning(size)
    power = np.square(np.abs(np.fft.rfft(pieces))).mean(axis=0)
    f = np.fft.rfftfreq(count)
    gain = np.interp(f, np.fft.rfftfreq(size), np.sqrt(power))
    white = np.random.default_rng(seed).standard_normal(count)
    noise = np.fft.irfft(gain * np.fft.rfft(white), count)
    return noise * np.sqrt(np.mean(x**2) / np.mean(noise**2))


def match(
    model: np.ndarray,
    rate: int,
    steps: int = STEPS,
    seed: int = 0,
    bands: int = BANDS,
    kinds: tuple[str, ...] = Statistics._fields,
) -> Match:
    """Make a texture with the statistics of a sound, of its length.

    Noise of the right spectrum is changed by L-BFGS until its statistics are those of the model.

    Parameters
    ----------
    model
        Shape (N,), a quarter of a second or more.
    rate
        Sampling rate in Hz.
    steps
        Of the optimiser, each with a line search.
    seed
        Of the noise: another one makes another sound of the same kind.
    bands
        K.
    kinds
        Which statistics count; all by default. The others are only measured.

    Raises
    ------
    InvalidValueError
        If there is no such kind, or the model is silent.
    """
    unknown = set(kinds) - set(Statistics._fields)
    if unknown or not np.any(model):
        raise InvalidValueError(
            f"kinds are some of {', '.join(Statistics._fields)}, and the model isn't silent; got "
            f"{', '.join(kinds)}"
        )
    size = float(np.sqrt(np.mean(np.square(model))))
    goal = torch.from_numpy(np.asarray(model, np.float64) / size).float()
    with torch.no_grad():
        wanted = statistics_of(goal, rate, bands)
    start = shaped_noise(goal.numpy(), len(goal), seed)
    x = torch.from_numpy(start).float().requires_grad_()
    losses = _descended(x, wanted, rate, bands, steps, kinds)
    with torch.no_grad():
        off = {k: float(v) for k, v in farness(statistics_of(x, rate, bands), wanted).items()}
    made = x.detach().double().numpy()
    return Match(made * size / np.sqrt(np.mean(made**2)), losses, off)


def _descended(
    x: torch.Tensor,
    wanted: Statistics,
    rate: int,
    bands: int,
    steps: int,
    kinds: tuple[str, ...],
) -> list[float]:
    """Change x in place, step by step; return the losses."""

    def fresh() -> torch.optim.LBFGS:
        return torch.optim.LBFGS([x], max_iter=1, history_size=_KEPT, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        off = farness(statistics_of(x, rate, bands), wanted)
        total = torch.stack([off[kind] for kind in kinds]).sum()
        total.backward()
        return total

    optimiser, losses = fresh(), []
    for _ in range(steps):
        losses.append(float(optimiser.step(loss).detach()))
        if len(losses) > 1 and losses[-1] >= losses[-2]:  # it is stuck: forget what it remembers
            optimiser = fresh()
    return [*losses, float(loss().detach())]
