"""The figure of source and filter: harmonics under an envelope between two instruments.

Chapter: chapters/06-product/14-style-and-timbre.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu.dsp import midi_to_hz
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import text

SECONDS, RAMP, LEVEL = 0.9, 0.03, 0.2  # of a tone; its root mean square
HIGHEST = 0.9  # share of half the rate up to which there are harmonics
LOWEST_DB = -70.0
REFERENCE = 60  # the MIDI number at which an envelope that moves stands where it was measured
PITCHES, AMOUNTS = range(48, 77, 2), range(0, 101, 10)
WAYS = {"stays where it is": "stays", "moves with the pitch": "moves"}


def envelopes(
    first: np.ndarray, second: np.ndarray, rate: int, names: Sequence[str], **start: Value
) -> None:
    """Show harmonics under an envelope between two; see envelopes_of.

    Controls: ``pitch`` (a MIDI number), ``amount`` (per cent), ``way`` ("stays", "moves").
    """
    show_on_page(envelopes_of(first, second, rate, names), **start)


def envelopes_of(
    first: np.ndarray, second: np.ndarray, rate: int, names: Sequence[str]
) -> InteractiveFigure:
    """Return the figure of a tone whose harmonics lie under an envelope.

    Parameters
    ----------
    first, second
        Two envelopes (bins,) from 0 Hz to half the rate, above 0.
    rate
        In Hz.
    names
        Of the two.

    Raises
    ------
    InvalidValueError
        If they are no two such envelopes.
    """
    logs = _checked(first, second, names)

    def curves(pitch: int, amount: int, way: str) -> Curves:
        return _curves(logs, rate, pitch, amount, way)

    return InteractiveFigure(
        name="envelopes",
        title="one source, and an envelope between two",
        alt="The levels of a tone's harmonics over frequency, as lines that end at a curve: the "
        "spectral envelope.",
        rate=rate,
        controls=(
            slider("pitch", "Pitch: MIDI number", PITCHES, REFERENCE),
            slider("amount", f"From {names[0]} to {names[1]}", AMOUNTS, 0, "%"),
            choice("way", "The envelope", WAYS, "stays"),
        ),
        samples=lambda **v: _tone(curves(**v), rate),
        curves=curves,
        reading=lambda v, c: _reading(c),
        draw=lambda v, c: _draw(c),
        data=lambda: _data(logs, rate),
        height=300,
        once=True,
    )


def _checked(first: np.ndarray, second: np.ndarray, names: Sequence[str]) -> list[np.ndarray]:
    """Return the logs of two envelopes, 0 at their highest point."""
    pair = [np.asarray(e, float) for e in (first, second)]
    if len(names) != 2 or pair[0].ndim != 1 or pair[0].shape != pair[1].shape or len(pair[0]) < 3:
        raise InvalidValueError("expected two envelopes (bins,) of one length, and two names")
    if not all((e > 0).all() and np.isfinite(e).all() for e in pair):
        raise InvalidValueError("envelopes lie above 0")
    return [np.log(e / e.max()).round(4) for e in pair]


def _curves(logs: list[np.ndarray], rate: int, pitch: int, amount: int, way: str) -> Curves:
    f0 = float(midi_to_hz(pitch))
    share, scale = amount / 100, 1.0
    if way == "moves":
        scale = f0 / float(midi_to_hz(REFERENCE))
    mixed = (1 - share) * logs[0] + share * logs[1]
    bins = np.arange(len(mixed)) * rate / 2 / (len(mixed) - 1)
    harmonics = f0 * np.arange(1, int(HIGHEST * rate / 2 / f0) + 1)
    at = np.interp(harmonics / scale, bins, mixed)
    curve = np.interp(bins / scale, bins, mixed)
    to_db = 20 / np.log(10)
    return {
        "frequency": bins,
        "curve": np.maximum(to_db * curve, LOWEST_DB),
        "harmonics": harmonics,
        "levels": np.maximum(to_db * at, LOWEST_DB),
    }


def _tone(curves: Curves, rate: int) -> np.ndarray:
    """Return the tone of harmonics with these levels: at most 1, of one root mean square."""
    heights = 10 ** (curves["levels"] / 20)
    heights = heights * LEVEL * np.sqrt(2 / np.square(heights).sum())
    count = int(SECONDS * rate)
    t, x = np.arange(count) / rate, np.zeros(count)
    for k, (frequency, height) in enumerate(zip(curves["harmonics"], heights, strict=True)):
        x += height * np.sin(2 * np.pi * frequency * t + k * k)  # phases that make no high peaks
    ramp = np.minimum(1, np.minimum(np.arange(count), np.arange(count, 0, -1) - 1) / (RAMP * rate))
    return np.clip(x * ramp, -1, 1)


def _reading(c: Curves) -> str:
    best = int(np.argmax(c["levels"] + 1e-6 * np.arange(len(c["levels"]), 0, -1)))
    peak = float(c["frequency"][np.argmax(c["curve"])])
    return (
        f"Harmonics every {text(float(c['harmonics'][0]))} Hz; the envelope is highest at "
        f"{text(peak)} Hz, and of the harmonics number {best + 1} is the strongest."
    )


def _data(logs: list[np.ndarray], rate: int) -> dict[str, Any]:
    return {"logs": [log.tolist() for log in logs], "rate": rate}


def _draw(c: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=2.8)
    ax.vlines(c["harmonics"] / 1000, LOWEST_DB, c["levels"], color=PALETTE["orange"])
    ax.plot(c["frequency"] / 1000, c["curve"], color=PALETTE["blue"])
    ax.set(xlabel="frequency in kHz", ylabel="level in dB", ylim=(LOWEST_DB, 3))
    return figure
