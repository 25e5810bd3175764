"""Check of the exercise on early stopping in the chapter *Training WaveNet*."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.teaching.exercises import exercise, written

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
