"""Checks of the exercises in the chapter *Filters*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.checks._matching import matching_hint
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]

# ---------------------------------------------------------------- convolution by spectra


@exercise("filters-convolve")
def convolve(answer: Function) -> str | None:
    """``answer(x, h)`` returns the linear convolution of two real arrays."""
    random = np.random.default_rng(5)
    for n, m in ((50, 20), (20, 50), (64, 65), (7, 7), (1, 5), (33, 1)):
        x, h = random.normal(size=n), random.normal(size=m)
        got, right = np.asarray(answer(x.copy(), h.copy())), np.convolve(x, h)
        hint = _convolve_hint(got, right, x, h)
        if hint:
            return f"With {n} and {m} samples: {hint}"
    return None


def _convolve_hint(got: np.ndarray, right: np.ndarray, x: np.ndarray, h: np.ndarray) -> str | None:
    if got.shape == right.shape and np.allclose(got, right, atol=1e-4):
        if np.iscomplexobj(got):
            return "the values are right, but complex: take the real part, or use irfft."
        return None
    length, n = len(right), len(got) if got.ndim == 1 else 0
    if n > length and np.allclose(got[:length], right, atol=1e-4):
        return f"the padding is still there: keep the first {length} of your {n} samples."
    for size in (len(x), max(len(x), len(h)), length - 1, n):
        if 0 < size < length and n in (size, length):
            wrapped = _folded(right, size)
            if np.allclose(got[:size], wrapped, atol=1e-4):
                return (
                    f"the end wraps round to the start: your transforms have {size} samples, and "
                    f"the result has {length}. Pad both to at least that many."
                )
    return _convolve_detail(got, right, x, h)


def _folded(y: np.ndarray, size: int) -> np.ndarray:
    padded = np.pad(y, (0, -len(y) % size))
    return padded.reshape(-1, size).sum(axis=0)


def _convolve_detail(got: np.ndarray, right: np.ndarray, x: np.ndarray, h: np.ndarray) -> str:
    if got.shape != right.shape:
        return (
            f"the result should have len(x) + len(h) - 1 = {len(right)} samples, yours has the "
            f"shape {got.shape}. (irfft needs the length: irfft(Y, size).)"
        )
    size = len(right)
    X, H = np.fft.fft(x, size), np.fft.fft(h, size)
    mistakes = {
        "the spectra must be multiplied, not added.": X + H,
        "this is a correlation: no conjugate here.": X * H.conj(),
        "this is a correlation: no conjugate at all.": X.conj() * H,
        "you multiply magnitudes, and the phases are lost. Multiply the complex spectra.": np.abs(
            X * H
        ),
    }
    for hint, Y in mistakes.items():
        if np.allclose(got, np.fft.ifft(Y).real, atol=1e-4):
            return hint
    return f"the first samples should be {right[:3].round(3)}, yours are {got[:3].round(3)}."


# ---------------------------------------------------------------- a notch


@exercise("filters-notch")
def notch(answer: Callable[[float, float, float], tuple]) -> str | None:
    """``answer(frequency, bandwidth, rate)`` returns b and a of a filter that removes one tone."""
    for frequency, bandwidth, rate in ((100, 5, 16_000), (300, 20, 8000), (3000, 50, 16_000)):
        got = answer(frequency, bandwidth, rate)
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            return "Return two arrays, b and a: the coefficients above and below."
        b, a = (np.atleast_1d(np.asarray(c, float)) for c in got)
        hint = _notch_form(b, a) or _notch_hint(b, a, frequency, bandwidth, rate)
        if hint:
            return f"With {frequency} Hz, {bandwidth} Hz wide, at {rate} Hz: {hint}"
    return None


def _notch_form(b: np.ndarray, a: np.ndarray) -> str | None:
    if b.shape != (3,) or a.shape != (3,):
        return f"b and a should have three coefficients each, yours have {b.shape} and {a.shape}."
    if not (np.isfinite(b).all() and np.isfinite(a).all() and a[0]):
        return "the coefficients must be finite numbers, and a[0] not zero."
    if np.abs(np.roots(a)).max() >= 1 - 1e-12:
        where = "on" if np.abs(np.roots(a)).max() < 1 + 1e-9 else "outside of"
        return (
            f"the poles lie {where} the unit circle, so the filter is not stable. The zeros belong "
            "on the circle, in b; the poles, with r < 1, belong in a."
        )
    return None


def _notch_hint(
    b: np.ndarray, a: np.ndarray, frequency: float, bandwidth: float, rate: float
) -> str | None:
    def gain(f: float) -> float:
        z = np.exp(-2j * np.pi * f / rate)
        return float(abs(np.polyval(b[::-1], z) / np.polyval(a[::-1], z)))

    if gain(frequency) > 1e-4:
        return _notch_not_there(b, frequency, rate, gain(frequency))
    far = [gain(f) for f in (0, frequency - 10 * bandwidth, frequency + 10 * bandwidth, rate / 2)]
    if max(far) < 1.06 and min(far) > 0.94:
        edges = [gain(frequency + side * bandwidth / 2) for side in (-1, 1)]
        if max(edges) < 0.78 and min(edges) > 0.63:
            return None
        size = "wide" if max(edges) < 0.7 else "narrow"
        return (
            f"half a bandwidth beside the notch the gain should be about 0.71, yours is "
            f"{max(edges):.2f}: the notch is too {size}. r = exp(-pi bandwidth / rate)."
        )
    return _notch_far(a, frequency, rate, far)


def _notch_not_there(b: np.ndarray, frequency: float, rate: float, left: float) -> str:
    roots = np.roots(b) if b[0] else np.zeros(1)
    angle, theta = np.abs(np.angle(roots)).max(), 2 * np.pi * frequency / rate
    if np.abs(np.abs(roots) - 1).max() > 1e-9 and np.isclose(angle, theta):
        return (
            f"the zeros lie at the distance {np.abs(roots).max():.4f} from the middle, not on the "
            f"unit circle, so a gain of {left:.2g} is left. b has no r in it: 1, -2 cos(theta), 1."
        )
    if np.isclose(np.pi - angle, theta):
        return "the notch is in the wrong place: the middle coefficient of b is -2 cos(theta)."
    return (
        f"a gain of {left:.3g} is left at the frequency that should go. Its zeros belong at the "
        f"angle theta = {theta:.4f}, b = 1, -2 cos(theta), 1."
    )


def _notch_far(a: np.ndarray, frequency: float, rate: float, far: list[float]) -> str:
    theta = 2 * np.pi * frequency / rate
    if np.abs(np.roots(a)).max() < 1e-9:
        return "there are no poles beside the zeros, so the neighbours are weakened as well."
    if not np.isclose(np.abs(np.angle(np.roots(a))).max(), theta, rtol=0.02):
        return (
            "the poles are not beside the zeros: the middle coefficient of a is "
            "-2 r cos(theta), the last one r**2."
        )
    return (
        f"far from the notch the gain should be about 1; yours goes from {min(far):.3g} to "
        f"{max(far):.3g}."
    )


# ---------------------------------------------------------------- which filter is which?

_RIGHT = {
    "A": "resonator",
    "B": "low-pass",
    "C": "notch",
    "D": "room",
    "E": "high-pass",
    "F": "none",
}
_HINTS = {
    "none": "without a filter the response is a straight line. Draw response() of the clip.",
    "low-pass": "behind a low-pass hardly anything is left above 1 kHz: no hiss of the f.",
    "high-pass": "behind a high-pass the voice is thin, with hardly anything below 900 Hz.",
    "resonator": "a resonator has one peak, at 750 Hz, and falls off to both sides of it.",
    "notch": "a notch sounds like the recording; its response has one narrow dip, at 750 Hz.",
    "room": "in a room you hear the word go on when it is over; its response is ragged all along.",
}


@exercise("filters-match")
def match(answer: object) -> str | None:
    """``answer`` says of each of six clips which filter it went through."""
    return matching_hint(answer, _RIGHT, _HINTS)
