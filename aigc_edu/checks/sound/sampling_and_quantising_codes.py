"""Checks of the exercises on quantising, in the chapter *Sampling and quantising*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.dsp import mu_law_encode, quantise, snr_db, step_size
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]


# ---------------------------------------------------------------- codes as in a file


@exercise("sampling-codes")
def codes(answer: Function) -> str | None:
    """``answer(x, bits)`` returns the integers that a PCM file holds."""
    x = np.append(np.random.default_rng(3).uniform(-1, 1, 400), [0.0, -1.0, 1.0])
    for bits in (3, 8, 16):
        got = np.asarray(answer(x.copy(), bits))
        half, step = 2 ** (bits - 1), step_size(bits)
        right = np.clip(np.floor(x / step + 0.5), -half, half - 1)
        if got.shape == x.shape and np.array_equal(got, right):
            if np.issubdtype(got.dtype, np.integer):
                continue
            return "The values are right, but they are floats: codes are integers, astype(int)."
        hint = named_mistake(got.astype(float), _code_mistakes(x, bits)) or (
            "it should give the codes "
            f"{right[:4].astype(int).tolist()} for {x[:4].round(3).tolist()}."
        )
        return f"With {bits} bits: {hint}"
    return None


def _code_mistakes(x: np.ndarray, bits: int) -> Mistakes:
    half, step = 2 ** (bits - 1), step_size(bits)
    unlimited = np.floor(x / step + 0.5)
    right = np.clip(unlimited, -half, half - 1)
    hints = [
        f"x = 1 gets the code {half}, which {bits} bits cannot hold: a file would wrap it round "
        f"to {-half}, a loud click. Limit the codes to {half - 1}.",
        "x = 1 has wrapped round to the most negative code: limit the codes before you "
        "convert them.",
        "You cut the fraction off (towards zero). Round: floor(x / step + 1/2).",
        "You round down: add 1/2 before floor, or the error is up to a whole step.",
        "These are the levels, not the codes: leave out the last product with the step.",
        "Your codes begin at 0; in a 16-bit file, zero amplitude is code 0 and codes are "
        "negative below it.",
    ]
    wrapped = np.where(unlimited >= half, -half, right)
    cut, down = (np.minimum(f(x / step), half - 1) for f in (np.trunc, np.floor))
    yield from zip(hints, [unlimited, wrapped, cut, down, right * step, right + half], strict=True)
    yield hints[2], np.trunc(x / step)
    yield hints[3], np.floor(x / step)
    yield from _step_mistakes(x, half)


def _step_mistakes(x: np.ndarray, half: int) -> Mistakes:
    steps = {
        f"Your step is 2 / (2^b - 1). With 2^b levels from -1 on, of which 1 is not one, it is "
        f"2 / 2^b = 1 / {half}.": 2 / (2 * half - 1),
        f"Your step is 1 / (2^(b-1) - 1), so that 1 is a level; here it is 2 / 2^b = 1 / {half}, "
        "and -1 is a level.": 1 / (half - 1),
        "Your step is half as wide as it should be: the range is 2 wide, 2 / 2^b.": 0.5 / half,
        "Your step is twice as wide as it should be: 2 / 2^b, not 2 / 2^(b-1).": 2 / half,
    }
    for hint, step in steps.items():
        for values in (np.floor(x / step + 0.5), np.round(x / step)):
            yield hint, values
            yield hint, np.clip(values, -half, half - 1)


# ---------------------------------------------------------------- decibels


@exercise("sampling-snr")
def snr(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(clean, degraded)`` returns the signal-to-noise ratio in dB."""
    random = np.random.default_rng(4)
    clean = random.normal(size=500)
    cases = [clean + 0.1 * random.normal(size=500), clean + 0.3, 0.5 * clean]
    got = np.array([float(answer(clean.copy(), degraded.copy())) for degraded in cases])
    right = np.array([snr_db(clean, degraded) for degraded in cases])
    if np.allclose(got, right, atol=1e-6):
        return None
    return named_mistake(got, _snr_mistakes(clean, cases, right).items()) or (
        f"A clean and a degraded signal have an SNR of {right[0]:.2f} dB; your function returns "
        f"{got[0]:.2f}."
    )


def _snr_mistakes(
    clean: np.ndarray, cases: list[np.ndarray], right: np.ndarray
) -> dict[str, np.ndarray]:
    ratio = 10 ** (right / 10)
    total = [10 * np.log10(np.sum(clean**2) / np.sum(y**2)) for y in cases]
    with np.errstate(divide="ignore"):
        varied = [10 * np.log10(np.var(clean) / np.var(y - clean)) for y in cases]
    one = [10 * np.log10(np.sum(clean**2) / np.mean((y - clean) ** 2)) for y in cases]
    return {
        "Your decibels are doubled: a ratio of powers takes 10 log10. The 20 belongs to a ratio "
        "of amplitudes.": 2 * right,
        "Your decibels are halved: a ratio of amplitudes takes 20 log10. The 10 belongs to a "
        "ratio of powers, that is of squares.": right / 2,
        "The sign is turned round: the signal's power stands above, the error's below.": -right,
        "This is the ratio itself; decibels are 10 log10 of it.": ratio,
        "The factor 10 is missing: log10 alone gives bel, and a bel is ten decibels.": right / 10,
        "You take the natural logarithm; decibels are defined with log10.": 10 * np.log(ratio),
        "You compare clean with degraded. What belongs below is the power of the error, "
        "degraded - clean.": total,
        "You take the variance (or np.std), which does not see a constant error. Take the mean "
        "of the squares.": varied,
        "The powers are not alike: one is a sum, the other a mean.": one,
    }


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
