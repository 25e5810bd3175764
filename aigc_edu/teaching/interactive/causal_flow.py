"""The figure of causal flow: values that move through dilated layers, step by step."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_MOST, _TAPS = 4, 3  # layers; weights of each
_FIRST, _COLUMNS = 1912, 32  # the picture shows these samples of the word, which lie in the vowel
_END = 1959  # what the figure holds of the word: the picture's end, and 15 samples of its future
_FADE, _SILENCE = 40, 100  # samples; a player's own fade, 80 samples, falls into the silence
_TALL = 0.42  # of a row's height, for a value as large as the largest of the row
_WEIGHTS = {"smooth": (0.25, 0.5, 0.25), "ends": (0.5, 0.0, 0.5), "change": (-0.5, 1.0, -0.5)}


def flow(x: np.ndarray, layers: int, weights: str, mode: str) -> np.ndarray:
    """Return what a stack of dilated layers with three weights each writes, layer by layer.

    Layer n has the dilation d = 2^(n - 1). Its output at t is a sum of three values of the layer
    below, those at t, t - d, t - 2 d if it is causal, else those at t + d, t, t - d.

    Parameters
    ----------
    x
        The input, shape (T,). Before it and after it are zeros.
    layers
        How many.
    weights
        ``"smooth"``, ``"ends"`` or ``"change"``.
    mode
        ``"causal"``; ``"whole"``: zeros on both sides, all at once; ``"live"``: the same layers,
        one sample at a time, so that a value at t + d isn't there yet and counts as 0.

    Returns
    -------
    ndarray
        Shape (layers + 1, T). Row 0 is the input.
    """
    rows, length = [np.asarray(x, np.float64)], len(x)
    for layer in range(1, layers + 1):
        padded = np.pad(rows[-1], 2 ** (layer + 1))
        start, out = 2 ** (layer + 1), np.zeros(length)
        for weight, back in zip(_WEIGHTS[weights], _reads(layer, mode), strict=True):
            if back >= 0 or mode == "whole":
                out += weight * padded[start - back : start - back + length]
        rows.append(out)
    return np.stack(rows)


def _reads(layer: int, mode: str) -> tuple[int, ...]:
    """Return how far back the values lie that a layer reads, in steps; less than 0: ahead."""
    d = 2 ** (layer - 1)
    return (0, d, 2 * d) if mode == "causal" else (-d, 0, d)


def _heard(time: int, layers: int, weights: str, mode: str) -> np.ndarray:
    """Return what the top layer has written up to the time, in a little silence."""
    y = flow(sources.word()[:_END], layers, weights, mode)[-1, : _FIRST + time + 1]
    n = np.arange(len(y))
    y = y * np.minimum(1, (np.minimum(n, n[::-1]) + 1) / (_FADE + 1))
    return np.pad(y, _SILENCE)


def _curves(time: int, layers: int, weights: str, mode: str) -> Curves:
    """Return the picture's values, which are there, and what each layer reads and writes."""
    rows = flow(sources.word()[:_END], layers, weights, mode)
    now = _FIRST + time
    there = np.zeros((layers + 1, _COLUMNS))
    there[:, : _COLUMNS if mode == "whole" else time + 1] = 1
    steps = [[time - back for back in _reads(n, mode)] for n in range(1, layers + 1)]
    read = [
        [rows[n, _FIRST + step] if step <= time or mode == "whole" else 0.0 for step in row]
        for n, row in enumerate(steps)
    ]
    return {
        "values": rows[:, _FIRST : _FIRST + _COLUMNS] * there,
        "there": there,
        "steps": np.array(steps, float),
        "read": np.array(read),
        "written": rows[:, now],
        "largest": np.abs(rows[:, _FIRST : _FIRST + _COLUMNS]).max(axis=1),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    top, steps, read = v["layers"], curves["steps"][-1], curves["read"][-1]
    below = "the input" if top == 1 else f"layer {top - 1}"
    values = [f"{text(x, 2)} (step {text(s)})" for s, x in zip(steps, read, strict=True)]
    ahead = text(steps[0])
    end = {
        "causal": "None of them lies ahead.",
        "whole": f"Step {ahead} lies ahead: this works only while the whole sound is known.",
        "live": f"Step {ahead} isn't there yet and counts as 0.",
    }[v["mode"]]
    written = text(curves["written"][-1], 2)
    return (
        f"Step {v['time']}: layer {top} reads {values[0]}, {values[1]} and {values[2]} of {below}, "
        f"and writes {written}. {end}"
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=1.2 + 0.75 * (v["layers"] + 1))
    scale = _TALL / np.maximum(curves["largest"], 1e-9)
    for row, values in enumerate(curves["values"]):
        there = np.flatnonzero(curves["there"][row])
        known = there[there <= v["time"]]
        ax.axhline(row, color=PALETTE["grey"], linewidth=0.6)
        for some, colour in ((known, "blue"), (np.setdiff1d(there, known), "grey")):
            tops = row + scale[row] * values[some]
            ax.vlines(some, row, tops, color=PALETTE[colour], linewidth=2)
        missing = np.flatnonzero(curves["there"][row] == 0)
        ax.plot(missing, 0 * missing + row, ".", color=PALETTE["grey"], markersize=2)
    _draw_step(ax, v, curves, scale)
    ax.set(xlabel="time step", xlim=(-0.7, _COLUMNS - 0.3), ylim=(-0.6, v["layers"] + 0.6))
    names = [f"layer {n}, dilation {2 ** (n - 1)}" for n in range(1, v["layers"] + 1)]
    ax.set_yticks(range(v["layers"] + 1), ["input", *names])
    ax.grid(False)
    ax.legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1))
    return figure


def _draw_step(
    ax: matplotlib.axes.Axes, v: Mapping[str, Value], curves: Curves, scale: np.ndarray
) -> None:
    """Draw what is read and written at the present step."""
    rows = np.arange(v["layers"])[:, None]
    late = (curves["steps"] > v["time"]) & (v["mode"] == "live")
    heights = rows + scale[:-1, None] * curves["read"]
    ends = np.arange(1, v["layers"] + 1) + scale[1:] * curves["written"][1:]
    for layer in range(v["layers"]):
        for step, height in zip(curves["steps"][layer], heights[layer], strict=True):
            ax.plot([step, v["time"]], [height, ends[layer]], color=PALETTE["orange"], lw=0.8)
    ax.plot(curves["steps"][~late], heights[~late], "o", color=PALETTE["orange"], label="read")
    if late.any():
        ax.plot(curves["steps"][late], heights[late], "x", color="black", label="not there yet")
    ax.plot([v["time"]] * v["layers"], ends, "o", color="black", label="written")


_MENU = {
    "\u00bc, \u00bd, \u00bc: smooths": "smooth",
    "\u00bd, 0, \u00bd: no middle": "ends",
    "\u2212\u00bd, 1, \u2212\u00bd: keeps changes": "change",
}
_MODES = {
    "on the left: causal": "causal",
    "both sides, all at once": "whole",
    "both sides, step by step": "live",
}

CAUSAL_FLOW = InteractiveFigure(
    name="causal_flow",
    title="causal flow",
    alt="Rows of values over time, the input below and a layer on each other; lines lead from "
    "what each layer reads at this step to what it writes.",
    rate=sources.WORD_RATE,
    controls=(
        slider("time", "Time step", range(_COLUMNS), 16),
        slider("layers", "Layers", range(1, _MOST + 1), 3),
        choice("weights", "Weights of a layer", _MENU, "smooth"),
        choice("mode", "Zeros", _MODES, "causal"),
    ),
    samples=_heard,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {"word": sources.word_base64()[: 8 * _END // 3]},
    rest=0.2,
    height=400,
)
