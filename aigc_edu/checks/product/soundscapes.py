"""Checks of the exercises of the chapter *Soundscapes*."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.dsp.acoustics import SPEED_OF_SOUND
from aigc_edu.dsp.head import binaural, polar
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- grains


@exercise("scape-grains")
def grains(answer: Callable[[np.ndarray, np.ndarray, int], np.ndarray]) -> str | None:
    """``answer(x, starts, length)``: grains from these places, half a grain apart."""
    random = np.random.default_rng(1)
    x = random.standard_normal(400)
    for starts, length in ((np.arange(0, 200, 20), 40), (random.integers(0, 300, 7), 64)):
        got = np.asarray(written(answer(x.copy(), starts.copy(), length)), float)
        right = _strewn(x, starts, length)
        rest = "these are other samples; the second grain begins at length / 2."
        hint = hint_for(got, right, _grain_mistakes(x, starts, length), rest, 1e-8)
        if hint:
            return f"With {len(starts)} grains of {length} samples: {hint}"
    return None


def _strewn(
    x: np.ndarray,
    starts: np.ndarray,
    length: int,
    window: np.ndarray | None = None,
    hop: int | None = None,
    added: bool = True,
) -> np.ndarray:
    n, hop = np.arange(length), hop or length // 2
    g = 0.5 - 0.5 * np.cos(2 * np.pi * n / length) if window is None else window
    y = np.zeros((len(starts) - 1) * hop + length)
    for k, start in enumerate(starts):
        place = slice(k * hop, k * hop + length)
        y[place] = added * y[place] + g * x[start : start + length]
    return y


def _grain_mistakes(x: np.ndarray, starts: np.ndarray, length: int) -> Mistakes:
    half, right = length // 2, _strewn(x, starts, length)
    periodic = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    row = half * np.arange(len(starts)) % (len(x) - length)
    wrong = (
        _strewn(x, starts, length, np.ones(length)),
        _strewn(x, starts, length, np.hanning(length)),
        _strewn(x, starts, length, periodic**2),
        _strewn(x, starts, length, added=False),
        _strewn(x, starts, length, hop=length),
        _strewn(x, row, length),
        right[: len(starts) * half],
        np.concatenate([np.zeros(half), right]),
    )
    yield from zip(_GRAIN_HINTS, wrong, strict=True)


_GRAIN_HINTS = (
    "there is no window: each grain begins and ends with a jump.",
    "that is the symmetric window, np.hanning: two of them, half a grain apart, don't add up to 1. "
    "The periodic one divides by length, not by length - 1.",
    "the window is applied twice.",
    "add the grains where they overlap; yours replaces what was there.",
    "grains begin half a grain after each other, not one behind the other.",
    "take each grain from its own start.",
    "the end of the last grain is missing.",
    "half a grain of silence stands in front.",
)


# ---------------------------------------------------------------- from layer to listener

Frame = tuple[float, float, float]


@exercise("scape-place")
def place(answer: Callable[[Sequence[Frame], tuple[float, float]], np.ndarray]) -> str | None:
    """``answer(frames, place)``: where a place is for the listener, x and y."""
    cases: tuple[tuple[list[Frame], tuple[float, float]], ...] = (
        ([(3.0, -1.0, 0.0)], (1.0, 2.0)),
        ([(0.0, 0.0, 90.0)], (0.0, 2.0)),
        ([(2.0, 1.0, 30.0)], (1.0, 4.0)),
        ([(5.0, 0.0, 90.0), (1.0, 2.0, -45.0)], (3.0, 1.0)),
    )
    for frames, where in cases:
        got = np.asarray(written(answer(list(frames), where)), float).ravel()
        right = _seen(frames, where)
        shown = f"({right[0]:.3f}, {right[1]:.3f})"
        mine = f"({got[0]:.3f}, {got[1]:.3f})" if got.shape == (2,) else f"{got}"
        rest = f"it should be {shown}, not {mine}."
        hint = hint_for(got, right, _place_mistakes(frames, where), rest, 1e-8)
        if hint:
            return f"With {len(frames)} layer{'s' if len(frames) > 1 else ''}: {hint}"
    return None


def _turned(p: np.ndarray, degrees: float, way: int = 1) -> np.ndarray:
    t = way * np.radians(degrees)
    return np.array([np.cos(t) * p[0] + np.sin(t) * p[1], np.cos(t) * p[1] - np.sin(t) * p[0]])


def _seen(
    frames: Sequence[Frame],
    where: tuple[float, float],
    way: int = 1,
    inside_out: bool = True,
    move_first: bool = False,
) -> np.ndarray:
    p = np.array(where, float)
    for x, y, turn in reversed(frames) if inside_out else frames:
        origin = np.array([x, y])
        p = _turned(p + origin, turn, way) if move_first else origin + _turned(p, turn, way)
    return p


def _place_mistakes(frames: Sequence[Frame], where: tuple[float, float]) -> Mistakes:
    yield (
        "a turn to the right takes what is ahead to the right; yours goes left.",
        _seen(frames, where, -1),
    )
    yield (
        "the place of a layer isn't turned by the layer itself: first turn, then move.",
        _seen(frames, where, move_first=True),
    )
    yield (
        "go from the inside out: the last frame is the innermost.",
        _seen(frames, where, inside_out=False),
    )
    radians = [(x, y, float(np.degrees(turn))) for x, y, turn in frames]
    yield "turns are in degrees: np.radians.", _seen(radians, where)
    yield "the turns are missing.", _seen([(x, y, 0.0) for x, y, _ in frames], where)
    yield "only the innermost layer counts in yours.", _seen(frames[-1:], where)


# ---------------------------------------------------------------- a gain that comes in time


@exercise("scape-ceiling")
def ceiling(answer: Callable[[np.ndarray, int], np.ndarray]) -> str | None:
    """``answer(need, length)``: a slow gain that is never above the needed one."""
    need = np.ones(120)
    need[40], need[55:58], need[119], need[0] = 0.5, [0.8, 0.4, 0.6], 0.7, 0.9
    for length in (8, 5):
        got = np.asarray(written(answer(need.copy(), length)), float)
        right = _slow(need, length)
        hint = hint_for(got, right, _slow_mistakes(need, length), _slow_rest(got, need), 1e-8)
        if hint:
            return f"With a length of {length}: {hint}"
    return None


def _slow(need: np.ndarray, length: int) -> np.ndarray:
    more = length - 1
    padded = np.concatenate([np.ones(more), need, np.ones(more)])
    least = np.lib.stride_tricks.sliding_window_view(padded, length).min(axis=1)
    return np.lib.stride_tricks.sliding_window_view(least, length).mean(axis=1)


def _slow_mistakes(need: np.ndarray, length: int) -> Mistakes:
    more = length - 1
    windows = np.lib.stride_tricks.sliding_window_view
    ahead = windows(np.append(need, np.ones(more)), length)
    past = windows(np.append(np.ones(more), need), length)
    yield "that is the needed gain itself, which jumps: a click of its own.", need
    yield "take the mean of the last values, too: this gain still jumps.", ahead.min(axis=1)
    yield "that looks back, and comes too late for the peak. Look ahead.", past.min(axis=1)
    yield (
        "a mean of needed gains is larger than the least of them: peaks pass. First the least, "
        "then the mean.",
        ahead.mean(axis=1),
    )
    yield "that is the mean of the past: it comes when the peak is over.", past.mean(axis=1)
    late = windows(np.append(np.ones(more), past.min(axis=1)), length).mean(axis=1)
    yield "your least looks back, and so does the mean: too late. The least looks ahead.", late
    early = windows(np.append(ahead.min(axis=1), np.ones(more)), length).mean(axis=1)
    yield "your mean looks ahead, too: at the peak the gain is on its way up again.", early
    whole = np.concatenate([np.ones(more), need])
    least = windows(np.append(whole, np.ones(more)), length).min(axis=1)[more:]
    yield (
        "at the beginning: before the first sample nothing was needed, but the least of what "
        "begins there already looks ahead.",
        windows(np.append(np.ones(more), least), length).mean(axis=1),
    )


def _slow_rest(got: np.ndarray, need: np.ndarray) -> str:
    over = np.flatnonzero(got > need + 1e-9) if got.shape == need.shape else np.zeros(0)
    if len(over):
        n = int(over[0])
        return (
            f"at sample {n} the gain is {got[n]:.3f}, and {need[n]:.3f} is needed: a peak passes."
        )
    return "no peak passes, but the gain is lower than it has to be somewhere."


# ---------------------------------------------------------------- how fast it drives by

PATIENTS = {"A": (25.0, 1), "B": (12.0, 2), "C": (38.0, 3)}
RATE, _OFF, _SECONDS, _BESIDE = 16_000, 1.0, 2.2, 2.0


def siren(speed: float, seed: int = 0) -> np.ndarray:
    """Return what both ears hear of a siren that drives by from the left, (2, 35200) at 16 kHz.

    Parameters
    ----------
    speed
        In m/s; it passes two metres ahead after half of the time.
    seed
        Of the pitch, which differs from car to car.
    """
    t = np.arange(int(_SECONDS * RATE)) / RATE
    pitch = np.random.default_rng(seed).uniform(600, 900)
    x = np.sin(2 * np.pi * pitch * t) + 0.3 * np.sin(4 * np.pi * pitch * t)
    azimuth, distance = polar(speed * (t - _SECONDS / 2), np.full(len(t), _BESIDE))
    both = binaural(x, RATE, azimuth, distance)
    return 0.5 * both / np.abs(both).max()


@exercise("scape-doppler")
def doppler(answer: Callable[[np.ndarray, int], float]) -> str | None:
    """``answer(both, rate)``: how fast a siren drives by, in m/s."""
    for seed, speed in enumerate((20.0, 35.0, 10.0)):
        got = float(written(answer(siren(speed, seed + 20), RATE)))
        if not abs(got - speed) <= _OFF:
            return _doppler_hint(speed, got)
    return None


def _doppler_hint(speed: float, got: float) -> str:
    told = f"A siren at {speed:g} m/s was said to drive at {got:.1f}"
    ratio = (1 + speed / SPEED_OF_SOUND) / (1 - speed / SPEED_OF_SOUND)
    for hint, wrong in (
        ("it drives by from f_1 down to f_2: the larger first.", -speed),
        (
            "that is from the ratio of both pitches; each is off by v / c only.",
            (ratio - 1) * SPEED_OF_SOUND,
        ),
        (
            "that is from the ratio of both pitches; each is off by v / c only.",
            (1 - 1 / ratio) * SPEED_OF_SOUND,
        ),
        ("the difference of both pitches is twice v / c: divide by their sum.", 2 * speed),
        ("these are kilometres an hour.", 3.6 * speed),
    ):
        if abs(got - wrong) <= max(_OFF, 0.03 * abs(wrong)):
            return f"{told}: {hint}"
    return (
        f"{told}; {_OFF:g} m/s off would do. Take the pitch in the first half second and in the "
        "last, when it comes straight towards you and goes straight away, from a spectrum with "
        "many zeros behind the samples."
    )
