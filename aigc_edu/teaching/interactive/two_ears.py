"""The figure of two ears: a rattle somewhere around a head, heard with headphones.

Chapter: chapters/06-product/16-close-to-the-ear.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.dsp.acoustics import SPEED_OF_SOUND
from aigc_edu.dsp.head import (
    RADIUS,
    angles_to_ears,
    delayed,
    parted,
    shadow_gain,
    shadow_response,
    ways,
)
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

RATE, SECONDS = 16_000, 1.2
_SHAKES, _DIES, _LEVEL = 4, 0.07, 0.2  # shakes of the rattle, seconds to 1 / e, at 1 m
_STREAM = 71  # of the random numbers
_SOFTENED = np.array([1, 4, 6, 4, 1]) / 16  # neither ear is to lose highs by being late
_DISTANCES = (0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
_CUES = {"time and level": "both", "level only": "level", "time only": "time"}
_HIGH = 4000.0  # Hz at which levels are told
_DRAWN = 1.3  # times the distance is drawn to both sides
_POINTS = 81


def rattle() -> np.ndarray:
    """Return four shakes of a rattle, (N,): noise that dies away, as loud as at a metre."""
    count = int(SECONDS * RATE)
    each = count // _SHAKES
    n = np.arange(count) % each
    rise = np.minimum(1, n / 40)
    noise = sources.uniform(count, _STREAM)
    soft = sum(w * np.roll(noise, k) for k, w in enumerate(_SOFTENED))
    return 2 * _LEVEL * soft * rise * np.exp(-n / (_DIES * RATE))


def _both(azimuth: int, distance: float, cues: str) -> np.ndarray:
    """Return left and right behind each other, (2 N,)."""
    low, high = parted(rattle(), RATE)
    lengths, angles = ways(float(azimuth), distance), angles_to_ears(float(azimuth))
    heard = []
    for way, angle in zip(lengths, angles, strict=True):
        alpha = 1.0 if cues == "time" else float(shadow_gain(angle))
        late = (distance if cues == "level" else way) / SPEED_OF_SOUND * RATE
        near = distance if cues == "time" else way
        heard.append(delayed(low + alpha * high, late) / near)
    return np.concatenate(heard)


def _curves(azimuth: int, distance: float, cues: str) -> Curves:
    """Return where it is, what time it takes to both ears in ms, and their gains in dB."""
    f = np.linspace(0, 8000, _POINTS)
    turned = np.radians(azimuth)
    lengths = ways(float(azimuth), distance)
    angles = angles_to_ears(float(azimuth))
    near = np.full(2, distance) if cues == "time" else lengths
    late = np.full(2, distance) if cues == "level" else lengths
    gains = [
        (1.0 if cues == "time" else np.abs(shadow_response(f, angle))) / way * np.ones(_POINTS)
        for angle, way in zip(angles, near, strict=True)
    ]
    return {
        "x": np.array([distance * np.sin(turned)]),
        "y": np.array([distance * np.cos(turned)]),
        "late": 1000 * late / SPEED_OF_SOUND,
        "frequency": f / 1000,
        "left": 20 * np.log10(gains[0]),
        "right": 20 * np.log10(gains[1]),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    sooner = float(curves["late"][0] - curves["late"][1])
    at = round(_HIGH / 8000 * (_POINTS - 1))
    louder = float(curves["right"][at] - curves["left"][at])
    first = "both ears hear it at the same time"
    if abs(sooner) >= 0.005:
        first = (
            f"the {'right' if sooner > 0 else 'left'} ear hears it {text(abs(sooner), 2)} ms sooner"
        )
    then = "equally loud at 4 kHz"
    if abs(louder) >= 0.05:
        then = (
            f"the {'right' if louder > 0 else 'left'} one {text(abs(louder), 1)} dB louder at 4 kHz"
        )
    return f"At {text(v['azimuth'])} degrees {first}, {then}."


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (left, right) = new_figure(1, 2, height=2.8)
    around = np.linspace(0, 2 * np.pi, 61)
    left.plot(RADIUS * np.sin(around), RADIUS * np.cos(around), color="black")
    left.plot([0, 0], [RADIUS, 2 * RADIUS], color="black")
    left.plot(curves["x"], curves["y"], "o", color=PALETTE["orange"])
    side = _DRAWN * v["distance"]
    left.set(aspect="equal", xlim=(-side, side), ylim=(-side, side))
    left.set(xlabel="metres to the right", ylabel="metres ahead")
    for name, style in (("left", "--"), ("right", "-")):
        right.plot(curves["frequency"], curves[name], style, label=f"{name} ear")
    right.set(xlabel="frequency in kHz", ylabel="gain in dB", ylim=(-42, 22))
    right.legend()
    return figure


TWO_EARS = InteractiveFigure(
    name="two_ears",
    title="two ears",
    alt="From above, a head that looks upwards and a rattle somewhere around it; beside it, the "
    "gain of both ears against frequency.",
    rate=RATE,
    controls=(
        slider("azimuth", "Direction (0 ahead, 90 right)", range(-180, 181, 10), 60, "degrees"),
        slider("distance", "Distance", _DISTANCES, 1.0, "m", digits=1),
        choice("cues", "What the ears get", _CUES, "both"),
    ),
    samples=_both,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    rest=0.2,
    height=460,
    channels=2,
)
