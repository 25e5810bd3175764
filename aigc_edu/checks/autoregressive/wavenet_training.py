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


# ---------------------------------------------------------------- which shift a batch has

_PLACES = 4  # shifts that are tried: 0, 1, 2, 3


@exercise("training-shift")
def shift_of(answer: Callable[[Tensor, Tensor], int]) -> str | None:
    """``answer(inputs, targets)``: int64 (T,) each, from one clip; returns the shift, 0 ... 3."""
    random = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 6, (60,), generator=random)
    codes[:20] = codes[48:] = 3  # silence, in which every shift seems right
    trials = [(codes[: 60 - s], codes[s:]) for s in range(_PLACES)]
    got = [written(answer(inputs.clone(), targets.clone())) for inputs, targets in trials]
    if any(isinstance(value, Tensor) and value.numel() > 1 for value in got):
        return "return one number, the shift."
    rest = f"for batches with the shifts 0, 1, 2 and 3 you return {[int(v) for v in got]}."
    return hint_for(
        np.array([float(value) for value in got]),
        np.arange(_PLACES, dtype=float),
        _shift_of_mistakes(trials),
        rest,
    )


def _agreement(inputs: Tensor, targets: Tensor, back: bool = False) -> np.ndarray:
    """Return the share of equal codes for each shift; with ``back`` in the other direction."""
    a, b = (targets, inputs) if back else (inputs, targets)
    T = len(inputs)
    return np.array([float((a[s:] == b[: T - s]).float().mean()) for s in range(_PLACES)])


def _shift_of_mistakes(trials: list[tuple[Tensor, Tensor]]) -> Mistakes:
    shares, back = ([_agreement(*pair, back=b) for pair in trials] for b in (False, True))
    yield (
        "that is the shift at which the fewest codes agree.",
        np.array([np.argmin(row) for row in shares], float),
    )
    yield (
        "you look for the target among *earlier* inputs; it is the input some places later.",
        np.array([np.argmax(row) for row in back], float),
    )
    yield "one too many: counting begins with the shift 0.", np.arange(_PLACES) + 1.0
    same = (
        "that is the same for every batch. The clip begins with silence, where all shifts agree: "
    )
    for value in range(_PLACES):
        yield same + "compare all positions.", np.full(_PLACES, float(value))
