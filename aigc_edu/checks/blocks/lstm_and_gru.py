"""Checks of the exercises of the chapter *LSTM and GRU*: the cells written by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._tensors import named_tensor, near, to_array
from aigc_edu.nn import GRUCell, LSTMCell
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., Any]


# ---------------------------------------------------------------- the LSTM's cell


@exercise("recurrent-lstm")
def lstm(answer: Function) -> str | None:
    """``answer(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh)`` returns the new h and c."""
    torch.manual_seed(0)
    for batch, inputs, hidden in ((2, 3, 4), (1, 1, 1), (3, 5, 2)):
        cell = LSTMCell(inputs, hidden)
        x, h, c = torch.randn(batch, inputs), torch.randn(batch, hidden), torch.randn(batch, hidden)
        weights = [p.detach() * 2 for p in cell.parameters()]
        pair = answer(x, h, c, *weights)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            return "Return two tensors: the new h and the new c."
        right = _lstm_variant(x, h, c, weights)
        got = [to_array(value) for value in pair]
        if all(near(a, b) for a, b in zip(got, right, strict=True)):
            continue
        return _lstm_hint(got, right, x, h, c, weights)
    return None


def _lstm_variant(
    x: Tensor,
    h: Tensor,
    c: Tensor,
    weights: list[Tensor],
    order: str = "ifgo",
    squash: str = "ssts",
    biases: tuple[int, ...] = (1, 1),
    keep: Callable[[Tensor, Tensor], Tensor] | None = None,
    out: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Return (h, c) of an LSTM cell, right by default or with one thing changed.

    ``squash`` says for i, f, g, o whether a sigmoid (s) or a tanh (t) is applied.
    """
    w, u, b, d = weights
    rows = (x @ w.T + biases[0] * b + h @ u.T + biases[1] * d).chunk(4, dim=1)
    gates = {name: rows[place] for place, name in enumerate(order)}
    kinds = {"s": torch.sigmoid, "t": torch.tanh}
    i, f, g, o = (kinds[k](gates[n]) for n, k in zip("ifgo", squash, strict=True))
    new = (f * c if keep is None else keep(f, c)) + i * g
    return (o * torch.tanh(new) if out is None else out(o, new)), new


def _lstm_hint(got: list[np.ndarray], right: tuple[Tensor, Tensor], *given: Any) -> str:
    if any(a.shape != tuple(right[0].shape) for a in got):
        shapes = f"{got[0].shape} and {got[1].shape}"
        return f"h and c have the shape {tuple(right[0].shape)}; yours are {shapes}."
    if near(got[0], right[1]) and near(got[1], right[0]):
        return "You return c and h; the order asked for is h, c."
    both = np.stack(got)
    hint = named_tensor(
        both, ((words, torch.stack(pair)) for words, pair in _lstm_mistakes(*given))
    )
    if hint:
        return hint
    if near(got[1], right[1]):
        return "c is right, h isn't: h[t] is the output gate times tanh of the new c."
    return "c isn't right yet: take f times the old c, plus i times g; look at the four gates."


def _lstm_mistakes(*given: Any) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    c = given[2]
    yield (
        "The output gate is missing: h[t] = o tanh(c[t]).",
        _lstm_variant(*given, out=lambda o, new: torch.tanh(new)),
    )
    yield (
        "h[t] is o times tanh(c[t]); the tanh is missing.",
        _lstm_variant(*given, out=lambda o, new: o * new),
    )
    yield (
        "You make h[t] from the old c; take the new one.",
        _lstm_variant(*given, out=lambda o, new: o * torch.tanh(c)),
    )
    yield (
        "The forget gate is missing: it multiplies the old c.",
        _lstm_variant(*given, keep=lambda f, c: c),
    )
    yield (
        "The old c is missing from the new one: f c[t - 1] + i g.",
        _lstm_variant(*given, keep=lambda f, c: 0 * c),
    )
    yield from _lstm_mix_ups(*given)


def _lstm_mix_ups(*given: Any) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    for biases, words in (((0, 1), "bias_ih"), ((1, 0), "bias_hh"), ((0, 0), "Both biases")):
        verb = "are" if biases == (0, 0) else "is"
        yield f"{words} {verb} left out.", _lstm_variant(*given, biases=biases)
    for squash in ("ttst", "ssss", "tttt"):
        yield (
            "tanh and sigmoid are mixed up: i, f and o are gates and take the sigmoid; g, the "
            "candidate, takes tanh.",
            _lstm_variant(*given, squash=squash),
        )
    yield "The input gate and the forget gate are swapped.", _lstm_variant(*given, order="figo")
    for order in itertools.permutations("ifgo"):
        found = "".join(order)
        rows = ", ".join(order)
        hint = f"The rows of the weights are i, f, g, o from top to bottom; yours are {rows}."
        if found != "ifgo":
            yield hint, _lstm_variant(*given, order=found)


# ---------------------------------------------------------------- the GRU's cell


@exercise("recurrent-gru")
def gru(answer: Function) -> str | None:
    """``answer(x, h, weight_ih, weight_hh, bias_ih, bias_hh)`` returns the new h."""
    torch.manual_seed(0)
    for batch, inputs, hidden in ((2, 3, 4), (1, 1, 1), (3, 5, 2)):
        cell = GRUCell(inputs, hidden)
        x, h = torch.randn(batch, inputs), torch.randn(batch, hidden)
        weights = [p.detach() * 3 for p in cell.parameters()]
        right = _gru_variant(x, h, weights)
        got = to_array(answer(x, h, *weights))
        if near(got, right):
            continue
        if got.shape != tuple(right.shape):
            return f"h has the shape {tuple(right.shape)}; yours is {got.shape}."
        return named_tensor(got, _gru_mistakes(x, h, weights)) or (
            "h isn't right yet: compare r, z and n with the equations, one after the other."
        )
    return None


def _gru_variant(
    x: Tensor,
    h: Tensor,
    weights: list[Tensor],
    order: str = "rzn",
    biases: tuple[int, int] = (1, 1),
    candidate: str = "after",
    share: str = "rz",
    swap: bool = False,
) -> Tensor:
    """Return h of a GRU cell, right by default or with one thing changed.

    ``candidate`` says where the reset gate acts: "after" the product, "before" it, "without" it,
    or "bare": after the product, but not on its bias. ``share`` says which rows make r and z.
    """
    w, u, b, d = weights
    w, u, b, d = (dict(zip(order, value.chunk(3), strict=True)) for value in (w, u, b, d))

    def gate(k: str) -> Tensor:
        return torch.sigmoid(x @ w[k].T + biases[0] * b[k] + h @ u[k].T + biases[1] * d[k])

    r, z = gate(share[0]), gate(share[1])
    bias = biases[1] * d["n"]
    feedback = {
        "after": r * (h @ u["n"].T + bias),
        "before": (r * h) @ u["n"].T + bias,
        "without": h @ u["n"].T + bias,
        "bare": r * (h @ u["n"].T) + bias,
    }[candidate]
    n = torch.tanh(x @ w["n"].T + biases[0] * b["n"] + feedback)
    return z * n + (1 - z) * h if swap else (1 - z) * n + z * h


def _gru_mistakes(*given: Any) -> Iterator[tuple[str, Tensor]]:
    yield "z and 1 - z are swapped: z is the share of the old h.", _gru_variant(*given, swap=True)
    yield (
        "The reset gate acts before the matrix, tanh(W x + U (r h)), as in Cho's paper. PyTorch's "
        "acts on the product, r (U h + b).",
        _gru_variant(*given, candidate="before"),
    )
    yield "The reset gate is missing from the candidate.", _gru_variant(*given, candidate="without")
    yield (
        "The reset gate multiplies U h, but not its bias: r (U h + b).",
        _gru_variant(*given, candidate="bare"),
    )
    for share in ("rr", "zz"):
        yield (
            "One gate does the work of both; r and z have rows of their own.",
            _gru_variant(*given, share=share),
        )
    for biases, words in (((0, 1), "bias_ih is"), ((1, 0), "bias_hh is"), ((0, 0), "Both are")):
        words = "Both biases are" if biases == (0, 0) else words
        yield f"{words} left out.", _gru_variant(*given, biases=biases)
    for order in itertools.permutations("rzn"):
        found = "".join(order)
        if found != "rzn":
            rows = ", ".join(order)
            hint = f"The rows of the weights are r, z, n from top to bottom; yours are {rows}."
            yield hint, _gru_variant(*given, order=found)
