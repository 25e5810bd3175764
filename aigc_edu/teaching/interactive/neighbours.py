"""The figure of nearest neighbours: a map of sounds by each embedding, and a list to listen to.

Chapter: chapters/06-product/13-recommending.ipynb
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.clips import expanded
from aigc_edu.teaching.interactive.controls import Value, buttons, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page

PLACES = 5  # of a list, behind the seed itself


@dataclass(frozen=True, eq=False)
class SoundMap:
    """Sounds that lie on a map for each embedding, and lists of neighbours among them.

    Attributes
    ----------
    points
        For each embedding's name the places of n sounds on its map, (n, 2).
    lists
        For each embedding and seed, ``(name, seed)``, the numbers of the seed itself and of the
        five sounds that it finds, the best first.
    groups
        n numbers: sounds of one number belong together.
    names
        What each of the n sounds is.
    sounds
        By its number, each sound that is in a list: (N,), within [-1, 1].
    rate
        Of the sounds, in Hz.

    Raises
    ------
    InvalidValueError
        If something is missing.
    """

    points: Mapping[str, np.ndarray]
    lists: Mapping[tuple[str, str], Sequence[int]]
    groups: Sequence[int]
    names: Sequence[str]
    sounds: Mapping[int, np.ndarray]
    rate: int

    def __post_init__(self) -> None:
        count = len(self.groups)
        if len(self.names) != count or any(np.shape(p) != (count, 2) for p in self.points.values()):
            raise InvalidValueError(f"expected a name and places (n, 2) for each of {count} sounds")
        if set(self.lists) != {(by, seed) for by in self.points for seed in self.seeds}:
            raise InvalidValueError("expected a list for every embedding and seed")
        if any(
            len(row) != PLACES + 1 or set(row) - set(self.sounds) for row in self.lists.values()
        ):
            raise InvalidValueError(f"a list has {PLACES + 1} sounds, all of which are there")

    @cached_property
    def seeds(self) -> list[str]:
        """The names of the seeds, in their order."""
        return list(dict.fromkeys(seed for _, seed in self.lists))

    @cached_property
    def codes(self) -> dict[int, np.ndarray]:
        """The sounds as they travel: 8 bits a sample, by the mu-law."""
        return {
            n: dsp.mu_law_encode(np.clip(x, -1, 1)).astype(np.uint8) for n, x in self.sounds.items()
        }

    def number(self, v: Mapping[str, Value]) -> int:
        """Return which sound a setting chooses."""
        return int(self.lists[str(v["by"]), str(v["seed"])][int(v["place"])])

    def told(self, v: Mapping[str, Value]) -> str:
        """Return a sentence on the sound that a setting chooses."""
        row = self.lists[str(v["by"]), str(v["seed"])]
        name, place = self.names[self.number(v)], int(v["place"])
        if not place:
            return f"The seed: {name}."
        same = [n for n in row[1:] if self.groups[n] == self.groups[row[0]]]
        right = (
            "the seed's own" if self.groups[self.number(v)] == self.groups[row[0]] else "another"
        )
        return (
            f"Place {place}: {name}; {right} instrument. In all {len(same)} of the {PLACES} are "
            "the seed's."
        )


def neighbours(sounds: SoundMap, **start: Value) -> None:
    """Show a map of sounds with the neighbours of a seed; see neighbours_of.

    Controls: ``by`` (an embedding's name), ``seed``, ``place`` (0 for the seed).
    """
    show_on_page(neighbours_of(sounds), **start)


def neighbours_of(sounds: SoundMap) -> InteractiveFigure:
    """Return the figure of a map of sounds."""
    names, seeds = list(sounds.points), sounds.seeds

    return InteractiveFigure(
        name="neighbours",
        title="a map of sounds, and what is near a seed",
        alt="A map with a dot for each sound, those by the seed's instrument in orange; the sounds "
        "that were found have rings, the one that is heard a filled one.",
        rate=sounds.rate,
        controls=(
            choice("by", "Alike by", {name: name for name in names}, names[0]),
            buttons("seed", "Seed", {seed: seed for seed in seeds}, seeds[0]),
            slider("place", "Place in the list", range(PLACES + 1), 0),
        ),
        samples=lambda **v: expanded(sounds.codes[sounds.number(v)]),
        curves=lambda **v: _curves(sounds, v),
        reading=lambda v, _: sounds.told(v),
        draw=lambda v, c: _draw(c),
        data=lambda: _data(sounds),
        height=340,
        once=True,
    )


def _curves(sounds: SoundMap, v: Mapping[str, Value]) -> Curves:
    row, group = sounds.lists[str(v["by"]), str(v["seed"])], np.asarray(sounds.groups)
    x, y = np.asarray(sounds.points[str(v["by"])], float).round(4).T
    return {
        "x": x,
        "y": y,
        "own": (group == group[row[0]]).astype(float),
        "found": np.array(row, float),
        "now": np.array([sounds.number(v)], float),
    }


def _data(sounds: SoundMap) -> dict[str, Any]:
    settings = [
        {"by": by, "seed": seed, "place": place}
        for by, seed in sounds.lists
        for place in range(PLACES + 1)
    ]
    return {
        "points": {by: np.asarray(p, float).round(4).tolist() for by, p in sounds.points.items()},
        "lists": {f"{by}/{seed}": list(map(int, row)) for (by, seed), row in sounds.lists.items()},
        "groups": list(map(int, sounds.groups)),
        "said": {f"{v['by']}/{v['seed']}/{v['place']}": sounds.told(v) for v in settings},
        "clips": {
            str(n): base64.b64encode(row.tobytes()).decode() for n, row in sounds.codes.items()
        },
    }


def _draw(curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=3.4)
    x, y, own = curves["x"], curves["y"], curves["own"] > 0
    found, now = curves["found"].astype(int), int(curves["now"][0])
    ax.plot(x[~own], y[~own], ".", color=PALETTE["grey"], label="others")
    ax.plot(x[own], y[own], "o", color=PALETTE["orange"], label="the seed's instrument")
    ax.plot(x[found], y[found], "o", color="black", fillstyle="none", markersize=10, label="found")
    ax.plot([x[now]], [y[now]], "o", color=PALETTE["blue"], markersize=8, label="heard")
    ax.set(xlabel="first direction", ylabel="second direction")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, fontsize=8)
    return figure
