"""From a script to one file that is kept: chapter marks, tags, a loudness.

Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb

Chapters are rendered one after the other into a file on disk, and read from there, so that a book
of many hours takes no more memory than its longest chapter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from aigc_edu.audio.dynamics import limit
from aigc_edu.audio.formats import FORMATS, Coding
from aigc_edu.audio.placing import hidden, keep_others
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving.blocks_out import writing
from aigc_edu.saving.by_av import import_av
from aigc_edu.saving.converting import Conversion, convert
from aigc_edu.saving.marks import MARKED, Mark
from aigc_edu.saving.meters import LoudnessMeter
from aigc_edu.saving.tags import Tags
from aigc_edu.speaking.lines import SPOKEN, Speaker
from aigc_edu.speaking.rendering import render_chapter
from aigc_edu.speaking.script import Script

END = 1.0  # seconds of nothing behind the last chapter
CEILING = -1.5  # dB, of the peaks before the file is coded: that takes up to half a decibel
CLOSE = 0.02  # LU
_ROUNDS, _MOST = 10, 15.0  # dB that a limiter may hold peaks down


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
    raw, whole = (hidden(path.with_suffix(".wav")) for _ in range(2))
    try:
        marks, ends = _write(script, speaker, raw, tell)
        _master(raw, whole, ends, script.loudness)
        kept = marks if path.suffix.lower() in MARKED else None
        done = convert(whole, path, how, replace, marks=kept)
    finally:
        raw.unlink(missing_ok=True)
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
    keep_others([path], replace)


def _write(
    script: Script, speaker: Speaker, raw: Path, tell: Callable[[str], None]
) -> tuple[list[Mark], list[int]]:
    """Render all chapters into one file of floating-point samples.

    Returns
    -------
    marks
        One for each chapter.
    ends
        Where each chapter and the pause behind it end, in samples.
    """
    channels, lengths = 2 if script.stereo else 1, []
    pause = 2 * round(script.chapter_pause * speaker.rate / 2)  # even: it has a middle
    last = len(script.chapters) - 1
    with writing(raw, speaker.rate, channels, Coding(bits=32)) as file:
        for number, chapter in enumerate(script.chapters):
            x = render_chapter(script, number, speaker).samples
            rest = pause if number < last else round(END * speaker.rate)
            file.write(np.pad(x, ((0, 0), (0, rest))))
            lengths.append(x.shape[1])
            tell(f"{chapter.title}: {x.shape[1] / speaker.rate:.1f} s")
    starts, marks = marks_between(lengths, pause, speaker.rate)
    titles = [chapter.title for chapter in script.chapters]
    named = [Mark(mark.seconds, title) for mark, title in zip(marks, titles, strict=True)]
    return named, [*starts[1:], file.frames]


def _master(raw: Path, whole: Path, ends: Sequence[int], lufs: float) -> None:
    """Write a file's chapters at a loudness, with a limiter that holds their peaks.

    As :func:`aigc_edu.audio.master` does, chapter by chapter: the limiter is at rest in the pauses.
    """
    with sf.SoundFile(os.fsencode(raw)) as file:
        rate, channels = file.samplerate, file.channels

        def chapters(gain_db: float) -> Iterator[np.ndarray]:
            file.seek(0)
            for begin, end in zip([0, *ends], ends, strict=False):
                x = file.read(end - begin, dtype="float64", always_2d=True).T
                yield limit(x * 10 ** (gain_db / 20), rate, CEILING)

        gain = _gain_for(chapters, rate, channels, lufs)
        with writing(whole, rate, channels, Coding(bits=32)) as made:
            for x in chapters(gain):
                made.write(x)


def _gain_for(
    chapters: Callable[[float], Iterator[np.ndarray]], rate: int, channels: int, lufs: float
) -> float:
    """Return the gain in dB before the limiter at which all is as loud as it is to be."""
    gain = lufs - SPOKEN
    for _ in range(_ROUNDS):
        meter = LoudnessMeter(rate, channels)
        for x in chapters(gain):
            meter.add(x)
        missing = lufs - meter.lufs
        if abs(missing) <= CLOSE:
            return gain
        gain += missing
        if not gain <= lufs - SPOKEN + _MOST:
            break
    raise InvalidValueError(
        f"{lufs:g} LUFS are out of reach: peaks stand out too far; ask for {lufs - 4:g}, or lower "
        "the level of the loudest voices and sounds"
    )
