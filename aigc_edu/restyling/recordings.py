"""A recording with the spectral envelope of another one.

Chapter: chapters/06-product/14-style-and-timbre.ipynb
"""

from __future__ import annotations

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.dsp.cepstrum import mean_envelope, with_envelope

FRAME_SECONDS = 0.064
KEEP_SECONDS = 0.0015  # quefrencies below the period of 670 Hz


def like_another(
    x: np.ndarray, rate: int, other: np.ndarray, other_rate: int, amount: float = 1.0
) -> np.ndarray:
    """Return a recording whose spectrum has another one's envelope; its pitch stays.

    Parameters
    ----------
    x, rate
        Samples (N,), not silent, and their rate in Hz.
    other, other_rate
        The recording whose timbre is wanted, (M,), not silent.
    amount
        0 leaves x as it is, 1 gives it the other envelope.

    Returns
    -------
    ndarray
        float64, shape (N,), within [-1, 1]; scaled down if it would leave that.
    """
    frame = 2 ** round(np.log2(FRAME_SECONDS * rate))
    keep = max(4, round(KEEP_SECONDS * rate))
    wanted = resample(np.asarray(other, float), other_rate, rate)
    wanted = np.pad(wanted, (0, max(0, frame - len(wanted))))
    envelope = mean_envelope(wanted, frame, frame // 4, keep)
    y = with_envelope(np.asarray(x, float), envelope, frame // 4, keep, amount)
    return y / max(1.0, float(np.abs(y).max()))
