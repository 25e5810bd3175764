"""Finite scalar quantisation: codes without a codebook, by rounding a few bounded numbers.

Chapter: chapters/05-tokens/01-quantising-vectors.ipynb

Reference: F. Mentzer, D. Minnen, E. Agustsson and M. Tschannen (2023), *Finite scalar quantization:
VQ-VAE made simple*, arXiv:2309.15505.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.codebook import check_kept
from aigc_edu.nn.standardising import standardise


class ScalarQuantiser(nn.Module):
    """Groups of numbers, each rounded to one of a few levels: a group is one code.

    It has the methods of :class:`aigc_edu.nn.ResidualCodebook` and can stand in its place: features
    (B, C, T) become codes (B, n, T). Nothing has to follow the data, and no entry can die, since
    there are none; there is no commitment to pay either.

    Parameters
    ----------
    count
        Number of groups n.
    levels
        Of the numbers of a group, each at least 2: ``(4, 4, 4, 4)`` are 256 codes, 8 bits.
    channels
        C. A linear layer leads from there to ``n len(levels)`` numbers, another one back.
    """

    def __init__(self, count: int, levels: Sequence[int], channels: int) -> None:
        super().__init__()
        if min(count, channels, len(levels)) < 1 or min(levels, default=0) < 2:
            raise InvalidValueError("count, channels must be >= 1 and all levels >= 2")
        self.count, self.levels, self.size = count, tuple(levels), math.prod(levels)
        numbers = count * len(levels)
        self.inward = nn.Conv1d(channels, numbers, 1)
        self.outward = nn.Conv1d(numbers, channels, 1)
        places = torch.tensor([math.prod(levels[:i]) for i in range(len(levels))])
        self.register_buffer("places", places, persistent=False)  # (d,): of a code's digits
        self.register_buffer("bases", torch.tensor(levels), persistent=False)

    def forward(self, x: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return quantised features (B, C, T), codes (B, n, T), and a commitment that is 0.

        For ``kept`` see :class:`aigc_edu.nn.ResidualCodebook`: the numbers of other groups are 0.
        """
        kept = check_kept(x, kept, self.count)
        bounded = self._bounded(x)  # (B, n, d, T)
        rounded = bounded + (bounded.round() - bounded).detach()  # straight through
        digits = rounded.detach() + (self.bases // 2)[:, None]
        groups = torch.arange(self.count, device=x.device)
        mask = groups[None, :, None, None] < kept[:, None, None, None]
        return self._features(rounded * mask), self._code(digits), x.new_zeros(())

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes of features (B, C, T): int64 (B, n, T)."""
        return self._code(self._bounded(x).round() + (self.bases // 2)[:, None])

    def decode(self, codes: Tensor) -> Tensor:
        """Return the features of the first m <= n groups' codes (B, m, T): (B, C, T)."""
        if codes.dim() != 3 or not 1 <= codes.shape[1] <= self.count:
            wanted = f"(B, 1 ... {self.count}, T)"
            raise InvalidValueError(f"expected codes of shape {wanted}, got {tuple(codes.shape)}")
        if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < self.size:
            raise InvalidValueError(f"codes must lie in 0 ... {self.size - 1}")
        digits = codes[:, :, None] // self.places[:, None] % self.bases[:, None]  # (B, m, d, T)
        numbers = (digits - (self.bases // 2)[:, None]).to(self.inward.weight)
        missing = (0, 0, 0, 0, 0, self.count - codes.shape[1])
        return self._features(nn.functional.pad(numbers, missing))

    def start(self, x: Tensor) -> None:
        """Fit the layer that leads inward to features x (B, C, T), so that all levels occur."""
        standardise(self.inward, self.inward(x))

    def _bounded(self, x: Tensor) -> Tensor:
        """Return numbers (B, n, d, T) that round to -(L // 2) ... (L - 1) // 2.

        That is equation 1 of the paper, with a shift for even L, where 0 is not in the middle.
        """
        if x.dim() != 3 or x.shape[1] != self.inward.in_channels:
            wanted = f"(B, {self.inward.in_channels}, T)"
            raise InvalidValueError(f"expected features of shape {wanted}, got {tuple(x.shape)}")
        z = self.inward(x).unflatten(1, (self.count, len(self.levels))).float()
        half = ((self.bases - 1) * 1.001 / 2)[:, None]  # so that the outermost can be reached
        shift = ((self.bases % 2 == 0) * 0.5)[:, None]
        return half * torch.tanh(z + torch.atanh(shift / half)) - shift

    def _code(self, digits: Tensor) -> Tensor:
        """Return digits (B, n, d, T), each in 0 ... L - 1, as one number a group: (B, n, T)."""
        return (digits.round().long() * self.places[:, None]).sum(dim=2)

    def _features(self, numbers: Tensor) -> Tensor:
        """Return (B, n, d, T) as features (B, C, T); each number comes to [-1, 1] first."""
        return self.outward((numbers / (self.bases // 2)[:, None]).flatten(1, 2))
