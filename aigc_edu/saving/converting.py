"""From one sound file to another: format, rate, channels, loudness, tags, in constant memory.

Chapter: chapters/06-product/08-formats.ipynb

A file is read once to measure it, where something has to be measured, and once more to write it. A
lossy one is then listened to: its loudness is that of what comes out again.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from dataclasses import replace as but
from pathlib import Path
from typing import Literal

import numpy as np

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.audio.formats import (
    Coding,
    Format,
    check_coding,
    check_encoder,
    check_sound,
    fitting_rate,
    format_of,
)
from aigc_edu.audio.placing import hidden, put
from aigc_edu.audio.resampling import whole_rate
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving.blocks_in import Reading
from aigc_edu.saving.blocks_out import writing
from aigc_edu.saving.by_av import m4b_blocks
from aigc_edu.saving.finishing import check_means, read_marks
from aigc_edu.saving.marks import MARKED, Mark, spans
from aigc_edu.saving.meters import Measured, measured
from aigc_edu.saving.tags import Tags, read_tags

NEAR = 0.05  # LU: so near a file's loudness is brought to what is wanted
BOUND = 0.1  # LU: further off is an error
_TRIES = 4
_FOR_EVER = 1e6  # seconds
_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}


@dataclass(frozen=True)
class Conversion:
    """What a file becomes; its format follows from the new name.

    Attributes
    ----------
    rate
        In Hz; by default the file's own, or the next one above it that the format has.
    channels
        ``"keep"``, or ``"mix"`` to one.
    loudness
        In LUFS; by default the sound is made neither louder nor softer.
    peak
        Highest true peak with ``loudness``, in dB against full scale. 1 dB is left for decoders, as
        EBU R 128 has it.
    over
        What to do where the loudness would pass that peak: ``"refuse"``, or ``"reduce"``: as loud
        as the peak allows.
    coding
        How finely. Samples that fit the new file as they are get no dither.
    tags
        These go before those that the source has.
    """

    rate: int | None = None
    channels: Literal["keep", "mix"] = "keep"
    loudness: float | None = None
    peak: float = -1.0
    over: Literal["refuse", "reduce"] = "refuse"
    coding: Coding = field(default_factory=Coding)
    tags: Tags = field(default_factory=Tags)

    def check(self, form: Format) -> None:
        """Raise if a format, or what is installed, can't do it whatever the file.

        Raises
        ------
        InvalidValueError, AudioFileError, MissingPackageError
            One line that says what is wrong.
        """
        check_coding(form, self.coding)
        if self.rate is not None:
            check_sound(form, whole_rate(self.rate), 1)
        check_means(form, ())
        check_encoder(form)

    def __post_init__(self) -> None:
        if self.over not in ("refuse", "reduce"):
            raise InvalidValueError(f"over is 'refuse' or 'reduce', not {self.over!r}")
        for name in ("loudness", "peak"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value <= 0):
                raise InvalidValueError(f"{name} is a number of dB up to 0, not {value}")


@dataclass(frozen=True)
class Converted:
    """What has come of a file.

    Attributes
    ----------
    path
        Where it is.
    seconds
        Its length.
    gain_db
        By how much its samples were changed.
    note
        What its owner should know; often empty.
    """

    path: Path
    seconds: float
    gain_db: float = 0.0
    note: str = ""


def convert(
    source: str | os.PathLike,
    target: str | os.PathLike,
    how: Conversion | None = None,
    replace: bool = False,
    marks: Sequence[Mark] | None = None,
) -> Converted:
    """Convert one sound file; the new one appears whole or not at all.

    Parameters
    ----------
    source
        A file that :func:`aigc_edu.audio.read` reads.
    target
        Its ending says which format it gets.
    how
        Rate, loudness and so on; by default all stays as it is.
    replace
        Whether ``target`` may take the place of another file.
    marks
        Chapter marks in place of those that the source has; by default the source's own.

    Raises
    ------
    AudioFileError
        If the source can't be read, or the target can't be written or is there already.
    InvalidValueError
        If the format can't do what is asked, or the loudness would pass the peak.
    MissingPackageError
        If the target is M4B, and PyAV is not installed.
    """
    source, target, how = Path(source), Path(target), how or Conversion()
    form = format_of(target)
    if target.exists() and not replace:
        raise AudioFileError(f"{target}: there is such a file already")
    if target.exists() and target.samefile(source):
        raise AudioFileError(f"{source}: would take its own place; choose another folder")
    made = hidden(target)
    try:
        done = _converted(source, made, form, how, marks)
        if not put(made, target, replace):
            raise AudioFileError(f"{target}: there is such a file already")
    except AudioFileError as error:  # it names the file that is being made
        raise AudioFileError(str(error).replace(str(made), str(target))) from error
    finally:
        made.unlink(missing_ok=True)
    return Converted(target, done.seconds, done.gain_db, done.note)


def _converted(
    source: Path, made: Path, form: Format, how: Conversion, own: Sequence[Mark] | None
) -> Converted:
    gain, most, untouched, note = _before(source, form, how)
    coding = but(how.coding, dither=None) if untouched else how.coding
    tags = how.tags.over(read_tags(source))
    marks, lost = _marks(source, form) if own is None else (list(own), "")
    for _ in range(_TRIES):
        with _opened(source, form, how) as sound:
            rate, channels = sound.rate, sound.channels
            with writing(made, rate, channels, coding, tags, marks) as file:
                for block in sound.blocks():
                    file.write(block if gain == 1 else gain * block.astype(np.float64))
        off = 0.0 if note else _off(made, form, rate, channels, how.loudness)
        if abs(off) <= NEAR:
            break
        gain, note = _allowed(gain * 10 ** (-off / 20), most, source, how)
    if abs(off) > BOUND:
        raise InvalidValueError(
            f"{source}: its loudness comes out {abs(off):.1f} LU off; take a higher bit rate"
        )
    notes = "; ".join(filter(None, (note, lost, sound.doubt)))
    return Converted(made, file.frames / rate, 20 * math.log10(gain), notes)


def _allowed(gain: float, most: float, source: Path, how: Conversion) -> tuple[float, str]:
    """Return a factor that makes up for what coding took, if the true peak has room for it."""
    if gain <= most:
        return gain, ""
    if how.over == "reduce":
        return most, f"softer than {how.loudness:g} LUFS: more would pass {how.peak:g} dBTP"
    raise InvalidValueError(
        f"{source}: coding makes it softer, and to reach {how.loudness:g} LUFS all the same its "
        f"true peak would pass {how.peak:g} dBTP; take a higher bit rate, or over='reduce'"
    )


def _before(source: Path, form: Format, how: Conversion) -> tuple[float, float, bool, str]:
    """Return of the samples: their factor, the highest allowed, whether they stay, and a note."""
    with _opened(source, form, how) as sound:
        if _is_untouched(sound, form, how):
            return 1.0, math.inf, True, ""
        wanted = how.loudness is not None
        found = measured(sound.blocks(), sound.rate, sound.channels, wanted)
    gain, note = _gain(found, how)
    return gain, _most(found, how), False, note


def _most(found: Measured, how: Conversion) -> float:
    """Return the factor that brings the true peak to the highest allowed."""
    return 10 ** (how.peak / 20) / found.peak if found.peak else math.inf


def _opened(source: Path, form: Format, how: Conversion) -> Reading:
    """Open the source at the rate that the target gets."""
    sound = Reading(source, how.rate, how.channels)
    if how.rate is None:
        sound.rate = fitting_rate(form, sound.own_rate)
    return sound


def _marks(source: Path, form: Format) -> tuple[list[Mark], str]:
    """Return the chapter marks of the source that the target gets, and what to say of others."""
    marks = read_marks(source) if source.suffix.lower() in (".mp3", ".opus") else []
    if not marks:
        return [], ""
    if form.ending not in MARKED:
        return [], f"{form.name} has no chapter marks: {len(marks)} are left behind"
    try:
        spans(marks, _FOR_EVER)
    except InvalidValueError as error:
        return [], f"its chapter marks are left behind: {error}"
    return marks, ""


def _is_untouched(sound: Reading, form: Format, how: Conversion) -> bool:
    """Return whether the target can hold the very samples of the source."""
    bits = _BITS.get(sound.subtype, 99)  # of what has no whole steps, all are new
    room = how.coding.bits or (16 if form.bits else 32)
    same = sound.rate == sound.own_rate and how.channels == "keep"
    return same and how.loudness is None and bits <= room


def _gain(found: Measured, how: Conversion) -> tuple[float, str]:
    """Return the factor for all samples, and what to say of it."""
    if how.loudness is None:
        if found.samples <= 1 or how.coding.bits == 32:
            return 1.0, ""
        gain = (1 - 2**-15) / found.samples
        return gain, f"{-20 * math.log10(gain):.2f} dB softer: its peak passed full scale"
    if found.lufs == -math.inf:
        raise InvalidValueError("it is silent; no gain makes it louder")
    gain, most = 10 ** ((how.loudness - found.lufs) / 20), _most(found, how)
    if gain <= most:
        return gain, ""
    possible = found.lufs + 20 * math.log10(most)
    if how.over == "reduce":
        return most, f"{possible:.1f} LUFS: more would pass {how.peak:g} dBTP"
    raise InvalidValueError(
        f"at {how.loudness:g} LUFS its true peak would pass {how.peak:g} dBTP; at most "
        f"{possible:.1f} LUFS are possible, and over='reduce' goes so far"
    )


def _off(made: Path, form: Format, rate: int, channels: int, wanted: float | None) -> float:
    """Return by how many LU what was written is too loud, as far as a loudness was asked for."""
    if wanted is None or not form.lossy:
        return 0.0
    if form.ending == ".m4b":
        found = measured((block for block, _ in m4b_blocks(made)), rate, channels, lufs=True)
    else:
        with Reading(made, channels="keep") as sound:
            found = measured(sound.blocks(), rate, channels, lufs=True)
    return found.lufs - wanted
