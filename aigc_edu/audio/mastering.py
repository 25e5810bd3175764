"""The last step before a sound is handed on: its loudness, and a ceiling for its peaks.

Chapter: chapters/06-product/07-finishing.ipynb
Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb
"""

from __future__ import annotations

import numpy as np

from aigc_edu.audio.dynamics import limit
from aigc_edu.audio.faults import waveform
from aigc_edu.audio.levels import loudness
from aigc_edu.errors import InvalidValueError

ROUNDS = 12
CLOSE = 0.02  # LU: nearer to the loudness that was asked for need no master be
MOST = 24.0  # dB that peaks are held down by, at most: more is no longer the same sound


def master(x: np.ndarray, rate: int, lufs: float = -16.0, ceiling_db: float = -1.0) -> np.ndarray:
    """Bring a waveform to a loudness, with a limiter that holds its peaks below a ceiling.

    The limiter takes some of the loudness away, so the gain before it is raised by what is
    missing, and so on until they agree.

    Parameters
    ----------
    x
        Shape (N,) or (C, N); 0.4 s or more, not silent. See :func:`aigc_edu.audio.loudness`.
    rate
        Sampling rate in Hz.
    lufs
        About -16 is common for podcasts, -23 is that of European broadcasts (EBU R 128).
    ceiling_db
        Of samples and of the curve between them, in dB against full scale.

    Returns
    -------
    ndarray
        float64, the shape of ``x``: the loudness is met to 0.1 LU, and no sample passes the
        ceiling.

    Raises
    ------
    InvalidValueError
        If the waveform is silent, or its peaks stand out so far that the limiter would have to hold
        them down by more than 24 dB.
    """
    x = waveform(x)
    level = loudness(x, rate)
    if level == -np.inf:
        raise InvalidValueError("the waveform is silent; no gain makes it louder")
    gain = lufs - level  # dB
    for _ in range(ROUNDS):
        loud = x * 10 ** (gain / 20)
        held = limit(loud, rate, ceiling_db)
        missing = lufs - loudness(held, rate)
        if abs(missing) <= CLOSE:
            return held
        if 20 * np.log10(np.abs(loud).max()) + missing - ceiling_db > MOST:
            break
        gain += missing
    raise InvalidValueError(
        f"at most {lufs - missing:.1f} LUFS can be reached below {ceiling_db:g} dB: compress the "
        "sound first, or ask for less"
    )
