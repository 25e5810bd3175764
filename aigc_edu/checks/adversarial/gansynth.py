"""Checks of the exercises of the chapter *GANSynth*."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.dsp import midi_to_hz
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- how much a batch differs


@exercise("gansynth-spread")
def spread(answer: Callable[[Tensor], float]) -> str | None:
    """``answer(h)``: the standard deviation over the rows of h (B, C, H, W), then its mean."""
    random = torch.Generator().manual_seed(4)
    offsets = 3 * torch.randn(1, 3, 4, 5, generator=random)
    h = offsets + torch.rand(1, 3, 4, 5, generator=random) * torch.randn(
        6, 3, 4, 5, generator=random
    )
    right = h.var(dim=0, unbiased=False).sqrt().mean()
    got = np.array(float(written(answer(h.clone()))))
    rest = f"it should be {float(right):.4f} for a batch of ours, not {float(got):.4f}."
    hint = hint_for(got, right.numpy(), _spread_mistakes(h), rest)
    if hint:
        return hint
    same = float(answer(h[:1].expand(4, -1, -1, -1)))
    return None if abs(same) < 1e-3 else f"of four equal rows it should be 0, not {same:.4f}."


def _spread_mistakes(h: Tensor) -> Iterator[tuple[str, np.ndarray]]:
    variance = h.var(dim=0, unbiased=False)
    for hint, wrong in (
        ("that is the spread of all numbers. Rows are compared: dim=0.", h.std(unbiased=False)),
        ("dim=1 compares channels. Rows are compared: dim=0.", h.std(1, unbiased=False).mean()),
        ("divide by B, not by B - 1: unbiased=False.", h.std(dim=0).mean()),
        ("these are variances: take the root of each.", variance.mean()),
        ("take the root first, and the mean then.", variance.mean().sqrt()),
        (
            "the mean comes last: rows with equal means can differ in every pixel.",
            h.mean(dim=(1, 2, 3)).std(unbiased=False),
        ),
        ("the mean is missing: this is the sum over channels and pixels.", variance.sqrt().sum()),
    ):
        yield hint, wrong.numpy()


# ---------------------------------------------------------------- when a network grows


@exercise("gansynth-schedule")
def schedule(answer: Callable[[int, int, int, int], tuple[int, float]]) -> str | None:
    """``answer(step, levels, hold, fade)``: the finest level, and its share alpha."""
    for levels, hold, fade in ((3, 10, 4), (2, 5, 20), (4, 3, 3)):
        for step in range(levels * (hold + fade) + 5):
            level, alpha = written(answer(step, levels, hold, fade))
            got = np.array([float(written(level)), float(written(alpha))])
            mistakes = _schedule_mistakes(step, levels, hold, fade)
            right = np.array(_schedule(step, levels, hold, fade))
            hint = hint_for(got, right, mistakes, f"it should be {tuple(right)}, not {tuple(got)}.")
            if hint:
                call = f"{levels} levels, hold {hold} and fade {fade}"
                return f"At step {step} of {call}: {hint}"
    return None


def _schedule(step: int, levels: int, hold: int, fade: int) -> tuple[int, float]:
    if step < hold:
        return 0, 1.0
    rounds, within = divmod(step - hold, fade + hold)
    if rounds + 1 >= levels:
        return levels - 1, 1.0
    return rounds + 1, min(1.0, within / fade)


def _schedule_mistakes(
    step: int, levels: int, hold: int, fade: int
) -> Iterator[tuple[str, np.ndarray]]:
    level, alpha = _schedule(step, levels, hold, fade)
    rounds, within = divmod(step - hold, fade + hold)
    if step < hold:
        yield "the first level has nothing to fade from: alpha is 1.", np.array([0, 0.0])
        yield "levels are counted from 0.", np.array([1, 1.0])
        return
    if rounds + 1 >= levels:
        yield (
            "there is no further level; the last one stays, with alpha 1.",
            np.array([rounds + 1, min(1.0, within / fade)]),
        )
    yield "after fading in, a level holds with alpha 1.", np.array([level, within / fade])
    yield (
        "alpha reaches 1 after `fade` steps, not after fade and hold.",
        np.array([level, within / (fade + hold)]),
    )
    yield (
        "the first step of a fade has alpha 0: then nothing changes at once.",
        np.array([level, min(1.0, (within + 1) / fade)]),
    )
    yield (
        "that is the share of the old picture: alpha is the new one's.",
        np.array([level, 1 - alpha]),
    )
    yield "while level n fades in, n is the level.", np.array([level - 1, alpha])


# ---------------------------------------------------------------- four synthesisers

FAULTS = ("none", "deaf", "sharp", "collapsed")
RATE, LENGTH, LATENT = 16_000, 16_384, 4


class Synth:
    """A synthesiser that is played as a GANSynth is, and may have a fault.

    Parameters
    ----------
    fault
        ``"none"``; ``"deaf"``: it plays one pitch whatever is asked for; ``"sharp"``: it plays
        every note a semitone too high; ``"collapsed"``: it has one timbre whatever the latent.
    seed
        Of the phases in which waves begin, which no ear hears.
    """

    def __init__(self, fault: str, seed: int = 0) -> None:
        self.fault, self.random = fault, np.random.default_rng(seed)

    def __call__(self, z: np.ndarray, pitches: Sequence[int]) -> list[np.ndarray]:
        """Play pitches, MIDI numbers, by one latent (4,); each note is (16384,) at 16 kHz."""
        z = np.asarray(z, float)
        if z.shape != (LATENT,):
            raise ValueError(f"z has the shape ({LATENT},), got {z.shape}")
        z = np.ones(LATENT) if self.fault == "collapsed" else z
        asked = [64 if self.fault == "deaf" else pitch for pitch in pitches]
        return [self._note(z, pitch + (self.fault == "sharp")) for pitch in asked]

    def _note(self, z: np.ndarray, pitch: float) -> np.ndarray:
        """Return harmonics that get softer and die away as the latent says, at most 0.5."""
        off = self.random.uniform(-0.1, 0.1)  # semitones: as a network is never quite right
        k, t = np.arange(1, 9)[:, None], np.arange(LENGTH) / RATE
        softer = np.exp(-(0.4 + 0.3 * np.tanh(z[0])) * k) * (1 + 0.9 * np.tanh(z[1]) * (-1) ** k)
        fading = np.exp(-t * (3 + 2.5 * np.tanh(z[2])) * k ** (0.5 + 0.4 * np.tanh(z[3])))
        phase = self.random.uniform(0, 2 * math.pi, (8, 1))
        x = softer * fading * np.sin(2 * math.pi * k * midi_to_hz(pitch + off) * t + phase)
        x = x.sum(axis=0) * np.minimum(1, t / 0.01)
        return 0.5 * x / np.abs(x).max()


PATIENTS = {name: Synth(FAULTS[n], n) for name, n in zip("ABCD", (2, 0, 3, 1), strict=True)}


@exercise("gansynth-fault")
def fault(answer: Callable[[Synth], str]) -> str | None:
    """``answer(synth)`` names what is wrong with a synthesiser, by playing it."""
    for seed in range(3):
        for right in FAULTS:
            got = written(answer(Synth(right, 10 * seed + FAULTS.index(right))))
            if got != right:
                return _fault_hint(right, got)
    return None


def _fault_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    if right == "deaf":
        return (
            f'one that always plays the same pitch was called "{got}". Ask for several pitches: a '
            "deaf one is off by another interval each time."
        )
    if right == "sharp":
        return (
            f'one that plays everything a semitone too high was called "{got}". It follows the '
            "pitch, 100 cents above it."
        )
    if {right, got} == {"none", "collapsed"}:
        return (
            f'"{right}" was called "{got}". Two waves of one timbre differ by their phases, and '
            "two latents may sound alike by chance: compare features, of several latents."
        )
    return f'one that is within 20 cents of every pitch was called "{got}".'


# ---------------------------------------------------------------- the pace of a straight line


@exercise("gansynth-pace")
def pace(answer: Callable[[np.ndarray, np.ndarray, float], float]) -> str | None:
    """``answer(z, other, share)``: which share of the angle a straight line has done."""
    random = np.random.default_rng(2)
    for long in (1.0, 1.0, 3.0):
        z, other = random.normal(size=16), long * random.normal(size=16)
        for share in (0.1, 0.25, 0.5, 0.9, 0.0, 1.0):
            right = np.array(_pace(z, other, share))
            got = np.array(float(written(answer(z.copy(), other.copy(), share))))
            rest = f"it should be {right:.4f}, not {got:.4f}."
            mistakes = _pace_mistakes(z, other, share)
            hint = hint_for(got, right, mistakes, rest, 1e-4)
            if hint:
                return f"At a share of {share}, with latents whose lengths differ: {hint}"
    return None


def _angle(a: np.ndarray, b: np.ndarray) -> float:
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return math.acos(min(1.0, max(-1.0, float(cosine))))


def _pace(z: np.ndarray, other: np.ndarray, share: float) -> float:
    return _angle(z, (1 - share) * z + share * other) / _angle(z, other)


def _pace_mistakes(
    z: np.ndarray, other: np.ndarray, share: float
) -> Iterator[tuple[str, np.ndarray]]:
    right, whole = _pace(z, other, share), _angle(z, other)
    for hint, wrong in (
        ("that is the share of the line itself. How far has the direction turned?", share),
        ("that is an angle in radians: divide by the whole angle.", right * whole),
        ("that is an angle in degrees: divide by the whole angle.", math.degrees(right * whole)),
        ("that is what is left of the angle.", 1 - right),
        ("at a share of 0 the line is at z.", 1 - _pace(other, z, share)),
        ("divide by the angle between the two latents, not by pi.", right * whole / math.pi),
        ("the two aren't quite at a right angle.", right * whole / (math.pi / 2)),
        ("that is a cosine: take its arccos.", math.cos(right * whole)),
    ):
        yield hint, np.array(wrong)
