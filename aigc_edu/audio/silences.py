"""Where a waveform sounds, between silences.

Chapter: chapters/05-tokens/03-audiolm.ipynb
"""

from __future__ import annotations

import numpy as np

from aigc_edu.audio.segments import FRAME, frame_powers, passing
from aigc_edu.errors import InvalidValueError


def sounding_parts(
    x: np.ndarray,
    rate: int,
    threshold_db: float = -35.0,
    gap: float = 0.12,
    shortest: float = 0.08,
) -> list[tuple[int, int]]:
    """Return where something sounds: the pairs (start, stop) of samples between long silences.

    Parameters
    ----------
    x
        Shape (N,), finite.
    rate
        Sampling rate in Hz.
    threshold_db
        Power of a frame of 10 ms, against the loudest one, below which it counts as silent.
    gap
        Seconds of silence that part two; the closure of a stop, as in *six*, is shorter.
    shortest
        Seconds below which a part is a click and is left out.

    Returns
    -------
    list of (int, int)
        In order; none where all is silent.

    Raises
    ------
    InvalidValueError
        If x is no waveform, or a number is out of bounds.
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise InvalidValueError(f"expected a finite waveform of shape (N,), got {x.shape}")
    if rate < 1 / FRAME or threshold_db >= 0 or gap <= 0 or shortest < 0:
        raise InvalidValueError("expected threshold_db < 0, gap > 0, shortest >= 0, rate >= 100")
    size = round(FRAME * rate)
    power = frame_powers(x[: len(x) // size * size], size)
    loud = passing(power, power.max(initial=0), threshold_db)
    if len(loud) == 0:
        return []
    breaks = np.flatnonzero(np.diff(loud) - 1 >= gap / FRAME - 1e-9)  # silent frames between two
    starts, stops = loud[np.r_[0, breaks + 1]], loud[np.r_[breaks, len(loud) - 1]] + 1
    parts = [(int(a) * size, int(b) * size) for a, b in zip(starts, stops, strict=True)]
    return [(a, b) for a, b in parts if b - a >= shortest * rate]
