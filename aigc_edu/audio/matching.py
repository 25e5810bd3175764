"""Making several clips equally loud, so that a listener compares how they sound and not how loud.

Chapter: chapters/06-product/02-listening-tests.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aigc_edu.audio.levels import loudness, peak_db
from aigc_edu.errors import InvalidValueError


def match_loudness(
    clips: Sequence[np.ndarray], rate: int | Sequence[int], lufs: float = -23.0
) -> list[np.ndarray]:
    """Scale clips so that all have one loudness.

    That is ``lufs``, or as much less as it takes for the highest of all peaks to stay within full
    scale. Nothing is clipped, and none comes out softer than the others.

    Parameters
    ----------
    clips
        n clips of shape (N,) or (C, N), which may differ in length; one shorter than 0.4 s is
        measured as one block.
    rate
        Sampling rate in Hz, at least 4000; or one for each clip.
    lufs
        The loudness that is wanted (see :func:`aigc_edu.audio.loudness`).

    Returns
    -------
    list of ndarray
        float64, within [-1, 1].

    Raises
    ------
    InvalidValueError
        If there is no clip, one is silent, or there are more or fewer rates than clips.
    """
    if not clips or not np.isfinite(lufs):
        raise InvalidValueError("expected a clip or more, and a loudness that is a number")
    rates = [rate] * len(clips) if np.ndim(rate) == 0 else list(rate)
    if len(rates) != len(clips):
        raise InvalidValueError(f"expected {len(clips)} rates, one for each clip, got {len(rates)}")
    levels = np.array([loudness(x, r, short="whole") for x, r in zip(clips, rates, strict=True)])
    if not np.isfinite(levels).all():
        raise InvalidValueError(f"clip {int(np.argmin(levels))} is silent; no gain makes it louder")
    room = min(level - peak_db(x) for x, level in zip(clips, levels, strict=True))
    gains = 10 ** ((min(lufs, room) - levels) / 20)
    return [
        np.clip(gain * np.asarray(x, np.float64), -1, 1)  # cuts off a rounding error at most
        for gain, x in zip(gains, clips, strict=True)
    ]
