"""Scripts of audiobooks and radio plays: plain text that a person writes and a program reads.

Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from aigc_edu.errors import InvalidValueError
from aigc_edu.speaking.sounds import check_sound
from aigc_edu.speaking.texts import ScriptError, at_line, number_in, text_of
from aigc_edu.speaking.voices import Voice, undeclared, unknown, voice_from

NARRATOR = "narrator"
_TEXTS = ("title", "author", "year")
_NUMBERS = {"loudness": (-40.0, -10.0), "pause": (0.0, 10.0), "chapter pause": (0.2, 20.0)}
_SPEAKS = re.compile(r"(?P<who>[^\W\d_][\w'’-]*(?: [\w'’-]+)?)\s*(?:\((?P<how>[^()]*)\))?:\s*")
_SOUND = re.compile(r"(?P<name>[\w./-]+)(?:\s+(?P<seconds>[\d.]+)\s*s)?(?:,\s*(?P<level>.+))?$")


@dataclass(frozen=True)
class Line:
    """Somebody says something; ``number`` is that of the line in the file."""

    number: int
    who: str
    text: str
    voice: Voice


@dataclass(frozen=True)
class Pause:
    """Nothing, for some seconds."""

    number: int
    seconds: float


@dataclass(frozen=True)
class Sound:
    """A sound: alone, or (``under``) below all that follows, until the next one or the end.

    ``name`` is that of a built-in sound or of a file; "nothing" ends what is under. ``seconds`` is
    None for a file's own length, ``level`` in LU against the voices.
    """

    number: int
    name: str
    seconds: float | None = None
    level: float = 0.0
    under: bool = False


Item = Line | Pause | Sound


@dataclass(frozen=True)
class Chapter:
    """A chapter: its title, and what is heard in it."""

    title: str
    number: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Script:
    """A whole script.

    Attributes
    ----------
    title, author, year
        For the file's tags.
    chapters
        One at least.
    loudness
        Of the whole, in LUFS.
    pause, chapter_pause
        Seconds between two lines, and between two chapters.
    stereo
        Whether voices stand left and right.
    announce
        Whether the narrator reads the titles of chapters.
    folder
        Where the files lie that it names.
    """

    title: str
    author: str
    year: str
    chapters: tuple[Chapter, ...]
    loudness: float = -18.0
    pause: float = 0.45
    chapter_pause: float = 2.0
    stereo: bool = False
    announce: bool = False
    folder: Path = field(default_factory=Path)


def read_script(path: str | os.PathLike) -> Script:
    """Read a script from a text file in UTF-8.

    Raises
    ------
    ScriptError
        If there is no such file, or something in it is wrong: one line that names the place.
    """
    path = Path(path)
    return script_from(text_of(path), str(path), path.parent)


def script_from(text: str, where: str = "script", folder: str | os.PathLike = ".") -> Script:
    """Return the script that a text holds.

    Parameters
    ----------
    text
        As the chapter describes it: a header of ``key: value``, then chapters that begin with
        ``# Title``, lines ``Name (how): words``, paragraphs for the narrator, and ``[pause 2]``,
        ``[sound NAME 3 s]``, ``[under NAME]``. A line that begins with ``//`` is a note.
    where
        What complaints begin with.
    folder
        In which files are looked for.
    """
    reader = _Reader(where, Path(folder))
    for number, line in enumerate(text.splitlines(), start=1):
        reader.number = number
        with at_line(where, number):
            reader.take(line.rstrip())
    return reader.finished()


class _Reader:
    """What has been read of a script so far."""

    def __init__(self, where: str, folder: Path) -> None:
        self.where, self.folder, self.number = where, folder, 0
        self.told: dict[str, object] = {}
        self.voices: dict[str, Voice] = {}
        self.chapters: list[tuple[str, int, list[Item]]] = []
        self.prose: list[str] = []
        self.began = 0

    def take(self, line: str) -> None:
        """Read one line."""
        if line.lstrip().startswith("//"):
            return
        if not line.strip():
            self.end_of_prose()
        elif line.startswith("#"):
            self.chapter(line.lstrip("#").strip())
        elif not self.chapters:
            self.header(line.strip())
        elif line.startswith("["):
            self.end_of_prose()
            self.items.append(self.direction(line.strip()))
        else:
            self.spoken(line.strip())

    @property
    def items(self) -> list[Item]:
        return self.chapters[-1][2]

    def header(self, line: str) -> None:
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            raise InvalidValueError(
                "before the first chapter stand lines such as 'title: ...' and 'voice Ada: ...'; "
                "a chapter begins with '# ' and its title"
            )
        if key == "voice" or key.startswith("voice "):
            self.voice(key.removeprefix("voice").strip(), value)
        else:
            self.setting(key, value)

    def voice(self, who: str, value: str) -> None:
        if not who:
            raise InvalidValueError("a voice has a name: 'voice Ada: pitch 4'")
        if who.lower() in {name.lower() for name in self.voices}:
            raise InvalidValueError(f"there is a voice {who!r} already")
        self.voices[who] = voice_from(value)

    def setting(self, key: str, value: str) -> None:
        known = (*_TEXTS, *_NUMBERS, "stereo", "announce", "voice")
        if key not in known:
            raise InvalidValueError(unknown("entry", key, known))
        if key in _NUMBERS:
            self.told[key.replace(" ", "_")] = number_in(value, key, *_NUMBERS[key])
        elif key in ("stereo", "announce"):
            if value not in ("yes", "no"):
                raise InvalidValueError(f"{key} is yes or no, not {value!r}")
            self.told[key] = value == "yes"
        else:
            self.told[key] = value

    def chapter(self, title: str) -> None:
        self.end_of_prose()
        if not title:
            raise InvalidValueError("a chapter needs a title behind the '#'")
        self.chapters.append((title, self.number, []))

    def direction(self, line: str) -> Item:
        if not line.endswith("]"):
            raise InvalidValueError("a direction ends with ']' on its own line")
        word, _, rest = line[1:-1].strip().partition(" ")
        if word == "pause":
            return Pause(self.number, number_in(rest.removesuffix("s"), "a pause", 0.05, 60.0))
        if word in ("sound", "under"):
            return self.sound(rest.strip(), word == "under")
        raise InvalidValueError(unknown("direction", word, ("pause", "sound", "under")))

    def sound(self, rest: str, under: bool) -> Sound:
        match = _SOUND.fullmatch(rest)
        if match is None:
            raise InvalidValueError("a sound is told so: [sound rain 3 s] or [under rain, -12]")
        level = number_in(match["level"] or "0", "the level", -60.0, 12.0)
        seconds = match["seconds"]
        lasts = None if seconds is None else number_in(seconds, "a sound", 0.05, 3600.0)
        if under and lasts is not None:
            raise InvalidValueError("what is under goes on until the next [under ...]")
        check_sound(match["name"], self.folder, under, lasts)
        return Sound(self.number, match["name"], lasts, level, under)

    def spoken(self, line: str) -> None:
        match = None if line.startswith("\\") else _SPEAKS.match(line)
        if match is None or (self.prose and match["who"] not in self.voices):
            self.began = self.began if self.prose else self.number
            self.prose.append(line.removeprefix("\\"))
            return
        self.end_of_prose()
        who, words = match["who"], line[match.end() :]
        if who not in self.voices:
            told = undeclared(who, self.voices, f"voice {who}: pitch 2")
            raise InvalidValueError(f"{told}. A backslash before the line has it read aloud")
        if not words:
            raise InvalidValueError(f"{who} says nothing: the words stand behind the colon")
        voice = voice_from(match["how"] or "", self.voices[who])
        self.items.append(Line(self.number, who, words, voice))

    def end_of_prose(self) -> None:
        if self.prose:
            voice = self.voices.get(NARRATOR, Voice())
            self.items.append(Line(self.began, NARRATOR, " ".join(self.prose), voice))
        self.prose = []

    def finished(self) -> Script:
        self.end_of_prose()
        if not self.chapters:
            raise ScriptError(f"{self.where}: no chapter in it: one begins with '# ' and its title")
        for title, number, items in self.chapters:
            if not any(isinstance(item, Line) or _sounds(item) for item in items):
                raise ScriptError(f"{self.where}: line {number}: the chapter {title!r} is empty")
        told = {"title": "untitled", "author": "", "year": "", **self.told}
        chapters = tuple(Chapter(t, n, tuple(items)) for t, n, items in self.chapters)
        return Script(chapters=chapters, folder=self.folder, **told)  # type: ignore[arg-type]


def _sounds(item: Item) -> bool:
    return isinstance(item, Sound) and not item.under
