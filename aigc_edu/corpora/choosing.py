"""Choosing clips: by speaker, by take, evenly, and the split for a model that is told the voice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from aigc_edu.corpora.base import Corpus, CorpusError, Split
from aigc_edu.errors import InvalidValueError

NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def generation_split(corpus: Corpus) -> Split:
    """Split a corpus for a model that is told the speaker, so that every voice is in training.

    That is the official split where its parts share their speakers (FSDD), otherwise the split by
    clip: a voice that the model has never been given cannot be asked for.
    """
    official = corpus.split("official")
    shared = set(official.test.speakers) <= set(official.train.speakers)
    return official if shared and len(official.test) else corpus.split("clip")


def by_pitch(corpus: Corpus, lowest: int, highest: int) -> Corpus:
    """Return the notes from one pitch to another, with their pitches as labels: C4 is middle C.

    Parameters
    ----------
    corpus
        Notes; those whose pitch lies between two semitones are left out.
    lowest, highest
        MIDI numbers, both included.

    Raises
    ------
    InvalidValueError
        If the clips are no notes.
    """
    if not all(clip.note for clip in corpus):
        raise InvalidValueError(f"the clips of {corpus.name} are no notes: they have no pitch")
    pitches = range(lowest, highest + 1)
    clips = [
        replace(clip, label=pitches.index(int(clip.note.pitch)))
        for clip in corpus
        if clip.note.pitch in pitches
    ]
    return replace(corpus, labels=tuple(map(note_name, pitches)), clips=tuple(clips))


def note_name(pitch: int) -> str:
    """Return the name of a MIDI number: 60 is C4."""
    return f"{NOTE_NAMES[pitch % 12]}{pitch // 12 - 1}"


def by_known_voices(corpus: Corpus, speakers: Sequence[str]) -> Corpus:
    """Return the clips by these speakers, in the speakers' order; there may be none."""
    present = [corpus.select(speaker=name) for name in speakers if name in corpus.speakers]
    return sum(present, start=corpus[:0])


def by_speakers(corpus: Corpus, names: str | None) -> Corpus:
    """Return the clips by the speakers of a list like ``"jackson,theo"``; all for None."""
    if names is None:
        return corpus
    chosen = [corpus.select(speaker=name) for name in names.split(",")]
    return sum(chosen[1:], start=chosen[0])


def first_takes(corpus: Corpus, count: int) -> Corpus:
    """Return the first ``count`` clips of every label by every speaker, in the corpus's order."""
    labels = range(len(corpus.labels)) if corpus.labels else [None]
    parts = [
        corpus.select(label=label, speaker=speaker)[:count]
        for speaker in corpus.speakers
        for label in labels
    ]
    return sum(parts, start=corpus[:0])


def spread_evenly(corpus: Corpus, count: int) -> Corpus:
    """Return ``count`` clips from all over a corpus, the first and the last among them.

    That is the whole corpus where there are no more, and the first clip alone for one.
    """
    if len(corpus) <= count:
        return corpus
    places = [i * (len(corpus) - 1) // max(1, count - 1) for i in range(count)]
    return sum((corpus[i : i + 1] for i in places), start=corpus[:0])


def no_longer(corpus: Corpus, seconds: float) -> Corpus:
    """Return the clips that last ``seconds`` or less, in the corpus's order.

    Raises
    ------
    InvalidValueError
        If all are longer.
    """
    short = tuple(clip for clip in corpus if clip.duration <= seconds)
    if not short:
        least = min((clip.duration for clip in corpus), default=0.0)
        raise InvalidValueError(
            f"no clip of {corpus.name} lasts {seconds:g} s or less, the shortest {least:.1f} s"
        )
    return replace(corpus, clips=short)


def two_takes(corpus: Corpus) -> tuple[Corpus, Corpus]:
    """Return two clips of each label, one to learn from and one to judge by, by one voice if any.

    That is the first speaker with two clips of every label. Where nobody has them, as in a part of
    Speech Commands, the clips come from all speakers, and labels with one clip are left out.

    Raises
    ------
    CorpusError
        If there are no two clips of any label.
    """
    labels = range(len(corpus.labels))
    count = Counter((clip.speaker, clip.label) for clip in corpus)
    whole = (name for name in corpus.speakers if all(count[name, d] > 1 for d in labels))
    voice = next(whole, None)
    chosen = corpus.select(speaker=voice) if voice else corpus
    pairs = [pair for d in labels if len(pair := chosen.select(label=d)[:2]) == 2]
    if not pairs:
        raise CorpusError(f"this part of {corpus.name} has no two clips of the same word")
    return sum((p[:1] for p in pairs), corpus[:0]), sum((p[1:] for p in pairs), corpus[:0])
