"""Two figures of a bird with three notes: a flow's map that bends, and particles on their way.

One number, the pitch of a note in octaves from 440 Hz, has the density of
``aigc_edu.models.four_ways.bird``, which is restated here in NumPy: the tests hold both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

SHARES, PLACES, SPREADS = np.array([[0.3, 0.5, 0.2], [-0.5, 0.1, 0.6], [0.06, 0.10, 0.04]])
RATE, _NOTE = 8_000, 1_200  # Hz; samples of a note
_SUNG, _NEAR = 16, 0.2  # notes that are heard; octaves within which a note is hit
_CROWD, _PATHS = 1_000, 40  # particles; those whose paths are drawn
_TAUS = tuple(n / 20 for n in range(20, -1, -1))
_CELL = 2 / 256  # octaves


def normals(count: int, stream: int) -> np.ndarray:
    """Return standard normal numbers (count,), from hashed even ones by Box and Muller's rule."""
    radius, angle = sources.uniform(2 * count, stream).reshape(2, count) + 0.5
    return np.sqrt(-2 * np.log(1 - radius)) * np.cos(2 * np.pi * angle)


def density(x: np.ndarray, tau: float = 0.0) -> np.ndarray:
    """Return the density at x (N,) of the number, mixed with a share ``tau`` of normal noise."""
    places, spreads = (1 - tau) * PLACES, np.hypot((1 - tau) * SPREADS, tau)
    bells = np.exp(-0.5 * ((x[:, None] - places) / spreads) ** 2) / spreads
    return bells @ SHARES / np.sqrt(2 * np.pi)


def sing(x: np.ndarray) -> np.ndarray:
    """Return the notes of the numbers x (N,) one after the other, (1200 N,)."""
    n = np.arange(_NOTE)
    pitch = 440 * 2 ** np.clip(x, -2, 2)[:, None]
    swell = 0.3 * np.sin(np.pi * n / _NOTE) ** 2
    return (swell * np.sin(2 * np.pi * pitch * n / RATE)).ravel()


# ---------------------------------------------------------------- particles


def _velocity(x: np.ndarray, tau: float) -> np.ndarray:
    """Return the mean velocity at x (N,), (x - x_hat) / tau."""
    clean = 1 - tau
    variance = clean**2 * SPREADS**2 + tau**2
    off = x[:, None] - clean * PLACES
    weight = SHARES / np.sqrt(variance) * np.exp(-0.5 * off**2 / variance)
    best = weight * (PLACES + clean * SPREADS**2 / variance * off)
    return (x - best.sum(axis=1) / weight.sum(axis=1)) / tau


@cache
def _roads(steps: int) -> np.ndarray:
    """Return where all particles are at each tau of the slider, (taus, particles)."""
    x, tau, roads = normals(_CROWD, 5), 1.0, [normals(_CROWD, 5)]
    velocity = _velocity(x, tau)
    for goal in _TAUS[1:]:
        while tau - 1 / steps > goal + 1e-9:  # whole steps that end before the goal
            x, tau = x - velocity / steps, tau - 1 / steps
            velocity = _velocity(x, tau)
        roads.append(x - (tau - goal) * velocity)
    return np.array(roads)


def _particles(tau: float, steps: int) -> Curves:
    now = _TAUS.index(tau)
    roads = _roads(steps)[: now + 1]
    edges = np.linspace(-2.4, 2.4, 97)
    centres = (edges[1:] + edges[:-1]) / 2
    counts, _ = np.histogram(roads[-1], edges)
    return {
        "taus": np.array(_TAUS[: now + 1]),
        "roads": roads[:, :_PATHS].T,
        "centres": centres,
        "crowd": counts / (_CROWD * 0.05),
        "truth": density(centres, tau),
        "hit": np.mean(np.abs(roads[-1] - PLACES[:, None]) < _NEAR, axis=1),
    }


def _particles_reading(v: Mapping[str, Value], curves: Curves) -> str:
    low, middle, high = (text(100 * share) for share in curves["hit"])
    done = "in one step" if v["steps"] == 1 else f"in {v['steps']} steps"
    return (
        f"{text(100 * v['tau'])} % noise, on a road {done}: {low} % of the crowd are at the low "
        f"note, {middle} % at the middle one, {high} % at the high one. The bird: 30, 48 and 20 %."
    )


def _draw_particles(v: Mapping[str, Value], c: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.4)
    upper.plot(c["taus"], c["roads"].T, color=PALETTE["blue"], linewidth=0.6)
    upper.plot(np.full(_PATHS, v["tau"]), c["roads"][:, -1], "o", color=PALETTE["orange"])
    upper.set(xlim=(1.02, -0.02), ylim=(-2.4, 2.4), xlabel="share of noise", ylabel="x")
    lower.bar(c["centres"], c["crowd"], 0.05, color=PALETTE["blue"], label="the crowd")
    lower.plot(c["centres"], c["truth"], color=PALETTE["orange"], label="as it should lie")
    lower.set(xlabel="x", ylabel="density", ylim=(0, 3))
    lower.legend()
    return figure


PARTICLES = InteractiveFigure(
    name="particles",
    title="particles on their way from noise to notes",
    alt="Above, paths of 40 particles as the noise falls; below, how the crowd of 1,000 lies.",
    rate=RATE,
    controls=(
        slider("tau", "Share of noise", _TAUS, 0.5, digits=2),
        choice("steps", "Steps of the road", {"1": 1, "4": 4, "16": 16, "64": 64}, 64),
    ),
    samples=lambda tau, steps: sing(_roads(steps)[_TAUS.index(tau), :_SUNG]),
    curves=_particles,
    reading=_particles_reading,
    draw=_draw_particles,
    rest=0.4,
    height=480,
)

# ---------------------------------------------------------------- a map that bends

_Z = np.linspace(-4, 4, 801)


def _bell(z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)


def _cumulated(y: np.ndarray) -> np.ndarray:
    """Return the running area under y (N,), from 0 to 1."""
    area = np.append(0, np.cumsum((y[1:] + y[:-1]) / 2))
    return area / area[-1]


@cache
def _right_map() -> np.ndarray:
    """Return the x to which each of ``_Z`` belongs, so that bell-shaped z give the bird's x."""
    x = np.linspace(-0.78, 0.8, 1581)
    return np.interp(_cumulated(_bell(_Z)), _cumulated(density(x)), x)


def _map(bend: int) -> np.ndarray:
    """Return the map at ``_Z``: a straight line for 0, the right one for 100."""
    mean = float(SHARES @ PLACES)
    spread = float(np.sqrt(SHARES @ (SPREADS**2 + PLACES**2) - mean**2))
    return (1 - bend / 100) * (mean + spread * _Z) + bend / 100 * _right_map()


def _made(bend: int, x: np.ndarray) -> np.ndarray:
    """Return the density that the map gives to x (N,): thin where it is steep."""
    curve = _map(bend)
    return np.interp(x, curve, _bell(_Z) / np.gradient(curve, _Z), left=0, right=0)


def _bits(bend: int) -> float:
    """Return the mean cost of the bird's notes under the map, in bits."""
    weight = _bell(_Z) / _bell(_Z).sum()
    return float(-weight @ np.log2(np.maximum(1e-6, _made(bend, _right_map())) * _CELL))


def _flow_map(bend: int) -> Curves:
    x = np.linspace(-1.2, 1.2, 241)
    z = normals(_PATHS, 9)
    return {
        "z": _Z[::5],
        "map": _map(bend)[::5],
        "drawn": z,
        "sung": np.interp(z, _Z, _map(bend)),
        "x": x,
        "truth": density(x),
        "made": np.minimum(_made(bend, x), 5),
        "bits": np.array([_bits(bend), _bits(100)]),
    }


def _map_reading(v: Mapping[str, Value], c: Curves) -> str:
    cost, least = c["bits"]
    shape = {0: "A straight line", 100: "Bent all the way"}.get(v["bend"], f"Bent by {v['bend']} %")
    return (
        f"{shape}, the map costs {text(cost, 2)} bits a note, "
        f"{text(cost - least, 2)} more than the bird's own density."
    )


def _draw_map(v: Mapping[str, Value], c: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.4)
    upper.plot(c["z"], c["map"], label="the map")
    upper.plot(c["drawn"], c["sung"], "o", color=PALETTE["orange"], label="40 draws")
    upper.set(xlim=(-3, 3), ylim=(-1.2, 1.2), xlabel="z", ylabel="x")
    upper.legend()
    lower.plot(c["x"], c["made"], label="made by the map")
    lower.plot(c["x"], c["truth"], "--", label="the bird")
    lower.set(xlabel="x", ylabel="density", ylim=(0, 3))
    lower.legend()
    return figure


FLOW_MAP = InteractiveFigure(
    name="flow_map",
    title="a flow's map from noise to notes",
    alt="Above, a map from z to x and 40 draws on it; below, the density of x that it makes.",
    rate=RATE,
    controls=(slider("bend", "The map is bent by", range(0, 101, 5), 0, "%"),),
    samples=lambda bend: sing(np.interp(normals(_SUNG, 9), _Z, _map(bend))),
    curves=_flow_map,
    reading=_map_reading,
    draw=_draw_map,
    rest=0.4,
    height=480,
)
