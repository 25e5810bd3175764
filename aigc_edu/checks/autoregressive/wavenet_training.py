"""Checks of the exercises of the chapter *Training WaveNet*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.models.wavenet import IGNORED
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- inputs and targets


@exercise("training-targets")
def inputs_and_targets(answer: Callable[[Tensor], Any]) -> str | None:
    """``answer(codes)``: codes (B, T + 1) with padding; returns inputs and targets, (B, T) each."""
    codes = torch.randint(1, 256, (3, 9), generator=torch.Generator().manual_seed(0))
    codes[1, 6:] = codes[2, 4:] = IGNORED
    mine = codes.clone()
    given = written(answer(mine))
    if not torch.equal(mine, codes):
        return "the argument has been changed; `clamp` returns a copy, `clamp_` does not."
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        return "Return a pair: inputs and targets."
    inputs, targets = (numbers(written(part)) for part in given)
    shift = _shift_mistake(inputs, targets, codes)
    if shift:
        return shift
    right = codes[:, :-1].clamp(min=0), codes[:, 1:]
    return hint_for(
        inputs, numbers(right[0]), _input_mistakes(codes), "inputs: x_0 to x_(T-1)."
    ) or hint_for(targets, numbers(right[1]), _target_mistakes(codes), "targets: x_1 to x_T.")


def _shift_mistake(inputs: np.ndarray, targets: np.ndarray, codes: Tensor) -> str | None:
    """Name what is wrong with the shift, whatever stands in the padding."""
    for hint, pair in _wrong_shifts(codes):
        same = zip((inputs, targets), (numbers(part) for part in pair), strict=True)
        if all(a.shape == b.shape and np.array_equal(a.clip(0), b.clip(0)) for a, b in same):
            return hint
    return None


def _wrong_shifts(codes: Tensor) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    first, last = codes[:, :-1], codes[:, 1:]
    yield "inputs and targets are exchanged: the network would predict the past.", (last, first)
    seen = "every target is the code that the network has just heard: "
    yield seen + "the targets aren't shifted.", (first, first)
    yield seen + "the inputs are shifted, too.", (last, last)
    yield seen + "both are all of the codes.", (codes, codes)
    yield (
        "the targets are two ahead: the sample in between is never predicted.",
        (codes[:, :-2], codes[:, 2:]),
    )
    yield (
        "the last code is never predicted: T + 1 codes make T pairs.",
        (codes[:, :-2], codes[:, 1:-1]),
    )
    yield "`roll` lets the beginning of a clip follow on its end.", (codes, codes.roll(-1, 1))
    yield (
        "that is a shift from clip to clip; time is the second dimension.",
        (codes[:-1], codes[1:]),
    )
    yield "the last input has no target: leave it out.", (codes, last)


def _input_mistakes(codes: Tensor) -> Mistakes:
    yield (
        f"the inputs hold {IGNORED}, which is no code: the embedding has no such row. Put 0 there.",
        numbers(codes[:, :-1]),
    )


def _target_mistakes(codes: Tensor) -> Mistakes:
    yield (
        "the padding of the targets has become a code, so it would be scored: leave IGNORED there.",
        numbers(codes[:, 1:].clamp(min=0)),
    )


# ---------------------------------------------------------------- which positions are scored


@exercise("training-mask")
def mask(answer: Callable[[int, int, bool], Tensor]) -> str | None:
    """``answer(length, field, at_start)`` returns bool (length,)."""
    cases = [(12, 5, False), (12, 5, True), (7, 1, False), (4, 6, False), (4, 6, True)]
    got = [numbers(written(answer(*case))) for case in cases]
    for case, values in zip(cases, got, strict=True):
        length, field, at_start = case
        where = "start" if at_start else "middle"
        place = f"a piece of {length} positions from a clip's {where}, R = {field}: "
        right = np.full(length, at_start) | (np.arange(length) >= field - 1)
        rest = f"{int(right.sum())} positions are scored, the last ones, not {int(values.sum())}."
        hint = hint_for(values, right.astype(float), _mask_mistakes(*case), rest)
        if hint:
            return place + hint
    return None


def _mask_mistakes(length: int, field: int, at_start: bool) -> Iterator[tuple[str, np.ndarray]]:
    t, everything, nothing = np.arange(length), np.ones(length), np.zeros(length)
    if at_start:
        yield "at a clip's start nothing is missing: all are scored.", t >= field - 1
        yield "at_start is turned round.", nothing
    else:
        yield "at_start is turned round, or the mask is missing: not all are scored.", everything
    yield (
        "one too few: the prediction at t has heard t + 1 inputs, so R are there at t = R - 1.",
        t >= field,
    )
    yield "one too many: at t = R - 2 only R - 1 inputs have been heard.", t >= field - 2
    yield (
        "the positions are left out at the end; it is the beginning that lacks its past.",
        (t <= length - field),
    )
    yield "True stands for *scored*; yours is the opposite.", t < field - 1
    yield "True stands for *scored*; yours is the opposite, and one off.", t < field
    yield (
        "return one value for each position, not for the scored ones only.",
        np.ones(max(0, length - field + 1)),
    )


# ---------------------------------------------------------------- the moving average


@exercise("training-ema")
def moving_average(answer: Callable[..., dict[str, Tensor]]) -> str | None:
    """``answer(average, weights, n, beta)`` returns a dictionary like ``average``."""
    random = torch.Generator().manual_seed(0)
    average, weights = (
        {name: torch.randn(shape, generator=random) for name, shape in (("a", 3), ("b", (2, 2)))}
        for _ in range(2)
    )
    old, new = _row(average), _row(weights)
    for n, beta in ((4, 0.98), (5000, 0.98), (0, 0.98)):
        given = written(answer(average, weights, n, beta))
        if not (np.array_equal(_row(average), old) and np.array_equal(_row(weights), new)):
            return "an argument has been changed; make new tensors."
        if not isinstance(given, dict) or set(given) != set(average):
            return "Return a dictionary with the keys of the average."
        b = min(beta, (1 + n) / (10 + n))
        mistakes = _average_mistakes(old, new, n, beta)
        rest = f"it should be {b:.3g} of the average and {1 - b:.3g} of the weights."
        hint = hint_for(_row(given), b * old + (1 - b) * new, mistakes, rest)
        if hint:
            return f"after n = {n} updates, beta = {beta}: {hint}"
    return None


def _row(tensors: dict[str, Tensor]) -> np.ndarray:
    """Return all values of a dictionary's tensors, by name, as one row."""
    return np.concatenate([numbers(tensors[name]).ravel() for name in sorted(tensors)])


def _average_mistakes(old: np.ndarray, new: np.ndarray, n: int, beta: float) -> Mistakes:
    early = (1 + n) / (10 + n)
    b = min(beta, early)
    yield "the factors are exchanged: beta_n belongs to the average.", b * new + (1 - b) * old
    if early < beta:
        always = "beta is used from the start; early on (1 + n) / (10 + n) is smaller, and counts."
        yield always, beta * old + (1 - beta) * new
        yield always + " (And the factors are exchanged.)", beta * new + (1 - beta) * old
    else:
        yield "beta_n never exceeds beta: take the smaller one.", early * old + (1 - early) * new
    for m in (n - 1, n + 1):
        yield (
            "n is one off: it counts the updates *before* this one.",
            _mixed(old, new, min(beta, (1 + m) / (10 + m))),
        )
    yield "that is the sum of both; the factors are missing.", old + new
    yield "that is half of each.", (old + new) / 2
    yield "that is the plain mean of all weights so far.", (n * old + new) / (n + 1)
    yield "the average's factor is missing.", old + (1 - b) * new
    yield "the weights' factor 1 - beta_n is missing.", b * old + new
    yield "those are the weights; the average is forgotten.", new
    yield "the average has not moved.", old


def _mixed(old: np.ndarray, new: np.ndarray, factor: float) -> np.ndarray:
    return factor * old + (1 - factor) * new


# ---------------------------------------------------------------- several processes


@exercise("training-loss")
def weighted_loss(answer: Callable[[Tensor, int, list[int]], Tensor]) -> str | None:
    """``answer(loss, rank, counts)`` returns what process ``rank`` takes the gradient of."""
    counts, losses = [300, 100, 250], [2.0, 5.0, 3.0]
    got = []
    for rank, value in enumerate(losses):
        loss = torch.tensor(value, requires_grad=True)
        given = written(answer(loss, rank, list(counts)))
        if not isinstance(given, Tensor) or not given.requires_grad:
            return "the result has no gradient any more: multiply the tensor, and return a tensor."
        got.append(float(given.detach()))
    own, n = np.array(losses), np.array(counts, float)
    rest = f"the mean of the three should be {float((own * n).sum() / n.sum()):.3f}."
    return hint_for(np.array(got), own * 3 * n / n.sum(), _weight_mistakes(own, n), rest)


def _weight_mistakes(own: np.ndarray, n: np.ndarray) -> Mistakes:
    total, world = n.sum(), len(n)
    yield "that is the mean of means: a position in the short rows would count more.", own
    yield (
        "the number of processes is missing. The gradients are *averaged* afterwards, so this is "
        "a third of what one process would find.",
        own * n / total,
    )
    yield "that divides by the processes, which the averaging does already.", own * n / total / 3
    yield "those are sums over positions; divide by all processes' positions.", own * n
    yield "multiplied by the processes, but not divided by the positions.", own * n * world
    yield "this process's own positions are missing.", own * world / total
    yield "the weight is upside down.", own * total / (world * n)
    yield "divide by the sum of the counts, not by the largest.", own * n / n.max()
    yield "divide by the sum of the counts, not by the largest.", own * world * n / n.max()
    yield "take this process's own count.", own * world * n[0] / total
