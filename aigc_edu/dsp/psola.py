"""Another pitch or another tempo for a voice, with its vowels kept: PSOLA.

Chapter: chapters/06-product/09-a-voice-of-your-own.ipynb

References
----------
E. Moulines, F. Charpentier (1990), *Pitch-synchronous waveform processing techniques for
text-to-speech synthesis using diphones*, Speech Communication 9: the method, time-domain PSOLA.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.dsp.pitch import pitch_by_autocorrelation
from aigc_edu.dsp.time_domain import frame_times
from aigc_edu.errors import InvalidValueError

LOW, HIGH = 70.0, 450.0  # Hz, between which a voice is looked for
UNVOICED = 0.008  # seconds from mark to mark where nothing repeats
_REACH = 0.2  # share of a period by which the next mark may be elsewhere
_SMOOTH = 5  # frames, over which the median of the pitch is taken


def pitch_track(x: np.ndarray, rate: float, low: float = LOW, high: float = HIGH) -> np.ndarray:
    """Return the pitch at each sample, in Hz, NaN where there is none.

    Each sample gets the pitch of the frame whose middle is nearest; before, the median over five
    frames has taken away single slips of an octave.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    low, high
        Pitches to look between, in Hz.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    x = finite_samples(x)
    frame = int(np.ceil(3 * rate / low))
    hop = max(1, round(0.005 * rate))
    if len(x) < frame:
        return np.full(len(x), np.nan)
    found = pitch_by_autocorrelation(x, rate, low, high, frame, hop)
    times = frame_times(len(found), frame, hop, rate) * rate
    nearest = np.clip(np.round((np.arange(len(x)) - times[0]) / hop), 0, len(found) - 1)
    return _median(found)[nearest.astype(int)]


def _median(found: np.ndarray) -> np.ndarray:
    """Return the running median of the voiced frames; what is unvoiced stays so."""
    rows = np.pad(found, _SMOOTH // 2, constant_values=np.nan)
    rows = np.lib.stride_tricks.sliding_window_view(rows, _SMOOTH).copy()
    voiced = np.isfinite(found)
    smooth = np.full(len(found), np.nan)
    smooth[voiced] = np.nanmedian(rows[voiced], axis=1)
    return smooth


def pitch_marks(x: np.ndarray, rate: float, f0: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places in a waveform, one a period where it is voiced, every 8 ms where it isn't.

    A mark is a period after the last one, or up to a fifth of a period beside that: where the
    waveform is most like what lies round the last mark.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    f0
        Its pitch at each sample in Hz, NaN where there is none, shape (N,).

    Returns
    -------
    marks
        int64, shape (M,), rising, from 0 to at most N - 1.
    voiced
        bool, shape (M,): whether the way to the *next* mark is a period.
    """
    x, f0 = finite_samples(x), np.asarray(f0, np.float64)
    if f0.shape != x.shape:
        raise InvalidValueError(f"f0 has the shape {f0.shape}, x has {x.shape}")
    step = max(1, round(UNVOICED * rate))
    marks, voiced = [0], []
    while True:
        here = marks[-1]
        is_voiced = bool(np.isfinite(f0[here]))
        following = _next(x, here, rate / f0[here]) if is_voiced else here + step
        voiced.append(is_voiced)
        if following >= len(x):
            return np.array(marks), np.array(voiced)
        marks.append(following)


def _next(x: np.ndarray, here: int, period: float) -> int:
    """Return the place about a period on where x is most like what lies round ``here``."""
    half, reach = round(period), int(_REACH * period)
    around = np.pad(x[max(0, here - half) : here + half], (max(0, half - here), 0))
    first = here + round(period) - reach
    begin, end = first - half, first + 2 * reach + half
    if end > len(x) or begin < 0 or len(around) < 2 * half:
        return here + round(period)
    rows = np.lib.stride_tricks.sliding_window_view(x[begin:end], 2 * half)
    sizes = np.sqrt((rows**2).sum(axis=1)) + 1e-9
    return first + int(np.argmax(rows @ around / sizes))


def psola(
    x: np.ndarray,
    rate: float,
    pitch: float | np.ndarray = 1.0,
    stretch: float = 1.0,
    f0: np.ndarray | None = None,
) -> np.ndarray:
    """Return a voice at another pitch or another tempo, whose formants stay where they are.

    Each mark gets a grain of the waveform, from the mark before it to the one after it, under two
    halves of Hann windows. Laid down at other distances, the grains make another pitch; laid down
    more or less often, another tempo. What is in a grain, the answer of the mouth to one pulse, is
    never resampled.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    pitch
        Factor for the pitch, 0.25 to 4: one, or one for each sample of x.
    stretch
        Factor for the duration, 0.25 to 4.
    f0
        Pitch of each sample in Hz, NaN where unvoiced, (N,); found by :func:`pitch_track` if it is
        not given.

    Returns
    -------
    ndarray
        float64, shape (round(N * stretch),). With both factors 1 it is x.

    Raises
    ------
    InvalidValueError
        If a factor is out of its range.
    """
    x = finite_samples(x)
    pitch = np.broadcast_to(np.asarray(pitch, np.float64), x.shape)
    for name, value in (("pitch", pitch), ("stretch", np.array(positive(stretch, "stretch")))):
        if not (value.min() >= 0.25 and value.max() <= 4):
            raise InvalidValueError(f"{name} lies from 0.25 to 4")
    marks, voiced = pitch_marks(x, rate, pitch_track(x, rate) if f0 is None else f0)
    y = np.zeros(round(len(x) * stretch))
    for place, number, turned in _plan(marks, voiced, pitch, stretch, len(x), len(y)):
        weight = 1 / np.sqrt(pitch[marks[number]]) if voiced[number] else 1.0
        _lay(y, place, *_grain(x, marks, number, place % 1, turned), weight)
    return y


def _plan(
    marks: np.ndarray,
    voiced: np.ndarray,
    pitch: np.ndarray,
    stretch: float,
    length: int,
    wanted: int,
) -> list[tuple[float, int, bool]]:
    """Return where which grain goes, and whether it is turned round: noise that doesn't hum."""
    steps = np.diff(np.append(marks, length))
    plan: list[tuple[float, int, bool]] = []
    place, last, turned = 0.0, -1, False
    while place < wanted:
        source = place / stretch
        number = int(np.searchsorted(marks, source + 1e-6, side="right")) - 1
        if number + 1 < len(marks) and marks[number + 1] - source < source - marks[number]:
            number += 1
        turned = number == last and not voiced[number] and not turned
        plan.append((place, number, turned))
        place += steps[number] / (pitch[marks[number]] if voiced[number] else 1.0)
        last = number
    return plan


def _grain(
    x: np.ndarray, marks: np.ndarray, number: int, share: float, turned: bool
) -> tuple[np.ndarray, int]:
    """Return a windowed grain, moved on by a share of a sample, and how far before it begins."""
    here = marks[number]
    before = here - (marks[number - 1] if number else here)
    after = (marks[number + 1] if number + 1 < len(marks) else len(x)) - here
    begin, end = here - before, here + after
    piece = _between(x, begin, end, share)
    left = 0.5 - 0.5 * np.cos(np.pi * np.arange(before) / max(1, before))
    right = 0.5 + 0.5 * np.cos(np.pi * np.arange(after) / max(1, after))
    if number + 1 == len(marks):
        right = np.ones(after)  # nothing comes after it
    if turned and before == after:
        piece = np.roll(piece[::-1], 1)
    return piece * np.concatenate([left, right]), before


def _between(x: np.ndarray, begin: int, end: int, share: float) -> np.ndarray:
    """Return x[begin:end] as it is a share of a sample earlier, by a cubic through four samples."""
    if share < 1e-9:
        return x[begin:end].copy()
    low, high = begin - 2, end + 1
    cut = np.pad(x[max(0, low) : high], (max(0, -low), max(0, high - len(x))))
    a, b, c, d = (cut[k : k + end - begin] for k in range(4))  # at n - 2, n - 1, n, n + 1
    t = 1 - share  # from n - 1 on
    curve = -a + 3 * b - 3 * c + d
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * curve))


def _lay(y: np.ndarray, place: float, grain: np.ndarray, before: int, weight: float) -> None:
    """Add a grain to y, its mark at ``place``; what reaches over the ends is left out."""
    first = int(place) - before
    skip = max(0, -first)
    piece = grain[skip : max(skip, len(y) - first)]
    y[first + skip : first + skip + len(piece)] += weight * piece
