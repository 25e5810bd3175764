"""The short-time Fourier transform and its inverse.

Chapter: chapters/01-sound-as-numbers/07-time-and-frequency.ipynb

A spectrogram ``X[k, m]`` has a row for each bin ``k`` and a column for each frame ``m``, as it is
drawn: time to the right, frequency upwards.

References
----------
J. B. Allen, L. R. Rabiner (1977), *A unified approach to short-time Fourier analysis and
synthesis*.
D. W. Griffin, J. S. Lim (1984), *Signal estimation from modified short-time Fourier transform*.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.dsp._validate import finite_samples, whole
from aigc_edu.dsp.fourier import WindowName
from aigc_edu.dsp.fourier import window as make_window
from aigc_edu.errors import InvalidValueError

_EVEN = 1e-9  # shifted windows whose sum varies less than this, relatively, add up to a constant
_COVERED = 1e-10  # weight, against the largest, below which a sample can't be recovered


def stft(
    x: np.ndarray, frame: int, hop: int, window: WindowName = "hann", centre: bool = True
) -> np.ndarray:
    """Return the short-time Fourier transform (Allen and Rabiner 1977).

    ``X[k, m] = sum_n g[n] x[n + m hop - offset] exp(-2 pi i k n / frame)``, with the offset
    ``frame / 2`` if frames are centred, and 0 otherwise. Samples beyond the ends are zero.

    Parameters
    ----------
    x
        Shape (N,), real, finite. Without centring, N must be at least ``frame``.
    frame
        Length L of the window in samples, an even number of at least 2.
    hop
        Samples from one frame to the next, at least 1.
    window
        As in :func:`aigc_edu.dsp.window`; the periodic form is taken.
    centre
        If true, frame m has its middle at the sample ``m hop``; if false, its beginning.

    Returns
    -------
    ndarray
        complex128, shape (frame / 2 + 1, frames); there are ``1 + N // hop`` frames if centred,
        otherwise ``1 + (N - frame) // hop``.
    """
    x, frame, hop = finite_samples(x), _even(frame), whole(hop, "hop")
    if np.iscomplexobj(x):
        raise InvalidValueError("x must be real: only then do the bins up to frame / 2 say it all")
    if centre:
        x = np.pad(x, frame // 2)
    if len(x) < frame:
        raise InvalidValueError(
            f"x has {len(x)} samples, fewer than a frame of {frame}; pad it with zeros"
        )
    pieces = np.lib.stride_tricks.sliding_window_view(x, frame)[::hop]  # (frames, L)
    return np.fft.rfft(pieces * make_window(window, frame), axis=1).T


def istft(
    X: np.ndarray,
    hop: int,
    window: WindowName = "hann",
    length: int | None = None,
    centre: bool = True,
) -> np.ndarray:
    """Return the signal whose short-time transform is nearest to ``X``, in the least squares.

    Weighted overlap-add (Griffin and Lim 1984, equation 6): window the frames once more, add them,
    divide by the sum of the squared windows. Of a transform that :func:`stft` has made, it gives
    the signal back. It needs less than constant overlap-add (:func:`check_cola`): every sample
    must have some weight (:func:`check_nola`).

    Parameters
    ----------
    X
        Shape (bins, frames), complex, finite; the frame is ``2 (bins - 1)`` samples long.
    hop, window, centre
        As they were given to :func:`stft`.
    length
        Samples to return; by default all, from the first frame to the last. If frames are
        centred, that is from the middle of the first to that of the last.

    Returns
    -------
    ndarray
        float64, shape (length,). Samples at an end that lie under a zero of the window (the first
        one, with a Hann window and without centring) are 0: nothing is known of them.

    Raises
    ------
    InvalidValueError
        If there are samples between the frames without weight, or if ``length`` reaches beyond
        the last frame.
    """
    X, hop = _spectrogram(X), whole(hop, "hop")
    bins, count = X.shape
    frame = 2 * (bins - 1)
    check_nola(window, frame, hop)
    start = frame // 2 if centre else 0
    whole_length = frame + (count - 1) * hop
    length = _checked_length(length, whole_length - start, whole_length - 2 * start)
    g = make_window(window, frame)
    y = overlap_add(g * np.fft.irfft(X.T, frame, axis=1), hop)  # (N,)
    weight = overlap_add(np.broadcast_to(g**2, (count, frame)), hop)
    known = weight > _COVERED * weight.max()
    return np.where(known, y, 0)[start:][:length] / np.where(known, weight, 1)[start:][:length]


def overlap_add(pieces: np.ndarray, hop: int) -> np.ndarray:
    """Add pieces up, each ``hop`` samples after the one before.

    Parameters
    ----------
    pieces
        Shape (frames, L).
    hop
        At least 1.

    Returns
    -------
    ndarray
        float64, shape (L + (frames - 1) hop,).
    """
    pieces, hop = np.asarray(pieces), whole(hop, "hop")
    if pieces.ndim != 2 or pieces.size == 0:
        raise InvalidValueError(f"pieces must have shape (frames, L), got {pieces.shape}")
    count, frame = pieces.shape
    y = np.zeros(frame + (count - 1) * hop)
    for m, piece in enumerate(pieces):
        y[m * hop : m * hop + frame] += piece
    return y


# ---------------------------------------------------------------- which hops work


def check_cola(window: WindowName, frame: int, hop: int) -> float:
    """Return the constant to which shifted windows add up, or raise if it is none.

    ``sum_m g[n - m hop]`` is the same for all n: *constant overlap-add*. Then frames that were
    windowed once give the signal, times the constant, by being added, without a division. It is
    sufficient for that, and more than :func:`istft` needs (:func:`check_nola`).

    Parameters
    ----------
    window, frame, hop
        As in :func:`stft`.

    Raises
    ------
    InvalidValueError
        With the largest smaller hop that does work (a hop of 1 always does).
    """
    g = make_window(window, _even(frame))
    if not _adds_evenly(g, hop := whole(hop, "hop")):
        raise InvalidValueError(
            f"{window} windows of {frame} samples, {hop} apart, don't add up to a constant; "
            f"{_other_hop(g, hop, _adds_evenly)}"
        )
    return float(_folded(g, hop).mean())


def check_nola(window: WindowName, frame: int, hop: int) -> None:
    """Raise unless every sample has weight: ``sum_m g[n - m hop]^2 > 0`` (*nonzero overlap-add*).

    This is what :func:`istft` needs, and all that it needs.

    Parameters
    ----------
    window, frame, hop
        As in :func:`stft`.
    """
    g = make_window(window, _even(frame))
    if not _covers(g, hop := whole(hop, "hop")):
        raise InvalidValueError(
            f"{window} windows of {frame} samples, {hop} apart, leave samples without any weight, "
            f"which can't be recovered; {_other_hop(g, hop, _covers)}"
        )


def _folded(g: np.ndarray, hop: int) -> np.ndarray:
    """Return the sum of all shifted copies, over one period, (hop,)."""
    return np.pad(g, (0, -len(g) % hop)).reshape(-1, hop).sum(axis=0)


def _adds_evenly(g: np.ndarray, hop: int) -> bool:
    return bool(np.ptp(folded := _folded(g, hop)) <= _EVEN * folded.max())


def _covers(g: np.ndarray, hop: int) -> bool:
    return bool((weight := _folded(g**2, hop)).min() > _COVERED * weight.max())


def _other_hop(g: np.ndarray, hop: int, works: Callable[[np.ndarray, int], bool]) -> str:
    smaller = range(min(hop - 1, len(g)), 0, -1)
    return f"a hop of {next(h for h in smaller if works(g, h))} would work"  # 1 always does


# ---------------------------------------------------------------- private


def _even(frame: int) -> int:
    if whole(frame, "frame", 2) % 2:
        raise InvalidValueError(f"frame must be even, got {frame}; take {frame + 1}")
    return int(frame)


def _spectrogram(X: np.ndarray, name: str = "X") -> np.ndarray:
    """Return ``X``, or raise unless it is (bins, frames), bins >= 2, frames >= 1, and finite."""
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[0] < 2 or X.shape[1] < 1 or X.dtype.kind not in "biufc":
        raise InvalidValueError(
            f"{name} must hold numbers in the shape (bins, frames), at least (2, 1), got "
            f"{X.dtype} in {X.shape}"
        )
    if not np.isfinite(X).all():
        raise InvalidValueError(f"{name} holds NaN or infinite values; find where they arise first")
    return X


def _checked_length(length: int | None, reach: int, usual: int) -> int:
    if length is None:
        return usual
    if whole(length, "length", 0) > reach:
        raise InvalidValueError(
            f"the frames reach {reach} samples far, not {length}; pad the signal before its stft"
        )
    return int(length)
