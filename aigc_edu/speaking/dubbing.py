"""Dubbing a whole table: a file for each line, one level for all, and a report.

Chapter: chapters/06-product/11-dubbing.ipynb
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aigc_edu.audio.formats import FORMATS
from aigc_edu.audio.placing import replacing
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving.blocks_out import export
from aigc_edu.saving.tags import Tags
from aigc_edu.speaking.fitting import Fitted, Limits, fit, words_to_cut
from aigc_edu.speaking.lines import SPOKEN, Speaker
from aigc_edu.speaking.table import Cue
from aigc_edu.speaking.texts import ScriptError

CEILING = 10 ** (-1 / 20)  # -1 dB: the highest peak of all files
REPORT = "report.csv"
_HEAD = (
    "key",
    "who",
    "mood",
    "may last",
    "natural",
    "lasts",
    "speed",
    "stretch",
    "verdict",
    "note",
)


@dataclass(frozen=True)
class Dubbed:
    """A line of the table, what became of it, and what its author should know."""

    cue: Cue
    fitted: Fitted

    @property
    def note(self) -> str:
        """What to do, or what was done; often empty."""
        if self.fitted.over > 0:
            words = words_to_cut(self.cue.says, self.fitted)
            word = "word" if words == 1 else "words"
            return f"{self.fitted.over:.2f} s too long: cut about {words} {word}, or give it more"
        if self.fitted.padded > 0:
            return f"{self.fitted.padded:.2f} s of silence at its end"
        return ""

    def row(self) -> tuple[str, ...]:
        """Return this line of the report, as texts."""
        f = self.fitted
        numbers = (f"{f.natural:.3f}", f"{f.seconds:.3f}", f"{f.speed:.3f}", f"{f.stretch:.3f}")
        cue = self.cue
        return (cue.key, cue.who, cue.mood, str(cue.slot), *numbers, f.verdict, self.note)


def dub(cues: Sequence[Cue], speaker: Speaker, limits: Limits | None = None) -> Iterator[Dubbed]:
    """Yield each line of a table, spoken and made to fit, in the table's order.

    Raises
    ------
    ScriptError
        If a line can't be spoken; the text names it.
    """
    for cue in cues:
        try:
            yield Dubbed(cue, fit(speaker, cue.says, cue.voice, cue.slot, limits))
        except InvalidValueError as error:
            raise ScriptError(f"line {cue.number}: {cue.key}: {error}") from error


def common_gain(lines: Sequence[Dubbed], lufs: float) -> float:
    """Return the one factor for all lines that makes a calm one as loud as is wanted.

    It is less where the highest peak of all would pass -1 dB. One factor keeps the levels of the
    moods: who whispers stays softer than who shouts.
    """
    gain = 10 ** ((lufs - SPOKEN) / 20)
    peak = max(float(np.abs(one.fitted.samples).max()) for one in lines)
    return min(gain, CEILING / peak)


def write_all(
    lines: Sequence[Dubbed],
    folder: str | os.PathLike,
    rate: int,
    ending: str = ".wav",
    lufs: float = -20.0,
    tags: Tags | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Path:
    """Write a file for each line, ``KEY.wav``, and the report; return the report's path.

    Files of the same names are replaced, and each appears whole or not at all.

    Raises
    ------
    InvalidValueError, AudioFileError
        If there is no such format, or a file can't be written.
    """
    if ending not in FORMATS:
        raise InvalidValueError(f"{ending} is no format; there are {', '.join(FORMATS)}")
    folder, gain = Path(folder), common_gain(lines, lufs)
    for one in lines:
        path = path_of(one.cue, folder, ending)
        tagged = (tags or Tags()).over(Tags(title=one.cue.says, artist=one.cue.who))
        export(path, gain * one.fitted.samples, rate, tags=tagged)
        tell(f"{path}: {one.fitted.seconds:.2f} s, {one.fitted.verdict}")
    return write_report(lines, folder / REPORT)


def path_of(cue: Cue, folder: Path, ending: str) -> Path:
    """Return where :func:`write_all` puts a line."""
    return folder / f"{cue.key}{ending}"


def files_of(cues: Sequence[Cue], folder: Path, ending: str) -> list[Path]:
    """Return all files that :func:`write_all` writes: the lines, and the report."""
    return [*(path_of(cue, folder, ending) for cue in cues), folder / REPORT]


def write_report(lines: Sequence[Dubbed], path: Path) -> Path:
    """Write the report as a CSV file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as made, open(made, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_HEAD)
        writer.writerows(one.row() for one in lines)
    return path


def summary(lines: Sequence[Dubbed]) -> str:
    """Return how many lines came out how: ``"12 lines: 8 fits, 3 faster, 1 too long"``."""
    verdicts = [one.fitted.verdict for one in lines]
    counts = {verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return f"{len(lines)} lines: {told}"
