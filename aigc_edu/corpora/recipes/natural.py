"""The recipe of the sentences in a natural voice, ``python -m aigc_edu corpora build``.

The texts are those of ``sentences.txt`` and of ``natural.txt``, which goes on from there, in sets
of fifteen. :class:`aigc_edu.corpora.recipes.voice.Voice` speaks them, each with a seed of its key.
Samples are rounded to :data:`BITS` bits and joined into one FLAC file for each part of the split.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aigc_edu.corpora.base import NATURAL
from aigc_edu.corpora.places import place_for
from aigc_edu.corpora.recipes import sentences, speech
from aigc_edu.corpora.recipes.voice import PACKAGE, RATE, VOICE, Voice

BITS = 14  # of each sample
GAIN = 1.3  # one for all sentences, so that they keep their levels


def texts() -> dict[str, list[sentences.Sentence]]:
    """Return the sets of sentences by their names, ``S001`` and so on."""
    return sentences.texts("sentences.txt", "natural.txt")


def speak(chosen: Sequence[sentences.Sentence], voice: Voice) -> list[dict[str, Any]]:
    """Speak sentences.

    Returns
    -------
    list of dict
        For each the keys ``key``, ``written``, ``text``, ``part``, ``samples`` (int16) and
        ``phonemes`` ([symbol, start, stop], in samples of the clip, "" for a pause).
    """
    clips = []
    for sentence in chosen:
        x, phonemes = voice.say(sentence.text, seed_of(sentence.key))
        about = sentence._asdict() | {"part": sentence.part, "phonemes": phonemes}
        clips.append(about | {"samples": speech.rounded(GAIN * x, BITS)})
    return clips


def seed_of(key: str) -> int:
    """Return the seed of the voice's noise in a clip."""
    return zlib.crc32(key.encode())


def build(out: str | Path, sets: Sequence[str] | None = None) -> Path:
    """Make the corpus, or some of its sets, in the folder ``out``.

    An earlier making is replaced, each file whole or not at all; a folder that holds anything else
    is refused.

    Raises
    ------
    CorpusError
        If the voice is not installed, there is no such set, or ``out`` cannot be written.
    """
    known = texts()
    sets = sentences.chosen(sets, known)
    out = place_for(NATURAL, out, ("voice", "made_with"))  # before the work, not after it
    voice = Voice()
    clips = speak([sentence for name in sets for sentence in known[name]], voice)
    head = {"name": NATURAL, "rate": RATE, "labels": [], "voice": VOICE, "made_with": made_with()}
    return speech.write(out, clips, head, _row)


def made_with() -> dict[str, str]:
    """Return what the result depends on besides the recipe."""
    return speech.made_with(PACKAGE, "onnxruntime")


def _row(clip: dict[str, Any]) -> dict[str, Any]:
    return {key: clip[key] for key in ("key", "written", "text")}
