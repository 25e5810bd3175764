"""The figure of grains: a word, cut into grains and strewn anew.

Chapter: chapters/06-product/17-soundscapes.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.dsp.grains import lay_grains
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

RATE, COUNT = sources.WORD_RATE, 9600  # Hz, and samples of the sound: 1.2 s
_WORD = 3600  # samples; a multiple of 3 fills whole groups of letters in base64
_STREAM, _OVERLAP = 91, 4
_GAIN = 0.5  # four grains together
_COLUMNS = 150  # of the outline of the word
_SLOW = (0, 10, 20, 35, 50, 70, 100)  # per cent of the word's own pace


def word() -> np.ndarray:
    """Return the word, (3600,), with silence behind it."""
    x = sources.word()[:_WORD]
    return np.pad(x, (0, _WORD - len(x)))


def grains_of(grain: int, place: int, pace: int, chance: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when grains begin and where in the word they are taken from, in samples, (K,) each.

    Parameters
    ----------
    grain
        Length in ms.
    place
        Where in the word the first one is taken from, in per cent.
    pace
        How fast the place moves, in per cent of time: 0 freezes a moment.
    chance
        How far both are left to chance, in per cent.
    """
    length = _length(grain)
    hop = length // _OVERLAP
    k = np.arange((COUNT + length) // hop)
    times, places = (sources.uniform(len(k), _STREAM + n) for n in (0, 1))
    at = k * hop - length + hop + np.floor(chance / 100 * hop * times).astype(int)
    start = place / 100 * _WORD + pace / 100 * at + chance / 100 * 0.3 * _WORD * places
    return at, np.clip(np.floor(start), 0, _WORD - length - 1)


def _length(grain: int) -> int:
    return 8 * round(grain * RATE / 8000)


def _sound(grain: int, place: int, pace: int, chance: int) -> np.ndarray:
    at, start = grains_of(grain, place, pace, chance)
    x = _GAIN * lay_grains(word(), at, start, np.ones(len(at)), _length(grain), COUNT)
    return x * min(1.0, 0.9 / max(float(np.abs(x).max()), 1e-9))


def _curves(grain: int, place: int, pace: int, chance: int) -> Curves:
    """Return when the grains sound and where they are from, in ms, and the word's outline."""
    at, start = grains_of(grain, place, pace, chance)
    columns = np.abs(word()).reshape(_COLUMNS, -1).max(axis=1)
    return {
        "at": 1000 * at / RATE,
        "start": 1000 * start / RATE,
        "lasting": np.array([float(grain)]),
        "outline": columns,
        "outline_at": (np.arange(_COLUMNS) + 0.5) * 1000 * _WORD / _COLUMNS / RATE,
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    count = int(np.count_nonzero((curves["at"] >= 0) & (curves["at"] < 1000)))
    how = "One moment, held" if v["pace"] == 0 else f"The word at {text(v['pace'])} % of its pace"
    where = "" if v["chance"] == 0 else ", more or less"
    return f"{how}{where}: {text(count)} grains a second, each {text(v['grain'])} ms long."


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (left, right) = new_figure(
        1, 2, height=3.0, sharey=True, gridspec_kw={"width_ratios": [3, 1]}
    )
    begin, from_ = curves["at"], curves["start"]
    grain = float(curves["lasting"][0])
    left.plot([begin, begin + grain], [from_, from_ + grain], color=PALETTE["blue"], linewidth=1)
    left.set(xlim=(0, 1000 * COUNT / RATE), ylim=(0, 1000 * _WORD / RATE))
    left.set(xlabel="heard at, in ms", ylabel="taken from, in ms")
    right.fill_betweenx(curves["outline_at"], 0, curves["outline"], color=PALETTE["grey"])
    right.set(xlabel="the word")
    return figure


CLOUD = InteractiveFigure(
    name="cloud",
    title="a cloud of grains",
    alt="Lines that show when each grain of a word is heard and from which moment of the word it "
    "is taken; at the side, the outline of the word.",
    rate=RATE,
    controls=(
        slider("grain", "Length of a grain", (8, 16, 24, 40, 60, 80, 120, 200), 60, "ms"),
        slider("place", "Begins in the word at", range(0, 91, 5), 35, "%"),
        slider("pace", "Pace through it", _SLOW, 0, "%"),
        slider("chance", "Left to chance", range(0, 101, 10), 30, "%"),
    ),
    samples=_sound,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {"word": sources.word_base64()[: 8 * _WORD // 3]},
    height=380,
)
