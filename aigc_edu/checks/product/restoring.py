"""Checks of the exercises of the chapter *Restoring a recording*."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from aigc_edu import corpora, dsp
from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- how long a notch rings


@exercise("restoring-ringing")
def ringing(answer: Callable[[float, float, float], float]) -> str | None:
    """``answer(frequency, q, rate)``: seconds in which a notch's ringing falls by 60 dB."""
    for frequency, q, rate in (
        (50.0, 30.0, 16_000.0),
        (1000.0, 5.0, 44_100.0),
        (60.0, 1.0, 8000.0),
    ):
        got = np.array(float(written(answer(frequency, q, rate))))
        right = _ringing(frequency, q, rate)
        rest = f"it should be {right:.4f} s, not {got:.4f}."
        mistakes = _ringing_mistakes(frequency, q, rate)
        hint = hint_for(got, np.array(right), mistakes, rest, 1e-9)
        if hint:
            return f"For {frequency:g} Hz, Q = {q:g} at {rate:g} Hz: {hint}"
    return None


def _ringing(frequency: float, q: float, rate: float) -> float:
    _, a = dsp.biquad("notch", frequency, rate, q)
    return 3 * math.log(10) / -math.log(math.sqrt(a[2])) / rate


def _ringing_mistakes(frequency: float, q: float, rate: float) -> Iterator[tuple[str, np.ndarray]]:
    right = _ringing(frequency, q, rate)
    for hint, wrong in (
        ("that is a number of samples: divide by the rate.", right * rate),
        ("a[2] is the square of the radius: two poles multiply to it.", right / 2),
        ("60 dB are a factor of 1,000 in amplitude, not of 1,000,000.", right * 2),
        ("that is the time for 20 dB, a factor of 10: 60 dB are three times as long.", right / 3),
        ("that is the time to fall to 1 / e.", right / (3 * math.log(10))),
        ("a logarithm to the base 10 and a natural one don't mix.", right / math.log(10)),
        ("the sign: a radius below 1 has a negative logarithm.", -right),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- one missing sample


@exercise("restoring-missing")
def missing(answer: Callable[[np.ndarray, int, np.ndarray], float]) -> str | None:
    """``answer(x, t, a)``: the sample at t for which the residue of the filter a is least."""
    random = np.random.default_rng(3)
    for order in (2, 5, 9):
        x = random.normal(size=60)
        a = np.append(1.0, random.normal(size=order))
        for t in (order, 30, 59 - order):
            spoilt = x.copy()
            spoilt[t] = random.choice([0.0, 7.0])
            got = np.array(float(written(answer(spoilt.copy(), t, a.copy()))))
            right = np.array(_missing(x, t, a))
            rest = f"it should be {right:.4f}, not {got:.4f}."
            hint = hint_for(got, right, _missing_mistakes(spoilt, t, a), rest)
            if hint:
                return f"With a filter of {order + 1} numbers: {hint}"
    return None


def _missing(x: np.ndarray, t: int, a: np.ndarray) -> float:
    u, order = np.correlate(a, a, "full"), len(a) - 1
    around = x[t - order : t + order + 1].copy()
    around[order] = 0
    return float(-(u @ around) / u[order])


def _missing_mistakes(x: np.ndarray, t: int, a: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    u, order = np.correlate(a, a, "full"), len(a) - 1
    around, right = x[t - order : t + order + 1].copy(), _missing(x, t, a)
    before = around[order - 1 :: -1]
    for hint, wrong in (
        (
            "that is foretold from the samples before it alone. Those after it were foretold from "
            "it, and know of it as well.",
            -(a[1:] @ before),
        ),
        ("the sign: the sum with the sample itself is to be 0.", -right),
        ("divide by u[0], the middle of the autocorrelation.", right * u[order]),
        (
            "the spoilt sample itself takes part: leave j = 0 out of the sum.",
            -(u @ around) / u[order],
        ),
        ("those before and those after both count: this sum has one side only.", right / 2),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- following a noise


@exercise("restoring-follow")
def follow(answer: Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]) -> str | None:
    """``answer(power, first, memory, limit)``: noise that follows where no sound is above it."""
    random = np.random.default_rng(5)
    for memory, limit in ((0.9, 4.0), (0.5, 2.0)):
        power = random.exponential(1.0, (4, 25))
        power[1:3, 8:14] *= 20
        first = random.uniform(0.5, 2, 4)
        given = answer(power.copy(), first.copy(), memory, limit)
        got = np.asarray(written(given), float)
        right = _follow(power, first, memory, limit)
        rest = "some of the estimates are wrong."
        mistakes = _follow_mistakes(power, first, memory, limit)
        hint = hint_for(got, right, mistakes, rest)
        if hint:
            return f"With memory = {memory} and limit = {limit:g}: {hint}"
    return None


Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _follow(
    power: np.ndarray, first: np.ndarray, memory: float, limit: float, quiet: Rule | None = None
) -> np.ndarray:
    """Return the noise (bins, frames); ``quiet`` says where a frame's power is the noise's."""
    quiet = quiet or (lambda P, N: limit * N >= P)
    noise, now = np.empty_like(power), np.array(first)
    for m in range(power.shape[1]):
        there = quiet(power[:, m], now)
        now = np.where(there, memory * now + (1 - memory) * power[:, m], now)
        noise[:, m] = now
    return noise


def _follow_mistakes(
    power: np.ndarray, first: np.ndarray, memory: float, limit: float
) -> Iterator[tuple[str, np.ndarray]]:
    rules: tuple[tuple[str, Rule], ...] = (
        (
            "it follows the sound, too: stay where the power is above the limit.",
            lambda P, N: np.ones(len(P), bool),
        ),
        (
            "it follows the sound and not the noise: the comparison is the wrong way round.",
            lambda P, N: limit * N < P,
        ),
        ("the limit is a multiple of the noise, not a power.", lambda P, N: limit >= P),
        (
            "each bin decides for itself, not all together.",
            lambda P, N: np.full(len(P), P.mean() <= limit * N.mean()),
        ),
        ("compare with the last estimate, not with the first.", lambda P, N: limit * first >= P),
    )
    for hint, quiet in rules:
        yield hint, _follow(power, first, memory, limit, quiet)
    yield from _follow_slips(power, first, memory, limit)


def _follow_slips(
    power: np.ndarray, first: np.ndarray, memory: float, limit: float
) -> Iterator[tuple[str, np.ndarray]]:
    right = _follow(power, first, memory, limit)
    yield from (
        (
            "the memory is the share of what was, and 1 - memory that of what is.",
            _follow(power, first, 1 - memory, limit),
        ),
        (
            "column m holds the estimate after frame m, not before it.",
            np.column_stack([first, right[:, :-1]]),
        ),
        ("the shape is (bins, frames): this is the last estimate alone.", right[:, -1]),
        ("bins and frames are exchanged.", right.T),
    )


# ---------------------------------------------------------------- four cleaned takes

FAULTS = ("none", "musical", "timid", "greedy")
RATE, LEAD, RATIO = 16_000, 0.6, 5.0


@cache
def takes(fault: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a noisy take and the same cleaned, with a fault or without one: (N,) each, 16 kHz.

    Parameters
    ----------
    fault
        ``"none"``; ``"musical"``: the gain has no memory; ``"timid"``: the noise is thought to be
        10 dB softer than it is; ``"greedy"``: 16 dB louder.
    seed
        Of the sentence and the noise. In the first 0.6 s the noise is alone.
    """
    clips = corpora.load("sentences").split("official").test
    x = np.asarray(clips[seed % len(clips)].samples, float)
    x = np.r_[np.zeros(round(LEAD * RATE)), 0.3 * x / np.abs(x).max()]
    noise = dsp.background("hiss", len(x) / RATE + 0.01, RATE, [9, seed])[: len(x)]
    noisy = x + dsp.at_ratio(x, noise, RATIO)
    frame, hop = dsp.frame_and_hop(RATE)
    X = dsp.stft(noisy, frame, hop)
    level = dsp.noise_power(noisy[: round(LEAD * RATE)], frame, hop)
    level = level * {"timid": 0.1, "greedy": 40.0}.get(fault, 1.0)
    memory = 0.0 if fault == "musical" else 0.98
    gain = dsp.wiener_gain(np.abs(X) ** 2, level, memory, floor_db=-25)
    return noisy, dsp.istft(gain * X, hop, length=len(x))


PATIENTS = {
    name: (FAULTS[n], 3 + i) for i, (name, n) in enumerate(zip("ABCD", (2, 1, 0, 3), strict=True))
}


@exercise("restoring-fault")
def fault(answer: Callable[[np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(noisy, cleaned)`` names what is wrong with a cleaned take."""
    for seed in (0, 5, 9):
        for right in FAULTS:
            noisy, cleaned = takes(right, seed)
            got = written(answer(noisy.copy(), cleaned.copy()))
            if got != right:
                return _fault_hint(right, got)
    return None


def _fault_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    said = f'a take whose fault is "{right}" was called "{got}". '
    if {right, got} == {"timid", "musical"}:
        return said + (
            "Both leave much of the noise that comes first. A timid gain is the same nearly "
            "everywhere; a musical one is small in half of the bins and large in the others."
        )
    if right in ("timid", "musical"):
        return said + "Noise alone comes first: by how many dB did it get softer?"
    if got in ("timid", "musical"):
        return said + "The noise that comes first did get softer, by more than 20 dB."
    return said + (
        "Both take the noise away. Where the voice is loud, noise hardly matters: how much softer "
        "did the loudest frames get?"
    )
