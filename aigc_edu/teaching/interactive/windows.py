"""The figure of window length: what a spectrogram can tell apart, in frequency and in time."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, text

_RATE, _LENGTH = 8000, 3201
_LOW_TONE, _FIRST_CLICK = 1000, 1600
_SIZE, _HOP, _BINS = 1024, 16, 257  # of the picture: a column each 2 ms, up to 2 kHz
_PIECE_HOP, _REST = 200, 320  # of the sound: a piece each 25 ms, 40 ms of silence after it
_FLOOR, _TOP = -60.0, -10.0


def _signal(tones: int, clicks: int) -> np.ndarray:
    """Return 0.4 s: two tones, faded in and out, and two clicks ``clicks`` ms apart."""
    n = np.arange(_LENGTH)
    u, edge = n / _RATE, np.minimum(1, np.minimum(n, n[::-1]) / 160)
    x = np.sin(2 * np.pi * _LOW_TONE * u) + np.sin(2 * np.pi * (_LOW_TONE + tones) * u)
    x *= 0.15 * edge
    x[[_FIRST_CLICK, _FIRST_CLICK + clicks * _RATE // 1000]] += 0.6
    return x


def _pieces(x: np.ndarray, window: int, hop: int) -> np.ndarray:
    """Return what lies under the window as it moves on, (pieces, window), zeros at the ends."""
    padded = np.pad(x, window // 2)
    centres = np.arange(0, len(x), hop)
    return padded[centres[:, None] + np.arange(window)]


def _heard(window: int, tones: int, clicks: int, heard: str) -> np.ndarray:
    """Return the signal, or the windowed pieces one after the other."""
    x = _signal(tones, clicks)
    if heard == "whole":
        return x
    cut = _pieces(x, window, _PIECE_HOP) * dsp.window("hann", window)
    return np.pad(cut, ((0, 0), (0, _REST))).ravel()


def _curves(window: int, tones: int, clicks: int, heard: str) -> Curves:
    """Return the levels of the spectrogram, (columns, bins)."""
    cut = _pieces(_signal(tones, clicks), window, _HOP)
    levels = decibels(amplitudes(cut, dsp.window("hann", window), _SIZE), _FLOOR)
    return {"levels": levels[:, :_BINS]}


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    finest, shortest = 2 * _RATE / v["window"], 1000 * v["window"] / _RATE / 2
    lines = "two lines" if v["tones"] >= finest else "one line"
    bars = "two bars" if v["clicks"] >= shortest else "one bar"
    return (
        f"A window of {text(2 * shortest)} ms tells tones apart from about {text(finest)} Hz on "
        f"and clicks from about {text(shortest)} ms on: here {lines} and {bars}."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=2.8)
    extent = (-1, 401, -_RATE / _SIZE / 2000, 2 + _RATE / _SIZE / 2000)
    image = ax.imshow(curves["levels"].T, extent=extent, vmin=_FLOOR, vmax=_TOP)
    ax.set(xlabel="time in milliseconds", ylabel="frequency in kHz")
    ax.grid(False)
    figure.colorbar(image, ax=ax, label="level in dB")
    return figure


_LENGTHS = {2**k: f"{2**k / 8:g} ms" for k in range(5, 11)}

WINDOW_LENGTH = InteractiveFigure(
    name="window_length",
    title="window length",
    alt="A spectrogram of two tones close in frequency and two clicks close in time.",
    rate=_RATE,
    controls=(
        slider("window", "Samples in the window", tuple(_LENGTHS), 256),
        slider("tones", "Tones apart by", range(20, 401, 20), 100, "Hz"),
        slider("clicks", "Clicks apart by", range(4, 61, 2), 20, "ms"),
        choice(
            "heard",
            "You hear",
            {"the windowed pieces, one by one": "pieces", "the whole signal": "whole"},
            "pieces",
        ),
    ),
    samples=_heard,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    rest=0.3,
    height=320,
)
