"""The figure of a gated residual layer: what filter and gate let through, in numbers and by ear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.axes
import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Control, Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_GAIN = 0.35  # of all that is heard, so that x + z, which is below 1.45, stays below full scale
_LENGTH = 3300  # of the word's samples, a multiple of 3, which fills whole letters in base64
_BEGIN, _COUNT = 1700, 200  # the samples in the picture: 25 ms of the vowel
_NAMES = ("x", "a", "filter", "b", "gate", "z", "out")

# Where the parts stand, as shares of the picture's width and of its height from the top.
_NODES = [
    ("x", "x", 0.075, 0.50),
    ("a", "w_f x", 0.285, 0.27),
    ("filter", "tanh", 0.485, 0.27),
    ("b", "w_g x + c", 0.285, 0.73),
    ("gate", "σ", 0.485, 0.73),
    ("z", "×", 0.665, 0.50),
    ("out", "+", 0.9, 0.50),
]
_FORK, _TAP = 0.165, 0.78  # where x and z go separate ways
_WIRES = [
    ("x", [(0.075, 0.5), (_FORK, 0.5), (_FORK, 0.27), (0.285, 0.27)]),
    ("x", [(_FORK, 0.5), (_FORK, 0.73), (0.285, 0.73)]),
    ("a", [(0.285, 0.27), (0.485, 0.27)]),
    ("b", [(0.285, 0.73), (0.485, 0.73)]),
    ("filter", [(0.485, 0.27), (0.665, 0.27), (0.665, 0.5)]),
    ("gate", [(0.485, 0.73), (0.665, 0.73), (0.665, 0.5)]),
    ("z", [(0.665, 0.5), (0.9, 0.5)]),
    ("z", [(_TAP, 0.5), (_TAP, 0.1)]),
    ("x", [(_FORK, 0.73), (_FORK, 0.93), (0.9, 0.93), (0.9, 0.5)]),
    ("out", [(0.9, 0.5), (1.0, 0.5)]),
]
_WORDS = [("skip", _TAP, 0.04), ("residual: x as it came", 0.52, 0.985)]


def gated(x: np.ndarray, filtered: float, gate: float, constant: float) -> dict[str, np.ndarray]:
    """Return what stands on the wires of a gated residual layer with one channel and one tap.

    Parameters
    ----------
    x
        The layer's input, any shape.
    filtered, gate
        The weights w_f and w_g.
    constant
        What the condition adds to the gate, c.

    Returns
    -------
    dict
        Arrays of x's shape: ``x``, ``a`` (w_f x), ``filter`` (tanh a), ``b`` (w_g x + c), ``gate``
        (the logistic function of b), ``z`` (filter times gate, to the skip), ``out`` (x + z).
    """
    a, b = filtered * x, gate * x + constant
    opened = 1 / (1 + np.exp(-b))
    z = np.tanh(a) * opened
    return dict(zip(_NAMES, (x, a, np.tanh(a), b, opened, z, x + z), strict=True))


def _samples(filtered: float, gate: float, constant: float, moment: int, heard: str) -> np.ndarray:
    return _GAIN * gated(sources.word()[:_LENGTH], filtered, gate, constant)[heard]


def _curves(filtered: float, gate: float, constant: float, moment: int, heard: str) -> Curves:
    """Return the wires over 25 ms, their values at the moment, and the ends of z in the word."""
    whole = gated(sources.word()[:_LENGTH], filtered, gate, constant)
    piece = {name: row[_BEGIN : _BEGIN + _COUNT] for name, row in whole.items()}
    return {
        "time": np.arange(_COUNT) / 8.0,
        **{name: piece[name] for name in ("x", "gate", "z", "out")},
        "values": np.array([piece[name][moment] for name in _NAMES]),
        "ends": np.array([whole["z"].min(), whole["z"].max()]),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    x, a, filtered, _, gate, z, out = (text(value, 2) for value in curves["values"])
    share = text(100 * curves["values"][4])
    low, high = (text(end, 2) for end in curves["ends"])
    return (
        f"x = {x}: the filter proposes tanh({a}) = {filtered}, the gate lets {share} % pass. "
        f"z = {z} goes to the skip, x + z = {out} to the next layer. "
        f"In the whole word z lies between {low} and {high}."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.8)
    _draw_layer(upper, dict(zip(_NAMES, curves["values"], strict=True)))
    for name, style in _STYLES.items():
        lower.plot(curves["time"], curves[name], **style, label=_LABELS[name])
    lower.axvline(curves["time"][v["moment"]], color="black", linestyle=":", linewidth=1)
    lower.set(xlabel="time in milliseconds", ylabel="value", ylim=(-1.5, 1.5))
    lower.legend(loc="lower right", ncols=4, bbox_to_anchor=(1, 1))
    return figure


_LABELS = {"x": "x", "gate": "gate", "z": "z", "out": "x + z"}
_STYLES: dict[str, dict[str, Any]] = {
    "x": {"color": PALETTE["grey"]},
    "gate": {"color": PALETTE["green"], "linestyle": "--"},
    "z": {"color": PALETTE["blue"]},
    "out": {"color": PALETTE["orange"], "linestyle": "-."},
}


def _draw_layer(ax: matplotlib.axes.Axes, values: Mapping[str, float]) -> None:
    """Draw the layer: wires as thick as their values are large, orange where these are negative."""
    ax.set(xlim=(0, 1), ylim=(1.02, -0.02))
    ax.set_axis_off()
    for name, points in _WIRES:
        colour = PALETTE["orange" if values[name] < 0 else "blue"]
        width = 0.8 + 3 * min(1, abs(values[name]))
        ax.plot(*zip(*points, strict=True), color=colour, linewidth=width)
    box = {"boxstyle": "round", "facecolor": "white", "edgecolor": "black"}
    for name, label, x, y in _NODES:
        words = f"{label}\n{text(values[name], 2)}"
        ax.text(x, y, words, ha="center", va="center", color="black", bbox=box)
    for words, x, y in _WORDS:
        ax.text(x, y, words, ha="center", va="center")


_HEARD = {
    "z, what goes to the skip": "z",
    "x + z, what goes to the next layer": "out",
    "tanh, without the gate": "filter",
    "the input x": "x",
}
_MOMENT = Control(
    name="moment",
    label="Numbers at",
    kind="slider",
    values=tuple(range(0, _COUNT, 4)),
    texts=tuple(f"{text(n / 8, 1)} ms" for n in range(0, _COUNT, 4)),
    start=80,
)

GATED_LAYER = InteractiveFigure(
    name="gated_layer",
    title="a gated residual layer",
    alt="Above, a layer as a diagram with its values: filter, gate, skip, residual; below, 25 ms.",
    rate=sources.WORD_RATE,
    controls=(
        slider("filtered", "Filter's weight", (0.5, 1, 2, 4, 8, 16), 4, digits=1),
        slider("gate", "Gate's weight", (-16, -8, -4, -2, 0, 2, 4, 8, 16), 0),
        slider("constant", "Gate's constant", range(-6, 7), 0),
        _MOMENT,
        choice("heard", "You hear", _HEARD, "z"),
    ),
    samples=_samples,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {
        "word": sources.word_base64()[: 8 * _LENGTH // 3],
        "nodes": _NODES,
        "wires": _WIRES,
        "words": _WORDS,
    },
    rest=0.3,
    height=500,
)
