"""The figure of a memory cell with gates: what it still holds, at any moment, of what it heard."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache

import matplotlib.figure
import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_FINE = 255  # gates are kept as whole numbers up to this, in the page, too


def held(forget: np.ndarray, let_in: np.ndarray) -> np.ndarray:
    """Return how much of each step's proposal is in a memory cell after the last one.

    ``c[t] = f[t] c[t - 1] + i[t] g[t]``, so g[s] is in c[T - 1] with the factor
    ``i[s] f[s + 1] ... f[T - 1]``.

    Parameters
    ----------
    forget, let_in
        The forget and the input gate at each step, shape (T,), in [0, 1].

    Returns
    -------
    ndarray
        float64, shape (T,).
    """
    after = np.append(forget[1:], 1.0)
    return let_in * np.cumprod(after[::-1])[::-1]


def gates_over(
    sound: np.ndarray, rate: int, forget: np.ndarray, let_in: np.ndarray
) -> InteractiveFigure:
    """Return the figure for one sound and the gates of the cells that heard it.

    Parameters
    ----------
    sound
        Shape (N,), within [-1, 1].
    rate
        Its sampling rate in Hz.
    forget, let_in
        Forget and input gates, a step a row and a cell a column, in [0, 1]: shape (T, cells). The
        steps divide the sound evenly.

    Raises
    ------
    InvalidValueError
        If the gates have different shapes or leave [0, 1].
    """
    both = np.stack([forget, let_in]).astype(float)
    if both.ndim != 3 or both.min() < 0 or both.max() > 1:
        raise InvalidValueError("gates have the shape (T, cells) and lie between 0 and 1")
    fine = np.round(both * _FINE).astype(np.uint8)  # (2, T, cells)
    cells = _Cells(np.round(np.asarray(sound, float) * 32767) / 32768, rate, fine)
    return _figure(lambda: cells, rate, fine.shape[2], fine.shape[1])


class _Cells:
    """A sound and the gates of all cells over it."""

    def __init__(self, sound: np.ndarray, rate: int, fine: np.ndarray) -> None:
        self.sound, self.rate, self.fine, self.steps = sound, rate, fine, fine.shape[1]

    def gates(self, cell: int) -> tuple[np.ndarray, np.ndarray]:
        forget, let_in = self.fine[:, :, cell - 1] / _FINE
        return forget, let_in

    def share(self, cell: int, moment: int) -> np.ndarray:
        """Return what the cell holds at a moment (a step, from 1 on), the largest part 1, (T,)."""
        forget, let_in = self.gates(cell)
        row = np.zeros(self.steps)
        row[:moment] = held(forget[:moment], let_in[:moment])
        return row / max(row.max(), 1e-9)

    def samples(self, cell: int, moment: int, heard: str) -> np.ndarray:
        """Return the sound up to the moment, as loud as it is held, and then silence."""
        n, each = np.arange(len(self.sound)), len(self.sound) / self.steps
        if heard == "all":
            return self.sound
        middles = (np.arange(self.steps) + 0.5) * each
        over = np.interp(n, middles, self.share(cell, moment))
        return self.sound * over * (n < moment * each)

    def curves(self, cell: int, moment: int, heard: str) -> Curves:
        forget, let_in = self.gates(cell)
        edges = np.round(np.arange(self.steps) * len(self.sound) / self.steps).astype(int)
        share = self.share(cell, moment)
        return {
            "peaks": np.maximum.reduceat(np.abs(self.sound), edges),
            "share": share,
            "forget": forget,
            "input": let_in,
            "half": np.array([_half(share, moment)], float),
            "seconds": np.array([len(self.sound) / self.rate]),
        }

    def data(self) -> dict[str, object]:
        """Return what the page's script needs, ready for JSON: gates a cell, forget gates first."""
        sound = base64.b64encode((self.sound * 32768).astype("<i2").tobytes()).decode()
        fine = base64.b64encode(self.fine.transpose(2, 0, 1).tobytes()).decode()
        return {"word": sound, "gates": fine, "steps": self.steps, "rate": self.rate}


def _figure(cells: Callable[[], _Cells], rate: int, count: int, steps: int) -> InteractiveFigure:
    """Return the figure of so many cells over so many steps; they are made when it is used."""
    return InteractiveFigure(
        name="gates",
        title="what a memory cell holds",
        alt="Above, a word and the part of it that the cell holds; below, the forget gate and the "
        "input gate of the cell over time.",
        rate=rate,
        controls=(
            slider("cell", "Cell", range(1, count + 1), 1),
            slider("moment", "Moment, in steps", range(1, steps + 1), 3 * steps // 4),
            choice("heard", "You hear", {"what it holds": "held", "all": "all"}, "held"),
        ),
        samples=lambda **v: cells().samples(**v),
        curves=lambda **v: cells().curves(**v),
        reading=_reading,
        draw=_draw,
        data=lambda: cells().data(),
        rest=0.4,
        height=400,
    )


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    kept, moment = curves["forget"].mean(), int(v["moment"])
    return (
        f"Cell {v['cell']} keeps {text(100 * kept)} % a step on average. At step {moment}, half of "
        f"what it holds is from the last {text(curves['half'][0])} of {moment} steps."
    )


def _half(share: np.ndarray, moment: int) -> int:
    """Return within how many of the last steps half of what is held has come in."""
    back = np.cumsum(share[:moment][::-1])
    return int(np.count_nonzero(back < back[-1] / 2)) + 1


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2, sharex=True)
    steps, seconds = len(curves["share"]), curves["seconds"][0]
    wide, time = seconds / steps, (np.arange(steps) + 0.5) * seconds / steps
    peaks = curves["peaks"]
    for row, colour, label in (
        (peaks, "grey", "said"),
        (peaks * curves["share"], "orange", "held"),
    ):
        upper.bar(time, 2 * row, wide, -row, color=PALETTE[colour], label=label)
    upper.set(ylabel="amplitude", ylim=(-1.05 * peaks.max(), 1.05 * peaks.max()))
    lower.plot(time, curves["forget"], color=PALETTE["blue"], label="forget gate")
    lower.plot(time, curves["input"], "--", color=PALETTE["green"], label="input gate")
    lower.set(xlabel="time in seconds", ylabel="how far open", ylim=(-0.02, 1.02))
    for ax in (upper, lower):
        ax.axvline(v["moment"] * wide, color="black", linewidth=1)
        ax.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    return figure


_STEPS, _EACH = 60, 80  # of the cells that are made up


@cache
def _invented() -> _Cells:
    """Return four made-up cells that follow the level of a word, each at its own pace."""
    word = np.pad(sources.word(), (0, _STEPS * _EACH))[: _STEPS * _EACH]
    level = np.sqrt((word.reshape(_STEPS, _EACH) ** 2).mean(axis=1))
    loud = (level / level.max())[:, None]
    forget = np.array([0.97, 0.9, 0.7, 0.4]) * (1 - np.array([0, 0.1, 0.5, 0.9]) * loud)
    both = np.stack([forget, np.repeat(0.2 + 0.8 * loud, 4, axis=1)])
    return _Cells(word, sources.WORD_RATE, np.round(both * _FINE).astype(np.uint8))


GATES = _figure(_invented, sources.WORD_RATE, 4, _STEPS)
