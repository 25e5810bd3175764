"""An index of sounds: a row for each, and which are nearest to a row.

Chapter: chapters/06-product/13-recommending.ipynb
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from aigc_edu.audio import AudioFileError, read
from aigc_edu.errors import CourseError, InvalidValueError
from aigc_edu.evaluation.retrieval import nearest, unit_rows
from aigc_edu.recommending.embeddings import Embedding

ENDINGS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif")
FEWEST = 8  # sounds from which deviations are measured; of fewer, rows stay as they are


@dataclass(frozen=True, eq=False)
class Index:
    """Rows of sounds, each number in units of its standard deviation over all of them.

    Without that, the numbers that happen to be large would decide alone.

    Attributes
    ----------
    names
        What the sounds are called.
    rows
        Their embeddings, (n, D).
    """

    names: tuple[str, ...]
    rows: np.ndarray

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or len(self.rows) != len(self.names) or not len(self.names):
            raise InvalidValueError(f"expected a row for each of {len(self.names)} sounds")

    def __len__(self) -> int:
        """Return the number of sounds."""
        return len(self.names)

    @cached_property
    def _scale(self) -> tuple[np.ndarray, np.ndarray]:
        if len(self) < FEWEST:
            return np.zeros(self.rows.shape[1]), np.ones(self.rows.shape[1])
        deviation = self.rows.std(axis=0)
        return self.rows.mean(axis=0), np.where(deviation > 1e-9, deviation, 1.0)

    def scaled(self, rows: np.ndarray) -> np.ndarray:
        """Return rows (m, D) of other sounds as the index compares them: of length 1."""
        mean, deviation = self._scale
        return unit_rows((np.atleast_2d(rows) - mean) / deviation)

    @cached_property
    def directions(self) -> np.ndarray:
        """The index's own rows as it compares them, (n, D)."""
        return self.scaled(self.rows)

    def nearest(self, row: np.ndarray, k: int, but: Sequence[int] = ()) -> list[int]:
        """Return the numbers of the k sounds most alike to a row (D,), the best first.

        Parameters
        ----------
        row
            The embedding of a sound, unscaled.
        k
            1 or more.
        but
            Numbers of sounds that must not be found.
        """
        mask = np.isin(np.arange(len(self)), list(but))[None]
        return nearest(self.scaled(row), self.directions, k, mask)[0].tolist()


def sounds_in(folder: str | os.PathLike) -> list[Path]:
    """Return the sound files of a folder and of those in it, sorted.

    Raises
    ------
    AudioFileError
        If there is no such folder, or none of its files is a sound by its ending.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise AudioFileError(f"{folder}: there is no such folder")
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
    if not found:
        raise AudioFileError(f"{folder}: there are no sound files ({', '.join(ENDINGS)})")
    return found


def index_of_folder(
    folder: str | os.PathLike,
    embedding: Embedding,
    complain: Callable[[str], None] = lambda text: None,
) -> Index:
    """Make an index of a folder of sound files, named by their paths in it.

    Parameters
    ----------
    folder
        Where the sounds lie.
    embedding
        What makes rows of them.
    complain
        Is told of each file that had to be left out, in a line.

    Raises
    ------
    AudioFileError
        If no file is left.
    """
    root = Path(folder).expanduser()
    rows = list(_rows(root, embedding, complain))
    if not rows:
        raise AudioFileError(f"{folder}: none of its sound files could be used")
    return Index(tuple(name for name, _ in rows), np.stack([row for _, row in rows]))


def _rows(
    root: Path, embedding: Embedding, complain: Callable[[str], None]
) -> Iterator[tuple[str, np.ndarray]]:
    for path in sounds_in(root):
        try:
            yield path.relative_to(root).as_posix(), embedding.row(*read(path))
        except CourseError as error:
            complain(f"left out: {path}: {' '.join(str(error).split()).removeprefix(f'{path}: ')}")
