"""From a script to one file that is kept: chapter marks, tags, a loudness.

Chapter: chapters/06-product/08-audiobook-and-radio-play.ipynb

Chapters are rendered one after the other into a file on disk, so that a book of many hours takes no
more memory than its longest chapter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aigc_edu.audio.formats import FORMATS, Coding
from aigc_edu.audio.placing import hidden
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving.blocks_out import writing
from aigc_edu.saving.by_av import import_av
from aigc_edu.saving.converting import Conversion, convert
from aigc_edu.saving.marks import MARKED, Mark
from aigc_edu.saving.tags import Tags
from aigc_edu.speaking.lines import Speaker
from aigc_edu.speaking.rendering import render_chapter
from aigc_edu.speaking.script import Script

END = 1.0  # seconds of nothing behind the last chapter


@dataclass(frozen=True)
class Published:
    """A file that has been made: where, how long, its marks, and what its owner should know."""

    path: Path
    seconds: float
    marks: tuple[Mark, ...]
    note: str = ""


def marks_between(lengths: Sequence[int], pause: int, rate: int) -> tuple[list[int], list[Mark]]:
    """Return where chapters begin, in samples, and marks without titles.

    A mark stands in the middle of the pause before its chapter: a player that is a little early
    or late cuts no word. The first stands at 0.

    Parameters
    ----------
    lengths
        Samples of each chapter.
    pause
        Samples between two.
    rate
        Sampling rate in Hz.
    """
    starts, now = [], 0
    for length in lengths:
        starts.append(now)
        now += length + pause
    return starts, [Mark((start - pause / 2) / rate if start else 0.0, "") for start in starts]


def publish(
    script: Script,
    speaker: Speaker,
    path: str | os.PathLike,
    tags: Tags | None = None,
    coding: Coding | None = None,
    replace: bool = False,
    tell: Callable[[str], None] = lambda text: None,
) -> Published:
    """Make a script's file: spoken, mixed, brought to the script's loudness, marked.

    Parameters
    ----------
    script
        From :func:`aigc_edu.speaking.read_script`.
    speaker
        Who speaks.
    path
        Its ending says the format; ``.m4b``, ``.mp3`` and ``.opus`` have chapter marks.
    tags
        What the file says of itself besides title, author and year.
    coding
        How finely, see :class:`aigc_edu.audio.formats.Coding`.
    replace
        Whether it may take the place of another file.
    tell
        Is told of each chapter that is done.

    Raises
    ------
    ScriptError, AudioFileError, InvalidValueError, MissingPackageError
        One line that says what is wrong; no file is left behind.
    """
    path = Path(path)
    how = Conversion(
        loudness=script.loudness,
        over="reduce",
        coding=coding or Coding(),
        tags=(tags or Tags()).over(Tags(script.title, script.author, date=script.year)),
    )
    _check(path, how, replace)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = hidden(path.with_suffix(".wav"))
    try:
        marks = _write(script, speaker, whole, tell)
        kept = marks if path.suffix.lower() in MARKED else None
        done = convert(whole, path, how, replace, marks=kept)
    finally:
        whole.unlink(missing_ok=True)
    return Published(path, done.seconds, tuple(marks), done.note)


def _check(path: Path, how: Conversion, replace: bool) -> None:
    """Raise before the work, not after it."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise InvalidValueError(f"{path}: give it one of the endings {', '.join(FORMATS)}")
    how.check(FORMATS[ending])
    if ending == ".opus":
        import_av()  # for its marks
    if path.exists() and not replace:
        raise InvalidValueError(f"{path}: there is such a file already; give --replace")


def _write(
    script: Script, speaker: Speaker, whole: Path, tell: Callable[[str], None]
) -> list[Mark]:
    """Render all chapters into one file of floating-point samples; return the marks."""
    channels, lengths = 2 if script.stereo else 1, []
    pause = 2 * round(script.chapter_pause * speaker.rate / 2)  # even: it has a middle
    rest = np.zeros((channels, pause))
    with writing(whole, speaker.rate, channels, Coding(bits=32)) as file:
        for number, chapter in enumerate(script.chapters):
            if number:
                file.write(rest)
            x = render_chapter(script, number, speaker).samples
            file.write(x)
            lengths.append(x.shape[1])
            tell(f"{chapter.title}: {x.shape[1] / speaker.rate:.1f} s")
        file.write(np.zeros((channels, round(END * speaker.rate))))
    marks = marks_between(lengths, pause, speaker.rate)[1]
    titles = [chapter.title for chapter in script.chapters]
    return [Mark(mark.seconds, title) for mark, title in zip(marks, titles, strict=True)]
