"""Checks of the exercises on quantising, in the chapter *Sampling and quantising*."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from aigc_edu.checks._compare import named_mistake
from aigc_edu.dsp import mu_law_encode, quantise, step_size
from aigc_edu.teaching.exercises import exercise, written

Function = Callable[..., np.ndarray]


# ---------------------------------------------------------------- how many bits


TRUTH = {"A": 5, "B": 3, "C": 7}  # the depths of the chapter's three clips


@exercise("sampling-bits")
def bits(guess: Mapping[str, int], bits_of: Callable[[np.ndarray], int]) -> list[str]:
    """``guess``: bits by clip; ``bits_of(y)``: the depth to which y, (N,), was rounded."""
    return [hint for hint in (_wrong_guess(written(guess)), _wrong_bits(bits_of)) if hint]


def _wrong_guess(guess: Mapping[str, int]) -> str:
    if any(value is ... or value is None for value in guess.values()):
        return "guess: give each of A, B and C a number of bits."
    if dict(guess) == TRUTH:
        return ""
    if set(guess) != set(TRUTH) or sorted(guess.values()) != [3, 5, 7]:
        return 'guess: the keys are "A", "B", "C"; each of the depths 3, 5 and 7 occurs once.'
    if guess["B"] == 3:
        return (
            "guess: A and C are swapped. Their noise is nearly as far below the word, because C is "
            "softer; by ear that is hard. Measure them."
        )
    wrong = next(name for name in TRUTH if guess[name] != TRUTH[name])
    return f"guess: {wrong} isn't of {guess[wrong]} bits. Measure it."


def _wrong_bits(bits_of: Callable[[np.ndarray], int]) -> str:
    random = np.random.default_rng(5)
    for right, loudest in ((8, 0.1), (8, 0.9), (3, 0.9), (12, 0.3), (1, 0.9)):
        y = quantise(random.uniform(-loudest, loudest, 2000), right)
        got = float(written(bits_of(y.copy())))
        if got == right:
            continue
        case = f"bits_of: a clip of {right} bits, whose peak is {np.abs(y).max():.2f}"
        levels = len(np.unique(y))
        if abs(got - np.log2(levels)) < 1 and got < right:
            return f"{case}: you count {levels} levels. A soft clip doesn't use all that there are."
        if got != int(got):
            return f"{case}: you say {got:g}; bits come whole."
        if got == right - 1:
            return f"{case}: you say {got:g}. The range is 2 wide: the step is 2 / 2^b."
        if got == right + 1:
            return f"{case}: you say {got:g}. The step is 2 / 2^b, not 1 / 2^b."
        if got > right:
            return f"{case}: you say {got:g}. Take the *least* number of bits that fits."
        return f"{case}: you say {got:g}. With so few, some samples lie between two levels."
    return ""


# ---------------------------------------------------------------- dither

_DRAWS = 40_000


@exercise("sampling-dither")
def dither(answer: Function) -> str | None:
    """``answer(x, bits, random)`` returns x, quantised with triangular dither."""
    for bits, place in ((6, 5.3), (4, 1.0), (4, 1.5)):
        step = step_size(bits)
        x = np.full(_DRAWS, place * step)
        y = np.asarray(answer(x.copy(), bits, np.random.default_rng(6)), float)
        hint = _wrong_form(answer, x, y, bits) or _wrong_noise(y / step, place)
        if hint:
            return f"With {bits} bits and x = {place:g} steps: {hint}"
    return None


def _wrong_form(answer: Function, x: np.ndarray, y: np.ndarray, bits: int) -> str | None:
    if y.shape != x.shape:
        return f"x has the shape {x.shape}, your result {y.shape}."
    if not np.array_equal(y, quantise(np.clip(y, -1, 1), bits)):
        return (
            "your results are no levels of the quantiser: add the dither before rounding, and "
            "do nothing after it."
        )
    if not np.array_equal(y, answer(x.copy(), bits, np.random.default_rng(6))):
        return "two runs with equal seeds differ: draw from the generator that you are given."
    return None


def _wrong_noise(y: np.ndarray, place: float) -> str | None:
    """Look at mean and variance of the error; everything is in steps."""
    error, rest = y - place, place - np.floor(place)
    mean, power = float(error.mean()), float(np.mean(error**2))
    if abs(mean) < 0.02 and abs(power - 0.25) < 0.02:
        return None
    if np.all(y == y[0]):
        return (
            "all results are equal. Every sample needs a draw of its own (size=len(x)), as wide "
            "as a step, not as a fraction of it."
        )
    if abs(mean) > 0.2:
        return (
            f"the result is {mean:+.2f} steps off on average: the dither must be as often "
            "negative as positive, each draw between -1/2 and +1/2 of a step."
        )
    return _wrong_power(power, rest)


def _wrong_power(power: float, rest: float) -> str:
    if abs(power - rest * (1 - rest)) < 0.01:
        return (
            "the power of the error depends on x, as with a single draw one step wide. That is "
            "rectangular dither; add a second draw."
        )
    powers = {
        "the two draws are the same number twice. Draw twice.": 1 / 3 + 1 / 12,
        "the dither is twice as wide as it should be: each draw goes from -1/2 to +1/2 of a step, "
        "not from -1 to +1.": 2 / 3 + 1 / 12,
    }
    for hint, wrong in powers.items():
        if abs(power - wrong) < 0.02:
            return hint
    size = "too wide" if power > 0.25 else "too narrow"
    return f"the error's power should be 1/4 of a squared step, yours is {power:.3f}: {size}."


# ---------------------------------------------------------------- mu-law codes


@exercise("sampling-mulaw")
def mulaw(answer: Function) -> str | None:
    """``answer(x, mu)`` returns the codes 0 ... mu."""
    x = np.append(np.random.default_rng(5).uniform(-1, 1, 400) ** 3, [0.0, -1.0, 1.0])
    for mu in (255, 15):
        with np.errstate(all="ignore"):
            got = np.asarray(answer(x.copy(), mu))
        right = mu_law_encode(x, mu)
        if got.shape == x.shape and np.array_equal(got, right):
            if np.issubdtype(got.dtype, np.integer):
                continue
            return "The values are right, but they are floats: codes are integers, astype(int)."
        wrong = int(np.argmax(got != right)) if got.shape == x.shape else 0
        hint = named_mistake(got.astype(float), _mulaw_mistakes(x, mu).items()) or (
            f"x = {x[wrong]:.4f} should get the code {right[wrong]}."
        )
        return f"With mu = {mu}: {hint}"
    return None


def _mulaw_mistakes(x: np.ndarray, mu: int) -> dict[str, np.ndarray]:
    size = np.log1p(mu * np.abs(x))
    y = np.sign(x) * size / np.log1p(mu)
    fixed = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log1p(255)
    hints = {
        "The sign is lost: negative amplitudes get the codes of positive ones.": np.abs(y),
        "Divide by ln(1 + mu): otherwise y leaves [-1, 1].": np.sign(x) * size,
        "Nothing is compressed: encode y, not x.": x,
        "You use 255 whatever mu is.": fixed,
        "ln(1 + mu x) does not exist for most negative x. Compress |x|, then give it the sign of "
        "x.": _without_the_sign(x, mu),
    }
    curves = {hint: _parts(curve, mu) for hint, curve in hints.items()}
    curves["255 stands in the compression although mu is another number."] = _parts(fixed, 255)
    return curves | _rounding_mistakes(y, mu)


def _parts(y: np.ndarray, parts: int, plus: float = 0.5) -> np.ndarray:
    """Divide [-1, 1] into so many parts and return the number of the nearest border."""
    return np.floor((y + 1) / 2 * parts + plus)


def _without_the_sign(x: np.ndarray, mu: int) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.log1p(mu * x) / np.log1p(mu)


def _rounding_mistakes(y: np.ndarray, mu: int) -> dict[str, np.ndarray]:
    truncated = "You cut the fraction off: add 1/2 before floor. Otherwise the error is up to a "
    uneven = "You divide into mu + 1 parts, so code k and code mu - k are no mirror images of each "
    return {
        truncated + "whole step, and code k is no mirror image of code mu - k.": _parts(y, mu, 0),
        uneven + "other; the levels need mu parts, and rounding.": _parts(y, mu + 1, 0),
        uneven + "other; multiply by mu.": np.minimum(_parts(y, mu + 1, 0), mu),
        "These are steps around zero. Shift y from [-1, 1] to [0, 1] first: (y + 1) / 2.": np.floor(
            y * mu + 0.5
        ),
    }
