"""The built-in notes: synthesised instruments in the manner of NSynth, 16 kHz.

Eleven families of six instruments; ``aigc_edu/corpora/recipes/notes.py`` makes a note when it is
first asked for. The pitch of a note is exact: that of its fundamental, or of the mean of its
vibrato.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from aigc_edu.corpora.base import Corpus, CorpusInfo
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.recipes import notes as recipe
from aigc_edu.corpora.synthesised import RATE, Recipe, tidy
from aigc_edu.errors import InvalidValueError
from aigc_edu.paths import home_expanded

LICENCE = "CC0 1.0"
CITATION = "engel2017nsynth"  # what it imitates
HOMEPAGE = "https://github.com/aigc-edu/audio-course"
SHORTEST, LONGEST = 0.5, 8.0  # seconds
_SOURCES = ("notes", "archetypes", "plucked", "sustained", "tones")


def load(
    root: str | Path | None = None, rate: int = RATE, seconds: float = recipe.SECONDS
) -> Corpus:
    """Load the built-in notes.

    Parameters
    ----------
    root
        A folder that :func:`build` made; by default notes are made when they are asked for, and
        kept in the user's cache.
    rate
        Sampling rate in Hz to resample to; the notes' own is 16000.
    seconds
        Length of a note, 0.5 ... 8; it is held for three quarters of that. The default gives 16,384
        samples, 4.0 the length of NSynth's.

    Returns
    -------
    Corpus
        The labels are the families of instruments, the speaker of a clip is its instrument, and
        its ``note`` has pitch and velocity. No instrument is in two parts of the official split,
        and every family is in all three.

    Raises
    ------
    CorpusError
        If ``root`` holds no notes, or others than these.
    InvalidValueError
        If ``seconds`` is out of bounds.
    """
    cook = _recipe(seconds)
    folder = cook.folder(root)
    tidy(folder)
    clips = tuple(
        Clip(
            row.key,
            recipe.FAMILIES.index(row.note.family),
            row.note.instrument,
            rate,
            row.part,
            cook.loader(folder, row.key, rate),
            note=row.note,
        )
        for row in recipe.rows()
    )
    return Corpus("notes", rate, recipe.FAMILIES, clips, LICENCE, CITATION, HOMEPAGE)


def info() -> CorpusInfo:
    """Say what the corpus is."""
    folder = _recipe(recipe.SECONDS).folder()
    return CorpusInfo(
        name="notes",
        title="Built-in notes",
        contents="1,569 notes of 66 synthesised instruments in 11 families, 16 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=folder if os.path.isdir(folder) else None,
        how_to_get="its clips are made when they are first asked for",
        clips=1569,
        hours=0.45,
        rate=RATE,
        speakers=66,
        who="instruments",
        purpose="notes of a given pitch and timbre, offline",
    )


def fetch(root: str | Path | None = None) -> Path:
    """Make all notes beforehand, in the cache or in ``root/notes``, and return the folder."""
    return build(root if root is None else home_expanded(root) / "notes")


def build(out: str | Path | None = None, seconds: float = recipe.SECONDS) -> Path:
    """Make all notes, as FLAC files with an ``index.json``; by default in the user's cache.

    Raises
    ------
    CorpusError
        If the folder cannot be written.
    InvalidValueError
        If ``seconds`` is out of bounds.
    """
    index: list[dict[str, Any]] = []
    for row in recipe.rows():
        kind = recipe.instruments()[row.note.instrument].kind
        note = {"pitch": row.note.pitch, "velocity": row.note.velocity, "family": row.note.family}
        index.append({"key": row.key, "part": row.part, **note, "kind": kind})
    return _recipe(seconds).build(out, index)


def _recipe(seconds: float) -> Recipe:
    if not SHORTEST <= seconds <= LONGEST:
        raise InvalidValueError(f"seconds must lie from {SHORTEST} to {LONGEST}, got {seconds}")
    modules = tuple(f"aigc_edu.corpora.recipes.{name}" for name in _SOURCES)
    parameters = {"seed": recipe.SEED, "seconds": float(seconds)}
    return Recipe("notes", modules, parameters, partial(recipe.make, seconds=seconds))
