"""Check of the exercise that listens for a stride, of *One-dimensional convolution*."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from aigc_edu.teaching.exercises import exercise, written

TRUTH = {"A": 8, "B": 16, "C": 4}  # the strides of the chapter's three clips, at 16,000 a second
_RATE, _SECONDS, _PITCH = 16_000, 0.5, 220


@exercise("convolution-stride")
def stride(guess: Mapping[str, int], stride_of: Callable[[np.ndarray, int], int]) -> list[str]:
    """``guess``: stride by clip; ``stride_of(y, rate)``: the stride that made y, (N,)."""
    return [hint for hint in (_wrong_guess(written(guess)), _wrong_stride(stride_of)) if hint]


def _wrong_guess(guess: Mapping[str, int]) -> str:
    if any(value is ... or value is None for value in guess.values()):
        return "guess: give each of A, B and C a stride."
    if dict(guess) == TRUTH:
        return ""
    if set(guess) != set(TRUTH) or sorted(guess.values()) != [4, 8, 16]:
        return 'guess: the keys are "A", "B", "C"; each of the strides 4, 8 and 16 occurs once.'
    if all(64 // guess[name] == TRUTH[name] for name in TRUTH):
        return (
            "guess: it is the other way round. The pattern repeats every s samples: the larger the "
            "stride, the *lower* the buzz."
        )
    wrong = next(name for name in TRUTH if guess[name] != TRUTH[name])
    at = _RATE // TRUTH[wrong]
    return f"guess: {wrong} buzzes at {at:,} Hz; which stride has 16,000 / s there?"


def buzzing(stride: int, rate: int, seed: int) -> np.ndarray:
    """Return a tone whose rate was raised by random weights, (N,), with its lines at f_s / s."""
    low = int(_SECONDS * rate) // stride
    x = 0.3 + 0.1 * np.sin(2 * np.pi * _PITCH * np.arange(low) * stride / rate)
    gains = 1 + 0.25 * np.cos(2 * np.pi * np.arange(stride) / stride)  # mostly the first harmonic
    gains += 0.03 * np.random.default_rng(seed).standard_normal(stride)
    return (x[:, None] * gains).ravel()


def _wrong_stride(stride_of: Callable[[np.ndarray, int], int]) -> str:
    for right, rate in ((8, 16_000), (4, 16_000), (5, 16_000), (16, 16_000), (6, 24_000)):
        y = buzzing(right, rate, seed=right)
        got = float(written(stride_of(y.copy(), rate)))
        if got == right:
            continue
        case = f"stride_of: at {rate:,} a second, a clip with its buzz at {rate / right:,.0f} Hz"
        if abs(got - right) < 0.5 and got != int(got):
            return f"{case}: you say {got:.2f}; a stride is a whole number, so round."
        if abs(got - rate / right) < 50:
            return f"{case}: that is the frequency; the stride is the rate divided by it."
        if abs(got - rate / _PITCH) < 2:
            return f"{case}: you took the tone itself, at {_PITCH} Hz. Look above it."
        if got == 0 or not np.isfinite(got) or got > len(y):
            return f"{case}: you took 0 Hz, the mean of the clip. Look above the tone."
        if rate != 16_000 and abs(got - 16_000 * right / rate) < 0.6:
            return f"{case}: use the rate that is given, not 16,000."
        if abs(got - rate / (rate / right + _PITCH)) < 0.6 or abs(2 * got - right) < 0.6:
            return f"{case}: you took another line than the strongest; you say {got:g}."
        return f"{case}: the stride is {right}, not {got:g}."
    return ""
