"""Chains of words, which a composer is compared with: counted, not learned.

Chapter: chapters/06-product/12-composer.ipynb

References
----------
- Shannon 1948, "A Mathematical Theory of Communication", section 3: text by a chain in which each
  word depends on those just before it.
- Witten and Bell 1991, IEEE Transactions on Information Theory 37, method C: how much is left to
  words that were not seen.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.composer.network import GIVEN
from aigc_edu.music import WORDS


class Chain:
    """Says how often each word came behind the last few.

    Behind n words p(w) = (c(w) + k q(w)) / (c + k): w came c(w) times of c there, k different words
    came at all, and q is what n - 1 words say; what none says is that all are as probable.

    Parameters
    ----------
    order
        How many words it looks back, 0 or more. With 0 it knows how frequent each word is.
    rows
        Tunes as tokens to count in; without any, all words are as probable.
    """

    def __init__(self, order: int, rows: Sequence[Sequence[int]] = ()) -> None:
        if order < 0:
            raise InvalidValueError(f"order must be 0 or more, got {order}")
        self.order = order
        self.counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for row in rows:
            for place in range(GIVEN, len(row)):
                for back in range(min(order, place) + 1):
                    self.counts[tuple(row[place - back : place])][row[place]] += 1

    def chances(self, before: Sequence[int]) -> np.ndarray:
        """Return how probable each word is behind others: float64, shape (words,), the sum is 1."""
        chances = np.full(len(WORDS), 1 / len(WORDS))
        for back in range(min(self.order, len(before)) + 1):
            counts = self.counts.get(tuple(before[len(before) - back :]))
            if counts is None:  # then no longer row of words came, either
                break
            chances *= len(counts)
            for word, count in counts.items():
                chances[word] += count
            chances /= counts.total() + len(counts)
        return chances

    def reader(self) -> Callable[[Sequence[int]], Tensor]:
        """Return a function that reads words and returns the logits of the next, (words,)."""
        history: list[int] = []

        def read(new: Sequence[int]) -> Tensor:
            history.extend(new)
            return torch.from_numpy(np.log(self.chances(history)))

        return read

    def bits(self, rows: Sequence[Sequence[int]]) -> float:
        """Return the bits of a word of tunes, a mean over all words but style and metre."""
        costs = [
            -math.log2(self.chances(row[:place])[row[place]])
            for row in rows
            for place in range(GIVEN, len(row))
        ]
        return float(np.mean(costs))
