"""Checks of the exercises of the chapter *Generating fast*."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- one step of a layer


@exercise("wavenet-ring-buffer")
def ring_buffer(step: Callable[[float, list[float], int, float, float], float]) -> str | None:
    """``step(x_t, ring, t, w_now, w_past)`` returns y[t]; the ring keeps the last d inputs."""
    x, d, now, past = [float(i * i % 7 + 1) for i in range(18)], 4, 2.0, 3.0
    ring = [0.0] * d
    y = [step(x[t], ring, t, now, past) for t in range(18)]
    if len(ring) != d:
        return f"The ring must keep its length, {d} here; yours has grown to {len(ring)}."
    delayed = [0.0] * d + x
    expected = [now * x[t] + past * delayed[t] for t in range(18)]
    if y == expected:
        kept = ring == [x[16], x[17], x[14], x[15]]  # 18 is no multiple of 4: a shift shows
        return None if kept else "y is right, but x[t] belongs in slot t % d, the others stay."
    if y == [(now + past) * v for v in x]:
        return "You write x[t] into the ring before you read x[t - d] from it: swap the two."
    if y == [now * v for v in x]:
        return "x[t - d] never arrives: is x[t] written into the ring, at index t % len(ring)?"
    if y == [past * x[t] + now * delayed[t] for t in range(18)]:
        return "The weights are swapped: w_now belongs to x[t], w_past to x[t - d]."
    wrong = next(t for t in range(18) if y[t] != expected[t])
    return f"With d = {d}, y[{wrong}] should be {expected[wrong]}, but you return {y[wrong]}."


# ---------------------------------------------------------------- which ring is broken

SPANS = (2, 8, 4, 16, 32)  # of the trial's broken rings


@exercise("speed-broken-ring")
def broken_ring(answer: Callable[[Tensor, Tensor], int]) -> str | None:
    """``answer(wrong, right)``: logits, (q, T) each; returns the broken layer's dilation d."""
    trials = [_trial(d, seed) for seed, d in enumerate(SPANS)]
    given = [written(answer(wrong.clone(), right.clone())) for wrong, right in trials]
    got = numbers(torch.stack([torch.as_tensor(value, dtype=torch.float64) for value in given]))
    mistakes = (
        (hint, np.array([float(rule(*trial)) for trial in trials]))
        for hint, rule in _wrong_dilations()
    )
    return hint_for(
        got,
        np.array(SPANS, float),
        mistakes,
        f"in the trial the logits differ from the columns {[d - 1 for d in SPANS]} on, counted "
        f"from 0: the dilations are {list(SPANS)}.",
    )


def _trial(dilation: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return logits (12, 48) that differ by rounding, and from column d - 1 on by more."""
    torch.manual_seed(seed)
    right = 4 * torch.randn(12, 48)
    right[0], right[5, 40], right[5, 44] = 30.0, 29.0, -10.0
    wrong = right + 1e-6 * (2 * torch.rand(12, 48) - 1)
    wrong[1:, dilation - 1 :] += 0.05 * (1 + torch.rand(11, 49 - dilation))
    wrong[5, 40] = 31.0  # only here another code is the most probable one
    wrong[5, 44] = 10.0  # and here is the largest difference
    return wrong, right


Rule = Callable[[Tensor, Tensor], float]  # from wrong and right logits, (q, T) each


def _first(differ: Tensor) -> float:
    return float(differ.to(torch.uint8).argmax())


def _columns(wrong: Tensor, right: Tensor) -> Tensor:
    return (wrong - right).abs().amax(dim=0) > 1e-3


def _wrong_dilations() -> Iterator[tuple[str, Rule]]:
    """Yield hints, and rules that return what these mistakes give."""
    for hint, rule in _wrong_places():
        for more in (0, 1):
            yield hint, lambda w, r, rule=rule, more=more: rule(w, r) + more
    yield (
        "that is the column, counted from 0, in which the fault first shows. There the ring has "
        "come round once, one step too early: how many slots should it have?",
        lambda w, r: _first(_columns(w, r)),
    )
    yield "one too many: columns count from 0.", lambda w, r: _first(_columns(w, r)) + 2
    count = "that is how many columns differ; the first of them is asked for."
    yield count, lambda w, r: float(_columns(w, r).sum())


def _wrong_places() -> Iterator[tuple[str, Rule]]:
    """Yield hints, and rules whose value, or one more, a reader may return."""
    yield (
        "they differ from the first column on, by rounding: look for a difference above a "
        "thousandth of the largest logit or so.",
        lambda w, r: _first((w != r).any(dim=0)),
    )
    largest = "that is where the difference is largest; look where it begins."
    yield largest, lambda w, r: float((w - r).abs().amax(0).argmax())
    flat = "that is a place in all logits, one after the other; which *column* is it?"
    yield flat, lambda w, r: _first(((w - r).abs() > 1e-3).flatten())
    codes = "the most probable code stays the same for long; compare the logits themselves."
    yield codes, lambda w, r: _first(w.argmax(0) != r.argmax(0))


# ---------------------------------------------------------------- past taps in blocks

BLOCK, LENGTH = 8, 40
DILATIONS = (16, 8, 2, 1)


class _Product:
    """The product with a matrix (C, J), which remembers the rows that it was given each time."""

    def __init__(self, weight: Tensor) -> None:
        self.weight, self.calls = weight, []

    def __call__(self, rows: Tensor) -> Tensor:
        if rows.dim() != 2:
            raise ValueError(f"product takes rows of shape (n, {len(self.weight)}): cut x[a:b]")
        self.calls.append(rows.detach().clone())
        return rows @ self.weight


@exercise("speed-blocks")
def blocks(answer: Callable[[Tensor, _Product, int], Tensor]) -> str | None:
    """``answer(x, product, d)``: x (T, C); returns the products of x[t - d], (T, J)."""
    torch.manual_seed(0)
    x, weight = torch.randn(LENGTH, 3), torch.randn(3, 5)
    for d in DILATIONS:
        product = _Product(weight)
        got = numbers(written(answer(x.clone(), product, d)))
        hint = hint_for(got, numbers(_late(x, d) @ weight), _block_mistakes(x, weight, d), _rest(d))
        if hint := hint or _about_calls(product.calls, d):
            return hint
    return None


def _late(x: Tensor, d: int) -> Tensor:
    """Return x (T, C), d steps later, zeros first."""
    return torch.cat([torch.zeros(d, x.shape[1]), x])[: len(x)]


def _rest(d: int) -> str:
    return f"with d = {d}, row t should be the product of x[t - {d}], and 0 for t < {d}."


def _about_calls(calls: list[Tensor], d: int) -> str | None:
    """Return what is wrong with how often and with how many rows the product was called."""
    most, together = max(len(rows) for rows in calls), min(d, BLOCK)
    if most > together:
        reason = "more than 8 at once" if d >= BLOCK else "and the next ones aren't known yet"
        return f"right, but with d = {d} you multiply {most} rows at once, {reason}: {together}."
    if len(calls) > LENGTH // together:
        return (
            f"right, but with d = {d} the matrix is read {len(calls)} times for {LENGTH} steps; "
            f"{together} steps at a time, {LENGTH // together} times would do."
        )
    return None


def _block_mistakes(x: Tensor, weight: Tensor, d: int) -> Mistakes:
    present = "that is the product of x[t], the present input; x[t - d] is asked for."
    yield present, numbers(x @ weight)
    for shift in (d - 1, d + 1):
        near = f"off by one: with d = {d} you take x[t - {shift}]."
        yield near, numbers(_late(x, shift) @ weight)
    later = torch.cat([x[d:], torch.zeros(d, x.shape[1])])
    yield "that is x[t + d], from the future; x[t - d] lies behind.", numbers(later @ weight)
    yield (
        "the first d rows are missing: before the start the inputs are zeros.",
        numbers(x[: LENGTH - d] @ weight),
    )
    yield (
        "the last inputs come round to the front, as an index below 0 does; there zeros belong.",
        numbers(x.roll(d, 0) @ weight),
    )
    yield "x comes back late, but not multiplied.", numbers(_late(x, d))
