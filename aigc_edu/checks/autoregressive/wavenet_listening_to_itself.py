"""Checks of the exercises of the chapter *Listening to itself*."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._matching import diagnosis_hint
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- until when a clip sounds


@exercise("listening-until")
def until(answer: Callable[[np.ndarray, int], float]) -> str | None:
    """``answer(x, rate)``: x (N,) at rate Hz; returns the seconds until it falls silent."""
    cases = [_beeps(*case) for case in ((8000, 800, 1600), (1000, 20, 300), (8000, 0, 0))]
    got = [float(written(answer(x.copy(), rate))) for x, rate in cases]
    right = [_until(x, rate) for x, rate in cases]
    return hint_for(
        np.array(got),
        np.array(right),
        _until_mistakes(cases),
        f"the first trial falls silent after {right[0]:.2f} s: its last piece of 20 ms above "
        "-35 dB ends there.",
    )


def _beeps(rate: int, first: int, last: int) -> tuple[np.ndarray, int]:
    """Return a second of near silence with two beeps between two samples, and its rate."""
    n = np.arange(rate)
    beeps = ((n >= first) & (n < last)) & ((n < (2 * first + last) / 3) | (n > last - rate // 20))
    return 0.001 + 0.3 * beeps * (-1.0) ** n, rate


def _levels(x: np.ndarray, size: int) -> np.ndarray:
    rows = x[: len(x) // size * size].reshape(-1, size)
    return 10 * np.log10(np.mean(rows**2, axis=1) + 1e-12)


def _until(x: np.ndarray, rate: int) -> float:
    loud = np.flatnonzero(_levels(x, rate // 50) > -35)
    return (loud[-1] + 1) / 50 if len(loud) else 0.0


def _loud(x: np.ndarray, rate: int) -> np.ndarray:
    return _levels(x, rate // 50) > -35


def _first_pause(x: np.ndarray, rate: int) -> float:
    first = int(np.argmax(_loud(x, rate)))
    return float(first + np.argmin(np.append(_loud(x, rate)[first:], False))) / 50


def _until_mistakes(cases: list[tuple[np.ndarray, int]]) -> Mistakes:
    def of(rule: Callable[[np.ndarray, int], float]) -> np.ndarray:
        return np.array([rule(x, rate) for x, rate in cases])

    begins = "that is where the last loud piece begins; it sounds until its end."
    yield begins, of(lambda x, r: max(0.0, _until(x, r) - 1 / 50))
    pause = "you stop at the first pause; a word may have one. Look for the last loud piece."
    yield pause, of(_first_pause)
    added = "that adds the loud pieces up; what matters is where the last one ends."
    yield added, of(lambda x, r: _loud(x, r).sum() / 50)
    yield "in pieces; one takes 20 ms.", of(lambda x, r: 50 * _until(x, r))
    yield "in milliseconds; give seconds.", of(lambda x, r: 1000 * _until(x, r))
    yield "in samples; divide by the rate.", of(lambda x, r: r * _until(x, r))
    fixed = "a piece has rate / 50 samples: 160 fits 8,000 Hz only."
    yield (
        fixed,
        of(lambda x, r: (np.flatnonzero(_levels(x, 160) > -35)[-1:] + 1).sum() * 160 / r),
    )


# ---------------------------------------------------------------- a surprise beyond the expected


@exercise("listening-surplus")
def surplus(answer: Callable[[Tensor, Tensor], float]) -> str | None:
    """``answer(log_p, codes)``: log_p (T, 256) in nats, codes (T,); returns bits per sample."""
    torch.manual_seed(1)
    log_p = torch.log_softmax(1.5 * torch.randn(12, 256, dtype=torch.float64), dim=1)
    codes = torch.randint(0, 256, (12,))
    got = written(answer(log_p.clone(), codes.clone()))
    paid, expected = _paid(log_p, codes), _expected(log_p)
    return hint_for(
        numbers(got),
        numbers((paid - expected).mean() / math.log(2)),
        _surplus_mistakes(paid, expected, log_p),
        f"in the trial it pays {float(paid.mean()) / math.log(2):.2f} bits a sample and expects "
        f"{float(expected.mean()) / math.log(2):.2f}.",
    )


def _paid(log_p: Tensor, codes: Tensor) -> Tensor:
    return -log_p.gather(1, codes[:, None])[:, 0]


def _expected(log_p: Tensor) -> Tensor:
    return -(log_p.exp() * log_p).sum(dim=1)


def _surplus_mistakes(paid: Tensor, expected: Tensor, log_p: Tensor) -> Mistakes:
    bit = math.log(2)
    right = (paid - expected).mean() / bit
    yield "in nats; divide by ln 2 for bits.", numbers(right * bit)
    yield "the sign is turned: paid minus expected.", numbers(-right)
    yield "that is what it pays; subtract what it expected.", numbers(paid.mean() / bit)
    yield "that is what it expects; subtract it from what it pays.", numbers(expected.mean() / bit)
    yield "that is the sum over time; take the mean.", numbers(right * len(paid))
    yield "multiplied by ln 2 where you should divide.", numbers(right * bit * bit)
    plain = -log_p.mean(dim=1)
    wrong = "the mean over codes has to be weighted by their probabilities."
    yield wrong, numbers((paid - plain).mean() / bit)
    yield "paid plus expected; subtract.", numbers((paid + expected).mean() / bit)


# ---------------------------------------------------------------- its own codes, in training


@exercise("listening-scheduled")
def scheduled(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str | None:
    """``answer(codes, drawn, swap)``, each (B, T): returns what the network hears, (B, T)."""
    codes = torch.arange(100, 112).reshape(2, 6)
    drawn = torch.arange(200, 212).reshape(2, 6)
    swap = torch.tensor([[1, 0, 1, 1, 0, 1], [0, 1, 0, 0, 1, 1]], dtype=torch.bool)
    given = codes.clone(), drawn.clone(), swap.clone()
    got = written(answer(*given))
    if not torch.equal(given[0], codes):
        return "you write into the true codes, which the loss still needs: work on a copy."
    shifted = torch.cat([codes[:, :1], drawn[:, :-1]], dim=1)
    right = torch.where(swap, shifted, codes)
    wrong = _scheduled_mistakes(codes, drawn, swap, shifted)
    rest = f"in the trial the first row is {right[0].tolist()}: drawn codes are those from 200 on."
    return hint_for(numbers(got), numbers(right), wrong, rest)


def _scheduled_mistakes(codes: Tensor, drawn: Tensor, swap: Tensor, shifted: Tensor) -> Mistakes:
    late = "drawn[:, t] is a guess of the code at t + 1: it belongs one place to the right. As it "
    late += "stands the network hears at t what it is to predict there."
    yield late, numbers(torch.where(swap, drawn, codes))
    yield late, numbers(torch.where(swap, torch.roll(drawn, -1, 1), codes))
    rolled = torch.roll(drawn, 1, 1)
    yield (
        "a row's last guess comes round to its first place; there the true code stays.",
        numbers(torch.where(swap, rolled, codes)),
    )
    yield (
        "swap is turned: where it is true the drawn code is heard.",
        numbers(torch.where(swap, codes, shifted)),
    )
    yield "swap has no effect; nothing is swapped.", numbers(codes)
    yield "swap has no effect; all is swapped.", numbers(shifted)
    early = "the guesses are in their places, but swap has been moved along with them."
    moved = torch.cat([torch.zeros_like(swap[:, :1]), swap[:, :-1]], dim=1)
    yield early, numbers(torch.where(moved, shifted, codes))


# ---------------------------------------------------------------- a diagnosis

FAULTS = {"A": "other digit", "B": "no curve", "C": "too hot", "D": "no chance"}


@exercise("listening-diagnose")
def diagnose(answer: Mapping[str, str]) -> str | None:
    """``answer`` maps the letters A to D to the names of the four faults."""
    return diagnosis_hint(answer, FAULTS, _SIGNS, "patient")


_SIGNS = {
    "other digit": "Its level and its hiss are healthy, and yet the judge hears something else.",
    "no curve": "Compare the levels: without the curve, faint codes come out far too loud.",
    "too hot": "Compare the hiss: rare, large steps have become frequent.",
    "no chance": "Compare the hiss: a network that never throws the dice has none.",
}
