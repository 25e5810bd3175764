"""What a sound file says of itself: title, artist, and that a network made it.

Chapter: chapters/06-product/08-formats.ipynb

A tag is a label, not a proof: who copies the samples leaves it behind.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import soundfile as sf

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.errors import InvalidValueError

MADE_BY = "Made by a network: "  # begins the comment of what is no recording

_STORED_AS = {"track": "tracknumber"}  # libsndfile's names, where they differ


@dataclass(frozen=True)
class Tags:
    """What a file says of its sound; empty fields are not written.

    Attributes
    ----------
    title, artist, album, genre, copyright, comment
        As people read them.
    date
        A year, ``"2026"``, or a day, ``"2026-11-30"``. MP3 keeps the year alone.
    track
        The number of a piece among others, ``"3"``.
    network
        What made the sound, if no person did: the name of the network, and whatever is needed to
        make it again, as checkpoint and seed. It begins the comment, which most programs show.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    date: str = ""
    genre: str = ""
    track: str = ""
    copyright: str = ""
    comment: str = ""
    network: str = ""

    def __post_init__(self) -> None:
        for name, text in _texts(self).items():
            if not isinstance(text, str) or "\0" in text:
                raise InvalidValueError(f"the tag {name} is a text without null, not {text!r}")
        if "\n" in self.network:
            raise InvalidValueError("the tag network is one line")

    def stored(self) -> dict[str, str]:
        """Return what is written, by libsndfile's names: the network's note within the comment."""
        texts = {name: text for name, text in _texts(self).items() if text and name != "network"}
        if self.network:
            note = f"{MADE_BY}{self.network}"
            texts["comment"] = f"{note}\n{self.comment}" if self.comment else note
        return {_STORED_AS.get(name, name): text for name, text in texts.items()}

    def over(self, others: Tags) -> Tags:
        """Return these tags, and for those that are empty the others'."""
        mine = {name: text for name, text in _texts(self).items() if text}
        return replace(others, **mine)

    def __bool__(self) -> bool:
        return any(_texts(self).values())


def _texts(tags: Tags) -> dict[str, str]:
    return {field.name: getattr(tags, field.name) for field in fields(tags)}


def tags_of(stored: Mapping[str, str]) -> Tags:
    """Return the tags that a file holds, from libsndfile's names; the others are left out."""
    names = {_STORED_AS.get(field.name, field.name): field.name for field in fields(Tags)}
    texts = {names[name]: _clean(text) for name, text in stored.items() if name in names}
    comment = texts.get("comment", "")
    if comment.startswith(MADE_BY):
        note, _, rest = comment.partition("\n")
        texts |= {"network": note.removeprefix(MADE_BY), "comment": rest}
    return Tags(**texts)


def tags_by_name(given: Mapping[str, str]) -> Tags:
    """Return tags from names and texts, as a command line gives them.

    Raises
    ------
    InvalidValueError
        If there is no tag of a name.
    """
    known = [field.name for field in fields(Tags)]
    for name in given:
        if name not in known:
            raise InvalidValueError(f"there is no tag {name!r}; there are {', '.join(known)}")
    return Tags(**given)


def read_tags(path: str | os.PathLike) -> Tags:
    """Return what a sound file says of itself.

    Raises
    ------
    AudioFileError
        If it can't be read.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioFileError(f"{path}: there is no such file")
    try:
        with sf.SoundFile(os.fsencode(path)) as file:
            return tags_of(file.copy_metadata())
    except (sf.LibsndfileError, OSError, ValueError) as error:
        raise AudioFileError(f"{path}: its tags can't be read ({error})") from error


def _clean(text: str) -> str:
    """Return a text as a tag can hold it; files from elsewhere may hold anything."""
    return text.split("\0")[0].replace("\r\n", "\n").strip()
