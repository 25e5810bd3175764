"""ConvNeXt blocks over time: each channel looks around by itself, then each moment mixes channels.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb

References
----------
- Z. Liu et al. (2022), *A ConvNet for the 2020s*, arXiv:2201.03545, figure 4.
- H. Siuzdak (2023), *Vocos: closing the gap between time-domain and Fourier-based neural vocoders
  for high-quality audio synthesis*, arXiv:2306.00814, section 3.3: the same over one dimension.
- W. Peebles and S. Xie (2023), *Scalable diffusion models with Transformers*, arXiv:2212.09748,
  section 3.2: a condition as scale and shift after the norm.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError


class ConvNeXtBlock(nn.Module):
    """``x + scale * linear2(gelu(linear1(norm(depthwise(x)))))``: T and C stay as they are.

    Parameters
    ----------
    channels
        C.
    hidden
        Channels between the two linear layers; 3 to 4 times C is usual.
    kernel
        Taps of the depthwise convolution, an odd number; zeros stand beyond the ends.
    condition
        D, the size of a vector that moves the norm's result, ``(1 + a) norm + b``; 0 for none. The
        layer that gives a and b begins at zero, so a new block does not hear its condition.
    scale
        What the branch's factors, one a channel, begin with (layer scale). ``1 / blocks`` keeps a
        new network's output near its input's size.
    """

    def __init__(
        self, channels: int, hidden: int, kernel: int = 7, condition: int = 0, scale: float = 0.1
    ) -> None:
        super().__init__()
        if min(channels, hidden, kernel) < 1 or kernel % 2 == 0 or condition < 0:
            raise InvalidValueError(
                "channels and hidden must be >= 1, kernel odd, condition >= 0, got "
                f"{channels}, {hidden}, {kernel}, {condition}"
            )
        self.depthwise = nn.Conv1d(channels, channels, kernel, padding=kernel // 2, groups=channels)
        self.norm = nn.LayerNorm(channels)  # PyTorch's is one operation, and the same numbers
        self.condition = nn.Linear(condition, 2 * channels) if condition else None
        self.linear1 = nn.Linear(channels, hidden)
        self.linear2 = nn.Linear(hidden, channels)
        self.scale = nn.Parameter(torch.full((channels,), float(scale)))
        if self.condition is not None:
            nn.init.zeros_(self.condition.weight)
            nn.init.zeros_(self.condition.bias)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Map x (B, C, T), and a condition (B, D) if the block has one, to (B, C, T)."""
        self._check(x, condition)
        h = self.norm(self.depthwise(x).transpose(1, 2))  # (B, T, C)
        if self.condition is not None:
            a, b = self.condition(condition)[:, None].chunk(2, dim=-1)  # (B, 1, C) each
            h = (1 + a) * h + b
        h = self.scale * self.linear2(F.gelu(self.linear1(h)))
        return x + h.transpose(1, 2)

    def _check(self, x: Tensor, condition: Tensor | None) -> None:
        channels = len(self.scale)
        if x.dim() != 3 or x.shape[1] != channels:
            raise InvalidValueError(f"expected (B, {channels}, T), got {tuple(x.shape)}")
        if (condition is None) != (self.condition is None):
            wanted = "no condition" if self.condition is None else "a condition (B, D)"
            raise InvalidValueError(f"this block takes {wanted}")
        wanted = () if self.condition is None else (len(x), self.condition.in_features)
        if condition is not None and condition.shape != wanted:
            raise InvalidValueError(f"expected a condition {wanted}, got {tuple(condition.shape)}")
