"""Checks of *Cutting and joining*: finding joints, and fading from one piece to the next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- hard joints

_APART = 25  # samples on either side of a joint that belong to it


@exercise("preparing-joints")
def joints(answer: Callable[[np.ndarray, int], list[int]]) -> str | None:
    """``answer(x, count)`` returns the first sample behind each hard joint."""
    for seed, count in enumerate((1, 3, 5)):
        x, right = _pieces(seed, count)
        got = np.atleast_1d(np.asarray(written(answer(x.copy(), count))))
        if got.dtype == bool or got.shape != right.shape:
            return f"{count} whole numbers are asked for; the shape of yours is {got.shape}."
        if np.array_equal(got, right):
            continue
        hint = named_mistake(got.astype(float), _joint_mistakes(x, right)) or _far_off(got, right)
        return f"With {count} hard joint{'s' if count > 1 else ''}: {hint}"
    return None


def _pieces(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return loud and soft tones in a row, and where the next one begins.

    At each joint e is 0.15 or more, elsewhere below 0.05; within the loud tone, the first one, the
    steps are larger than the jumps between soft ones.
    """
    random = np.random.default_rng(20 + seed)
    x, places = np.zeros(0), []
    for piece in range(count + 1):
        t = np.arange(int(random.integers(1500, 2500))) / 16_000
        amplitude, frequency = (0.8, 1200) if piece == 0 else (0.1, 80 + 15 * piece)
        whole_turns = int(np.floor(frequency * t[-1])) * 16_000 // frequency
        # each begins and stops at a crest; the next one begins at the lowest
        wave = (-1) ** piece * amplitude * np.cos(2 * np.pi * frequency * t[:whole_turns])
        x = np.concatenate([x, wave])
        if piece < count:
            places.append(len(x))
    return x, np.array(places)


def _measure(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps d and what they differ by from their neighbours, e, both (N,)."""
    d = np.diff(x, prepend=x[0])
    e = np.zeros(len(x))
    e[1:-1] = np.abs(d[1:-1] - (d[:-2] + d[2:]) / 2)
    return d, e


def _joint_mistakes(x: np.ndarray, right: np.ndarray) -> Mistakes:
    d, e = _measure(x)
    count = len(right)
    yield (
        "your places are those of the last sample before the joint; the first one behind it is "
        "asked for.",
        right - 1,
    )
    yield "you are one sample late.", right + 1
    yield "sort the places.", _largest(e, count, alone=True)
    yield (
        "you count one joint several times. The jump makes e large at the samples next to it as "
        "well: set e to zero around a joint that you have found.",
        np.sort(_largest(e, count, alone=False)),
    )
    for alone in (False, True):
        yield (
            "these are the largest steps, d. Loud notes have large steps everywhere; compare each "
            "step with those before and after it, e.",
            np.sort(_largest(np.abs(d), count, alone)),
        )


def _largest(values: np.ndarray, count: int, alone: bool) -> np.ndarray:
    """Return where the largest values are, from the largest down; ``alone``: apart from others."""
    if not alone:
        return np.argsort(values)[::-1][:count]
    values, found = values.copy(), []
    for _ in range(count):
        found.append(int(np.argmax(values)))
        values[max(0, found[-1] - _APART) : found[-1] + _APART] = 0
    return np.array(found)


def _far_off(got: np.ndarray, right: np.ndarray) -> str:
    row = int(np.argmax(got != right))
    return f"number {row + 1} is at sample {right[row]}, and you return {got[row]:g}."


# ---------------------------------------------------------------- crossfades


@exercise("preparing-fade")
def fade(answer: Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]) -> str | None:
    """``answer(u, rho)`` returns two gains that keep the power."""
    u = np.linspace(0, 1, 11)
    for rho in (1.0, 0.0, 0.5, -0.5):
        got = answer(u.copy(), rho)
        if len(got) != 2:
            return "two arrays are asked for: the gains of the first and of the second piece."
        got = np.array([np.broadcast_to(np.asarray(g, float), u.shape) for g in got])
        right = _gains(u, rho)
        if np.allclose(got, right, atol=1e-9):
            continue
        hint = named_mistake(got, _fade_mistakes(u, rho)) or _wrong_gains(got, u, rho)
        return f"With rho = {rho:g}: {hint}"
    return None


def _gains(u: np.ndarray, rho: float) -> np.ndarray:
    pair = np.array([1 - u, u])
    return pair / np.sqrt(_fade_power(pair, rho))


def _fade_power(gains: np.ndarray, rho: float) -> np.ndarray:
    out, into = gains
    return out**2 + into**2 + 2 * rho * out * into


def _fade_mistakes(u: np.ndarray, rho: float) -> Mistakes:
    pair, right = np.array([1 - u, u]), _gains(u, rho)
    half = (1 - u) ** 2 + u**2 + rho * u * (1 - u)
    cosine = np.array([np.cos(np.pi * u / 2), np.sin(np.pi * u / 2)])
    yield "the two gains are exchanged: at u = 0 only the first piece sounds.", right[::-1]
    if rho != 1:
        yield "this is equal gain, whatever the correlation; divide it by the root of D(u).", pair
    yield (
        "divide by the square root: gains are amplitudes, and their squares are powers.",
        (pair / _fade_power(pair, rho)),
    )
    yield "the product in the middle counts twice: 2 rho g_a g_b.", pair / np.sqrt(half)
    yield "the correlation is not in it: this holds for rho = 0 only.", _gains(u, 0.0)
    yield "the correlation has the wrong sign.", _gains(u, -rho) if abs(rho) < 1 else pair
    yield "multiplied instead of divided.", pair * np.sqrt(_fade_power(pair, rho))
    if rho != 0:  # where it does keep the power; only the ratio is another
        yield "this is equal power, which keeps the level at rho = 0 only.", cosine


def _wrong_gains(got: np.ndarray, u: np.ndarray, rho: float) -> str:
    power = _fade_power(got, rho)
    worst = int(np.argmax(np.abs(power - 1)))
    if abs(power[worst] - 1) > 1e-6:
        return f"at u = {u[worst]:g} the power is {power[worst]:.3f} times P; it should stay at P."
    return (
        "the power stays, but the gains are not in the ratio (1 - u) to u: at "
        f"u = {u[3]:.1f} they are {got[0, 3]:.3f} and {got[1, 3]:.3f}."
    )
