"""Scores of written tunes: key, cadence, harmony, motifs, and how much of them is copied.

Chapter: chapters/06-product/12-composer.ipynb

None of them says whether a tune is beautiful. Each asks whether it keeps a rule that the tunes keep
which were learned from. One that is copied keeps them all; so :func:`copied` stands beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.music import BASS, MELODY, Event, Score, find_key

CONSONANT = frozenset((0, 3, 4, 7, 8, 9))  # semitones above the bass, without octaves
STRONG = 8  # steps from one strong beat to the next
RUN = 6  # notes of a run that counts as copied


class TuneScore(NamedTuple):
    """What is measured of one tune; each is a share, 0 ... 1, or yes and no as 1 and 0.

    Attributes
    ----------
    in_key
        Of the time in which notes sound, those that belong to the key that fits the tune best.
    closes
        Whether the last note of the melody is that key's tonic.
    consonant
        Of the melody's notes that begin with a note of the bass on a strong beat, those that make a
        consonance with it; NaN where there are none.
    repeats
        Of the bars with two notes or more, those whose rhythm and ups and downs another one has;
        NaN where there is one such bar at most.
    """

    in_key: float
    closes: float
    consonant: float
    repeats: float


def score_tune(score: Score) -> TuneScore:
    """Measure a tune that has a note of the melody at least."""
    melody = score.voice(MELODY)
    if not melody:
        raise InvalidValueError("there is no melody to measure")
    key = find_key(score) if len({e.pitch % 12 for e in score.events}) > 1 else None
    lengths = np.array([event.length for event in score.events], float)
    scale = key.scale if key else {melody[0].pitch % 12}
    inside = np.array([event.pitch % 12 in scale for event in score.events])
    closes = melody[-1].pitch % 12 == (key.tonic if key else melody[0].pitch % 12)
    return TuneScore(
        float(lengths[inside].sum() / lengths.sum()),
        float(closes),
        _consonant(score),
        _repeats(score),
    )


def _consonant(score: Score) -> float:
    bass = {event.start: event.pitch for event in score.voice(BASS)}
    strong = [
        e for e in score.voice(MELODY) if e.start in bass and e.start % score.bar % STRONG == 0
    ]
    if not strong:
        return float("nan")
    return float(np.mean([(e.pitch - bass[e.start]) % 12 in CONSONANT for e in strong]))


def shape_of(bar: Sequence[Event], start: int) -> tuple[tuple[int, int, int], ...]:
    """Return what a bar's motif is: for each note its place, its length and its direction.

    The direction is 1 where the note is higher than the one before it, -1 where it is lower, else
    0; so a motif is the same on another step of the scale.
    """
    ways = [0, *(int(np.sign(b.pitch - a.pitch)) for a, b in zip(bar, bar[1:], strict=False))]
    return tuple((e.start - start, e.length, way) for e, way in zip(bar, ways, strict=True))


def _repeats(score: Score) -> float:
    shapes = []
    for number in range(score.bars):
        start = number * score.bar
        bar = [e for e in score.voice(MELODY) if start <= e.start < start + score.bar]
        if len(bar) > 1:
            shapes.append(shape_of(bar, start))
    if len(shapes) < 2:
        return float("nan")
    return float(np.mean([shapes.count(shape) > 1 for shape in shapes]))


def runs_of(score: Score, run: int = RUN) -> set[tuple[tuple[int, int], ...]]:
    """Return all runs of so many notes of the melody, whatever the key.

    Each note is told by how many semitones it lies above the run's first one, and by its length.
    """
    line = score.voice(MELODY)
    pieces = (line[n : n + run] for n in range(len(line) - run + 1))
    return {tuple((e.pitch - piece[0].pitch, e.length) for e in piece) for piece in pieces}


def copied(tunes: Iterable[Score], learned: Iterable[Score], run: int = RUN) -> float:
    """Return the share, 0 ... 1, of the tunes' runs that are in those that were learned from.

    Two tunes by one rule share some by chance: compare with tunes by the rule that were not learned
    from. NaN where no melody is so long.
    """
    known: set[tuple[tuple[int, int], ...]] = set()
    for tune in learned:
        known |= runs_of(tune, run)
    found = [piece in known for tune in tunes for piece in runs_of(tune, run)]
    return float(np.mean(found)) if found else float("nan")


def mean_scores(tunes: Sequence[Score]) -> dict[str, tuple[float, float]]:
    """Return the mean of each score over n tunes, and half the width of its 95 % interval.

    The interval is 1.96 standard errors of the mean; NaN, where a tune has nothing to measure, is
    left out. A tune without a melody has 0 in all scores.
    """
    scores = [score_tune(t) if t.voice(MELODY) else TuneScore(0, 0, 0, 0) for t in tunes]
    rows = np.array(scores, float)
    told = {}
    for name, column in zip(TuneScore._fields, rows.T, strict=True):
        heard = column[~np.isnan(column)]
        spread = heard.std(ddof=1) / np.sqrt(len(heard)) if len(heard) > 1 else float("nan")
        told[name] = (float(heard.mean()) if len(heard) else float("nan"), 1.96 * float(spread))
    return told


def notes_right(
    heard: Sequence[tuple[float, float]], played: Sequence[tuple[float, float]], near: float = 0.1
) -> tuple[float, float, float]:
    """Compare the notes that somebody wrote down with those that were played.

    A note is right if its pitch is within half a semitone and its beginning within ``near``
    seconds; each counts once.

    Parameters
    ----------
    heard, played
        Beginning in seconds and pitch as a MIDI number of each note.
    near
        How far beginnings may be apart, in seconds.

    Returns
    -------
    tuple of float
        Precision, recall, and their harmonic mean F: shares, 0 ... 1.
    """
    left, right = sorted(played), 0
    for start, pitch in sorted(heard):
        fits = [p for p in left if abs(p[0] - start) <= near and abs(p[1] - pitch) <= 0.5]
        if fits:
            left.remove(min(fits, key=lambda p: abs(p[0] - start)))
            right += 1
    precision, recall = right / max(1, len(heard)), right / max(1, len(played))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)
