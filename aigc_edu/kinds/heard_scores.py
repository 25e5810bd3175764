"""Tables of a card that several kinds share: what judges hear of real and of generated clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.errors import CourseError
from aigc_edu.evaluation import DigitScore, Judge, frechet_distance, score_digits
from aigc_edu.evaluation.digits import SHORTEST, wilson_interval
from aigc_edu.kinds.base import Table

EACH = 50  # clips of each label
MINE = "this checkpoint"
REAL = "real test clips"
OTHERS = 500  # training clips at most that test clips are compared with


class Said(NamedTuple):
    """Clips (N,) each, the labels that were asked for, the rate in Hz, and whose voices."""

    clips: list[np.ndarray]
    asked: list[int]
    rate: int
    voices: list[Any] | None = None


def judges_of(told: dict[str, Any]) -> dict[str, Judge]:
    """Load the judges that a recipe's table ``score`` names; CourseError if there are none."""
    if not told.get("judges"):
        raise CourseError("the recipe's table score names no judges")
    return {name: Judge.load(name) for name in told["judges"]}


def said_by(part: Corpus) -> Said:
    """Return the clips of a corpus, as if they had been asked for."""
    clips = [clip.samples for clip in part]
    return Said(clips, [c.label for c in part], part.rate, [c.speaker for c in part])


def hear(
    rows: Mapping[str, Said], judges: dict[str, Judge], told: dict[str, Any]
) -> dict[str, DigitScore]:
    """Let judges hear each set of clips."""
    shortest = told.get("shortest", SHORTEST)
    return {
        name: score_digits(said.clips, said.asked, said.rate, judges, said.voices, shortest)
        for name, said in rows.items()
    }


def distances(rows: Mapping[str, Said], judge: Judge, split: Split) -> dict[str, float]:
    """Return the Fréchet distance of each set of clips from the real test clips.

    For the test clips themselves, which are the set :data:`REAL`, it is that of training clips, at
    most :data:`OTHERS`: what is left between real clips.
    """
    real = judge.features([clip.samples for clip in split.test], split.test.rate)
    others = [clip.samples for clip in spread_evenly(split.train, OTHERS)]
    sets = {name: said.clips for name, said in rows.items()} | {REAL: others}
    return {n: frechet_distance(judge.features(x, rows[n].rate), real) for n, x in sets.items()}


def heard_numbers(heard: DigitScore) -> dict[str, float]:
    """Return scores by name, that of the judge that has chosen nothing first."""
    shares = {f"heard_by_{name}": judged.share for name, judged in reversed(heard.heard.items())}
    return {**shares, "clips": heard.clips, "silent": heard.silent, "cut_off": heard.cut_off}


def sentence(score: DigitScore) -> str:
    """Return what share of a checkpoint's clips is heard as asked, in words."""
    judge, heard = list(score.heard.items())[-1]
    return (
        f"{heard.share:.0%} of {score.clips} clips by {MINE} are heard as asked by "
        f"{judge}, a judge that has chosen nothing; {score.silent + score.cut_off} are silent or "
        "cut off"
    )


def comparison(
    heard: dict[str, DigitScore], more: Mapping[str, Mapping[str, str]], says: str
) -> Table:
    """Return who is heard how well.

    Parameters
    ----------
    heard
        The scores of each set of clips, by its name.
    more
        Further columns by their heads: texts by the sets' names, where there are any.
    says
        What the caption says of them.
    """
    judges = list(next(iter(heard.values())).heard)
    columns = ["", *(f"`{name}`" for name in judges), "silent", "cut off", *more]
    rows = []
    for name, score in heard.items():
        shares = [share_text(score.heard[judge].hits, score.clips) for judge in judges]
        unheard = [f"{score.silent} of {score.clips}", str(score.cut_off)]
        rows.append([name, *shares, *unheard, *(texts.get(name, "") for texts in more.values())])
    chose = f"`{judges[0]}` may have chosen weights; `{judges[-1]}` took no part in the training."
    caption = (
        "How many clips are heard as asked by two judges, with 95 % intervals; a silent or cut-off "
        f"clip is never heard. {chose} {says}"
    )
    return Table(caption, columns, rows)


def share_text(hits: int, count: int) -> str:
    """Return the share of ``hits`` of ``count`` with its 95 % interval."""
    low, high = wilson_interval(hits, count)
    return f"{hits / count:.1%} ({low:.0%} to {high:.0%})"


def by_group(score: DigitScore, labels: Sequence[str]) -> list[Table]:
    """Return what is heard of each label and of each voice, by every judge, as narrow tables."""
    of_labels = {
        judge: {labels[number]: share for number, share in judged.by_digit.items()}
        for judge, judged in score.heard.items()
    }
    of_voices = {judge: judged.by_voice for judge, judged in score.heard.items()}
    tables = []
    for caption, groups in (("Each label:", of_labels), ("Each voice:", of_voices)):
        rows = [
            [str(name), *(f"{shares[name]:.0%}" for shares in groups.values())]
            for name in next(iter(groups.values()))
        ]
        tables.append(Table(caption, ["", *(f"`{judge}`" for judge in groups)], rows))
    return [table for table in tables if table.rows]
