"""What the card of a composer says: whether its tunes keep the rules, and whether they are copies.

Chapter: chapters/06-product/12-composer.ipynb
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.corpora.recipes.playing import RATE, instrument_player
from aigc_edu.evaluation.tunes import RUN, copied, mean_scores
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.composer_training import rows_of
from aigc_edu.kinds.heard_scores import MINE
from aigc_edu.models.composer import Chain, Drawing, compose, legal_share, write_on
from aigc_edu.models.composer.generation import Writer
from aigc_edu.music import STYLES, TOKENS, WORDS, Score, perform

EACH = 12  # tunes of each style
ORDERS, COUNTED = (1, 8), 600  # of the chains to compare with, and tunes that they count in
RULES, RANDOM = "held-out tunes by the rules", "random words by the grammar"
COLUMNS = {
    "in_key": "in key",
    "closes": "ends on the tonic",
    "consonant": "consonant on strong beats",
    "repeats": "bars with a motif again",
}


def composer_scores(trained: Trained, split: Split) -> dict[str, float]:
    """Return the bits of a word of the test tunes; nothing where there are none."""
    if not len(split.test):
        return {}
    return {"bits_per_word": trained.model.bits(rows_of(split.test))}


def written(
    model: Writer, each: int, rules: Drawing, styles: Sequence[str] = STYLES
) -> list[Score]:
    """Let a model write tunes of eight bars, ``each`` of every style, with one seed a tune."""
    return [
        compose(model, style, replace(rules, seed=rules.seed + 1000 * n + i))
        for n, style in enumerate(styles)
        for i in range(each)
    ]


def measure_tunes(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Measure tunes by a composer beside those by rules, by chains, by chance and by others.

    Parameters
    ----------
    trained
        The composer.
    split
        Its corpus's parts.
    told
        ``each``: tunes of each style; ``seed``; ``temperature``.
    anchors
        Networks to compare with.
    """
    rules = Drawing(told.get("temperature", Drawing().temperature), seed=told.get("seed", 0))
    each, test = told.get("each", EACH), spread_evenly(split.test, 200)
    learned = [clip.score for clip in split.train]
    networks = {name: t.model for name, t in ({MINE: trained} | anchors).items()}
    some = rows_of(spread_evenly(split.train, COUNTED))
    chains = {f"a chain of {n} word{'s' * (n > 1)}": Chain(n, some) for n in ORDERS}
    writers: dict[str, Writer] = {**networks, **chains, RANDOM: Chain(0)}
    sets = {name: written(model, each, rules) for name, model in writers.items()}
    sets[RULES] = [clip.score for clip in test]
    found = {name: mean_scores(tunes) for name, tunes in sets.items()}
    copies = {name: copied(tunes, learned) for name, tunes in sets.items()}
    bits = {name: model.bits(rows_of(test)) for name, model in writers.items()}
    legal = {name: _legal(model, rules) for name, model in networks.items()}
    scores = {name: mean for name, (mean, _) in found[MINE].items()}
    scores |= {"copied": copies[MINE], "bits_per_word": bits[MINE], "legal": legal[MINE]}
    costs = {name: bits[name] for name in (*chains, *anchors)}
    told_anchors = {"a uniform guess": math.log2(len(WORDS)), **costs}
    table = _table(found, copies, bits, legal, each)
    return Measured(scores, [table], told_anchors, _says(scores, copies, each), "bits a word")


def _legal(model: Writer, rules: Drawing) -> float:
    """Return the share of words that may stand where a network writes them if all are free."""
    free = replace(rules, grammar=False)
    shares = []
    for n, style in enumerate(STYLES):
        opening = [TOKENS[f"style {style}"], TOKENS["metre 12" if style == "waltz" else "metre 16"]]
        shares.append(legal_share(write_on(model, opening, replace(free, seed=rules.seed + n))))
    return float(np.mean(shares))


def _table(
    found: Mapping[str, Mapping[str, tuple[float, float]]],
    copies: Mapping[str, float],
    bits: Mapping[str, float],
    legal: Mapping[str, float],
    each: int,
) -> Table:
    rows = []
    for name, scores in found.items():
        row = [name, *(_share(*scores[column]) for column in COLUMNS)]
        row.append("none" if math.isnan(copies[name]) else f"{copies[name]:.0%}")
        row.append(f"{bits[name]:.2f}" if name in bits else "")
        rows.append([*row, f"{legal[name]:.1%}" if name in legal else ""])
    caption = (
        f"{each} tunes of each of {len(STYLES)} styles, with 95 % intervals, and what a word of a "
        f"held-out tune costs. Copied: runs of {RUN} notes of the melody that are in the training "
        "tunes, in any key. Legal: words that could stand there, drawn without the grammar."
    )
    heads = ["", *COLUMNS.values(), "copied", "bits a word", "legal"]
    return Table(caption, heads, rows)


def _share(mean: float, half: float) -> str:
    return "none" if math.isnan(mean) else f"{mean:.0%} ± {half:.0%}"


def _says(scores: Mapping[str, float], copies: Mapping[str, float], each: int) -> str:
    return (
        f"of {each * len(STYLES)} tunes by {MINE} {scores['closes']:.0%} end on the tonic of the "
        f"key that fits them best, {scores['in_key']:.0%} of the time in it; of their runs of "
        f"{RUN} notes {scores['copied']:.0%} are in the training tunes, and {copies[RULES]:.0%} of "
        "new tunes by the rules"
    )


def a_tune(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return the first tune of a style, played by the built-in instruments.

    ``told`` may name ``style``, ``players``, ``seed`` and ``temperature``.
    """
    rules = Drawing(told.get("temperature", Drawing().temperature), seed=told.get("seed", 0))
    score = compose(trained.model, told.get("style", "waltz"), rules)
    if not len(score):
        return Sound("composer", np.zeros(RATE), RATE)
    players = [instrument_player(name) for name in told.get("players", ("reed", "keyboard"))]
    return Sound("composer", perform(score, players, RATE), RATE)
