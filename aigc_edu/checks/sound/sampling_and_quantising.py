"""Checks of the exercises on sampling, in the chapter *Sampling and quantising*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.checks._compare import named_mistake
from aigc_edu.dsp import alias_frequency
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]


# ---------------------------------------------------------------- which frequency is heard?


@exercise("sampling-alias")
def alias(answer: Callable[[float, float], float]) -> str | None:
    """``answer(f, rate)`` returns the frequency from 0 to rate / 2 with the same samples."""
    pairs = [(1000, 8000), (4000, 8000), (5000, 8000), (7999, 8000), (9500, 8000)]
    pairs += [(13_000, 8000), (20_100, 8000), (30_000, 44_100), (100_000, 44_100), (0, 16_000)]
    f, rate = np.array(pairs, float).T
    got = np.array([float(answer(*pair)) for pair in pairs])
    right = np.array([alias_frequency(*pair) for pair in pairs])
    if np.allclose(got, right, atol=1e-6):
        return None
    hint = named_mistake(got, _alias_mistakes(f, rate).items())
    if hint:
        return hint
    first = int(np.argmax(~np.isclose(got, right, atol=1e-6)))
    return (
        f"{f[first]:g} Hz sampled at {rate[first]:g} Hz is heard as {right[first]:g} Hz; "
        f"your function returns {got[first]:g}."
    )


def _alias_mistakes(f: np.ndarray, rate: np.ndarray) -> dict[str, np.ndarray]:
    beyond = f - rate * np.round(f / rate)
    folded_once = np.where(f > rate / 2, rate - f, f)
    return {
        "Some of your frequencies are negative. Folding has the wrong sign there: f and -f "
        "sound alike, so take the absolute value.": beyond,
        "All signs are turned round: take the absolute value of the difference.": -np.abs(beyond),
        "You return the frequency itself; above rate / 2 another, lower one has the same "
        "samples.": f,
        "Your result lies between 0 and rate, but rate / 2 is the end: f above it has the same "
        "samples as rate - f, which is lower.": f % rate,
        "Right for frequencies up to the rate, wrong above it: first take away as many whole "
        "multiples of the rate as fit, then fold.": folded_once,
        "Right up to one and a half times the rate, wrong above: the nearest multiple of the rate "
        "may be any multiple, not just 0 or 1.": np.where(f > rate / 2, np.abs(rate - f), f),
        "You subtract the rate from every frequency; below rate / 2 nothing is to be done.": np.abs(
            f - rate
        ),
        "Above rate / 2 you begin again from 0. The frequencies run back down from there instead: "
        "the alias of a little more than rate / 2 is a little less than rate / 2.": f % (rate / 2),
        "You measure the distance to the nearest multiple of rate / 2; it has to be a multiple of "
        "the whole rate.": np.abs(f - rate / 2 * np.round(2 * f / rate)),
    }


# ---------------------------------------------------------------- lowering the rate


@exercise("sampling-downsample")
def downsample(answer: Function) -> str | None:
    """``answer(x, factor)`` filters, then keeps every factor-th sample."""
    for factor in (2, 4):
        hint = _wrong_length(answer, factor) or _wrong_tones(answer, factor)
        if hint:
            return f"With factor = {factor}: {hint}"
    return None


def _wrong_length(answer: Function, factor: int) -> str | None:
    x = np.zeros(1001)
    got, right = np.shape(answer(x, factor)), -(-len(x) // factor)
    if got == (right,):
        return None
    if got == (1001,):
        return "the result is as long as x; after the filter, keep every factor-th sample."
    if len(got) == 1 and got[0] > right:
        return (
            f"{got[0]} samples instead of {right}: convolve with mode='same', or the filter's "
            "tails lengthen the sound and shift it."
        )
    return f"the result of 1001 samples should have {right}, yours has the shape {got}."


def _wrong_tones(answer: Function, factor: int) -> str | None:
    """Try one tone that must stay and one that must go; frequencies are shares of the new rate."""
    stay, go = _tone(0.3 / factor), _tone(0.8 / factor)
    kept, rest = answer(stay, factor), answer(go, factor)
    middle = slice(len(kept) // 4, 3 * len(kept) // 4)
    gain, leak = (float(np.std(y[middle]) * np.sqrt(2)) for y in (kept, rest))
    if np.allclose(rest, go[::factor], atol=1e-3):
        return (
            "nothing is filtered: a tone above half the new rate comes through at full strength, "
            "as an alias. (With sinc(n) instead of sinc(n / factor) the filter does nothing.)"
        )
    if abs(gain / factor - 1) < 0.05:
        return f"tones that should stay get {factor} times as loud: divide the sinc by factor."
    if leak > 0.05:
        return (
            f"a tone above half the new rate is left with {leak:.0%} of its amplitude. The filter "
            "must come before samples are dropped, and end at half the new rate."
        )
    if gain < 0.9:
        return (
            f"a tone below half the new rate is left with {gain:.0%} of its amplitude: the filter "
            "ends too low. It should end at half the new rate, sinc(n / factor)."
        )
    if np.abs(kept - stay[::factor])[middle].max() > 0.1:
        return "the sound is shifted: let n run from -K to K, and convolve with mode='same'."
    return None


def _tone(frequency: float) -> np.ndarray:
    """A sine; the frequency is in cycles a sample."""
    return np.sin(2 * np.pi * frequency * np.arange(2000) + 0.4)
