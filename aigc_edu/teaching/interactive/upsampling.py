"""The figure of upsampling: the tones that a transposed convolution adds, stride by stride."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, text

_RATE, _SECONDS = 16_000, 0.8
_PITCH, _TONE, _REST = 220, 0.2, 0.3  # Hz; amplitude of the tone, and what it swings around
_RAMP = 0.02  # seconds
_SIZE, _AT, _STRETCH = 2048, 4000, 128  # of the spectrum; where it and the waveform begin
_FLOOR, _LEAST = -80.0, -60.0  # dB: of the picture, and of a line that is spoken of
_SPREAD = 1.5  # of the random weights: 0.25 to 1.75 times their mean
_REACH = 8  # input samples on either side that the low-pass spans


def _tone(rate: float, count: int) -> np.ndarray:
    """Return a tone that swings around a positive value, as what comes out of a ReLU does."""
    u = np.arange(count) / rate
    return _edges(u) * (_REST + _TONE * np.sin(2 * np.pi * _PITCH * u))


def _edges(u: np.ndarray) -> np.ndarray:
    return np.clip(np.minimum(u, _SECONDS - u) / _RAMP, 0, 1)


def weights(stride: int, taps: int, way: str, draw: int) -> np.ndarray:
    """Return the weights of a transposed convolution, whose sum is the stride.

    Parameters
    ----------
    stride
        s: outputs for each input.
    taps
        How many weights are drawn, at least s.
    way
        ``"random"``; ``"equal"``; ``"balanced"``: random, divided by the sums of their phases;
        ``"repeat"``: s ones, then an ordinary convolution with the random weights;
        ``"lowpass"``: a windowed sinc, whatever ``taps`` is.
    draw
        Which random weights.

    Returns
    -------
    ndarray
        float64, shape (taps,); (taps + s - 1,) for ``"repeat"``, (16 s + 1,) for ``"lowpass"``.
    """
    if way == "lowpass":
        u = np.arange(-_REACH * stride, _REACH * stride + 1) / stride
        w = np.sinc(u) * (0.5 + 0.5 * np.cos(np.pi * u / _REACH))
        return w * stride / w.sum()
    w = 1 + _SPREAD * sources.uniform(taps, draw) if way != "equal" else np.ones(taps)
    if way == "balanced":
        return w / phase_gains(w, stride)[np.arange(taps) % stride]
    w = w * stride / w.sum()
    return np.convolve(np.ones(stride), w) / stride if way == "repeat" else w


def phase_gains(w: np.ndarray, stride: int) -> np.ndarray:
    """Return what a constant 1 becomes: the sum of each phase's weights, shape (stride,)."""
    return np.array([w[r::stride].sum() for r in range(stride)])


def _upsampled(stride: int, taps: int, way: str, draw: int) -> np.ndarray:
    """Return the tone at the high rate, (N,), still around its positive value."""
    w = weights(stride, taps, way, draw)
    x = _tone(_RATE / stride, int(_SECONDS * _RATE) // stride)
    spread = np.zeros(len(x) * stride)
    spread[::stride] = x
    late = (len(w) - 1) // 2  # so that all ways begin together
    return np.convolve(spread, w)[late : late + len(spread)]


def _heard(stride: int, taps: int, way: str, draw: int) -> np.ndarray:
    """Return the tone without what it swings around, which nobody hears."""
    y = _upsampled(stride, taps, way, draw)
    return y - _REST * _edges(np.arange(len(y)) / _RATE)


def _curves(stride: int, taps: int, way: str, draw: int) -> Curves:
    """Return the gains of the phases, a stretch of the waveform, and the spectrum."""
    y = _upsampled(stride, taps, way, draw)
    n = np.arange(_AT, _AT + _STRETCH)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)
    heard = y[_AT : _AT + _SIZE] - _REST
    spectrum = amplitudes(heard, window, _SIZE)
    near = round(_PITCH * _SIZE / _RATE)
    w = weights(stride, taps, way, draw)
    return {
        "gains": phase_gains(w, stride),
        "time": 1000 * (n - _AT) / _RATE,
        "waveform": y[n],
        "wanted": _tone(_RATE, len(y))[n],
        "frequency": np.arange(_SIZE // 2 + 1) * _RATE / _SIZE / 1000,
        "level": decibels(spectrum / spectrum[near - 2 : near + 3].max(), _FLOOR),
    }


def _line(stride: int, curves: Curves) -> float:
    """Return the level at f_s / s in dB of the tone."""
    at = round(_SIZE / stride)
    return float(curves["level"][at - 2 : at + 3].max())


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    gains, at = curves["gains"], text(_RATE / v["stride"])
    level = _line(v["stride"], curves)
    line = f"a line {text(-level)} dB below the tone" if level > _LEAST else "no line"
    low, high = text(gains.min(), 2), text(gains.max(), 2)
    phases = f"are all {low}" if low == high else f"lie between {low} and {high}"
    return (
        f"Stride {v['stride']}: the gains of the {v['stride']} phases {phases}. "
        f"At 16,000 / {v['stride']} = {at} Hz stands {line}."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.0)
    upper.plot(curves["time"], curves["wanted"], "--", color=PALETTE["grey"], label="the tone")
    upper.plot(curves["time"], curves["waveform"], label="what comes out")
    upper.set(xlabel="time in milliseconds", ylabel="amplitude", ylim=(-0.1, 1.0))
    upper.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    lower.plot(curves["frequency"], curves["level"])
    at = _RATE / v["stride"] / 1000
    lower.plot([at], [_line(v["stride"], curves)], "o", color=PALETTE["orange"], label="f_s / s")
    lower.set(xlabel="frequency in kHz", ylabel="dB of the tone", ylim=(_FLOOR, 8))
    lower.legend(loc="lower right", bbox_to_anchor=(1, 1))
    return figure


_WAYS = {
    "random weights": "random",
    "equal weights": "equal",
    "random, phases made equal": "balanced",
    "repeat, then convolve with them": "repeat",
    "a low-pass": "lowpass",
}

UPSAMPLING = InteractiveFigure(
    name="upsampling",
    title="upsampling",
    alt="Above, 8 ms of a tone whose rate was raised; below, its spectrum.",
    rate=_RATE,
    controls=(
        slider("stride", "Stride", (4, 5, 8, 10, 16), 8),
        slider("taps", "Weights", range(16, 49), 25),
        choice("way", "Way", _WAYS, "random"),
        slider("draw", "Draw of the weights", range(1, 7), 1),
    ),
    samples=_heard,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    rest=0.3,
    height=400,
)
