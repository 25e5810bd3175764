"""A ceiling for sound that comes block by block.

Chapter: chapters/06-product/17-soundscapes.ipynb
"""

from __future__ import annotations

import numpy as np

from aigc_edu.audio.dynamics import running_least


class Ceiling:
    """Turns peaks down before they come, so that none passes a ceiling, block by block.

    At each sample, the gain that is needed is the ceiling divided by the peak, or 1. Of these, the
    smallest of the next L is taken, and then the mean of the last L of that: a gain that moves
    slowly and is small enough everywhere. So the sound comes L - 1 samples late. It is what
    :func:`aigc_edu.audio.limit` does to a whole sound, without a release and by its samples alone.

    Parameters
    ----------
    rate
        Sampling rate in Hz.
    ceiling
        Largest amplitude.
    seconds
        L, as a time.
    """

    def __init__(self, rate: int, ceiling: float, seconds: float = 0.01) -> None:
        self.ceiling, self.length = ceiling, max(2, round(seconds * rate))
        self.late = self.length - 1
        self._gains = np.ones(2 * self.late)  # the needed ones; those of the past
        self._kept = np.zeros((2, self.late))
        self.turned = 0  # samples that were turned down

    def hold(self, x: np.ndarray) -> np.ndarray:
        """Return the samples (2, N) that are N - L + 1 before, turned down where needed."""
        peak = np.abs(x).max(axis=0)
        need = np.minimum(1.0, self.ceiling / np.maximum(peak, 1e-12))
        gains = np.concatenate([self._gains, need])
        sound = np.concatenate([self._kept, x], axis=1)
        self._gains, self._kept = gains[-2 * self.late :], sound[:, -self.late :]
        sound = sound[:, : x.shape[1]]
        if gains.min() >= 1:
            return sound
        smallest = running_least(gains, self.length)  # (N + L - 1,)
        slow = np.convolve(smallest, np.ones(self.length) / self.length, "valid")
        self.turned += int(np.count_nonzero(slow < 1 - 1e-9))
        return sound * slow

    def rest(self) -> np.ndarray:
        """Return the last L - 1 samples, (2, L - 1)."""
        return self.hold(np.zeros((2, self.late)))
