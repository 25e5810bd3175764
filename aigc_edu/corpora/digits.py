"""The built-in spoken digits: synthetic voices at 16 kHz, shipped with the course.

The folder holds one FLAC file for each part of the split, in which the clips lie one behind the
other, and ``index.json``, which says where. ``aigc_edu/corpora/recipes/digits.py`` made both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aigc_edu.corpora.base import Corpus, CorpusInfo
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.shipped import Part, Shipped
from aigc_edu.paths import datasets_dir

RATE = 8000
LICENCE = "CC0 1.0 as far as the course has rights, see data/digits/README.md"
CITATION = "espeakng2024"
HOMEPAGE = "https://github.com/espeak-ng/espeak-ng"
SHIPPED = Shipped("digits", "built-in digits")
find = SHIPPED.find


def load(root: str | Path | None = None, rate: int = RATE) -> Corpus:
    """Load the built-in digits.

    Parameters
    ----------
    root
        The folder with ``index.json``, or the one above; by default what ships with the course.
    rate
        Sampling rate in Hz to resample to; the files' own is 16000.

    Returns
    -------
    Corpus
        Its speakers are the voices, and its official split keeps voices apart.

    Raises
    ------
    CorpusError
        If the files are missing, or the index is damaged.
    """

    def clip(row: dict[str, Any], index: dict[str, Any], part: Part) -> Clip:
        key = f"{row['label']}_{row['voice']}_{row['style']}"
        cut, marks = part.cutter(row, rate), part.phonemes(row, rate)
        return Clip(key, int(row["label"]), row["voice"], rate, row["part"], cut, marks)

    clips, labels = SHIPPED.read(root, clip)
    return Corpus("digits", rate, labels, clips, LICENCE, CITATION, HOMEPAGE)


def info() -> CorpusInfo:
    """Say what the corpus is and whether it is at hand."""
    return CorpusInfo(
        name="digits",
        title="Built-in spoken digits",
        contents="2,010 clips of the digits by 67 synthetic voices, 8 or 16 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=SHIPPED.at_hand(),
        how_to_get=SHIPPED.how_to_get,
        clips=2010,
        hours=0.2,
        rate=16_000,
        speakers=67,
        who="voices",
        purpose="first models of speech, offline",
    )


def fetch(root: str | Path | None = None) -> Path:
    """Return the folder: there is nothing to fetch, the corpus ships with the course."""
    return find(root)


def build(out: str | Path | None = None, voices: Sequence[str] | None = None) -> Path:
    """Make the corpus again, or some voices; see :func:`aigc_edu.corpora.recipes.digits.build`.

    The default place is beside the fetched data sets: what ships with the course is not replaced.
    """
    from aigc_edu.corpora.recipes import digits as recipe

    voices = recipe.VOICES if voices is None else voices
    return recipe.build(out if out is not None else datasets_dir() / "digits", voices)
