"""The figure of a ward: patients whose curves are seen and whose sounds are heard, ill and mended.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu.dsp import window
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import packing
from aigc_edu.teaching.interactive.controls import Control, Value, buttons, choice
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.packing import FLOOR
from aigc_edu.teaching.interactive.shown import show

STATES = ("ill", "mended")
HOP, TOP = 64, -15.0  # samples of a spectrogram's column; dB of its brightest colour
FRAME = 256
_COLOURS = ("blue", "orange")
_ALT = (
    "Above, a training's costs over the steps, with what ignorance costs as dotted lines; below, "
    "the spectrogram of what the model makes."
)

Points = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Stay:
    """One training of one patient.

    Attributes
    ----------
    curves
        One or two, by name: steps and values.
    anchors
        Levels to compare with, by name; there may be none.
    unit
        Of both.
    sound
        Samples (N,) in [-1, 1].
    sentence
        What is to be read off.
    """

    curves: Mapping[str, Points]
    anchors: Mapping[str, float]
    unit: str
    sound: np.ndarray
    sentence: str


def ward(patients: Mapping[str, tuple[Stay, Stay]], rate: int, **start: Value) -> None:
    """Show patients whose curves and sounds the reader looks at; see :func:`ward_of`.

    Controls: ``patient`` (a letter), ``state`` (``"ill"`` or ``"mended"``).
    """
    show(ward_of(patients, rate), **start)


def ward_of(patients: Mapping[str, tuple[Stay, Stay]], rate: int) -> InteractiveFigure:
    """Return the figure.

    Parameters
    ----------
    patients
        From a letter to the patient's two trainings, ill and mended.
    rate
        Of all sounds, in Hz.

    Raises
    ------
    InvalidValueError
        If there are no patients, or one has no curve, more than two, or no sound.
    """
    stays = {
        (who, STATES[n]): stay for who, both in patients.items() for n, stay in enumerate(both)
    }
    _check(stays)
    sounds = {_key(*place): packing.sixteen_bits(stay.sound) for place, stay in stays.items()}
    views = {_key(*place): _view(stay) for place, stay in stays.items()}
    longest = max(map(len, sounds.values()))

    def curves(patient: str, state: str) -> Curves:
        x = np.pad(sounds[_key(patient, state)], (0, longest - len(sounds[_key(patient, state)])))
        lines = {k: np.array(v, float) for k, v in views[_key(patient, state)]["lines"].items()}
        return {**lines, "levels": packing.spectrogram(x, window("hann", FRAME), HOP)}

    return InteractiveFigure(
        name="ward",
        title="eight patients",
        alt=_ALT,
        rate=rate,
        controls=_controls(list(patients)),
        samples=lambda patient, state: sounds[_key(patient, state)],
        curves=curves,
        reading=lambda v, _: stays[str(v["patient"]), str(v["state"])].sentence,
        draw=lambda v, c: _draw(c, views[_key(v["patient"], v["state"])], longest / rate, rate),
        data=lambda: _data(stays, sounds, views, longest, rate),
        height=420,
        once=True,
    )


def _check(stays: Mapping[tuple[str, str], Stay]) -> None:
    if not stays:
        raise InvalidValueError("give one patient or more")
    for (who, state), stay in stays.items():
        if not 1 <= len(stay.curves) <= 2 or not all(stay.curves.values()) or not len(stay.sound):
            raise InvalidValueError(f"patient {who}, {state}: give one or two curves, and a sound")


def _key(who: Value, state: Value) -> str:
    return f"{who}/{state}"


def _controls(letters: list[str]) -> tuple[Control, Control]:
    return (
        buttons("patient", "Patient", {letter: letter for letter in letters}, letters[0]),
        choice("state", "After a training that is", {"ill": "ill", "mended": "mended"}, "ill"),
    )


def _view(stay: Stay) -> dict[str, Any]:
    """Return what is drawn of a training besides its sound: lines, their names, anchors, limits."""
    lines: dict[str, list[float]] = {}
    for n, points in enumerate(stay.curves.values()):
        finite = [(step, value) for step, value in points if np.isfinite(value)]
        lines[f"step{n}"] = [float(step) for step, _ in finite]
        lines[f"value{n}"] = [_short(value) for _, value in finite]
    values = [v for n in range(len(stay.curves)) for v in lines[f"value{n}"]]
    anchors = {name: _short(value) for name, value in stay.anchors.items()}
    # A line that leaves the picture says enough: the anchors must be told apart.
    most = 2.2 * max(anchors.values()) if anchors else np.inf
    high, low = min(max([*values, *anchors.values()]), most), min([0.0, *values])
    room = 0.05 * (high - low)
    return {
        "lines": lines,
        "names": list(stay.curves),
        "anchors": list(map(list, anchors.items())),
        "y": [_short(low - room), _short(high + room)],
        "x": [0.0, max(lines[f"step{n}"][-1] for n in range(len(stay.curves)))],
        "unit": stay.unit,
    }


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _data(
    stays: Mapping[tuple[str, str], Stay],
    sounds: Mapping[str, np.ndarray],
    views: Mapping[str, dict[str, Any]],
    longest: int,
    rate: int,
) -> dict[str, Any]:
    return {
        "clips": {key: packing.packed(x) for key, x in sounds.items()},
        "views": dict(views),
        "sentences": {_key(*place): stay.sentence for place, stay in stays.items()},
        "longest": longest,
        "rate": rate,
        "frame": FRAME,
        "hop": HOP,
        "limits": [FLOOR, TOP],
    }


def _draw(
    curves: Curves, view: Mapping[str, Any], seconds: float, rate: int
) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.4)
    for n, name in enumerate(view["names"]):
        style = ("-", "--")[n]
        colour = PALETTE[_COLOURS[n]]
        upper.plot(curves[f"step{n}"], curves[f"value{n}"], style, color=colour, label=name)
    for n, (name, value) in enumerate(view["anchors"]):
        upper.axhline(value, linestyle=(":", "-.", "--")[n % 3], color="0.5", label=name)
    upper.set(xlabel="step", ylabel=view["unit"], xlim=view["x"], ylim=view["y"])
    upper.legend(fontsize=7, loc="upper right")
    extent = (0, seconds, 0, rate / 2000)
    lower.imshow(curves["levels"].T, extent=extent, vmin=FLOOR, vmax=TOP)
    lower.set(xlabel="time in seconds", ylabel="frequency in kHz")
    lower.grid(False)
    return figure
