"""Other durations for the pieces of a recording: a sentence gets another rhythm, not another pitch.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

Reference: W. Verhelst and M. Roelands (1993), "An overlap-add technique based on waveform
similarity (WSOLA) for high quality time-scale modification of speech", ICASSP, pp. 554-557.
Windowed frames are laid over one another, half a frame apart. Where a frame is taken from follows
the wanted times, but for a few milliseconds: there, the place is chosen that goes on most smoothly.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import finite_samples
from aigc_edu.dsp.fourier import window
from aigc_edu.errors import InvalidValueError


def retime(
    x: np.ndarray, durations: np.ndarray, wanted: np.ndarray, frame: int = 400, reach: int = 100
) -> np.ndarray:
    """Return a recording whose pieces last as long as is wanted.

    Parameters
    ----------
    x
        Shape (N,), real. It is cut, or filled up with zeros, to the sum of ``durations``.
    durations
        Samples of each of its K pieces, whole numbers >= 1, (K,).
    wanted
        Samples that each is to have, whole numbers >= 1, (K,).
    frame
        Samples of a frame, even: about two periods of a low voice; 25 ms at 16 kHz.
    reach
        Samples by which a frame may be taken from elsewhere, >= 0.

    Returns
    -------
    ndarray
        float64, as long as the sum of ``wanted``. With the durations that it has, x itself.

    Raises
    ------
    InvalidValueError
        If durations don't fit each other, or are no whole numbers above 0.
    """
    old, new = _durations(durations, "durations"), _durations(wanted, "wanted")
    if len(old) != len(new):
        raise InvalidValueError(f"there are {len(old)} pieces, and durations for {len(new)}")
    if frame < 2 or frame % 2 or reach < 0:
        raise InvalidValueError(f"frame is even and >= 2, reach >= 0, got {frame} and {reach}")
    half, g = frame // 2, window("hann", frame)
    padded = _padded(finite_samples(x).astype(float), int(old.sum()), 2 * (frame + reach))
    centres = half * np.arange(-(-int(new.sum()) // half) + 1)
    y = np.zeros(int(centres[-1]) + frame)
    last = 0
    for centre, source in zip(centres, _sources(centres, old, new), strict=True):
        last = _smoothest(padded, last + half, int(source), half, reach) if centre else 0
        at = last + 2 * (frame + reach)
        y[centre : centre + frame] += g * padded[at - half : at + half]
    return y[half : half + int(new.sum())]


def _durations(values: np.ndarray, name: str) -> np.ndarray:
    rounded = np.asarray(values).astype(np.int64)
    if rounded.ndim != 1 or not rounded.size or not np.array_equal(rounded, values):
        raise InvalidValueError(f"{name} must be whole numbers, one for each piece")
    if rounded.min() < 1:
        raise InvalidValueError(f"{name} must be 1 sample or more, got {rounded.min()}")
    return rounded


def _padded(x: np.ndarray, length: int, zeros: int) -> np.ndarray:
    x = x[:length]
    return np.pad(x, (zeros, zeros + length - len(x)))


def _sources(centres: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return where in the recording each place lies, rounded, in whole numbers throughout."""
    starts = np.concatenate([[0], np.cumsum(new)])
    piece = np.clip(np.searchsorted(starts, centres, side="right") - 1, 0, len(new) - 1)
    into = centres - starts[piece]
    before = np.concatenate([[0], np.cumsum(old)])[piece]
    return before + (2 * into * old[piece] + new[piece]) // (2 * new[piece])


def _smoothest(padded: np.ndarray, going_on: int, source: int, half: int, reach: int) -> int:
    """Return the place near a source that is most like what would have come next."""
    zeros = 2 * (2 * half + reach)
    goal = padded[going_on + zeros - half : going_on + zeros + half]
    from_, to = source + zeros - half - reach, source + zeros + half + reach
    rows = np.lib.stride_tricks.sliding_window_view(padded[from_:to], 2 * half)
    off = np.square(rows - goal).sum(axis=1)
    order = np.argsort(np.abs(np.arange(-reach, reach + 1)), kind="stable")  # the nearest first
    return source - reach + int(order[off[order].argmin()])
