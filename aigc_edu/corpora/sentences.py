"""The built-in sentences: one natural voice, with every phoneme's place, shipped with the course.

255 short sentences at 16 kHz, spoken by a neural synthesiser. The folder holds one FLAC file for
each part of the split and ``index.json``; ``aigc_edu/corpora/recipes/sentences.py`` made them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aigc_edu.corpora.base import Corpus, CorpusInfo
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.shipped import Part, Shipped
from aigc_edu.paths import datasets_dir

RATE = 16_000
LICENCE = "CC0 1.0 as far as the course has rights, see data/sentences/README.md"
CITATION = "hibari2026"
HOMEPAGE = "https://github.com/MMWilliams/hibari"
SHIPPED = Shipped("sentences", "built-in sentences")
find = SHIPPED.find


def load(root: str | Path | None = None, rate: int = RATE) -> Corpus:
    """Load the built-in sentences.

    Parameters
    ----------
    root
        The folder with ``index.json``, or the one above; by default what ships with the course.
    rate
        Sampling rate in Hz to resample to; the files' own is 16000.

    Returns
    -------
    Corpus
        Its clips have no labels, but a text, with numbers as words, and phonemes: these follow one
        another without a gap from the first sample to the last, with "" for pauses. There is one
        speaker; the official split is by sentence.

    Raises
    ------
    CorpusError
        If the files are missing, or the index is damaged.
    """

    def clip(row: dict[str, Any], index: dict[str, Any], part: Part) -> Clip:
        cut, marks, text = part.cutter(row, rate), part.phonemes(row, rate), str(row["text"])
        return Clip(row["key"], None, index["voice"], rate, row["part"], cut, marks, text)

    clips, labels = SHIPPED.read(root, clip)
    return Corpus("sentences", rate, labels, clips, LICENCE, CITATION, HOMEPAGE)


def info() -> CorpusInfo:
    """Say what the corpus is and whether it is at hand."""
    return CorpusInfo(
        name="sentences",
        title="Built-in sentences",
        contents="255 sentences by one neural voice, with phonemes, 16 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=SHIPPED.at_hand(),
        how_to_get=SHIPPED.how_to_get,
        clips=255,
        hours=0.17,
        rate=RATE,
        speakers=1,
        who="voices",
        purpose="text to speech that sounds natural, true durations, offline",
    )


def fetch(root: str | Path | None = None) -> Path:
    """Return the folder: there is nothing to fetch, the corpus ships with the course."""
    return find(root)


def build(out: str | Path | None = None, sets: Sequence[str] | None = None) -> Path:
    """Make the corpus again, or sets of it; see :func:`aigc_edu.corpora.recipes.sentences.build`.

    The default place is beside the fetched data sets: what ships with the course is not replaced.
    """
    from aigc_edu.corpora.recipes import sentences as recipe

    return recipe.build(out if out is not None else datasets_dir() / "sentences", sets)
