"""The figure of attention over a melody: which notes a head looks at, note by note."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import matplotlib.figure
import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import tunes
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_FINE = 255  # weights are kept as whole numbers up to this, in the page, too
_TUNE = (7, 8, 15, 6, 7, 9, 8, 15, 7, 8, 15, 6, 7, 9, 8, 15)  # and once more, two steps lower
TUNE = _TUNE + tuple(code if code == tunes.HOLD else code - 2 for code in _TUNE)


def attending_over(
    codes: Sequence[int] | np.ndarray, heads: Mapping[str, np.ndarray]
) -> InteractiveFigure:
    """Return the figure for one tune and the attention weights of several heads over it.

    Parameters
    ----------
    codes
        The tune, at least as long as there are weights: shape (T,).
    heads
        From the name of each head to its weights, a query a row and a key a column: shape (Q, Q)
        with Q up to T, each in [0, 1].

    Raises
    ------
    InvalidValueError
        If the weights have other shapes, or leave [0, 1].
    """
    row = [int(code) for code in codes]
    pictures = np.stack([np.asarray(weights, float) for weights in heads.values()])
    size = pictures.shape[-1]
    if pictures.shape[1:] != (size, size) or size > len(row):
        raise InvalidValueError("each head has weights of the shape (Q, Q), Q up to the codes")
    if pictures.min() < 0 or pictures.max() > 1 + 1e-6:
        raise InvalidValueError("attention weights lie between 0 and 1")
    fine = np.round(np.minimum(pictures, 1) * _FINE).astype(np.uint8)
    return _figure(row, list(heads), fine)


class _Heads:
    """A tune, and the weights of several heads over its first codes."""

    def __init__(self, row: list[int], fine: np.ndarray) -> None:
        self.row, self.fine, self.size = row, fine, fine.shape[-1]

    def weights(self, query: int, head: int) -> np.ndarray:
        """Return the weights of a query over the whole tune, (T,)."""
        row = self.fine[head][query] / _FINE
        return np.append(row, np.zeros(len(self.row) - self.size))

    def samples(self, query: int, head: int, heard: str) -> np.ndarray:
        """Return the tune, or each of its notes as loud as it is looked at, the loudest 1."""
        if heard == "tune":
            return tunes.play(self.row)
        share, gains = self.weights(query, head), np.zeros(len(self.row))
        for t, length in tunes.notes(self.row):
            gains[t] = share[t : t + length].max()
        return tunes.play(self.row, gains / gains.max())

    def curves(self, query: int, head: int, heard: str) -> Curves:
        return {"codes": np.array(self.row, float), "weights": self.weights(query, head)}

    def data(self) -> dict[str, object]:
        fine = base64.b64encode(self.fine.tobytes()).decode()
        return {"codes": self.row, "size": self.size, "weights": fine}


_HEARD = {"what the query looks at": "looked", "the tune; the query follows": "tune"}


def _figure(row: list[int], names: list[str], fine: np.ndarray) -> InteractiveFigure:
    heads = _Heads(row, fine)
    return InteractiveFigure(
        name="attending",
        title="where a head looks",
        alt="Above, a tune as dots, the larger the more the query looks there; below, the "
        "attention weights over the tune.",
        rate=tunes.RATE,
        controls=(
            slider("query", "Query: code number", range(heads.size), min(heads.size - 1, 12)),
            choice("head", "Head", {name: n for n, name in enumerate(names)}, 0),
            choice("heard", "You hear", _HEARD, "looked"),
        ),
        samples=heads.samples,
        curves=heads.curves,
        reading=_reading,
        draw=_draw,
        data=heads.data,
        rest=0.4,
        height=400,
    )


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    weights = curves["weights"]
    best, query = int(weights.argmax()), int(v["query"])
    where = "itself" if best == query else f"number {best}, {query - best} back"
    if best > query:
        where = f"number {best}, {best - query} ahead"
    share = text(100 * weights[best] / max(weights.sum(), 1e-9))
    return f"The query, code number {query}, looks most at {where}: {share} % of its weight."


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2, sharex=True)
    codes, weights, query = curves["codes"], curves["weights"], int(v["query"])
    time, heights = np.arange(len(codes)), sounding(codes)
    upper.scatter(time, heights, s=6, color=PALETTE["grey"])
    upper.scatter(time, heights, s=160 * weights, color=PALETTE["orange"], label="looked at")
    upper.plot([query], [heights[query]], "o", color="black", fillstyle="none", label="query")
    upper.set(ylabel="step of the scale", ylim=(-0.5, 15))
    upper.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    lower.bar(time, weights, 0.8, color=PALETTE["orange"])
    lower.axvline(query, color="black", linewidth=1)
    lower.set(xlabel="code number", ylabel="weight", ylim=(0, 1), xlim=(-0.6, len(codes) - 0.4))
    return figure


def sounding(codes: np.ndarray) -> np.ndarray:
    """Return the note that sounds at each code: a hold goes on with the note before."""
    row = np.array(codes, float)
    for t in range(1, len(row)):
        if row[t] == tunes.HOLD:
            row[t] = row[t - 1]
    return row


def built_heads(sharpness: float = 4.0) -> dict[str, np.ndarray]:
    """Return three causal heads that nobody trained, over `TUNE`: by pitch, near by, a bar back.

    Parameters
    ----------
    sharpness
        What the scores are multiplied by before the softmax.

    Returns
    -------
    dict
        From each head's name to its weights, shape (T, T).
    """
    t, pitch = np.arange(len(TUNE)), sounding(np.array(TUNE))
    back = t[:, None] - t
    scores = {
        "A": -np.abs(pitch[:, None] - pitch),
        "B": -np.abs(back - 1.0),
        "C": -np.abs(back - tunes.PERIOD + 0.0),
    }
    heads = {}
    for name, score in scores.items():
        e = np.where(back >= 0, np.exp(sharpness * score / 2), 0.0)
        heads[name] = e / e.sum(axis=1, keepdims=True)
    return heads


ATTENDING = attending_over(TUNE, built_heads())
