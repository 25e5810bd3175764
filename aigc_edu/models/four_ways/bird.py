"""A bird that knows three notes: a world of one number with a known rule, which can be heard.

Chapter: chapters/02-building-blocks/07-four-ways-to-model-sound.ipynb

The number x is the pitch of a note in octaves from 440 Hz: ``f = 440 * 2**x``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, distributions

from aigc_edu.models.four_ways.matching import follow

SHARES = (0.3, 0.5, 0.2)  # how often each note is sung
PLACES = (-0.5, 0.1, 0.6)  # octaves from 440 Hz
SPREADS = (0.06, 0.10, 0.04)  # how exactly it is hit, octaves
RATE, SECONDS = 8_000, 0.15  # of the song, and of a note


def bird() -> distributions.MixtureSameFamily:
    """Return the distribution of the number."""
    return distributions.MixtureSameFamily(
        distributions.Categorical(torch.tensor(SHARES)),
        distributions.Normal(torch.tensor(PLACES), torch.tensor(SPREADS)),
    )


def sing(x: Sequence[float] | np.ndarray | Tensor) -> np.ndarray:
    """Return the notes of the numbers x (N,) as a song, (N * 1200,) at ``RATE`` Hz.

    Each note is a sine that swells and dies away within its 0.15 seconds; numbers are taken as if
    they lay in -2 ... 2.
    """
    pitches = 440 * 2.0 ** np.clip(np.asarray(x, np.float64), -2, 2)  # Hz
    t = np.arange(round(SECONDS * RATE)) / RATE
    envelope = 0.3 * np.sin(np.pi * t / SECONDS) ** 2
    return (envelope * np.sin(2 * np.pi * pitches[:, None] * t)).ravel()


def true_velocity(x: Tensor, tau: Tensor) -> Tensor:
    """Return the mean velocity (B, 1) at x (B, 1) and tau (B, 1), ``(x - x_hat) / tau``.

    A mixture of normal distributions with noise added is one again, so the best guess x_hat of the
    clean number has a formula.
    """
    share, place, spread = map(torch.tensor, (SHARES, PLACES, SPREADS))
    clean = 1 - tau
    variance = clean**2 * spread**2 + tau**2  # (B, 3), of each note
    off = x - clean * place
    weight = (share.log() - 0.5 * variance.log() - 0.5 * off**2 / variance).softmax(dim=1)
    x_hat = (weight * (place + clean * spread**2 / variance * off)).sum(dim=1, keepdim=True)
    return (x - x_hat) / tau


def four_birds(seed: int = 7, count: int = 2_000) -> dict[str, Tensor]:
    """Return the songs of four birds, ``"A"`` to ``"D"``, of ``count`` notes each.

    An exercise asks which is which: the bird itself, a single bell curve with its mean and width,
    the true velocity followed in two steps, and the middle note alone.
    """
    whole, random = bird(), torch.Generator().manual_seed(seed)
    draws = torch.randn(count, generator=random)
    noise = torch.randn(count, 1, generator=random)
    start = torch.randn(count, 1, generator=random)
    return {
        "A": follow(true_velocity, noise, steps=2)[:, 0],
        "B": follow(true_velocity, start, steps=200)[:, 0],
        "C": PLACES[1] + SPREADS[1] * torch.randn(count, generator=random),
        "D": whole.mean + whole.stddev * draws,
    }
