"""The recipe of the built-in sentences: ``python -m aigc_edu corpora build sentences --out F``.

``sentences.txt``, beside this module, holds the texts in sets of fifteen.
:class:`aigc_edu.corpora.recipes.voice.Voice` speaks them, each with a seed of its key. Samples are
rounded to :data:`BITS` bits and joined into one FLAC file for each part of the split.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from aigc_edu.corpora.base import CorpusError
from aigc_edu.corpora.places import place_for
from aigc_edu.corpora.recipes import speech
from aigc_edu.corpora.recipes.voice import PACKAGE, RATE, VOICE, Voice

BITS = 14  # of each sample
GAIN = 1.3  # one for all sentences, so that they keep their levels
VALIDATION, TEST = 5, 10  # of each set, these sentences are held out


class Sentence(NamedTuple):
    """One sentence: its key, ``S003-0011``, its text as written, and as it is spoken."""

    key: str
    written: str
    text: str

    @property
    def part(self) -> str:
        """The part of the split that it belongs to."""
        return {VALIDATION: "validation", TEST: "test"}.get(int(self.key[-4:]), "train")


def texts() -> dict[str, list[Sentence]]:
    """Return the sets of sentences by their names, ``S001`` and so on."""
    lines = Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines()
    sets: dict[str, list[Sentence]] = {}
    for line in filter(None, lines):
        if line.startswith("#"):
            name = f"S{len(sets) + 1:03d}"
            sets[name] = []
            continue
        written, _, text = line.partition(" | ")
        sets[name].append(Sentence(f"{name}-{len(sets[name]) + 1:04d}", written, text or written))
    return sets


def speak(sentences: Sequence[Sentence], voice: Voice) -> list[dict[str, Any]]:
    """Speak sentences.

    Returns
    -------
    list of dict
        For each the keys ``key``, ``written``, ``text``, ``part``, ``samples`` (int16) and
        ``phonemes`` ([symbol, start, stop], in samples of the clip, "" for a pause).
    """
    clips = []
    for sentence in sentences:
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
    sets = _chosen(sets, known)
    out = place_for("sentences", out, ("voice", "made_with"))  # before the work, not after it
    voice = Voice()
    clips = speak([sentence for name in sets for sentence in known[name]], voice)
    head = {"name": "sentences", "rate": RATE, "labels": [], "voice": VOICE}
    return speech.write(out, clips, head | {"made_with": made_with()}, _row)


def _chosen(sets: Sequence[str] | None, known: dict[str, list[Sentence]]) -> tuple[str, ...]:
    """Return the names of the sets to make, all for None, or raise CorpusError."""
    sets = tuple(known) if sets is None else tuple(sets)
    strangers = set(sets) - set(known)
    if strangers or not sets:
        raise CorpusError(f"the recipe has no set {', '.join(sorted(strangers)) or 'to make'}")
    return sets


def made_with() -> dict[str, str]:
    """Return what the result depends on besides the recipe."""
    return speech.made_with(PACKAGE, "onnxruntime")


def _row(clip: dict[str, Any]) -> dict[str, Any]:
    return {key: clip[key] for key in ("key", "written", "text")}
