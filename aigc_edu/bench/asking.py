"""What is asked for, sound by sound, and the recordings that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from aigc_edu import corpora
from aigc_edu.bench.lists import MOST_ITEMS, BenchError, SoundList
from aigc_edu.corpora import Clip, Corpus, CorpusError
from aigc_edu.corpora.choosing import generation_split, spread_evenly
from aigc_edu.kinds.audiolm_scores import prompts_of

STRIDE = MOST_ITEMS  # between the seeds of two takes


@dataclass(frozen=True)
class Asked:
    """One sound of a list.

    Attributes
    ----------
    item, take
        Which.
    seed
        That a model is given.
    real
        A recording of it, (N,), or None where there is none.
    given
        What a model is given as ``{wav}``: the recording, or the prompt that is to be continued.
    skip
        Samples that are given and not judged: the prompt's.
    text
        Of the recording.
    rate
        Of the recordings in Hz.
    """

    item: str
    take: int
    seed: int
    real: np.ndarray | None = field(default=None, repr=False)
    given: np.ndarray | None = field(default=None, repr=False)
    skip: int = 0
    text: str = ""
    rate: int = 0

    @property
    def name(self) -> str:
        """A name for its file."""
        return f"{self.item}-{self.take}"


def seed_of(sounds: SoundList, item: int, take: int) -> int:
    """Return a sound's seed: another one for each item and take, the same for all models."""
    return sounds.seed + STRIDE * take + item


def _places(sounds: SoundList) -> Iterator[tuple[int, str, int, int]]:
    """Yield the number of each item, the item, the take and its seed."""
    for i, item in enumerate(sounds.items):
        for take in range(sounds.takes):
            yield i, item, take, seed_of(sounds, i, take)


def asked_for(sounds: SoundList) -> list[Asked]:
    """Return all sounds of a list, item by item, with recordings where the corpus is there.

    The recordings are of the corpus's test part, from all over it: nobody has chosen them, and no
    model has learned from them.
    """
    try:
        corpus = corpora.load(sounds.corpus)
    except CorpusError as error:
        if sounds.score not in _WITHOUT:
            raise BenchError(f"the list {sounds.name} needs the corpus: {error}") from error
        return [Asked(item, take, seed) for _, item, take, seed in _places(sounds)]
    return _WAYS[sounds.score](sounds, corpus)


def _of_groups(sounds: SoundList, corpus: Corpus, of_notes: bool = False) -> list[Asked]:
    """Return sounds whose items are labels or pitches, with recordings of the same."""
    test, asked = generation_split(corpus).test, []
    clips = [_recordings(test, int(item), of_notes, sounds.takes) for item in sounds.items]
    for i, item, take, seed in _places(sounds):
        real = np.asarray(clips[i][take].samples) if take < len(clips[i]) else None
        asked.append(Asked(item, take, seed, real, real, rate=corpus.rate))
    return asked


def _recordings(test: Corpus, number: int, of_notes: bool, count: int) -> tuple[Clip, ...]:
    own = tuple(clip for clip in test if _is(clip, number, of_notes))
    return spread_evenly(replace(test, clips=own), count).clips


def _is(clip: Clip, number: int, of_notes: bool) -> bool:
    return clip.note is not None and clip.note.pitch == number if of_notes else clip.label == number


def _of_prompts(sounds: SoundList, corpus: Corpus) -> list[Asked]:
    """Return prompts, each of an unheard string, and how it really goes on."""
    test = corpus.split("official").test
    prompts = prompts_of(test, len(sounds.items), sounds.seconds, sounds.seed)
    asked = []
    for i, item, take, seed in _places(sounds):
        given, after = prompts[i].samples, prompts[i].after
        asked.append(Asked(item, take, seed, after, given, len(given), rate=corpus.rate))
    return asked


def _of_sentences(sounds: SoundList, corpus: Corpus) -> list[Asked]:
    """Return sentences that no model has learned from."""
    clips = list(spread_evenly(corpus.split("official").test, len(sounds.items)))
    if len(clips) < len(sounds.items):
        raise BenchError(
            f"lists.{sounds.name}: {sounds.corpus} has {len(clips)} sentences that no model has "
            "learned from; ask for no more items"
        )
    waves = [np.asarray(clip.samples) for clip in clips]
    return [
        Asked(item, take, seed, waves[i], waves[i], 0, clips[i].text, corpus.rate)
        for i, item, take, seed in _places(sounds)
    ]


_WAYS = {
    "labels": _of_groups,
    "notes": partial(_of_groups, of_notes=True),
    "words": _of_prompts,
    "speech": _of_sentences,
}
_WITHOUT = ("labels", "notes")  # can be asked for without recordings
