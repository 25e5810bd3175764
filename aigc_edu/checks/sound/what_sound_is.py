"""Checks of the exercises in the chapter *What sound is*."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.dsp import SPEED_OF_SOUND, reverberation_time, room_impulse_response
from aigc_edu.teaching.exercises import exercise, written

Number = Callable[..., float]


# ---------------------------------------------------------------- levels


@exercise("sound-levels")
def levels(answer: Number) -> str | None:
    """``answer(total, machine)`` returns the level of everything else, in dB."""
    pairs = np.array([(72, 70), (63, 60), (-20, -30), (90.5, 90)], float)
    got = np.array([float(answer(*pair)) for pair in pairs])
    total, machine = pairs.T
    right = 10 * np.log10(10 ** (total / 10) - 10 ** (machine / 10))
    if np.allclose(got, right, atol=0.02):
        return None
    hint = named_mistake(got, _level_mistakes(total, machine), tolerance=0.01)
    return hint or (
        f"72 dB with and 70 dB from the machine leave {right[0]:.2f} dB; you return {got[0]:.2f}."
    )


def _level_mistakes(total: np.ndarray, machine: np.ndarray) -> Mistakes:
    with np.errstate(invalid="ignore"):
        amplitudes = 20 * np.log10(10 ** (total / 20) - 10 ** (machine / 20))
        doubled = 20 * np.log10(10 ** (total / 10) - 10 ** (machine / 10))
    return {
        "You subtract levels. They are logarithms: the difference of two levels is a ratio, not "
        "what is left. Go back to powers first.": total - machine,
        "You subtract amplitudes (20 in the exponent). Sounds that have nothing to do with each "
        "other add their powers: 10^(L / 10).": amplitudes,
        "The powers are right; back to a level it is 10 times the logarithm of a power, not "
        "20 times.": doubled,
        "You add the two. The meter shows everything together: take the machine away from it.": 10
        * np.log10(10 ** (total / 10) + 10 ** (machine / 10)),
        "The powers are right; now turn what is left back into a level, with 10 log10.": (
            10 ** (total / 10) - 10 ** (machine / 10)
        ),
    }.items()


# ---------------------------------------------------------------- beats


@exercise("sound-tuning")
def tuning(answer: Number) -> str | None:
    """``answer(fork, beats, beats_tightened)`` returns the string's first frequency."""
    cases = [(440, 3, 4), (440, 3, 2), (110, 1.5, 2.25), (329.6, 6, 5), (440, 0.5, 0.75)]
    got = np.array([float(answer(*case)) for case in cases])
    fork, beats, tightened = np.array(cases, float).T
    side = np.where(tightened > beats, 1, -1)
    if np.allclose(got, fork + side * beats, atol=1e-6):
        return None
    mistakes = {
        "The side is turned round. A string above the fork moves away from it when it is "
        "tightened, so that the beats get faster.": fork - side * beats,
        "That is the frequency after the string was tightened; asked is the one before.": fork
        + side * tightened,
        "You halve the beats. Two tones beat |f1 - f2| times a second, not half as often: the "
        "amplitude swells twice in each swing of the cosine.": fork + side * beats / 2,
        "You take the string for higher than the fork in any case; the second count says whether "
        "it is.": fork + beats,
        "You take the string for lower than the fork in any case; the second count says whether "
        "it is.": fork - beats,
    }
    hint = named_mistake(got, mistakes.items())
    return hint or (
        "With a fork of 440 Hz, 3 beats and then 4, the string was above the fork, at 443 Hz; you "
        f"return {got[0]:g}."
    )


# ---------------------------------------------------------------- notches


@exercise("sound-notches")
def notches(answer: Callable[[float, float], Sequence[float]]) -> str | None:
    """``answer(detour, highest)`` lists the frequencies that a reflection cancels."""
    for detour, highest in ((0.343, 4000), (1.0, 1000), (0.1, 8000), (0.02, 5000), (0.343, 500)):
        got = np.atleast_1d(np.asarray(written(answer(detour, highest)), float)).ravel()
        hint = _wrong_notches(got, detour / SPEED_OF_SOUND, highest)
        if hint:
            return f"With a detour of {detour} m, up to {highest} Hz: {hint}"
    return None


def _wrong_notches(got: np.ndarray, delay: float, highest: float) -> str | None:
    k = np.arange(1 + int(highest * delay + 1))
    wanted = (k + 0.5) / delay
    right = wanted[wanted <= highest * (1 + 1e-9)]
    if got.shape == right.shape and np.allclose(got, right, rtol=1e-6):
        return None
    if len(got) < len(right) and np.allclose(got, right[: len(got)]):
        return f"there are {len(right)}; you stop after {len(got)}."
    peaks = k / delay
    for candidates, hint in (
        (peaks, "those are the frequencies that become twice as strong; the others vanish."),
        (peaks[1:], "those are the frequencies that become twice as strong; the others vanish."),
        (wanted / 2, "a tone vanishes when the echo comes half a swing late: f tau = 1/2."),
        (wanted[1:], "the first one is missing: begin with k = 0, at half a swing."),
        (wanted, "some are beyond the highest frequency that was asked for."),
    ):
        n = min(len(got), len(candidates))
        if n and len(got) in (n, len(candidates)) and np.allclose(got[:n], candidates[:n]):
            return hint
    if len(got) == len(right) and np.allclose(np.sort(got), right):
        return "they are the right ones; put them in rising order."
    return f"the first is {wanted[0]:.1f} Hz, and they are {1 / delay:.1f} Hz apart."


# ---------------------------------------------------------------- notes


@exercise("sound-note")
def note(answer: Callable[[float], tuple[int, float]]) -> str | None:
    """``answer(frequency)`` returns the nearest MIDI note and the deviation in cents."""
    frequencies = np.array([440, 450, 431, 261.6, 27.5, 4000, 880 * 2 ** (0.49 / 12)])
    pairs = []
    for f in frequencies:
        pair = answer(float(f))
        if not (isinstance(pair, (tuple, list, np.ndarray)) and len(pair) == 2):
            return "Return two things: the note, and the deviation in cents."
        pairs.append([float(written(part)) for part in pair])
    got = np.array(pairs)
    exact = 69 + 12 * np.log2(frequencies / 440)
    if np.allclose(got[:, 0], np.round(exact)):
        return _wrong_cents(got[:, 1], exact)
    mistakes = {
        "You cut the fraction off; the nearest note is found by rounding.": np.floor(exact),
        "The note is right but for the rounding: it is a whole number.": exact,
        "The logarithm must be that to the base 2: an octave is a factor of 2.": np.round(
            69 + 12 * np.log(frequencies / 440)
        ),
        "You count from the A itself; its number is 69.": np.round(exact - 69),
    }
    hint = named_mistake(got[:, 0], mistakes.items())
    return hint or f"The note nearest to 450 Hz has the number 69; you return {got[1, 0]:g}."


def _wrong_cents(got: np.ndarray, exact: np.ndarray) -> str | None:
    rest = exact - np.round(exact)
    if np.allclose(got, 100 * rest, atol=1e-4):
        return None
    mistakes = {
        "The sign is turned round: positive means that the frequency is above the note.": (
            -100 * rest
        ),
        "That is in semitones; a semitone is 100 cents.": rest,
        "A semitone has 100 cents, an octave 1200.": 1200 * rest,
        "You give the size of the deviation only; a frequency below the note is negative.": (
            100 * np.abs(rest)
        ),
    }
    hint = named_mistake(got, mistakes.items(), tolerance=1e-4)
    return hint or (
        f"The note is right. 450 Hz is {100 * rest[1]:.1f} cents above 440 Hz; you return "
        f"{got[1]:.1f}."
    )


# ---------------------------------------------------------------- reverberation


@exercise("sound-reverberation")
def reverberation(answer: Callable[[np.ndarray, int], float]) -> str | None:
    """``answer(h, rate)`` returns T60 by Schroeder's method."""
    cases = [(_decay(0.4, 8000), 8000), (_decay(1.1, 16_000), 16_000), (_box(), 8000)]
    for h, rate in cases:
        got, right = float(answer(h.copy(), rate)), reverberation_time(h, rate)
        if abs(got / right - 1) < 0.05:
            continue
        return _reverberation_hint(got, right, rate)
    return None


def _reverberation_hint(got: float, right: float, rate: int) -> str:
    mistakes = [
        (right * rate, "You return samples; divide by the rate to get seconds."),
        (right / 3, "That is how long it takes to fall by 20 dB; prolong the line to 60 dB."),
        (-right, "A time is positive: the slope is negative, so it is -60 / slope."),
        (
            2 * right,
            "Twice too long: E is an energy already, so its level is 10 log10, and the squares "
            "must be summed.",
        ),
        (
            right / 2,
            "Half as long as it should be: the energy's level is 10 times the logarithm, not "
            "20 times.",
        ),
    ]
    for value, hint in mistakes:
        if abs(got / value - 1) < 0.08:
            return hint
    return (
        f"This room takes {right:.2f} s; you return {got:.3g}. Sum the squares from the end "
        "backwards, take 10 log10 against the first, and fit a line from -5 to -25 dB."
    )


def _decay(t60: float, rate: int) -> np.ndarray:
    """A noise that falls by 60 dB in a known time."""
    t = np.arange(int(1.5 * t60 * rate)) / rate
    return np.random.default_rng(7).standard_normal(len(t)) * 10 ** (-3 * t / t60)


def _box() -> np.ndarray:
    return room_impulse_response((4, 3.5, 2.6), (1, 1, 1), (3, 2.2, 1.4), 0.85, 8000, 0.8)
