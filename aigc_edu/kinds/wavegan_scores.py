"""What the card of a WaveGAN says: who hears what was asked for, how clear and varied it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.evaluation import DigitScore, Diversity, Judge, diversity_of, inception_score
from aigc_edu.kinds.base import Measured, Table
from aigc_edu.kinds.heard_scores import (
    EACH,
    MINE,
    REAL,
    Said,
    by_group,
    comparison,
    distances,
    hear,
    heard_numbers,
    judges_of,
    said_by,
    sentence,
)
from aigc_edu.kinds.wavegan_judging import white_noise
from aigc_edu.models.wavegan import make_clips

SAMPLE = (0, 3, 7)  # labels of the sound that shows how far a training has come
NOISE = "white noise"
PARROT = "training clips, learned by heart"
UNIT = "share not heard + distance / that of noise"


def measure_clips(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Let judges hear what a generator makes, beside real clips, noise and other generators.

    Parameters
    ----------
    trained
        The generator.
    split
        Its corpus's parts.
    told
        ``judges``: names of judges, of which the first may have chosen weights and the last has
        chosen nothing; ``each``: clips of each label; ``seed``; ``shortest``: seconds that a clip
        must sound for.
    anchors
        Generators to compare with.
    """
    judges, made = judges_of(told), _said(trained, told)
    others = {name: _said(network, told) for name, network in anchors.items()}
    noise = made._replace(clips=white_noise(len(made.clips), len(made.clips[0])))
    rows = {REAL: said_by(split.test), MINE: made, **others, NOISE: noise}
    first = next(iter(judges.values()))
    far = distances(rows, first, split)
    clear = {name: _inception(rows, judge) for name, judge in judges.items()}
    varied = _diversity(rows, first, split)
    heard = hear(rows, judges, told) if trained.model.config.labels else {}
    labels = trained.description["labels"]
    tables = [_variety(far, clear, varied)]
    if heard:
        tables = [_comparison(heard), *tables, *by_group(heard[MINE], labels)]
    scores = heard_numbers(heard[MINE]) if heard else {}
    scores |= _numbers(far, next(iter(clear.values())), varied[MINE])
    says = sentence(heard[MINE]) if heard else f"its Fréchet distance is {far[MINE]:.0f}"
    return Measured(scores, tables, _anchors(heard, far), says, UNIT)


def _said(trained: Trained, told: dict[str, Any]) -> Said:
    labels, each = trained.model.config.labels, told.get("each", EACH)
    asked = [label for label in range(labels) for _ in range(each)] if labels else 10 * each
    clips = make_clips(trained, asked, told.get("seed", 0))
    return Said(clips, asked if labels else [], trained.description["rate"])


def _inception(rows: Mapping[str, Said], judge: Judge) -> dict[str, float]:
    """Score each set, all of one size: fewer clips would get a lower score."""
    count, scores = min(len(said.clips) for said in rows.values()), {}
    for name, said in rows.items():
        some = np.linspace(0, len(said.clips) - 1, count).round().astype(int)  # of every label
        verdicts = judge.recognise([said.clips[i] for i in some], said.rate)
        scores[name] = inception_score(verdicts.probabilities)
    return scores


def _diversity(rows: Mapping[str, Said], judge: Judge, split: Split) -> dict[str, Diversity]:
    """Measure each set, and for comparison as many training clips, as a bad model would say them.

    The features are those of the judge.
    """
    learned, held = (
        judge.features([clip.samples for clip in part], part.rate)
        for part in (split.train, split.test)
    )
    sets = {name: judge.features(said.clips, said.rate) for name, said in rows.items()}
    again = [clip.samples for clip in spread_evenly(split.train, len(rows[MINE].clips))]
    sets[PARROT] = judge.features(again, split.train.rate)
    return {name: diversity_of(x, learned, held) for name, x in sets.items()}


def _numbers(far: dict[str, float], clear: dict[str, float], varied: Diversity) -> dict[str, float]:
    return {
        "frechet": far[MINE],
        "inception": clear[MINE],
        "inception_of_real": clear[REAL],
        "inception_share": clear[MINE] / clear[REAL],
        "nearest": varied.nearest,
        "others": varied.others,
        "pairwise": varied.pairwise,
        "copied": varied.copied,
    }


def _comparison(heard: dict[str, DigitScore]) -> Table:
    return comparison(heard, {}, "White noise shows what a guess is worth.")


def _variety(
    far: dict[str, float], clear: dict[str, dict[str, float]], varied: dict[str, Diversity]
) -> Table:
    """Return the table of the scores that need no label."""
    judges = list(clear)
    heads = ["", "Fréchet", *(f"inception, `{name}`" for name in judges)]
    rows = []
    for name, apart in varied.items():
        texts = [f"{far[name]:.0f}" if name in far else ""]
        texts += [f"{scores[name]:.2f}" if name in scores else "" for scores in clear.values()]
        texts += [f"{x:.1f}" for x in (apart.nearest, apart.others, apart.pairwise)]
        texts += [f"{apart.copied:.0%}"]
        rows.append([name, *texts])
    caption = (
        "The Fréchet distance is from the real test clips; that of these themselves is from "
        "training clips. The inception score is 1 for clips that are unclear or all alike; it is "
        "taken of as many clips of each set. "
        f"Nearest: mean distance of the nearest training clip, in the features of `{judges[0]}`; "
        "others: of the nearest other clip; pairs: of any two; copied: how many are nearer to a "
        "training clip than 95 % of the real test clips."
    )
    return Table(caption, [*heads, "nearest", "others", "pairs", "copied"], rows)


def _anchors(heard: dict[str, DigitScore], far: dict[str, float]) -> dict[str, float]:
    """Return what the validation would say of real test clips and of noise."""
    found = {}
    for name in (REAL, NOISE):
        missed = 1 - next(iter(heard[name].heard.values())).share if heard else 0.0
        found[name] = missed + far[name] / far[NOISE]
    return found


def some_labels(trained: Trained, told: dict[str, Any]) -> list[int] | int:
    """Return the labels of a sound that shows how far a training has come, or their number."""
    chosen = told.get("sample", SAMPLE)
    chosen = [chosen] if isinstance(chosen, int) else list(chosen)
    return chosen if trained.model.config.labels else len(chosen)
