"""Figures fed by a notebook: a slider over stages of a training, with sound and curves at each.

A figure of this kind computes nothing on the page. The notebook hands over what it has computed
once, sounds as mu-law codes and curves as points, and the slider goes through them. Make one with
:func:`stages_of`, and put it on the page with :func:`show_stages`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.figure
import numpy as np

from aigc_edu.dsp import mu_law_decode
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Control, Value, choice
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show

_DASHES = ("-", "--", "-.", ":")
_COLOURS = ("blue", "orange", "green", "purple", "ochre")
_FADE = 40  # samples
_SHOWN = 800  # points of the waveform in the picture: the outermost samples of as many pieces


@dataclass(frozen=True)
class Stages:
    """What a notebook hands over.

    Parameters
    ----------
    title, alt
        What the figure is about, in a few words; what its picture shows whatever the setting.
    label
        What the slider chooses.
    texts
        The slider's settings.
    sounds
        For each choice of what is heard (by its text) mu-law codes, (N,), one row for each setting.
        A row that stands for all settings, such as a recording, is given once, as a list of one.
    lines
        Curves of the lower panel: name, and its x and y.
    marks
        For each setting the x at which it stands in the lower panel, or the name of its line.
    readings
        For each setting a sentence.
    axes
        Labels of the lower panel's x and y.
    rate
        Of the sounds in Hz.
    limits
        Ends of the lower panel's y.
    """

    title: str
    alt: str
    label: str
    texts: Sequence[str]
    sounds: Mapping[str, Sequence[np.ndarray]]
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    marks: Sequence[float | str]
    readings: Sequence[str]
    axes: tuple[str, str]
    rate: int = 8000
    limits: tuple[float, float] = (0.0, 8.5)

    def __post_init__(self) -> None:
        count = len(self.texts)
        if count < 2 or {len(self.marks), len(self.readings)} != {count}:
            raise InvalidValueError("texts, marks and readings belong together, two or more each")
        if not self.sounds or any(len(rows) not in (1, count) for rows in self.sounds.values()):
            raise InvalidValueError(f"give one sound for each of the {count} settings, or one")
        unknown = {m for m in self.marks if isinstance(m, str)} - set(self.lines)
        if unknown:
            raise InvalidValueError(f"there are no lines {sorted(unknown)}")

    def codes(self, stage: int, heard: int) -> np.ndarray:
        """Return the codes of one sound, uint8 (N,)."""
        rows = list(self.sounds.values())[heard]
        return np.asarray(rows[stage if len(rows) > 1 else 0]).astype(np.uint8)


def show_stages(stages: Stages, start: int = 0) -> None:
    """Put the figure on the page; ``start`` is the number of the setting it begins with."""
    show(stages_of(stages), stage=start)


def stages_of(stages: Stages) -> InteractiveFigure:
    """Return the figure: a slider ``stage`` over the settings, and a choice ``heard``."""
    return InteractiveFigure(
        name="stages",
        title=stages.title,
        alt=stages.alt,
        rate=stages.rate,
        controls=(
            Control(
                "stage", stages.label, "slider", tuple(range(len(stages.texts))),
                tuple(stages.texts), 0,
            ),
            choice("heard", "You hear", {name: n for n, name in enumerate(stages.sounds)}, 0),
        ),
        samples=lambda stage, heard: _heard(stages, stage, heard),
        curves=lambda stage, heard: _curves(stages, stage, heard),
        reading=lambda v, curves: stages.readings[int(v["stage"])],
        draw=lambda v, curves: _draw(stages, v, curves),
        data=lambda: _data(stages),
        rest=0.4,
        height=440,
    )  # fmt: skip


def _heard(stages: Stages, stage: int, heard: int) -> np.ndarray:
    """Return a sound's samples, faded in and out."""
    x = mu_law_decode(stages.codes(stage, heard)).astype(np.float64)
    n = np.arange(len(x))
    return x * np.minimum(1, (np.minimum(n, n[::-1]) + 1) / _FADE)


def _curves(stages: Stages, stage: int, heard: int) -> Curves:
    """Return lowest and highest sample of each piece of the sound, and the mark.

    The mark is the x at which the setting stands, or the number of its line.
    """
    x = _heard(stages, stage, heard)
    size = -(-len(x) // _SHOWN)
    pieces = np.pad(x, (0, -len(x) % size), mode="edge").reshape(-1, size)
    mark = stages.marks[stage]
    place = list(stages.lines).index(mark) if isinstance(mark, str) else mark
    return {
        "time": np.arange(len(pieces)) * size / stages.rate,
        "low": pieces.min(axis=1),
        "high": pieces.max(axis=1),
        "mark": np.array([place], float),
    }


def _draw(stages: Stages, v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.4)
    upper.fill_between(curves["time"], curves["low"], curves["high"], linewidth=0.6)
    upper.set(xlabel="time in seconds", ylabel="amplitude", ylim=(-1, 1))
    mark = stages.marks[int(v["stage"])]
    for n, (name, (x, y)) in enumerate(stages.lines.items()):
        colour = PALETTE[_COLOURS[n % 5]]
        wide = 2.4 if name == mark else 1.2
        lower.plot(x, y, _DASHES[n % 4], color=colour, linewidth=wide, label=name)
    if not isinstance(mark, str):
        lower.axvline(mark, color="black", linestyle=":")
    lower.set(xlabel=stages.axes[0], ylabel=stages.axes[1], ylim=stages.limits)
    lower.legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1))
    return figure


def _data(stages: Stages) -> dict[str, object]:
    """Return what the page needs: bytes in base64, curves to four digits."""
    sounds = [
        [base64.b64encode(stages.codes(n, heard).tobytes()).decode() for n in range(len(rows))]
        for heard, rows in enumerate(stages.sounds.values())
    ]
    lines = [
        [name, *([float(f"{value:.4g}") for value in row] for row in line)]
        for name, line in stages.lines.items()
    ]
    return {
        "sounds": sounds,
        "lines": lines,
        "marks": list(stages.marks),
        "readings": list(stages.readings),
        "axes": list(stages.axes),
        "limits": list(stages.limits),
        "rate": stages.rate,
    }
