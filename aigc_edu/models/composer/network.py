"""A composer: a causal Transformer that says which word of a tune comes next.

Chapter: chapters/06-product/12-composer.ipynb

References
----------
- Vaswani et al. 2017, arXiv:1706.03762: the Transformer. Su et al. 2021, arXiv:2104.09864: its
  rotary positions.
- Huang et al. 2018, "Music Transformer", arXiv:1809.04281: one over the notes of a piece.
- Huang and Yang 2020, "Pop Music Transformer", arXiv:2002.00212: bars and positions as words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.composer.config import ComposerConfig
from aigc_edu.music import END
from aigc_edu.nn import CausalTransformer, CausalTransformerConfig

IGNORED = -100  # a target that isn't scored
GIVEN = 2  # words at the beginning that are asked for: style and metre


class Composer(nn.Module):
    """A causal Transformer over the words of tunes.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: ComposerConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (config.words, config.channels, config.heads, config.layers)
        self.words = CausalTransformer(CausalTransformerConfig(*sizes))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens, int64 (B, T), to the logits of the word after each, (B, T, words)."""
        return self.words(tokens)

    def reader(self) -> Callable[[Sequence[int]], Tensor]:
        """Return a function that reads words and returns the logits of the next, (words,).

        It keeps keys and values of what it has read, and is given only what is new.
        """
        caches, device = self.words.new_caches(), self.words.output.weight.device

        def read(new: Sequence[int]) -> Tensor:
            return self.words(torch.tensor([list(new)], device=device), caches=caches)[0, -1]

        return read

    def costs(self, tokens: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the nats that each row's targets cost together, and their number: (B,) each.

        ``tokens`` and ``targets`` are int64 (B, T); see :func:`batch_of`.
        """
        logits = self(tokens).transpose(1, 2)  # (B, words, T)
        nats = F.cross_entropy(logits, targets, reduction="none", ignore_index=IGNORED)
        return nats.sum(dim=1), (targets != IGNORED).sum(dim=1)

    def loss(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """Return the mean of the rows' mean cross-entropies, in nats a word."""
        nats, counts = self.costs(tokens, targets)
        return (nats / counts.clamp(min=1)).mean()

    @torch.no_grad()
    def bits(self, rows: Sequence[Sequence[int]]) -> float:
        """Return the bits of a word of tunes, a mean over all words but style and metre."""
        device = self.words.output.weight.device
        nats, counts = 0.0, 0
        for start in range(0, len(rows), 16):
            batch = (part.to(device) for part in batch_of(rows[start : start + 16]))
            cost, count = self.costs(*batch)
            nats, counts = nats + float(cost.sum()), counts + int(count.sum())
        return nats / max(1, counts) / math.log(2)


def batch_of(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return rows of different lengths as tokens and targets of one length.

    Parameters
    ----------
    rows
        B rows of tokens, each of three or more.

    Returns
    -------
    tokens, targets
        int64, shape (B, T), T = longest - 1: what is read, and what comes next or
        :data:`IGNORED`, which stands where style and metre would be predicted and behind a row's
        end.

    Raises
    ------
    InvalidValueError
        If there is no row, or one is too short.
    """
    if not rows or min(map(len, rows)) <= GIVEN:
        raise InvalidValueError("a row has a style, a metre and a word at least")
    longest = max(map(len, rows))
    tokens = np.full((len(rows), longest), END)
    targets = np.full((len(rows), longest), IGNORED)
    for i, row in enumerate(rows):
        tokens[i, : len(row)] = row
        targets[i, GIVEN : len(row)] = row[GIVEN:]
    return torch.from_numpy(tokens[:, :-1]).long(), torch.from_numpy(targets[:, 1:]).long()
