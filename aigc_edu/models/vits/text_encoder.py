"""The prior's text encoder: from symbols to the mean and deviation of a latent for each.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

References: Kim et al. 2021, arXiv:2106.06103, section 2.5.1 and appendix B.1; Kim et al. 2020,
"Glow-TTS", arXiv:2005.11129, appendix A.1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.models.vits.config import VITSConfig
from aigc_edu.nn.relative_attention import RelativeAttention


class EncoderBlock(nn.Module):
    """Attention, then two convolutions; after each what came in is added, and normalised."""

    def __init__(self, config: VITSConfig) -> None:
        super().__init__()
        width, pad = config.hidden, config.kernel // 2
        self.attention = RelativeAttention(width, config.heads, config.window)
        self.conv1 = nn.Conv1d(width, config.filter, config.kernel, padding=pad)
        self.conv2 = nn.Conv1d(config.filter, width, config.kernel, padding=pad)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map x (B, N, C) to the same shape; mask (B, N) is True where there are symbols."""
        x = self.norm1(x + self.dropout(self.attention(x, mask)))
        seen = mask[:, None].to(x)  # (B, 1, N)
        h = F.relu(self.conv1(x.transpose(1, 2) * seen))
        h = self.conv2(self.dropout(h) * seen) * seen  # (B, C, N)
        return self.norm2(x + self.dropout(h.transpose(1, 2)))


class TextEncoder(nn.Module):
    """Embedding, blocks of attention with relative positions, and a projection."""

    def __init__(self, config: VITSConfig) -> None:
        super().__init__()
        self.width = config.hidden
        self.embedding = nn.Embedding(len(config.symbols), config.hidden)
        nn.init.normal_(self.embedding.weight, 0.0, config.hidden**-0.5)
        self.blocks = nn.ModuleList(EncoderBlock(config) for _ in range(config.layers))
        self.project = nn.Linear(config.hidden, 2 * config.hidden)

    def forward(self, symbols: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode symbols.

        Parameters
        ----------
        symbols
            Numbers of the table, (B, N).
        mask
            Boolean, (B, N): where there are symbols.

        Returns
        -------
        h, mean, log_scale
            Each (B, C, N), zero where there are none: what the durations are told by, and the
            prior of the latent.
        """
        x = self.embedding(symbols) * math.sqrt(self.width)  # (B, N, C)
        for block in self.blocks:
            x = block(x, mask)
        seen = mask[..., None].to(x)
        mean, log_scale = (self.project(x) * seen).transpose(1, 2).chunk(2, dim=1)
        return (x * seen).transpose(1, 2), mean, log_scale


def mask_of(lengths: Tensor, longest: int) -> Tensor:
    """Return a boolean mask (B, longest) that is True before each row's length (B,)."""
    return torch.arange(longest, device=lengths.device) < lengths[:, None]
