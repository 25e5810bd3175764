"""The figure of tunes that a network continues: what the temperature does to them."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import tunes
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.attending import TUNE, sounding
from aigc_edu.teaching.interactive.controls import Control, Value, choice
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_LENGTH = tunes.PERIOD * tunes.BARS


def grade(codes: np.ndarray) -> np.ndarray:
    """Return which of three rules tunes keep: bar 2 repeats 1, bar 3 answers 1, bar 4 repeats 3.

    Parameters
    ----------
    codes
        Shape (N, 32).

    Returns
    -------
    ndarray
        Boolean, shape (N, 3).
    """
    bars = np.asarray(codes).reshape(-1, tunes.BARS, tunes.PERIOD)
    first, third = bars[:, 0], bars[:, 2]
    shift = third[:, :1] - first[:, :1]  # the first code of a bar is never a hold
    moved = np.where(first == tunes.HOLD, tunes.HOLD, first + shift)
    answers = (third == moved).all(axis=1) & (np.abs(shift[:, 0]) <= 2) & (shift[:, 0] != 0)
    return np.stack([(first == bars[:, 1]).all(1), answers, (third == bars[:, 3]).all(1)], axis=1)


class _Written:
    """Tunes at several temperatures, and which rules they keep."""

    def __init__(self, rows: dict[float, np.ndarray], shown: int) -> None:
        self.rows, self.shown = rows, shown
        self.shares = {key: grade(row).mean(axis=0) for key, row in rows.items()}

    def samples(self, temperature: float, tune: int) -> np.ndarray:
        return tunes.play(self.rows[temperature][tune])

    def curves(self, temperature: float, tune: int) -> Curves:
        row = self.rows[temperature][tune]
        kept = grade(row[None])[0].astype(float)
        return {"codes": row.astype(float), "kept": kept, "shares": self.shares[temperature]}

    def data(self) -> dict[str, object]:
        return {
            "tunes": [row[: self.shown].tolist() for row in self.rows.values()],
            "temperatures": list(self.rows),
            "shares": [[float(x) for x in share] for share in self.shares.values()],
        }


def continuing_from(written: Mapping[float, np.ndarray], shown: int = 3) -> InteractiveFigure:
    """Return the figure for tunes that were written at several temperatures from the same bars.

    Parameters
    ----------
    written
        From each temperature to the tunes, shape (N, 32), the same first bars at all of them.
    shown
        How many of the tunes can be chosen and heard; the shares are those of all N.

    Raises
    ------
    InvalidValueError
        If the tunes have other shapes, or fewer are there than are to be heard.
    """
    rows = {float(key): np.asarray(value, int) for key, value in written.items()}
    if any(row.ndim != 2 or row.shape[1] != _LENGTH or len(row) < shown for row in rows.values()):
        raise InvalidValueError(f"tunes have the shape (N, {_LENGTH}), N at least {shown}")
    return _figure(_Written(rows, shown))


def _figure(made: _Written) -> InteractiveFigure:
    keys = tuple(made.rows)
    pieces = {f"tune {n + 1}": n for n in range(made.shown)}
    return InteractiveFigure(
        name="continuing",
        title="a tune, continued",
        alt="The notes of four bars: the first was given, the other three were written.",
        rate=tunes.RATE,
        controls=(
            Control("temperature", "Temperature", "slider", keys, tuple(map(str, keys)), keys[-1]),
            choice("tune", "First bar of", pieces, 0),
        ),
        samples=made.samples,
        curves=made.curves,
        reading=_reading,
        draw=_draw,
        data=made.data,
        rest=0.4,
        height=240,
    )


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    kept = ["yes" if one else "no" for one in curves["kept"]]
    all_of = [f"{text(100 * share)} %" for share in curves["shares"]]
    return (
        f"Bar 2 repeats bar 1: {kept[0]} ({all_of[0]} of all tunes). Bar 3 answers it: {kept[1]} "
        f"({all_of[1]}). Bar 4 repeats bar 3: {kept[2]} ({all_of[2]})."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=2.4)
    heights, time = sounding(curves["codes"]), np.arange(_LENGTH)
    given = time < tunes.PERIOD
    for chosen, colour, label in ((given, "grey", "given"), (~given, "blue", "written")):
        ax.plot(time[chosen], heights[chosen], "o", color=PALETTE[colour], label=label)
    for bar in range(1, tunes.BARS):
        ax.axvline(bar * tunes.PERIOD - 0.5, color="black", linewidth=0.6)
    ax.set(xlabel="code number", ylabel="step of the scale", ylim=(-0.5, 15))
    ax.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    return figure


def _invented() -> dict[float, np.ndarray]:
    """Return made-up tunes: as the rule wants them, and ever more of them led astray."""
    right = np.array([[c if c == tunes.HOLD else c - n % 3 for c in TUNE] for n in range(6)])
    half, wrong = right.copy(), right.copy()
    half[::2, 20] = 9
    wrong[:, 11::3] = 4
    return {0.5: right, 1.0: half, 1.5: wrong}


CONTINUING = continuing_from(_invented())
