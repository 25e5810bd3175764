"""Rational-quadratic splines: rising curves that are exactly invertible.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

Reference: Durkan et al. 2019, "Neural spline flows", arXiv:1906.04032, section 3.1, eq. (4)-(8).
Between K + 1 knots (x_k, y_k) with slopes d_k the curve is a quotient of two quadratic polynomials;
outside of [-reach, reach] it is the identity. Widths and heights of the K bins and the slopes of
the K - 1 inner knots are what a network says, before softmax and softplus.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError

LEAST = 1e-3  # width and height of a bin as a share of the whole, and slope at a knot


def spline(
    x: Tensor, raw: Tensor, reach: float = 5.0, inverse: bool = False
) -> tuple[Tensor, Tensor]:
    """Map numbers by a rising curve each, or back.

    Parameters
    ----------
    x
        Any shape (...).
    raw
        Shape (..., 3 K - 1): K widths, K heights and K - 1 slopes, any real numbers. Zeros give
        nearly the identity.
    reach
        The curve runs within [-reach, reach].
    inverse
        Whether to go back: then x holds what the curve returned.

    Returns
    -------
    y
        As x.
    log_slope
        As x: the logarithm of the slope of what was done, forward or back.

    Raises
    ------
    InvalidValueError
        If shapes don't fit.
    """
    bins = (raw.shape[-1] + 1) // 3
    if raw.shape[:-1] != x.shape or raw.shape[-1] != 3 * bins - 1 or bins < 2:
        raise InvalidValueError(f"expected (..., 3 K - 1) for each number, got {tuple(raw.shape)}")
    inside = (x > -reach) & (x < reach)
    at = x.clamp(-reach, reach)
    knots_x, knots_y, slopes = _knots(raw, bins, reach)
    edges = (knots_y if inverse else knots_x)[..., 1:-1].contiguous()
    k = torch.searchsorted(edges, at[..., None].contiguous(), right=True)  # (..., 1), the bin
    parts = _bin(knots_x, knots_y, slopes, k)
    y, log_slope = (_back if inverse else _forth)(at, *parts)
    return torch.where(inside, y, x), torch.where(inside, log_slope, torch.zeros_like(x))


def _knots(raw: Tensor, bins: int, reach: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return places of the knots on both axes and the slopes there, (..., K + 1) each."""
    knots = []
    for part in (raw[..., :bins], raw[..., bins : 2 * bins]):
        share = LEAST + (1 - LEAST * bins) * part.softmax(dim=-1)
        inner = 2 * reach * share.cumsum(dim=-1)[..., :-1] - reach
        knots.append(F.pad(F.pad(inner, (1, 0), value=-reach), (0, 1), value=reach))
    # softplus(ln(e^(1 - LEAST) - 1)) + LEAST = 1: zeros give slope 1, which the outside has too.
    one = math.log(math.expm1(1 - LEAST))
    slopes = LEAST + F.softplus(raw[..., 2 * bins :] + one)
    return *knots, F.pad(slopes, (1, 1), value=1.0)


def _bin(knots_x: Tensor, knots_y: Tensor, slopes: Tensor, k: Tensor) -> tuple[Tensor, ...]:
    """Return x_k, y_k, width, height, d_k and d_k+1 of a bin for each number, (...) each."""

    def of(table: Tensor, place: Tensor) -> Tensor:
        return table.gather(-1, place)[..., 0]

    left, low = of(knots_x, k), of(knots_y, k)
    wide, high = of(knots_x, k + 1) - left, of(knots_y, k + 1) - low
    return left, low, wide, high, of(slopes, k), of(slopes, k + 1)


def _forth(
    x: Tensor, left: Tensor, low: Tensor, wide: Tensor, high: Tensor, d: Tensor, e: Tensor
) -> tuple[Tensor, Tensor]:
    """Return y and the logarithm of dy/dx: eq. (4) and (5) of the paper, s = high / wide."""
    s, share = high / wide, (x - left) / wide
    between = share * (1 - share)
    below = s + (d + e - 2 * s) * between
    y = low + high * (s * share.square() + d * between) / below
    return y, _log_slope(share, s, d, e)


def _back(
    y: Tensor, left: Tensor, low: Tensor, wide: Tensor, high: Tensor, d: Tensor, e: Tensor
) -> tuple[Tensor, Tensor]:
    """Return x and the logarithm of dx/dy: the root of a quadratic, eq. (6)-(8)."""
    s, up = high / wide, y - low
    bend = up * (d + e - 2 * s)
    a = high * (s - d) + bend
    b = high * d - bend
    c = -s * up
    root = (b.square() - 4 * a * c).clamp(min=0).sqrt()
    share = 2 * c / (-b - root)
    return left + share * wide, -_log_slope(share, s, d, e)


def _log_slope(share: Tensor, s: Tensor, d: Tensor, e: Tensor) -> Tensor:
    """Return the logarithm of the slope at a share of the bin's width: eq. (5)."""
    between = share * (1 - share)
    above = s.square() * (e * share.square() + 2 * s * between + d * (1 - share).square())
    return above.log() - 2 * (s + (d + e - 2 * s) * between).log()
