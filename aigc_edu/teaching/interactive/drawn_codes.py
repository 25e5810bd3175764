"""The figure of drawing: a random number meets cumulated probabilities, bent or as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu.dsp import mu_law_decode
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Control, Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_RATE, _HEARD = 8000, 4000  # half a second of codes
_NARROWEST, _TAIL = 24, 0.002  # codes in the picture, at least; what may lie outside on each side
_TAUS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 1.75, 2.0)
_COUNTS = (1, 2, 3, 5, 10, 20, 50, 100, 256)
_SHARES = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
_AS_IT_IS = {"temperature": 1.0, "top_k": 256, "top_p": 1.0}


def bent(logits: np.ndarray, temperature: float, top_k: int, top_p: float) -> np.ndarray:
    """Return the probabilities of codes after temperature, top-k and top-p.

    Parameters
    ----------
    logits
        Shape (q,).
    temperature
        Above 0.
    top_k
        How many codes may be left, 1 ... q.
    top_p
        Which share of their sum must be reached, in (0, 1].

    Returns
    -------
    ndarray
        float64, shape (q,), with the sum 1: what :func:`aigc_edu.nn.drawing.draw` draws from.
    """
    p = np.exp((logits - logits.max()) / temperature)
    ordered = np.sort(p)[::-1][:top_k]
    sums = ordered.cumsum()
    enough = min(int((sums < top_p * sums[-1]).sum()) + 1, len(ordered))
    kept = np.where(p >= ordered[enough - 1], p, 0.0)
    return kept / kept.sum()


def drawn(sums: np.ndarray, chances: np.ndarray | float) -> np.ndarray:
    """Return the first codes whose cumulated probability (q,) is above the chances."""
    return np.searchsorted(sums, chances * sums[-1], side="right")


def drawing_of(moments: Mapping[str, np.ndarray], shaped: bool) -> InteractiveFigure:
    """Return the figure for a network's logits at some moments.

    Parameters
    ----------
    moments
        Name and logits, shape (256,), of each moment.
    shaped
        Whether temperature, top-k and top-p can be moved.

    Raises
    ------
    InvalidValueError
        If there is no moment, or logits have another shape.
    """
    rounded = {name: np.round(np.asarray(row, np.float64), 3) for name, row in moments.items()}
    if not rounded or any(row.shape != (256,) for row in rounded.values()):
        raise InvalidValueError("expected logits of shape (256,) for one moment or more")

    def samples(**v: Value) -> np.ndarray:
        p = _probabilities(rounded, v)[1]
        chances = sources.uniform(_HEARD, 0) + 0.5
        x = mu_law_decode(drawn(p.cumsum(), chances)).astype(np.float64)
        return np.clip(x - x.mean(), -1, 1)  # a constant part is not heard

    return InteractiveFigure(
        name="drawing",
        title="drawing a code",
        alt="Above, a bar for the probability of each code; below, their cumulated sums and u.",
        rate=_RATE,
        controls=_controls(rounded, shaped),
        samples=samples,
        curves=lambda **v: _curves(rounded, v),
        reading=_reading,
        draw=_draw,
        data=lambda: {"logits": {name: row.tolist() for name, row in rounded.items()}},
        height=400,
    )


def _controls(moments: Mapping[str, Any], shaped: bool) -> tuple[Control, ...]:
    first = next(iter(moments))
    own = (
        choice("moment", "Moment", {name: name for name in moments}, first),
        slider("u", "Random number u", tuple(n / 100 for n in range(100)), 0.8, digits=2),
    )
    if not shaped:
        return own
    return (
        *own,
        slider("temperature", "Temperature τ", _TAUS, 1.0, digits=2),
        slider("top_k", "Top-k: codes kept, k", _COUNTS, 256),
        slider("top_p", "Top-p: share kept, s", _SHARES, 1.0, digits=2),
    )


def _probabilities(
    moments: Mapping[str, np.ndarray], v: Mapping[str, Value]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities as the network has them, and as they are bent."""
    logits, shape = moments[str(v["moment"])], _AS_IT_IS | dict(v)
    options = {name: shape[name] for name in _AS_IT_IS}
    return bent(logits, **_AS_IT_IS), bent(logits, **options)


def _curves(moments: Mapping[str, np.ndarray], v: Mapping[str, Value]) -> Curves:
    before, p = _probabilities(moments, v)
    sums, at = p.cumsum(), np.searchsorted(before.cumsum(), [_TAIL, 1 - _TAIL])
    wider = max(0, _NARROWEST - int(at[1] - at[0])) // 2
    low, high = max(0, int(at[0]) - wider), min(255, int(at[1]) + wider)
    code = int(drawn(sums, float(v["u"])))
    full = p[p > 0]
    return {
        "before": before[low : high + 1],
        "after": p[low : high + 1],
        "sums": sums[low : high + 1],
        "low": np.array([low], float),
        "code": np.array([code], float),
        "share": p[code : code + 1],
        "bits": np.array([-(full * np.log2(full)).sum()]),
        "left": np.array([np.count_nonzero(p)], float),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    code, left = int(curves["code"][0]), int(curves["left"][0])
    amplitude = float(mu_law_decode(np.array([code]))[0])
    many = "1 code" if left == 1 else f"{left} codes"
    return (
        f"u = {text(v['u'], 2)} draws code {code}, an amplitude of {text(amplitude, 3)}, which has "
        f"a probability of {text(100 * curves['share'][0], 1)} %. {many} can be drawn; "
        f"the entropy is {text(abs(curves['bits'][0]), 1)} bits."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2, sharex=True)
    codes, code = curves["low"] + np.arange(len(curves["after"])), curves["code"][0]
    upper.bar(
        codes, 100 * curves["before"], 1, color=PALETTE["grey"], alpha=0.4, label="as trained"
    )
    upper.bar(codes, 100 * curves["after"], 1, color=PALETTE["blue"], label="drawn from")
    upper.bar([code], 100 * curves["share"], 1, color=PALETTE["orange"], label="drawn")
    upper.set(ylabel="per cent")
    upper.legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1))
    lower.step(codes, curves["sums"], where="mid", color=PALETTE["blue"])
    u = v["u"]
    lower.plot([codes[0] - 0.5, code, code], [u, u, 0], "--", color=PALETTE["orange"])
    lower.set(xlabel="code", ylabel="cumulated", ylim=(0, 1.05))
    return figure
