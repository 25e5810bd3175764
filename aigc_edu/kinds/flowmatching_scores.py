"""What the card of a flow-matching model says: in tune, heard as their family, far from real ones.

All at several numbers of steps, beside real notes, the decoder's copies of them, and noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import Judge, frechet_distance
from aigc_edu.evaluation.notes import note_features, share_in_tune
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.flowmatching_training import beside, note_value, played
from aigc_edu.kinds.gansynth_scores import TUNE, in_turn
from aigc_edu.kinds.heard_scores import MINE, share_text
from aigc_edu.kinds.note_clips import levelled, notes_for, pitches_of
from aigc_edu.models.flowmatching import copies, play

STEPS = (1, 2, 4, 16)  # in which notes are drawn
BAR = 4  # steps of those that the scores are of
EACH = 3  # notes of each test note's family and pitch
REAL, COPIES, NOISE = "real test notes", "the decoder's copies of them", "white noise"
FAMILY = "organ"  # that plays the tune


def flowmatching_scores(trained: Trained, split: Split) -> dict[str, float]:
    """Return the share of notes in tune and their Fréchet distance from the test notes.

    They have the families and pitches of these, and four steps. Nothing where there are fewer
    than two.
    """
    held = notes_for(split.test, trained.model.config)
    if len(held) < 2:
        return {}
    share, far = beside(played(trained, held, steps=BAR, seed=0), held)
    return {"in_tune": share, "frechet": far}


class Asked(NamedTuple):
    """Notes, and the families and pitches that they were asked for."""

    clips: list[np.ndarray]
    families: list[int]
    pitches: list[int]


class Heard(NamedTuple):
    """How many of n notes are in tune and heard as their family, and how far they are."""

    count: int
    in_tune: int
    families: dict[str, int]
    far: float


def measure_flow(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Measure a flow-matching model at several numbers of steps.

    Parameters
    ----------
    trained
        The model.
    split
        Its corpus's parts.
    told
        ``each``: notes of each test note's family and pitch; ``seed``; ``method`` and, if not each
        network's own, ``guidance`` of the notes; ``judges``: names of networks that hear families,
        the one that may choose first.
    anchors
        Networks to compare with.
    """
    config = trained.model.config
    test, train = notes_for(split.test, config), notes_for(split.train, config)
    judges = judges_of(trained.description["labels"], told.get("judges", ()))
    each = told.get("each", EACH)
    reference = note_features(
        [levelled(clip.samples) for clip in spread_evenly(train, len(test))], test.rate
    )
    sets = asked_of({MINE: trained, **anchors}, test, told) | besides(trained, test, told)
    heard = {name: hear(notes, judges, reference, test.rate) for name, notes in sets.items()}
    mine = heard[name_of(MINE, BAR)]
    held = spread_evenly(notes_for(split.validation, config), 60)
    values = {name: note_value(network, held) for name, network in anchors.items()}
    table = _table(heard, list(judges), len(test), each)
    scores = _numbers(heard, list(judges))
    return Measured(scores, [table], values, _says(mine), "out of tune + distance")


def judges_of(labels: Sequence[str], names: Sequence[str]) -> dict[str, Judge]:
    """Return the judges of these names; they must hear the families of a model, in their order."""
    judges = {name: Judge.load(name) for name in names}
    for name, judge in judges.items():
        if tuple(judge.names) != tuple(labels):
            raise InvalidValueError(
                f"{name} hears {', '.join(judge.names)}; the model's families are "
                f"{', '.join(labels)}"
            )
    return judges


def name_of(network: str, steps: int) -> str:
    """Return how a card calls the notes of a network in so many steps."""
    return f"{network}, {steps} {'step' if steps == 1 else 'steps'}"


def asked_of(networks: dict[str, Trained], test: Corpus, told: dict[str, Any]) -> dict[str, Asked]:
    """Let networks play the test notes' families and pitches, each in all :data:`STEPS`."""
    each, wishes = told.get("each", EACH), {k: told[k] for k in ("guidance", "method") if k in told}
    families = [clip.label for clip in test] * each
    pitches, sets = pitches_of(test) * each, {}
    for name, network in networks.items():
        for steps in STEPS:
            more = {**wishes, "steps": steps, "seed": told.get("seed", 0)}
            clips = play(network, families, pitches, **more)
            sets[name_of(name, steps)] = Asked(clips, families, pitches)
    return sets


def besides(trained: Trained, test: Corpus, told: dict[str, Any]) -> dict[str, Asked]:
    """Return what notes are compared with: real ones, copies of them, noise."""
    real = [levelled(clip.samples) for clip in test]
    random = np.random.default_rng(told.get("seed", 0))
    noise = [0.1 * random.standard_normal(len(x)) for x in real]
    families, pitches = [clip.label for clip in test], pitches_of(test)
    made = copies(trained, real, pitches)
    sets = {REAL: real, COPIES: made, NOISE: noise}
    return {name: Asked(clips, families, pitches) for name, clips in sets.items()}


def hear(notes: Asked, judges: dict[str, Judge], reference: np.ndarray, rate: int) -> Heard:
    """Hear notes: their pitch by YIN, their family by the judges.

    The Fréchet distance is that of as many notes as the reference has, features (m, D).
    """
    far = frechet_distance(note_features(notes.clips[: len(reference)], rate), reference)
    share = share_in_tune(notes.clips, notes.pitches, rate)
    right = {
        name: round(judge.recognise(notes.clips, rate).accuracy(notes.families) * len(notes.clips))
        for name, judge in judges.items()
    }
    return Heard(len(notes.clips), round(share * len(notes.clips)), right, far)


def _numbers(heard: dict[str, Heard], judges: Sequence[str]) -> dict[str, float]:
    """Return scores by name: those of four steps first, and the shares in tune at all steps."""
    mine = heard[name_of(MINE, BAR)]
    scores = {"in_tune": mine.in_tune / mine.count}
    scores |= {f"heard_by_{name}": mine.families[name] / mine.count for name in judges}
    scores |= {"frechet": mine.far, "notes": mine.count}
    for steps in STEPS:
        one = heard[name_of(MINE, steps)]
        scores[f"in_tune_{steps}"] = one.in_tune / one.count
        scores[f"frechet_{steps}"] = one.far
    return scores


def _table(heard: dict[str, Heard], judges: Sequence[str], count: int, each: int) -> Table:
    rows = []
    for name, one in heard.items():
        shares = [share_text(one.in_tune, one.count)]
        shares += [share_text(one.families[judge], one.count) for judge in judges]
        rows.append([name, *shares, f"{one.far:.1f}"])
    caption = (
        f"Notes of the families and pitches of {count} test notes, {each} each; real ones and what "
        "is made of them once. In tune: within a quarter tone, by YIN, with 95 % intervals. "
    )
    if judges:
        caption += "How many the judges hear as their family; the last one has chosen nothing. "
    caption += f"The Fréchet distance is that of {count} of them from as many training notes."
    return Table(caption, ["", "in tune", *(f"`{judge}`" for judge in judges), "Fréchet"], rows)


def _says(heard: Heard) -> str:
    says = (
        f"{share_text(heard.in_tune, heard.count)} of {heard.count} notes by {MINE} in {BAR} steps "
        "are within a quarter tone of the pitch asked for, by YIN"
    )
    if heard.families:
        judge, hits = list(heard.families.items())[-1]
        says += f", and {hits / heard.count:.0%} are heard as their family by {judge}"
    return says


def a_tune(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return a scale of C major by the family that the recipe names, half a second a note."""
    config, labels = trained.model.config, trained.description["labels"]
    family = told.get("family", FAMILY if FAMILY in labels else labels[0])
    if family not in labels:
        raise InvalidValueError(f"the model's families are {', '.join(labels)}, not {family}")
    known = range(config.lowest, config.lowest + config.pitches)
    pitches = [pitch for pitch in TUNE if pitch in known]
    wishes = {k: told[k] for k in ("guidance", "method", "seed") if k in told}
    notes = play(trained, [labels.index(family)] * len(pitches), pitches, steps=BAR, **wishes)
    return Sound("scale", in_turn(notes, config.rate // 2), config.rate)
