"""How different generated clips are: from each other, and from what a model has learned from.

Chapter: chapters/04-adversarial/03-wavegan-training.ipynb

A model that repeats its training clips is clear and varied, and pleases every other score. It is
found out by distance: real clips that it has not learned from lie farther from the training clips
than its own do.

References
----------
- Donahue, McAuley and Puckette 2019, arXiv:1802.04208: the distances from the nearest other
  clip of a set, and from the nearest training clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aigc_edu.errors import InvalidValueError

NEAR = 0.05  # share of held-out clips that are nearer to a training clip than what counts as near


@dataclass(frozen=True)
class Diversity:
    """How far apart n clips are.

    Attributes
    ----------
    nearest
        Mean distance of a clip from the nearest training clip.
    others
        Mean distance of a clip from the nearest other one of the n: small where a model knows one
        clip of each kind.
    pairwise
        Mean distance of two different clips.
    copied
        Share of clips, 0 ... 1, that are as near to a training clip as only :data:`NEAR` of the
        held-out clips are. About that much of good clips; of a model that has learned its clips by
        heart, nearly all.
    """

    nearest: float
    others: float
    pairwise: float
    copied: float


def diversity_of(
    made: np.ndarray, learned: np.ndarray, held: np.ndarray, unit: float | None = None
) -> Diversity:
    """Measure the diversity of clips in the features of a network that listens, or any others.

    Parameters
    ----------
    made
        Features of the clips, (n, D), n >= 2, finite.
    learned
        Of the training clips, (m, D).
    held
        Of real clips that were not learned from, (l, D).
    unit
        What distances are counted in, above 0; by default every feature counts in units of its
        standard deviation over the training clips.

    Raises
    ------
    InvalidValueError
        If there are fewer than two rows somewhere, or not D features.
    """
    made, learned, held = (_checked(x, made) for x in (made, learned, held))
    unit = unit or learned.std(axis=0) + 1e-12 * (1 + np.abs(learned).max())
    made, learned, held = (x / unit for x in (made, learned, held))
    near, usual = nearest_distances(made, learned), nearest_distances(held, learned)
    copied = float(np.mean(near <= np.quantile(usual, NEAR)))
    others = float(distances_of_others(made).mean())
    return Diversity(float(near.mean()), others, pairwise_distance(made), copied)


def nearest_distances(x: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return for each row of x (n, D) the distance of the nearest of the others (m, D): (n,)."""
    return np.sqrt(_squared(x, others).min(axis=1))


def distances_of_others(x: np.ndarray) -> np.ndarray:
    """Return for each row of x (n, D), n >= 2, the distance of the nearest other row: (n,)."""
    squared = _squared(x, x)
    np.fill_diagonal(squared, np.inf)
    return np.sqrt(squared.min(axis=1))


def pairwise_distance(x: np.ndarray) -> float:
    """Return the mean distance of two different rows of x (n, D), n >= 2."""
    together = np.sqrt(_squared(x, x))
    return float((together.sum() - np.trace(together)) / (len(x) * (len(x) - 1)))


def _squared(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return all squared distances, (n, m); by differences, for equal rows must be 0 apart."""
    return np.stack([np.square(y - row).sum(axis=1) for row in x])


def _checked(x: np.ndarray, like: np.ndarray) -> np.ndarray:
    x = np.asarray(x, np.float64)
    if x.ndim != 2 or len(x) < 2 or x.shape[1:] != np.shape(like)[1:] or not np.isfinite(x).all():
        raise InvalidValueError(
            f"expected finite features of shape (n, {np.shape(like)[-1]}), n of at least 2, "
            f"got {x.shape}"
        )
    return x
