"""A sound as one row of numbers: cepstra and their spread, or what a network has learned to hear.

Chapter: chapters/06-product/13-recommending.ipynb
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from aigc_edu.errors import InvalidValueError, did_you_mean
from aigc_edu.evaluation import Judge
from aigc_edu.evaluation.voices import voice_features

HEARING = "recogniser-notes"  # whose features "heard" are
PIECE = 1.0  # seconds of a longer sound that are heard at a time
PIECES = 60  # of a sound at most, spread evenly


class Embedding(NamedTuple):
    """One way to turn a sound into a row of numbers.

    Attributes
    ----------
    name, about
        Of the embedding, and what it is in a few words.
    row
        Maps samples (N,), not silent, and their rate in Hz to a row, float64 (D,).
    """

    name: str
    about: str
    row: Callable[[np.ndarray, int], np.ndarray]


def cepstral(x: np.ndarray, rate: int) -> np.ndarray:
    """Return mean and deviation of a sound's MFCC, without its level: (38,).

    See :func:`aigc_edu.evaluation.voices.voice_features`.
    """
    return voice_features(x, rate)


def heard(x: np.ndarray, rate: int) -> np.ndarray:
    """Return what the recogniser of notes makes of a sound before it names a family: (896,).

    A sound that is longer than a second is heard second by second; the row is the mean.
    """
    return _judge().features(pieces_of(x, rate), rate).mean(axis=0).astype(np.float64)


@cache
def _judge() -> Judge:
    return Judge.load(HEARING)


def pieces_of(x: np.ndarray, rate: int) -> list[np.ndarray]:
    """Return a sound's seconds, at most 60 spread evenly; silent ones are left out.

    Raises
    ------
    InvalidValueError
        If all of it is silent.
    """
    x = np.asarray(x, np.float32)
    if x.ndim != 1 or not np.abs(x).max(initial=0.0) > 1e-4:
        raise InvalidValueError(f"expected a sound of shape (N,) that is not silent, got {x.shape}")
    size = round(PIECE * rate)
    starts = np.arange(0, max(1, len(x) - size // 2), size)
    chosen = starts[np.unique(np.linspace(0, len(starts) - 1, PIECES).round().astype(int))]
    pieces = [x[start : start + size] for start in chosen]
    return [piece for piece in pieces if np.abs(piece).max() > 1e-4]


EMBEDDINGS = {
    one.name: one
    for one in (
        Embedding("heard", f"features of {HEARING}, which hears instruments", heard),
        Embedding("cepstral", "mean and deviation of the MFCC", cepstral),
    )
}


def embedding_of(name: str) -> Embedding:
    """Return an embedding by its name; InvalidValueError if there is none."""
    if name not in EMBEDDINGS:
        hint = did_you_mean(name, EMBEDDINGS) or f"there are {', '.join(EMBEDDINGS)}"
        raise InvalidValueError(f"there is no embedding {name!r}; {hint}")
    return EMBEDDINGS[name]
