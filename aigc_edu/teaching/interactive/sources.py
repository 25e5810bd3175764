"""What the figures' sounds are made of, such that Python and a page's script have the same numbers.

References
----------
A. Appleby (2011), *MurmurHash3*: the finaliser ``fmix32``, in the public domain.
"""

from __future__ import annotations

import base64
from functools import cache

import numpy as np

from aigc_edu import corpora

WORD_RATE = 8000
_SAMPLES, _PEAK = 4800, 0.45  # 0.6 s; peak: see what dither and coding add
_SPEAKER, _DIGIT = "en-us+david", 6


def uniform(count: int, stream: int) -> np.ndarray:
    """Return numbers that look random, spread evenly over [-1/2, 1/2).

    Number n is a hash of n, so that a script gets the very same without keeping a state: the
    32-bit finaliser of MurmurHash3, which mixes each bit of n into all bits of the result.

    Parameters
    ----------
    count
        How many.
    stream
        A small whole number; each gives numbers of its own.

    Returns
    -------
    ndarray
        float64, shape (count,), multiples of 2^-32.
    """
    x = np.arange(1, count + 1, dtype=np.uint32) + np.uint32((stream * 0x9E3779B9) % 2**32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x / 2.0**32 - 0.5


@cache
def word() -> np.ndarray:
    """Return the word "six" of a built-in voice, 8,000 samples a second, peak at 0.45.

    Returns
    -------
    ndarray
        float64, shape (N,), N <= 4800, multiples of 2^-15: a page's script has the same numbers.
    """
    return np.frombuffer(base64.b64decode(word_base64()), "<i2") / 32768


@cache
def word_base64() -> str:
    """Return the word as 16-bit integers, lowest byte first, in base64."""
    clip = corpora.load("digits").select(speaker=_SPEAKER, label=_DIGIT)[0]
    x = clip.samples[:_SAMPLES].astype(np.float64)
    codes = np.round(x / np.abs(x).max() * _PEAK * 32768).astype("<i2")
    return base64.b64encode(codes.tobytes()).decode("ascii")
