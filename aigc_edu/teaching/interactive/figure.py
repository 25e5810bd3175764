"""An interactive figure: one specification, from which ``shown`` makes all its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import Picture, picture
from aigc_edu.teaching.interactive.controls import Control, Value
from aigc_edu.teaching.players import Player, player

Curves = dict[str, np.ndarray]
_FADE = 0.01  # seconds; the page's player ramps as long


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class InteractiveFigure:
    """A model with controls: what it sounds like and looks like at each setting.

    Here stands the truth, in NumPy. ``js/<name>.js`` computes the same samples and curves in the
    page, and the tests hold the two against each other.

    Parameters
    ----------
    name
        Of the figure, and of its script.
    title
        What it is about, in a few words.
    alt
        What the picture shows whatever the setting, in a sentence.
    rate
        Of the samples, in Hz.
    controls
        What can be moved.
    samples
        From the settings (by name) to what is heard: shape (N,), within [-1, 1]; with two
        channels (2 N,), all of the left before all of the right.
    curves
        From the settings to what is seen: named arrays.
    reading
        From settings and curves to the sentence that says what the setting does.
    draw
        From settings and curves to a matplotlib figure.
    data
        Returns what the script needs besides the settings, ready for JSON.
    rest
        Silence between two rounds of the sound on the page, in seconds.
    height
        Of the page's canvas, in CSS pixels.
    once
        Whether the sound is heard one time, not round and round, and the controls stand above the
        picture: for a figure that says something.
    uses
        Scripts in ``js/`` that the figure's own needs, by name.
    channels
        1, or 2 for left and right.
    """

    name: str
    title: str
    alt: str
    rate: int
    controls: tuple[Control, ...]
    samples: Callable[..., np.ndarray]
    curves: Callable[..., Curves]
    reading: Callable[[Mapping[str, Value], Curves], str]
    draw: Callable[[Mapping[str, Value], Curves], matplotlib.figure.Figure]
    data: Callable[[], dict[str, Any]] = _nothing
    rest: float = 0.0
    height: int = 280
    once: bool = False
    uses: tuple[str, ...] = ()
    channels: int = 1

    def settings(self, **values: Value) -> dict[str, Value]:
        """Return the value of every control: those given, and for the others where they start.

        Raises
        ------
        InvalidValueError
            If there is no such control, or no such setting of it.
        """
        unknown = set(values) - {control.name for control in self.controls}
        if unknown:
            known = ", ".join(control.name for control in self.controls)
            raise InvalidValueError(f"{self.name} has the controls {known}, not {sorted(unknown)}")
        chosen = {
            control.name: values.get(control.name, control.start) for control in self.controls
        }
        for control in self.controls:
            control.index(chosen[control.name])
        return chosen

    def describe(self, **values: Value) -> str:
        """Return what is to be seen at a setting, for those who don't see it."""
        chosen = self.settings(**values)
        return f"{self.alt} {self.reading(chosen, self.curves(**chosen))}"

    def picture(self, **values: Value) -> Picture:
        """Return the picture at a setting; the sentence on it is the caption."""
        chosen = self.settings(**values)
        curves = self.curves(**chosen)
        sentence = self.reading(chosen, curves)
        return picture(self.draw(chosen, curves), f"{self.alt} {sentence}", caption=sentence)

    def player(self, **values: Value) -> Player:
        """Return a player of the sound at a setting, faded in and out."""
        x = np.asarray(self.samples(**self.settings(**values)), np.float64)
        x = x.reshape(self.channels, -1) if self.channels > 1 else x
        ramp = np.minimum(1, np.arange(x.shape[-1]) / (_FADE * self.rate))
        return player({self.title: x * ramp * ramp[::-1]}, self.rate)
