"""Checks of the exercises on the FFT and on windows, in the chapter *The frequency domain*."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from aigc_edu import dsp
from aigc_edu.teaching.exercises import exercise, written

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
            f"the result has the shape {got.shape}, not {right.shape}: X has N bins, while "
            "T0, T1 and T2 have N / 3. Use each of theirs three times, np.tile(T0, 3)."
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
    third = "x[2::3] begins two samples late, so T2 turns twice as far as T1: "
    return {
        third + "its factor is the square, exp(-2 pi i 2 k / N).": _in_three(c=lambda q: q),
        "T1 and T2 are added without their factors exp(-2 pi i k / N), exp(-2 pi i 2 k / N).": (
            _in_three(lambda q: 1, lambda q: 1)
        ),
        third + "its factor is no minus sign, as with two parts.": _in_three(c=lambda q: -q),
        "the factors of T1 and T2 are swapped.": _in_three(lambda q: q**2, lambda q: q),
        "T0, T1 and T2 must be repeated as wholes, T0[0], T0[1], ..., T0[0], T0[1], ...: np.tile, "
        "not np.repeat.": _in_three(repeat=lambda v: np.repeat(v, 3)),
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
    """Return a transform in three parts, with the factors of T1 and T2 and the rest as given."""

    def transform(x: np.ndarray) -> np.ndarray:
        if len(x) == 1:
            return x.astype(complex)
        T0, T1, T2 = (repeat(transform(part(x, i))) for i in range(3))
        q = np.exp(-2j * np.pi * np.arange(len(x)) / len(x))
        return T0 + b(q) * T1 + c(q) * T2

    return transform


# ---------------------------------------------------------------- which window shows both tones?

_WINDOWS = ("rectangular", "hann", "hamming", "blackman")
_PAIRS = {  # places in bins of 256 samples, and levels in dB
    "A": ((32.5, 12.0), (0.0, -65.0)),
    "B": ((20.0, 21.5), (0.0, 0.0)),
    "C": ((40.5, 45.5), (0.0, -30.0)),
}
_TOO_MANY = {
    "A": "even 20 bins away, the side lobes are stronger than the soft tone",
    "B": "its main lobe is too wide to part tones 1.5 bins from one another",
    "C": "within five bins, a side lobe is as strong as a tone 30 dB softer",
}


@exercise("frequency-predict")
def predict(answer: object) -> str | None:
    """``answer`` says of each of three sounds in which windows both tones are seen."""
    if not isinstance(answer, Mapping) or set(answer) != set(_PAIRS):
        return "Answer with a dictionary that has the names A, B and C."
    for name, (places, levels) in _PAIRS.items():
        said = written(answer[name])
        if isinstance(said, str) or not isinstance(said, Collection):
            return f"{name}: give a set of windows, {{'hann'}} for instance, not {said!r}."
        unknown = set(said) - set(_WINDOWS)
        if unknown:
            return f"{name}: {sorted(unknown)} is none of {', '.join(_WINDOWS)}."
        right = {window for window in _WINDOWS if both_seen(places, levels, window)}
        hint = _predict_hint(name, set(said), right)
        if hint:
            return hint
    return None


def _predict_hint(name: str, said: set[str], right: set[str]) -> str | None:
    for window in _WINDOWS:
        if window in said - right:
            return f"{name}: under {window} only one tone stands out: {_TOO_MANY[name]}. Draw it."
        if window in right - said:
            return f"{name}: under {window} both tones stand out as peaks. Draw its spectrum."
    return None


def both_seen(places: tuple[float, float], levels: tuple[float, float], window: str) -> bool:
    """Return whether two tones stand out as peaks.

    A tone does if no other peak within three bins of it, but the other tone's, comes within 3 dB
    of its own, which lies at most 0.7 bins beside its place.

    Parameters
    ----------
    places
        Of the tones, in bins of 256 samples.
    levels
        In dB.
    window
        As in :func:`aigc_edu.dsp.window`.
    """
    turns = np.outer(places, np.arange(256) - 128) / 256
    x = 10 ** (np.array(levels) / 20) @ np.cos(2 * np.pi * turns)
    A = np.abs(np.fft.rfft(x * dsp.window(window, 256), 16_384))  # 64 points for each bin
    tops = np.flatnonzero((A[1:-1] > A[:-2]) & (A[1:-1] > A[2:])) + 1
    first, second = (np.abs(tops / 64 - place) for place in places)
    for own, other in ((first, second), (second, first)):
        near = (own < 0.7) & (own < other)
        around = (own >= 0.7) & (own < 3) & (other >= 0.7)
        if not near.any() or (A[tops[around]] > A[tops[near]].max() / np.sqrt(2)).any():
            return False
    return True
