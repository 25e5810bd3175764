"""The figure of padding: which inputs an output hears in PyTorch and, with "same", in Keras.

What is heard is a word at the end of five layers up, where one sample too few at each layer has
grown by the strides: 1 + s + ... + s^4 samples late.
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.axes
import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

LAYERS = 5
_LATEST = 781  # samples: 1 + 5 + ... + 5^4
_FRAMEWORKS = ("torch", "keras")
_NAMES = {"torch": "PyTorch", "keras": "Keras"}


def around(way: str, framework: str, length: int, kernel: int, stride: int) -> tuple[int, int, int]:
    """Return what is added or cut at either end, and the number of outputs.

    Parameters
    ----------
    way
        ``"down"``: a convolution of that stride, and zeros are added; ``"up"``: a transposed
        convolution, and outputs are cut off.
    framework
        ``"torch"``: (kernel - stride) / 2, rounded up, at either end, and where that is rounded,
        an output padding of one; ``"keras"``: ``padding="same"``.
    length
        Number of inputs.
    kernel, stride
        The layer's, kernel >= stride.

    Returns
    -------
    tuple
        Samples before, samples after, outputs.
    """
    missing = kernel - stride
    half = -(-missing // 2)
    if way == "up":
        before = half if framework == "torch" else missing // 2
        return before, missing - before, stride * length
    if framework == "torch":
        return half, half, (length + 2 * half - kernel) // stride + 1
    outputs = -(-length // stride)
    added = max((outputs - 1) * stride + kernel - length, 0)
    return added // 2, added - added // 2, outputs


def hears(way: str, before: int, output: int, kernel: int, stride: int) -> np.ndarray:
    """Return the numbers of the inputs that an output hears; below 0 and from L on stand zeros."""
    if way == "down":
        return np.arange(kernel) + output * stride - before
    place = output + before  # among the outputs before any is cut off
    first = -(-(place - kernel + 1) // stride)
    return np.arange(first, place // stride + 1)


def late(kernel: int, stride: int) -> int:
    """Return how many samples Keras's clip is behind PyTorch's after five layers up."""
    return ((kernel - stride) % 2) * sum(stride**n for n in range(LAYERS))


def _samples(
    way: str, stride: int, kernel: int, length: int, output: int, heard: str
) -> np.ndarray:
    word = sources.word()
    first, second = np.zeros((2, len(word) + _LATEST))
    first[: len(word)] = word
    behind = late(kernel, stride)
    second[behind : behind + len(word)] = word
    return {"torch": first, "keras": second, "both": (first + second) / 2}[heard]


def _curves(way: str, stride: int, kernel: int, length: int, output: int, heard: str) -> Curves:
    curves: Curves = {"late": np.array([late(kernel, stride)], float)}
    for name in _FRAMEWORKS:
        before, after, outputs = around(way, name, length, kernel, stride)
        chosen = min(output, outputs - 1)
        inputs = hears(way, before, chosen, kernel, stride)
        curves[name] = np.array([before, after, outputs, chosen], float)
        curves[f"{name}_hears"] = inputs.astype(float)
    return curves


def _spoken(way: str, name: str, curves: Curves) -> str:
    before, after, outputs, _ = (text(value) for value in curves[name])
    verb = "adds {} zeros before and {} after" if way == "down" else "cuts {} before and {} after"
    return f"{_NAMES[name]} {verb.format(before, after)} and has {outputs} outputs"


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    spans = (
        f"{text(curves[f'{name}_hears'][0])} to {text(curves[f'{name}_hears'][-1])} in "
        f"{_NAMES[name]}"
        for name in _FRAMEWORKS
    )
    chosen, behind = text(curves["torch"][3]), curves["late"][0]
    both = "; ".join(_spoken(str(v["way"]), name, curves) for name in _FRAMEWORKS)
    ms = text(1000 * behind / sources.WORD_RATE, 1)
    heard = f"{ms} ms late at 8,000 samples a second" if behind else "in time"
    return (
        f"{both}. Output {chosen} hears inputs {' and '.join(spans)}. "
        f"After five layers up, Keras is {heard}."
    )


def _ends(v: Mapping[str, Value], inputs: np.ndarray, chosen: int) -> tuple[np.ndarray, float]:
    """Return where inputs and the output stand along the picture, in samples of the longer side."""
    stride = int(v["stride"])
    return (inputs, chosen * stride) if v["way"] == "down" else (inputs * stride, chosen)


def _limits(v: Mapping[str, Value]) -> tuple[float, float]:
    longer = v["length"] * (1 if v["way"] == "down" else v["stride"])
    return -14.0, float(longer) + 14.0


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, axes = new_figure(2, height=4.4)
    for ax, name in zip(axes, _FRAMEWORKS, strict=True):
        _draw_one(ax, v, curves, name)
    axes[0].legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1))
    axes[1].set(xlabel="place in samples of the longer side")
    return figure


def _draw_one(ax: matplotlib.axes.Axes, v: Mapping[str, Value], curves: Curves, name: str) -> None:
    """Draw the inputs below, the outputs above, and what one output hears."""
    length = v["length"]
    _, _, outputs, chosen = curves[name].astype(int)
    every, _ = _ends(v, np.arange(length), 0)
    heard, at = _ends(v, curves[f"{name}_hears"], chosen)
    inside = (curves[f"{name}_hears"] >= 0) & (curves[f"{name}_hears"] < length)
    ax.plot([heard, np.full(len(heard), at)], [0, 1], color=PALETTE["blue"], lw=0.7)
    ax.plot(every, 0 * every, "o", color=PALETTE["grey"], markersize=3)
    ax.plot(heard[inside], 0 * heard[inside], "o", color=PALETTE["orange"], label="inputs heard")
    ax.plot(heard[~inside], 0 * heard[~inside], "x", color=PALETTE["purple"], label="nothing there")
    step = v["stride"] if v["way"] == "down" else 1
    ax.plot(step * np.arange(outputs), np.ones(outputs), "o", color=PALETTE["grey"], markersize=3)
    ax.plot([at], [1], "o", color="black", label="the output")
    ax.set(xlim=_limits(v), ylim=(-0.4, 1.4))
    ax.set_yticks([0, 1], ["in", "out"])
    ax.set_ylabel(_NAMES[name])


SAME_PADDING = InteractiveFigure(
    name="same_padding",
    title="padding in PyTorch and in Keras",
    alt="Above PyTorch, below Keras: a layer's inputs and outputs, and what one output hears.",
    rate=sources.WORD_RATE,
    controls=(
        choice("way", "Layer", {"down, Conv1D": "down", "up, Conv1DTranspose": "up"}, "down"),
        slider("stride", "Stride", range(2, 6), 4),
        slider("kernel", "Kernel", range(6, 26), 25),
        slider("length", "Inputs", range(8, 25), 16),
        slider("output", "Output", range(8), 1),
        choice(
            "heard",
            "You hear",
            {"PyTorch": "torch", "Keras": "keras", "both at once": "both"},
            "both",
        ),
    ),
    samples=_samples,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {"word": sources.word_base64()},
    rest=0.4,
    height=400,
)
