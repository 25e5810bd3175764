"""The figure of arrows in a plane: steps from noise to sounds, told a family or not.

Chapter: chapters/05-tokens/06-flow-matching.ipynb

A sound is a point: its pitch in octaves from 330 Hz, and its brightness. Three families of
instruments have two clumps of sounds each, all alike and round, so that the mean velocity has a
closed form. Time is tau, the share of noise, as in ``aigc_edu.models.flowmatching``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.bird import normals
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show
from aigc_edu.teaching.interactive.spectra import text

CLUMPS = {
    "horn": ((-0.8, -0.5), (-0.1, -0.8)),
    "reed": ((0.7, -0.4), (0.2, 0.4)),
    "bell": ((0.9, 0.8), (-0.8, 0.6)),
}
SPREAD = 0.12  # of a clump, in either direction
RATE = 8_000  # Hz
_NOTE, _HARMONICS, _MIDDLE = 1_500, 5, 330.0  # samples, sines, Hz
_CROWD, _PATHS, _SUNG, _NEAR = 600, 40, 12, 3.0  # points, and spreads within which a clump is hit
_EDGE = (2.1, 1.7)  # of the picture


def velocity(x: np.ndarray, tau: float, places: np.ndarray) -> np.ndarray:
    """Return the mean velocity at points x (n, 2) of clumps at ``places`` (k, 2), (n, 2)."""
    clean = 1 - tau
    variance = clean**2 * SPREAD**2 + tau**2
    off = x[:, None] - clean * places  # (n, k, 2)
    exponent = -0.5 * (off**2).sum(axis=2) / variance
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    best = places + clean * SPREAD**2 / variance * off
    guess = (weight[:, :, None] * best).sum(axis=1) / weight.sum(axis=1)[:, None]
    return (x - guess) / tau


def roads(told: str, steps: int, method: str, guidance: float) -> np.ndarray:
    """Return where all points are from noise to the end, (steps + 1, 600, 2).

    Parameters
    ----------
    told
        A family, or ``"any"``.
    steps, method, guidance
        As in :func:`aigc_edu.models.flowmatching.follow` and ``guided``.
    """
    every = np.concatenate(list(CLUMPS.values()))
    own = np.array(CLUMPS[told]) if told in CLUMPS else every

    def field(x: np.ndarray, tau: float) -> np.ndarray:
        untold = velocity(x, tau, every)
        return untold + guidance * (velocity(x, tau, own) - untold)

    x, h = normals(2 * _CROWD, 7).reshape(2, _CROWD).T, 1 / steps
    gone = [x]
    for n in range(steps, 0, -1):
        v = field(x, n * h)
        if method == "midpoint":
            v = field(x - h / 2 * v, n * h - h / 2)
        x = x - h * v
        gone.append(x)
    return np.array(gone)


_roads = cache(roads)


def _hits(x: np.ndarray, told: str) -> np.ndarray:
    """Return shares of points (n, 2): at the first and second clump asked for, at others, at none.

    Where no family is asked for, every first and every second clump is.
    """
    off = np.array([x[:, None] - np.array(pair) for pair in CLUMPS.values()])  # (3, n, 2, 2)
    near = (off**2).sum(axis=3) < (_NEAR * SPREAD) ** 2  # (3, n, 2)
    asked = near[list(CLUMPS).index(told)] if told in CLUMPS else near.any(axis=0)
    anywhere, own = near.any(axis=(0, 2)), asked.any(axis=1)
    shares = asked[:, 0], asked[:, 1], anywhere & ~own, ~anywhere
    return np.array([share.mean() for share in shares])


def sing(x: np.ndarray) -> np.ndarray:
    """Return the sounds of points x (n, 2) one after the other, (1500 n,)."""
    t = np.arange(_NOTE)
    pitch = _MIDDLE * 2 ** np.clip(x[:, :1], -1.2, 1.2)  # (n, 1)
    bright = 0.1 + 0.8 * (np.clip(x[:, 1:], -1.2, 1.2) + 1.2) / 2.4  # (n, 1)
    k = np.arange(1, _HARMONICS + 1)
    gains = bright ** (k - 1)  # (n, 5)
    sines = np.sin(2 * np.pi * k[:, None] * (pitch * t / RATE)[:, None])  # (n, 5, 1500)
    wave = (gains[:, :, None] * sines).sum(axis=1) / gains.sum(axis=1, keepdims=True)
    return (0.4 * np.sin(np.pi * t / _NOTE) ** 0.5 * np.exp(-2 * t / _NOTE) * wave).ravel()


def _curves(told: str, steps: int, method: str, guidance: float) -> Curves:
    gone = _roads(told, steps, method, guidance)
    return {
        "across": gone[:, :_PATHS, 0].T,
        "up": gone[:, :_PATHS, 1].T,
        "crowd_across": gone[-1, :, 0],
        "crowd_up": gone[-1, :, 1],
        "hits": _hits(gone[-1], told),
    }


def _reading(v: Mapping[str, Value], c: Curves) -> str:
    steps, looks = v["steps"], v["steps"] * (2 if v["method"] == "midpoint" else 1)
    done = "1 step" if steps == 1 else f"{steps} steps"
    first, second, other, none = (text(100 * share) for share in c["hits"])
    begin = f"After {done} and {looks} {'look' if looks == 1 else 'looks'} at the arrows"
    if v["told"] == "any":
        return f"{begin} {text(100 * c['hits'][:2].sum())} % are at a clump, {none} % at none."
    return (
        f"{begin} {first} % and {second} % are at the two clumps of the {v['told']}, {other} % at "
        f"another family's, {none} % at none."
    )


def rings() -> list[tuple[str, np.ndarray]]:
    """Return each clump's family and the border within which it is hit, (33, 2)."""
    angle = np.linspace(0, 2 * np.pi, 33)
    round_ = _NEAR * SPREAD * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return [(name, place + round_) for name, pair in CLUMPS.items() for place in np.array(pair)]


def _draw(v: Mapping[str, Value], c: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=4.2)
    ax.plot(c["crowd_across"], c["crowd_up"], ".", color=PALETTE["blue"], markersize=2)
    ax.plot(c["across"].T, c["up"].T, color=PALETTE["blue"], linewidth=0.5)
    ends = c["across"][:_SUNG, -1], c["up"][:_SUNG, -1]
    ax.plot(*ends, "o", color=PALETTE["orange"], label="heard")
    for name, ring in rings():
        ax.plot(*ring.T, color="black", linewidth=2 if name == v["told"] else 0.8)
        ax.annotate(name, ring[8], ha="center", va="bottom")
    ax.set(xlim=(-_EDGE[0], _EDGE[0]), ylim=(-_EDGE[1], _EDGE[1]))
    ax.set(xlabel="pitch in octaves", ylabel="brightness")
    ax.legend(loc="upper right")
    return figure


ARROWS = InteractiveFigure(
    name="arrows",
    title="from noise to sounds in a plane",
    alt="A plane of pitch and brightness with six round clumps, two for each of three families; "
    "paths of 40 points from noise, and the crowd of 600 where it ends.",
    rate=RATE,
    controls=(
        choice("told", "Family asked for", {"any": "any", **{n: n for n in CLUMPS}}, "horn"),
        choice("steps", "Steps", {str(n): n for n in (1, 2, 4, 8, 16, 64)}, 4),
        choice("method", "Method", {"Euler's": "euler", "midpoint": "midpoint"}, "euler"),
        slider("guidance", "Guidance", [n / 2 for n in range(13)], 1.0, digits=1),
    ),
    samples=lambda told, steps, method, guidance: sing(
        _roads(told, steps, method, guidance)[-1, :_SUNG]
    ),
    curves=_curves,
    reading=_reading,
    draw=_draw,
    rest=0.4,
    height=420,
)


def arrows(**start: Value) -> None:
    """Show points of a plane that follow the arrows from noise to sounds, and hear twelve of them.

    Controls: ``told`` ("any", "horn", "reed", "bell"), ``steps`` (1, 2, 4, 8, 16, 64), ``method``
    ("euler", "midpoint"), ``guidance`` (0, 0.5, ... 6).
    """
    show(ARROWS, **start)
