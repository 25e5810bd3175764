"""The built-in drums: eight kinds of hits on thirty synthesised kits, 16 kHz.

``aigc_edu/corpora/recipes/drums.py`` makes a hit when it is first asked for. Its length is its own,
at most 16,384 samples.
"""

from __future__ import annotations

import os
from pathlib import Path

from aigc_edu.corpora.base import Corpus, CorpusInfo
from aigc_edu.corpora.recipes import drums as recipe
from aigc_edu.corpora.synthesised import RATE, Recipe
from aigc_edu.paths import home_expanded

LICENCE = "CC0 1.0"
CITATION = "donahue2019wavegan"  # whose drum hits it stands in for
HOMEPAGE = "https://github.com/aigc-edu/audio-course"
_MODULES = tuple(f"aigc_edu.corpora.recipes.{name}" for name in ("drums", "tones"))
_RECIPE = Recipe("drums", _MODULES, {"seed": recipe.SEED}, recipe.make)


def load(root: str | Path | None = None, rate: int = RATE) -> Corpus:
    """Load the built-in drums.

    Parameters
    ----------
    root
        A folder that :func:`build` made; by default hits are made when they are asked for, and
        kept in the user's cache.
    rate
        Sampling rate in Hz to resample to; the hits' own is 16000.

    Returns
    -------
    Corpus
        The labels are the kinds of hits, the speaker of a clip is its kit. No kit is in two parts
        of the official split, and every kind is in all three.

    Raises
    ------
    CorpusError
        If ``root`` holds no drums, or others than these.
    """
    kinds = recipe.KINDS
    rows = ((row.key, kinds.index(row.kind), row.kit, row.part) for row in recipe.rows())
    clips = _RECIPE.clips(root, rate, rows)
    return Corpus("drums", rate, kinds, clips, LICENCE, CITATION, HOMEPAGE)


def info() -> CorpusInfo:
    """Say what the corpus is."""
    folder = _RECIPE.folder()
    return CorpusInfo(
        name="drums",
        title="Built-in drums",
        contents="960 hits of 8 kinds on 30 synthesised kits, 16 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=folder if os.path.isdir(folder) else None,
        how_to_get="its clips are made when they are first asked for",
        clips=960,
        hours=0.17,
        rate=RATE,
        speakers=recipe.KITS,
        who="kits",
        purpose="short sounds without words, offline",
    )


def fetch(root: str | Path | None = None) -> Path:
    """Make all hits beforehand, in the cache or in ``root/drums``, and return the folder."""
    return build(root if root is None else home_expanded(root) / "drums")


def build(out: str | Path | None = None) -> Path:
    """Make all hits, as FLAC files with an ``index.json``; by default in the user's cache.

    Raises
    ------
    CorpusError
        If the folder cannot be written.
    """
    return _RECIPE.build(out, [row._asdict() for row in recipe.rows()])
