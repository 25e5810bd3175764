"""Likelihood in bits per sample, and what it is compared with.

Chapter: chapters/00-start/01-hear-it-first.ipynb
Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from aigc_edu.errors import InvalidValueError


def entropy_of_codes(codes: np.ndarray, levels: int = 256) -> float:
    """Return the entropy in bits per sample of a histogram of codes.

    That is the cost of a model that knows how often each code occurs and nothing of their order;
    a model that has learned anything about sound lies below it. Uniform codes reach the largest
    value, log2(levels).

    Parameters
    ----------
    codes
        Whole numbers in 0 ... levels - 1, of any shape, not empty.
    """
    codes = np.asarray(codes)
    if codes.size == 0 or codes.min() < 0 or codes.max() >= levels:
        raise InvalidValueError(f"expected at least one code, all in 0 ... {levels - 1}")
    p = np.bincount(codes.ravel(), minlength=levels) / codes.size
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def entropy_given_previous(clips: Sequence[np.ndarray], levels: int = 256) -> float:
    """Return the entropy in bits of a code given the code before it, counted in the clips.

    That is the cost of a table of pairs, learned by heart: on the same clips, no model that hears
    one code only can be cheaper. It lies at or below :func:`entropy_of_codes` of the same codes;
    counted in few clips it is too low for others, since most pairs occur once.

    Parameters
    ----------
    clips
        Whole numbers in 0 ... levels - 1, (T,) each, with two codes or more in one of them. No
        pair reaches from one clip into the next.
    """
    clips = [codes for clip in clips if len(codes := np.asarray(clip).ravel()) > 1]
    if not clips:
        raise InvalidValueError("expected at least one clip with two codes or more")
    entropy_of_codes(np.concatenate(clips), levels)  # complains of codes out of range
    pairs = [levels * codes[:-1].astype(np.int64) + codes[1:] for codes in clips]
    first = np.concatenate([codes[:-1] for codes in clips])
    together = entropy_of_codes(np.concatenate(pairs), levels**2)
    return max(0.0, together - entropy_of_codes(first, levels))


def bits_per_position(losses: Iterable[tuple[float, int]]) -> float:
    """Return the mean cost in bits over all positions of several batches.

    Parameters
    ----------
    losses
        For each batch its mean cross-entropy in nats and the number of positions, at least one in
        all, that it is the mean over.
    """
    nats, positions = 0.0, 0
    for mean, count in losses:
        nats, positions = nats + mean * count, positions + count
    if not positions:
        raise InvalidValueError("there are no positions to score")
    return nats / positions / math.log(2)
