"""Attention that knows how far apart two positions are, within a window.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

References: Shaw et al. 2018, "Self-attention with relative position representations",
arXiv:1803.02155, eq. (3)-(5); Kim et al. 2020, "Glow-TTS", arXiv:2005.11129, appendix A.1, and Kim
et al. 2021, "VITS", arXiv:2106.06103, appendix B, whose text encoders stand on it.

Features have shape (B, T, C), masks (B, T), True where there is something.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError


class RelativeAttention(nn.Module):
    """Self-attention of several heads whose keys and values know their distance from the query.

    ``score[i, j] = q_i . (k_j + a[j - i]) / sqrt(D)`` and ``y_i = sum_j w[i, j] (v_j + b[j - i])``
    with learned vectors a and b for the distances -window ... window, the same for all heads.
    Farther away they are zero, as in VITS's own program; Shaw et al. take the window's ends there.

    Parameters
    ----------
    channels, heads
        C, and the number of heads H that divides it; D = C / H.
    window
        The largest distance that has vectors, >= 0.
    """

    def __init__(self, channels: int, heads: int, window: int = 4) -> None:
        if min(channels, heads) < 1 or channels % heads or window < 0:
            raise InvalidValueError(
                f"heads must divide channels, and window be >= 0, got {heads}, {channels}, {window}"
            )
        super().__init__()
        self.channels, self.heads, self.window = channels, heads, window
        self.project = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        width = channels // heads
        self.keys = nn.Parameter(torch.randn(2 * window + 1, width) * width**-0.5)  # a
        self.values = nn.Parameter(torch.randn(2 * window + 1, width) * width**-0.5)  # b
        nn.init.xavier_uniform_(self.project.weight)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Let every position look at those that the mask (B, T) shows.

        Parameters
        ----------
        x
            Shape (B, T, C).
        mask
            Boolean, (B, T); in each row at least one is True.

        Returns
        -------
        Tensor
            Shape (B, T, C).
        """
        if x.dim() != 3 or x.shape[2] != self.channels or mask.shape != x.shape[:2]:
            raise InvalidValueError(
                f"expected (B, T, {self.channels}) and a mask (B, T), got {tuple(x.shape)} "
                f"and {tuple(mask.shape)}"
            )
        q, k, v = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)  # (B, H, T, D)
            for part in self.project(x).chunk(3, dim=2)
        )
        q = q * q.shape[-1] ** -0.5
        place, near = self._distances(x.shape[1], x.device)  # (T, T) each
        far = (q @ self.keys.T).gather(-1, place.expand(*q.shape[:2], -1, -1))  # (B, H, T, T)
        scores = q @ k.transpose(-1, -2) + far * near
        scores = scores.masked_fill(~mask[:, None, None, :], torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=-1)
        band = weights.new_zeros(*weights.shape[:3], 2 * self.window + 1)
        band = band.scatter_add(-1, place.expand_as(weights), weights * near)  # by distance
        y = weights @ v + band @ self.values  # (B, H, T, D)
        return self.out(y.transpose(1, 2).flatten(2))

    def _distances(self, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return the row of the tables for each pair, and 1 where the pair is within the window."""
        places = torch.arange(length, device=device)
        distance = places[None, :] - places[:, None]  # j - i
        near = distance.abs() <= self.window
        return distance.clamp(-self.window, self.window) + self.window, near.float()
