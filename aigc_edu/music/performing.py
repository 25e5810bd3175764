"""From a score to sound: each note by a player, one after the other, in one waveform.

Chapter: chapters/06-product/12-composer.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.music.score import VOICES, Event, Score

# Maps a MIDI number, seconds to hold it and a force in (0, 1] to samples (N,) in [-1, 1].
Player = Callable[[int, float, float], np.ndarray]

FORCE, ACCENT = 0.7, 0.85  # how hard a note is struck, and at the beginning of a bar
LEGATO = 0.95  # share of its length for which a note is held
BALANCE = (1.0, 0.8)  # loudness of melody and bass
PEAK = 0.9


def perform(score: Score, players: Sequence[Player], rate: int) -> np.ndarray:
    """Play a score.

    Parameters
    ----------
    score
        What to play.
    players
        Who plays the melody, and who the bass; one alone plays both.
    rate
        The players' sampling rate in Hz.

    Returns
    -------
    ndarray
        float64, shape (N,), within [-1, 1]; as long as the score and the last note's ringing. It is
        scaled to a peak of 0.9, so that pieces with more notes aren't louder.
    """
    if len(players) not in (1, len(VOICES)):
        raise InvalidValueError(f"there is a player for each voice or for both, got {len(players)}")
    if not len(score):
        raise InvalidValueError("there are no notes to play")
    played = [
        (round(e.start * score.step_seconds * rate), _note(e, score, players)) for e in score.events
    ]
    x = np.zeros(max(start + len(note) for start, note in played))
    for start, note in played:
        x[start : start + len(note)] += note
    peak = float(np.abs(x).max())
    return x * (PEAK / peak) if peak else x


def _note(event: Event, score: Score, players: Sequence[Player]) -> np.ndarray:
    player = players[event.voice % len(players)]
    force = ACCENT if event.start % score.bar == 0 else FORCE
    held = LEGATO * event.length * score.step_seconds
    return BALANCE[event.voice] * np.asarray(player(event.pitch, held, force), float)


def cut_to(x: np.ndarray, seconds: float, rate: int, fade: float = 0.05) -> np.ndarray:
    """Let a recorded note (N,) end after so many seconds, with a fade of half a cosine behind that.

    A note that is shorter stays as it is.
    """
    held, tail = round(seconds * rate), max(1, round(fade * rate))
    x = np.asarray(x, float)[: held + tail].copy()
    if len(x) > held:
        behind = np.arange(1, len(x) - held + 1) / tail
        x[held:] *= 0.5 + 0.5 * np.cos(np.pi * behind)
    return x
