"""Checks of the exercises of the chapter *Instantaneous frequency*."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from aigc_edu import corpora, dsp
from aigc_edu.checks._compare import Mistakes, hint_for, named_mistake
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- a tone's half turns


@exercise("if-half-turns")
def half_turns(answer: Callable[[float, int, float], float]) -> str | None:
    """``answer(f, hop, rate)``: 2 f hop / rate, wrapped into [-1, 1)."""
    for f, hop, rate in (
        (350.0, 256, 16000),
        (440.0, 256, 16000),
        (50.0, 256, 16000),
        (995.0, 128, 8000),
    ):
        turns = f * hop / rate
        right = (2 * turns + 1) % 2 - 1
        got = float(written(answer(f, hop, rate)))
        if math.isclose(got, right, abs_tol=1e-6):
            continue
        where = f"For {f:g} Hz, a hop of {hop} and {rate:g} samples a second"
        hint = named_mistake(np.array(got), _turn_mistakes(turns, right))
        return f"{where}: {hint or f'it should be {right:.4f}, not {got:.4f}.'}"
    return None


def _turn_mistakes(turns: float, right: float) -> Mistakes:
    known = (
        ("a whole turn is 2 half turns: count half turns.", (turns + 0.5) % 1 - 0.5),
        ("these are whole turns, and not wrapped.", turns),
        ("take whole turns away, until it is in [-1, 1).", 2 * turns),
        ("between 0 and 2: a turn of 1.5 looks like one of -0.5.", (2 * turns) % 2),
        ("that is an angle in radians: divide by pi.", np.pi * right),
        (
            "angles that differ by 1 half turn aren't alike: take away 2 at a time.",
            (2 * turns) % 1,
        ),
    )
    return [(hint, np.array(wrong)) for hint, wrong in known]


# ---------------------------------------------------------------- the way back


@exercise("if-back")
def back(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """``answer(log_magnitude, turned)``: exp(log_magnitude + i pi cumsum(turned))."""
    random = np.random.default_rng(5)
    n, t = random.normal(size=(4, 6)), random.uniform(-1, 1, (4, 6))
    right = np.exp(n + 1j * np.pi * np.cumsum(t, axis=1))
    got = np.asarray(written(answer(n.copy(), t.copy())))
    if not np.iscomplexobj(got):
        return "the result is complex: a magnitude and an angle in each place."
    hint = hint_for(
        np.stack([got.real, got.imag]),
        np.stack([right.real, right.imag]),
        ((h, np.stack([w.real, w.imag])) for h, w in _back_mistakes(n, t)),
        "it isn't exp(log magnitude) times exp(i angle), with the angles added up along time.",
    )
    return hint


def _back_mistakes(n: np.ndarray, t: np.ndarray) -> Mistakes:
    angle = np.cumsum(t, axis=1)
    yield "the half turns have to be added up along time.", np.exp(n + 1j * np.pi * t)
    yield "you added up over bins; time is axis 1.", np.exp(n + 1j * np.pi * np.cumsum(t, axis=0))
    yield (
        "you added up over all places; time is axis 1.",
        np.exp(n + 1j * np.pi * np.cumsum(t).reshape(t.shape)),
    )
    yield "half turns aren't radians: multiply by pi.", np.exp(n + 1j * angle)
    yield "a half turn is pi, not 2 pi.", np.exp(n + 2j * np.pi * angle)
    yield "n is the logarithm of the magnitude: take np.exp.", n * np.exp(1j * np.pi * angle)
    yield "the logarithm is natural: np.exp, not powers of ten.", 10**n * np.exp(1j * np.pi * angle)
    yield "the angles turn the other way round.", np.exp(n - 1j * np.pi * angle)
    yield "the magnitude is missing.", np.exp(1j * np.pi * angle)


# ---------------------------------------------------------------- two kinds of error

NOTE = "string_synthetic_000-065-025"
FRAME, HOP, NOISE = 1024, 256, 0.1


@cache
def _noise_ratio() -> float:
    """Return how many times farther off noise on the half turns leads than noise on the phase."""
    (clip,) = [c for c in corpora.load("notes") if c.key == NOTE]
    X = dsp.stft(clip.samples, FRAME, HOP)
    n, t = dsp.to_if(X)
    noise = NOISE * np.random.default_rng(0).standard_normal(t.shape)
    far = [
        dsp.spectral_convergence(np.abs(X), dsp.stft(dsp.istft(Y, HOP), FRAME, HOP))
        for Y in (X * np.exp(1j * np.pi * noise), dsp.from_if(n, t + noise))
    ]
    return far[1] / far[0]


@exercise("if-noise")
def noise(answer: Mapping[str, object]) -> list[str] | str | None:
    """``answer``: "predicted" and "nearer" ("phase" or "IF"), and "times", how many times."""
    if not isinstance(answer, Mapping) or set(answer) != {"predicted", "nearer", "times"}:
        return 'Give "predicted", "nearer" and "times".'
    predicted, nearer = (str(written(answer[name])) for name in ("predicted", "nearer"))
    times, right = float(written(answer["times"])), _noise_ratio()
    if {predicted, nearer} - {"phase", "IF"}:
        return '"predicted" and "nearer" are "phase" or "IF". A prediction may be wrong.'
    hints = []
    if nearer != "phase":
        hints.append("which convergence is smaller? The smaller one is nearer to the note.")
    if math.isclose(times, 1 / right, rel_tol=0.1):
        hints.append("divide the larger convergence by the smaller one.")
    elif not math.isclose(times, right, rel_tol=0.1):
        hints.append(
            f"times {times:.2f} is not what a standard deviation of {NOISE} half turns gives. Add "
            "the same noise to `phase` and to `turned`, and measure both by `far_off`."
        )
    return hints or None


# ---------------------------------------------------------------- one turn for a band


@exercise("if-band")
def band_turn(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(power, turned)``: the angle of sum power exp(i pi turned), in half turns."""
    cases = (
        ("a loud bin and two quiet ones", [1.0, 0.01, 0.02], [0.1, 0.7, -0.8]),
        ("two bins at the edge", [1.0, 0.8], [0.95, -0.9]),
        ("four bins", [0.2, 0.9, 0.4, 0.1], [-0.6, -0.4, -0.5, 0.8]),
    )
    for name, power, turned in cases:
        p, t = np.array(power), np.array(turned)
        right = np.angle(p @ np.exp(1j * np.pi * t)) / np.pi
        got = np.array(float(written(answer(p.copy(), t.copy()))))
        rest = f"it should be {right:.4f}, not {got:.4f}."
        hint = hint_for(got, np.array(right), _band_mistakes(p, t), rest)
        if hint:
            return f"With {name}: {hint}"
    return None


def _band_mistakes(p: np.ndarray, t: np.ndarray) -> Mistakes:
    arrows = np.exp(1j * np.pi * t)
    yield "a mean of numbers, and without the powers.", np.array(t.mean())
    yield (
        "a mean of numbers: 0.95 and -0.9 are near each other on the circle, but not as numbers.",
        np.array(p @ t / p.sum()),
    )
    yield (
        "the powers are missing: a loud bin counts more.",
        np.array(np.angle(arrows.sum()) / np.pi),
    )
    yield "weigh by power, not by its root.", np.array(np.angle(np.sqrt(p) @ arrows) / np.pi)
    yield "weigh by power, not by its square.", np.array(np.angle(p**2 @ arrows) / np.pi)
    yield "that is in radians: divide by pi.", np.array(np.angle(p @ arrows))
    yield (
        "half turns: the arrow of t points at the angle pi t.",
        np.array(np.angle(p @ np.exp(1j * t)) / np.pi),
    )
    yield (
        "a whole turn is 2: the arrow of t points at pi t, not 2 pi t.",
        np.array(np.angle(p @ np.exp(2j * np.pi * t)) / np.pi),
    )
