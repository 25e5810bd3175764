"""The figure of five layers: the lines that each layer of an untrained generator leaves behind.

Chapter: chapters/04-adversarial/02-wavegan-structure.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import matplotlib.figure
import numpy as np

from aigc_edu.dsp import line_level, repeating
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Control, Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, text

_RATE, _PEAK = 16_000, 0.5
CHANNELS = (32, 16, 8, 4, 2, 1)  # of a WaveGAN of width 2
FRAMES, KERNEL, STRIDE = 16, 25, 4
PERIODS = (1024, 256, 64, 16, 4)  # samples of the clip between two inputs of layers 1 ... 5
_HEARD_PERIOD = 64  # what is taken for the buzz: lines at the multiples of 250 Hz
_SIZE, _FLOOR, _LEAST, _MOST = 4096, -80.0, -40.0, 40.0


def first_frames(draw: int) -> np.ndarray:
    """Return what the dense layer of an untrained generator gives, shape (32, 16)."""
    u = sources.uniform(CHANNELS[0] * FRAMES, 10 * draw)
    return np.sqrt(24) * u.reshape(CHANNELS[0], FRAMES)


def layer_weights(draw: int, layer: int, repeats: bool) -> np.ndarray:
    """Return the weights of a layer, (inputs, outputs, taps), which keep the level on average.

    Parameters
    ----------
    draw
        Which random weights.
    layer
        1 ... 5, from the middle to the waveform.
    repeats
        Whether it repeats its inputs, so that each output is a sum over more of them.
    """
    shape = (CHANNELS[layer - 1], CHANNELS[layer], KERNEL)
    inputs = shape[0] * KERNEL / (1 if repeats else STRIDE)
    gain = (24 if layer < 5 else 0.12) / inputs  # the last layer begins quiet
    u = sources.uniform(shape[0] * shape[1] * KERNEL, 10 * draw + layer)
    return np.sqrt(gain) * u.reshape(shape)


def _transposed(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return (C', 4 T) of (C, T): each input adds its copy of the kernel."""
    count, cut = x.shape[1], (KERNEL - STRIDE + 1) // 2
    y = np.zeros((w.shape[1], STRIDE * (count - 1) + KERNEL + 1))
    for i in range(KERNEL):
        y[:, i : i + STRIDE * count : STRIDE] += w[:, :, i].T @ x
    return y[:, cut : cut + STRIDE * count]


def _repeated(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return (C', 4 T) of (C, T): each input four times, then an ordinary convolution."""
    half, count = KERNEL // 2, STRIDE * x.shape[1]
    x = np.pad(np.repeat(x, STRIDE, axis=1), ((0, 0), (half, half)))
    return sum(w[:, :, i].T @ x[:, i : i + count] for i in range(KERNEL))


@cache
def untrained_clip(draw: int, repeating_layers: int) -> np.ndarray:
    """Return what a generator without biases makes, (16384,), before it is brought to a level.

    Parameters
    ----------
    draw
        Which random weights.
    repeating_layers
        How many of the last layers repeat; the others are transposed convolutions.
    """
    x = first_frames(draw)
    for layer in range(1, 6):
        repeats = layer > 5 - repeating_layers
        w = layer_weights(draw, layer, repeats)
        x = (_repeated if repeats else _transposed)(np.maximum(x, 0), w)
    clip = np.tanh(x[0])
    clip.flags.writeable = False
    return clip


def _levelled(draw: int, repeated: int) -> np.ndarray:
    x = untrained_clip(draw, repeated)
    x = x - x.mean()
    return _PEAK * x / np.abs(x).max()


def _samples(repeated: int, draw: int, heard: str) -> np.ndarray:
    x = _levelled(draw, repeated)
    if heard == "clip":
        return x
    lines = repeating(x, _HEARD_PERIOD)
    return lines if heard == "lines" else x - lines


def _curves(repeated: int, draw: int, heard: str) -> Curves:
    """Return the clip's spectrum, the level of each layer's lines, and their share of energy."""
    x = _levelled(draw, repeated)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)
    power = (amplitudes(x.reshape(-1, _SIZE), hann, _SIZE) ** 2).mean(axis=0)
    levels = [line_level(x, p, p // STRIDE) for p in PERIODS]
    lines = repeating(x, _HEARD_PERIOD)
    return {
        "frequency": np.arange(_SIZE // 2 + 1) * _RATE / _SIZE / 1000,
        "level": decibels(np.sqrt(power / power.max()), _FLOOR),
        "lines": np.clip(levels, _LEAST, _MOST),
        "share": np.array([100 * np.mean(lines**2) / np.var(x)]),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    count = int(v["repeated"])
    told = [
        f"{text(_RATE / PERIODS[n])} Hz {text(curves['lines'][n])} dB"
        for n in reversed(range(2, 5))
    ]
    return (
        f"{_TEXTS[count]}. Lines against noise, at the multiples of {', of '.join(told)}. "
        f"All multiples of 250 Hz together: {text(curves['share'][0], 1)} % of the energy."
    )


_TEXTS = (
    "All five are transposed",
    "Layer 5 repeats",
    "Layers 4 and 5 repeat",
    "Layers 3 to 5 repeat",
    "Layers 2 to 5 repeat",
    "All five repeat",
)


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.4)
    upper.plot(curves["frequency"], curves["level"], linewidth=0.9)
    upper.set(xlabel="frequency in kHz", ylabel="dB of the strongest", ylim=(_FLOOR, 5))
    layers, first = np.arange(1, 6), 5 - int(v["repeated"])
    for name, some, colour in (
        ("transposed", layers <= first, "orange"),
        ("repeats, then convolves", layers > first, "blue"),
    ):
        lower.bar(layers[some], curves["lines"][some], 0.6, color=PALETTE[colour], label=name)
    lower.axhline(0, color="black", linewidth=0.8)
    lower.set(xlabel="layer", ylabel="lines in dB", ylim=(_LEAST, _MOST), xlim=(0.4, 5.6))
    lower.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    return figure


_WHICH = ("none", "5", "4 and 5", "3 to 5", "2 to 5", "all")
_REPEATED = Control("repeated", "Repeating layers", "slider", tuple(range(6)), _WHICH, 0)
_HEARD = {
    "the whole clip": "clip",
    "lines at multiples of 250 Hz": "lines",
    "the clip without them": "rest",
}

FIVE_LAYERS = InteractiveFigure(
    name="five_layers",
    title="five layers of an untrained generator",
    alt="Above, the spectrum of a clip; below, how far the lines of each of five layers stand out.",
    rate=_RATE,
    controls=(
        _REPEATED,
        slider("draw", "Draw of the weights", range(1, 7), 1),
        choice("heard", "You hear", _HEARD, "clip"),
    ),
    samples=_samples,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    rest=0.3,
    height=440,
)
