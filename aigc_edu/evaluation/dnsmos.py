"""What a network foretells of people's opinion: DNSMOS, from a package that nothing else needs.

Chapter: chapters/06-product/01-judging.ipynb

Reference: C. K. A. Reddy, V. Gopal and R. Cutler (2022), *DNSMOS P.835: a non-intrusive perceptual
objective speech quality metric to evaluate noise suppressors*, arXiv:2110.01763.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.errors import InvalidValueError, MissingPackageError

RATE = 16_000  # Hz; the networks have learned from speech at this rate


def dnsmos(x: np.ndarray, rate: int) -> dict[str, float]:
    """Return the opinion scores, about 1 to 5, that DNSMOS foretells for noisy speech.

    It needs no reference, and knows no words: it has learned from people's ratings of noisy speech
    and of what noise suppressors made of it. A clip shorter than 9 seconds is repeated.

    Parameters
    ----------
    x
        Shape (N,), N >= 1, finite, in [-1, 1].
    rate
        Sampling rate in Hz.

    Returns
    -------
    dict
        ``"overall"``, ``"speech"`` and ``"background"`` (the three questions of ITU-T P.835).

    Raises
    ------
    InvalidValueError
        If the clip is empty, leaves [-1, 1] or holds no numbers.
    MissingPackageError
        If the packages ``speechmos`` and ``onnxruntime`` are not installed.
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 1 or not len(x) or not np.abs(x).max() <= 1:
        raise InvalidValueError(f"expected samples (N,) in [-1, 1], got {x.shape}")
    try:
        from speechmos import dnsmos as judge
    except ImportError as error:
        raise MissingPackageError(
            "DNSMOS needs two packages more: pip install speechmos onnxruntime"
        ) from error
    if rate != RATE:
        x = np.clip(resample(x, rate, RATE), -1, 1)
    found = judge.run(np.asarray(x, np.float32), RATE)
    names = {"overall": "ovrl_mos", "speech": "sig_mos", "background": "bak_mos"}
    return {name: float(found[key]) for name, key in names.items()}
