"""The figure of a rhythm: a recorded sentence whose sounds get durations told or drawn.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

The page gets one recording, and durations in frames. Its script gives the sounds other durations
as :func:`aigc_edu.dsp.retime` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import packing
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import text

DRAWN = "drawn"
SPEEDS = (50, 60, 70, 75, 80, 85, 90, 95, 100, 110, 125, 150, 200)  # per cent
UP, DOWN = 1.0, 0.0  # heights of the recording and of what is heard
CLEAR = 0.12  # how far from these a line to the other begins

Told = Mapping[str, np.ndarray]
Drawn = Mapping[tuple[float, int], np.ndarray]


class _Sentence(NamedTuple):
    samples: np.ndarray
    rate: int
    hop: int
    labels: Sequence[str]
    told: Told
    drawn: Drawn

    def frames(self, rhythm: str, noise: float, take: int) -> np.ndarray:
        return self.drawn[noise, take] if rhythm == DRAWN else self.told[rhythm]

    def wanted(self, rhythm: str, noise: float, take: int, speed: int) -> np.ndarray:
        """Return samples of each sound, whole numbers."""
        frames = self.frames(rhythm, noise, take)
        return np.maximum(1, (200 * self.hop * frames + speed) // (2 * speed))

    @property
    def recorded(self) -> np.ndarray:
        return self.hop * next(iter(self.told.values()))


def rhythm(
    samples: np.ndarray,
    rate: int,
    hop: int,
    labels: Sequence[str],
    told: Told,
    drawn: Drawn,
    **start: Value,
) -> None:
    """Show a sentence in other rhythms; see rhythm_of.

    Controls: ``rhythm`` (a name of ``told``, or "drawn"), ``noise``, ``take``, ``speed`` (per
    cent).
    """
    show_on_page(rhythm_of(samples, rate, hop, labels, told, drawn), **start)


def rhythm_of(
    samples: np.ndarray, rate: int, hop: int, labels: Sequence[str], told: Told, drawn: Drawn
) -> InteractiveFigure:
    """Return the figure of a sentence whose sounds last as long as is said, or drawn.

    Parameters
    ----------
    samples
        The recording, (N,), in [-1, 1].
    rate, hop
        Of the recording in Hz, and samples of a frame.
    labels
        Names of its K sounds.
    told
        Durations in frames by the name of a rhythm, whole numbers >= 1, (K,) each. The first are
        those of the recording.
    drawn
        Durations by scale of the noise and number of the draw; all pairs of the two are there.

    Raises
    ------
    InvalidValueError
        If pairs are missing, or durations don't fit the labels.
    """
    told = {name: np.asarray(d) for name, d in told.items()}
    drawn = {(float(s), int(n)): np.asarray(d) for (s, n), d in drawn.items()}
    one = _Sentence(packing.sixteen_bits(samples), rate, hop, tuple(labels), told, drawn)
    scales, takes = _axes(one)
    return InteractiveFigure(
        name="rhythm",
        title="one sentence in several rhythms",
        alt="Where each sound ends, over time: above in the recording, below in what is heard, "
        "with a line from one to the other.",
        rate=rate,
        controls=(
            choice("rhythm", "Durations", {n: n for n in (*told, DRAWN)}, next(iter(told))),
            slider("noise", "Noise", scales, scales[len(scales) // 2], digits=1),
            slider("take", "Draw", takes, takes[0]),
            slider("speed", "Speed", SPEEDS, 100, "%"),
        ),
        samples=_samples_of(one),
        curves=_curves_of(one),
        reading=lambda v, c: _reading(v, c, one.labels),
        draw=lambda v, c: _draw(v, c, one.labels),
        data=lambda: _data(one),
        height=240,
        once=True,
    )


def _axes(one: _Sentence) -> tuple[list[float], list[int]]:
    """Return the scales and the numbers of the draws, if everything fits."""
    scales, takes = (sorted({pair[which] for pair in one.drawn}) for which in (0, 1))
    if not one.told or not scales or {(s, n) for s in scales for n in takes} != set(one.drawn):
        raise InvalidValueError("expected a rhythm that is told, and a draw for all pairs")
    for frames in (*one.told.values(), *one.drawn.values()):
        whole = frames.astype(np.int64)
        if frames.shape != (len(one.labels),) or (whole != frames).any() or (whole < 1).any():
            raise InvalidValueError(f"expected {len(one.labels)} durations of 1 frame or more")
    return scales, takes


def _samples_of(one: _Sentence) -> Callable[..., np.ndarray]:
    def samples(**v: Value) -> np.ndarray:
        return np.clip(dsp.retime(one.samples, one.recorded, one.wanted(**v)), -1, 1)

    return samples


def _curves_of(one: _Sentence) -> Callable[..., Curves]:
    def curves(**v: Value) -> Curves:
        ends = [np.concatenate([[0], np.cumsum(d)]) for d in (one.recorded, one.wanted(**v))]
        return {"recorded": ends[0] / one.rate, "now": ends[1] / one.rate}

    return curves


def _reading(v: Mapping[str, Value], c: Curves, labels: Sequence[str]) -> str:
    lasts = np.diff(c["now"])
    longest = int(np.flatnonzero(lasts > lasts.max() - 1e-9)[0])
    change = 100 * c["now"][-1] / c["recorded"][-1]
    name = f"{v['rhythm']} (noise {v['noise']:.1f})" if v["rhythm"] == DRAWN else v["rhythm"]
    return (
        f"Durations: {name}. It takes {text(c['now'][-1], 2)} s, {text(change)} % of the "
        f"recording; the longest sound, {labels[longest]}, {text(1000 * lasts[longest])} ms."
    )


def _data(one: _Sentence) -> dict[str, Any]:
    drawn = {f"{scale:g}/{take}": d.tolist() for (scale, take), d in one.drawn.items()}
    return {
        "sentence": packing.packed(one.samples),
        "rate": one.rate,
        "hop": one.hop,
        "labels": list(one.labels),
        "recorded": one.recorded.tolist(),
        "told": {name: d.tolist() for name, d in one.told.items()},
        "drawn": drawn,
    }


def _draw(
    v: Mapping[str, Value], curves: Curves, labels: Sequence[str]
) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=2.4)
    for row, height, colour in (("recorded", UP, "grey"), ("now", DOWN, "orange")):
        ends = curves[row]
        ax.hlines(height, ends[0], ends[-1], color=PALETTE[colour])
        ax.vlines(ends, height - CLEAR, height + CLEAR, color=PALETTE[colour])
        for label, left, right in zip(labels, ends, ends[1:], strict=False):
            if right - left > 0.02 * ends[-1]:
                up = height + CLEAR if row == "recorded" else height - CLEAR
                edge = "bottom" if row == "recorded" else "top"
                ax.text((left + right) / 2, up, label, ha="center", va=edge, fontsize=8)
    for pair in zip(curves["recorded"], curves["now"], strict=True):
        ax.plot(pair, (UP - CLEAR, DOWN + CLEAR), color=PALETTE["grey"], linewidth=0.6)
    ax.set(xlabel="time in seconds", ylim=(-0.5, 1.5), yticks=(DOWN, UP))
    ax.set_yticklabels(["heard", "recorded"])
    ax.grid(False)
    return figure
