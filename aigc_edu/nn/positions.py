"""Where in the sequence something stands: sinusoidal, learned and rotary positions.

Chapter: chapters/02-building-blocks/05-attention.ipynb

References: Vaswani et al. 2017, "Attention is all you need", arXiv:1706.03762, section 3.5; Su et
al. 2021, "RoFormer: enhanced transformer with rotary position embedding", arXiv:2104.09864,
section 3.2.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError

BASE = 10_000.0  # both papers': the slowest pair turns round about once in 2 pi BASE positions


def angular_speeds(channels: int, base: float = BASE) -> Tensor:
    """Return w_i = base^(-2 i / C), i = 0 ... C/2 - 1: by how many radians each pair turns a step.

    Raises
    ------
    InvalidValueError
        If C is odd or less than 2, or the base not above 1.
    """
    if channels < 2 or channels % 2:
        raise InvalidValueError(f"channels go in pairs, so their number is even, not {channels}")
    if not base > 1:
        raise InvalidValueError(f"base must be above 1, got {base}")
    return base ** (-torch.arange(0, channels, 2, dtype=torch.float64) / channels)


def _angles(positions: Tensor, channels: int, base: float) -> Tensor:
    """Return w_i t as float64 (T, C / 2); in float32 late positions would lose their fractions."""
    if positions.dim() != 1:
        raise InvalidValueError(f"expected positions of shape (T,), got {tuple(positions.shape)}")
    speeds = angular_speeds(channels, base).to(positions.device)
    return positions.to(torch.float64)[:, None] * speeds


def sinusoidal_positions(length: int, channels: int, past: int = 0, base: float = BASE) -> Tensor:
    """Return a row of sines and cosines for each position (Vaswani et al. 2017, section 3.5).

    ``P[t, 2 i] = sin(w_i t)``, ``P[t, 2 i + 1] = cos(w_i t)``, with the ``w_i`` of
    :func:`angular_speeds`. The row at t + s is that at t, each pair turned by the angle ``w_i s``.

    Parameters
    ----------
    length
        T >= 1: how many positions.
    channels
        C, even.
    past
        The first position.
    base
        Above 1; the slowest pair turns by about 1 / base a step.

    Returns
    -------
    Tensor
        float32, shape (T, C), from -1 to 1.
    """
    if length < 1 or past < 0:
        raise InvalidValueError(f"length must be >= 1 and past >= 0, got {length} and {past}")
    angles = _angles(torch.arange(past, past + length), channels, base)
    pairs = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, C / 2, 2)
    return pairs.flatten(1).float()


def rotate(x: Tensor, positions: Tensor, base: float = BASE) -> Tensor:
    """Turn each pair of channels by an angle that grows with the position: rotary positions.

    The pair (x[2 i], x[2 i + 1]) at position t is turned by ``w_i t`` (Su et al. 2021, eq. (34)).
    A dot product of two vectors that are turned so depends on their distance alone: turned by
    ``a`` and ``b``, they differ by ``a - b`` from where they were. Lengths don't change.

    Parameters
    ----------
    x
        Shape (..., T, D), D even: queries or keys, never values.
    positions
        Shape (T,): any numbers; 0, 1, 2, ... for a sequence from its start.
    base
        Above 1.

    Returns
    -------
    Tensor
        As x.

    Raises
    ------
    InvalidValueError
        If D is odd, or if there isn't a position for each of the T vectors.
    """
    if x.dim() < 2 or tuple(positions.shape) != (x.shape[-2],):
        raise InvalidValueError(
            "expected x of shape (..., T, D) and positions of shape (T,), "
            f"got {tuple(x.shape)} and {tuple(positions.shape)}"
        )
    angles = _angles(positions, x.shape[-1], base)  # (T, D / 2)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


class LearnedPositions(nn.Module):
    """A table with a vector for each position, learned like any other weight.

    Parameters
    ----------
    longest
        How many positions the table has. It knows nothing beyond.
    channels
        C.
    """

    def __init__(self, longest: int, channels: int) -> None:
        if min(longest, channels) < 1:
            raise InvalidValueError(f"longest and channels must be >= 1: {longest}, {channels}")
        super().__init__()
        self.weight = nn.Parameter(torch.randn(longest, channels) * 0.1)

    def forward(self, length: int, past: int = 0) -> Tensor:
        """Return rows past ... past + length - 1, shape (T, C).

        Raises
        ------
        InvalidValueError
            If the table ends before.
        """
        longest = self.weight.shape[0]
        if length < 1 or past < 0 or past + length > longest:
            raise InvalidValueError(
                f"the table has the positions 0 ... {longest - 1} only, "
                f"not {past} ... {past + length - 1}"
            )
        return self.weight[past : past + length]
