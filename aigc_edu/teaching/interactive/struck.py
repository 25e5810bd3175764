"""The figure of a plate that is struck: its material, its size, by what, and where.

Chapter: chapters/06-product/15-effects.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.dsp.modal import MATERIALS, Modes, contact_pulse, plate_modes, struck
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

RATE, SECONDS, PEAK = 16_000, 1.0, 0.35
HIGHEST, MOST = 7000.0, 40  # Hz, modes
WIDE, FLAT, ACROSS = 0.62, 100.0, 0.37  # second side, thickness, and the blow's place across
_FLOOR = -60.0  # dB
_STRIKERS = {"fingertip": 0.0, "felt": 0.25, "rubber": 0.5, "wood": 0.75, "steel": 1.0}


def modes_of(material: str, size: int, place: int) -> Modes:
    """Return the plate's modes: its longer side in cm, the blow's place in per cent of it."""
    long = size / 100
    sides, thick = (long, WIDE * long), long / FLAT
    return plate_modes(material, sides, thick, (place / 100, ACROSS), HIGHEST, MOST)


def _sound(material: str, size: int, hardness: float, place: int) -> np.ndarray:
    """Return a second of the blow, its peak always the same."""
    x = struck(modes_of(material, size, place), hardness, RATE, SECONDS)[: int(SECONDS * RATE)]
    x = x * PEAK / np.abs(x).max()
    fade = np.arange(160)[::-1] / 160  # it may still ring
    x[-160:] *= fade
    return x


def _curves(material: str, size: int, hardness: float, place: int) -> Curves:
    """Return each mode's frequency in kHz, level in dB and time in ms, and the push's gain."""
    f, seconds, gains = modes_of(material, size, place)
    push = contact_pulse(hardness, RATE)
    n = np.arange(len(push))
    size_at = np.abs(np.exp(-2j * np.pi * f[:, None] * n / RATE) @ push)
    level = np.abs(gains) * size_at
    axis = np.linspace(0, HIGHEST, 141)
    gain = np.abs(np.exp(-2j * np.pi * axis[:, None] * n / RATE) @ push)
    return {
        "frequency": f / 1000,
        "level": _db(level / level.max()),
        "lasting": np.minimum(1000 * seconds, 1e5),
        "axis": axis / 1000,
        "push": _db(gain),
    }


def _db(ratio: np.ndarray) -> np.ndarray:
    return np.maximum(_FLOOR, 20 * np.log10(ratio + 1e-30))


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    f, lasting = 1000 * curves["frequency"], curves["lasting"]
    heard = int(np.count_nonzero(curves["level"] > -40))
    strongest = int(np.argmax(curves["level"]))
    return (
        f"{len(f)} modes, the lowest at {text(f[0])} Hz; {text(heard)} of them within 40 dB. The "
        f"strongest, at {text(f[strongest])} Hz, falls by 60 dB in {text(lasting[strongest])} ms."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2, sharex=True)
    f = curves["frequency"]
    upper.vlines(f, _FLOOR, curves["level"], color=PALETTE["blue"], label="modes")
    upper.plot(curves["axis"], curves["push"], "--", color=PALETTE["orange"], label="the push")
    upper.set(ylabel="level in dB", ylim=(_FLOOR, 6))
    upper.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    lower.semilogy(f, curves["lasting"], ".", color=PALETTE["blue"])
    lower.set(xlabel="frequency in kHz", ylabel="ms for 60 dB", xlim=(0, HIGHEST / 1000))
    return figure


STRUCK = InteractiveFigure(
    name="struck",
    title="a plate that is struck",
    alt="Above, the modes of a plate as lines: their frequencies and levels, with the spectrum of "
    "the push; below, how long each rings.",
    rate=RATE,
    controls=(
        choice("material", "Plate of", {name: name for name in MATERIALS}, "steel"),
        slider("size", "Longer side", range(10, 81, 5), 30, "cm"),
        choice("hardness", "Struck with", _STRIKERS, 0.75),
        slider("place", "Where, along it", range(2, 51, 2), 40, "%"),
    ),
    samples=_sound,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {"materials": {name: list(m) for name, m in MATERIALS.items()}},
    rest=0.3,
    height=420,
)
