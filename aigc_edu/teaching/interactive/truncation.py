"""The figure of truncated backpropagation: how far back the loss at one sample can teach."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache

import matplotlib.figure
import numpy as np

from aigc_edu import corpora
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Control, Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

LENGTH = 4096  # samples of the clip, 0.51 s
SLOW, FAST = 16, 4  # samples in the frames of the two frame tiers
_CHUNKS = (32, 64, 128, 256, 512, 1024, LENGTH)
_QUIET, _FADE, _EACH = 0.1, 40, 16  # gain of what isn't reached; samples; samples in a bar
_LOW, _HIGH = 4, 12  # ends of the lower panel, powers of two
_GRADIENT, _WORD = "what the gradient reaches", "the whole word"


@cache
def spoken() -> np.ndarray:
    """Return the recorded word "seven", float64 (LENGTH,), multiples of 2^-15, peak 0.45."""
    x = np.pad(corpora.recording("seven"), (0, LENGTH))[:LENGTH]
    n = np.arange(LENGTH)
    x = x * np.minimum(1, (np.minimum(n, n[::-1]) + 1) / _FADE)
    return np.round(0.45 / np.abs(x).max() * x * 32768) / 32768


def reach(time: int, chunk: int, frame: int = SLOW) -> int:
    """Return the first sample through which the loss at a sample can teach.

    Parameters
    ----------
    time
        The prediction's position t: what it is made from ends with sample t.
    chunk
        Samples after which gradients are cut off, a multiple of ``frame``.
    frame
        Samples in a frame of the slowest tier; the chunk's first step hears the frame that
        ends with the chunk's first sample.
    """
    return max(0, time // chunk * chunk - frame + 1)


def _gains(time: int, chunk: int) -> np.ndarray:
    """Return how loud each sample is heard, (LENGTH,): 1 within reach, falling to _QUIET."""
    n, first = np.arange(LENGTH), reach(time, chunk)
    away = np.maximum(np.maximum(first - n, n - time), 0)
    return np.maximum(_QUIET, 1 - away / _FADE)


def _samples(chunk: int, time: int, heard: str = "gradient") -> np.ndarray:
    return spoken() * (1.0 if heard == "word" else _gains(time, chunk))


def _curves(chunk: int, time: int, heard: str = "gradient") -> Curves:
    pieces = spoken().reshape(-1, _EACH)
    starts = np.arange(len(pieces)) * _EACH
    ends = starts + _EACH - 1
    first = reach(time, chunk)
    inside = ((ends >= first) & (starts <= time)).astype(float)
    return {
        "start": starts.astype(float),
        "peak": np.abs(pieces).max(axis=1),
        "reached": inside,
        "back": np.log2([t - reach(t, chunk) + 1 for t in ends]),
        "whole": np.log2(ends + 1.0),
        "now": np.array([time, first], float),
        "steps": np.array(
            [1 + time // f - time // chunk * chunk // f for f in (SLOW, FAST)], float
        ),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    time, first = curves["now"]
    slow, fast = (text(steps) for steps in curves["steps"])
    carried = (
        f"Of all before sample {text(first)} only the states are carried over"
        if first
        else "It is all that there was"
    )
    return (
        f"The loss at sample {text(time)} teaches through {text(time - first + 1)} samples, "
        f"{slow} of the slow GRU's steps and {fast} of the fast one's. {carried}. An update keeps "
        f"{text(100 * int(v['chunk']) / LENGTH, 1)} % of the clip in memory."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2)
    colours = np.where(curves["reached"] > 0, PALETTE["orange"], PALETTE["grey"])
    upper.bar(
        curves["start"], 2 * curves["peak"], _EACH, -curves["peak"], color=colours, align="edge"
    )
    if int(v["chunk"]) >= 128:
        for border in range(0, LENGTH + 1, int(v["chunk"])):
            upper.axvline(border, color="black", linewidth=0.5, linestyle=":")
    upper.set(ylim=(-0.5, 0.5), xlim=(0, LENGTH), xlabel="sample", ylabel="amplitude")
    lower.plot(curves["start"], curves["whole"], "--", color=PALETTE["grey"], label="whole clip")
    lower.plot(curves["start"], curves["back"], color=PALETTE["blue"], label="this chunk")
    time, first = curves["now"]
    lower.plot(time, np.log2(time - first + 1), "o", color=PALETTE["orange"], label="this loss")
    powers = range(_LOW, _HIGH + 1, 2)
    lower.set_yticks(list(powers), [text(2**p) for p in powers])
    lower.set(ylim=(_LOW, _HIGH), xlim=(0, LENGTH), xlabel="sample", ylabel="samples back")
    lower.legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1))
    return figure


def _data() -> dict[str, object]:
    return {"word": base64.b64encode((spoken() * 32768).astype("<i2").tobytes()).decode()}


TRUNCATION = InteractiveFigure(
    name="truncation",
    title="truncated backpropagation",
    alt="Above, a spoken word, in it the samples that the gradient of one prediction's loss "
    "reaches; below, how many samples back that is, at each sample.",
    rate=corpora.RECORDING_RATE,
    controls=(
        Control(
            "chunk",
            "Samples in a chunk",
            "slider",
            _CHUNKS,
            (*(text(c) for c in _CHUNKS[:-1]), "the whole clip"),
            512,
        ),
        slider("time", "The loss at sample", range(100, LENGTH, 90), 1900),
        choice("heard", "You hear", {_GRADIENT: "gradient", _WORD: "word"}, "gradient"),
    ),
    samples=_samples,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=_data,
    rest=0.4,
    height=420,
)
