"""Checks of the exercises of the chapter *Sound effects*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.audio.loops import Loop, make_loop
from aigc_edu.checks._compare import Mistakes, hint_for, one_of
from aigc_edu.dsp.effects.parts import band_noise, wander
from aigc_edu.teaching.exercises import exercise, written

RATE = 16_000

# ---------------------------------------------------------------- what a thing does after a blow

_MODES = (
    np.array([310.0, 870.0, 5200.0]),
    np.array([0.12, 0.05, 0.03]),
    np.array([0.8, -0.5, 0.6]),
)
_RING_RATE = 8000  # the third mode lies above half of it

Ring = Callable[[np.ndarray, np.ndarray, np.ndarray, int, int], np.ndarray]


@exercise("effects-ring")
def ringing(answer: Ring) -> str | None:
    """``answer(frequencies, seconds, gains, count, rate)``: the sum of all modes, (count,)."""
    for some in (slice(0, 1), slice(0, 2), slice(0, 3)):
        modes = tuple(part[some] for part in _MODES)
        got = np.asarray(written(answer(*(p.copy() for p in modes), 600, _RING_RATE)), float)
        right = _rung(*modes)
        hint = hint_for(got, right, _ring_mistakes(*modes), _ring_rest(got, right), 1e-6)
        if hint:
            return f"With {len(modes[0])} mode{'s' if len(modes[0]) > 1 else ''}: {hint}"
    return None


def _rung(
    frequencies: np.ndarray,
    seconds: np.ndarray,
    gains: np.ndarray,
    fall: float = float(np.log(1e3)),
    turn: float = 2 * np.pi,
    wave: Callable[[np.ndarray], np.ndarray] = np.sin,
    above: bool = False,
) -> np.ndarray:
    t = np.arange(600)[:, None] / _RING_RATE
    heard = gains * ((frequencies < _RING_RATE / 2) | above)
    return np.sum(heard * wave(turn * frequencies * t) * np.exp(-fall * t / seconds), axis=1)


def _ring_mistakes(f: np.ndarray, seconds: np.ndarray, gains: np.ndarray) -> Mistakes:
    yield (
        "after T seconds yours has fallen to 1 / e, by 8.7 dB. 60 dB are a factor of 1,000: "
        "exp(-ln(1000) t / T).",
        _rung(f, seconds, gains, 1.0),
    )
    yield (
        "yours falls by 120 dB in T seconds: 60 dB of an amplitude are a factor of 1,000, not of "
        "a million.",
        _rung(f, seconds, gains, float(np.log(1e6))),
    )
    yield (
        "exp(-3) is no factor of 1,000: that is 10^-3, or exp(-6.9).",
        _rung(f, seconds, gains, 3.0),
    )
    yield from _other_ring_mistakes(f, seconds, gains)


def _other_ring_mistakes(f: np.ndarray, seconds: np.ndarray, gains: np.ndarray) -> Mistakes:
    yield "2 pi is missing in the sine.", _rung(f, seconds, gains, turn=1.0)
    yield (
        "a struck thing starts from rest: a sine, not a cosine, which would begin with a jump.",
        _rung(f, seconds, gains, wave=np.cos),
    )
    yield "the gains are missing.", _rung(f, seconds, np.ones(len(gains)))
    yield (
        "a mode above half the rate comes back as another pitch: leave it out.",
        _rung(f, seconds, gains, above=True),
    )
    for k in (0, len(f) - 1):
        one = np.arange(len(f)) == k
        yield "that is one mode alone; add them all up.", _rung(f[one], seconds[one], gains[one])


def _ring_rest(got: np.ndarray, right: np.ndarray) -> str:
    if got.shape != right.shape:
        return f"{right.shape} is the shape of the sound; yours is {got.shape}."
    n = int(np.argmax(~np.isclose(got, right, rtol=1e-4, atol=1e-6)))
    return f"sample {n} should be {right[n]:.5f}, not {got[n]:.5f}."


# ---------------------------------------------------------------- how alike two takes are


@exercise("effects-likeness")
def likeness(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(a, b)``: the largest correlation of two sounds at any shift, 0 ... 1."""
    random = np.random.default_rng(3)
    a = random.standard_normal(300) * np.exp(-np.arange(300) / 60)
    late = np.pad(a, (90, 0))
    cases = {
        "a sound and itself, later and softer": (a, 0.4 * late),
        "a sound and itself upside down": (a, -0.7 * late[:350]),
        "two sounds": (a, random.standard_normal(260) * np.exp(-np.arange(260) / 40)),
        "a sound whose end is the other's beginning": (a, np.append(a[150:], np.zeros(40))),
    }
    for name, (one, other) in cases.items():
        got = np.array(float(written(answer(one.copy(), other.copy()))))
        right = np.array(_likeness(one, other))
        rest = f"it should be {right:.4f}, not {got:.4f}."
        hint = hint_for(got, right, _likeness_mistakes(one, other), rest, 1e-5)
        if hint:
            return f"{name[0].upper()}{name[1:]}: {hint}"
    return None


def _likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(np.correlate(a, b, "full")).max() / np.sqrt(a @ a * (b @ b)))


def _likeness_mistakes(a: np.ndarray, b: np.ndarray) -> Mistakes:
    together, both = np.correlate(a, b, "full"), np.sqrt(a @ a * (b @ b))
    most, size, short = np.abs(together).max(), max(len(a), len(b)), min(len(a), len(b))
    wrapped = np.fft.irfft(np.fft.rfft(a, size) * np.fft.rfft(b, size).conj(), size)
    wrong = (
        np.abs(wrapped).max() / both,
        abs(float(a[:short] @ b[:short])) / both,
        together.max() / both,
        most / (a @ a),
        most / (b @ b),
        most / both**2,
        most,
        np.abs(together).mean() / both,
    )
    yield from ((hint, np.array(x)) for hint, x in zip(_LIKENESS_HINTS, wrong, strict=True))


_ONE_ENERGY = "divide by the root of both energies, not by one of them."
_LIKENESS_HINTS = (
    "the sounds wrap round: what leaves at the end comes back at the beginning. Fill up with "
    "zeros, to the sum of both lengths.",
    "that is the correlation without a shift. A take that comes a little later is still the same: "
    "try all shifts.",
    "a sound upside down sounds the same: take the size, abs, before the largest.",
    _ONE_ENERGY,
    _ONE_ENERGY,
    "the root is missing: sqrt of the product of the energies.",
    "it depends on how loud both are: divide by the energies.",
    "that is the mean over all shifts; the largest is asked for.",
)


# ---------------------------------------------------------------- gains that keep the power


@exercise("effects-fade")
def fade(answer: Callable[[int, float], tuple[np.ndarray, np.ndarray]]) -> str | None:
    """``answer(count, likeness)``: gains of what fades out and of what fades in, (count,) each."""
    for count in (200, 7):
        for likeness_ in (0.0, 1.0, 0.35):
            pair = written(answer(count, likeness_))
            got = np.array([np.asarray(written(part), float) for part in pair])
            right = _gains(count, likeness_)
            rest = _fade_rest(got, likeness_)
            hint = hint_for(got, right, _fade_mistakes(count, likeness_), rest, 1e-5)
            if hint:
                return f"For a likeness of {likeness_:g}: {hint}"
    return None


def _gains(count: int, likeness_: float, power: float = 0.5) -> np.ndarray:
    u = np.pi / 2 * (np.arange(count) + 0.5) / count
    return np.array([np.cos(u), np.sin(u)]) / (1 + likeness_ * np.sin(2 * u)) ** power


def _fade_mistakes(count: int, likeness_: float) -> Mistakes:
    share = (np.arange(count) + 0.5) / count
    right = _gains(count, likeness_)
    yield "that is equal power, whatever the likeness is; divide both by n.", _gains(count, 0.0)
    yield (
        "that is equal gain, which is right for equal stretches only.",
        np.array([1 - share, share]),
    )
    yield "the first is for what fades out: it falls.", right[::-1]
    yield "n^2 = 1 + r sin(2 u): divide by n, its root.", _gains(count, likeness_, 1.0)
    yield "multiplied, not divided by n.", _gains(count, likeness_, -0.5)
    u = np.pi / 2 * (np.arange(count) + 0.5) / count
    plain = np.array([np.cos(u), np.sin(u)])
    yield "it is sin(2 u), not 2 sin(u).", plain / np.sqrt(1 + 2 * likeness_ * np.sin(u))
    yield "it is sin(2 u), not sin(u).", plain / np.sqrt(1 + likeness_ * np.sin(u))
    for ends in (
        np.linspace(0, 1, count),
        np.arange(count) / count,
        np.arange(1, count + 1) / count,
    ):
        u = np.pi / 2 * ends
        wrong = np.array([np.cos(u), np.sin(u)]) / np.sqrt(1 + likeness_ * np.sin(2 * u))
        yield "u begins and ends half a step within: (n + 0.5) / N.", wrong


def _fade_rest(got: np.ndarray, likeness_: float) -> str:
    if got.ndim == 2 and len(got) == 2:
        power = got[0] ** 2 + got[1] ** 2 + 2 * likeness_ * got[0] * got[1]
        if np.abs(power - 1).max() > 1e-3:
            span = f"{power.min():.2f} to {power.max():.2f}"
            return f"the power is to be 1 throughout; yours goes from {span}."
    return "the power is kept, but the gains are others: cos(u) / n and sin(u) / n are asked for."


# ---------------------------------------------------------------- four loops

FAULTS = ("none", "click", "dip", "step")
SECONDS = 1.2


def faulty_loop(fault_: str, seed: int = 0) -> np.ndarray:
    """Return a loop at 16 kHz, (19200,), that may have a fault at its joint.

    Parameters
    ----------
    fault_
        ``"none"``; ``"click"``: it is cut without a crossfade; ``"dip"``: it fades out and in
        again; ``"step"``: it is louder at its end than at its beginning.
    seed
        Of the sound: hum of a machine, or with odd seeds wind.
    """
    random = np.random.default_rng(seed)
    count, fade_ = int(SECONDS * RATE), RATE // 10
    x = (
        _hum(random, count + fade_)
        if seed % 2 == 0 or fault_ == "click"
        else _air(random, count + fade_)
    )
    if fault_ == "click":
        cut = count - 200 + int(np.argmax(np.abs(x[count - 200 : count] - x[0])))
        return np.resize(x[: cut + 1], cut + 1)
    if fault_ == "step":
        x = x * 10 ** (np.linspace(-7, 7, len(x)) / 20)
    y = make_loop(x, Loop(0, count, fade_, 0.0))
    if fault_ == "dip":
        edge = np.minimum(1, (0.05 + np.arange(count) / (0.15 * RATE)))
        y = y * edge * edge[::-1]
    return y


def _hum(random: np.random.Generator, count: int) -> np.ndarray:
    t, pitch = np.arange(count) / RATE, random.uniform(90, 140)
    tones = (np.sin(2 * np.pi * k * pitch * t + random.uniform(0, 6)) / k for k in range(1, 6))
    return 0.12 * sum(tones) + 0.004 * band_noise(random, count, 200, 3000, RATE)


def _air(random: np.random.Generator, count: int) -> np.ndarray:
    gust = np.exp(0.12 * wander(random, count, 3, RATE))
    return 0.1 * band_noise(random, count, 80, 900, RATE, 1.0) * gust


PATIENTS = {
    name: (FAULTS[n], seed)
    for name, n, seed in zip("ABCD", (3, 0, 1, 2), (4, 7, 2, 9), strict=True)
}


@exercise("effects-loops")
def loops(answer: Callable[[np.ndarray, int], str]) -> str | None:
    """``answer(loop, rate)`` names what is wrong with a loop."""
    for seed in range(6):
        for right in FAULTS:
            got = written(answer(faulty_loop(right, seed + 20), RATE))
            if got != right:
                return _loop_hint(right, got)
    return None


def _loop_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    hints = {
        "none": "It joins well: compare levels over a tenth of a second or more, for they sway a "
        "little by themselves, and let click_level decide what a click is.",
        "click": "click_level is far above the threshold at its joint, place 0.",
        "dip": "Compare the level close to the joint, on both sides of it, with that of the rest.",
        "step": "Compare the levels before the joint and behind it, some tenths of a second away.",
    }
    what = {"none": "A good one", "click": "One that clicks", "dip": "One that fades out and in"}
    return f'{what.get(right, "One that jumps in level")} was called "{got}". {hints[right]}'
