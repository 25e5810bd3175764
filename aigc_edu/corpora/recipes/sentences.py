"""The recipe of the built-in sentences: ``python -m aigc_edu corpora build sentences --out F``.

``sentences.txt``, beside this module, holds the texts in sets of fifteen. A process of its own
speaks each set, so that it can be made again without the others. The synthesiser's own rate is
kept, and nothing is cut or stretched, so that its phonemes stand where it says. Around each
sentence comes silence, samples are rounded to :data:`BITS` bits and joined into one FLAC file for
each part of the split.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from aigc_edu.corpora.base import CorpusError
from aigc_edu.corpora.places import place_for
from aigc_edu.corpora.recipes import speech

RATE = 22_050  # Hz, eSpeak NG's own
VOICE, PITCH, WORDS_A_MINUTE = "en-us", 50, 145
BITS = 13  # of each sample
GAIN = 1.5  # one for all sentences, so that they keep their levels; the loudest peaks at 0.7
MARGIN = 0.08  # seconds of silence before and after what the synthesiser returns
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


def texts(*files: str) -> dict[str, list[Sentence]]:
    """Return the sets of sentences by their names, ``S001`` and so on, of files beside this one.

    That is ``sentences.txt`` by default; with several, the numbers of the sets go on.
    """
    paths = [Path(__file__).with_name(file) for file in files or ("sentences.txt",)]
    lines = "\n".join(path.read_text(encoding="utf-8") for path in paths).splitlines()
    sets: dict[str, list[Sentence]] = {}
    for line in filter(None, lines):
        if line.startswith("#"):
            name = f"S{len(sets) + 1:03d}"
            sets[name] = []
            continue
        written, _, text = line.partition(" | ")
        sets[name].append(Sentence(f"{name}-{len(sets[name]) + 1:04d}", written, text or written))
    return sets


def speak(name: str) -> list[dict[str, Any]]:
    """Make the sentences of one set in a fresh process.

    Returns
    -------
    list of dict
        For each sentence the keys ``key``, ``written``, ``text``, ``part``, ``samples`` (int16) and
        ``phonemes`` ([symbol, start, stop], in samples of the clip, "" for a pause).

    Raises
    ------
    CorpusError
        If espeakng-loader is not installed, or gives a phoneme no time: it does so where an L ends
        a syllable, as in "fall", and lets the vowel before sound like both. Such words are not
        used.
    """
    sentences = texts()[name]
    said, marks, rate = speech.say([[s.text, VOICE, PITCH, WORDS_A_MINUTE] for s in sentences])
    if rate != RATE:
        raise CorpusError(f"eSpeak NG speaks at {rate} Hz, the recipe expects {RATE} Hz")
    margin = np.zeros(round(MARGIN * RATE))
    clips = []
    for sentence, x, positions in zip(sentences, said, marks, strict=True):
        samples = speech.rounded(np.concatenate([margin, GAIN * x / 32768, margin]), BITS)
        shifted = [("", 0), *((symbol, at + len(margin)) for symbol, at in positions)]
        rows = _phonemes(shifted, len(samples), sentence.key)
        about = sentence._asdict() | {"part": sentence.part}
        clips.append(about | {"samples": samples, "phonemes": rows})
    return clips


def _phonemes(marks: list[tuple[str, int]], length: int, key: str) -> list[list[Any]]:
    """Turn positions into [symbol, start, stop] from 0 to ``length``; pauses in a row are one."""
    rows: list[list[Any]] = []
    stops = [at for _, at in marks[1:]] + [length]
    for (symbol, start), stop in zip(marks, stops, strict=True):
        if symbol and start >= stop:
            raise CorpusError(f"{key}: eSpeak NG gives {symbol!r} no time; use another word")
        if rows and not symbol and not rows[-1][0]:
            rows[-1][2] = stop
        elif start < stop:
            rows.append([symbol, start, stop])
    return rows


def build(out: str | Path, sets: Sequence[str] | None = None) -> Path:
    """Make the corpus, or some of its sets, in the folder ``out``.

    An earlier making is replaced, each file whole or not at all; a folder that holds anything else
    is refused.

    Raises
    ------
    CorpusError
        If espeakng-loader is missing, there is no such set, or ``out`` cannot be written.
    """
    sets = chosen(sets, texts())
    out = place_for("sentences", out, ("voice", "made_with"))  # before the work, not after it
    clips = [clip for name in sets for clip in speak(name)]
    head = {"rate": RATE, "labels": [], "voice": VOICE, "pitch": PITCH}
    head |= {"words_a_minute": WORDS_A_MINUTE, "made_with": made_with()}
    return speech.write(out, clips, head, _row)


def chosen(sets: Sequence[str] | None, known: dict[str, list[Sentence]]) -> tuple[str, ...]:
    """Return the names of the sets to make, all for None, or raise CorpusError."""
    sets = tuple(known) if sets is None else tuple(sets)
    strangers = set(sets) - set(known)
    if strangers or not sets:
        raise CorpusError(f"the recipe has no set {', '.join(sorted(strangers)) or 'to make'}")
    return sets


def made_with() -> dict[str, str]:
    """Return what the result depends on besides the recipe."""
    return speech.made_with("espeakng-loader")


def _row(clip: dict[str, Any]) -> dict[str, Any]:
    return {key: clip[key] for key in ("key", "written", "text")}
