"""What the loaders of recorded data sets share: finding, listing, reading and fetching them.

The index of a data set is held against one listing of its folder of recordings. No file is opened
or asked for its size before its samples are wanted, apart from the first one's header for the rate.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from aigc_edu.audio import read
from aigc_edu.corpora.base import Corpus, CorpusError, CorpusInfo
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.fetching import Archive, fetch_archive
from aigc_edu.paths import datasets_dir, home_expanded


@dataclass(frozen=True)
class DataSet:
    """What is known of a recorded data set before a file of it is opened.

    Attributes
    ----------
    name, title, contents, licence, citation, homepage, clips, hours, rate, speakers, who, purpose
        As in :class:`CorpusInfo`.
    archives
        The makers' archives, by the name of the folder that each becomes.
    folders
        Names under which it may lie: the course's own, those of its archives and of well-known
        loaders.
    marks
        Files or folders in it; one of them is enough to take a folder for it.
    miniatures
        Names of small selections in its layout, which are loaded where nothing else is there.
    """

    name: str
    title: str
    contents: str
    licence: str
    citation: str
    homepage: str
    archives: dict[str, Archive]
    folders: tuple[str, ...]
    marks: tuple[str, ...]
    clips: int
    hours: float
    rate: int
    speakers: int
    purpose: str
    who: str = "speakers"
    miniatures: tuple[str, ...] = ()

    @property
    def how_to_get(self) -> str:
        """The sentence that ends every complaint about missing files."""
        return (
            f"run 'python -m aigc_edu corpora fetch {self.name}', or set AIGC_EDU_DATA to the "
            f"folder that holds {self.folders[0]}/{self.marks[0]}"
        )

    def find(self, root: str | Path | None = None) -> Path:
        """Return the data set's folder: ``root``, or one of its known names under it.

        Raises
        ------
        CorpusError
            If it is in neither; the text says how to get it.
        """
        above = self.above(root)
        found = self._under(above, (*self.folders, *self.miniatures, "."))
        if found is None:
            raise CorpusError(f"the {self.title} is not in {above}; {self.how_to_get}")
        return found

    def above(self, root: str | Path | None) -> Path:
        """Return the folder to look in, by default where data sets lie."""
        return home_expanded(root) if root is not None else datasets_dir()

    def _under(self, above: Path, names: Iterable[str]) -> Path | None:
        folders = (above / name for name in names)
        return next((f for f in folders if any((f / m).exists() for m in self.marks)), None)

    def info(self) -> CorpusInfo:
        """Say what the data set is and whether it is at hand."""
        try:
            folder = self.find()
        except CorpusError:
            folder = None
        names = "name title contents licence citation homepage how_to_get".split()
        names += "clips hours rate speakers who purpose".split()
        return CorpusInfo(
            **{name: getattr(self, name) for name in names},
            folder=folder,
            download=sum(a.size for a in self.archives.values()),
            unpacked=sum(a.unpacked for a in self.archives.values()),
        )

    def fetch(self, root: str | Path | None = None) -> Path:
        """Fetch the official archive, unless the data set is there, and return its folder.

        Parameters
        ----------
        root
            The folder in which to make the data set's; ``$AIGC_EDU_DATA`` by default.

        Raises
        ------
        CorpusError
            If the archive cannot be had, is not the expected one, or cannot be unpacked, or if
            another folder is in its place.
        """
        above = self.above(root)
        there = self._under(above, (*self.folders, "."))  # a miniature does not count
        if there is not None:
            return there
        ((name, archive),) = self.archives.items()
        return fetch_into(above / name, archive, self.marks[0])

    def corpus(self, rate: int, labels: tuple[str, ...], clips: Sequence[Clip]) -> Corpus:
        """Return clips as this data set's corpus, with its licence and its makers."""
        return Corpus(
            self.name, rate, labels, tuple(clips), self.licence, self.citation, self.homepage
        )

    def damaged(self, path: Path, reason: str) -> CorpusError:
        """Return an error about one file, with what to do."""
        return CorpusError(
            f"{path}: {reason}; restore it from the data set's archive, or remove the whole "
            f"folder and {self.how_to_get}"
        )

    def text(self, path: Path) -> str:
        """Return the text of an index or list, or raise an error that names it."""
        try:
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError as error:
            raise self.damaged(path, "is missing") from error
        except (OSError, UnicodeDecodeError) as error:
            raise self.damaged(path, f"cannot be read ({error})") from error

    def recordings(self, folder: Path, suffixes: tuple[str, ...] = (".wav",)) -> set[str]:
        """Return the names of the sound files in a folder, without hidden ones."""
        return {entry.name for entry in self._entries(folder) if entry.name.endswith(suffixes)}

    def folders_in(self, folder: Path) -> list[str]:
        """Return the names of the folders in a folder, sorted, without hidden ones."""
        return sorted(entry.name for entry in self._entries(folder) if entry.is_dir())

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            raise self.damaged(folder, f"cannot be listed ({error.strerror})") from error

    def compare(
        self,
        index: Path,
        folder: Path,
        wanted: Collection[str],
        indexed: Collection[str],
        suffixes: tuple[str, ...] = (".wav",),
    ) -> None:
        """Hold the files of a folder against an index.

        Parameters
        ----------
        index, folder
            For the messages; the folder is listed once.
        wanted
            File names that must be there.
        indexed
            File names that may be there.
        suffixes
            What the names of recordings end with.

        Raises
        ------
        CorpusError
            If a wanted file is missing, or one is there that the index does not know.
        """
        if not wanted:
            raise self.damaged(index, "names no recordings")
        there = self.recordings(folder, suffixes)
        missing, unknown = sorted(set(wanted) - there), sorted(there - set(indexed))
        if missing:
            more = f" (and {len(missing) - 1:,} more)" if len(missing) > 1 else ""
            raise self.damaged(folder / missing[0], f"is missing{more}, but {index} names it")
        if unknown:
            more = f", like {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
            raise CorpusError(
                f"{folder / unknown[0]}: {index} does not know this file{more}; remove it, or "
                "restore the index"
            )

    def own_rate(self, path: Path) -> int:
        """Return the sampling rate that the header of a sound file states, in Hz."""
        try:
            return int(sf.info(path).samplerate)
        except (sf.LibsndfileError, RuntimeError, OSError) as error:
            raise self.damaged(path, f"not a readable sound file ({error})") from error


def fetch_into(target: Path, archive: Archive, mark: str) -> Path:
    """Fetch an archive as the folder ``target``, unless another folder is in its place."""
    if target.exists():
        raise CorpusError(f"{target} exists but holds no {mark}; move it away and try again")
    return fetch_archive(archive, target)


def samples(folder: Path, name: str, rate: int) -> np.ndarray:
    """Return a recording at a rate, float32, shape (N,), within [-1, 1].

    Folder and name come apart because putting 300,000 paths together takes seconds.
    """
    x, _ = read(folder / name, rate)
    return np.clip(x, -1, 1)  # changes a sample only where the resampler's filter overshoots
