"""The figure of loops: a stretch of a word, repeated, and how far the word repeats by itself."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_RATE = sources.WORD_RATE
_COMPARED = 200  # samples whose differences are summed
_MOST = 280  # the longest loop, in samples: two periods of this voice
_FIRST, _STEP, _LAST = 40, 5, 290  # of the start, in ms
_NEEDED = 2802  # samples of the word; a multiple of 3 fills whole groups of letters in base64
_WITHOUT = 1e-9  # keeps silence from being divided by itself


def _loop(start: int, length: int) -> np.ndarray:
    """Return 0.8 s of the loop."""
    first = start * _RATE // 1000
    return np.resize(sources.word()[first : first + length], 8 * _RATE // 10)


def unlikeness(start: int) -> np.ndarray:
    """Return YIN's normalised difference d' of the word at a start, lags 0 ... 280.

    De Cheveigné and Kawahara (2002), equations 6 and 8.

    Parameters
    ----------
    start
        In ms.

    Returns
    -------
    ndarray
        float64, shape (281,): 1 at lag 0, near 0 where the word repeats.
    """
    first = start * _RATE // 1000
    x = sources.word()[first : first + _COMPARED + _MOST]
    lags = np.arange(1, _MOST + 1)
    shifted = np.lib.stride_tricks.sliding_window_view(x, _COMPARED)[1:]  # (280, 200)
    d = np.sum((x[:_COMPARED] - shifted) ** 2, axis=1)
    return np.append(1.0, (d + _WITHOUT) * lags / np.cumsum(d + _WITHOUT))


def _curves(start: int, length: int) -> Curves:
    """Return 60 ms of the word, of the loop, and d' against the length."""
    first = start * _RATE // 1000
    stretch = sources.word()[first : first + _COMPARED + _MOST]
    return {
        "time": start + np.arange(len(stretch)) * 1000 / _RATE,
        "word": stretch,
        "loop": np.resize(stretch[:length], len(stretch)),
        "lag": np.arange(_MOST + 1.0),
        "unlike": unlikeness(start),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    unlike = float(curves["unlike"][v["length"]])
    level = float(np.sqrt(np.mean(curves["word"] ** 2)))
    often = f"{v['length']} samples, {text(_RATE / v['length'])} times a second"
    if level < 0.01:
        return f"{often}: there is next to no sound here."
    like = "very nearly repeats" if unlike < 0.1 else "nearly repeats"
    if unlike >= 0.3:
        like = "does not repeat"
    return f"{often}: after so many samples the word {like} (d\u2032 = {text(unlike, 2)})."


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2)
    upper.plot(curves["time"], curves["word"], color=PALETTE["blue"], label="the word")
    upper.plot(curves["time"], curves["loop"], "--", color=PALETTE["orange"], label="the loop")
    upper.set(xlabel="time in milliseconds", ylabel="amplitude", ylim=(-0.5, 0.5))
    upper.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    lower.plot(curves["lag"], curves["unlike"], color=PALETTE["blue"], label="how unlike, d\u2032")
    here = curves["unlike"][v["length"]]
    lower.plot([v["length"]], [here], "o", color="black", label="this length")
    lower.set(xlabel="length in samples", ylabel="d\u2032", xlim=(0, _MOST), ylim=(0, 2.5))
    lower.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    return figure


LOOP = InteractiveFigure(
    name="loop",
    title="a loop from a word",
    alt="Above, 60 ms of the word six and a loop of its first samples; below, how unlike the "
    "word is to itself, shifted, against the shift.",
    rate=_RATE,
    controls=(
        slider("start", "Start of the loop", range(_FIRST, _LAST + 1, _STEP), 130, "ms"),
        slider("length", "Length of the loop", range(20, _MOST + 1), 60, "samples"),
    ),
    samples=_loop,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {"word": sources.word_base64()[: 8 * _NEEDED // 3]},
    height=420,
)
