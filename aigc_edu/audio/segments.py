"""Cutting waveforms up and putting them together.

Chapter: chapters/01-sound-as-numbers/09-cutting-and-joining.ipynb

All waveforms here are mono, shape (N,).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from aigc_edu.errors import InvalidValueError

Law = Literal["gain", "power"]
FRAME = 0.01  # seconds over which the power is taken


class Trimmed(NamedTuple):
    """A waveform in three parts; joined end to end they are the waveform again.

    Attributes
    ----------
    before, kept, after
        Each of shape (some of N,): what was cut off at the start, what stays, what was cut off at
        the end.
    """

    before: np.ndarray
    kept: np.ndarray
    after: np.ndarray


def trim_silence(
    x: np.ndarray,
    rate: int,
    threshold_db: float = -40.0,
    relative: bool = True,
    frame: float = FRAME,
    margin: float = 0.0,
) -> Trimmed:
    """Cut off what is soft at both ends.

    The waveform is divided into frames; kept is all from the first frame whose power passes the
    threshold to the last one.

    Parameters
    ----------
    x
        Shape (N,), N >= 1.
    rate
        Sampling rate in Hz.
    threshold_db
        Power of a frame in dB, relative to that of the loudest frame, or to full scale.
    relative
        Whether the threshold is relative to the loudest frame.
    frame
        Length of a frame in seconds; one sample at least.
    margin
        Seconds to keep on either side of what passes the threshold: weak consonants live there.

    Raises
    ------
    InvalidValueError
        If nothing passes the threshold, so that nothing would be left.
    """
    x = _mono(x)
    size = max(1, round(_positive(frame, "frame") * _positive(rate, "rate")))
    if not (np.isfinite(margin) and margin >= 0):
        raise InvalidValueError(f"margin must be 0 or more seconds, got {margin}")
    power = frame_powers(x, size)
    loud = passing(power, power.max() if relative else 1.0, threshold_db)
    if len(loud) == 0:
        raise InvalidValueError(
            f"nothing in this waveform passes {threshold_db} dB: lower the threshold, or drop it"
        )
    extra = round(margin * rate)
    start = max(0, loud[0] * size - extra)
    stop = min(len(x), (loud[-1] + 1) * size + extra)
    return Trimmed(x[:start], x[start:stop], x[stop:])


def split_windows(
    x: np.ndarray, length: int, hop: int | None = None, pad: bool = True
) -> np.ndarray:
    """Cut a waveform into windows of equal length; window m begins at sample ``m * hop``.

    Parameters
    ----------
    x
        Shape (N,), N >= 1.
    length, hop
        In samples; ``hop`` is ``length`` by default, and at most that.
    pad
        Whether zeros fill up the last window, so that every sample is in one:
        ``1 + ceil((N - length) / hop)`` windows, at least one. Otherwise
        ``1 + floor((N - length) / hop)``, and the rest is left out.

    Returns
    -------
    ndarray
        Shape (windows, length), a copy.

    Raises
    ------
    InvalidValueError
        If there is no whole window and ``pad`` is False, so that all would be left out.
    """
    x = _mono(x)
    length = _count(length, "length")
    hop = length if hop is None else _count(hop, "hop")
    if hop > length:
        raise InvalidValueError(f"a hop of {hop} would skip samples between windows of {length}")
    if not pad and len(x) < length:
        raise InvalidValueError(f"{len(x)} samples hold no window of {length}; pad=True fills one")
    rest = max(0, len(x) - length)
    windows = 1 + (-(-rest // hop) if pad else rest // hop)
    padded = np.pad(x, (0, max(0, (windows - 1) * hop + length - len(x))))
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop][:windows].copy()


def join_windows(
    windows: np.ndarray, hop: int | None = None, size: int | None = None
) -> np.ndarray:
    """Undo :func:`split_windows`: lay windows over one another and average where they overlap.

    Parameters
    ----------
    windows
        Shape (M, length).
    hop
        As it was for splitting; the windows' length by default.
    size
        Number of samples N to return, which drops the padding; by default all.

    Returns
    -------
    ndarray
        Shape (N,). For windows that nobody changed it is the waveform again (to rounding where
        they overlap), up to what ``pad=False`` left out.
    """
    windows = np.asarray(windows, np.float64)
    if windows.ndim != 2 or windows.size == 0:
        raise InvalidValueError(f"windows must have shape (M, length), got {windows.shape}")
    count, length = windows.shape
    hop = length if hop is None else _count(hop, "hop")
    total, covered = np.zeros((2, (count - 1) * hop + length))
    if hop > length or (size is not None and not 0 < size <= len(total)):
        raise InvalidValueError(
            f"{count} windows of {length} at a hop of {hop} can't make {size} samples without gaps"
        )
    for number, window in enumerate(windows):
        place = slice(number * hop, number * hop + length)
        total[place] += window
        covered[place] += 1
    return (total / covered)[:size]


def crossfade(a: np.ndarray, b: np.ndarray, overlap: int, law: Law = "gain") -> np.ndarray:
    """Join two waveforms so that the end of one fades into the start of the other.

    With u from 0 to 1 over the overlap, ``a`` is multiplied by 1 - u and ``b`` by u (equal gain),
    or by cos(pi u / 2) and sin(pi u / 2) (equal power). Equal gain keeps the level where both
    parts are the same signal; equal power where they are unrelated, such as two takes or noises,
    which equal gain makes 3 dB softer in the middle.

    Parameters
    ----------
    a, b
        Shapes (N,) and (M,).
    overlap
        Samples that sound together, 0 ... min(N, M). With 0 the second follows the first.
    law
        ``"gain"`` or ``"power"``.

    Returns
    -------
    ndarray
        Shape (N + M - overlap,). With equal power and alike signals it can reach 1.41 times the
        inputs' peak.
    """
    a, b = _mono(a, "a"), _mono(b, "b")
    if overlap != int(overlap) or not 0 <= overlap <= min(len(a), len(b)):
        raise InvalidValueError(
            f"overlap must be 0 ... {min(len(a), len(b))}, the shorter part, got {overlap}"
        )
    if law not in ("gain", "power"):
        raise InvalidValueError(f"law is 'gain' or 'power', not {law!r}")
    overlap = int(overlap)
    u = (np.arange(overlap) + 0.5) / max(1, overlap)  # symmetric: neither end is 0 or 1
    out, into = (1 - u, u) if law == "gain" else (np.cos(np.pi / 2 * u), np.sin(np.pi / 2 * u))
    middle = out * a[len(a) - overlap :] + into * b[:overlap]
    return np.concatenate([a[: len(a) - overlap], middle, b[overlap:]])


def join(pieces: Sequence[np.ndarray], overlap: int = 0, law: Law = "gain") -> np.ndarray:
    """Join waveforms one after another, each faded into the next, see :func:`crossfade`.

    Parameters
    ----------
    pieces
        At least one waveform. One between two others needs 2 * ``overlap`` samples, so that its
        two fades don't meet.

    Returns
    -------
    ndarray
        Shape (sum of the lengths - (pieces - 1) * overlap,).
    """
    pieces = [_mono(piece, f"piece {number}") for number, piece in enumerate(pieces)]
    if not pieces:
        raise InvalidValueError("there is nothing to join")
    for number, piece in enumerate(pieces[1:-1], start=1):
        if len(piece) < 2 * overlap:
            raise InvalidValueError(
                f"piece {number} has {len(piece)} samples, too few for two fades of {overlap}"
            )
    joined = pieces[0]
    for piece in pieces[1:]:
        joined = crossfade(joined, piece, overlap, law)
    return joined


def pad_batch(
    clips: Sequence[np.ndarray], length: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Put waveforms of different lengths into one array, with zeros behind the shorter ones.

    Parameters
    ----------
    clips
        B waveforms.
    length
        T, by default the length of the longest; never less.

    Returns
    -------
    batch
        float32, shape (B, T).
    mask
        bool, shape (B, T): True where a sample is one, False where it is padding. A mean over a
        batch must leave the padding out: ``(loss * mask).sum() / mask.sum()``.
    """
    clips = [_mono(clip, f"clip {number}") for number, clip in enumerate(clips)]
    if not clips:
        raise InvalidValueError("there is no clip to put into a batch")
    lengths = np.array([len(clip) for clip in clips])
    length = int(lengths.max()) if length is None else _count(length, "length")
    if length < lengths.max():
        raise InvalidValueError(
            f"the longest clip has {lengths.max()} samples, not {length}; cut it"
        )
    batch = np.zeros((len(clips), length), np.float32)
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    return batch, np.arange(length) < lengths[:, None]


def frame_powers(x: np.ndarray, size: int) -> np.ndarray:
    """Return the mean power in each frame of ``size`` samples; the last may be shorter."""
    starts = np.arange(0, len(x), size)
    return np.add.reduceat(x**2, starts) / np.diff(np.append(starts, len(x)))


def passing(power: np.ndarray, reference: float, threshold_db: float) -> np.ndarray:
    """Return the numbers of the frames whose power is not below the threshold."""
    return np.flatnonzero((power > 0) & (power >= reference * 10 ** (threshold_db / 10)))


def _mono(x: np.ndarray, name: str = "x") -> np.ndarray:
    x = np.asarray(x, np.float64)
    if x.ndim != 1 or x.size == 0:
        raise InvalidValueError(f"{name} must have shape (N,) with N >= 1, got {x.shape}")
    if not np.isfinite(x).all():
        raise InvalidValueError(f"{name} holds NaN or infinite values; find where they arise first")
    return x


def _count(value: int, name: str) -> int:
    if not np.isfinite(value) or value != int(value) or value < 1:
        raise InvalidValueError(f"{name} must be a whole number of at least 1, got {value}")
    return int(value)


def _positive(value: float, name: str) -> float:
    if not (np.isfinite(value) and value > 0):
        raise InvalidValueError(f"{name} must be a finite number above 0, got {value}")
    return value
