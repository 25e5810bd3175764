"""Which key a piece is in: its scale, and how well a profile of each key fits its notes.

Chapter: chapters/06-product/12-composer.ipynb

References
----------
- Krumhansl and Kessler 1982, Psychological Review 89: how well each tone fits a key, by listeners'
  ratings. Krumhansl 1990, "Cognitive Foundations of Musical Pitch", chapter 4: a key is found by
  the correlation of these profiles with how long each tone sounds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.music.score import Score

NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10, 11),  # the natural scale, and the raised seventh of the cadence
}
PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


class Key(NamedTuple):
    """A key: its tonic as a pitch class, 0 ... 11 with 0 for C, and its mode."""

    tonic: int
    mode: str

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes that belong to the key."""
        return frozenset((self.tonic + step) % 12 for step in SCALES[self.mode])

    def __str__(self) -> str:
        return f"{NAMES[self.tonic]} {self.mode}"


def sounding(score: Score) -> np.ndarray:
    """Return for how many steps each pitch class sounds: float64, shape (12,)."""
    steps = np.zeros(12)
    for event in score.events:
        steps[event.pitch % 12] += event.length
    return steps


def key_fits(steps: np.ndarray) -> dict[Key, float]:
    """Return how well each of the 24 keys fits: a correlation, -1 ... 1.

    Parameters
    ----------
    steps
        How long each pitch class sounds, shape (12,), not all alike.
    """
    steps = np.asarray(steps, float)
    if steps.shape != (12,) or not np.ptp(steps):
        raise InvalidValueError("expected twelve pitch classes that don't all sound alike")
    fits = {}
    for mode, profile in PROFILES.items():
        for tonic in range(12):
            fits[Key(tonic, mode)] = float(np.corrcoef(np.roll(profile, tonic), steps)[0, 1])
    return fits


def find_key(score: Score) -> Key:
    """Return the key that fits a score best, by the time for which each tone sounds."""
    fits = key_fits(sounding(score))
    return max(fits, key=fits.__getitem__)
