"""What the clips are like that a training hears: levels, silence, bandwidth, clips in both parts.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aigc_edu.audio import clipped, peak_db, rms_db
from aigc_edu.errors import InvalidValueError

FRAME = 0.01  # seconds of a frame that is silent or not
QUIET = -60.0  # dB of full scale below which a frame is silent
POWER = 1e-4  # share of the power that may lie above the highest frequency
ALIKE = 0.98  # correlation from which on two clips are one recording
LONGEST = 1.0  # seconds of a clip that are compared


@dataclass(frozen=True)
class Levels:
    """What clips are like, taken together.

    Attributes
    ----------
    clips
        How many.
    seconds
        Of the clip in the middle, by length.
    peak
        Largest amplitude of all, in dB of full scale; ``-inf`` for silence.
    rms
        Mean power of all samples, in dB of full scale.
    spread
        Between the peaks of the softest and the loudest clip that sounds, in dB.
    silent
        Share of frames of 10 ms below -60 dB, 0 ... 1.
    clipped
        Share of samples that are cut off, 0 ... 1.
    offset
        Mean of all samples.
    highest
        Frequency in Hz below which all but a ten-thousandth of the power lies.
    """

    clips: int
    seconds: float
    peak: float
    rms: float
    spread: float
    silent: float
    clipped: float
    offset: float
    highest: float

    def __str__(self) -> str:
        return (
            f"{self.clips} clips of {self.seconds:.2f} s, peak {self.peak:.1f} dB, "
            f"RMS {self.rms:.1f} dB, {self.silent:.0%} silent, {self.clipped:.1%} clipped, "
            f"nothing above {self.highest:.0f} Hz"
        )


def levels(clips: Sequence[np.ndarray], rate: int) -> Levels:
    """Measure clips as the network hears them: after all scaling, cutting and padding.

    Parameters
    ----------
    clips
        Samples (N,) each.
    rate
        Sampling rate in Hz, as the training believes it to be.

    Raises
    ------
    InvalidValueError
        If there are no clips, or one holds what is no finite number.
    """
    if not len(clips):
        raise InvalidValueError("expected at least one clip")
    clips = [np.asarray(x, np.float64).ravel() for x in clips]
    whole = np.concatenate(clips)
    peaks = [peak for x in clips if (peak := peak_db(x)) > QUIET]
    quiet = np.concatenate([_quiet(x, round(FRAME * rate)) for x in clips])
    return Levels(
        clips=len(clips),
        seconds=float(np.median([len(x) for x in clips])) / rate,
        peak=peak_db(whole),
        rms=rms_db(whole),
        spread=max(peaks) - min(peaks) if peaks else 0.0,
        silent=float(quiet.mean()),
        clipped=float(np.mean(np.concatenate([_cut_off(x) for x in clips]))),
        offset=float(whole.mean()),
        highest=_highest(clips, rate),
    )


def _quiet(x: np.ndarray, size: int) -> np.ndarray:
    """Return of each frame of a clip, the last one filled up, whether it is silent."""
    frames = np.pad(x, (0, -len(x) % size)).reshape(-1, size)
    return np.sqrt(np.mean(frames**2, axis=1)) < 10 ** (QUIET / 20)


def _cut_off(x: np.ndarray) -> np.ndarray:
    """Return which samples are cut off; a clip without sound has extremes and is not clipped."""
    return clipped(x) if peak_db(x) > QUIET else np.zeros(len(x), bool)


def _highest(clips: Sequence[np.ndarray], rate: int) -> float:
    """Return the frequency above which there is next to nothing, 0 for silence."""
    size = 1024
    power = np.zeros(size // 2 + 1)
    for x in clips:
        frames = np.pad(x, (0, -len(x) % size)).reshape(-1, size) * np.hanning(size)
        power += (np.abs(np.fft.rfft(frames)) ** 2).sum(axis=0)
    if not power.sum():
        return 0.0
    above = power[::-1].cumsum()[::-1] / power.sum()
    return float(np.flatnonzero(above > POWER)[-1]) * rate / size


@dataclass(frozen=True)
class Leak:
    """A clip that is held out and learned from: their numbers, and how alike they are, 0 ... 1."""

    held_out: int
    learned: int
    likeness: float


def leaks(
    learned: Sequence[np.ndarray],
    held_out: Sequence[np.ndarray],
    rate: int,
    at_least: float = ALIKE,
) -> list[Leak]:
    """Find held-out clips that are learned from as well, at any level or moved in time.

    The likeness of two clips is their largest correlation at any shift. What was filtered,
    resampled by some per cent or buried in noise is not found; another take of the same word is
    not one either.

    Parameters
    ----------
    learned, held_out
        Samples (N,) each; silent ones are like none.
    rate
        Their sampling rate in Hz.
    at_least
        Likeness from which on two clips are one, above 0 and at most 1.

    Returns
    -------
    list of Leak
        For each held-out clip that has any, the training clip that is most like it.
    """
    if not 0 < at_least <= 1:
        raise InvalidValueError(f"at_least must be above 0 and at most 1, got {at_least}")
    if not len(learned) or not len(held_out):
        return []
    longest = round(LONGEST * rate)
    known = [np.asarray(x, np.float64).ravel()[:longest] for x in learned]
    size = 2 ** math.ceil(math.log2(2 * longest))
    spectra = np.fft.rfft(np.stack([_padded(x, size) for x in known]))  # (n, bins)
    powers = np.array([np.sum(x**2) for x in known])
    found = []
    for i, clip in enumerate(held_out):
        x = np.asarray(clip, np.float64).ravel()[:longest]
        alike = _likeness(x, spectra, powers, size)
        j = int(alike.argmax())
        if alike[j] >= at_least:
            found.append(Leak(i, j, float(alike[j])))
    return found


def _padded(x: np.ndarray, size: int) -> np.ndarray:
    return np.pad(x, (0, size - len(x)))


def _likeness(x: np.ndarray, spectra: np.ndarray, powers: np.ndarray, size: int) -> np.ndarray:
    """Return the largest correlation of a clip with each of n others at any shift, (n,)."""
    spectrum = np.conj(np.fft.rfft(x, size))
    most = np.fft.irfft(spectra * spectrum, size).max(axis=1)
    scale = np.sqrt(powers * np.sum(x**2))
    return np.divide(most, scale, out=np.zeros(len(most)), where=scale > 0)
