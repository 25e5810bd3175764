"""Checks of the exercises of the chapter *Style and timbre*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.dsp import midi_to_hz
from aigc_edu.teaching.exercises import exercise, written

RATE = 16_000

# ---------------------------------------------------------------- an envelope


@exercise("timbre-envelope")
def envelope(answer: Callable[[np.ndarray, int], np.ndarray]) -> str | None:
    """``answer(magnitude, keep)``: the smooth spectrum by the first ``keep`` terms, (bins,)."""
    rng = np.random.default_rng(4)
    magnitude = np.exp(rng.normal(size=65)) * np.exp(-np.arange(65) / 30)
    for keep in (6, 12):
        got = np.asarray(written(answer(magnitude.copy(), keep)))
        if np.iscomplexobj(got):
            return "the result is complex: of the DFT of a cepstrum the real part counts."
        mistakes = _envelope_mistakes(magnitude, keep)
        rest = "it is another curve. Log, inverse DFT, cut, DFT, exp: in this order."
        hint = hint_for(got.astype(float), _envelope(magnitude, keep), mistakes, rest)
        if hint:
            return f"With keep = {keep}: {hint}"
    return None


def _lifted(log: np.ndarray, keep: int, mirror: bool = True) -> np.ndarray:
    cepstrum = np.fft.irfft(log)
    cepstrum[keep : len(cepstrum) - keep + 1 if mirror else len(cepstrum)] = 0
    return np.fft.rfft(cepstrum).real


def _envelope(magnitude: np.ndarray, keep: int) -> np.ndarray:
    return np.exp(_lifted(np.log(magnitude), keep))


def _envelope_mistakes(magnitude: np.ndarray, keep: int) -> Iterator[tuple[str, np.ndarray]]:
    log = np.log(magnitude)
    ten = 10 ** _lifted(np.log10(magnitude), keep)
    yield from (
        (
            "the upper half of the cepstrum mirrors the lower one: keep its last terms, too.",
            np.exp(_lifted(log, keep, mirror=False)),
        ),
        ("that is a log spectrum: take exp at the end.", _lifted(log, keep)),
        (
            "take the log first: the ripples are multiplied, and logs make a sum of that.",
            _lifted(magnitude, keep),
        ),
        ("log10 goes with 10 ** x, and log with exp.", np.exp(np.log10(ten))),
        ("one term too many: terms 0 to keep - 1 stay.", _envelope(magnitude, keep + 1)),
        ("one term too few: terms 0 to keep - 1 stay.", _envelope(magnitude, keep - 1)),
        ("nothing was cut: this is the spectrum itself.", magnitude),
        (
            "here the first terms are gone. They are the ones to keep.",
            np.exp(log - _lifted(log, keep)),
        ),
    )


# ---------------------------------------------------------------- a Gram matrix


@exercise("timbre-gram")
def gram(answer: Callable[[Tensor], Tensor]) -> str | None:
    """``answer(seen)``: of features (filters, T) the mean over time of all products of two."""
    seen = torch.relu(torch.randn(4, 9, generator=torch.Generator().manual_seed(6)))
    got = written(answer(seen.clone()))
    if not isinstance(got, Tensor):
        return f"return a tensor, not {type(got).__name__}."
    right = (seen @ seen.T / seen.shape[1]).numpy()
    rest = "it should be the mean over time of seen[i, t] times seen[j, t]."
    return hint_for(got.detach().double().numpy(), right, _gram_mistakes(seen), rest)


def _gram_mistakes(seen: Tensor) -> Iterator[tuple[str, np.ndarray]]:
    centred, together = seen - seen.mean(dim=1, keepdim=True), seen @ seen.T
    filters, times = seen.shape
    diagonal, mean = torch.diag(seen.square().mean(dim=1)), seen.mean(dim=1)
    for hint, wrong in (
        ("that is the sum; divide by the number of times.", together),
        ("these are products of two times, not of two features.", seen.T @ seen / filters),
        ("divide by the number of times, not of features.", together / filters),
        ("the mean is not taken off: that would be a covariance.", centred @ centred.T / times),
        ("only the diagonal is there: which come *together* is the rest of it.", diagonal),
        ("multiply before the mean: these are products of means.", torch.outer(mean, mean)),
        ("these are correlations: a feature's strength is style, too.", torch.corrcoef(seen)),
    ):
        yield hint, wrong.double().numpy()


# ---------------------------------------------------------------- what a code gives away


@exercise("timbre-leak")
def leak(
    answer: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], float],
) -> str | None:
    """``answer(codes, family, held, held_family)``: how often the nearest mean names the family."""
    for seed in range(3):
        codes, family, held, own = _coded(seed)
        got = np.array(float(written(answer(codes.copy(), family.copy(), held.copy(), own.copy()))))
        mistakes = _leak_mistakes(codes, family, held, own)
        right = np.array(_leak(codes, family, held, own))
        hint = hint_for(got, right, mistakes, f"it should be {right:.3f}, not {got:.3f}.")
        if hint:
            return hint
    return None


def _coded(seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(60 + seed)
    means = rng.normal(size=(4, 3))
    family, own = np.arange(48) % 4, rng.integers(4, size=31)
    codes = means[family] + 0.9 * rng.normal(size=(48, 3))
    return codes, family, means[own] + 0.9 * rng.normal(size=(31, 3)), own


def _named(codes: np.ndarray, family: np.ndarray, held: np.ndarray) -> np.ndarray:
    means = np.stack([codes[family == f].mean(axis=0) for f in range(4)])
    return np.linalg.norm(held[:, None] - means, axis=2).argmin(axis=1)


def _leak(codes: np.ndarray, family: np.ndarray, held: np.ndarray, own: np.ndarray) -> float:
    return float((_named(codes, family, held) == own).mean())


def _leak_mistakes(
    codes: np.ndarray, family: np.ndarray, held: np.ndarray, own: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    nearest = np.linalg.norm(held[:, None] - codes, axis=2).argmin(axis=1)
    means = np.stack([held[own == f].mean(axis=0) for f in range(4)])
    for hint, wrong in (
        (
            "the notes that the means are of were asked: take the held-out ones.",
            (_named(codes, family, codes) == family).mean(),
        ),
        (
            "the means are of the held-out notes: then they know the answers.",
            (np.linalg.norm(held[:, None] - means, axis=2).argmin(axis=1) == own).mean(),
        ),
        (
            "that is the nearest note's family; the nearest mean's is asked for.",
            (family[nearest] == own).mean(),
        ),
        ("that is the share of wrong guesses.", 1 - _leak(codes, family, held, own)),
        (
            "that is the number of right guesses; divide by how many notes there are.",
            (_named(codes, family, held) == own).sum(),
        ),
    ):
        yield hint, np.array(float(wrong))


# ---------------------------------------------------------------- four converters

FAULTS = ("none", "idle", "detuned", "mixer")


class Converter:
    """Gives a note another timbre, and may have a fault.

    Parameters
    ----------
    fault
        ``"none"``; ``"idle"``: it returns the note with its old timbre; ``"detuned"``: the new
        timbre comes at a wrong pitch; ``"mixer"``: it plays both notes at once.
    seed
        Of the phases.
    """

    def __init__(self, fault: str, seed: int = 0) -> None:
        self.fault, self.seed = fault, seed

    def __call__(self, pitch: int, source: float, target: float) -> np.ndarray:
        """Return a note (8000,) at 16 kHz that has been converted from a brightness to another.

        ``pitch`` is a MIDI number, ``source`` and ``target`` lie from 0 to 1.
        """
        if self.fault == "idle":
            return tone(pitch, source, self.seed)
        if self.fault == "detuned":
            return tone(pitch + 3, target, self.seed)
        if self.fault == "mixer":  # the target's own recording was of another key
            other = tone(pitch + 4, target, self.seed + 1)
            return 0.5 * (tone(pitch, source, self.seed) + other)
        return tone(pitch, target, self.seed)


def tone(pitch: int, bright: float, seed: int = 0) -> np.ndarray:
    """Return half a second of harmonics, each ``bright`` times as high as the one before it."""
    k, t = np.arange(1, 13)[:, None], np.arange(RATE // 2) / RATE
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, (12, 1))
    waves = bright**k * np.sin(2 * np.pi * k * float(midi_to_hz(pitch)) * t + phase)
    x = waves.sum(axis=0) * np.minimum(1, np.minimum(t, 0.5 - t) / 0.03)
    return 0.4 * x / np.abs(x).max()


PATIENTS = {name: Converter(FAULTS[n], n) for name, n in zip("ABCD", (3, 1, 0, 2), strict=True)}


@exercise("timbre-fault")
def fault(answer: Callable[[Converter], str]) -> str | None:
    """``answer(convert)`` names what is wrong with a converter, by trying it."""
    for seed in range(2):
        for right in FAULTS:
            got = written(answer(Converter(right, 10 * seed + 3)))
            if got != right:
                return _fault_hint(right, got)
    return None


def _fault_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    told = {
        "idle": "Its pitch is right, and its spectrum is the source's: compare with tone().",
        "detuned": "It has the target's timbre, three semitones too high: measure the pitch.",
        "mixer": "It has the energy of a second tone between the first one's harmonics.",
        "none": "Pitch and spectrum are as they should be; only the phases differ.",
    }
    return f'"{right}" was called "{got}". {told[right]}'


def levels_at_harmonics(x: np.ndarray, pitch: float, count: int = 8) -> np.ndarray:
    """Return the share of a sound's power near each of a pitch's first harmonics, (count,).

    Near means within 15 Hz; what is elsewhere belongs to no harmonic, and the shares then sum to
    less than 1.
    """
    power = np.abs(np.fft.rfft(np.asarray(x, float) * np.hanning(len(x)))) ** 2
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    places: Sequence[float] = float(midi_to_hz(pitch)) * np.arange(1, count + 1)
    return np.array([power[np.abs(f - place) < 15].sum() for place in places]) / power.sum()
