"""Eight bells: a world of two numbers on which a collapse is heard and counted.

Chapter: chapters/04-adversarial/01-adversarial-learning.ipynb

A strike is a point in the plane. Its angle says which note sounds, its distance from the middle how
loud and how bright it is. Real strikes lie in eight small heaps on a circle of radius 1. A ring of
heaps is the usual first test of a generator against its critic (L. Metz et al. 2017, *Unrolled
generative adversarial networks*, arXiv:1611.02163, section 3.1); here it has a sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

BELLS, SPREAD = 8, 0.05  # how many; how exactly one is struck, in radii of the circle
RATE, SECONDS = 16_000, 0.2  # of the sound, and from one strike to the next
NOTES = (0, 2, 4, 7, 9, 12, 14, 16)  # semitones above the lowest bell
LOWEST = 523.25  # Hz
_RINGING = 0.7  # seconds
_PARTIALS = ((1.0, 1.0, 0.25), (2.76, 0.35, 0.10), (5.40, 0.15, 0.05))  # of a metal bar
_NEAR, _LEAST = 4, 0.02  # spreads within which a bell is hit; share from which on it counts


def places() -> Tensor:
    """Return where the eight bells stand, (8, 2)."""
    angle = 2 * torch.pi * torch.arange(BELLS) / BELLS
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def strike(count: int) -> Tensor:
    """Return real strikes (count, 2), each on a bell drawn at random."""
    which = torch.randint(BELLS, (count,))
    return places()[which] + SPREAD * torch.randn(count, 2)


@dataclass(frozen=True)
class Heard:
    """What :func:`hear` has counted.

    Attributes
    ----------
    shares
        Of all strikes, those that hit each bell (8,); what is missing to 1 hits none.
    bells
        How many bells get 2 % of the strikes or more.
    in_tune
        The share of strikes that hit a bell.
    """

    shares: Tensor
    bells: int
    in_tune: float


def hear(strikes: Tensor) -> Heard:
    """Count which bells the strikes (N, 2) hit: those within four spreads of them."""
    distance, which = torch.cdist(strikes, places()).min(dim=1)
    hit = which[distance < _NEAR * SPREAD]
    shares = torch.bincount(hit, minlength=BELLS) / len(strikes)
    return Heard(shares, int((shares >= _LEAST).sum()), float(shares.sum()))


def ring(strikes: Tensor) -> np.ndarray:
    """Return the strikes (N, 2) as a tune, (N * 3200 + 8000,) samples at ``RATE`` Hz.

    Between two bells the pitch lies between theirs. A strike near the middle is soft and dull, one
    on the circle as loud as a real one, and none is louder than twice that.
    """
    angle = torch.atan2(strikes[:, 1], strikes[:, 0]).numpy()
    place = (angle / (2 * np.pi) * BELLS + 0.5) % BELLS - 0.5  # -0.5 ... 7.5
    semitones = np.interp(place, np.arange(-1, BELLS + 1), (-2, *NOTES, 19))
    force = np.minimum(strikes.norm(dim=1).numpy(), 2)
    step, size = round(SECONDS * RATE), round(_RINGING * RATE)
    tune, t = np.zeros(len(strikes) * step + size - step), np.arange(size) / RATE
    for i, (pitch, loud) in enumerate(zip(LOWEST * 2 ** (semitones / 12), force, strict=True)):
        tune[i * step : i * step + size] += _bell(pitch, loud, t)
    return tune


def _bell(pitch: float, force: float, t: np.ndarray) -> np.ndarray:
    """Return one strike over the times t: the harder, the more of the upper partials."""
    rows = [
        amplitude * force**k * np.sin(2 * np.pi * ratio * pitch * t) * np.exp(-t / decay)
        for k, (ratio, amplitude, decay) in enumerate(_PARTIALS)
        if ratio * pitch < RATE / 2
    ]
    return 0.08 * force * np.minimum(1, t / 0.002) * np.sum(rows, axis=0)


class Bellringer(nn.Sequential):
    """A generator, from noise (B, 2) to strikes (B, 2), or a body for a critic."""

    def __init__(self, outputs: int = 2, width: int = 64) -> None:
        layers = nn.Linear(2, width), nn.LeakyReLU(0.2), nn.Linear(width, width)
        super().__init__(*layers, nn.LeakyReLU(0.2), nn.Linear(width, outputs))


class Listener(Bellringer):
    """A critic, from strikes (B, 2) to scores (B,)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__(1, width)

    def forward(self, strikes: Tensor) -> Tensor:
        """Return the scores (B,)."""
        return super().forward(strikes)[:, 0]
