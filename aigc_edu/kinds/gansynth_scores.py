"""What the card of a GANSynth says: notes in tune, the distance from real ones, variety."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.evaluation import frechet_distance
from aigc_edu.evaluation.digits import wilson_interval
from aigc_edu.evaluation.diversity import nearest_distances, pairwise_distance
from aigc_edu.evaluation.notes import (
    note_features,
    share_in_tune,
)
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.gansynth_training import beside, features_of, levelled, note_value, notes_for
from aigc_edu.kinds.heard_scores import MINE
from aigc_edu.models.gansynth import draw_latents, play

EACH = 10  # notes of each pitch
TUNE = (60, 62, 64, 65, 67, 69, 71, 72)  # C major, from the middle C


def gansynth_scores(trained: Trained, split: Split) -> dict[str, float]:
    """Return the share of notes in tune and their Fréchet distance from the test notes.

    They have the pitches of these. Nothing where there are fewer than two.
    """
    held = notes_for(split.test, trained.model.config)
    if len(held) < 2:
        return {}
    share, far = beside(trained, held, features_of(held), 0)
    return {"in_tune": share, "frechet": far}


def measure_notes(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Measure a GANSynth beside other networks, real test notes and white noise.

    Parameters
    ----------
    trained
        The GANSynth.
    split
        Its corpus's parts.
    told
        ``each``: notes of each pitch whose tuning is measured; ``seed``: of the latents.
    anchors
        Networks to compare with.
    """
    config, seed = trained.model.config, told.get("seed", 0)
    test, train = notes_for(split.test, config), notes_for(split.train, config)
    known = features_of(train)
    networks = {MINE: trained, **anchors}
    rows = {name: _row(net, test, known, seed) for name, net in networks.items()}
    rows["real test notes"] = _compared([levelled(c.samples) for c in test], test, known)
    rows["white noise"] = _compared(_noise(test, seed), test, known)
    share, count = _tuning(trained, told.get("each", EACH), seed)
    own = rows[MINE]
    scores = {"in_tune": share, "notes": count, **{k: v for k, v in own.items() if k != "in_tune"}}
    low, high = wilson_interval(round(share * count), count)
    says = (
        f"{share:.1%} of {count} notes by {MINE} ({low:.0%} to {high:.0%}) are within a "
        "quarter tone of the pitch asked for, by YIN"
    )
    held = spread_evenly(notes_for(split.validation, config), 60)
    values = {name: note_value(net, held) for name, net in anchors.items()}
    return Measured(scores, [_table(rows, len(test))], values, says, "out of tune + distance")


def _tuning(trained: Trained, each: int, seed: int) -> tuple[float, int]:
    config = trained.model.config
    pitches = [config.lowest + i for i in range(config.pitches) for _ in range(each)]
    clips = play(trained, draw_latents(len(pitches), config.latent, seed), pitches)
    return share_in_tune(clips, pitches, config.rate), len(pitches)


def _row(trained: Trained, test: Corpus, known: np.ndarray, seed: int) -> dict[str, float]:
    pitches = [int(clip.note.pitch) for clip in test]
    z = draw_latents(len(test), trained.model.config.latent, seed + 1)
    return _compared(play(trained, z, pitches), test, known)


def _compared(clips: Sequence[np.ndarray], test: Corpus, known: np.ndarray) -> dict[str, float]:
    """Return figures of clips that are to have the pitches of the test notes.

    ``known`` are the features of the training notes.
    """
    rate, pitches = test.rate, [int(clip.note.pitch) for clip in test]
    features = note_features(clips, rate)
    reference = known[:: max(1, len(known) // len(test))][: len(test)]
    return {
        "in_tune": share_in_tune(clips, pitches, rate),
        "frechet": frechet_distance(features, reference),
        "pairwise": pairwise_distance(features),
        "nearest": float(np.median(nearest_distances(features, known))),
    }


def _noise(test: Corpus, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [0.1 * random.standard_normal(len(clip.samples)) for clip in test]


def _table(rows: dict[str, dict[str, float]], count: int) -> Table:
    columns = ["", "in tune", "Fréchet", "two of them apart", "nearest training note"]
    texts = [
        [
            name,
            f"{row['in_tune']:.1%}",
            f"{row['frechet']:.1f}",
            f"{row['pairwise']:.1f}",
            f"{row['nearest']:.1f}",
        ]
        for name, row in rows.items()
    ]
    caption = (
        f"{count} notes each, of the pitches of the test notes. Distances are between levels in 24 "
        "mel bands in each eighth of a note, in units of 10 dB; the Fréchet distance is from as "
        "many training notes. A model that repeats its training notes would come nearer to them "
        "than real test notes do."
    )
    return Table(caption, columns, texts)


def a_scale(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return a scale of C major, played by one latent, half a second a note."""
    config = trained.model.config
    z = draw_latents(1, config.latent, told.get("seed", 0))[0]
    known = range(config.lowest, config.lowest + config.pitches)
    notes = play(trained, z, [pitch for pitch in TUNE if pitch in known])
    return Sound("scale", in_turn(notes, config.rate // 2), config.rate)


def in_turn(notes: Sequence[np.ndarray], hop: int) -> np.ndarray:
    """Return notes that begin ``hop`` samples after each other and ring on, within [-1, 1]."""
    x = np.zeros(hop * (len(notes) - 1) + max(len(note) for note in notes))
    for i, note in enumerate(notes):
        x[i * hop : i * hop + len(note)] += note
    return x / max(1.0, float(np.abs(x).max()))
