"""Clicks: finding the samples that nothing before them foretold, and filling the gaps.

Chapter: chapters/06-product/05-restoring.ipynb

Speech and music swing, so a sample is nearly a sum of those before it: *linear prediction*,
``x[t] = sum_k a_k x[t-k] + e[t]``. What a scratch or a lost bit puts there does not follow. The
filter ``1, -a_1 ... -a_p`` leaves the residue e, in which a click stands alone.

References
----------
J. Makhoul (1975), *Linear prediction: a tutorial review*, Proceedings of the IEEE 63 (4).
A. J. E. M. Janssen, R. N. J. Veldhuis, L. B. Vries (1986), *Adaptive interpolation of discrete-time
signals that can be modeled as autoregressive processes*, IEEE Transactions on Acoustics, Speech,
and Signal Processing 34 (2).
S. J. Godsill, P. J. W. Rayner (1998), *Digital audio restoration*, chapter 5.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive, whole
from aigc_edu.dsp.fourier import window
from aigc_edu.errors import InvalidValueError

ORDER = 32  # of the prediction
BLOCK = 1024  # samples that are predicted by one filter
ROUNDS = 3  # of estimating the filter and filling the gaps
PASSES = 3  # of finding clicks: a small one beside a large one is found when that is gone
PERIODS = 3  # that are looked at on each side of a sample
_WHITE = 1e-9  # of the power: noise without which a pure tone would have no single best filter


def prediction_filter(x: np.ndarray, order: int = ORDER) -> np.ndarray:
    """Return the filter whose output, the residue of linear prediction, is smallest.

    The autocorrelation r of the sound under a Hann window gives the equations ``sum_k a_k r[|j-k|]
    = r[j]``, j = 1 ... p (Makhoul 1975, equation 12).

    Parameters
    ----------
    x
        Shape (N,), more samples than the order, finite.
    order
        p.

    Returns
    -------
    ndarray
        float64, shape (p + 1,): ``1, -a_1 ... -a_p``. Silence has the filter ``1, 0, ... 0``.
    """
    from scipy.linalg import solve_toeplitz

    x, order = finite_samples(x), whole(order, "order")
    if len(x) <= order:
        raise InvalidValueError(f"order {order} needs more than {order} samples, got {len(x)}")
    shown = x * window("hann", len(x))
    size = 2 ** int(np.ceil(np.log2(2 * len(x))))
    r = np.fft.irfft(np.abs(np.fft.rfft(shown, size)) ** 2)[: order + 1]
    if r[0] <= 0:
        return np.eye(1, order + 1)[0]
    r[0] *= 1 + _WHITE
    return np.append(1.0, -solve_toeplitz(r[:-1], r[1:]))


def prediction_residue(x: np.ndarray, order: int = ORDER, block: int = BLOCK) -> np.ndarray:
    """Return what linear prediction leaves of a sound, with a filter for each block.

    Parameters
    ----------
    x
        Shape (N,), finite.
    order
        Of the prediction.
    block
        Samples that one filter is for; it is estimated from twice as many.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    x = finite_samples(x)
    residue = np.zeros(len(x))
    for begin, end, around in _blocks(len(x), whole(block, "block"), order):
        a = prediction_filter(x[around], order)
        before = np.append(np.zeros(max(0, order - begin)), x[max(0, begin - order) : end])
        residue[begin:end] = np.convolve(before, a, mode="valid")
    return residue


def find_clicks(
    x: np.ndarray,
    rate: float,
    threshold: float = 2.5,
    order: int = ORDER,
    period: float = 0.01,
    width: float = 0.0003,
) -> np.ndarray:
    """Find the samples that a click has spoilt.

    A sample is suspect where the residue is ``threshold`` times as large as it gets all around. Not
    as it is on average: the pulses of a voice stand out, too, but each has others beside it. So the
    largest residue is taken in three periods before and three after the sample; of these six
    numbers the third largest counts. Where a word begins or ends, three still hold pulses, and two
    may be spoilt by other clicks.

    A click leaves surprises behind it, for it is used to foretell what follows. Played backwards,
    these lie before it. What is spoilt is suspect both ways.

    Parameters
    ----------
    x
        Shape (N,), finite.
    rate
        Sampling rate in Hz.
    threshold
        Above 1. The lower, the more is found, and the more is found that is no click.
    order
        Of the prediction.
    period
        In seconds; that of the lowest voice at least, 10 ms at 100 Hz.
    width
        Seconds that are added on both sides of what is suspect.

    Returns
    -------
    ndarray
        bool, shape (N,).
    """
    from scipy.ndimage import maximum_filter1d

    if not threshold > 1:
        raise InvalidValueError(f"threshold must be above 1, got {threshold}")
    x = finite_samples(x)
    reach, size = (
        max(1, round(positive(seconds, name) * positive(rate, "rate")))
        for seconds, name in ((width, "width"), (period, "period"))
    )
    there, back = (
        maximum_filter1d(_suspect(one, threshold, order, reach, size), 2 * reach + 1)
        for one in (x, x[::-1])
    )
    return there & back[::-1]


def _suspect(x: np.ndarray, threshold: float, order: int, reach: int, size: int) -> np.ndarray:
    """Return where the residue is larger than all around, in one direction: bool, (N,)."""
    e = np.abs(prediction_residue(x, order))
    e[:order] = 0  # they have too few before them to be foretold by
    before = [_largest(e, -reach - (k + 1) * size, size) for k in range(PERIODS)]
    after = [_largest(e, reach + order + k * size, size) for k in range(PERIODS)]
    usual = np.sort([*before, *after], axis=0)[-PERIODS]
    silent = 1e-4 * np.abs(x).max()  # there the residue is rounding
    return e > threshold * np.maximum(usual, silent)


def fill_gaps(
    x: np.ndarray, missing: np.ndarray, order: int = ORDER, block: int = BLOCK
) -> np.ndarray:
    """Put samples into gaps so that linear prediction is surprised as little as possible.

    With the filter a, the residue's energy is a quadratic function of the missing samples. It is
    least where ``sum_j b[|i-j|] x[j] = 0`` for each missing i, with b the autocorrelation of a
    (Janssen et al. 1986, equation 12). Filter and samples are found in turn, beginning with
    straight lines.

    Parameters
    ----------
    x
        Shape (N,), finite also where it is missing.
    missing
        bool, shape (N,). Gaps much longer than 10 ms come out too soft.
    order
        Of the prediction.
    block
        Samples that one filter is for.

    Returns
    -------
    ndarray
        float64, shape (N,); equal to ``x`` where nothing is missing.
    """
    y, missing = finite_samples(x), np.asarray(missing)
    if missing.shape != y.shape or missing.dtype != bool:
        raise InvalidValueError(f"missing must be bool of shape {y.shape}, got {missing.shape}")
    if not missing.any():
        return y
    if missing.all():
        raise InvalidValueError("all samples are missing: there is nothing to go by")
    places = np.arange(len(y))
    y[missing] = np.interp(places[missing], places[~missing], y[~missing])
    for _ in range(ROUNDS):
        for begin, end, around in _blocks(len(y), whole(block, "block"), order):
            gap = begin + np.flatnonzero(missing[begin:end])
            if len(gap):
                y[gap] = _least_surprising(y, gap, prediction_filter(y[around], order))
    return y


def declick(x: np.ndarray, rate: float, threshold: float = 2.5, order: int = ORDER) -> np.ndarray:
    """Find clicks and fill the gaps that they leave, until no more are found.

    Parameters
    ----------
    x, rate, threshold, order
        See :func:`find_clicks` and :func:`fill_gaps`.

    Returns
    -------
    ndarray
        float64, shape (N,); equal to ``x`` where no click was found.
    """
    y = finite_samples(x)
    for _ in range(PASSES):
        spoilt = find_clicks(y, rate, threshold, order)
        if not spoilt.any():
            break
        y = fill_gaps(y, spoilt, order)
    return y


def _largest(e: np.ndarray, first: int, size: int) -> np.ndarray:
    """Return the largest of ``size`` values of e from ``first`` places on, for each place, (N,)."""
    from scipy.ndimage import maximum_filter1d

    margin = abs(first) + size
    of_the_next = maximum_filter1d(np.pad(e, margin), size, origin=-(size // 2), mode="constant")
    return of_the_next[margin + first :][: len(e)]


def _least_surprising(y: np.ndarray, gap: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Return the samples (U,) at the places of a gap (U,) for which the residue is smallest."""
    b = np.correlate(a, a, mode="full")  # (2 p + 1,), symmetric
    order = len(a) - 1
    first, last = gap[0] - order, gap[-1] + order + 1
    known = np.zeros(last - first)
    inside = slice(max(first, 0), min(last, len(y)))
    known[inside.start - first : inside.stop - first] = y[inside]
    known[gap - first] = 0
    wanted = -np.convolve(known, b, mode="same")[gap - first]
    apart = np.abs(gap[:, None] - gap)  # (U, U)
    matrix = np.where(apart <= order, b[order + np.minimum(apart, order)], 0.0)
    return np.linalg.solve(matrix, wanted)


def _blocks(length: int, block: int, order: int) -> Iterator[tuple[int, int, slice]]:
    """Yield the begin and the end of each block, and the samples that its filter is made from."""
    need = order + 1
    if length < need:
        raise InvalidValueError(f"prediction of order {order} needs {need} samples, got {length}")
    for begin in range(0, length, block):
        end, margin = min(begin + block, length), max(block // 2, need)
        low = max(0, min(begin - margin, length - 2 * block))
        yield begin, end, slice(low, min(length, max(end + margin, 2 * block)))
