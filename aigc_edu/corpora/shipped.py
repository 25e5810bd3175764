"""What the loaders of the spoken corpora that ship with the course share.

The folder of such a corpus holds one FLAC file for each part of the split, in which the clips lie
one behind the other, and ``index.json``, which says where.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu.audio import read, resample
from aigc_edu.corpora.base import CorpusError
from aigc_edu.corpora.clips import Clip, Phoneme
from aigc_edu.paths import data_dir, home_expanded


@dataclass(frozen=True)
class Shipped:
    """A corpus in ``data/``, before its index is read: its name, and its title for messages."""

    name: str
    title: str

    @property
    def how_to_get(self) -> str:
        """The sentence that ends every complaint about missing files."""
        return (
            "install from a complete checkout, or make it again with 'python -m aigc_edu corpora "
            f"build {self.name} --out FOLDER' and load it with root=FOLDER"
        )

    def find(self, root: str | Path | None = None) -> Path:
        """Return the folder that holds the index, ``root`` or one below, or raise CorpusError."""
        above = home_expanded(root) if root is not None else data_dir()
        for folder in (above / self.name, above):
            if (folder / "index.json").is_file():
                return folder
        raise CorpusError(f"the {self.title} are not in {above}; {self.how_to_get}")

    def at_hand(self) -> Path | None:
        """Return the folder that ships with the course, or None where it is not there."""
        try:
            return self.find()
        except CorpusError:
            return None

    def read(
        self,
        root: str | Path | None,
        clip: Callable[[dict[str, Any], dict[str, Any], Part], Clip],
    ) -> tuple[tuple[Clip, ...], tuple[str, ...]]:
        """Read the index, and return the clips and the labels.

        Parameters
        ----------
        root
            As for :meth:`find`.
        clip
            Makes a clip of its row, the index and the part that holds it.

        Raises
        ------
        CorpusError
            If the files are missing, or the index is damaged.
        """
        folder = self.find(root)
        path = folder / "index.json"
        index = self._json(path)
        try:
            names = sorted({row["part"] for row in index["clips"]})
            parts = {name: self._part(folder / f"{name}.flac", index["rate"]) for name in names}
            clips = tuple(clip(row, index, parts[row["part"]]) for row in index["clips"])
            return clips, tuple(index["labels"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise CorpusError(f"{path} is damaged ({reason}); {self.how_to_get}") from error

    def _json(self, path: Path) -> dict[str, Any]:
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CorpusError(f"{path} cannot be read ({error}); {self.how_to_get}") from error

    def _part(self, path: Path, rate: int) -> Part:
        if not path.is_file():
            raise CorpusError(f"{path} is missing; {self.how_to_get}")
        return Part(path, rate)


@dataclass(frozen=True, eq=False)
class Part:
    """One FLAC file, and its rate in Hz; it is decoded when the first of its clips is wanted."""

    path: Path
    rate: int

    @cached_property
    def samples(self) -> np.ndarray:
        """All of it, float32, shape (N,)."""
        x, rate = read(self.path)
        if rate != self.rate:
            raise CorpusError(f"{self.path}: {rate} Hz, but the index says {self.rate} Hz")
        return x

    def cutter(self, row: dict[str, Any], rate: int) -> Callable[[], np.ndarray]:
        """Return a function that cuts the row's clip out, at a rate in Hz."""
        return partial(self._cut, int(row["start"]), int(row["length"]), rate)

    def phonemes(self, row: dict[str, Any], rate: int) -> tuple[Phoneme, ...]:
        """Return the row's phonemes, with their positions at a rate in Hz."""
        return phonemes_at(row["phonemes"], self.rate, rate)

    def _cut(self, start: int, length: int, rate: int) -> np.ndarray:
        x = self.samples[start : start + length]
        if len(x) != length:
            raise CorpusError(f"{self.path} is shorter than the index says; restore both files")
        if rate == self.rate:
            return x
        # Each clip by itself, so that it does not depend on its neighbours in the file.
        return np.clip(resample(x, self.rate, rate), -1, 1)


def phonemes_at(rows: Sequence[Sequence[Any]], own: int, rate: int) -> tuple[Phoneme, ...]:
    """Return an index's [symbol, start, stop], given at one rate in Hz, at another.

    Half a sample counts as one, as in soxr's output: what ends with the clip still does.
    """
    ends = [[int(p * rate / own + 0.5) for p in (start, stop)] for _, start, stop in rows]
    symbols = (symbol for symbol, _, _ in rows)
    return tuple(Phoneme(s, a, b) for s, (a, b) in zip(symbols, ends, strict=True))
