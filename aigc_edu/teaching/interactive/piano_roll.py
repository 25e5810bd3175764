"""The figure of written tunes: a piano roll for each temperature and draw, played in the page.

Chapter: chapters/06-product/12-composer.ipynb

The page gets the notes alone; its script makes sound of them, by struck tones of five partials.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu.dsp import midi_to_hz
from aigc_edu.errors import InvalidValueError
from aigc_edu.music import BASS, VOICES, Score
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.clips import crossed
from aigc_edu.teaching.interactive.controls import Value, buttons, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import text

RATE = 16_000
TAIL, ATTACK, RELEASE = 0.25, 0.005, 0.1  # seconds
LOUDNESS, PARTIALS = (0.12, 0.09), 5  # of melody and bass
BARS = (0.42, 0.42)  # half the height of a note on the roll, in semitones
COLOURS = ("orange", "blue")

Drawn = tuple[float, int]  # a temperature, and the number of the draw


def piano_roll(scores: Mapping[Drawn, Score], said: Mapping[Drawn, str], **start: Value) -> None:
    """Show tunes as piano rolls that play; see piano_roll_of.

    Controls: ``temperature`` and ``take``.
    """
    show_on_page(piano_roll_of(scores, said), **start)


def piano_roll_of(scores: Mapping[Drawn, Score], said: Mapping[Drawn, str]) -> InteractiveFigure:
    """Return the figure of tunes that were drawn at several temperatures.

    Parameters
    ----------
    scores
        A tune for each temperature and number of a draw; all pairs of the two are there.
    said
        A sentence on each.

    Raises
    ------
    InvalidValueError
        If a tune, its notes or a sentence is missing.
    """
    (warm, takes), tunes, _ = crossed(scores, said, "every temperature and take")
    if not all(map(len, tunes)):
        raise InvalidValueError("a tune without notes cannot be shown")

    def curves(temperature: float, take: int) -> Curves:
        return notes_of(scores[temperature, take])

    return InteractiveFigure(
        name="piano_roll",
        title="tunes at several temperatures",
        alt="A piano roll: each note a bar from where it begins to where it ends, the higher the "
        "higher its pitch; the melody in orange, the bass in blue.",
        rate=RATE,
        controls=(
            slider("temperature", "Temperature", warm, warm[len(warm) // 2], digits=1),
            buttons("take", "Tune", {text(take): take for take in takes}, takes[0]),
        ),
        samples=lambda temperature, take: played(curves(temperature, take)),
        curves=curves,
        reading=lambda v, _: said[v["temperature"], v["take"]],
        draw=lambda v, c: _draw(c),
        data=lambda: _data(scores, said),
        height=300,
        once=True,
    )


def notes_of(score: Score) -> Curves:
    """Return the notes of a score: start and length in seconds, pitch, voice; (n,) each."""
    rows = np.array([(e.start, e.length, e.pitch, e.voice) for e in score.events], float)
    start, length, pitch, voice = rows.T
    step = score.step_seconds
    start, length = ((row * step).round(6) for row in (start, length))  # as the page gets them
    return {"start": start, "length": length, "pitch": pitch, "voice": voice}


def played(curves: Curves) -> np.ndarray:
    """Return the sound of notes: struck tones, the higher partials softer and sooner gone.

    Parameters
    ----------
    curves
        ``start`` and ``length`` in seconds, ``pitch`` as MIDI numbers, ``voice``; (n,) each.

    Returns
    -------
    ndarray
        float64, shape (N,), at :data:`RATE`.
    """
    notes = list(zip(*(curves[k] for k in ("start", "length", "pitch", "voice")), strict=True))
    end = max(start + length for start, length, _, _ in notes) + TAIL
    x = np.zeros(_samples(end))
    for start, length, pitch, voice in notes:
        tone = LOUDNESS[int(voice)] * _struck(float(midi_to_hz(pitch)), length + TAIL)
        first = _samples(start)
        part = tone[: len(x) - first]
        x[first : first + len(part)] += part
    return np.clip(x, -1, 1)


def _samples(seconds: float) -> int:
    """Return the number of samples, of two the larger one, as JavaScript rounds."""
    return int(np.floor(seconds * RATE + 0.5))


def _struck(frequency: float, seconds: float) -> np.ndarray:
    u = np.arange(_samples(seconds)) / RATE
    edge = np.minimum(1, u / ATTACK) * np.minimum(1, (seconds - u) / RELEASE)
    x = np.zeros(len(u))
    for k in range(1, PARTIALS + 1):
        if k * frequency < RATE / 2:
            fades = 0.5 ** (k - 1) * np.exp(-(1 + 1.5 * k) * u)
            x += fades * np.sin(2 * np.pi * k * frequency * u)
    return edge * x


def _data(scores: Mapping[Drawn, Score], said: Mapping[Drawn, str]) -> dict[str, Any]:
    """Return the notes of each tune, row by row, and what is said of it."""
    rows = {
        _key(pair): {name: row.tolist() for name, row in notes_of(score).items()}
        for pair, score in scores.items()
    }
    return {"tunes": rows, "said": {_key(pair): sentence for pair, sentence in said.items()}}


def _key(pair: Drawn) -> str:
    return f"{pair[0]:g}/{pair[1]}"


def _draw(curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=3.0)
    for voice, colour in enumerate(COLOURS):
        mine = curves["voice"] == voice
        ax.barh(
            curves["pitch"][mine],
            curves["length"][mine],
            2 * BARS[voice],
            left=curves["start"][mine],
            color=PALETTE[colour],
            label=VOICES[voice],
        )
    if (curves["voice"] == BASS).any():
        ax.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    ax.set(xlabel="time in seconds", ylabel="MIDI number")
    return figure
