"""What the kinds that play notes share: which notes fit, one level for all, what is compared.

Those of one kind alone stand in its own modules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from aigc_edu.audio.levels import scaled_to
from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.notes import note_features

PEAK = 0.5  # of all notes: how hard one was struck changes its sound, not its level


class Range(Protocol):
    """What a network's configuration says of its notes."""

    lowest: int
    pitches: int
    rate: int


def notes_for(corpus: Corpus, config: Range) -> Corpus:
    """Return the notes of a corpus that have one of the network's pitches.

    Raises
    ------
    InvalidValueError
        If the corpus holds no notes, or is of another rate.
    """
    if not all(clip.note for clip in corpus):
        raise InvalidValueError(
            f"the clips of {corpus.name} are no notes: this model is told a pitch. Take notes"
        )
    if corpus.rate != config.rate:
        raise InvalidValueError(f"load the corpus at {config.rate} Hz, got {corpus.rate} Hz")
    known = range(config.lowest, config.lowest + config.pitches)
    return replace(corpus, clips=tuple(clip for clip in corpus if clip.note.pitch in known))


def levelled(x: np.ndarray) -> np.ndarray:
    """Return a note (N,) scaled to the peak that all of them have; silence stays silent."""
    return scaled_to(x, PEAK)


def pitches_of(notes: Corpus) -> list[int]:
    """Return the pitch of each note as a MIDI number."""
    return [int(clip.note.pitch) for clip in notes]


def features_of(notes: Corpus) -> np.ndarray:
    """Return what notes are compared by (:func:`note_features`), at the level that all have."""
    return note_features([levelled(clip.samples) for clip in notes], notes.rate)
