"""Checks of the exercises in the chapter *The frequency domain*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]
_Case = tuple[np.ndarray, float, float]

# ---------------------------------------------------------------- which keys were pressed?

_ROWS, _COLUMNS = np.array([697, 770, 852, 941]), np.array([1209, 1336, 1477])
_KEYPAD = ["123", "456", "789", "*0#"]


@exercise("frequency-dial")
def dial(answer: Callable[[np.ndarray, float], str]) -> str | None:
    """``answer(x, rate)`` returns the keys of presses of 0.1 s, each followed by 0.1 s of rest."""
    random = np.random.default_rng(1)
    for rate, number in (
        (8000, "2468"),
        (8000, "0314#92687*5"),
        (16_000, "4711"),
        (11_025, "2028"),
    ):
        x = _dialled(number, rate, random)
        got = answer(x.copy(), rate)
        got = "".join(str(key) for key in got) if isinstance(got, (list, tuple)) else str(got)
        if got != number:
            return _dial_hint(got, number, x, rate)
    return None


def _dialled(number: str, rate: float, random: np.random.Generator) -> np.ndarray:
    """Tones in a little noise, rests included; sines and cosines, so that either is missed."""
    length = round(0.1 * rate)
    t, parts = np.arange(length) / rate, []
    for place, key in enumerate(number):
        row = next(i for i, keys in enumerate(_KEYPAD) if key in keys)
        pair = _ROWS[row], _COLUMNS[_KEYPAD[row].index(key)]
        phases = np.pi / 2 * (place + np.arange(2))
        tones = [0.3 * np.sin(2 * np.pi * f * t + p) for f, p in zip(pair, phases, strict=True)]
        parts += [tones[0] + tones[1], np.zeros(length)]
    return np.concatenate(parts) + 0.02 * random.normal(size=2 * length * len(number))


def _dial_hint(got: str, number: str, x: np.ndarray, rate: float) -> str:
    said = f"At {rate} Hz, {number!r} was dialled and your function returns {got!r}. "
    if rate != 8000 and got == _keys_read(x, rate, np.abs, clock=8000):
        return said + "It is right at 8,000 Hz alone: use the rate that you are given."
    blind = "and a tone can begin at a phase where they see nothing of it. Take both: the magnitude"
    for part, name in ((np.imag, "sines"), (np.real, "cosines")):
        parts = (lambda X: np.abs(part(X)), part, lambda X: -part(X))  # noqa: B023
        if got in [_keys_read(x, rate, way) for way in parts]:
            return said + f"You hold the sound against {name} alone, {blind} of exp(-2j pi f t)."
    return said + _wrong_reading(got, number)


def _keys_read(x: np.ndarray, rate: float, part: Function, clock: float = 0) -> str:
    """Read the keys by the largest ``part`` of the correlations, time being kept by ``clock``."""
    length, keys = round(0.1 * rate), ""
    t = np.arange(length) / (clock or rate)
    for start in range(0, len(x) - length, 2 * length):
        piece = x[start : start + length]
        row, column = (
            int(np.argmax(part(np.exp(-2j * np.pi * np.outer(group, t)) @ piece)))
            for group in (_ROWS, _COLUMNS)
        )
        keys += _KEYPAD[row][column]
    return keys


def _wrong_reading(got: str, number: str) -> str:
    if len(got) == 2 * len(number) and got[::2] == number:
        return "You read keys from the rests as well: a new press begins every 0.2 seconds."
    if len(got) != len(number):
        return f"There are {len(number)} presses; one begins every 0.2 seconds, the first at 0."
    places = [(row, column) for row in range(3) for column in range(3)]
    swapped = {_KEYPAD[row][column]: _KEYPAD[column][row] for row, column in places}
    if got == "".join(swapped.get(key, key) for key in number):
        return "Rows and columns are swapped: keypad[row][column]."
    return (
        "For each press, take the row with the largest magnitude among the four rows, and the "
        "column among the three columns, each by itself."
    )


# ---------------------------------------------------------------- amplitude of a tone


@exercise("frequency-amplitude")
def amplitude(answer: Callable[[np.ndarray, float, float], float]) -> str | None:
    """``answer(x, rate, frequency)`` returns the amplitude of a tone that lies on a bin."""
    cases = [(800, 8000, 1000), (500, 16_000, 96), (441, 44_100, 300), (800, 8000, 0)]
    cases += [(800, 8000, 4000), (1000, 8000, 2400)]
    random, given, right = np.random.default_rng(2), [], []
    for number, (size, rate, frequency) in enumerate(cases):
        A = 0.9 - 0.13 * number
        given.append((_tones(size, rate, frequency, A, random), rate, frequency))
        right.append(A)
    got = np.array([float(answer(x.copy(), rate, f)) for x, rate, f in given])
    if np.allclose(got, right, rtol=1e-5):
        return None
    hint = named_mistake(got, _amplitude_mistakes(given, np.array(right)))
    if hint:
        return hint
    first = int(np.argmax(~np.isclose(got, right, rtol=1e-5)))
    size, rate, f = cases[first]
    return (
        f"{size} samples at {rate} Hz hold a tone of {f} Hz with the amplitude {right[first]:.2f}; "
        f"your function returns {got[first]:.4g}."
    )


def _tones(
    size: int, rate: float, frequency: float, A: float, random: np.random.Generator
) -> np.ndarray:
    """A tone at a frequency, and others on other bins."""
    t, bins = np.arange(size), rate / size
    alone = frequency in (0, rate / 2)
    x = A * np.cos(2 * np.pi * frequency / rate * t + (0 if alone else random.uniform(1, 2)))
    for k in (7, 19, size // 3):
        x += 0.4 * np.cos(2 * np.pi * (frequency / bins + k) * t / size + random.uniform(0, 6))
    return x


def _amplitude_mistakes(given: list[_Case], right: np.ndarray) -> Mistakes:
    size = np.array([len(x) for x, _, _ in given])
    ends = np.array([2 * f in (0, rate) for _, rate, f in given])
    doubled = (
        "Right between the ends, but doubled at 0 Hz and at half the rate: those two bins have no "
        "partner at a negative frequency."
    )
    halved = (
        "Half of each amplitude is missing, except at the ends: it is in the bin of the negative "
        "frequency. Double the others."
    )
    yield doubled, np.where(ends, 2, 1) * right
    yield halved, np.where(ends, 1, 0.5) * right
    for factor in (np.where(ends, 1, 0.5), np.where(ends, 2, 1), 1):
        undivided = "Divide by the number of samples: the sum in a bin grows with it."
        yield undivided, factor * right * size
    yield from _wrong_bins(given, np.where(ends, 1, 2))


def _wrong_bins(given: list[_Case], scale: np.ndarray) -> Mistakes:
    """What other bins would give, and other numbers than the magnitude."""
    spectra = [np.fft.fft(x) / len(x) for x, _, _ in given]
    places: dict[str, Callable[[int, float, float], int]] = {
        "You look at the bin with the number of the frequency. Bins are rate / len(x) apart: "
        "k = frequency * len(x) / rate.": lambda size, rate, f: round(f),
        "Your bin is one too high: bin 0 is 0 Hz.": lambda n, rate, f: round(f * n / rate) + 1,
    }
    for hint, place in places.items():
        ks = [place(len(x), rate, f) % len(x) for x, rate, f in given]
        values = np.array([abs(X[k]) for X, k in zip(spectra, ks, strict=True)])
        yield from ((hint, scale * values), (hint, 2 * values))
    ks = [round(f * len(x) / rate) for x, rate, f in given]
    exact = np.array([X[k] for X, k in zip(spectra, ks, strict=True)])
    for c in (scale, 2):
        signed = "You take the real part, which depends on the phase. Take the magnitude, np.abs."
        yield signed, c * exact.real
        yield "You square the magnitude: that is power, not amplitude.", c * np.abs(exact) ** 2


# ---------------------------------------------------------------- between the bins


@exercise("frequency-between")
def between(answer: Callable[[np.ndarray, float], float]) -> str | None:
    """``answer(x, rate)`` returns the frequency of the strongest tone, to 1/40 of a bin."""
    random, off, given = np.random.default_rng(4), [], []
    for size, rate in ((1024, 16_000), (1000, 44_100), (512, 8000)):
        for place in (-0.45, -0.27, 0.0, 0.21, 0.38, 0.5):
            turns = 61 + place
            x = 0.5 * np.cos(2 * np.pi * turns * np.arange(size) / size + random.uniform(0, 6))
            x += 0.005 * np.cos(2 * np.pi * 150.4 * np.arange(size) / size)
            off.append(float(answer(x.copy(), rate)) * size / rate - turns)  # in bins
            given.append((x, rate, turns))
    errors = np.array(off)
    if np.abs(errors).max() <= 1 / 40:
        return None
    wrong = _between_mistakes(given)
    hint = named_mistake(errors, wrong, tolerance=2e-3)
    if hint:
        return hint
    if not np.isfinite(errors).all():
        return "For some tones your function returns no number at all, but nan or infinity."
    worst = int(np.argmax(np.abs(errors)))
    x, rate, turns = given[worst]
    return (
        f"{len(x)} samples at {rate} Hz hold a tone of {turns * rate / len(x):.2f} Hz; yours is "
        f"{errors[worst]:+.3f} bins beside it, and 0.025 bins are allowed."
    )


def _between_mistakes(given: list[_Case]) -> Mistakes:
    sizes, rates = (
        np.array(v) for v in zip(*((len(x), rate) for x, rate, _ in given), strict=True)
    )
    turns = np.array([case[2] for case in given])
    yield (
        "You return the bin, not its frequency: times rate / len(x).",
        (turns + _parabola(given)) * sizes / rates - turns,
    )
    yield "This is the nearest bin; add the parabola's shift.", _parabola(given, half=0)
    sign = "The parabola's shift has the wrong sign: it is (a - c), not (c - a)."
    yield sign, _parabola(given, half=-0.5)
    yield "The factor 1/2 before the fraction is missing.", _parabola(given, half=1)
    log = "The top is a parabola in decibels, that is, in the logarithms of the magnitudes. "
    yield log + "You take the magnitudes themselves.", _parabola(given, curve=lambda v: v)
    yield log + "You take the squares of the magnitudes.", _parabola(given, curve=np.square)
    bare = "Without a window the top is no parabola: multiply x by dsp.window('hann', len(x))."
    yield bare, _parabola(given, window=np.ones)
    yield bare, _parabola(given, window=np.ones, curve=lambda v: v)


def _parabola(
    given: list[_Case], curve: Function = np.log, window: Function = np.hanning, half: float = 0.5
) -> np.ndarray:
    """Errors in bins, of a parabola through a curve of the magnitudes."""
    off = []
    for x, _, turns in given:
        X = np.abs(np.fft.rfft(x * window(len(x) + 1)[:-1]))
        k = int(np.argmax(X))
        a, b, c = curve(X[k - 1 : k + 2])
        off.append(k + half * (a - c) / (a - 2 * b + c) - turns)
    return np.array(off)
