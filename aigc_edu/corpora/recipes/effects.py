"""The recipe of the built-in effects: five kinds of everyday sounds, in the manner of ESC-10.

Of each kind there are twenty recordings, each with numbers of its own (how hard it rains, on which
ground), and two pieces of five seconds of each recording, with the same numbers and other chance.
``weather.py`` and ``movements.py`` make the sounds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from aigc_edu.corpora.recipes import movements, weather
from aigc_edu.corpora.recipes.tones import between, chance, ended, lowpassed
from aigc_edu.corpora.recipes.weather import Scene

SEED = 7
SOURCES = 20  # recordings of each kind
TAKES = "AB"  # pieces of each recording
PEAK = 0.92

_PLAY: dict[str, Callable[[Scene], np.ndarray]] = {
    "rain": weather.rain,
    "waves": weather.waves,
    "wind": weather.wind,
    "clock": movements.clock,
    "brush": movements.brush,
}
KINDS = tuple(_PLAY)
_PARTS = {3: "validation", 4: "test"}
# Root mean square of a recording; for the clock, its peak.
_LEVELS = {
    "rain": (0.06, 0.15),
    "waves": (0.07, 0.14),
    "wind": (0.06, 0.16),
    "clock": (0.15, 0.7),
    "brush": (0.04, 0.12),
}


class Row(NamedTuple):
    """One clip before it is made."""

    key: str
    kind: str
    source: str
    part: str


@cache
def rows() -> tuple[Row, ...]:
    """Return all clips. Of every five recordings one is for validation and one for the test."""
    return tuple(
        Row(f"{kind}_{i:02d}_{take}", kind, f"{kind}_{i:02d}", _PARTS.get(i % 5, "train"))
        for kind in KINDS
        for i in range(SOURCES)
        for take in TAKES
    )


def make(key: str) -> np.ndarray:
    """Make a clip from its key, ``rain_07_A``.

    Returns
    -------
    ndarray
        float64, shape (80000,), within [-1, 1].
    """
    source, kind = key.rsplit("_", 1)[0], key.split("_")[0]
    x = _PLAY[kind](scene(key))
    x = lowpassed(x, between(chance(SEED, source, "microphone"), 5500, 7200))
    size = between(chance(SEED, source, "level"), *_LEVELS[kind])
    x = x * size / (np.abs(x).max() if kind == "clock" else np.sqrt(np.mean(x**2)))
    x = ended(ended(x)[::-1])[::-1]  # fades both ends
    return x * min(1.0, PEAK / np.abs(x).max())


def scene(key: str) -> Scene:
    """Return the chance from which a clip is made: the recording's, and its own."""
    return Scene(chance(SEED, key.rsplit("_", 1)[0]), chance(SEED, key))
