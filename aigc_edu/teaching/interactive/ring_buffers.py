"""The figure of ring buffers: four rings that are fed a melody, read and written step by step."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure

DILATIONS = (1, 2, 4, 8)
# Frère Jacques without its quick third line, in quarter notes; 0 is a rest, 60 is middle C.
_MELODY = (60, 62, 64, 60) * 2 + (64, 65, 67, 0) * 2 + (60, 55, 60, 0) * 2
_NAMES = {0: "–", 55: "G", 60: "C", 62: "D", 64: "E", 65: "F", 67: "G"}
_RATE, _NOTE, _HEARD = 16_000, 4000, 8  # Hz, samples of a note, notes that are heard
_LOUDNESS = 0.11  # of a note; two of them stay within what the page's guard lets pass


def contents(dilation: int, time: int) -> np.ndarray:
    """Return whose inputs lie in a ring's slots when a step begins.

    Parameters
    ----------
    dilation
        Number d of slots.
    time
        The step t; slot t mod d is read in it, and then written.

    Returns
    -------
    ndarray
        float64, shape (d,): the time of the input in each slot, -1 in one that is still empty.
    """
    slots = np.arange(dilation)
    newest = time - 1 - (time - 1 - slots) % dilation
    return np.maximum(newest, -1).astype(float)


def _note(number: int) -> np.ndarray:
    """Return one note, (_NOTE,): three harmonics that die away."""
    if not number:
        return np.zeros(_NOTE)
    n = np.arange(_NOTE)
    phase = 2 * np.pi * 440 * 2 ** ((number - 69) / 12) / _RATE * n
    tone = np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase)
    edge = np.minimum(1, np.minimum(n, _NOTE - 1 - n) / 160)
    return _LOUDNESS * tone * edge * np.exp(-3 * n / _NOTE)


def _samples(time: int, heard: int) -> np.ndarray:
    """Return the notes from a step on, with what a ring gives meanwhile (0: without)."""
    steps = range(time, time + _HEARD)
    now = [_note(_MELODY[t % len(_MELODY)]) for t in steps]
    late = [_note(_MELODY[(t - heard) % len(_MELODY)] if t >= heard else 0) for t in steps]
    return np.concatenate(now) + (np.concatenate(late) if heard else 0)


def _curves(time: int, heard: int) -> Curves:
    curves = {f"ring {d}": contents(d, time) for d in DILATIONS}
    return {"melody": np.array(_MELODY, float), "now": np.array([time], float), **curves}


def _read(curves: Curves, dilation: int) -> int:
    """Return the time of the input that a ring gives in this step."""
    return int(curves[f"ring {dilation}"][int(curves["now"][0]) % dilation])


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    time, given = v["time"], [_read(curves, d) for d in DILATIONS]
    words = [f"x[{t}]" if t >= 0 else "0" for t in given]
    return (
        f"Step {time}: the rings give {', '.join(words[:-1])} and {words[-1]}; "
        f"then each takes x[{time}] in the same slot."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, axes = new_figure(1, len(DILATIONS), height=2.2)
    for ax, d in zip(axes, DILATIONS, strict=True):
        _draw_ring(ax, d, int(v["time"]), curves[f"ring {d}"])
        given = _read(curves, d)
        ax.set_title(f"d = {d}: gives {f'x[{given}]' if given >= 0 else '0'}")
    return figure


def _draw_ring(ax: matplotlib.axes.Axes, d: int, time: int, slots: np.ndarray) -> None:
    """Draw a ring that has turned so far that the slot of this step is at the top."""
    ax.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
    ax.axis("off")
    for slot, held in enumerate(slots):
        angle = 2 * np.pi * (slot - time) / d
        x, y = np.sin(angle), np.cos(angle)
        here = slot == time % d
        colour = PALETTE["orange" if here else "grey"]
        ax.plot(x, y, "o", markersize=19, markerfacecolor="none", markeredgecolor=colour)
        name = "0" if held < 0 else f"{held:.0f}"
        ax.text(x, y, name, ha="center", va="center", fontsize=8)


_OUTPUTS = {"the melody alone": 0, **{f"and the ring with d = {d}": d for d in DILATIONS}}

RINGS = InteractiveFigure(
    name="rings",
    title="ring buffers",
    alt="Four rings of 1, 2, 4 and 8 slots; at the top of each is the slot that is used now.",
    rate=_RATE,
    controls=(
        slider("time", "Step t", range(len(_MELODY)), 13),
        choice("heard", "You hear", _OUTPUTS, 8),
    ),
    samples=_samples,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    rest=0.0,
    height=350,
)
