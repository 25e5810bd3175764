"""The figure of a GRU's weights laid from PyTorch into Keras, in all orders of their blocks.

A small GRU, made by hand, rings like three bells that clicks strike. It is run as Keras would run
it, with PyTorch's blocks of rows laid in the order that the reader chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import permutations

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

RATE, LENGTH = 4000, 6000  # Hz, samples
_PITCHES = (330.0, 440.0, 587.0)  # Hz, one for each pair of the six units
_TUNE = ((0, 0), (700, 1), (1400, 2), (2100, 1), (2800, 2), (3500, 0), (4200, 1))  # when, which
_KEPT, _FADE, _GAIN = 0.12, 0.3, 0.4  # share of the old state; seconds to 1 / e; of the output
_RIGHT = {"order": "zrn", "state": "transposed", "bias": "input"}
_SHOWN = 240  # samples of the picture, 60 ms, from the third note on
_FROM = _TUNE[2][0]


@cache
def weights() -> dict[str, np.ndarray]:
    """Return the GRU as PyTorch keeps it.

    Returns
    -------
    dict
        ``w`` (18, 3), ``u`` (18, 6), ``b`` and ``c`` (18,): blocks of six rows for r, z, n. Two
        units are a bell: a rotation by its pitch and a decay, which what is kept of the
        old state would disturb, so that it is taken off.
    """
    draw = np.random.default_rng(4)
    w, u = 0.5 * draw.standard_normal((18, 3)), 0.02 * draw.standard_normal((18, 6))
    b, c = np.zeros(18), 0.02 * draw.standard_normal(18)
    w[12:], u[12:], c[:12] = 0.0, 0.0, 0.0
    b[:6], b[6:12] = 1.5, np.log(_KEPT / (1 - _KEPT))
    reset = 1 / (1 + np.exp(-1.5))
    for bell, pitch in enumerate(_PITCHES):
        pole = np.exp(-1 / (_FADE * RATE) + 2j * np.pi * pitch / RATE)
        turn = (pole - _KEPT) / (1 - _KEPT) / reset
        here = slice(12 + 2 * bell, 14 + 2 * bell), slice(2 * bell, 2 * bell + 2)
        # Three times as much goes from the first unit to the second as comes back.
        u[here] = [[turn.real, -turn.imag / 3], [3 * turn.imag, turn.real]]
        w[12 + 2 * bell, bell] = 0.3
    return {"w": w, "u": u, "b": b, "c": c}


def laid(order: str, state: str, bias: str) -> tuple[np.ndarray, ...]:
    """Return Keras's kernel (3, 18), recurrent kernel (6, 18) and bias (2, 18) as they are laid.

    Parameters
    ----------
    order
        Which of PyTorch's blocks becomes the first, second and third: ``"zrn"`` is right.
    state
        ``"transposed"`` is right; ``"as it is"`` forgets it, in each block of u.
    bias
        Whose bias is the first row: ``"input"`` is right, or ``"state"``.
    """
    own = weights()
    blocks = {name: slice(6 * i, 6 * i + 6) for i, name in enumerate("rzn")}
    chosen = [blocks[name] for name in order]
    kernel = np.hstack([own["w"][block].T for block in chosen])
    square = [own["u"][block] for block in chosen]
    recurrent = np.hstack([m.T if state == "transposed" else m for m in square])
    b, c = (np.concatenate([own[name][block] for block in chosen]) for name in "bc")
    return kernel, recurrent, np.stack([b, c] if bias == "input" else [c, b])


@cache
def run(order: str, state: str, bias: str) -> np.ndarray:
    """Return how the second units of all bells change from sample to sample, added up.

    The change, and not the units, so that one that is stuck is not heard: float64 (LENGTH,) in
    [-1, 1].
    """
    kernel, recurrent, (b, c) = laid(order, state, bias)
    clicks = np.zeros((LENGTH, 3))
    for when, bell in _TUNE:
        clicks[when : when + 2, bell] = 1
    drives, h, out = clicks @ kernel + b, np.zeros(6), np.empty(LENGTH)
    for t, drive in enumerate(drives):
        feedback = h @ recurrent + c
        gates = 1 / (1 + np.exp(-(drive[:12] + feedback[:12])))
        z, r = gates[:6], gates[6:]
        h = (1 - z) * np.tanh(drive[12:] + r * feedback[12:]) + z * h
        out[t] = h[1] + h[3] + h[5]
    return np.clip(_GAIN * np.diff(out, prepend=0.0), -1, 1)


def _samples(order: str, state: str, bias: str, heard: str) -> np.ndarray:
    right, here = run(**_RIGHT), run(order, state, bias)
    return {"pytorch": right, "keras": here, "difference": (here - right) / 2}[heard]


def _curves(order: str, state: str, bias: str, heard: str) -> Curves:
    right, here = run(**_RIGHT), run(order, state, bias)
    power = np.mean((here - right) ** 2) / np.mean(right**2)
    shown = slice(_FROM, _FROM + _SHOWN)
    return {
        "time": 1000 * np.arange(_SHOWN) / RATE,
        "pytorch": right[shown],
        "keras": here[shown],
        "peaks": np.array([np.abs(right).max(), np.abs(here).max()]),
        "level": np.array([max(-200.0, 10 * np.log10(power + 1e-30))]),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    level, (right, here) = curves["level"][0], curves["peaks"]
    if level == -200:
        return "Keras gives what PyTorch gives: this is how the weights have to be laid."
    return (
        f"The difference between the two is {text(level, 1)} dB against PyTorch's sound; "
        f"the loudest sample is {text(here, 3)} in place of {text(right, 3)}."
    )


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=2.8)
    ax.plot(curves["time"], curves["pytorch"], color=PALETTE["grey"], lw=4, label="PyTorch")
    ax.plot(curves["time"], curves["keras"], color=PALETTE["blue"], lw=1.2, label="Keras")
    ax.set(xlabel="milliseconds after the third note begins", ylabel="output", ylim=(-0.4, 0.4))
    ax.legend(loc="upper right", ncols=2)
    return figure


def _blocks(order: str) -> str:
    said = ", ".join(order)
    return f"{said} (as PyTorch has them)" if order == "rzn" else said


GATE_ORDER = InteractiveFigure(
    name="gate_order",
    title="weights laid from PyTorch into Keras",
    alt="The output of a GRU in PyTorch, a thick line, and of the same GRU in Keras, a thin one.",
    rate=RATE,
    controls=(
        choice(
            "order",
            "Order of the blocks",
            {_blocks("".join(p)): "".join(p) for p in permutations("rzn")},
            "rzn",
        ),
        choice(
            "state",
            "The state's matrices",
            {"as they are": "as it is", "transposed": "transposed"},
            "as it is",
        ),
        choice(
            "bias",
            "First row of the bias",
            {"the state's": "state", "the input's": "input"},
            "state",
        ),
        choice(
            "heard",
            "You hear",
            {"PyTorch": "pytorch", "Keras": "keras", "half their difference": "difference"},
            "difference",
        ),
    ),
    samples=_samples,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {name: array.tolist() for name, array in weights().items()},
    rest=0.4,
    height=280,
)
