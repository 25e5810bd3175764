"""Does a generator make one thing only? How far its sounds are apart, against real ones.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.diversity import pairwise_distance

SLICES, BANDS = 2, 32  # of a sound's picture, in time and in frequency
FLOOR = 1e-4  # share of the strongest band's amplitude below which nothing counts
SHORTEST = 64  # samples of the longest sound
COLLAPSED = 0.5  # share of the real sounds' distance below which made ones count as one


@dataclass(frozen=True)
class Spread:
    """Mean distance between two of a generator's sounds, and between two real ones, in dB."""

    made: float
    real: float

    @property
    def share(self) -> float:
        """The first as a share of the second; 0 where real sounds don't differ, either."""
        return self.made / self.real if self.real else 0.0

    @property
    def passed(self) -> bool:
        """Whether they differ about as much."""
        return self.share >= COLLAPSED

    def __str__(self) -> str:
        told = f"two made sounds are {self.made:.1f} dB apart, two real ones {self.real:.1f} dB"
        return f"{'passed' if self.passed else 'collapsed'}; {told}"


def spread(made: Sequence[np.ndarray], real: Sequence[np.ndarray]) -> Spread:
    """Compare the distances between made sounds with those between real ones.

    A distance is the root mean square of the difference of two pictures of 2 times and 32 bands,
    in dB, each against its own strongest band: neither level nor phase count.

    Parameters
    ----------
    made, real
        Samples (N,) each, all of one rate, two sounds or more of each. Made ones are to be drawn
        independently, and real ones at random from all that the generator has learned.

    Raises
    ------
    InvalidValueError
        If there are fewer than two of either, or one is too short.
    """
    if min(len(made), len(real)) < 2:
        raise InvalidValueError("expected two made sounds or more, and two real ones or more")
    size = max(len(x) for x in (*made, *real))
    of_made, of_real = (np.stack([picture(x, size) for x in some]) for some in (made, real))
    scale = np.sqrt(SLICES * BANDS)
    return Spread(pairwise_distance(of_made) / scale, pairwise_distance(of_real) / scale)


def picture(x: np.ndarray, size: int) -> np.ndarray:
    """Return what a sound (N,), filled up to ``size``, is compared by: levels in dB, (64,)."""
    x = np.asarray(x, np.float64).ravel()
    if size < SHORTEST or not np.isfinite(x).all():
        raise InvalidValueError(f"expected finite sounds, and one of {SHORTEST} samples or more")
    length = size // SLICES
    frames = np.pad(x, (0, size - len(x)))[: length * SLICES].reshape(SLICES, length)
    power = np.abs(np.fft.rfft(frames * np.hanning(length))) ** 2
    edges = np.unique(np.geomspace(1, power.shape[1], BANDS + 1).round().astype(int))
    bands = np.add.reduceat(power, edges[:-1], axis=1)  # (slices, at most BANDS)
    bands = np.pad(bands, ((0, 0), (0, BANDS - bands.shape[1])))
    return 10 * np.log10(np.maximum(bands / max(bands.max(), 1e-30), FLOOR**2)).ravel()
