"""MIDI files: a score is written to one, and read from one, by the package mido.

Chapter: chapters/06-product/12-composer.ipynb

References
----------
- MIDI Association, "Standard MIDI Files 1.0": chunks, tracks, and delta times in ticks.
"""

from __future__ import annotations

import os
import secrets
import warnings
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import mido

from aigc_edu.errors import CourseError, InvalidValueError
from aigc_edu.music.score import BARS, STEPS, VOICES, Event, Score, skyline

TICKS = 480  # of a quarter note, in files that are written
USUAL = 500_000  # microseconds of a quarter note in a file that doesn't say
DRUMS = 9  # the channel on which a pitch means an instrument, and not a tone
VELOCITY = (90, 75)  # of melody and bass
SPLIT = 55  # from this MIDI number on the right hand plays, where one part plays both voices
OFF_GRID = 0.2  # steps: from this mean distance on, notes were hardly played to a beat
MOST = 2000  # bars; a file of more has a waiting time that is damaged
BROKEN = (OSError, EOFError, ValueError, IndexError, KeyError, TypeError, mido.KeySignatureError)
_AS_BARS = {12: 12, 16: 16, 8: 16, 6: 12, 24: 12, 32: 16}  # sixteenths of a bar: written as

# General MIDI's program, from 0, for each family of the built-in instruments.
PROGRAMS = {
    "bass": 33,
    "brass": 56,
    "flute": 73,
    "guitar": 24,
    "keyboard": 0,
    "mallet": 12,
    "organ": 19,
    "reed": 71,
    "string": 48,
    "synth_lead": 80,
    "vocal": 52,
}


class MidiFileError(CourseError):
    """A MIDI file cannot be read or written; the text says which one and why."""


class MidiWarning(UserWarning):
    """A MIDI file was read, but not as its makers may have meant it."""


class Struck(NamedTuple):
    """A note of a MIDI file: start and length in quarter notes, and a MIDI number."""

    start: float
    pitch: int
    length: float


def write_midi(
    path: str | os.PathLike, score: Score, families: Sequence[str] = ("keyboard", "bass")
) -> Path:
    """Write a score to a MIDI file; the file appears whole or not at all.

    Parameters
    ----------
    path
        Ends with ``.mid`` or ``.midi``.
    score
        With a note at least.
    families
        The families of instruments that play melody and bass, of :data:`PROGRAMS`.

    Returns
    -------
    Path
        ``path``. The same score gives the same bytes.

    Raises
    ------
    MidiFileError
        If the file cannot be written.
    InvalidValueError
        If there is nothing to write, or no such family.
    """
    path = Path(path)
    if path.suffix.lower() not in (".mid", ".midi"):
        raise MidiFileError(f"{path}: a MIDI file's name ends with .mid or .midi")
    if not len(score) or len(families) != len(VOICES) or set(families) - set(PROGRAMS):
        raise InvalidValueError(
            f"expected notes, and two families of {', '.join(PROGRAMS)}; got {tuple(families)}"
        )
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _file_of(score, families).save(part)
        os.replace(part, path)
    except OSError as error:
        raise MidiFileError(f"{path}: cannot be written ({error})") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return path


def _file_of(score: Score, families: Sequence[str]) -> mido.MidiFile:
    """Return the file: a track of tempo and metre, and one for each voice that plays."""
    head = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=round(6e7 / score.tempo))])
    metre = {"numerator": score.bar // STEPS, "denominator": 4}
    head.append(mido.MetaMessage("time_signature", **metre))
    tracks = [head]
    for voice, family in enumerate(families):
        if score.voice(voice):
            tracks.append(_track_of(score.voice(voice), voice, PROGRAMS[family]))
    return mido.MidiFile(type=1, ticks_per_beat=TICKS, tracks=tracks)


def _track_of(line: Sequence[Event], voice: int, program: int) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=VOICES[voice])])
    track.append(mido.Message("program_change", channel=voice, program=program))
    step, now = TICKS // STEPS, 0
    for event in line:
        told = {"channel": voice, "note": event.pitch}
        wait = event.start * step - now
        track.append(mido.Message("note_on", velocity=VELOCITY[voice], time=wait, **told))
        track.append(mido.Message("note_off", velocity=0, time=event.length * step, **told))
        now = event.stop * step
    return track


def read_midi(path: str | os.PathLike) -> Score:
    """Read a score for two voices from a MIDI file.

    Starts and lengths are rounded to sixteenths. Which notes are melody and bass is said at
    :func:`two_voices`; drums, empty bars before the first note and changes of tempo or metre after
    the first one are left out. A bar of 2/4 counts as half a bar of 4/4, one of 6/8 as a bar of
    3/4.

    Parameters
    ----------
    path
        A Standard MIDI File.

    Raises
    ------
    MidiFileError
        If it is no such file, holds no notes, or cannot be written down as a score.

    Warns
    -----
    MidiWarning
        If the notes lie so far off the grid that they were hardly played to its beat.
    """
    path = Path(path)
    file = _opened(path)
    parts = [part for track in file.tracks for part in _parts_of(track, file.ticks_per_beat)]
    notes = [note for part in parts for note in part]
    if not notes:
        raise MidiFileError(f"{path}: there are no notes in it, drums apart")
    off = sum(abs(n.start * STEPS - round(n.start * STEPS)) for n in notes) / len(notes)
    if off > OFF_GRID:
        says = MidiWarning(f"{path}: its notes lie {off:.2f} sixteenths off the grid on average")
        warnings.warn(says, stacklevel=2)
    bar = _metre(path, file)
    if max(note.start + note.length for note in notes) * STEPS > MOST * bar:
        raise MidiFileError(f"{path}: more than {MOST} bars; is a waiting time damaged?")
    try:
        score = two_voices(parts, bar, _tempo(file))
    except InvalidValueError as error:
        raise MidiFileError(f"{path}: {error}") from error
    first = score.events[0].start // bar
    return score.cut(first, score.bars) if first else score


def two_voices(parts: Sequence[Sequence[Struck]], bar: int, tempo: float) -> Score:
    """Return the notes of one part or several as melody and bass on the grid.

    Of several parts the one whose notes are highest on average is the melody, the lowest one the
    bass. One part alone is a melody if its notes come one at a time; else its notes from
    :data:`SPLIT` on are the melody, and those below it the bass.

    Parameters
    ----------
    parts
        Notes of each, none of them empty.
    bar, tempo
        As of :class:`Score`.
    """
    ranked = sorted((_onto_grid(part) for part in parts), key=_height)
    if len(ranked) > 1:
        low, high = ranked[0], ranked[-1]
    else:
        low, high = _hands(ranked[0])
    return Score((*skyline(high), *skyline(low, top=False)), bar, tempo)


def _onto_grid(part: Sequence[Struck]) -> list[tuple[int, int, int]]:
    return [(round(n.start * STEPS), n.pitch, max(1, round(n.length * STEPS))) for n in part]


def _height(part: Sequence[tuple[int, int, int]]) -> float:
    return sum(pitch for _, pitch, _ in part) / len(part)


def _hands(part: list[tuple[int, int, int]]) -> tuple[list, list]:
    """Return what the left hand plays of a part, and what the right hand plays."""
    if len(skyline(part)) == len(part):
        return [], part
    low = [note for note in part if note[1] < SPLIT]
    high = [note for note in part if note[1] >= SPLIT]
    return (low, high) if low and high else ([], part)


def _opened(path: Path) -> mido.MidiFile:
    try:
        file = mido.MidiFile(path)
    except FileNotFoundError as error:
        raise MidiFileError(f"{path}: there is no such file") from error
    except BROKEN as error:
        why = str(error) or "it ends too early"
        raise MidiFileError(f"{path}: is no whole MIDI file ({why})") from error
    if file.ticks_per_beat <= 0:
        raise MidiFileError(f"{path}: counts in seconds (SMPTE), not in beats; export it anew")
    return file


def _parts_of(track: mido.MidiTrack, ticks: int) -> list[list[Struck]]:
    """Return the notes of each channel of a track; one that isn't let go ends with the track."""
    now, held, parts = 0, {}, defaultdict(list)
    for message in track:
        now += message.time
        if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
            continue
        key = message.channel, message.note
        if key in held:  # let go, or struck again
            start = held.pop(key)
            note = Struck(start / ticks, message.note, (now - start) / ticks)
            parts[message.channel].append(note)
        if message.type == "note_on" and message.velocity:
            held[key] = now
    for (channel, pitch), start in held.items():
        parts[channel].append(Struck(start / ticks, pitch, (now - start) / ticks))
    return list(parts.values())


def _first(file: mido.MidiFile, kind: str) -> mido.MetaMessage | None:
    """Return the first message of a kind in any track."""
    found = []
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == kind:
                found.append((now, message))
                break
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _tempo(file: mido.MidiFile) -> float:
    message = _first(file, "set_tempo")
    return 6e7 / (message.tempo if message and message.tempo else USUAL)


def _metre(path: Path, file: mido.MidiFile) -> int:
    message = _first(file, "time_signature")
    if message is None:
        return BARS[-1]
    steps = message.numerator * 4 * STEPS / message.denominator
    if steps not in _AS_BARS:
        raise MidiFileError(
            f"{path}: bars of {message.numerator}/{message.denominator} cannot be written down, "
            "only those of three and of four quarters"
        )
    return _AS_BARS[int(steps)]


def midi_files(folder: str | os.PathLike) -> list[Path]:
    """Return the MIDI files of a folder and of those in it, sorted.

    Raises
    ------
    MidiFileError
        If there is no such folder, or no such file in it.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise MidiFileError(f"{folder}: there is no such folder")
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".mid", ".midi"))
    if not found:
        raise MidiFileError(f"{folder}: there are no files whose name ends with .mid or .midi")
    return found
