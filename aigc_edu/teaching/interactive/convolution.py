"""The figure of receptive fields: which inputs reach an output of stacked causal convolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.figure
import numpy as np
from matplotlib.collections import LineCollection

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_MOST = 8  # layers
_NARROW, _WIDE = 32, 64  # inputs in the picture
_BACK = 15  # how far back the output can be moved: R = 17 still fits into the narrow picture then
# The figure holds the word's first samples, up to this one, which lies in the vowel, where it is
# loud. A multiple of 3 fills whole groups of four letters in base64.
_POINT = 1932
_FADE, _SILENCE = 40, 100  # samples; a player's own fade, 80 samples, falls into the silence
_NAMES = {
    "double": "doubling",
    "anew": "started anew",
    "constant": "constant",
    "triple": "tripling",
}


def dilations(pattern: str, layers: int) -> list[int]:
    """Return the dilations of a stack, the layer at the input first.

    Parameters
    ----------
    pattern
        ``"double"`` (1, 2, 4, ...), ``"anew"`` (1, 2, 4, 8, 1, 2, ...), ``"constant"`` (all 1) or
        ``"triple"`` (1, 3, 9, ...).
    layers
        How many there are.
    """
    rules = {
        "double": lambda n: 2**n,
        "anew": lambda n: 2 ** (n % 4),
        "constant": lambda n: 1,
        "triple": lambda n: 3**n,
    }
    return [rules[pattern](n) for n in range(layers)]


def reaching(spread: Sequence[int], kernel: int) -> np.ndarray:
    """Return which nodes of a stack of causal convolutions have a path to its last output.

    From the output down: a node of layer l at time t is fed by those of the layer below at
    t, t - d, ..., t - (k - 1) d, where d is the dilation of layer l.

    Parameters
    ----------
    spread
        The layers' dilations, the layer at the input first.
    kernel
        Taps k of every layer.

    Returns
    -------
    ndarray
        Boolean, shape (layers + 1, R): row 0 are the inputs; the last column is the output's time.
    """
    window = 1 + (kernel - 1) * sum(spread)
    nodes = np.zeros((len(spread) + 1, window), bool)
    nodes[-1, -1] = True
    for layer in range(len(spread), 0, -1):
        for back in range(0, kernel * spread[layer - 1], spread[layer - 1]):
            nodes[layer - 1, : window - back] |= nodes[layer, back:]
    return nodes


def _stack(v: Mapping[str, Value]) -> np.ndarray:
    return reaching(dilations(str(v["pattern"]), int(v["layers"])), int(v["kernel"]))


def _seen(layers: int, pattern: str, kernel: int, output: int, heard: str) -> np.ndarray:
    """Return what one output sees of the word, or the word up to there, in a little silence."""
    x = sources.word()[: _POINT + output]
    reached = reaching(dilations(pattern, layers), kernel)[0]
    if heard != "word":
        x = x[-len(reached) :]
    n, fade = np.arange(len(x)), min(_FADE, len(x) // 4)
    x = x * np.minimum(1, (np.minimum(n, n[::-1]) + 1) / (fade + 1))
    if heard == "reached":
        x = x * reached[-len(x) :]
    return np.pad(x, _SILENCE)


def _curves(layers: int, pattern: str, kernel: int, output: int, heard: str) -> Curves:
    """Return the picture's nodes and lines, and R against the number of layers."""
    spread = dilations(pattern, layers)
    nodes = reaching(spread, kernel)
    columns = _NARROW if nodes.shape[1] + _BACK <= _NARROW else _WIDE
    reached = np.zeros((layers + 1, columns))
    ages = np.arange(columns)[::-1] + output  # of the columns, seen from the output
    there = (ages >= 0) & (ages < nodes.shape[1])
    reached[:, there] = nodes[:, nodes.shape[1] - 1 - ages[there]]
    lines = [
        (column - columns + 1 - tap * spread[layer - 1], column - columns + 1, layer)
        for layer, column in zip(*np.nonzero(reached), strict=True)
        if layer
        for tap in range(kernel)
    ]
    row = np.array(lines, float).T  # (3, lines)
    return {
        "reached": reached,
        "from_time": row[0],
        "to_time": row[1],
        "to_layer": row[2],
        "layers": np.arange(1.0, _MOST + 1),
        "field": 1.0 + (kernel - 1) * np.cumsum(dilations(pattern, _MOST)),
        "constant": 1.0 + (kernel - 1) * np.arange(1, _MOST + 1),
        "never": np.array([np.count_nonzero(~nodes[0])], float),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    window = int(curves["field"][v["layers"] - 1])
    spread = " + ".join(text(d) for d in dilations(v["pattern"], v["layers"]))
    ms = window / 8
    digits = 0 if ms == int(ms) or ms >= 100 else 1 if ms > 1 else 2
    never = int(curves["never"][0])
    missed = f"{text(never)} of them never {'reaches' if never == 1 else 'reach'} it"
    shown = curves["reached"].shape[1] + v["output"]
    point = _POINT + v["output"]
    word = f", the sound the last {text(point)}" if window > point else ""
    rest = f" The picture shows the last {shown} of them{word}." if window > shown else ""
    return (
        f"R = 1 + ({v['kernel']} \u2212 1)({spread}) = {text(window)} samples, "
        f"{text(ms, digits)} ms at 8,000 a second; "
        f"{missed if never else 'every one of them reaches the output'}.{rest}"
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.8)
    _draw_paths(upper, v, curves)
    lower.plot(curves["layers"], curves["constant"], "--", color=PALETTE["grey"], label="constant")
    if v["pattern"] != "constant":
        lower.plot(curves["layers"], curves["field"], ".-", label=_NAMES[v["pattern"]])
    here = curves["field"][v["layers"] - 1]
    lower.plot([v["layers"]], [here], "o", color="black", label="here")
    lower.set(xlabel="number of layers", ylabel="R", yscale="log", ylim=(1, 10_000))
    lower.set_yticks(10.0 ** np.arange(5), [text(10**n) for n in range(5)])
    lower.minorticks_off()
    lower.legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1))
    return figure


def _draw_paths(ax: matplotlib.axes.Axes, v: Mapping[str, Value], curves: Curves) -> None:
    """Draw the grid of nodes, and the paths that end in the output."""
    layers, reached = v["layers"], curves["reached"]
    first = 1 - reached.shape[1]
    starts = np.stack([curves["from_time"], curves["to_layer"] - 1], axis=1)
    ends = np.stack([curves["to_time"], curves["to_layer"]], axis=1)
    lines = np.stack([starts, ends], axis=1)  # (lines, 2 ends, 2 coordinates)
    ax.add_collection(LineCollection(lines, colors=PALETTE["blue"], linewidths=0.8))
    for row, rest in (np.nonzero(reached == 0), False), (np.nonzero(reached[1:]), True):
        size, colour = (3, PALETTE["blue"]) if rest else (1.2, PALETTE["grey"])
        ax.plot(row[1] + first, row[0] + rest, "o", color=colour, markersize=size)
    inputs = np.flatnonzero(reached[0]) + first
    ax.plot(inputs, 0 * inputs, "o", color=PALETTE["orange"], label="inputs that reach it")
    ax.plot([v["output"]], [layers], "o", color="black", label="the output")
    ax.set(xlabel="time in samples", xlim=(first - 0.7, 0.7), ylim=(-0.6, layers + 0.6))
    names = [f"layer {n}, dilation {text(d)}" for n, d in _numbered(v)]
    ax.set_yticks(range(layers + 1), ["input", *names])
    ax.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))


def _numbered(v: Mapping[str, Value]) -> list[tuple[int, int]]:
    """Return number and dilation of each layer."""
    return list(enumerate(dilations(v["pattern"], v["layers"]), start=1))


_PATTERNS = {
    "doubling: 1, 2, 4, 8, ...": "double",
    "doubling, anew after 4 layers": "anew",
    "constant: 1, 1, 1, ...": "constant",
    "tripling: 1, 3, 9, 27, ...": "triple",
}
_HEARD = {
    "the last R samples": "window",
    "those that reach the output": "reached",
    "the word up to there": "word",
}

RECEPTIVE_FIELD = InteractiveFigure(
    name="receptive_field",
    title="receptive field",
    alt="Above, layers against time with all paths to one output; below, R against layers.",
    rate=sources.WORD_RATE,
    controls=(
        slider("layers", "Layers", range(1, _MOST + 1), 4),
        choice("pattern", "Dilations", _PATTERNS, "double"),
        choice("kernel", "Kernel size", {"2": 2, "3": 3}, 2),
        slider("output", "Output at sample", range(-_BACK, 1), 0),
        choice("heard", "You hear", _HEARD, "window"),
    ),
    samples=_seen,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {"word": sources.word_base64()[: 8 * _POINT // 3]},
    rest=0.2,
    height=480,
)
