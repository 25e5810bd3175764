"""What every corpus offers: clips with a label and a speaker, and splits that do not leak.

Chapter: chapters/01-sound-as-numbers/10-data-sets.ipynb
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, overload

from aigc_edu.corpora.clips import Clip
from aigc_edu.errors import CourseError, InvalidValueError

LARGE = "sentences-large"  # hours of the voice of the built-in sentences, made and not shipped
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class CorpusError(CourseError):
    """A corpus is missing, incomplete or damaged; the text says where and what to do."""


@dataclass(frozen=True)
class CorpusInfo:
    """What a corpus is, whether it is at hand, and whom to thank.

    Attributes
    ----------
    name, title, contents
        The name that :func:`aigc_edu.corpora.load` takes; in full; what it holds, in a line.
    licence, citation, homepage
        The licence's name, the key in the book's bibliography, the address.
    folder
        Where it lies on this machine, or None where it has yet to be fetched.
    how_to_get
        What to do where ``folder`` is None.
    clips, hours
        How many clips the whole corpus has, and how long they are together. 0 where nobody counted.
    rate
        Sampling rate of its files in Hz.
    speakers, who
        How many different speakers it has, and what they are: ``"speakers"``, ``"voices"``,
        ``"instruments"``, ``"sources"`` ... 0 where nobody counted.
    purpose
        What it is good for, in a few words.
    download, unpacked
        Bytes to fetch, and bytes on the disk afterwards; 0 for what needs no fetching.
    """

    name: str
    title: str
    contents: str
    licence: str
    citation: str
    homepage: str
    folder: Path | None
    how_to_get: str = ""
    clips: int = 0
    hours: float = 0.0
    rate: int = 0
    speakers: int = 0
    who: str = "speakers"
    purpose: str = ""
    download: int = 0
    unpacked: int = 0

    def __str__(self) -> str:
        size = f" ({readable_size(self.download)} to fetch)" if self.download else ""
        place = f"in {self.folder}" if self.folder else f"not here{size}; {self.how_to_get}"
        return f"{self.name}: {self.title}, {self.contents}; {self.licence}; {place}"


def readable_size(size: int) -> str:
    """Return a number of bytes in words: ``"2.7 GB"``, ``"16 MB"``."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            value = size / factor
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:,.0f} {unit}"
    return f"{size} bytes"


class Split(NamedTuple):
    """Three corpora without a clip in common."""

    train: Corpus
    validation: Corpus
    test: Corpus


@dataclass(frozen=True, eq=False)
class Corpus(Sequence[Clip]):
    """A sequence of clips, and what they are.

    Attributes
    ----------
    name, rate, labels
        The corpus's short name, its sampling rate in Hz, the words that the labels stand for (none
        where the clips have no labels).
    clips
        In an order that is always the same.
    licence, citation, homepage
        Whom to thank, and what may be done with it.
    """

    name: str
    rate: int
    labels: tuple[str, ...]
    clips: tuple[Clip, ...]
    licence: str = ""
    citation: str = ""
    homepage: str = ""

    def __len__(self) -> int:
        return len(self.clips)

    @overload
    def __getitem__(self, index: int) -> Clip: ...
    @overload
    def __getitem__(self, index: slice) -> Corpus: ...
    def __getitem__(self, index: int | slice) -> Clip | Corpus:
        """Return one clip, or for a slice a corpus of several."""
        if isinstance(index, slice):
            return self._with(self.clips[index])
        return self.clips[index]

    def __add__(self, other: Corpus) -> Corpus:
        """Return both corpora's clips, this one's first; they must have one rate and labels."""
        if (self.rate, self.labels) != (other.rate, other.labels):
            raise InvalidValueError("only corpora with the same rate and labels can be joined")
        return self._with((*self.clips, *other.clips))

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self)} clips by {len(self.speakers)} speakers, {self.rate} Hz>"

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """The speakers of these clips, sorted."""
        return tuple(sorted({clip.speaker for clip in self.clips}))

    def select(
        self,
        label: int | None = None,
        speaker: str | None = None,
        split: str | None = None,
        family: str | None = None,
        pitch: float | None = None,
    ) -> Corpus:
        """Return the clips with this label, by this speaker, of this official part.

        ``family`` and ``pitch`` choose among notes: the kind of instrument, the MIDI number.

        Raises
        ------
        InvalidValueError
            If there is no such label, speaker, part, family or pitch.
        """
        if label is not None and not self.labels:
            raise InvalidValueError(f"the clips of {self.name} have no labels")
        if label is not None and not 0 <= label < len(self.labels):
            raise InvalidValueError(f"label must be 0 ... {len(self.labels) - 1}, got {label}")
        if speaker is not None and speaker not in self.speakers:
            raise InvalidValueError(
                f"there is no speaker {speaker!r} here, only {_some(self.speakers)}"
            )
        if split not in (None, *Split._fields):
            raise InvalidValueError(f"split must be one of {', '.join(Split._fields)}")
        _check_notes(self, family, pitch)
        wanted = _given(label=label, speaker=speaker, split=split)
        played = _given(family=family, pitch=pitch)
        return self._with(c for c in self.clips if _has(c, wanted) and _has(c.note, played))

    def split(self, by: str = "official") -> Split:
        """Divide the corpus into training, validation and test.

        Parameters
        ----------
        by
            ``"official"``: as the corpus's makers did it; see the corpus's loader.
            ``"speaker"``: no speaker is in two parts. That is the official split where it keeps
            speakers apart already; otherwise about a tenth of the speakers, at least one, is
            held out for validation and as many for the test, always the same ones.
            ``"clip"``: about a twentieth of the clips is held out for each, whoever speaks.

        Raises
        ------
        InvalidValueError
            If there is no such way to split, or fewer than three speakers to split by.
        """
        official = Split(*(self.select(split=part) for part in Split._fields))
        if by == "official" or (by == "speaker" and _keeps_speakers_apart(official)):
            return official
        if by == "speaker":
            return self._split_by(parts_of_speakers(self.speakers), lambda clip: clip.speaker)
        if by == "clip":
            parts = {clip.key: part_of_key(clip.key) for clip in self.clips}
            return self._split_by(parts, lambda clip: clip.key)
        raise InvalidValueError(f"split by 'official', 'speaker' or 'clip', not by {by!r}")

    def _split_by(self, parts: dict[str, str], of: Callable[[Clip], str]) -> Split:
        return Split(
            *(self._with(c for c in self.clips if parts[of(c)] == part) for part in Split._fields)
        )

    def _with(self, clips: Iterable[Clip]) -> Corpus:
        return Corpus(
            self.name,
            self.rate,
            self.labels,
            tuple(clips),
            self.licence,
            self.citation,
            self.homepage,
        )


def _has(thing: object, wanted: dict[str, object]) -> bool:
    return all(getattr(thing, k) == v for k, v in wanted.items())


def _given(**wanted: object) -> dict[str, object]:
    return {k: v for k, v in wanted.items() if v is not None}


def _some(values: Sequence[object]) -> str:
    return ", ".join(map(str, values[:20])) + (", ..." if len(values) > 20 else "")


def _check_notes(corpus: Corpus, family: str | None, pitch: float | None) -> None:
    for name, value in _given(family=family, pitch=pitch).items():
        if not all(clip.note for clip in corpus.clips):
            raise InvalidValueError(f"the clips of {corpus.name} are no notes: they have no {name}")
        if value not in (there := sorted({getattr(clip.note, name) for clip in corpus.clips})):
            raise InvalidValueError(f"there is no {name} {value!r} here, only {_some(there)}")


def _keeps_speakers_apart(split: Split) -> bool:
    if not all(len(part) for part in split):
        return False
    return sum(len(part.speakers) for part in split) == len({s for p in split for s in p.speakers})


def parts_of_speakers(speakers: Sequence[str]) -> dict[str, str]:
    """Return the part that each speaker's clips belong to where the makers named none.

    About a tenth of the speakers, at least one, is held out for the test and as many for
    validation: those whose names have the smallest CRC-32.

    Raises
    ------
    InvalidValueError
        If there are fewer than three.
    """
    if len(speakers) < 3:
        raise InvalidValueError(f"a split by speaker takes three speakers, here {len(speakers)}")
    held = max(1, round(len(speakers) / 10))
    order = sorted(speakers, key=lambda name: (zlib.crc32(name.encode()), name))
    names = ["test"] * held + ["validation"] * held
    names += ["train"] * (len(order) - len(names))
    return dict(zip(order, names, strict=True))


def part_of_key(key: str) -> str:
    """Return the part of a clip by its key alone: a twentieth each for test and validation."""
    twentieth = zlib.crc32(key.encode()) % 20  # the same on every machine, unlike hash()
    return {0: "test", 1: "validation"}.get(twentieth, "train")
