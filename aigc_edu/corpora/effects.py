"""The built-in effects: rain, waves, wind, clocks and brushes, synthesised, 16 kHz.

``aigc_edu/corpora/recipes/effects.py`` makes a clip of five seconds when it is first asked for.
"""

from __future__ import annotations

import os
from pathlib import Path

from aigc_edu.corpora.base import Corpus, CorpusInfo
from aigc_edu.corpora.recipes import effects as recipe
from aigc_edu.corpora.synthesised import RATE, Recipe
from aigc_edu.paths import home_expanded

LICENCE = "CC0 1.0"
CITATION = "piczak2015esc"  # which it imitates
HOMEPAGE = "https://github.com/aigc-edu/audio-course"
_SOURCES = ("effects", "movements", "tones", "weather")
_MODULES = (
    *(f"aigc_edu.corpora.recipes.{name}" for name in _SOURCES),
    *(f"aigc_edu.dsp.{name}" for name in ("fourier", "spectrogram")),
)
_RECIPE = Recipe("effects", _MODULES, {"seed": recipe.SEED}, recipe.make)


def load(root: str | Path | None = None, rate: int = RATE) -> Corpus:
    """Load the built-in effects.

    Parameters
    ----------
    root
        A folder that :func:`build` made; by default clips are made when they are asked for, and
        kept in the user's cache.
    rate
        Sampling rate in Hz to resample to; the clips' own is 16000.

    Returns
    -------
    Corpus
        The labels are the kinds of sounds, the speaker of a clip is its source, one clock in one
        room for instance. No source is in two parts of the official split, and every kind is in
        all three.

    Raises
    ------
    CorpusError
        If ``root`` holds no effects, or others than these.
    """
    kinds = recipe.KINDS
    rows = ((row.key, kinds.index(row.kind), row.source, row.part) for row in recipe.rows())
    clips = _RECIPE.clips(root, rate, rows)
    return Corpus("effects", rate, kinds, clips, LICENCE, CITATION, HOMEPAGE)


def info() -> CorpusInfo:
    """Say what the corpus is."""
    folder = _RECIPE.folder()
    return CorpusInfo(
        name="effects",
        title="Built-in effects",
        contents="200 clips of 5 seconds: rain, waves, wind, clocks, brushes, 16 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=folder if os.path.isdir(folder) else None,
        how_to_get="its clips are made when they are first asked for",
        clips=200,
        hours=0.28,
        rate=RATE,
        speakers=recipe.SOURCES * len(recipe.KINDS),
        who="sources",
        purpose="textures and events without words, offline",
    )


def fetch(root: str | Path | None = None) -> Path:
    """Make all clips beforehand, in the cache or in ``root/effects``, and return the folder."""
    return build(root if root is None else home_expanded(root) / "effects")


def build(out: str | Path | None = None) -> Path:
    """Make all clips, as FLAC files with an ``index.json``; by default in the user's cache.

    Raises
    ------
    CorpusError
        If the folder cannot be written.
    """
    return _RECIPE.build(out, [row._asdict() for row in recipe.rows()])
