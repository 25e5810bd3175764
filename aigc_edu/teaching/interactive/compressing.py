"""The figure of a compressor: a voice whose loud parts are turned down.

Chapter: chapters/06-product/07-finishing.ipynb

The page gets the voice and compresses it as :func:`aigc_edu.audio.compress` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import matplotlib.figure
import numpy as np

from aigc_edu import audio
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.packing import levels, packed, sixteen_bits
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import text

KNEE, FAINTEST = 6.0, 1e-6  # dB; an amplitude
BLOCK = 0.01  # seconds of a point of the picture
LOWEST, RMS = -60, 0.1  # dB; of what is heard
THRESHOLDS = tuple(range(-60, -9, 5))
RATIOS = (1, 1.5, 2, 3, 5, 10, 20)
ATTACKS, RELEASES = (0.1, 1, 5, 20, 50), (5, 20, 60, 120, 300, 600)  # ms
HEARD = {"compressed": "compressed", "as it was": "before"}


def compressing(x: np.ndarray, rate: int, **start: Value) -> None:
    """Show a voice that is compressed; see :func:`compressing_of`.

    Controls: ``threshold`` in dB, ``ratio``, ``attack`` and ``release`` in ms, ``heard``
    ("compressed", "before").
    """
    show_on_page(compressing_of(x, rate), **start)


def compressing_of(x: np.ndarray, rate: int) -> InteractiveFigure:
    """Return the figure of a compressor at work on a sound.

    What is heard has the same mean power at all settings, so that a change is no change of level.

    Parameters
    ----------
    x
        Shape (N,), within [-1, 1], not silent.
    rate
        In Hz.

    Raises
    ------
    InvalidValueError
        If the sound is silent or leaves [-1, 1].
    """
    voice = Voice(sixteen_bits(x), rate)
    if not voice.x.any():
        raise InvalidValueError("the sound is silent")
    return InteractiveFigure(
        name="compressing",
        title="a compressor",
        alt="Above, the level of a voice over time, before and after; below, by how much it is "
        "turned down.",
        rate=rate,
        controls=(
            slider("threshold", "Threshold", THRESHOLDS, -30, "dB"),
            slider("ratio", "Ratio", RATIOS, 3, "to 1", digits=1),
            slider("attack", "Attack", ATTACKS, 5, "ms", digits=1),
            slider("release", "Release", RELEASES, 120, "ms"),
            choice("heard", "You hear", HEARD, "compressed"),
        ),
        samples=voice.samples,
        curves=voice.curves,
        reading=_reading,
        draw=_draw,
        data=lambda: {"sound": packed(voice.x), "rate": rate},
        rest=0.4,
        height=380,
    )


class Voice(NamedTuple):
    """A sound (N,), and its rate in Hz."""

    x: np.ndarray
    rate: int

    def turned_down(
        self, threshold: float, ratio: float, attack: float, release: float
    ) -> np.ndarray:
        """Return by how many dB each sample is turned down, (N,)."""
        level = 20 * np.log10(np.maximum(np.abs(self.x), FAINTEST))
        wanted = audio.reduction_db(level, threshold, ratio, KNEE)
        return audio.smoothed_reduction(wanted, self.rate, attack / 1000, release / 1000)

    def samples(self, heard: str, **v: float) -> np.ndarray:
        """Return what is heard, at a mean power of 0.1, or less where a peak would clip."""
        y = self.x if heard == "before" else self.x * 10 ** (-self.turned_down(**v) / 20)
        y = y * RMS / np.sqrt(np.mean(y**2))
        return y / max(1.0, float(np.abs(y).max()))

    def curves(self, heard: str, **v: float) -> Curves:
        """Return levels before and after in dB, and the reduction, a value each 10 ms."""
        down, piece = self.turned_down(**v), round(BLOCK * self.rate)
        y = self.x * 10 ** (-down / 20)
        rows = down[: len(down) // piece * piece].reshape(-1, piece)
        return {
            "before": levels(self.x, piece),
            "after": levels(y, piece),
            "down": rows.mean(axis=1),
            "told": np.array([down.max(), _crest(self.x), _crest(y)]),
        }


def _crest(x: np.ndarray) -> float:
    """Return how far the highest sample is above the mean power, in dB."""
    return 20 * np.log10(np.abs(x).max()) - 10 * np.log10(np.mean(x**2))


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    most, before, after = curves["told"]
    return (
        f"At most {text(most, 1)} dB are taken away. The highest sample stands "
        f"{text(after, 1)} dB above the mean power; before, {text(before, 1)} dB."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.0, sharex=True)
    t = np.arange(len(curves["before"])) * BLOCK
    upper.plot(t, curves["before"], color=PALETTE["blue"], label="before")
    upper.plot(t, curves["after"], color=PALETTE["orange"], label="after")
    upper.axhline(v["threshold"], color="black", linewidth=0.8, linestyle=":")
    upper.set(ylabel="level in dB", ylim=(LOWEST, 0))
    upper.legend(ncols=2)
    lower.plot(t, curves["down"], color=PALETTE["orange"])
    lower.set(xlabel="time in seconds", ylabel="down by dB", ylim=(0, 40))
    return figure
