"""Writing tunes with a trained composer: from nothing, or on behind somebody's own bars.

Chapter: chapters/06-product/12-composer.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained, load_model
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.composer.config import ComposerConfig
from aigc_edu.models.composer.network import GIVEN, Composer
from aigc_edu.music import (
    BAR,
    END,
    STYLES,
    TOKENS,
    Grammar,
    Score,
    from_tokens,
    to_tokens,
)
from aigc_edu.nn.drawing import check_sampling, draw

TEMPERATURE = 0.9
LONGEST = 640  # words of a tune at most
USUAL = 8  # bars of the tunes that a composer has learned from
MEMORY = 4  # bars of somebody's tune that it reads, at most
METRES = {"air": 16, "march": 16, "waltz": 12, "lament": 16, "dance": 16}
TEMPOS = {"air": 92, "march": 112, "waltz": 144, "lament": 66, "dance": 122}


@dataclass(frozen=True)
class Drawing:
    """How words are drawn.

    Attributes
    ----------
    temperature, top_k, top_p
        See :func:`aigc_edu.nn.drawing.draw`.
    seed
        Of all draws, not negative.
    grammar
        Whether only words that may stand there are drawn.
    """

    temperature: float = TEMPERATURE
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    grammar: bool = True

    def __post_init__(self) -> None:
        check_sampling(self.temperature, self.top_k, self.top_p)
        if self.seed < 0:
            raise InvalidValueError(f"seed must be 0 or more, got {self.seed}")


def load_composer(name: str | Path = "composer-tunes", device: str = "cpu") -> Trained:
    """Load a composer from a file or from the checkpoints that ship with the course."""

    def build(config: dict[str, Any]) -> Composer:
        return Composer(ComposerConfig(**config))

    return load_model(name, "composer", build, device)


class Writer(Protocol):
    """What writes tunes: a :class:`Composer`, or a :class:`Chain`."""

    def reader(self) -> Callable[[Sequence[int]], Tensor]:
        """Return a function that reads new words and returns the next one's logits, (words,)."""


@torch.inference_mode()
def write_on(
    model: Writer,
    opening: Sequence[int],
    rules: Drawing = Drawing(),
    bars: int = 2 * USUAL,  # noqa: B008
) -> list[int]:
    """Draw words behind an opening until the tune ends.

    Parameters
    ----------
    model
        In evaluation mode.
    opening
        One word at least; with ``rules.grammar``, words in a right order.
    rules
        How words are drawn.
    bars
        The tune ends after so many bars, the opening's counted, if it hasn't ended before.

    Returns
    -------
    list of int
        Opening and new words, ``end`` the last one; without grammar it may be missing, and the
        words in any order.
    """
    read, chances = model.reader(), np.random.default_rng(rules.seed)
    tokens, reader = [int(t) for t in opening], Grammar()
    for token in tokens if rules.grammar else ():
        reader.push(token)
    new = tokens
    while len(tokens) < LONGEST and tokens[-1] != END:
        logits = read(new)[None].cpu().double()  # (1, words)
        if rules.grammar:
            logits = logits.masked_fill(~torch.from_numpy(_allowed(reader, bars)), -torch.inf)
        chance = torch.tensor([chances.random()], dtype=torch.float64)
        new = [int(draw(logits, chance, rules.temperature, rules.top_k, rules.top_p))]
        if rules.grammar:
            reader.push(new[0])
        tokens += new
    return tokens


def _allowed(reader: Grammar, bars: int) -> np.ndarray:
    """Return which words may come next in a tune of so many bars."""
    may = reader.allowed()
    if reader.bars >= bars and may[BAR]:
        may[BAR] = False
        may[END] = may[END] or not may.any()
    return may


def compose(
    model: Writer,
    style: str | None = None,
    rules: Drawing = Drawing(),  # noqa: B008
    bars: int = USUAL,
    tempo: float | None = None,
) -> Score:
    """Write a tune from nothing.

    Parameters
    ----------
    model
        In evaluation mode.
    style
        One of :data:`aigc_edu.music.STYLES`; by default one is drawn by the seed.
    rules
        How words are drawn, by the grammar in any case.
    bars
        At most, 1 or more; it has learned from tunes of eight, and ends by itself.
    tempo
        Quarter notes a minute; by default what is usual for the style.

    Raises
    ------
    InvalidValueError
        If there is no such style, or bars or tempo are out of bounds.
    """
    if style is None:
        style = STYLES[int(np.random.default_rng([rules.seed, 1]).integers(len(STYLES)))]
    if style not in STYLES or bars < 1:
        raise InvalidValueError(
            f"there are the styles {', '.join(STYLES)}, and a bar at least; got {style!r}, {bars}"
        )
    opening = [TOKENS[f"style {style}"], TOKENS[f"metre {METRES[style]}"]]
    tokens = write_on(model, opening, replace(rules, grammar=True), bars)
    return from_tokens(tokens, TEMPOS[style] if tempo is None else tempo).cut(0, bars)


def continue_tune(
    model: Writer,
    tune: Score,
    rules: Drawing = Drawing(),
    bars: int = USUAL,  # noqa: B008
) -> Score:
    """Write on behind somebody's own tune, in its metre and at its tempo.

    Of a tune of more than :data:`MEMORY` bars the composer reads the last ones only: it has learned
    from tunes of eight bars, and takes what it reads for a beginning.

    Parameters
    ----------
    model
        In evaluation mode.
    tune
        With a note at least.
    rules
        How words are drawn, by the grammar in any case.
    bars
        What the bars that are read and the new ones come to together, at most.

    Returns
    -------
    Score
        The whole tune, unchanged, and the new bars behind it.

    Raises
    ------
    InvalidValueError
        If there is no note, or no room for a new bar.
    """
    if not len(tune):
        raise InvalidValueError("there are no notes to go on from")
    read = tune.cut(max(0, tune.bars - MEMORY), tune.bars)
    if read.bars >= bars:
        raise InvalidValueError(f"{bars} bars have no room for new ones behind {read.bars}")
    opening = to_tokens(read)[:-1]
    held = read.bars - opening.count(BAR)  # bars at the end in which no note begins
    opening += [BAR] * (held + 1)
    tokens = write_on(model, opening, replace(rules, grammar=True), bars)
    new = from_tokens(tokens, tune.tempo)
    if new.bars <= read.bars:
        return tune
    return tune.then(new.cut(read.bars, bars))


def legal_share(tokens: Sequence[int]) -> float:
    """Return the share of words, 0 ... 1, that may stand where they do; a wrong one is passed over.

    Style and metre at the beginning, which are asked for, don't count.
    """
    reader, right = Grammar(), []
    for token in tokens:
        right.append(bool(reader.allowed()[token]))
        if right[-1]:
            reader.push(int(token))
    counted = right[GIVEN:]
    return sum(counted) / max(1, len(counted))
