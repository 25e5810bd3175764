"""The Fréchet distance between two sets of clips, in the features of a network that listens.

Chapter: chapters/03-autoregressive/07-wavenet-vocoder-and-judging.ipynb
Chapter: chapters/06-product/01-judging.ipynb

References
----------
- Dowson and Landau 1982, "The Fréchet distance between multivariate normal distributions",
  Journal of Multivariate Analysis 12: the formula.
- Heusel et al. 2017, arXiv:1706.08500: its use for generated images; Kilgour et al. 2019,
  arXiv:1812.08466, for sound.
- Chong and Forsyth 2020, arXiv:1911.07023: its bias, and the line that takes it away; Gui et al.
  2024, arXiv:2311.01616, for sound.
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


def frechet_without_bias(
    x: np.ndarray, y: np.ndarray, sizes: int = 8, repeats: int = 4, seed: int = 0
) -> float:
    """Return the Fréchet distance that sets without end would have, by a line through smaller ones.

    The bias of the distance falls as 1 / n. So the distances of random parts of x from y are fitted
    by a straight line in 1 / n, and the line is followed to 0 (Chong and Forsyth 2020). Sets of
    different size can then be compared. For sets from one source it may come out below 0, and it
    comes out too low where n / 2 isn't well above the number of directions in which clips differ:
    there the distance rises slower than 1 / n.

    Parameters
    ----------
    x
        Features of the clips that are judged, (n, D) with n of at least 20.
    y
        Of the reference, (m, D); it is used whole, so its own part of the bias stays.
    sizes
        How many sizes of parts, from n / 2 to n, at least two.
    repeats
        How many parts of each size.
    seed
        Of the parts.

    Raises
    ------
    InvalidValueError
        If there are too few clips, sizes or repeats.
    """
    x, y = _features(x), _features(y)
    if len(x) < 20 or sizes < 2 or repeats < 1:
        raise InvalidValueError(f"{len(x)} clips are too few for a line; 20 are needed at least")
    random = np.random.default_rng(seed)
    counts = np.repeat(np.round(len(x) / np.linspace(2, 1, sizes)).astype(int), repeats)
    parts = [x[random.permutation(len(x))[:count]] for count in counts]
    far = [frechet_distance(part, y) for part in parts]
    return float(np.polyfit(1 / counts, far, 1)[1])


def _features(x: np.ndarray) -> np.ndarray:
    x = np.asarray(x, np.float64)
    if x.ndim != 2 or len(x) < 2 or not np.isfinite(x).all():
        raise InvalidValueError(
            f"expected finite features of shape (n, D) with n of at least 2, got {x.shape}"
        )
    return x
