"""The built-in spoken digits: synthetic voices at 16 kHz, shipped with the course.

The folder holds one FLAC file for each part of the split, in which the clips lie one behind the
other, and ``index.json``, which says where. ``aigc_edu/corpora/recipes/digits.py`` made both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu.audio import read, resample
from aigc_edu.corpora.base import Corpus, CorpusError, CorpusInfo
from aigc_edu.corpora.clips import Clip, Phoneme
from aigc_edu.paths import data_dir, datasets_dir

RATE = 8000
LICENCE = "CC0 1.0 as far as the course has rights, see data/digits/README.md"
CITATION = "espeakng2024"
HOMEPAGE = "https://github.com/espeak-ng/espeak-ng"
HOW_TO_GET = (
    "install from a complete checkout, or make it again with "
    "'python -m aigc_edu corpora build digits --out FOLDER' and load it with root=FOLDER"
)


@dataclass(frozen=True, eq=False)
class _Part:
    """One FLAC file; it is decoded once, when the first of its clips is wanted."""

    path: Path
    rate: int

    @cached_property
    def samples(self) -> np.ndarray:
        x, rate = read(self.path)
        if rate != self.rate:
            raise CorpusError(f"{self.path}: {rate} Hz, but the index says {self.rate} Hz")
        return x

    def cut(self, start: int, length: int, rate: int) -> np.ndarray:
        x = self.samples[start : start + length]
        if len(x) != length:
            raise CorpusError(f"{self.path} is shorter than the index says; restore both files")
        if rate == self.rate:
            return x
        # Each clip by itself, so that it does not depend on its neighbours in the file.
        return np.clip(resample(x, self.rate, rate), -1, 1)


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
    folder = find(root)
    index = _read_index(folder / "index.json")
    try:
        parts = {name: _part(folder / f"{name}.flac", index["rate"]) for name in _names(index)}
        clips = tuple(_clip(row, parts[row["part"]], rate) for row in index["clips"])
        labels = tuple(index["labels"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise CorpusError(f"{folder / 'index.json'} is damaged ({reason}); {HOW_TO_GET}") from error
    return Corpus("digits", rate, labels, clips, LICENCE, CITATION, HOMEPAGE)


def find(root: str | Path | None = None) -> Path:
    """Return the folder that holds the index, or raise CorpusError."""
    above = Path(root).expanduser() if root is not None else data_dir()
    for folder in (above, above / "digits"):
        if (folder / "index.json").is_file():
            return folder
    raise CorpusError(f"the built-in digits are not in {above}; {HOW_TO_GET}")


def info() -> CorpusInfo:
    """Say what the corpus is and whether it is at hand."""
    try:
        folder = find()
    except CorpusError:
        folder = None
    return CorpusInfo(
        name="digits",
        title="Built-in spoken digits",
        contents="2,010 clips of the digits by 67 synthetic voices, 8 or 16 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=folder,
        how_to_get=HOW_TO_GET,
    )


def fetch(root: str | Path | None = None) -> Path:
    """Return the folder: there is nothing to fetch, the corpus ships with the course."""
    return find(root)


def build(out: str | Path | None = None, **options: Any) -> Path:
    """Make the corpus again; see :func:`aigc_edu.corpora.recipes.digits.build`.

    The default place is beside the fetched data sets: what ships with the course is not replaced.
    """
    from aigc_edu.corpora.recipes import digits as recipe

    return recipe.build(out if out is not None else datasets_dir() / "digits", **options)


def _read_index(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read ({error}); {HOW_TO_GET}") from error


def _part(path: Path, rate: int) -> _Part:
    if not path.is_file():
        raise CorpusError(f"{path} is missing; {HOW_TO_GET}")
    return _Part(path, rate)


def _names(index: dict[str, Any]) -> list[str]:
    return sorted({row["part"] for row in index["clips"]})


def _clip(row: dict[str, Any], part: _Part, rate: int) -> Clip:
    start, length, scale = int(row["start"]), int(row["length"]), rate / part.rate
    key = f"{row['label']}_{row['voice']}_{row['style']}"
    cut = partial(part.cut, start, length, rate)
    marks = (Phoneme(s, round(a * scale), round(b * scale)) for s, a, b in row["phonemes"])
    return Clip(key, int(row["label"]), row["voice"], rate, row["part"], cut, tuple(marks))
