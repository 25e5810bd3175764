"""How well a judge hears: real words, and each kind of nothing.

Chapter: chapters/03-autoregressive/07-wavenet-vocoder-and-judging.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aigc_edu.corpora.nothing import KINDS, make_nothing
from aigc_edu.evaluation.judge import NOTHING, Judge


def share_of_nothing(
    judge: Judge,
    words: Sequence[np.ndarray],
    rate: int,
    each: int = 100,
    seed: int = 1_000_000,
    kinds: Sequence[str] = tuple(KINDS),
) -> dict[str, float]:
    """Return in which share, 0 ... 1, of clips of each kind of nothing a judge hears nothing.

    Parameters
    ----------
    judge
        Who listens.
    words
        Clips (N,) of words that the judge has not learned from; some kinds are made of them.
    rate
        Their sampling rate in Hz.
    each
        Clips of each kind.
    seed
        Chooses the clips. Training draws from ``[seed, step]``, never from one number.
    kinds
        Those of :data:`aigc_edu.corpora.nothing.KINDS` to listen to; all by default.
    """
    random, shares = np.random.default_rng(seed), {}
    for kind in kinds:
        clips = [make_nothing(kind, random, int(rate), rate, words) for _ in range(each)]
        shares[kind] = float((judge.recognise(clips, rate).labels == NOTHING).mean())
    return shares
