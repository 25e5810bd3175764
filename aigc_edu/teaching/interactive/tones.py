"""Figures of tones that are put together: beats, harmonics, frequency modulation."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, span, text

# ---------------------------------------------------------------- beats

_BEAT_RATE, _EACH = 16_000, 0.14
_COLUMN = 100  # samples of a column of the picture


def _two_tones(frequency: int, difference: float, second: int) -> np.ndarray:
    """Return two seconds of two tones; the second one's amplitude is in per cent."""
    first = dsp.sine(frequency, 2, _BEAT_RATE, _EACH)
    return first + dsp.sine(frequency + difference, 2, _BEAT_RATE, _EACH * second / 100)


def _beat_curves(frequency: int, difference: float, second: int) -> Curves:
    """Return the first second as lowest and highest sample of each column, and the envelope."""
    x = _two_tones(frequency, difference, second)[:_BEAT_RATE].reshape(-1, _COLUMN)
    u = np.linspace(0, 1, 501)
    b = second / 100
    envelope = np.sqrt(np.maximum(0, 1 + b**2 + 2 * b * np.cos(2 * np.pi * difference * u)))
    return {
        "time": np.arange(len(x)) * _COLUMN / _BEAT_RATE,
        "low": x.min(axis=1),
        "high": x.max(axis=1),
        "envelope_time": u,
        "envelope": _EACH * envelope,
    }


def _beat_reading(v: Mapping[str, Value], curves: Curves) -> str:
    f, d, b = v["frequency"], v["difference"], v["second"]
    tones = f"{text(f)} Hz and {text(f + d, 1)} Hz"
    if d == 0 or b == 0:
        return f"{tones if b else text(f) + ' Hz alone'}: nothing beats."
    depth = 20 * np.log10((100 + b) / (100 - b)) if b < 100 else None
    swing = f"by {text(depth, 1)} dB" if depth else "down to silence"
    return f"{tones}: {text(d, 1)} beats a second, each {swing}."


def _draw_beats(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=2.5)
    low, high = curves["low"], curves["high"]
    ax.fill_between(curves["time"], low, high, step="post", label="both tones", linewidth=0)
    for sign, label in ((1, "envelope"), (-1, None)):
        edge = sign * curves["envelope"]
        ax.plot(curves["envelope_time"], edge, color=PALETTE["orange"], label=label)
    ax.set(xlabel="time in seconds", ylabel="amplitude", xlim=(0, 1), ylim=(-0.3, 0.3))
    ax.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    return figure


BEATS = InteractiveFigure(
    name="beats",
    title="beats of two tones",
    alt="One second of the sum of two tones, and the envelope that it swells and fades in.",
    rate=_BEAT_RATE,
    controls=(
        slider("frequency", "First tone", range(200, 801, 10), 440, "Hz"),
        slider(
            "difference", "Second tone higher by", np.arange(0, 60.5, 0.5).tolist(), 4.0, "Hz", 1
        ),
        slider("second", "Amplitude of the second", range(0, 101, 10), 100, "%"),
    ),
    samples=_two_tones,
    curves=_beat_curves,
    reading=_beat_reading,
    draw=_draw_beats,
)

# ---------------------------------------------------------------- harmonics

_RATE, _MOST, _RMS = 24_000, 20, 0.12
_RECIPES = {
    "all, 1 / k (a saw)": "saw",
    "odd ones, 1 / k (a square)": "square",
    "odd ones, 1 / k\u00b2 (a triangle)": "triangle",
    "all alike (pulses)": "pulses",
}


def harmonic_amplitudes(recipe: str, count: int) -> np.ndarray:
    """Return the amplitudes of harmonics 1 ... 20, of which ``count`` sound; the power is fixed."""
    k = np.arange(1, _MOST + 1)
    odd = k % 2
    shapes = {
        "saw": 1 / k,
        "square": odd / k,
        "triangle": odd * (-1.0) ** (k // 2) / k**2,
        "pulses": np.ones(_MOST),
    }
    a = shapes[recipe] * (k <= count)
    return a * _RMS / np.sqrt(np.sum(a**2) / 2)


def _harmonics(frequency: int, count: int, recipe: str) -> np.ndarray:
    """Return one second of harmonics, added up."""
    return dsp.additive(frequency, harmonic_amplitudes(recipe, count), 1, _RATE)


def _harmonic_curves(frequency: int, count: int, recipe: str) -> Curves:
    """Return two periods, 300 points each, and the amplitude of each harmonic."""
    a = harmonic_amplitudes(recipe, count)
    return {
        "time": 1e3 * np.arange(600) / (300 * frequency),
        "wave": dsp.additive(frequency, a, 2 / frequency, 300 * frequency),
        "number": np.arange(1.0, _MOST + 1),
        "amplitude": np.abs(a),
    }


def _harmonic_reading(v: Mapping[str, Value], curves: Curves) -> str:
    sounding = int(np.count_nonzero(curves["amplitude"]))
    highest = int(np.flatnonzero(curves["amplitude"])[-1] + 1) * v["frequency"]
    many = "One harmonic, a pure tone" if sounding == 1 else f"{sounding} harmonics"
    return f"{many}, up to {text(highest)} Hz; the pitch is that of {text(v['frequency'])} Hz."


def _draw_harmonics(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.0)
    upper.plot(curves["time"], curves["wave"])
    upper.set(xlabel="time in milliseconds", ylabel="amplitude", ylim=span(curves["wave"]))
    there = curves["amplitude"] > 0
    lower.bar(curves["number"][there], curves["amplitude"][there], 0.3, color=PALETTE["orange"])
    lower.set(xlabel="number of the harmonic", ylabel="amplitude", xlim=(0, 21), ylim=(0, 0.18))
    return figure


HARMONICS = InteractiveFigure(
    name="harmonics",
    title="adding harmonics",
    alt="Above, two periods of a sum of harmonics; below, the amplitude of each harmonic.",
    rate=_RATE,
    controls=(
        slider("count", "Harmonics up to number", range(1, _MOST + 1), 6),
        choice("recipe", "Amplitudes", _RECIPES, "saw"),
        slider("frequency", "Fundamental", range(110, 441, 10), 220, "Hz"),
    ),
    samples=_harmonics,
    curves=_harmonic_curves,
    reading=_harmonic_reading,
    draw=_draw_harmonics,
    height=380,
)

# ---------------------------------------------------------------- frequency modulation

_FM_RATE, _SIZE, _FM_FLOOR = 32_000, 4096, -70.0
_DECAY = 5.0  # a second


def _modulated(
    carrier: int, ratio: float, index: float, ending: str, seconds: float = 1, rate: int = _FM_RATE
) -> np.ndarray:
    """Return a tone whose phase swings; when it is struck, amplitude and index fade."""
    u = dsp.sample_times(seconds, rate)
    fade = np.exp(-_DECAY * u) if ending == "struck" else np.ones(len(u))
    amplitude = 0.3 if ending == "struck" else 0.2
    return dsp.fm(carrier, ratio * carrier, index * fade, seconds, rate, amplitude * fade)


def _fm_curves(carrier: int, ratio: float, index: float, ending: str) -> Curves:
    """Return the first 20 ms, and the spectrum of the first 128 ms up to 8 kHz."""
    x = _modulated(carrier, ratio, index, ending)[:_SIZE]
    level = decibels(amplitudes(x, dsp.window("hann", _SIZE), _SIZE), _FM_FLOOR)
    bins = np.arange(_SIZE // 4 + 1)
    return {
        "time": np.arange(800) / 40,
        "wave": _modulated(carrier, ratio, index, ending, 20e-3, 40_000),
        "frequency": bins * _FM_RATE / _SIZE / 1000,
        "level": level[bins],
    }


def _fm_reading(v: Mapping[str, Value], curves: Curves) -> str:
    c, m = v["carrier"], v["ratio"] * v["carrier"]
    if v["index"] == 0:
        return f"Index 0: the carrier of {text(c)} Hz alone, a pure tone."
    lines = f"lines at {text(c)} Hz and every {text(m)} Hz to both sides"
    highest = f"strong ones up to about {text(c + (v['index'] + 1) * m)} Hz"
    return f"Index {text(v['index'], 1)}: {lines}, {highest}."


def _draw_fm(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.0)
    upper.plot(curves["time"], curves["wave"])
    upper.set(xlabel="time in milliseconds", ylabel="amplitude", ylim=(-0.33, 0.33))
    lower.plot(curves["frequency"], curves["level"], color=PALETTE["orange"])
    lower.set(xlabel="frequency in kHz", ylabel="level in dB", xlim=(0, 8), ylim=(_FM_FLOOR, -8))
    return figure


FM = InteractiveFigure(
    name="fm",
    title="frequency modulation",
    alt="Above, the first twenty milliseconds of the sound; below, its spectrum.",
    rate=_FM_RATE,
    controls=(
        slider("index", "Modulation index", [k / 5 for k in range(41)], 2.0, digits=1),
        slider("ratio", "Modulator over carrier", [k / 10 for k in range(5, 31)], 1.0, digits=1),
        slider("carrier", "Carrier", range(100, 441, 20), 220, "Hz"),
        choice("ending", "Sound", {"steady": "steady", "struck": "struck"}, "steady"),
    ),
    samples=_modulated,
    curves=_fm_curves,
    reading=_fm_reading,
    draw=_draw_fm,
    height=380,
)
