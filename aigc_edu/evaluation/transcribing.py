"""Writing down a melody that is heard: which notes, when, by YIN and by level.

Chapter: chapters/06-product/14-style-and-timbre.ipynb

One note at a time; of a chord it hears at most one tone. References: de Cheveigné and Kawahara 2002
for the pitch; that a note begins where the level rises is the oldest idea of all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aigc_edu.dsp import hz_to_midi, rms, yin
from aigc_edu.errors import InvalidValueError

FRAME_SECONDS, HOP_SECONDS = 0.064, 0.01
QUIET_DB = 30.0  # below the loudest frame: there is no note
RISE_DB = 6.0  # over RISE_FRAMES frames: a note is struck again
RISE_FRAMES = 3
SHORTEST = 0.06  # seconds; what is shorter is a passing by
LOW, HIGH = 60.0, 1500.0  # Hz


class HeardNote(NamedTuple):
    """A note: its beginning and its end in seconds, and the nearest MIDI number."""

    start: float
    stop: float
    pitch: int


def transcribe(x: np.ndarray, rate: int) -> list[HeardNote]:
    """Write a melody down.

    Parameters
    ----------
    x
        Shape (N,), 64 ms at least; one note at a time, from 60 to 1500 Hz.
    rate
        Sampling rate in Hz.

    Returns
    -------
    list of HeardNote
        In the order of their beginnings; none for a silent sound.
    """
    x = np.asarray(x, np.float64)
    frame = 2 * round(FRAME_SECONDS * rate / 2)
    hop = round(HOP_SECONDS * rate)
    if x.ndim != 1 or len(x) < frame:
        raise InvalidValueError(f"expected a sound of {frame} samples or more, got {x.shape}")
    level = 20 * np.log10(rms(x, frame, hop) + 1e-9)
    if level.max() < -60:
        return []
    pitch = hz_to_midi(yin(x, rate, LOW, HIGH, frame, hop))[: len(level)]
    keys = np.where(level > level.max() - QUIET_DB, _steady(np.round(pitch)), -1).astype(int)
    starts = _starts(keys, level[: len(keys)])
    notes = []
    for first, after in zip(starts, [*starts[1:], len(keys)], strict=True):
        last = first + int(np.argmax(np.append(keys[first:after] != keys[first], True)))
        # A frame hears a note when its middle has come: half a frame before its beginning counts.
        begin, end = (n * hop / rate + FRAME_SECONDS / 2 for n in (first, last))
        if keys[first] >= 0 and end - begin >= SHORTEST:
            notes.append(HeardNote(begin, end, int(keys[first])))
    return notes


def _steady(pitch: np.ndarray, width: int = 5) -> np.ndarray:
    """Return the median of each five frames: one that slips by an octave doesn't count."""
    padded = np.pad(pitch, width // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)


def _starts(keys: np.ndarray, level: np.ndarray) -> list[int]:
    """Return the frames at which the pitch changes, or the level rises."""
    rise = np.zeros(len(keys), bool)
    rise[RISE_FRAMES:] = level[RISE_FRAMES:] - level[:-RISE_FRAMES] > RISE_DB
    struck = rise & ~np.roll(rise, 1)
    changed = np.diff(keys, prepend=-2) != 0
    starts: list[int] = []
    for n in np.flatnonzero(changed | struck):
        near = starts and (n - starts[-1]) < SHORTEST / HOP_SECONDS
        if near and not changed[n]:
            continue  # the level still rises
        starts.append(int(n))
    return starts
