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


# ---------------------------------------------------------------- which shift it was trained with

_PLACES = 4  # shifts that are tried: 0, 1, 2, 3


@exercise("training-shift")
def shift_of(answer: Callable[[Tensor, Tensor], int]) -> str | None:
    """``answer(logits, codes)``: logits (q, T), codes int64 (T,); returns the shift, 0 ... 3."""
    random = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 16, (60,), generator=random)
    trials = [_said(codes, shift, random) for shift in range(_PLACES)]
    got = [written(answer(logits.clone(), codes.clone())) for logits in trials]
    if any(isinstance(value, Tensor) and value.numel() > 1 for value in got):
        return "return one number, the shift that costs least."
    rest = f"for networks trained with the shifts 0, 1, 2 and 3 you return {[int(v) for v in got]}."
    return hint_for(
        np.array([float(value) for value in got]),
        np.arange(_PLACES, dtype=float),
        _shift_of_mistakes(codes, trials),
        rest,
    )


def _said(codes: Tensor, shift: int, random: torch.Generator) -> Tensor:
    """Return logits (q, T) that expect, rather surely, the code ``shift`` places ahead."""
    right = torch.nn.functional.one_hot(codes.roll(-shift), 16).T * 4.0
    return right + torch.randn(16, len(codes), generator=random)


def _costs(codes: Tensor, logits: Tensor, back: bool = False) -> np.ndarray:
    """Return the mean cost of each shift; with ``back`` on codes that came before."""
    T, costs = len(codes), []
    for s in range(_PLACES):
        said, came = (logits[:, s:], codes[: T - s]) if back else (logits[:, : T - s], codes[s:])
        costs.append(float(torch.nn.functional.cross_entropy(said.T, came)))
    return np.array(costs)


def _shift_of_mistakes(codes: Tensor, trials: list[Tensor]) -> Mistakes:
    costs = [_costs(codes, logits) for logits in trials]
    yield (
        "that is the shift that costs most; the network was trained to make its own cheap.",
        np.array([np.argmax(row) for row in costs], float),
    )
    yield (
        "that is the lowest cost itself; its shift is asked for.",
        np.array([c.min() for c in costs]),
    )
    back = [_costs(codes, logits, back=True) for logits in trials]
    yield (
        "you score on codes that came *before*: cut the end off the logits and the beginning off "
        "the codes.",
        np.array([np.argmin(row) for row in back], float),
    )
    yield "one too many: counting begins with the shift 0.", np.arange(_PLACES) + 1.0
    yield "that is the same for every network: compare the costs of the shifts.", np.ones(_PLACES)
    yield "that is the same for every network: compare the costs of the shifts.", np.zeros(_PLACES)
