"""Checks of the exercises of the chapter *Why is it noise?*."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from aigc_edu.audio import resample
from aigc_edu.checks._compare import hint_for
from aigc_edu.checks._matching import matching_hint
from aigc_edu.evaluation.likelihood import entropy_given_previous, entropy_of_codes
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- what pairs are worth


@exercise("clinic-previous")
def previous(answer: Callable[[np.ndarray], float]) -> str | None:
    """``answer(codes)``: bits for a code of one clip (T,), given the code before it."""
    for seed in range(3):
        codes = _wandering(seed)
        got = np.array(float(written(answer(codes.copy()))))
        right = np.array(entropy_given_previous([codes], 8))
        rest = f"for a clip of ours it should be {float(right):.3f} bits, not {float(got):.3f}."
        hint = hint_for(got, right, _previous_mistakes(codes), rest, 1e-4)
        if hint:
            return hint
    cycle = float(answer(np.tile(np.arange(4), 50)))
    if abs(cycle) > 1e-6:
        return f"in 0, 1, 2, 3, 0, 1, ... each code tells the next: 0 bits, not {cycle:.3f}."
    return None


def _wandering(seed: int) -> np.ndarray:
    """Return codes (400,) below 8 that go up more often than down, so that time has a direction."""
    random = np.random.default_rng(seed)
    steps = random.choice([1, 2, -3], p=[0.6, 0.25, 0.15], size=400)
    return np.where(random.random(400) < 0.1, 0, steps.cumsum() % 8)


def _previous_mistakes(codes: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    joint = entropy_of_codes(8 * codes[:-1] + codes[1:], 64)
    first, second = entropy_of_codes(codes[:-1], 8), entropy_of_codes(codes[1:], 8)
    whole, right = entropy_of_codes(codes, 8), joint - first
    rows = [codes[1:][codes[:-1] == code] for code in np.unique(codes[:-1])]
    plain = np.mean([entropy_of_codes(row, 8) for row in rows])
    for hint, wrong in (
        ("that is what a pair costs: take off what its first code costs.", joint),
        ("that is the histogram's entropy: the code before is not used.", whole),
        ("that is half of a pair's cost; the second code is cheaper than the first.", joint / 2),
        ("these are nats: divide by ln 2.", right * np.log(2)),
        ("that is the cost of a code given the one *after* it.", joint - second),
        ("weigh each code's row by how often the code occurs.", plain),
        ("the sign is wrong: minus p log p.", -right),
        ("the first codes of the pairs are all codes but the last.", joint - whole),
    ):
        yield hint, np.array(float(wrong))


# ---------------------------------------------------------------- reading a file


@exercise("clinic-read")
def read(answer: Callable[[np.ndarray, int], np.ndarray]) -> str | None:
    """``answer(integers, rate)``: 16-bit samples at any rate become samples at 8 kHz."""
    for rate in (16_000, 8_000, 44_100):
        t = np.arange(rate // 4) / rate
        tone = 0.5 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 5200 * t)
        x = np.round(32768 * tone).astype(np.int16)
        got = np.asarray(written(answer(x.copy(), rate)), float)
        right = resample(x / 32768, rate, 8000)
        hint = hint_for(got, right, _read_mistakes(x, rate), _read_rest(got, right), 2e-3)
        if hint:
            return f"16 bits at {rate} Hz: {hint}"
    return None


def _read_rest(got: np.ndarray, right: np.ndarray) -> str:
    if got.shape == right.shape and np.abs(got).max() < 2:
        return f"resample, and do nothing else; yours peak at {np.abs(got).max():.2f}."
    return f"there should be {len(right)} samples within [-1, 1]."


def _read_mistakes(x: np.ndarray, rate: int) -> Iterator[tuple[str, np.ndarray]]:
    whole, step = x / 32768, max(1, rate // 8000)
    right = resample(whole, rate, 8000)
    loud = resample(x.astype(float), rate, 8000)
    clip = "clipped at 1, whole numbers are all 1 or -1: divide by 32,768 first."
    for hint, wrong in (
        ("these are whole numbers up to 32,767: divide by 32,768.", loud),
        (clip, np.clip(loud, -1, 1)),
        (clip, resample(np.clip(x.astype(float), -1, 1), rate, 8000)),
        ("divided twice by 32,768, it is silence.", right / 32768),
        ("the rate is thrown away: at 8 kHz this is another pitch and another length.", whole),
        (f"the rate is thrown away. And {clip}", np.clip(x.astype(float), -1, 1)),
        ("the rate is thrown away, and the samples are not divided by 32,768.", x.astype(float)),
        ("leaving out samples folds down what is above 4 kHz: use resample.", whole[::step]),
        ("resample(x, old, new): it went the other way.", resample(whole, 8000, rate)),
    ):  # fmt: skip
        if rate != 8000 or "rate is" not in hint:
            yield hint, wrong


# ---------------------------------------------------------------- a loss, mended


@exercise("clinic-costs")
def costs(answer: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """``answer(logits, codes)``: nats of each target (B, T), 0 where there is padding."""
    random = torch.Generator().manual_seed(0)
    codes = torch.randint(6, (3, 9), generator=random)
    codes[1, 6:] = IGNORED
    logits = 2 * torch.randn(3, 6, 8, generator=random)
    right = _costs(logits, codes)
    got = written(answer(logits.clone(), codes.clone()))
    values = got.detach().double().numpy() if isinstance(got, Tensor) else np.array(float(got))
    rest = "they should be -ln p of the code that comes next, one for each target."
    return hint_for(values, right.double().numpy(), _costs_mistakes(logits, codes), rest, 1e-4)


def _costs(logits: Tensor, codes: Tensor, shift: int = 1, axis: int = 1) -> Tensor:
    targets = codes[:, 1:] if shift else codes[:, :-1]
    logs = logits.log_softmax(dim=axis)
    found = -logs.gather(1, targets.clamp(min=0)[:, None])[:, 0]
    return found * (targets != IGNORED)


def _costs_mistakes(logits: Tensor, codes: Tensor) -> Iterator[tuple[str, np.ndarray]]:
    time = "the softmax runs over time: dim=2 is T, the codes lie along dim=1."
    same = "each target is the code that is heard: the targets are codes[:, 1:]."
    pad = "padding costs something: multiply by (targets != IGNORED)."
    open_end = -logits.log_softmax(1).gather(1, codes[:, 1:].clamp(min=0)[:, None])[:, 0]
    here = codes[:, :-1]
    both = -logits.log_softmax(2).gather(1, here.clamp(min=0)[:, None])[:, 0]
    for hint, wrong in (
        (f"{same} And {time}", _costs(logits, codes, 0, 2)),
        (f"{same} And {time} And {pad}", both),
        (same, _costs(logits, codes, 0, 1)),
        (f"{same} And {pad}", -logits.log_softmax(1).gather(1, here.clamp(min=0)[:, None])[:, 0]),
        (time, _costs(logits, codes, 1, 2)),
        (f"{time} And {pad}",
         -logits.log_softmax(2).gather(1, codes[:, 1:].clamp(min=0)[:, None])[:, 0]),
        (pad, open_end),
        ("the sign is wrong: costs are minus the logarithm.", -_costs(logits, codes)),
        ("that is one number: one cost is asked for each target.", _costs(logits, codes).mean()),
        ("these are the logits themselves: take a log_softmax.",
         -logits.gather(1, codes[:, 1:].clamp(min=0)[:, None])[:, 0] * (codes[:, 1:] != IGNORED)),
    ):  # fmt: skip
        yield hint, wrong.double().numpy()


# ---------------------------------------------------------------- honest draws


@exercise("clinic-honest")
def honest(answer: Callable[[Tensor, Tensor], float]) -> str | None:
    """``answer(logits, drawn)``: how many standard errors the draws cost too much."""
    random = torch.Generator().manual_seed(1)
    logits = 1.5 * torch.randn(2, 5, 200, generator=random)
    p = logits.softmax(dim=1).transpose(1, 2).reshape(-1, 5)
    drawn = torch.multinomial(p, 1, generator=random).reshape(2, 200)
    for codes in (drawn, logits.argmax(dim=1), torch.zeros_like(drawn)):
        right = np.array(_deviation(logits, codes))
        got = np.array(float(written(answer(logits.clone(), codes.clone()))))
        rest = f"for draws of ours it should be {float(right):.3f}, not {float(got):.3f}."
        hint = hint_for(got, right, _honest_mistakes(logits, codes), rest, 1e-3)
        if hint:
            return hint
    return None


def _parts(logits: Tensor, codes: Tensor, axis: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """Return surprise, entropy and variance of the surprise at each place, (B, T) each, in nats."""
    logs = logits.double().log_softmax(dim=axis)
    p = logs.exp()
    entropy = -(p * logs).sum(dim=1)
    variance = (p * logs.square()).sum(dim=1) - entropy.square()
    return -logs.gather(1, codes[:, None])[:, 0], entropy, variance


def _deviation(logits: Tensor, codes: Tensor) -> float:
    surprise, entropy, variance = _parts(logits, codes)
    return float((surprise - entropy).sum() / variance.sum().sqrt())


def _honest_mistakes(logits: Tensor, codes: Tensor) -> Iterator[tuple[str, np.ndarray]]:
    surprise, entropy, variance = _parts(logits, codes)
    apart, count = (surprise - entropy).sum(), surprise.numel()
    square = (logits.double().softmax(1) * logits.double().log_softmax(1).square()).sum()
    for hint, wrong in (
        ("the sign is wrong: surprise minus entropy.", -apart / variance.sum().sqrt()),
        ("variances add up, deviations do not: take the root of the sum.",
         apart / variance.sqrt().sum()),
        ("divide by the root of the variance.", apart / variance.sum()),
        ("that is the sum: divide it by the root of the summed variances.", apart),
        ("that is a mean in nats: divide the sum by the root of the summed variances.",
         apart / count),
        ("the mean of the differences needs the error of a mean: use sums for both.",
         apart / count / variance.sum().sqrt()),
        ("the variance is the mean of the squares minus the square of the mean.",
         apart / square.sqrt()),
        ("that is what the draws cost; honest draws cost the entropy.",
         surprise.sum() / variance.sum().sqrt()),
    ):  # fmt: skip
        yield hint, np.array(float(wrong))


# ---------------------------------------------------------------- eight patients

RIGHT = {
    "A": "shift",
    "B": "rate",
    "C": "divergence",
    "D": "state",
    "E": "mask",
    "F": "levels",
    "G": "collapse",
    "H": "axis",
}
_WOULD = {
    "levels": "samples at a wrong scale show in the data: levels() finds them clipped or silent, "
    "and the histogram's entropy is far below that of the others.",
    "rate": "with a wrong rate nothing is amiss in the curve. What is said lasts twice as long and "
    "is an octave too low.",
    "shift": "a target that is heard costs next to nothing on held-out clips, too, from the first "
    "steps on. The first loss is a blind guess, and no earlier cost moves when a code is changed.",
    "mask": "when the future leaks, held-out clips cost next to nothing, and changing a code moves "
    "the costs of earlier ones: shift_test says so.",
    "axis": "a softmax over time guesses among all times: the first loss is the logarithm "
    "of the clip's length, well above a guess among the codes.",
    "state": "if only generation forgets, the training is sound: its loss ends near nothing by "
    "heart while held-out clips stay dear. What is heard is made of right bits in a wrong order.",
    "collapse": "a collapse belongs to a generator against a critic: there are two losses, "
    "and spread() finds its sounds much nearer to each other than real ones.",
    "divergence": "steps that are too large drive the loss above the blind guess, and it "
    "never comes below the histogram afterwards.",
}


@exercise("clinic-causes")
def causes(answer: object) -> str | None:
    """``answer``: a dictionary from each patient's letter to the name of its cause."""
    return matching_hint(answer, RIGHT, _WOULD)
