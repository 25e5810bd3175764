"""The figure of leakage: a piece of a tone as the transform takes it, one round of a loop."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, text

_RATE, _SIZE = 16_000, 256
_ROUNDS = 60  # of the loop that is heard, 0.96 s
_AMPLITUDE, _SOFT_BIN = 0.3, 24
_SEAM, _BINS, _FLOOR = 40, 41, -110.0
_NONE = -200  # dB: no soft tone
_LEVELS = {"none": _NONE, "20 dB softer": -20, "40 dB softer": -40, "60 dB softer": -60}
_WINDOWS = {"none (rectangular)": "rectangular", "Hann": "hann", "Hamming": "hamming"}
_WINDOWS |= {"Blackman": "blackman"}
_NAMES = {value: name for name, value in _WINDOWS.items()}


def _piece(swings: float, window: str, soft: int) -> np.ndarray:
    """Return 256 samples of a tone and a soft one, under a window."""
    turns = np.arange(_SIZE) / _SIZE
    x = np.cos(2 * np.pi * swings * turns)
    x += (soft > _NONE) * 10 ** (soft / 20) * np.cos(2 * np.pi * _SOFT_BIN * turns)
    return _AMPLITUDE * x * dsp.window(window, _SIZE)


def _looped(swings: float, window: str, soft: int) -> np.ndarray:
    return np.tile(_piece(swings, window, soft), _ROUNDS)


def _curves(swings: float, window: str, soft: int) -> Curves:
    """Return the samples around the loop's seam, and the amplitudes in bins 0 ... 40."""
    x = _piece(swings, window, soft)
    g = dsp.window(window, _SIZE)
    level = decibels(amplitudes(x / _AMPLITUDE, np.ones(_SIZE), _SIZE) * _SIZE / g.sum(), _FLOOR)
    return {
        "sample": np.arange(-_SEAM, _SEAM),
        "seam": np.roll(x, _SEAM)[: 2 * _SEAM],
        "bin": np.arange(_BINS),
        "level": level[:_BINS],
    }


def soft_is_seen(level: np.ndarray) -> bool:
    """Return whether bin 24 stands out by 3 dB from those four bins to both sides.

    Parameters
    ----------
    level
        In dB, shape (bins,), 29 bins or more.
    """
    around = max(level[_SOFT_BIN - 4], level[_SOFT_BIN + 4])
    return bool(level[_SOFT_BIN] > around + 3)


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    closes = v["swings"] == int(v["swings"])
    loop = "the loop closes" if closes else "the loop does not close"
    mended = "" if closes or v["window"] == "rectangular" else ", and the window fades its ends"
    words = f"{text(v['swings'], 1)} swings in {_SIZE} samples: {loop}{mended}."
    if v["soft"] == _NONE:
        far = float(curves["level"][-1])
        rest = "nothing" if far <= _FLOOR else f"{text(far)} dB"
        return f"{words} In bin 40, far from the tone, there is {rest}."
    state = "stands out" if soft_is_seen(curves["level"]) else "is hidden"
    return f"{words} The soft tone in bin {_SOFT_BIN} {state}."


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2)
    upper.plot(curves["sample"], curves["seam"])
    upper.axvline(0, color=PALETTE["grey"], linestyle="--", linewidth=0.9)
    upper.set(xlabel="sample; the loop's seam is at 0", ylabel="amplitude", ylim=(-0.35, 0.35))
    lower.plot(curves["bin"], curves["level"], "o-", markersize=3, color=PALETTE["orange"])
    lower.set(xlabel="bin", ylabel="level in dB", ylim=(_FLOOR, 8))
    return figure


LEAKAGE = InteractiveFigure(
    name="leakage",
    title="leakage",
    alt="Above, the end of a piece of 256 samples and its beginning once more; below, its "
    "spectrum up to bin 40.",
    rate=_RATE,
    controls=(
        slider("swings", "Swings in the piece", [k / 10 for k in range(60, 121)], 8.0, digits=1),
        choice("window", "Window", _WINDOWS, "rectangular"),
        choice("soft", "A second tone in bin 24", _LEVELS, _NONE),
    ),
    samples=_looped,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    height=420,
)
