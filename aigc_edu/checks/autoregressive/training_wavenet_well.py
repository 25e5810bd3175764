"""Checks of the exercises of the chapter *Training WaveNet well*."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for, named_mistake
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

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


# ---------------------------------------------------------------- when to stop

_CURVES = (  # what the validations gave, and the patience
    ([5.0, 4.0, 4.2, 4.1, 3.9, 4.3, 4.2, 4.4, 4.5, 3.0], 3),
    ([5.0, 4.0, 3.0, 3.5, 3.4, 3.3, 3.2], 3),
    ([5.0, 4.0, 4.0, 4.0, 4.5], 2),
    ([3.0, 4.0, 5.0, 1.0], 2),
    ([5.0, 4.0, 3.0], 2),
    ([6.0, 6.5, 5.0, 5.5, 4.0, 4.5, 3.0], 2),
)


@exercise("training-patience")
def patience(answer: Callable[[list[float], int], tuple[int, int]]) -> str | None:
    """``answer(values, patience)`` returns two indices: the best, and the last that is made."""
    got = [written(answer(list(values), n)) for values, n in _CURVES]
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in got):
        return "Return a pair of indices: the best, and the last that is made."
    rows = np.array([[float(x) for x in pair] for pair in got])
    right = _table()
    if np.array_equal(rows, right):
        return None
    hint = named_mistake(rows, _stop_mistakes(right))
    if hint:
        return hint
    wrong = int(np.flatnonzero((rows != right).any(axis=1))[0])
    values, n = _CURVES[wrong]
    best, last = right[wrong].astype(int)
    return f"for {values} and a patience of {n} it is ({best}, {last}), not {tuple(got[wrong])}."


def _stopped(
    values: Sequence[float],
    patience: int,
    extra: int = 0,
    ties: bool = False,
    neighbours: bool = False,
    in_a_row: bool = True,
) -> tuple[int, int]:
    """Stop early, rightly or with one of the usual mistakes."""
    best, late, i = 0, 0, 0
    for i in range(1, len(values)):
        better = values[i] < values[best] or (ties and values[i] == values[best])
        if better:
            best = i
        fine = values[i] < values[i - 1] if neighbours else better
        late = (0 if in_a_row else late) if fine else late + 1
        if late >= patience + extra:
            break
    return best, i


def _table(**mistake: Any) -> np.ndarray:
    return np.array([_stopped(*case, **mistake) for case in _CURVES], float)


def _stop_mistakes(right: np.ndarray) -> Mistakes:
    never = [(int(np.argmin(values)), len(values) - 1) for values, _ in _CURVES]
    yield "the two are exchanged: the best comes first.", right[:, ::-1]
    yield "keep the best weights, not the last ones.", right[:, [1, 1]]
    yield "count from 0: these are indices.", right + 1
    yield "this never stops early.", np.array(never)
    yield (
        "the best is looked for among values that come after the end of training.",
        np.array([(a, b) for (a, _), b in zip(never, right[:, 1], strict=True)]),
    )
    yield "it stops one validation too late: at `patience` without a new best.", _table(extra=1)
    yield "it stops one validation too early.", _table(extra=-1)
    yield "a value as good as the best is no new best.", _table(ties=True)
    yield "compare with the best so far, not with the validation before.", _table(neighbours=True)
    yield "count validations in a row: a new best starts the count again.", _table(in_a_row=False)
    yield "those are values of the loss; indices are asked for.", _each(right, _values)
    yield "lower is better.", _each(right, _highest)


def _each(right: np.ndarray, answer: Callable[..., tuple[float, float]]) -> np.ndarray:
    rows = zip(_CURVES, right.astype(int), strict=True)
    return np.array([answer(values, best, last) for (values, _), (best, last) in rows])


def _values(values: list[float], best: int, last: int) -> tuple[float, float]:
    return values[best], values[last]


def _highest(values: list[float], best: int, last: int) -> tuple[float, float]:
    return int(np.argmax(values[: last + 1])), last


# ---------------------------------------------------------------- what the curves say

_HISTOGRAM = 6.0
_RUNS = (  # training, validation, and what is to be said of them
    ([7.0, 6.1, 6.0, 6.05], [7.1, 6.2, 6.3, 6.9], "deaf"),
    ([9.0, 7.5, 7.0, 6.8], [9.0, 7.6, 7.2, 6.9], "deaf"),
    ([7.0, 6.3, 6.0, 5.9], [7.1, 6.3, 6.1, 6.0], "deaf"),
    ([7.0, 4.0, 2.0, 0.5], [7.0, 4.5, 6.0, 8.0], "overfitting"),
    ([7.0, 4.0, 3.0, 2.5], [7.0, 4.0, 4.4, 4.6], "overfitting"),
    ([7.0, 6.0, 5.5, 5.4], [7.0, 6.1, 5.6, 5.5], "not finished"),
    ([7.0, 5.0, 4.5, 4.2], [7.0, 4.9, 4.6, 4.3], "not finished"),
    ([7.0, 5.0, 4.5, 4.2], [7.0, 4.9, 4.6, 4.8], "fine"),
    ([7.0, 5.7, 4.5, 4.3], [7.0, 4.5, 4.9, 4.6], "fine"),
)


@exercise("training-verdict")
def verdict(answer: Callable[[list[float], list[float], float], str]) -> str | None:
    """``answer(training, validation, histogram)`` returns one of four words."""
    got = [written(answer(list(t), list(v), _HISTOGRAM)) for t, v, _ in _RUNS]
    right = [word for *_, word in _RUNS]
    strange = sorted({str(word) for word in got} - set(right))
    if strange:
        return f"there are four verdicts, and {strange[0]!r} is none of them."
    if got == right:
        return None
    for hint, rule in _wrong_verdicts():
        if got == [rule(t, v) for t, v, _ in _RUNS]:
            return hint
    wrong = next(n for n, pair in enumerate(zip(got, right, strict=True)) if pair[0] != pair[1])
    training, validation, _ = _RUNS[wrong]
    return (
        f"training {training}, validation {validation}, histogram {_HISTOGRAM}: "
        f"{right[wrong]!r}, not {got[wrong]!r}."
    )


def _judged(
    training: Sequence[float],
    validation: Sequence[float],
    slack: float = 0.2,
    best: Callable[[Sequence[float]], float] = min,
    deaf_by: Sequence[float] | None = None,
    deaf_first: bool = True,
) -> str:
    """Judge a run, rightly or with one of the usual mistakes."""
    deaf = (training if deaf_by is None else deaf_by)[-1] > _HISTOGRAM - slack
    rises = validation[-1] > best(validation) + 0.5
    if deaf and (deaf_first or not rises):
        return "deaf"
    if rises:
        return "overfitting"
    return "not finished" if validation[-1] == min(validation) else "fine"


def _wrong_verdicts() -> list[tuple[str, Callable[..., str]]]:
    """Return hints, and what gives them: functions of the two curves."""
    return [
        (
            "it is the *training* loss that tells of a deaf network; validation may be high by "
            "overfitting.",
            lambda t, v: _judged(t, v, deaf_by=v),
        ),
        (
            "within 0.2 bits *below* the histogram a network is deaf, too.",
            lambda t, v: _judged(t, v, slack=0.0),
        ),
        (
            "ask for deafness first: a network that hears nothing can't overfit.",
            lambda t, v: _judged(t, v, deaf_first=False),
        ),
        (
            "compare the last validation with the *best* one, not with the one before.",
            lambda t, v: _judged(t, v, best=lambda values: values[-2]),
        ),
        (
            "compare the last validation with the *best* one, not with the training loss.",
            lambda t, v: _judged(t, v, best=lambda values: t[-1]),
        ),
        ("it is the same verdict for every run.", lambda t, v: "fine"),
    ]
