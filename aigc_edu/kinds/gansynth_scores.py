"""What the card of a GANSynth says: notes in tune, the distance from real ones, variety."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Clip, Corpus, Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.evaluation import Diversity, diversity_of, frechet_distance
from aigc_edu.evaluation.notes import note_features, share_in_tune, timbre_held
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.gansynth_training import beside, note_value
from aigc_edu.kinds.heard_scores import MINE, share_text
from aigc_edu.kinds.note_clips import features_of, levelled, notes_for, pitches_of
from aigc_edu.models.gansynth import GANSynthConfig, draw_latents, image_of, play, sound_of

EACH = 10  # notes of each pitch
LATENTS = 12  # whose timbre is followed over the octave
OCTAVE = range(60, 73)
REAL = "real test notes, through their images"
NOISE = "white noise"
INSTRUMENTS = "real instruments"
PARROT = "training notes, learned by heart"
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
    images = [[_through_image(clip, config) for clip in notes] for notes in (train, test)]
    known, real = (note_features(clips, test.rate) for clips in images)
    sets = {name: _played(net, test, seed) for name, net in {MINE: trained, **anchors}.items()}
    sets |= {REAL: images[1], PARROT: _by_heart(test, train, images[0])}
    sets[NOISE] = _noise(test, seed)
    rows = {name: _row(clips, test, known, real) for name, clips in sets.items()}
    hits, count = _tuning(trained, told.get("each", EACH), seed)
    scores = {**asdict(rows[MINE].varied), "frechet": rows[MINE].far}
    held_by = {name: _latents_hold(net, seed) for name, net in {MINE: trained, **anchors}.items()}
    held_by[INSTRUMENTS] = _instruments_hold(train)
    scores |= {"in_tune": hits / count, "notes": count}
    scores |= dict(zip(("semitone_on", "another"), held_by[MINE], strict=True))
    says = (
        f"{share_text(hits, count)} of {count} notes by {MINE} are within a quarter tone of the "
        "pitch asked for, by YIN"
    )
    tables = [_table(rows, len(test)), _holding(held_by)]
    held = spread_evenly(notes_for(split.validation, config), 60)
    values = {name: note_value(net, held) for name, net in anchors.items()}
    return Measured(scores, tables, values, says, "out of tune + distance")


class _Row(NamedTuple):
    in_tune: float
    far: float
    varied: Diversity


def _tuning(trained: Trained, each: int, seed: int) -> tuple[int, int]:
    """Return how many notes are in tune, of how many: ``each`` of every pitch."""
    config = trained.model.config
    pitches = [config.lowest + i for i in range(config.pitches) for _ in range(each)]
    clips = play(trained, draw_latents(len(pitches), config.latent, seed), pitches)
    return round(share_in_tune(clips, pitches, config.rate) * len(pitches)), len(pitches)


def _played(trained: Trained, test: Corpus, seed: int) -> list[np.ndarray]:
    z = draw_latents(len(test), trained.model.config.latent, seed + 1)
    return play(trained, z, pitches_of(test))


def _through_image(clip: Clip, config: GANSynthConfig) -> np.ndarray:
    """Return the sound of a real note's image: as near to the note as a network could come."""
    return sound_of(image_of(levelled(clip.samples), config), config)


def _by_heart(test: Corpus, train: Corpus, clips: list[np.ndarray]) -> list[np.ndarray]:
    """Return clips of training notes with the test notes' pitches: what a bad model would play."""
    random, of_pitch = np.random.default_rng(0), np.array(pitches_of(train))
    fitting = [np.flatnonzero(of_pitch == pitch) for pitch in pitches_of(test)]
    chosen = [int(random.choice(x)) if len(x) else 0 for x in fitting]
    return [clips[i] for i in chosen]


def _row(clips: Sequence[np.ndarray], test: Corpus, known: np.ndarray, real: np.ndarray) -> _Row:
    """Measure clips that are to have the pitches of the test notes.

    ``known`` and ``real`` are the features of the training and of the test notes.
    """
    features = note_features(clips, test.rate)
    reference = known[:: max(1, len(known) // len(test))][: len(test)]
    far = frechet_distance(features, reference)
    in_tune = share_in_tune(clips, pitches_of(test), test.rate)
    return _Row(in_tune, far, diversity_of(features, known, real, unit=1.0))


def _noise(test: Corpus, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [0.1 * random.standard_normal(len(clip.samples)) for clip in test]


def _table(rows: dict[str, _Row], count: int) -> Table:
    columns = ["", "in tune", "Fréchet", "nearest", "others", "pairs", "copied"]
    texts = []
    for name, row in rows.items():
        apart = [f"{x:.1f}" for x in (row.varied.nearest, row.varied.others, row.varied.pairwise)]
        shares = f"{row.in_tune:.1%}", f"{row.far:.1f}"
        texts.append([name, *shares, *apart, f"{row.varied.copied:.0%}"])
    caption = (
        f"{count} notes each, of the pitches of the test notes; real ones as their images sound, "
        "which is as near as a network could come. Distances are between levels in 24 "
        "mel bands in each eighth of a note, in units of 10 dB. The Fréchet distance is from as "
        "many training notes. Nearest: mean distance of the nearest training note; others: of the "
        "nearest other note; pairs: of any two; copied: how many are nearer to a training note "
        "than 95 % of the real test notes."
    )
    return Table(caption, columns, texts)


def _latents_hold(trained: Trained, seed: int) -> tuple[float, float]:
    """Return :func:`timbre_held` for latents, over those keys of an octave that there are."""
    config = trained.model.config
    keys = [p for p in OCTAVE if 0 <= p - config.lowest < config.pitches]
    drawn = draw_latents(LATENTS, config.latent, seed + 2)
    notes = [note for z in drawn for note in play(trained, z, keys)]
    who = np.repeat(np.arange(LATENTS), len(keys))
    return timbre_held(note_features(notes, config.rate), keys * LATENTS, who)


def _instruments_hold(notes: Corpus) -> tuple[float, float]:
    chosen = [clip for clip in notes if clip.note.pitch in OCTAVE]
    features = note_features([levelled(clip.samples) for clip in chosen], notes.rate)
    played = [clip.note.pitch for clip in chosen]
    return timbre_held(features, played, [clip.note.instrument for clip in chosen])


def _holding(held: dict[str, tuple[float, float]]) -> Table:
    rows = [[name, f"{on:.1f}", f"{other:.1f}"] for name, (on, other) in held.items()]
    caption = (
        f"Is a latent an instrument? Mean distances between notes from C4 to C5, by {LATENTS} "
        "latents and by the training notes' instruments: of two a semitone apart by one of "
        "them, and of two of one pitch by different ones."
    )
    return Table(caption, ["", "itself, a semitone on", "another, same pitch"], rows)


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
