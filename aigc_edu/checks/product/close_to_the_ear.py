"""Checks of the exercises of the chapter *Close to the ear*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.dsp.acoustics import SPEED_OF_SOUND
from aigc_edu.dsp.effects.weather import DENSITY, falling_speed
from aigc_edu.dsp.head import RADIUS, binaural, time_difference
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- how much sooner


@exercise("ear-time")
def sooner(answer: Callable[[float], float]) -> str | None:
    """``answer(azimuth)``: by how many seconds the right ear hears a far sound sooner."""
    for azimuth in (30.0, 90.0, -50.0, 0.0, 150.0, -120.0, 180.0):
        got = np.array(float(written(answer(azimuth))))
        right = np.array(float(time_difference(azimuth)))
        rest = f"it should be {1e6 * right:.0f} millionths of a second, not {1e6 * got:.0f}."
        hint = hint_for(got, right, _time_mistakes(azimuth), rest, 1e-8)
        if hint:
            return f"At {azimuth:g} degrees: {hint}"
    return None


def _time_mistakes(azimuth: float) -> Mistakes:
    turned = np.radians(azimuth)
    theta, unit = np.arcsin(np.sin(turned)), RADIUS / SPEED_OF_SOUND
    for hint, wrong in (
        ("it has a sign: positive from the right, negative from the left.", abs(_woodworth(theta))),
        ("degrees are no radians: np.radians.", unit * (azimuth + np.sin(azimuth))),
        ("the sine got degrees: np.radians.", unit * (theta + np.sin(azimuth))),
        ("the other way round: from the right the right ear hears it sooner.", -_woodworth(theta)),
        (
            "from behind it is as from its mirror image ahead: the angle off the middle plane is "
            "arcsin(sin(azimuth)).",
            _woodworth(turned),
        ),
        ("that is 2 a sin(theta) / c: a straight way, through the head.", 2 * unit * np.sin(theta)),
        ("that is the way round the head alone; a sin(theta) comes to it.", unit * theta),
        ("that is the straight part alone; a theta comes to it.", unit * np.sin(theta)),
        (
            "that is a way in metres: divide by the speed of sound.",
            RADIUS * (theta + np.sin(theta)),
        ),
        ("milliseconds? Seconds are asked for.", 1e3 * _woodworth(theta)),
    ):
        yield hint, np.array(wrong)


def _woodworth(theta: float) -> float:
    return float(RADIUS / SPEED_OF_SOUND * (theta + np.sin(theta)))


# ---------------------------------------------------------------- where it was

PATIENTS = {"A": (-70.0, 11), "B": (20.0, 12), "C": (60.0, 13), "D": (-30.0, 14)}
RATE, _OFF = 48_000, 6.0  # Hz; degrees by which an answer may be off


def heard_from(azimuth: float, seed: int = 0) -> np.ndarray:
    """Return 0.35 s of a rattle at 48 kHz, (2, 16800), from a direction ahead, a metre away."""
    random, count = np.random.default_rng(seed), int(0.35 * RATE)
    noise = np.convolve(random.standard_normal(count), np.ones(6) / 6, "same")
    x = noise * np.exp(-np.arange(count) / (0.08 * RATE)) * np.minimum(1, np.arange(count) / 60)
    return 0.3 * binaural(x, RATE, azimuth, 1.0)


@exercise("ear-where")
def where(answer: Callable[[np.ndarray, int], float]) -> str | None:
    """``answer(both, rate)``: from which direction ahead, -90 ... 90 degrees, a sound came."""
    for seed, azimuth in enumerate((40.0, -20.0, 75.0, -65.0, 5.0)):
        got = float(written(answer(heard_from(azimuth, seed), RATE)))
        if not abs(got - azimuth) <= _OFF:
            return _where_hint(azimuth, got)
    return None


def _where_hint(azimuth: float, got: float) -> str:
    told = f"A rattle at {azimuth:g} degrees was found at {got:.3g}"
    seconds = float(time_difference(azimuth))
    if abs(got + azimuth) <= _OFF:
        return f"{told}: the other side. Which ear is later?"
    if abs(np.degrees(got) - azimuth) <= _OFF:
        return f"{told}: these are radians."
    if abs(got - seconds * RATE) <= 2:
        return f"{told}: these are samples. Turn them into seconds, and these into an angle."
    if abs(got - seconds) < 1e-4:
        return f"{told}: these are seconds. Which angle has that time difference?"
    straight = np.degrees(np.arcsin(np.clip(SPEED_OF_SOUND * seconds / (2 * RADIUS), -1, 1)))
    if abs(azimuth) > 45 and abs(got - straight) <= _OFF:
        return (
            f"{told}: that is the arcsine of c T / (2 a), as if the sound went through the head. "
            "Look for the angle at which (a / c) (theta + sin theta) is T."
        )
    return (
        f"{told}; {_OFF:g} degrees off would do. Lows bend round the head and come later than "
        "Woodworth says: np.diff of both ears first weakens them. And no time difference is "
        "larger than 0.66 ms."
    )


# ---------------------------------------------------------------- how many drops

Drops = Callable[[float, float, float, float], float]


@exercise("ear-rain")
def drops(answer: Drops) -> str | None:
    """``answer(rain, smallest, largest, area)``: drops of these diameters that fall in a second."""
    for case in ((8.0, 1.0, 4.0, 0.7), (1.0, 0.5, 5.0, 2.0), (60.0, 2.0, 3.0, 1.0)):
        got = np.array(float(written(answer(*case))))
        right = np.array(_fallen(*case))
        if abs(got / right - 1) < 0.02:
            continue
        rest = f"it should be about {right:.4g}, not {got:.4g}."
        near = [(h, w) for h, w in _drop_mistakes(*case) if abs(got / w - 1) < 0.03]
        rain, low, high, area = case
        said = f"{rain:g} mm an hour, {low:g} to {high:g} mm, {area:g} square metres"
        return f"With {said}: {near[0][0] if near else rest}"
    return None


def _grid(low: float, high: float) -> tuple[np.ndarray, float]:
    edges = np.linspace(low, high, 2001)
    return (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])


def _fallen(rain: float, low: float, high: float, area: float) -> float:
    d, step = _grid(low, high)
    return float(area * step * np.sum(_held(d, rain) * falling_speed(d)))


def _held(d: np.ndarray, rain: float, power: float = -0.21) -> np.ndarray:
    return DENSITY * np.exp(-4.1 * rain**power * d)


def _drop_mistakes(rain: float, low: float, high: float, area: float) -> Mistakes:
    d, step = _grid(low, high)
    v, held, slice_ = falling_speed(d), _held(d, rain), area * step
    in_metres = _held(d / 1000, rain) * np.abs(9.65 - 10.3 * np.exp(-0.6 * d / 1000))
    first = float(_held(np.array(low), rain) * falling_speed(np.array(low)))
    wrong = (
        slice_ * held.sum(),
        step * np.sum(held * v),
        slice_ * np.sum(_held(d, rain, 0.21) * v),
        slice_ * np.sum(_held(d, 1.0) * v),
        slice_ * np.sum(np.pi / 6 * d**3 * held * v),
        area * (high - low) * first,
        slice_ * np.sum(in_metres),
    )
    yield from ((hint, np.array(x)) for hint, x in zip(_DROP_HINTS, wrong, strict=True))


_DROP_HINTS = (
    "that is how many hang in so many cubic metres of air. In a second, those from as many metres "
    "above arrive as they fall fast: times v(D).",
    "the area is missing.",
    "more rain has more large drops: the power of R is -0.21, negative.",
    "the R in Lambda is missing.",
    "that is volume, in cubic millimetres: numbers of drops are asked for.",
    "that is the density at the smallest diameter, times the width; it falls fast. Add up thin "
    "slices.",
    "D stands in the formulas in mm, not in metres.",
)


# ---------------------------------------------------------------- moments of envelopes

Moments = tuple[np.ndarray, np.ndarray, np.ndarray]


@exercise("ear-moments")
def moments(answer: Callable[[np.ndarray], Moments]) -> str | None:
    """``answer(e)``: mean, spread and skew of each envelope, of e (K, M); (K,) each."""
    random = np.random.default_rng(2)
    e = np.abs(random.standard_normal((4, 90))) ** np.array([[0.5], [1.0], [1.6], [2.2]]) + 0.1
    e = e * np.array([[1.0], [3.0], [0.4], [2.0]])
    got = written(answer(e.copy()))
    if not isinstance(got, (tuple, list)) or len(got) != 3:
        return "return three things: mean, spread and skew, each (K,)."
    right = _moments(e)
    for name, mine, own in zip(("mean", "spread", "skew"), got, right, strict=True):
        mine = np.asarray(written(mine), float)
        rest = f"of the first band it should be {own[0]:.4f}, not {np.ravel(mine)[0]:.4f}."
        hint = hint_for(mine, own, _moment_mistakes(name, e), rest, 1e-6)
        if hint:
            return f"The {name}: {hint}"
    return None


def _moments(e: np.ndarray) -> Moments:
    mean, size = e.mean(axis=1), e.std(axis=1)
    return mean, (size / mean) ** 2, np.mean(((e.T - mean) / size) ** 3, axis=0)


def _moment_mistakes(name: str, e: np.ndarray) -> Mistakes:
    mean, size = e.mean(axis=1), e.std(axis=1)
    off = e - mean[:, None]
    if name == "mean":
        yield "that is over the bands; the mean over time is asked for, axis=1.", e.mean(axis=0)
        yield "one number for each band, not one for all.", e.mean()
        yield "that is the median.", np.median(e, axis=1)
    if name == "spread":
        yield (
            "that is the variance: a louder band has more of it. Divide by the squared mean.",
            size**2,
        )
        yield "that is the standard deviation divided by the mean: square it.", size / mean
        yield "divide by the *squared* mean.", size**2 / mean
        yield "divide by M, not by M - 1.", e.var(axis=1, ddof=1) / mean**2
    if name == "skew":
        yield "divide by the standard deviation before the third power.", np.mean(off**3, axis=1)
        yield "take the mean off first.", np.mean((e.T / size) ** 3, axis=0)
        yield "that is the fourth power, the kurtosis.", np.mean((off.T / size) ** 4, axis=0)
        yield (
            "divided by the variance instead of its root.",
            np.mean((off.T / size**2) ** 3, axis=0),
        )
        short = e.std(axis=1, ddof=1)
        yield "divide by M, not by M - 1.", np.mean((off.T / short) ** 3, axis=0)
