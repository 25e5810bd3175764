"""The inception score: whether clips are clear, and whether they are of many kinds.

Chapter: chapters/04-adversarial/03-wavegan-training.ipynb

References
----------
- Salimans et al. 2016, arXiv:1606.03498, section 4: the score.
- Barratt and Sharma 2018, arXiv:1801.01973: what it does not see, one clip of each kind for one.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.errors import InvalidValueError


def inception_score(probabilities: np.ndarray) -> float:
    """Return the exponential of the mean Kullback-Leibler divergence of p(y | x) from p(y).

    It is 1 where every clip gets the same answer, or no clear one, and the number of labels K where
    each gets one label for certain and all labels equally often.

    Parameters
    ----------
    probabilities
        What a judge gives to each label, shape (n, K), n >= 1: rows of numbers >= 0 whose sum is 1.
        The fewer the rows, the lower the score of good clips; compare sets of equal size.

    Returns
    -------
    float
        From 1 to K.

    Raises
    ------
    InvalidValueError
        If the rows are no probabilities.
    """
    p = np.asarray(probabilities, np.float64)
    if p.ndim != 2 or not p.size or not np.isfinite(p).all():
        raise InvalidValueError(f"expected finite probabilities of shape (n, K), got {p.shape}")
    if p.min() < 0 or np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise InvalidValueError("each row must hold numbers of 0 or more whose sum is 1")
    q = np.broadcast_to(p.mean(axis=0), p.shape)
    there = p > 0  # 0 log 0 is 0
    divergence = (p[there] * np.log(p[there] / q[there])).sum() / len(p)
    return float(np.exp(divergence))
