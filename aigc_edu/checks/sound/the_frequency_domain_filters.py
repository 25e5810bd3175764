"""Checks of the exercises on the FFT, convolution and filters, in *The frequency domain*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]

# ---------------------------------------------------------------- the FFT in three parts


@exercise("frequency-three")
def three(answer: Function) -> str | None:
    """``answer(x)`` returns the DFT of 3^m samples."""
    random = np.random.default_rng(3)
    for size in (9, 27, 81, 3, 1):  # of 3 samples, some mistakes look like others
        for x in (random.normal(size=size), random.normal(size=(size, 2)) @ [1, 1j]):
            got, right = np.asarray(answer(x.copy())), np.fft.fft(x)
            if got.shape == right.shape and np.allclose(got, right, atol=1e-4):
                continue
            return f"With {size} samples: {_three_hint(got, right, x)}"
    return None


def _three_hint(got: np.ndarray, right: np.ndarray, x: np.ndarray) -> str:
    if got.shape != right.shape:
        return (
            f"the result has the shape {got.shape}, not {right.shape}: X has N bins, while A, B "
            "and C have N / 3. Use each of theirs three times, np.tile(A, 3)."
        )
    if np.allclose(got, right.conj(), atol=1e-4) or np.allclose(
        got, len(x) * np.fft.ifft(x), atol=1e-4
    ):
        return "the sign of the exponent is turned round; it is -2 pi i k / N."
    for hint, wrong in _three_mistakes().items():
        if np.allclose(got, wrong(x), atol=1e-4):
            return hint
    worst = int(np.argmax(np.abs(got - right)))
    return f"bin {worst} should be {right[worst]:.3f}, yours is {got[worst]:.3f}."


def _three_mistakes() -> dict[str, Function]:
    third = "x[2::3] begins two samples late, so C turns twice as far as B: "
    return {
        third + "its factor is the square, exp(-2 pi i 2 k / N).": _in_three(c=lambda q: q),
        "B and C are added without their factors exp(-2 pi i k / N) and exp(-2 pi i 2 k / N).": (
            _in_three(lambda q: 1, lambda q: 1)
        ),
        third + "its factor is no minus sign, as with two parts.": _in_three(c=lambda q: -q),
        "the factors of B and C are swapped.": _in_three(lambda q: q**2, lambda q: q),
        "A, B and C must be repeated as wholes, A[0], A[1], ..., A[0], A[1], ...: np.tile, not "
        "np.repeat.": _in_three(repeat=lambda v: np.repeat(v, 3)),
        "the parts must interleave, x[0::3], x[1::3], x[2::3], and not be thirds in a row.": (
            _in_three(part=lambda x, i: np.split(x, 3)[i])
        ),
    }


def _in_three(
    b: Function = lambda q: q,
    c: Function = lambda q: q**2,
    repeat: Function = lambda v: np.tile(v, 3),
    part: Function = lambda x, i: x[i::3],
) -> Function:
    """Return a transform in three parts, with the factors of B and C and the rest as given."""

    def transform(x: np.ndarray) -> np.ndarray:
        if len(x) == 1:
            return x.astype(complex)
        A, B, C = (repeat(transform(part(x, i))) for i in range(3))
        q = np.exp(-2j * np.pi * np.arange(len(x)) / len(x))
        return A + b(q) * B + c(q) * C

    return transform


# ---------------------------------------------------------------- convolution by spectra


@exercise("frequency-convolve")
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


@exercise("frequency-notch")
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
