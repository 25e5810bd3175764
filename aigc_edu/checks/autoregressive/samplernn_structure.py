"""Checks of the exercises of the chapter *SampleRNN: the network*."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.dsp import mu_law_encode
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.teaching.exercises import exercise, written


@exercise("samplernn-clocks")
def clocks(used: Callable[[tuple[int, ...], int], Sequence[int]]) -> str | None:
    """``used(sizes, t)`` returns the output in use of each frame tier, slowest first, from 0."""
    cases = [
        ((16, 4), 21),
        ((16, 4), 0),
        ((32, 8), 63),
        ((8, 2), 13),
        ((12,), 7),
        ((24, 12, 3), 40),
    ]
    for sizes, t in cases:
        got = [int(n) for n in written(used(sizes, t))]
        right = _used(sizes, t)
        if got != right:
            return f"For {sizes} and t = {t}: {_clock_hint(sizes, t, got)}"
    return None


def _used(sizes: tuple[int, ...], t: int) -> list[int]:
    return [t % slow // fast for slow, fast in zip(sizes, (*sizes[1:], 1), strict=True)]


def _clock_hint(sizes: tuple[int, ...], t: int, got: list[int]) -> str:
    below, right = (*sizes[1:], 1), _used(sizes, t)
    ratios = [slow // fast for slow, fast in zip(sizes, below, strict=True)]
    mistakes = {
        "these count from 1; the first output is 0.": [n + 1 for n in right],
        "the order is from the slowest tier to the fastest.": right[::-1],
        "these are the outputs for the sample behind the next; code t has come, and the tier that "
        "ticks at t has moved already.": _used(sizes, t + 1),
        "these are the outputs for sample t; the question is about t + 1.": _used(sizes, t - 1),
        "these are samples since the tier moved; one output serves a whole step of the tier below, "
        "which is several samples.": [t % size for size in sizes],
        "these count the moves of the tier below from the clip's beginning; they start anew with "
        "each move of the tier itself.": [t // fast for fast in below],
        "a tier has r = S / S of the tier below outputs, and it takes the next one when the tier "
        "*below* moves.": [t % ratio for ratio in ratios],
        "that is how often each tier has moved.": [t // size for size in sizes],
    }
    if len(got) != len(sizes):
        return f"there are {len(sizes)} frame tiers, and you return {len(got)} numbers."
    named = (hint for hint, wrong in mistakes.items() if wrong == got)
    return next(named, f"it should be {right}, not {got}.")


@exercise("samplernn-upsample")
def upsample(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str | None:
    """``answer(h, U, d)``: h (n, D), U (r, D, D), d (r, D); returns (n r, D)."""
    torch.manual_seed(0)
    h, U, b = torch.randn(5, 4), torch.randn(3, 4, 4), torch.randn(3, 4)
    got = numbers(written(answer(h.clone(), U.clone(), b.clone())))
    told = torch.einsum("jde,ne->njd", U, h) + b  # (n, r, D)
    rest = "the row n r + j should be U[j] h[n] + d[j]."
    return hint_for(got, numbers(told.flatten(0, 1)), _upsample_mistakes(h, U, b, told), rest)


def _upsample_mistakes(h: Tensor, U: Tensor, b: Tensor, told: Tensor) -> Mistakes:
    turned = torch.einsum("jde,nd->nje", U, h) + b
    yield (
        "all frames come with output 0, then all with output 1; in the order of time, the r "
        "outputs of a frame come before the next frame.",
        numbers(told.transpose(0, 1).flatten(0, 1)),
    )
    yield "U[j] h means rows of U[j] times h; yours is turned.", numbers(turned.flatten(0, 1))
    yield "the constants d are missing.", numbers((told - b).flatten(0, 1))
    yield "each place j has a constant of its own.", numbers((told - b + b[0]).flatten(0, 1))
    repeated = (h @ U[0].T + b[0]).repeat_interleave(len(U), dim=0)
    yield "one projection is repeated; each place j has a matrix of its own.", numbers(repeated)
    yield "the r outputs of a frame are rows of their own, (n * r, D).", numbers(told.flatten(1))
    yield "the frames and the outputs are to be one axis, (n * r, D).", numbers(told)


LEAKS = ("none", "slow", "fast", "sample")


class Leaking(SampleRNN):
    """A small SampleRNN in which one tier may read what it is to predict.

    Parameters
    ----------
    where
        ``"none"``, ``"slow"``, ``"fast"`` or ``"sample"``.
    sizes
        Frame sizes of the slow and of the fast tier.
    seed
        Of the weights.
    """

    def __init__(self, where: str, sizes: tuple[int, int], seed: int = 0) -> None:
        torch.manual_seed(seed)
        super().__init__(SampleRNNConfig(levels=16, frame_sizes=sizes, width=24, embedding=8))
        tier = dict(zip(LEAKS[1:], (*self.tiers, self.samples), strict=True)).get(where)
        if tier is not None:
            tier.register_forward_pre_hook(_one_later)
        self.eval()


def _one_later(_: torch.nn.Module, heard: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Let a tier read the next frame, or the next window; behind the last one is the first."""
    first = heard[0]
    later = torch.cat([first[:, 1:], torch.full_like(first[:, :1], 8)], dim=1)
    return later, *heard[1:]


@exercise("samplernn-leak")
def leak(answer: Callable[[Callable[[Tensor], Tensor], tuple[int, int]], str]) -> str | None:
    """``answer(network, sizes)`` returns which tier reads what it is to predict."""
    trials = [(w, s, seed) for seed, s in enumerate([(8, 2), (12, 4)]) for w in LEAKS]
    got = [str(written(answer(_black_box(*trial), trial[1]))) for trial in trials]
    strange = sorted(set(got) - set(LEAKS))
    if strange:
        return f"the verdicts are {', '.join(map(repr, LEAKS))}; {strange[0]!r} is none of them."
    if len(set(got)) == 1:
        return (
            f"it is {got[0]!r} for every network. Change one code at a time, and compare the time "
            "of the first logits that move with that of the code."
        )
    wrong = [(t, said) for t, said in zip(trials, got, strict=True) if t[0] != said]
    if not wrong:
        return None
    (right, sizes, _), said = wrong[0]
    return f"with frames of {sizes}, the fault {right!r} is called {said!r}: {_LEAK_IS[right]}"


_LEAK_IS = {
    "none": "no logits before a code move with it. Logits at the code's own time may.",
    "slow": "right after the slow tier has moved, logits hear a whole slow frame ahead, and later "
    "less. Look at all t: just before its next move it is only one code, as with the others.",
    "fast": "right after the fast tier has moved, logits hear a whole fast frame ahead. Just "
    "before its next move it is only one code, as with the sample tier.",
    "sample": "logits hear one code ahead, at every t, and never more.",
}


def _black_box(where: str, sizes: tuple[int, int], seed: int) -> Callable[[Tensor], Tensor]:
    return Leaking(where, sizes, seed)


@exercise("samplernn-coding")
def coding(answer: Callable[[np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(s, x)``: samples and codes, (N,) each; returns how they were coded."""
    trials = [(kind, what, x) for what, x in _clips().items() for kind in _CODERS]
    got = [str(written(answer(x.copy(), _CODERS[kind](x)))) for kind, _, x in trials]
    strange = sorted(set(got) - set(_CODERS))
    if strange:
        return f"the verdicts are {', '.join(map(repr, _CODERS))}; {strange[0]!r} is none of them."
    for (kind, what, _), said in zip(trials, got, strict=True):
        if said != kind:
            return f"{what}, {kind!r} codes are called {said!r}: {_CODING_IS[kind, said]}"
    return None


def _clips() -> dict[str, np.ndarray]:
    """Return clips, (4000,) each; the full one fills [-1, 1] nearly, but not evenly."""
    random = np.random.default_rng(0)
    n = np.arange(4000)
    tone = np.sin(0.07 * n) * np.exp(-n / 900)
    x = 0.08 * (tone + 0.05 * random.standard_normal(4000))
    clicked = x.copy()
    clicked[77] = 0.95
    full = 0.9 * tone / np.abs(tone).max()
    return {
        "For a quiet clip": x,
        "With a click": clicked,
        "With an offset": x + 0.2,
        "For a loud clip": full,
        "For a clip from -1 to nearly 1": np.concatenate([full, [-1.0, 0.96]]),
    }


def _linear(x: np.ndarray) -> np.ndarray:
    return np.clip(np.floor((x + 1) * 128), 0, 255).astype(int)


def _min_max(x: np.ndarray) -> np.ndarray:
    return np.minimum(np.floor((x - x.min()) / (x.max() - x.min()) * 256), 255).astype(int)


_CODERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mu-law": mu_law_encode,
    "linear": _linear,
    "min-max": _min_max,
}
_IS = {
    "mu-law": "with the mu-law, equal steps of the code are not equal steps of the sample: plot "
    "the codes against the samples.",
    "linear": "even codes over [-1, 1] are 128 (s + 1), whatever the clip.",
    "min-max": "the smallest sample of the clip has code 0 and the largest 255, and in between the "
    "codes lie on a straight line.",
}
_CODING_IS = {
    (kind, said): _IS["mu-law"]
    + (" That code 0 or 255 occurs proves nothing." if said == "min-max" else "")
    if kind == "mu-law"
    else _IS[kind]
    for kind in _IS
    for said in _IS
}
