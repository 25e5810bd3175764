"""Taps on a wooden bar, a world of 128 numbers with a known rule, and its perfect judge.

Chapter: chapters/02-building-blocks/08-four-ways-heard.ipynb
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, distributions

from aigc_edu import dsp

RATE, SIZE = 4_000, 128  # Hz; samples of a clip
SPREAD, NOISE = 0.25, 0.02  # of the tone's two parts; of the noise in every sample
NOTES = torch.tensor(dsp.midi_to_hz(np.array([60, 64, 67, 72, 76]))).float()  # Hz


def waves() -> Tensor:
    """Return the two waves of each bar, cosine and sine, (5, SIZE, 2)."""
    seconds = torch.arange(SIZE) / RATE
    envelope = (1 - torch.exp(-seconds / 0.001)) * torch.exp(-seconds / 0.012)
    angles = 2 * math.pi * NOTES[:, None] * seconds
    return torch.stack([envelope * angles.cos(), envelope * angles.sin()], dim=2)


def tap(count: int) -> tuple[Tensor, Tensor]:
    """Return clips (count, SIZE), and which of the five bars was hit in each (count,)."""
    k = torch.randint(len(NOTES), (count,))
    a_and_b = SPREAD * torch.randn(count, 2, 1)
    tone = (waves()[k] @ a_and_b)[..., 0]
    return tone + NOISE * torch.randn(count, SIZE), k


def bars() -> distributions.LowRankMultivariateNormal:
    """Return the distribution of a clip for each of the five bars."""
    noise = torch.full((len(NOTES), SIZE), NOISE**2)
    return distributions.LowRankMultivariateNormal(
        torch.zeros(len(NOTES), SIZE), SPREAD * waves(), noise
    )


def truth() -> distributions.MixtureSameFamily:
    """Return the distribution of a clip, whichever bar was hit."""
    return distributions.MixtureSameFamily(distributions.Categorical(torch.ones(5)), bars())


def which_bar(clips: Tensor) -> Tensor:
    """Return the most probable bar of each clip (B, SIZE), by Bayes' rule: (B,)."""
    return bars().log_prob(clips[:, None]).argmax(dim=1)


@dataclass(frozen=True)
class Examined:
    """What can be said of clips when the rule is known.

    Attributes
    ----------
    shares
        Of the five bars, shape (5,).
    coverage
        Two to the entropy of the shares: 5 if all are equally frequent, 1 if only one occurs.
    tone, noise
        Levels of the bar's two waves in a clip and of the rest, in dB against the truth.
    jumps
        Share of samples of the rest beyond five times the truth's deviation, 0 ... 1.
    """

    shares: np.ndarray
    coverage: float
    tone: float
    noise: float
    jumps: float


def examine(clips: Tensor) -> Examined:
    """Return what is true of clips (B, SIZE)."""
    rest = _rest(clips)
    tone, k = clips - rest, which_bar(clips)
    shares = torch.bincount(k, minlength=5) / len(k)
    here = shares[shares > 0]
    return Examined(
        shares.numpy(),
        float(2 ** -(here * here.log2()).sum()),
        _db(tone, SPREAD**2 * float(waves().square().sum(dim=1).mean(dim=0).sum()) / SIZE),
        _db(rest, NOISE**2 * (1 - 2 / SIZE)),
        float((rest.abs() > 5 * NOISE).float().mean()),
    )


def _rest(clips: Tensor) -> Tensor:
    """Return what is left of clips (B, SIZE) without the two waves of their bars."""
    plane = torch.linalg.qr(waves())[0][which_bar(clips)]  # (B, SIZE, 2), made orthogonal
    return clips - (plane @ (plane.transpose(1, 2) @ clips[..., None]))[..., 0]


def _db(x: Tensor, power: float) -> float:
    """Return the level of x in dB against a mean power."""
    return 10 * math.log10(float(x.square().mean()) / power)


def in_a_row(clips: Tensor | np.ndarray, gap: float = 0.12) -> np.ndarray:
    """Return clips (B, SIZE) one after the other, one beginning every ``gap`` seconds."""
    row = np.zeros((len(clips), int(gap * RATE)))
    row[:, :SIZE] = np.asarray(clips)
    return row.ravel().clip(-1, 1)


def four_patients(seed: int = 3, count: int = 48) -> dict[str, Tensor]:
    """Return four rows of taps, ``"A"`` to ``"D"``, (count, SIZE) each, each with an illness.

    An exercise asks which has which: copies of a few clips, one bar only, too much noise, tones
    that are far too soft.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        clips, k = tap(40 * count)
        one, good = clips[k == 3][:count], clips[: 4 * count]
    tone = good - (rest := _rest(good))
    loud = good[good.square().sum(dim=1) > good.square().sum(dim=1).median()]
    return {
        "A": loud[:12].repeat(count // 12, 1),
        "B": one,
        "C": (tone + 3.2 * rest)[:count],
        "D": (0.2 * tone + rest)[count : 2 * count],
    }
