"""Checks of the exercises in the chapter *Making sounds from numbers*."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.checks._matching import matching_hint
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]

# ---------------------------------------------------------------- the lines of FM


@exercise("sounds-sidebands")
def sidebands(answer: Callable[[float, float, int], Sequence[float]]) -> str | None:
    """``answer(carrier, modulator, order)`` returns where the lines are heard."""
    for carrier, modulator, order in ((1000, 150, 3), (400, 300, 3), (200, 200, 4), (300, 600, 2)):
        got = np.atleast_1d(np.asarray(answer(carrier, modulator, order), float))
        right = np.unique(np.abs(carrier + np.arange(-order, order + 1) * modulator))
        if any(got.shape == r.shape and np.allclose(got, r) for r in (right, right[right > 0])):
            continue  # with the line at 0 Hz, which has no amplitude, or without it
        hint = named_mistake(got, _sideband_mistakes(carrier, modulator, order)) or (
            f"it should be {right.tolist()}, yours is {got[:12].tolist()}."
        )
        return f"With {carrier} and {modulator} Hz up to order {order}: {hint}"
    return None


def _sideband_mistakes(carrier: float, modulator: float, order: int) -> Mistakes:
    k = np.arange(-order, order + 1)
    lines = carrier + k * modulator
    if (lines < 0).any():
        for wrong in (lines, np.unique(lines)):
            yield "some frequencies are negative; a line at -f is heard at f.", wrong
        for wrong in (lines[lines >= 0], lines[lines > 0]):
            yield "lines below 0 Hz are left out, but they are heard: at f for -f.", wrong
    folded = np.abs(lines)
    yield "some frequencies stand there twice: each only once.", np.sort(folded)
    for wrong in (folded, np.array(list(dict.fromkeys(folded)))):
        if not np.array_equal(wrong, np.sort(wrong)):
            yield "the frequencies are right but not in order: sort them.", wrong
    yield "the lines above the carrier alone are there; k also runs below 0.", lines[order:]
    yield "the carrier itself, k = 0, is missing.", np.unique(np.abs(lines[k != 0]))
    yield "carrier and modulator are exchanged.", np.unique(np.abs(modulator + k * carrier))
    yield "the last line is missing: a range excludes its end.", np.unique(np.abs(lines[:-1]))


# ---------------------------------------------------------------- the plucked string


@exercise("sounds-string")
def string(answer: Function) -> str | None:
    """``answer(burst, count)`` returns a plucked string."""
    burst = np.random.default_rng(6).uniform(-1, 1, 9)
    right = _ring(burst, 60)
    got = np.asarray(answer(burst.copy(), 60), float)
    if got.shape != (60,):
        return _wrong_length(got, len(burst))
    if np.allclose(got, right, atol=1e-7):
        return None
    if not np.allclose(got[:9], burst):
        return "The sound should begin with the burst, as it is; the averaging begins after it."
    hint = named_mistake(got, _string_mistakes(burst), tolerance=1e-7)
    if hint:
        return hint
    first = int(np.argmax(~np.isclose(got, right, atol=1e-7)))
    return (
        f"With a burst of 9, y[{first}] should be the mean of y[{first - 9}] and y[{first - 10}]"
        f", {right[first]:.4f}; yours is {got[first]:.4f}."
    )


def _ring(
    burst: np.ndarray,
    count: int,
    taps: tuple[int, int] = (0, 1),
    scale: float = 0.5,
    wrap: bool = False,
) -> np.ndarray:
    """A string whose loop reads at the delays D + taps; with ``wrap`` y[-1] is the burst's last."""
    size, y = len(burst), list(burst)
    for t in range(size, count):
        places = [t - size - tap for tap in taps]
        y.append(scale * sum(y[p] if p >= 0 or wrap else 0.0 for p in places))
    return np.array(y)


def _wrong_length(got: np.ndarray, size: int) -> str:
    if got.shape == (60 + size,):
        return "There are count samples in all, the burst among them; yours has count more than it."
    return f"The result should have count = 60 samples, yours has the shape {got.shape}."


def _string_mistakes(burst: np.ndarray) -> Mistakes:
    yield (
        "Nothing is averaged: the burst repeats unchanged. Take the mean of y[t - D] and "
        "y[t - D - 1].",
        _ring(burst, 60, (0, 0)),
    )
    yield (
        "You average y[t - D] with the sample after it. It is the one before, y[t - D - 1]; with "
        "yours a round takes D - 1/2 samples.",
        _ring(burst, 60, (0, -1)),
    )
    yield "You sum the two samples; halve the sum, or the sound grows.", _ring(burst, 60, scale=1.0)
    yield (
        "At t = D your y[t - D - 1] is y[-1], and a negative index counts from the end. Before the "
        "first sample there is 0.",
        _ring(burst, 60, wrap=True),
    )
    yield "The delay is one sample too long: y[t - D] and y[t - D - 1].", _ring(burst, 60, (1, 2))
    yield from _unfed_mistakes(burst)


def _unfed_mistakes(burst: np.ndarray) -> Mistakes:
    averaged = np.append(burst[:1] / 2, (burst[1:] + burst[:-1]) / 2)
    yield (
        "The burst is averaged once, and repeats. Read from y, which has been averaged in each "
        "round before.",
        np.append(burst, np.resize(averaged, 51)),
    )
    yield (
        "After the burst all is silent: is the loop's range right?",
        np.append(burst, np.zeros(51)),
    )


# ---------------------------------------------------------------- what is broken?

_RIGHT = {"A": "wrong source", "B": "narrow bandwidths", "C": "missing formant", "D": "good"}
_HINTS = {
    "good": (
        "a good ah has peaks near 0.7, 1.1, 2.4, 3.3 and 3.8 kHz, and those above 2 kHz are 25 dB "
        "or more below the first."
    ),
    "missing formant": (
        "without the second formant the spectrum has one peak below 2 kHz, not two, and the vowel "
        "is another one."
    ),
    "narrow bandwidths": (
        "formants a tenth as wide ring on between the pulses, like bottles: the harmonic nearest "
        "to a formant stands far above its neighbours."
    ),
    "wrong source": (
        "pulses of one sample hold all harmonics alike, so that the formants above 2 kHz are far "
        "too strong, and it buzzes."
    ),
}


@exercise("sounds-diagnose")
def diagnose(answer: object) -> str | None:
    """``answer`` says of each of four vowels what is broken."""
    return matching_hint(answer, _RIGHT, _HINTS)
