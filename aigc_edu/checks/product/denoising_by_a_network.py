"""Checks of the exercises of the chapter *Denoising by a network*."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from aigc_edu import dsp
from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- the best real mask


@exercise("denoising-mask")
def mask(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    """``answer(S, X)``: the mask from 0 to 1 for which mask times X is nearest to S."""
    random = np.random.default_rng(2)
    S, D = _spectra(random)
    X = S + D
    got = np.asarray(written(answer(S.copy(), X.copy())))
    if np.iscomplexobj(got):
        return "a mask is real: the nearest multiple of X takes the real part of S / X."
    rest = "some of the values are not the nearest ones."
    return hint_for(got.astype(float), _best_mask(S, X), _mask_mistakes(S, X), rest)


def _spectra(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return two complex spectra, (6, 9) each."""
    parts = random.normal(size=(4, 6, 9))
    return parts[0] + 1j * parts[1], 0.8 * (parts[2] + 1j * parts[3])


def _best_mask(S: np.ndarray, X: np.ndarray) -> np.ndarray:
    return np.clip((S / X).real, 0, 1)


def _mask_mistakes(S: np.ndarray, X: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    speech, noise, ratio = np.abs(S) ** 2, np.abs(X - S) ** 2, (S / X).real
    yield "it is not held between 0 and 1.", ratio
    yield "below 0 it is held, but not above 1.", np.maximum(ratio, 0)
    yield "above 1 it is held, but not below 0.", np.minimum(ratio, 1)
    yield (
        "that leaves the phases out: the more they differ, the smaller the mask.",
        np.clip(np.abs(S / X), 0, 1),
    )
    yield (
        "that is the ratio of powers, which knows nothing of phases either.",
        speech / (speech + noise),
    )
    yield "that is the root of the ratio of powers.", np.sqrt(speech / (speech + noise))
    yield (
        "that is the cosine alone: the magnitudes count as well.",
        np.clip(ratio / np.abs(S / X), 0, 1),
    )
    yield "S / X, not X / S: the mask is for X.", np.clip((X / S).real, 0, 1)
    yield (
        "the size of a number below 0 is no share: such a bin is better left out.",
        np.clip(np.abs(ratio), 0, 1),
    )


# ---------------------------------------------------------------- how late


@exercise("denoising-latency")
def latency(answer: Callable[[int, int, int, int], float]) -> str | None:
    """``answer(frame, hop, ahead, rate)``: milliseconds from a sound to its cleaned self."""
    cases = (512, 256, 0, 16_000), (512, 128, 2, 16_000), (480, 240, 2, 48_000)
    for frame, hop, ahead, rate in cases:
        got = np.array(float(written(answer(frame, hop, ahead, rate))))
        right = 1000 * (frame + ahead * hop) / rate
        rest = f"it should be {right:g} ms, not {got:g}."
        mistakes = _latency_mistakes(frame, hop, ahead, rate)
        hint = hint_for(got, np.array(right), mistakes, rest, 1e-9)
        if hint:
            return f"For frames of {frame}, a hop of {hop}, {ahead} ahead at {rate} Hz: {hint}"
    return None


def _latency_mistakes(
    frame: int, hop: int, ahead: int, rate: int
) -> Iterator[tuple[str, np.ndarray]]:
    right = 1000 * (frame + ahead * hop) / rate
    for hint, wrong in (
        ("these are samples.", right * rate / 1000),
        ("these are seconds.", right / 1000),
        (
            "a frame must be whole before it can be cleaned: its first sample waits for its last.",
            1000 * (hop + ahead * hop) / rate,
        ),
        ("each further frame comes a hop later, not a frame.", 1000 * frame * (1 + ahead) / rate),
        ("the frames that are waited for are left out.", 1000 * frame / rate),
        ("the frame itself is left out.", 1000 * ahead * hop / rate),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- how far ahead


@exercise("denoising-reach")
def reach(answer: Callable[[Callable[[np.ndarray], np.ndarray], int], int]) -> str | None:
    """``answer(clean, t)``: samples after t on which the output at t depends."""
    for ahead, behind in ((25, 3), (0, 40), (7, 90), (60, 0)):
        clean = listener(ahead, behind)
        got = written(answer(clean, 150))
        if isinstance(got, (bool, np.bool_)) or int(got) != got:
            return f"return a whole number of samples, not {got!r}."
        if got != ahead:
            return _reach_hint(int(got), ahead, behind)
    return None


def listener(ahead: int, behind: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return a filter that hears so many samples after, and so many before, the present one.

    Each has a weight of its own, and some are 0; the outermost are not. What it returns is bent,
    so that it is not linear.
    """
    weights = np.random.default_rng([ahead, behind]).normal(size=ahead + behind + 1)
    weights[1:-1:3] = 0  # not every sample in its reach is heard

    def clean(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, float)
        if x.ndim != 1 or not len(x):
            raise ValueError(f"a sound has shape (N,), N >= 1, got {x.shape}")
        padded = np.pad(x, (behind, ahead))
        return np.tanh(np.correlate(padded, weights, mode="valid"))

    return clean


def _reach_hint(got: int, ahead: int, behind: int) -> str:
    said = f"for one that hears {ahead} samples ahead, and {behind} back, you found {got}. "
    if got == behind and behind != ahead:
        return said + "That is how far it hears back: change what comes after t, not before it."
    if got == ahead + behind or got == ahead + behind + 1:
        return said + "That is its whole reach, before and after."
    if got in (ahead - 1, ahead + 1):
        return said + "One off: if changing x[t + d] changes the output at t, then d counts."
    if got < ahead:
        return said + (
            "Not every sample within its reach has a say. Don't stop at the first one that has "
            "none: take the furthest that has."
        )
    return said + "Something within the reach must change the output, and nothing beyond it."


# ---------------------------------------------------------------- pairs to learn from

FAULTS = ("none", "shifted", "louder", "alike")
LENGTH, RATE = 4000, 16_000


def pairs_with(fault: str, seed: int, count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return noisy and clean waveforms, (count, 4000) each, with a fault or without one.

    Parameters
    ----------
    fault
        ``"none"``; ``"shifted"``: the clean one is some samples later than in the noisy one;
        ``"louder"``: it has another level than in the noisy one; ``"alike"``: there is no noise in
        the noisy one.
    seed
        Of all draws.
    """
    random = np.random.default_rng([3, seed])
    rows = [_pair(fault, random) for _ in range(count)]
    noisy, clean = (np.stack(part) for part in zip(*rows, strict=True))
    return noisy, clean


def _pair(fault: str, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a voice-like sound in noise, and the same alone, (4000,) each."""
    t = np.arange(LENGTH + 200) / RATE
    pitch, k = random.uniform(90, 250), np.arange(1, 20)[:, None]
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * random.uniform(2, 5) * t + random.uniform(0, 6))
    x = (np.sin(2 * np.pi * pitch * k * t + random.uniform(0, 6, k.shape)) / k).sum(axis=0) * swell
    x += 0.1 * random.standard_normal(len(t))
    late = int(random.integers(12, 100)) if fault == "shifted" else 0
    clean, heard = x[100 - late :][:LENGTH], x[100:][:LENGTH]
    noise = dsp.at_ratio(heard, random.standard_normal(LENGTH), random.uniform(0, 15))
    noisy = heard + (0 if fault == "alike" else noise)
    gain = random.choice([0.4, 2.0]) if fault == "louder" else 1.0
    return 0.1 * noisy, 0.1 * gain * clean


@exercise("denoising-pairs")
def pairs(answer: Callable[[np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(noisy, clean)`` names what is wrong with pairs, (B, N) each."""
    for seed in range(4):
        for right in FAULTS:
            got = written(answer(*pairs_with(right, seed)))
            if got != right:
                return _pairs_hint(right, got)
    return None


def _pairs_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    said = f'pairs whose fault is "{right}" were called "{got}". '
    return (
        said
        + {
            "alike": "Here the difference of the two is 0: there is nothing to learn.",
            "louder": (
                "How much of the clean sound is in the noisy one? The factor is their product over "
                "the clean one's energy; it should be 1."
            ),
            "shifted": (
                "Shift the clean sound by up to 100 samples either way: at which shift are the two "
                "most alike?"
            ),
            "none": (
                "Nothing is wrong with it. Noise moves the factor and the correlation a little: "
                "allow for that."
            ),
        }[right]
    )
