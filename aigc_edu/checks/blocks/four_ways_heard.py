"""Checks of the exercises of the chapter *Four ways, heard*."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- several clips at once


@exercise("heard-alike")
def alike(answer: Callable[[np.ndarray, int], float]) -> str | None:
    """``answer(shares, together)``: the sum of shares ** together."""
    for shares, together in (([0.5, 0.3, 0.2, 0.0, 0.0], 3), ([0.2] * 5, 2), ([1.0, 0.0], 2)):
        p = np.array(shares)
        right = float((p**together).sum())
        got = float(written(answer(p.copy(), together)))
        if math.isclose(got, right, abs_tol=1e-6):
            continue
        case = f"For shares {shares} and {together} clips"
        known = {
            float((p ** (together - 1)).sum()): "each of the clips has its probability: one more.",
            float(p.max() ** together): "any of the bars will do, not only the most frequent.",
            float(
                1 - (p**together).sum()
            ): "that is the probability that they are *not* all alike.",
            float(p.mean() ** together): "the shares differ: raise each to the power, then add.",
            float((p * together).sum()): "independent chances multiply, they don't add.",
            1 / len(p): "that holds for two clips and equal shares only.",
        }
        for wrong, hint in known.items():
            if math.isclose(got, wrong, abs_tol=1e-6):
                return f"{case}: {hint}"
        return f"{case} it is {right:.4f}, not {got:.4f}: all hit bar 0, or all bar 1, and so on."
    return None


# ---------------------------------------------------------------- four rows of taps

_ROWS = {
    "A": ("copies", "after 12 clips the very same 12 come again: compare them sample by sample"),
    "B": ("collapse", "nearly all its clips are of one bar: see `examine(clips).shares`"),
    "C": ("hiss", "its noise is some 10 dB above the truth's: see `examine(clips).noise`"),
    "D": ("too few steps", "its tone is far below the truth's: see `examine(clips).tone`"),
}


@exercise("heard-diagnose")
def diagnose(answers: Mapping[str, str]) -> list[str] | str:
    """``answers`` maps A to D to "collapse", "too few steps", "hiss" and "copies"."""
    if not isinstance(answers, Mapping) or set(answers) != set(_ROWS):
        return "Give an answer for each of A, B, C, D."
    given = {name: str(written(answers[name])) for name in _ROWS}
    names = [right for right, _ in _ROWS.values()]
    for name, answer in given.items():
        if answer not in names:
            return f"{name}: {answer!r} is none of the names; they are {', '.join(sorted(names))}."
    return [
        f"{name} is not {given[name]!r}. Measure again: {reason}."
        for name, (right, reason) in _ROWS.items()
        if given[name] != right
    ]


# ---------------------------------------------------------------- what a likelihood tells


@exercise("fourways-liar")
def liar(answer: Callable[[float, float, int], float]) -> str | None:
    """``answer(share, seconds, rate)``: -log2(share) / (seconds * rate)."""
    for share, seconds, rate in ((0.25, 2.0, 8), (0.01, 1.0, 16_000), (0.5, 0.002, 16_000)):
        count = seconds * rate
        right = -math.log2(share) / count
        got = float(written(answer(share, seconds, rate)))
        if math.isclose(got, right, rel_tol=1e-6):
            continue
        case = f"For {share:g}, {seconds:g} s and {rate} Hz"
        known = {
            -right: "the sign: it scores *more* bits, which is worse.",
            -math.log2(share): "that is for the whole clip; divide by its samples.",
            -math.log(share) / count: "that is in nats.",
            -math.log2(share) / rate: "a clip has seconds times rate samples.",
            -math.log2(1 - share) / count: "what counts is the share of good clips, not of bad.",
        }
        for wrong, hint in known.items():
            if math.isclose(got, wrong, rel_tol=1e-6):
                return f"{case}: {hint}"
        return f"{case} it is {right:.6g} bits, not {got:.6g}: p is at least share times the truth."
    return None
