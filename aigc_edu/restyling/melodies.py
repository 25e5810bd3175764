"""A recorded melody, note by note: written down, played by others, or converted.

Chapter: chapters/06-product/14-style-and-timbre.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.transcribing import HeardNote
from aigc_edu.music import STEPS, Event, Player, Score

TEMPOS = range(60, 181)  # quarter notes a minute to choose from
FADE = 0.01  # seconds in which a piece of a recording fades in and out

# Maps the pieces of a recording (N,) and their MIDI numbers to as many pieces of the same lengths.
Convert = Callable[[Sequence[np.ndarray], Sequence[int]], Sequence[np.ndarray]]


def replayed(x: np.ndarray, rate: int, notes: Sequence[HeardNote], player: Player) -> np.ndarray:
    """Return a melody as a player plays it, each note as loud as it was.

    Parameters
    ----------
    x
        The recording, (N,).
    rate
        Of the recording and of the player, in Hz.
    notes
        What is heard in it (:func:`aigc_edu.evaluation.transcribing.transcribe`).
    player
        Who plays.

    Returns
    -------
    ndarray
        float64, shape (N,) at least, and the last note's ringing.
    """
    _need(notes)
    played = []
    for note in notes:
        start, stop = (round(t * rate) for t in (note.start, note.stop))
        peak = float(np.abs(x[start:stop]).max(initial=0.0))
        tone = np.asarray(player(note.pitch, note.stop - note.start, 0.8), float)
        played.append((start, tone * peak / max(1e-9, float(np.abs(tone).max()))))
    y = np.zeros(max(len(x), *(start + len(tone) for start, tone in played)))
    for start, tone in played:
        y[start : start + len(tone)] += tone
    return np.clip(y, -1, 1)


def in_notes(x: np.ndarray, rate: int, notes: Sequence[HeardNote], convert: Convert) -> np.ndarray:
    """Return a recording each of whose notes was converted by itself; between them is silence.

    ``convert`` gets the pieces of the recording (N,) that are notes, and their MIDI numbers.
    """
    _need(notes)
    places = [(round(n.start * rate), round(n.stop * rate)) for n in notes]
    pieces = [np.asarray(x[start:stop], float) for start, stop in places]
    made = convert(pieces, [note.pitch for note in notes])
    y, fade = np.zeros(len(x)), max(1, round(FADE * rate))
    for (start, _), piece in zip(places, made, strict=True):
        ramp = np.minimum(1, np.arange(1, len(piece) + 1) / fade)
        y[start : start + len(piece)] += piece * ramp * ramp[::-1]
    return np.clip(y, -1, 1)


def tempo_of(starts: Sequence[float]) -> int:
    """Return the tempo to whose grid of sixteenths beginnings in seconds are nearest.

    In quarter notes a minute, 60 to 180; of tempos that fit alike the slowest.
    """
    since = np.asarray(starts, float) - min(starts)
    off = []
    for tempo in TEMPOS:
        steps = since * tempo * STEPS / 60
        off.append(float(np.abs(steps - np.round(steps)).mean()))
    return TEMPOS[int(np.argmin(np.round(off, 3)))]


def score_of(notes: Sequence[HeardNote], tempo: float | None = None) -> Score:
    """Write heard notes down on a grid of sixteenths, the first one at the first step.

    Parameters
    ----------
    notes
        One after the other.
    tempo
        Quarter notes a minute; by default :func:`tempo_of` finds it.
    """
    _need(notes)
    tempo = tempo or tempo_of([note.start for note in notes])
    step, first = 60 / tempo / STEPS, notes[0].start
    events: list[Event] = []
    for note in notes:
        start = round((note.start - first) / step)
        length = max(1, round((note.stop - note.start) / step))
        if events and start < events[-1].stop:
            if start <= events[-1].start:
                continue  # two notes within a step: the first one stays
            events[-1] = events[-1]._replace(length=start - events[-1].start)
        events.append(Event(start, note.pitch, length))
    return Score(tuple(events), tempo=tempo)


def _need(notes: Sequence[HeardNote]) -> None:
    if not notes:
        raise InvalidValueError("no notes were heard; is it a melody, one note at a time?")
