"""Loudness and a ceiling for sound that comes block by block.

Chapter: chapters/06-product/17-soundscapes.ipynb

Reference: ITU-R Recommendation BS.1770-4 (2015), *Algorithms to measure audio programme loudness
and true-peak audio level*.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.audio.levels import BLOCK, HOP, SILENCE
from aigc_edu.audio.resampling import whole_rate

_BLOCKS = round(BLOCK / HOP)  # hops in a block
_RELATIVE = -10.0  # LU below the mean of the blocks that count, under which one doesn't


class LoudnessMeter:
    """Measures the loudness of a sound that is never there as a whole.

    What :func:`aigc_edu.audio.loudness` finds, from the power of each tenth of a second: an hour
    is 36,000 numbers.

    Parameters
    ----------
    rate
        Sampling rate in Hz.
    channels
        1 or 2.
    """

    def __init__(self, rate: int, channels: int = 2) -> None:
        from pyloudnorm import Meter

        self.rate, self.powers = whole_rate(rate), []
        self._filters = [
            (stage.b, stage.a, np.zeros((channels, 2)))
            for stage in Meter(rate, filter_class="DeMan")._filters.values()
        ]
        self._kept, self._passed = np.zeros(0), 0

    def feed(self, x: np.ndarray) -> None:
        """Take the next samples, (C, N)."""
        from scipy.signal import lfilter  # slow to import

        for number, (b, a, state) in enumerate(self._filters):
            x, state = lfilter(b, a, x, zi=state)
            self._filters[number] = (b, a, state)
        power = np.concatenate([self._kept, np.square(x).sum(axis=0)])
        while True:
            end = round((len(self.powers) + 1) * HOP * self.rate) - self._passed
            if end > len(power):
                break
            self.powers.append(float(power[:end].sum()))
            power, self._passed = power[end:], self._passed + end
        self._kept = power

    def loudness(self) -> float:
        """Return the integrated loudness so far in LUFS; minus infinity for silence."""
        hops = np.array(self.powers)
        if len(hops) < _BLOCKS:
            return -np.inf
        blocks = np.convolve(hops, np.ones(_BLOCKS), "valid") / (BLOCK * self.rate)
        loud = blocks[_lufs(blocks) >= SILENCE]
        if not len(loud):
            return -np.inf
        counted = loud[_lufs(loud) > _lufs(loud.mean()) + _RELATIVE]
        return float(_lufs(counted.mean()))


def _lufs(power: np.ndarray | float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -0.691 + 10 * np.log10(power)


class Ceiling:
    """Turns peaks down before they come, so that none passes a ceiling, block by block.

    At each sample, the gain that is needed is the ceiling divided by the peak, or 1. Of these, the
    smallest of the next L is taken, and then the mean of the last L of that: a gain that moves
    slowly and is small enough everywhere. So the sound comes L - 1 samples late.

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
        smallest = _running_least(gains, self.length)  # (N + L - 1,)
        slow = np.convolve(smallest, np.ones(self.length) / self.length, "valid")
        self.turned += int(np.count_nonzero(slow < 1 - 1e-9))
        return sound * slow

    def rest(self) -> np.ndarray:
        """Return the last L - 1 samples, (2, L - 1)."""
        return self.hold(np.zeros((2, self.late)))


def _running_least(x: np.ndarray, size: int) -> np.ndarray:
    """Return the least of each ``size`` neighbours, (N - size + 1,)."""
    from scipy.ndimage import minimum_filter1d  # slow to import

    return minimum_filter1d(x, size)[size // 2 :][: len(x) - size + 1]
