"""The figure of a memory that fades: how far back one recurrent state hears what was said."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache

import matplotlib.figure
import numpy as np

from aigc_edu import corpora
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

STEP = 80  # samples, 10 ms: one step of the network
_WORDS = (("four", 0.02, 0.38), ("two", 0.0, 0.29), ("seven", 0.12, 0.44))  # and where they are cut
_FADE, _FLOOR, _TOP = 40, -12, 12  # samples; powers of ten at the ends of the picture
_DRIVES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3)
_WEIGHTS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 1.0, 1.01, 1.02, 1.05, 1.1, 1.2)


@cache
def speech() -> tuple[np.ndarray, tuple[int, ...]]:
    """Return three recorded words in a row and the step at which each ends.

    Returns
    -------
    tuple
        float64, shape (T * STEP,), multiples of 2^-15, so that a page's script has the same; and
        three numbers of steps, the last of which is T.
    """
    parts, ends = [], [0]
    for word, begin, end in _WORDS:
        steps = int((end - begin) * corpora.RECORDING_RATE) // STEP
        first = int(begin * corpora.RECORDING_RATE)
        x = corpora.recording(word)[first : first + steps * STEP]
        n = np.arange(len(x))
        x = x * np.minimum(1, (np.minimum(n, n[::-1]) + 1) / _FADE)
        parts.append(np.round(0.45 / np.abs(x).max() * x * 32768) / 32768)
        ends.append(ends[-1] + steps)
    return np.concatenate(parts), tuple(ends[1:])


def gradient(levels: np.ndarray, weight: float, drive: float, bend: bool) -> np.ndarray:
    """Return the derivative of a cell's last state by each of its inputs.

    The cell is ``h[t] = f(weight * h[t - 1] + drive * levels[t])``, with f the tanh or nothing. By
    the chain rule the derivative by the input at t is the product of the slopes of f from t on, and
    of one weight for each step from t to the end.

    Parameters
    ----------
    levels
        The inputs, shape (T,).
    weight, drive
        The cell's feedback, and what its inputs are multiplied by.
    bend
        With the tanh, or without it.

    Returns
    -------
    ndarray
        float64, shape (T,).
    """
    h, slopes = 0.0, np.ones(len(levels))
    for t, level in enumerate(levels):
        h = weight * h + drive * level
        if bend:
            h = np.tanh(h)
            slopes[t] = 1 - h * h
    back = np.ones(len(levels))
    for t in range(len(levels) - 2, -1, -1):
        back[t] = back[t + 1] * weight * slopes[t + 1]
    return back * slopes


def _levels() -> np.ndarray:
    """Return the RMS of each step, the loudest one 1, (T,)."""
    rms = np.sqrt((speech()[0].reshape(-1, STEP) ** 2).mean(axis=1))
    return rms / rms.max()


def _shares(cell: str, weight: float, drive: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient of the last state by each step, and its share of the largest one."""
    slopes = gradient(_levels(), weight, drive, cell == "tanh")
    return slopes, slopes / slopes.max()


def _heard(cell: str, weight: float, drive: float, heard: str) -> np.ndarray:
    """Return the speech, each moment as loud as the last state's gradient says."""
    x = speech()[0]
    if heard == "all":
        return x
    share = _shares(cell, weight, drive)[1]
    middles = (np.arange(len(share)) + 0.5) * STEP
    return x * np.interp(np.arange(len(x)), middles, share)


def _curves(cell: str, weight: float, drive: float, heard: str) -> Curves:
    x, ends = speech()
    slopes, share = _shares(cell, weight, drive)
    peaks = np.abs(x.reshape(-1, STEP)).max(axis=1)
    energy = (x.reshape(-1, STEP) ** 2).sum(axis=1)
    starts = np.array([0, *ends[:-1]])
    left = np.add.reduceat(energy * share**2, starts) / np.add.reduceat(energy, starts)
    return {
        "time": (np.arange(len(share)) + 0.5) * STEP / corpora.RECORDING_RATE,
        "peaks": peaks,
        "left": peaks * share,
        "power": np.log10(np.maximum(slopes, 1e-30)),
        "words": np.maximum(-200, 10 * np.log10(left + 1e-30)),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    levels = [f"{text(level)} dB" if level > -200 else "nothing" for level in curves["words"]]
    named = ", ".join(f"{w[0]} {level}" for w, level in zip(_WORDS, levels, strict=True))
    first = curves["power"][0] - curves["power"][-1]
    factor = 10 ** (first / (len(curves["power"]) - 1))
    return (
        f"Going back, each step of 10 ms multiplies the gradient by {text(factor, 3)} on average. "
        f"What is left of the words: {named}."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2, sharex=True)
    time, wide = curves["time"], STEP / corpora.RECORDING_RATE
    for name, colour, label in (("peaks", "grey", "said"), ("left", "orange", "left at the end")):
        both = curves[name]
        upper.bar(time, 2 * both, wide, -both, color=PALETTE[colour], label=label)
    upper.set(ylabel="amplitude", ylim=(-0.5, 0.5))
    upper.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    lower.plot(time, curves["power"], color=PALETTE["blue"])
    lower.set(xlabel="time in seconds", ylabel="gradient", ylim=(_FLOOR, _TOP))
    lower.set_yticks(range(_FLOOR, _TOP + 1, 6), [f"$10^{{{n}}}$" for n in range(-12, 13, 6)])
    return figure


MEMORY = InteractiveFigure(
    name="memory",
    title="how far back a network hears",
    alt="Above, three spoken words and what is left of them at the end; below, the gradient of the "
    "last state by each step on an axis of powers of ten.",
    rate=corpora.RECORDING_RATE,
    controls=(
        slider("weight", "Feedback w", _WEIGHTS, 0.99, digits=2),
        choice("cell", "Cell", {"without tanh": "linear", "with tanh": "tanh"}, "tanh"),
        slider("drive", "Loudness of the input", _DRIVES, 0.003, digits=3),
        choice("heard", "You hear", {"what is left at the end": "left", "all": "all"}, "left"),
    ),
    samples=_heard,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {
        "word": base64.b64encode((speech()[0] * 32768).astype("<i2").tobytes()).decode(),
        "ends": list(speech()[1]),
        "words": [word for word, *_ in _WORDS],
    },
    rest=0.4,
    height=400,
)
