"""The Fréchet distance between two sets of clips, in the features of a network that listens.

Chapter: chapters/03-autoregressive/07-wavenet-vocoder-and-judging.ipynb

References
----------
- Dowson and Landau 1982, "The Fréchet distance between multivariate normal distributions",
  Journal of Multivariate Analysis 12: the formula.
- Heusel et al. 2017, arXiv:1706.08500: its use for generated images; Kilgour et al. 2019,
  arXiv:1812.08466, for sound.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.errors import InvalidValueError


def frechet_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Return the squared Fréchet distance of the normal distributions fitted to two sets.

    With means m, n and covariances S, R it is |m - n|^2 + tr(S) + tr(R) - 2 tr((S R)^(1/2)), in
    squared units of the features. It is 0 for equal sets and sees what a score of single clips does
    not: a lack of variety.

    Parameters
    ----------
    x, y
        Features, shapes (n, D) and (m, D), finite; one row a clip, at least two rows. The fewer the
        rows, the larger the distance even of sets from one source, so compare distances only of
        sets of equal size, and with that of real clips from real clips.

    Notes
    -----
    The covariances are A^T A and B^T B for the centred rows A = (x - m) / sqrt(n - 1) and B
    alike, and the trace of the root of their product is the sum of the singular values of A B^T.
    That holds for fewer clips than features too, where the covariances have no full rank and their
    product has no reliable root.
    """
    x, y = _features(x), _features(y)
    if x.shape[1] != y.shape[1]:
        raise InvalidValueError(f"expected as many features in both, got {x.shape} and {y.shape}")
    a, b = ((z - z.mean(axis=0)) / np.sqrt(len(z) - 1) for z in (x, y))
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    apart = np.square(x.mean(axis=0) - y.mean(axis=0)).sum()
    # By rounding, equal sets would come out a little below 0.
    return float(np.maximum(0.0, apart + np.square(a).sum() + np.square(b).sum() - 2 * shared))


def _features(x: np.ndarray) -> np.ndarray:
    x = np.asarray(x, np.float64)
    if x.ndim != 2 or len(x) < 2 or not np.isfinite(x).all():
        raise InvalidValueError(
            f"expected finite features of shape (n, D) with n of at least 2, got {x.shape}"
        )
    return x
