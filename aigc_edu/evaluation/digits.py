"""How many generated clips say the digit that was asked for, by every judge that is named.

Chapter: chapters/03-autoregressive/07-wavenet-vocoder-and-judging.ipynb

References
----------
- Wilson 1927, Journal of the American Statistical Association 22: the interval.
- Newcombe 1998, Statistics in Medicine 17, 873-890: that of a difference, his method 10.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.judge import NOTHING, Judge

SILENT_PEAK = 0.01  # -40 dB of full scale; the faintest recording of FSDD peaks at 0.0105
SHORTEST = 0.1  # seconds; the shortest recording of FSDD takes 0.14
SOUNDING = 0.05  # of a clip's peak, -26 dB
DIGITS = 10


@dataclass(frozen=True)
class Heard:
    """What one judge heard in n clips, of which each was asked to say a digit.

    Attributes
    ----------
    labels
        int64, shape (n,): the digit heard, or :data:`NOTHING`, which is also what stands here for
        a silent or cut-off clip, whatever the judge said.
    table
        int64, shape (10, 11): in row i and column j the number of clips that were asked to say i
        and were heard as j; the last column counts *nothing*.
    by_digit, by_voice
        The share heard as asked, 0 ... 1, of each digit asked for and of each voice.
    """

    labels: np.ndarray
    table: np.ndarray
    by_digit: dict[Any, float]
    by_voice: dict[Any, float]

    @property
    def hits(self) -> int:
        """Number of clips that are heard as asked."""
        return int(np.trace(self.table))

    @property
    def share(self) -> float:
        """Share of all clips, 0 ... 1, that are heard as asked."""
        return self.hits / int(self.table.sum())

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of :attr:`share`; see :func:`wilson_interval`."""
        return wilson_interval(self.hits, int(self.table.sum()))

    @property
    def nothing(self) -> float:
        """Share of all clips, 0 ... 1, in which no digit is heard."""
        return float(np.mean(self.labels == NOTHING))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:.1%} heard ({low:.1%} to {high:.1%}), {self.nothing:.1%} nothing"


@dataclass(frozen=True)
class DigitScore:
    """The score of n generated clips.

    Attributes
    ----------
    clips
        Their number n. All shares are of all n.
    silent
        How many have a peak of less than :data:`SILENT_PEAK`.
    cut_off
        How many are not silent, and sound for less than :data:`SHORTEST`, or than what was said to
        be the shortest: from the first sample within :data:`SOUNDING` of the peak to the last.
    heard
        What each judge heard, by its name.
    """

    clips: int
    silent: int
    cut_off: int
    heard: dict[str, Heard]

    def __str__(self) -> str:
        head = f"{self.clips} clips, {self.silent} silent, {self.cut_off} cut off"
        return "\n".join([head, *(f"  {name}: {heard}" for name, heard in self.heard.items())])


def score_digits(
    clips: Sequence[np.ndarray],
    asked: Sequence[int],
    rate: int,
    judges: Mapping[str, Judge],
    voices: Sequence[Any] | None = None,
    shortest: float = SHORTEST,
) -> DigitScore:
    """Let judges listen to clips that were asked to say digits.

    Parameters
    ----------
    clips
        n waveforms of shape (N,).
    asked
        The digit, 0 ... 9, that each of them was asked to say.
    rate
        Their sampling rate in Hz.
    judges
        Judges by name.
    voices
        Whose voice each clip was asked to have; None where that was not asked.
    shortest
        Seconds that a clip must sound for, or it is cut off. Drums may be shorter than words.

    Raises
    ------
    InvalidValueError
        If there are no clips or judges, or not one digit (and voice) for each clip.
    """
    asked = np.asarray(asked)
    if not len(clips) or not judges or asked.shape != (len(clips),):
        raise InvalidValueError("expected clips, as many digits as clips, and a judge or more")
    if asked.dtype.kind not in "iu" or asked.min() < 0 or asked.max() >= DIGITS:
        raise InvalidValueError("expected digits from 0 to 9")
    if voices is not None and len(voices) != len(clips):
        raise InvalidValueError(f"expected {len(clips)} voices, got {len(voices)}")
    silent = np.array([is_silent(clip) for clip in clips])
    cut_off = ~silent & np.array([sounding(clip) < shortest * rate for clip in clips])
    heard = {}
    for name, judge in judges.items():
        labels = np.where(silent | cut_off, NOTHING, judge.recognise(clips, rate).labels)
        heard[name] = _heard(labels, asked, voices)
    return DigitScore(len(clips), int(silent.sum()), int(cut_off.sum()), heard)


def is_silent(clip: np.ndarray) -> bool:
    """Return whether a clip (N,) has no sample of :data:`SILENT_PEAK` or more."""
    return bool(np.max(np.abs(clip), initial=0.0) < SILENT_PEAK)


def sounding(clip: np.ndarray) -> int:
    """Return how many samples there are from the first to the last that can be heard, of (N,)."""
    level = np.abs(clip)
    loud = np.flatnonzero(level >= SOUNDING * level.max(initial=0.0))
    return int(loud[-1] - loud[0] + 1) if len(loud) else 0


def wilson_interval(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the interval in which a share is to be expected after ``hits`` of ``n``.

    Unlike share ± z * sqrt(share (1 - share) / n) it stays within 0 ... 1, and it is not empty for
    0 or n hits (Wilson 1927). The default z is that of 95 %.

    Raises
    ------
    InvalidValueError
        If n is below 1, or hits not between 0 and n.
    """
    if n < 1 or not 0 <= hits <= n:
        raise InvalidValueError(f"expected 0 <= hits <= n and n >= 1, got {hits} and {n}")
    share, extra = hits / n, z * z / n
    middle = (share + extra / 2) / (1 + extra)
    half = math.sqrt(share * (1 - share) * extra + extra * extra / 4) / (1 + extra)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_interval(hits: int, n: int, others: int, m: int) -> tuple[float, float]:
    """Return the 95 % interval of how far one share is above another (Newcombe 1998, method 10).

    It is made of the two Wilson intervals: from the difference it goes down by the root of the sum
    of the squares of how far the first can be too high and the second too low, and up likewise.

    Parameters
    ----------
    hits, n
        Of the first share, ``hits / n``.
    others, m
        Of the second one, independent of it.
    """
    (low, high), (least, most) = wilson_interval(hits, n), wilson_interval(others, m)
    one, other = hits / n, others / m
    down, up = math.hypot(one - low, most - other), math.hypot(high - one, other - least)
    return one - other - down, one - other + up


def _heard(labels: np.ndarray, asked: np.ndarray, voices: Sequence[Any] | None) -> Heard:
    table = np.zeros((DIGITS, DIGITS + 1), np.int64)
    np.add.at(table, (asked, np.where(labels == NOTHING, DIGITS, labels)), 1)
    hits = labels == asked
    by_voice = {} if voices is None else _shares(hits, voices)
    return Heard(labels, table, _shares(hits, asked.tolist()), by_voice)


def _shares(hits: np.ndarray, groups: Sequence[Any]) -> dict[Any, float]:
    names = list(dict.fromkeys(groups))
    mine = {name: [h for h, g in zip(hits, groups, strict=True) if g == name] for name in names}
    return {name: float(np.mean(values)) for name, values in mine.items()}
