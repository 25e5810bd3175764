"""What is asked for, sound by sound, and the recordings that stand beside it."""

from __future__ import annotations

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
        return [
            Asked(item, take, seed_of(sounds, i, take))
            for i, item in enumerate(sounds.items)
            for take in range(sounds.takes)
        ]
    return _WAYS[sounds.score](sounds, corpus)


def _of_groups(sounds: SoundList, corpus: Corpus, of_notes: bool = False) -> list[Asked]:
    """Return sounds whose items are labels or pitches, with recordings of the same."""
    test, asked = generation_split(corpus).test, []
    for i, item in enumerate(sounds.items):
        own = tuple(clip for clip in test if _is(clip, int(item), of_notes))
        clips = spread_evenly(replace(test, clips=own), sounds.takes).clips
        for take in range(sounds.takes):
            real = np.asarray(clips[take].samples) if take < len(clips) else None
            seed = seed_of(sounds, i, take)
            asked.append(Asked(item, take, seed, real, real, rate=corpus.rate))
    return asked


def _is(clip: Clip, number: int, of_notes: bool) -> bool:
    return clip.note is not None and clip.note.pitch == number if of_notes else clip.label == number


def _of_prompts(sounds: SoundList, corpus: Corpus) -> list[Asked]:
    """Return prompts, each of an unheard string, and how it really goes on."""
    test = corpus.split("official").test
    prompts = prompts_of(test, len(sounds.items), sounds.seconds, sounds.seed)
    return [
        Asked(item, take, seed_of(sounds, i, take), prompt.after, prompt.samples,
              len(prompt.samples), rate=corpus.rate)
        for i, (item, prompt) in enumerate(zip(sounds.items, prompts, strict=True))
        for take in range(sounds.takes)
    ]  # fmt: skip


def _of_sentences(sounds: SoundList, corpus: Corpus) -> list[Asked]:
    """Return sentences that no model has learned from."""
    clips = list(spread_evenly(corpus.split("official").test, len(sounds.items)))
    if len(clips) < len(sounds.items):
        raise BenchError(
            f"lists.{sounds.name}: {sounds.corpus} has {len(clips)} sentences that no model has "
            "learned from; ask for no more items"
        )
    return [
        Asked(item, take, seed_of(sounds, i, take), np.asarray(clip.samples),
              np.asarray(clip.samples), 0, clip.text, corpus.rate)
        for i, (item, clip) in enumerate(zip(sounds.items, clips, strict=True))
        for take in range(sounds.takes)
    ]  # fmt: skip


_WAYS = {
    "labels": _of_groups,
    "notes": partial(_of_groups, of_notes=True),
    "words": _of_prompts,
    "speech": _of_sentences,
}
_WITHOUT = ("labels", "notes")  # can be asked for without recordings
