"""The figure of poles and zeros: where they lie, what they let pass, and how it sounds."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_RATE = sources.WORD_RATE
_SECONDS, _RMS = 0.8, 0.1
_RADII = [0.0, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.97, 0.98, 0.985]
_RADII += [0.99, 0.9925, 0.995, 0.9975, 0.999]
_WORD = 3201  # samples, most of it; a multiple of 3 fills whole groups of letters in base64
_PULSES = 110  # a second
_POINTS, _FLOOR, _TOP = 401, -40.0, 14.0
_KINDS = {"two poles (a resonator)": "poles", "two poles and two zeros (a notch)": "notch"}
_SOUNDS = {"noise": "noise", "110 pulses a second": "pulses", "the word six": "word"}


def coefficients(kind: str, frequency: int, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Return b and a of a pair of poles, alone or with a pair of zeros on the unit circle.

    Parameters
    ----------
    kind
        ``"poles"`` or ``"notch"``.
    frequency
        Of poles and zeros in Hz, at 8,000 samples a second.
    radius
        Of the poles, from 0 to below 1.
    """
    cosine = np.cos(2 * np.pi * frequency / _RATE)
    a = np.array([1.0, -2 * radius * cosine, radius**2])
    return np.array([1.0, -2 * cosine, 1.0] if kind == "notch" else [1.0, 0.0, 0.0]), a


def _source(heard: str) -> np.ndarray:
    if heard == "word":
        return sources.word()[:_WORD]
    count = round(_SECONDS * _RATE)
    if heard == "noise":
        return sources.uniform(count, 3)
    return 1.0 * (np.arange(count) % (_RATE // _PULSES) == 0)


def _filtered(kind: str, frequency: int, radius: float, heard: str) -> np.ndarray:
    """Return the sound behind the filter, brought to one level for all settings."""
    y = dsp.filter_signal(*coefficients(kind, frequency, radius), _source(heard))
    return _softer(y * _RMS / np.sqrt(np.mean(y**2)))


def _softer(x: np.ndarray) -> np.ndarray:
    """Return x, turned down where its largest sample would leave [-0.9, 0.9]."""
    return x * min(1.0, 0.9 / np.abs(x).max())


def _curves(kind: str, frequency: int, radius: float, heard: str) -> Curves:
    """Return gain in dB against frequency, a resonator's against its top, and poles and zeros."""
    b, a = coefficients(kind, frequency, radius)
    f = np.linspace(0, _RATE / 2, _POINTS)
    gain = np.abs(dsp.frequency_response(b, a, f, _RATE))
    level = 20 * np.log10(gain / (1.0 if kind == "notch" else gain.max()) + 1e-30)
    theta = 2 * np.pi * frequency / _RATE
    out = 1.0 if kind == "notch" else 0.0  # without them, b z^2 has two zeros in the middle
    return {
        "frequency": f / 1000,
        "gain": np.maximum(_FLOOR, level),
        "pole_re": np.full(2, radius * np.cos(theta)),
        "pole_im": radius * np.sin(theta) * np.array([1, -1]),
        "zero_re": np.full(2, out * np.cos(theta)),
        "zero_im": out * np.sin(theta) * np.array([1, -1]),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    r = v["radius"]
    if r == 0:
        alone = "the two poles lie in the middle and do nothing"
        return f"r = 0: {alone}{'; the zeros cut a wide valley' if v['kind'] == 'notch' else ''}."
    width = -np.log(r) * _RATE / np.pi
    dies = 1000 * np.log(1000) / -np.log(r) / _RATE  # ms, by 60 dB
    what = "a gap" if v["kind"] == "notch" else "a band"
    return (
        f"r = {text(r, 4)}: {what} about {text(width)} Hz wide around {text(v['frequency'])} Hz; "
        f"a click rings for {text(dies)} ms until it is 60 dB down."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (left, right) = new_figure(1, 2, height=2.8)
    around = np.exp(2j * np.pi * np.linspace(0, 1, 200))
    left.plot(around.real, around.imag, color=PALETTE["grey"], linewidth=0.9)
    point = np.exp(2j * np.pi * v["frequency"] / _RATE)
    left.plot([0, point.real], [0, point.imag], "--", color=PALETTE["grey"], linewidth=0.9)
    poles, zeros = (curves["pole_re"], curves["pole_im"]), (curves["zero_re"], curves["zero_im"])
    left.plot(*poles, "x", color=PALETTE["orange"], label="poles")
    if v["kind"] == "notch":
        left.plot(*zeros, "o", color=PALETTE["blue"], fillstyle="none", label="zeros")
    left.set(aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.7), xlabel="real part")
    left.set_ylabel("imaginary part")
    left.legend(loc="upper center", ncols=2)
    right.plot(curves["frequency"], curves["gain"])
    right.set(xlabel="frequency in kHz", ylabel="gain in dB", xlim=(0, 4), ylim=(_FLOOR, _TOP))
    return figure


POLES = InteractiveFigure(
    name="poles",
    title="poles and zeros",
    alt="The unit circle with poles and zeros, and the gain that they make against frequency.",
    rate=_RATE,
    controls=(
        choice("kind", "Filter", _KINDS, "poles"),
        slider("frequency", "Frequency of the poles", range(100, 3901, 50), 700, "Hz"),
        slider("radius", "Distance from the middle, r", _RADII, 0.96, digits=4),
        choice("heard", "What goes in", _SOUNDS, "noise"),
    ),
    samples=_filtered,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {"word": sources.word_base64()[: 8 * _WORD // 3]},
    height=460,
)
