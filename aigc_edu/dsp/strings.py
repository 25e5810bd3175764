"""A plucked string from noise in a ring: the Karplus-Strong algorithm.

Chapter: chapters/01-sound-as-numbers/04-making-sounds.ipynb

References
----------
K. Karplus, A. Strong (1983), *Digital synthesis of plucked-string and drum timbres*.
D. A. Jaffe, J. O. Smith (1983), *Extensions of the Karplus-Strong plucked-string algorithm*.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.dsp.sampling import sample_times
from aigc_edu.errors import InvalidValueError

_LEAST = 0.1  # samples; an all-pass that delays by nearly nothing rings at half the rate


class StringLoop(NamedTuple):
    """What a burst meets on one round of a Karplus-Strong string.

    Attributes
    ----------
    line
        D, the length of the delay line in samples.
    loss
        rho, what all is multiplied by; above 0 and at most 1.
    tuning
        C, the coefficient of the all-pass.
    """

    line: int
    loss: float
    tuning: float


def karplus_strong(
    frequency: float,
    duration: float,
    rate: float,
    seed: int = 0,
    smoothing: float = 0.5,
    decay: float | None = None,
    burst: np.ndarray | None = None,
) -> np.ndarray:
    """Return a plucked string: a burst of noise that runs round in a delay line.

    On each round it passes a weighted average of neighbours, ``v[t] = rho ((1 - S) y[t - D] +
    S y[t - D - 1])`` (Karplus and Strong 1983 take S = 1/2 and rho = 1), and an all-pass,
    ``w[t] = C v[t] + v[t - 1] - C w[t - 1]``, which delays by a part of a sample (Jaffe and Smith
    1983). The output is ``y[t] = burst[t] + w[t]``. A round takes the D samples of the line and the
    phase delays of both filters, and :func:`string_loop` chooses D and C so that these add up to
    ``rate / frequency`` at that frequency: the fundamental is the frequency that is asked for.

    Parameters
    ----------
    frequency
        Of the fundamental, in Hz, above 0 and at most ``rate / 4``.
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`.
    seed
        Fixes the burst.
    smoothing
        S, above 0 and at most 1/2: smaller lets high partials ring longer.
    decay
        Seconds in which the fundamental falls by 60 dB. By default, and at most, what the average
        alone allows (rho = 1).
    burst
        What goes round in place of noise, shape (D,) with D as in :func:`string_loop`: for a softer
        or a harder pluck. Its mean is taken away, since the average would let it go round for ever.

    Returns
    -------
    ndarray
        float64, shape (N,). Its largest magnitude is 1.
    """
    loop = string_loop(frequency, rate, smoothing, decay)
    if burst is None:
        burst = np.random.default_rng(seed).uniform(-1, 1, loop.line)
    burst = finite_samples(burst, "burst")
    if burst.shape != (loop.line,) or not np.ptp(burst) > 0:
        raise InvalidValueError(f"burst must have {loop.line} samples that are not all alike")
    count = len(sample_times(duration, rate))
    x = np.zeros(max(count, loop.line))
    x[: loop.line] = burst - burst.mean()
    now, before = loop.loss * (1 - smoothing), loop.loss * smoothing
    y = _compiled_loop()(x, loop.line, now, before, loop.tuning)
    return y[:count] / np.abs(y).max()


def string_loop(
    frequency: float, rate: float, smoothing: float = 0.5, decay: float | None = None
) -> StringLoop:
    """Return the delay line, loss and tuning of a string of a given pitch.

    With ``w = 2 pi frequency / rate``, the average has at that frequency the phase delay
    ``P = atan2(S sin w, 1 - S + S cos w) / w``, which is 1/2 for S = 1/2. D is as long as leaves
    the all-pass a delay ``d = rate / frequency - P - D`` from 0.1 to 1.1 samples, and
    ``C = sin((w - w d) / 2) / sin((w + w d) / 2)`` gives it just that (Jaffe and Smith 1983).

    Parameters
    ----------
    frequency, rate, smoothing, decay
        As in :func:`karplus_strong`.

    Returns
    -------
    StringLoop
        ``line``, ``loss``, ``tuning``.
    """
    if not positive(frequency, "frequency") <= positive(rate, "rate") / 4:
        raise InvalidValueError(f"frequency must be at most rate / 4, {rate / 4:g} Hz")
    if not 0 < smoothing <= 0.5:
        raise InvalidValueError(f"smoothing must lie above 0 and at most at 1/2, got {smoothing}")
    w = 2 * np.pi * frequency / rate
    average = 1 - smoothing + smoothing * np.exp(-1j * w)
    rest = rate / frequency + np.angle(average) / w  # in samples, for the line and the all-pass
    line = int(np.floor(rest - _LEAST))
    delay = rest - line
    tuning = np.sin((w - w * delay) / 2) / np.sin((w + w * delay) / 2)
    if decay is None:
        return StringLoop(line, 1.0, float(tuning))
    gain = 10 ** (-3 / (frequency * positive(decay, "decay")))  # on each round
    return StringLoop(line, float(min(1.0, gain / np.abs(average))), float(tuning))


@cache
def _compiled_loop() -> Callable[..., np.ndarray]:
    """Return :func:`_loop`, compiled on its first call, which takes a second or two, and kept."""
    import numba

    return numba.njit(cache=True)(_loop)


def _loop(x: np.ndarray, line: int, now: float, before: float, tuning: float) -> np.ndarray:
    """Let x run round; plain Python, so that it can be compiled, and checked without."""
    y = np.zeros(len(x))
    v_last, w = 0.0, 0.0
    for t in range(len(x)):
        v = now * y[t - line] if t >= line else 0.0
        if t > line:
            v += before * y[t - line - 1]
        w = tuning * (v - w) + v_last
        v_last = v
        y[t] = x[t] + w
    return y
