"""What each stage reads: a start, what it is given, a start, and what it has to write.

Chapter: chapters/05-tokens/03-audiolm.ipynb

All sequences are rows of a stage's own ids. The semantic stage reads ``START s s s ...``, the
coarse one ``START s s s ... START a b a b ...``, the fine one ``START a b a b ... START c d e f c d
e f ...`` (Borsos et al. 2022, section III.C). A coarse stage that is given no semantic tokens reads
``START START a b ...``.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from aigc_edu.models.audiolm.config import AudioLMConfig
from aigc_edu.models.audiolm.vocabulary import START

IGNORED = -100  # a target that isn't scored
STAGES = ("semantic", "coarse", "fine")


def semantic_row(config: AudioLMConfig, semantic: Tensor) -> Tensor:
    """Return the row of semantic codes (n,) without repetitions: (1 + n,)."""
    part = config.parts["semantic"]
    return _started(part.local(config.vocabulary.ids(semantic, 0)))


def coarse_row(config: AudioLMConfig, semantic: Tensor, acoustic: Tensor) -> tuple[Tensor, int]:
    """Return the row of semantic codes (n,) and acoustic ones, and how much of it is given.

    Parameters
    ----------
    config
        The streams.
    semantic
        Without repetitions; empty where the stage is to do without.
    acoustic
        Shape (books, T) or (coarse, T), T >= 0; those of the coarse books are taken.
    """
    words, part = config.vocabulary, config.parts["coarse"]
    given = _started(part.local(words.ids(semantic, 0)))
    own = part.local(words.flatten(acoustic[: config.coarse], 1))
    return torch.cat([given, _started(own)]), len(given) + 1


def fine_row(config: AudioLMConfig, coarse: Tensor, fine: Tensor) -> tuple[Tensor, int]:
    """Return the row of coarse codes (coarse, T) and fine ones, and how much of it is given.

    ``fine`` has shape (books - coarse, t), t <= T: what is there already.
    """
    words, part = config.vocabulary, config.parts["fine"]
    given = _started(part.local(words.flatten(coarse, 1)))
    own = part.local(words.flatten(fine, 1 + config.coarse))
    return torch.cat([given, _started(own)]), len(given) + 1


def batch_of(rows: Sequence[Tensor], given: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return rows of different lengths as codes and targets of one length.

    Parameters
    ----------
    rows
        B rows of ids (L,).
    given
        How many ids at the beginning of each are given: they are read and not scored.

    Returns
    -------
    ids, targets
        int64, shape (B, T), T = longest - 1: what is read, and what comes next or
        :data:`IGNORED`. Rows are filled up with START behind their end, which no earlier position
        sees.
    """
    length = max(len(row) for row in rows)
    ids = torch.full((len(rows), length), START)
    targets = torch.full((len(rows), length), IGNORED)
    for i, (row, known) in enumerate(zip(rows, given, strict=True)):
        ids[i, : len(row)] = row
        targets[i, known : len(row)] = row[known:]
    return ids[:, :-1], targets[:, 1:]


def _started(ids: Tensor) -> Tensor:
    return torch.cat([torch.tensor([START], device=ids.device), ids])
