"""Walks through a latent space, such that Python and a page's script go the same way.

Chapter: chapters/04-adversarial/04-wavegan-generation.ipynb

References
----------
T. White (2016), *Sampling generative networks*, arXiv:1609.04468: interpolation along the sphere.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.interactive import sources

PRIORS = ("normal", "uniform")
WAYS = ("sphere", "line")
_SEEDS = 1000  # streams of random numbers before this one belong to other figures


def drawn(count: int, stream: int, prior: str = "normal") -> np.ndarray:
    """Return z (count,) of a prior: standard normal, or evenly spread over [-1, 1).

    Raises
    ------
    InvalidValueError
        If there is no such prior.
    """
    if prior not in PRIORS:
        raise InvalidValueError(f"a prior is one of {', '.join(PRIORS)}, not {prior!r}")
    u = sources.uniform(2 * count, stream)
    if prior == "uniform":
        return 2 * u[:count]
    return np.sqrt(-2 * np.log(0.5 - u[:count])) * np.cos(2 * np.pi * (u[count:] + 0.5))


def between(a: np.ndarray, b: np.ndarray, t: float, way: str = "sphere") -> np.ndarray:
    """Return the point at ``t`` of the way from a to b.

    Parameters
    ----------
    a, b
        Shape (Z,), not 0 and not parallel.
    t
        From 0, which is a, to 1, which is b.
    way
        ``"line"``: (1 - t) a + t b, which is shorter than both in the middle. ``"sphere"``: with
        the angle w between a and b, (sin((1 - t) w) a + sin(t w) b) / sin w (White, 2016).

    Raises
    ------
    InvalidValueError
        If there is no such way.
    """
    if way not in WAYS:
        raise InvalidValueError(f"a way is one of {', '.join(WAYS)}, not {way!r}")
    if way == "line":
        return (1 - t) * a + t * b
    angle = np.arccos(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1, 1))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def corners(count: int, draw: int, prior: str = "normal") -> np.ndarray:
    """Return the four z of a draw, (4, count): top left, top right, bottom left, bottom right."""
    return np.stack([drawn(count, _SEEDS + 4 * draw + k, prior) for k in range(4)])


def on_pad(four: np.ndarray, x: float, y: float, way: str = "sphere") -> np.ndarray:
    """Return the z (Z,) at a place of a pad whose corners are those of :func:`corners`.

    Parameters
    ----------
    four
        Shape (4, Z).
    x, y
        From left to right and from top to bottom, each in [0, 1].
    way
        That of :func:`between`: along the upper and the lower edge, then between the two.
    """
    a, b, c, d = four
    return between(between(a, b, x, way), between(c, d, x, way), y, way)
