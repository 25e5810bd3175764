"""Retrieval, and how good it is: nearest neighbours, precision, average precision, intervals.

Chapter: chapters/06-product/13-recommending.ipynb

References
----------
- Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", chapter 8: precision
  at k, and average precision.
- Flexer 2007, ISMIR: why what comes from the query's own source has to be left out.
- Efron 1979, The Annals of Statistics 7: the bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from aigc_edu.errors import InvalidValueError

FIRST = 5  # results that somebody looks at
DRAWS = 2000  # of the bootstrap


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Return rows (n, D) scaled to length 1, float64.

    Raises
    ------
    InvalidValueError
        If they are no finite rows, or one is all zeros: it has no direction.
    """
    rows = np.asarray(rows, np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise InvalidValueError(f"expected finite rows (n, D), got {rows.shape}")
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    if len(rows) and not length.min() > 0:
        raise InvalidValueError("a row of zeros has no direction; leave it out")
    return rows / length


def similarities(queries: np.ndarray, library: np.ndarray) -> np.ndarray:
    """Return the cosine of the angle between all queries (m, D) and rows of a library (n, D).

    Returns
    -------
    ndarray
        float64, shape (m, n), from -1 to 1.
    """
    a, b = unit_rows(queries), unit_rows(library)
    if a.shape[1] != b.shape[1]:
        raise InvalidValueError(f"queries have {a.shape[1]} numbers, the library {b.shape[1]}")
    return a @ b.T


def nearest(
    queries: np.ndarray, library: np.ndarray, k: int = FIRST, but: np.ndarray | None = None
) -> np.ndarray:
    """Return the k rows of a library that are most alike to each query, the best first.

    Parameters
    ----------
    queries, library
        Shape (m, D) and (n, D).
    k
        1 or more.
    but
        bool, (m, n): what must not be found; k rows at least are left.

    Returns
    -------
    ndarray
        Row numbers, int64 (m, k).
    """
    alike = similarities(queries, library)
    if but is not None:
        if np.shape(but) != alike.shape:
            raise InvalidValueError(f"expected a mask of the shape {alike.shape}")
        alike = np.where(but, -np.inf, alike)
    left = int(np.isfinite(alike).sum(axis=1).min(initial=alike.shape[1]))
    if not 1 <= k <= left:
        raise InvalidValueError(f"there are {left} rows to choose {k} from")
    return np.argsort(-alike, axis=1, kind="stable")[:, :k]


def precision_at(relevant: Sequence[bool] | np.ndarray, k: int) -> float:
    """Return the share, 0 ... 1, of relevant ones among the first k results."""
    if not 1 <= k <= len(relevant):
        raise InvalidValueError(f"k lies from 1 to {len(relevant)}, got {k}")
    return float(np.mean(np.asarray(relevant, bool)[:k]))


def average_precision(relevant: Sequence[bool] | np.ndarray) -> float:
    """Return the mean of the precisions at the places of all relevant results; NaN without any.

    Parameters
    ----------
    relevant
        Of all results, the best first, whether they are: none may be missing.
    """
    places = np.flatnonzero(np.asarray(relevant, bool))  # from 0
    if not len(places):
        return float("nan")
    return float(np.mean(np.arange(1, len(places) + 1) / (places + 1)))


class Retrieval(NamedTuple):
    """What was found for m queries, a number for each: float64 (m,).

    Attributes
    ----------
    found
        1 where one of the first k results is relevant, else 0.
    precision
        Share of relevant ones among the first k.
    average
        Average precision over all results.
    """

    found: np.ndarray
    precision: np.ndarray
    average: np.ndarray


def retrieval_of(
    queries: np.ndarray,
    library: np.ndarray,
    relevant: np.ndarray,
    k: int = FIRST,
    but: np.ndarray | None = None,
) -> Retrieval:
    """Measure retrieval by cosine.

    Parameters
    ----------
    queries, library
        Shape (m, D) and (n, D).
    relevant
        bool, (m, n): what ought to be found. Of each query something has to be.
    k, but
        See :func:`nearest`.
    """
    relevant = np.asarray(relevant, bool)
    alike = similarities(queries, library)
    but = np.zeros_like(relevant) if but is None else np.asarray(but, bool)
    if not relevant.shape == but.shape == alike.shape:
        raise InvalidValueError(f"expected masks of the shape {alike.shape}")
    if not (relevant & ~but).any(axis=1).all():
        raise InvalidValueError("for some queries there is nothing to be found")
    rows = []
    for row, wanted, out in zip(alike, relevant, but, strict=True):
        order = np.argsort(-row, kind="stable")
        hits = wanted[order][~out[order]]
        rows.append((hits[:k].any(), precision_at(hits, k), average_precision(hits)))
    return Retrieval(*np.array(rows, float).T)


def bootstrap(
    values: np.ndarray,
    seed: int = 0,
    of: Callable[[np.ndarray], np.ndarray] | None = None,
) -> tuple[float, float]:
    """Return the 95 % interval of a mean, from means of values that are drawn again and again.

    Parameters
    ----------
    values
        Shape (m,), m >= 1, one of each query.
    seed
        Of what is drawn.
    of
        Maps drawn values (draws, m) to the statistic (draws,); by default the mean.
    """
    values = np.asarray(values, float)
    if values.ndim != 1 or not len(values):
        raise InvalidValueError(f"expected values (m,), got {values.shape}")
    drawn = values[np.random.default_rng(seed).integers(len(values), size=(DRAWS, len(values)))]
    means = drawn.mean(axis=1) if of is None else of(drawn)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
