"""Check of *Data sets*: how far up a recording really goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu import dsp
from aigc_edu.audio import resample
from aigc_edu.teaching.exercises import exercise

_FRAME = 1024
_NEAR = 0.03  # two windows, or two hops, may differ by so much


@exercise("datasets-bandwidth")
def bandwidth(answer: Callable[[np.ndarray, int], float]) -> str | None:
    """``answer(x, rate)`` returns the effective bandwidth in Hz."""
    for what, (x, rate) in _clips().items():
        got = np.asarray(answer(x.copy(), rate), float)
        if got.size != 1:
            return f"One number is asked for, in Hz; yours has the shape {got.shape}."
        value, right = float(got.ravel()[0]), _bandwidth(_power(x), rate)
        if abs(value - right) <= _NEAR * right:
            continue
        hint = _named(value, x, rate) or f"it should be about {right:.0f} Hz, not {value:g}."
        return f"With {what}: {hint}"
    return None


def _clips() -> dict[str, tuple[np.ndarray, int]]:
    random = np.random.default_rng(12)
    low = 0.2 * random.normal(size=12_000)
    up, six = _faded(resample(low, 8000, 22_050)), _faded(resample(low, 12_000, 16_000))
    hum = dsp.sine(100, 1, 16_000, 0.5)
    late = np.concatenate([np.zeros(20_000), six])
    return {
        "noise up to 4 kHz, at 22,050 Hz": (up + 1e-9 * random.normal(size=len(up)), 22_050),
        "noise up to 6 kHz behind a silence, at 16 kHz": (late, 16_000),
        "a hum and soft noise up to the top, at 16 kHz": (
            hum + 0.02 * random.normal(size=len(hum)),
            16_000,
        ),
    }


def _faded(x: np.ndarray, ramp: int = 2000) -> np.ndarray:
    """Let a clip begin and end softly: an edge holds all frequencies."""
    gain = np.sin(np.pi / 2 * np.linspace(0, 1, ramp)) ** 2
    return x * np.concatenate([gain, np.ones(len(x) - 2 * ramp), gain[::-1]])


def _power(x: np.ndarray) -> np.ndarray:
    """Return the mean power of each bin over all frames, (bins,)."""
    return np.mean(np.abs(dsp.stft(x, _FRAME, _FRAME // 2)) ** 2, axis=1)


def _bandwidth(power: np.ndarray, rate: float, share: float = 1e-6) -> float:
    return float(dsp.bin_frequencies(_FRAME, rate)[power >= share * power.max()].max())


def _named(value: float, x: np.ndarray, rate: int) -> str | None:
    power = _power(x)
    first = np.abs(dsp.stft(x, _FRAME, _FRAME // 2))[:, 0] ** 2
    loud = power >= 1e-6 * power.max()
    wrong = {
        "that is the number of the bin; its frequency is asked for, in Hz.": float(
            np.flatnonzero(loud).max()
        ),
        "you compare powers with -30 dB. Of powers, 60 dB are a factor of 10^6.": _bandwidth(
            power, rate, 1e-3
        ),
        "you look at the first frame alone; take the mean over all of them.": _bandwidth(
            first, rate
        ),
        "that is half of the rate, the most that the file can hold.": rate / 2,
        "you take what is 120 dB below, since you compare powers with 10^-12.": _bandwidth(
            power, rate, 1e-12
        ),
        "that is the strongest frequency, not the highest.": float(
            dsp.bin_frequencies(_FRAME, rate)[power.argmax()]
        ),
    }
    for hint, other in wrong.items():
        if abs(value - other) <= 1e-3 * max(1.0, other):
            return hint
    return None
