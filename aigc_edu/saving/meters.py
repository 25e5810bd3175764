"""Loudness and true peak of sound that arrives in blocks.

Chapter: chapters/06-product/06-formats.ipynb

References
----------
ITU-R Recommendation BS.1770-4 (2015), *Algorithms to measure audio programme loudness and true-peak
audio level*, annexes 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr

from aigc_edu.audio import loudness
from aigc_edu.audio.levels import BLOCK, HOP, SILENCE
from aigc_edu.audio.resampling import whole_rate
from aigc_edu.errors import InvalidValueError

OVERSAMPLE = 4  # values for a sample, as annex 2 has it
_OFFSET = -0.691  # dB: a sine of 997 Hz then reads as in annex 1
_GAINS = np.array([1, 1, 1, 1.41, 1.41])  # of left, right, centre, and the two surrounds
_AHEAD = 4096  # samples that the filter between samples is given to end in


class LoudnessMeter:
    """Measures what :func:`aigc_edu.audio.loudness` does, block after block.

    It keeps the state of the weighting filters and the power of each tenth of a second: some
    kilobytes for an hour.

    Parameters
    ----------
    rate
        Sampling rate in Hz, at least 4000.
    channels
        1, 2 or 5.

    Raises
    ------
    InvalidValueError
        If there is no loudness for this rate or number of channels.
    """

    def __init__(self, rate: int, channels: int = 1) -> None:
        from pyloudnorm import Meter

        self._rate = whole_rate(rate)
        # It says what is wrong with rate or channels.
        loudness(np.zeros((channels, self._rate)), self._rate)
        stages = Meter(self._rate, filter_class="DeMan")._filters.values()
        self._filters = [(stage.b, stage.a, np.zeros((channels, 2))) for stage in stages]
        self._powers: list[float] = []  # sums of squares, channels weighted, of each tenth
        self._count, self._sum = 0, 0.0
        self._gains = _GAINS[:channels]

    def add(self, x: np.ndarray) -> None:
        """Take one block more, of shape (C, n) or (n,)."""
        power = self._gains @ self._weighted(np.atleast_2d(x)) ** 2  # (n,)
        start = 0
        while start < len(power):
            end = round((len(self._powers) + 1) * HOP * self._rate)  # of this tenth
            part = power[start : start + end - self._count]
            self._sum += float(part.sum())
            self._count += len(part)
            start += len(part)
            if self._count == end:
                self._powers.append(self._sum)
                self._sum = 0.0

    def _weighted(self, x: np.ndarray) -> np.ndarray:
        from scipy.signal import lfilter  # imported here because it takes more than a second

        for i, (b, a, state) in enumerate(self._filters):
            x, state = lfilter(b, a, x, axis=-1, zi=state)
            self._filters[i] = (b, a, state)
        return x

    @property
    def lufs(self) -> float:
        """Of all so far in LUFS; ``-inf`` where no block of 0.4 s reaches -70 LUFS.

        Less than 0.4 s count as one block, as with ``short="whole"`` there.

        Raises
        ------
        InvalidValueError
            If there was nothing yet.
        """
        if self._count == 0:
            raise InvalidValueError("nothing has been measured yet")
        tenths = round(BLOCK / HOP)
        if len(self._powers) < tenths:
            means = np.array([(sum(self._powers) + self._sum) / self._count])
        else:
            sums = np.convolve(self._powers, np.ones(tenths), "valid")
            means = sums / (BLOCK * self._rate)
        return _gated(means)


def _gated(means: np.ndarray) -> float:
    """Return the loudness of blocks from their weighted powers (annex 1, equations 5 to 7)."""
    levels = _OFFSET + 10 * np.log10(np.maximum(means, 1e-30))
    loud = levels >= SILENCE
    if not loud.any():
        return -np.inf
    relative = _OFFSET + 10 * np.log10(means[loud].mean()) - 10
    return float(_OFFSET + 10 * np.log10(means[loud & (levels > relative)].mean()))


class PeakMeter:
    """Measures the true peak: the highest point of the curve that goes through the samples.

    The curve is computed four times as finely as the samples lie (BS.1770-4, annex 2), which misses
    its top by 0.7 dB at the very most, and mostly by far less.

    Parameters
    ----------
    rate
        Sampling rate in Hz.
    channels
        How many there are.

    Attributes
    ----------
    samples
        The largest amplitude of a sample so far.
    """

    def __init__(self, rate: int, channels: int = 1) -> None:
        rate = whole_rate(rate)
        self._new = lambda: soxr.ResampleStream(
            rate, OVERSAMPLE * rate, channels, dtype="float32", quality="HQ"
        )
        self._finer: Any = self._new()
        self._between, self.samples = 0.0, 0.0
        self._channels = channels

    def add(self, x: np.ndarray) -> None:
        """Take one block more, of shape (C, n) or (n,)."""
        frames = np.ascontiguousarray(np.atleast_2d(np.asarray(x, np.float32)).T)
        self.samples = max(self.samples, float(np.abs(frames).max(initial=0.0)))
        self._see(self._finer.resample_chunk(frames))

    def _see(self, finer: np.ndarray) -> None:
        self._between = max(self._between, float(np.abs(finer).max(initial=0.0)))

    @property
    def true_peak(self) -> float:
        """The highest point as an amplitude, at least :attr:`samples`. The meter is read once."""
        rest = np.zeros((_AHEAD, self._channels), np.float32)
        self._see(self._finer.resample_chunk(rest, last=True))
        self._finer = self._new()
        return max(self._between, self.samples)


def true_peak_db(x: np.ndarray, rate: int) -> float:
    """Return the true peak of a waveform in dB against full scale (dBTP); ``-inf`` for silence.

    Parameters
    ----------
    x
        Shape (N,) or (C, N).
    rate
        Sampling rate in Hz.
    """
    peak = measured([np.atleast_2d(x)], rate, len(np.atleast_2d(x))).peak
    return float(20 * np.log10(peak)) if peak > 0 else -np.inf


@dataclass(frozen=True)
class Measured:
    """What was measured of a whole sound.

    Attributes
    ----------
    lufs
        Loudness; NaN if it wasn't asked for.
    peak, samples
        True peak, and largest sample, as amplitudes.
    frames
        Samples of each channel.
    """

    lufs: float
    peak: float
    samples: float
    frames: int


def measured(
    blocks: Iterable[np.ndarray], rate: int, channels: int, lufs: bool = False
) -> Measured:
    """Measure peaks, and if asked for loudness, of blocks (C, n)."""
    meter = LoudnessMeter(rate, channels) if lufs else None
    peaks, frames = PeakMeter(rate, channels), 0
    for block in blocks:
        frames += block.shape[1]
        peaks.add(block)
        if meter:
            meter.add(block)
    return Measured(meter.lufs if meter else np.nan, peaks.true_peak, peaks.samples, frames)
