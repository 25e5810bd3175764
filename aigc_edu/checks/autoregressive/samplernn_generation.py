"""Checks of the exercises of the chapter *Generating with SampleRNN*."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._matching import diagnosis_hint
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- what a sample costs

Sizes = tuple[int, ...]
Cost = Callable[[Sizes, int, int], float]
TRIALS: tuple[tuple[Sizes, int, int], ...] = (((12, 4), 10, 7), ((8,), 6, 16), ((24, 6, 2), 5, 9))


@exercise("samplernn-cost")
def cost(answer: Cost) -> str | None:
    """``answer(sizes, width, levels)`` returns multiplications, a number."""
    got = np.array([float(written(answer(*trial))) for trial in TRIALS])
    right = np.array([_cost(*trial) for trial in TRIALS])
    rest = f"cost{TRIALS[0]} should be {right[0]:g}, and you return {got[0]:g}."
    return hint_for(got, right, _cost_mistakes(), rest, tolerance=1e-3)


def _ratios(sizes: Sizes) -> list[int]:
    return [size // below for size, below in zip(sizes, (*sizes[1:], 1), strict=True)]


def _cost(sizes: Sizes, width: int, levels: int, gates: int = 6, ratios: Any = _ratios) -> float:
    """Return what a sample costs; the last two arguments make it wrong."""
    total = float(width * width + width * levels)
    for size, ratio in zip(sizes, ratios(sizes), strict=True):
        total += (size * width + (gates + ratio) * width**2) / size
    return total


def _cost_mistakes() -> Mistakes:
    for hint, rule in _wrong_costs():
        yield hint, np.array([float(rule(*trial)) for trial in TRIALS])


def _wrong_costs() -> Iterator[tuple[str, Cost]]:
    """Yield hints, and rules that return what these mistakes give."""

    def at_once(sizes: Sizes, width: int, levels: int) -> float:
        moves = [s * width + (6 + r) * width**2 for s, r in zip(sizes, _ratios(sizes), strict=True)]
        return sum(moves) + width * width + width * levels

    yield "that is the cost if all tiers moved: divide each move by its frame size.", at_once
    yield (
        "the sample tier is missing: it costs D^2 + D q at every sample.",
        lambda s, d, q: _cost(s, d, q) - d * d - d * q,
    )
    yield (
        "that is the sample tier alone; add the frame tiers.",
        lambda s, d, q: d * d + d * q,
    )
    for gates in (3, 4, 8):
        hint = f"a GRU costs 6 D^2 a move, three matrices for input and state each, not {gates}."
        yield hint, lambda s, d, q, g=gates: _cost(s, d, q, g)
    yield from _wrong_projections()
    yield (
        "the frame itself is missing: S_k D for each move.",
        lambda s, d, q: _cost(s, d, q) - d * len(s),
    )


def _wrong_projections() -> Iterator[tuple[str, Cost]]:
    """Yield what these mistakes about the r_k projections give."""
    yield (
        "r_k is the frame size divided by that of the tier below; you take the frame size itself.",
        lambda s, d, q: _cost(s, d, q, ratios=lambda sizes: sizes),
    )
    yield (
        "the fastest frame tier speaks to r_2 = S_2 samples; you give it one.",
        lambda s, d, q: _cost(s, d, q, ratios=lambda sizes: [*_ratios(sizes)[:-1], 1]),
    )
    yield (
        "what a tier says is r_k matrices, r_k D^2; you count one.",
        lambda s, d, q: _cost(s, d, q, ratios=lambda sizes: [1] * len(sizes)),
    )


# ---------------------------------------------------------------- one past, several futures

CLIPS, WIDTH = 3, 5
Memory = dict[str, Any]


@exercise("samplernn-fork")
def fork(answer: Callable[[Memory, int], Memory]) -> str | None:
    """``answer(memory, n)`` returns the memory of n clips: see the chapter for its entries."""
    memory, before = _memory(), _memory()
    got = written(answer(memory, CLIPS))
    if not isinstance(got, Mapping) or set(got) != set(before):
        return f"return a dictionary with the entries {', '.join(before)}."
    if not _same(memory, before):
        return "you change the memory that you were given; make a new one."
    return _about_fork(got, before) or _about_sharing(got, memory)


def _memory() -> Memory:
    """Return the memory of one clip, two tiers of two layers; no two of its numbers are equal."""
    torch.manual_seed(0)
    states = [torch.randn(2, 1, WIDTH) for _ in range(2)]
    said = [torch.randn(1, ratio, WIDTH) for ratio in (4, 8)]
    return {"heard": torch.arange(32)[None], "states": states, "said": said, "time": 45}


def _parts(memory: Mapping[str, Any]) -> list[tuple[str, Tensor, int]]:
    """Return name, tensor, and which of its axes is that of the clips, of each tensor."""
    rows = [("heard", memory["heard"], 0)]
    rows += [(f"states[{i}]", state, 1) for i, state in enumerate(memory["states"])]
    return rows + [(f"said[{i}]", said, 0) for i, said in enumerate(memory["said"])]


def _same(one: Memory, other: Memory) -> bool:
    pairs = zip(_parts(one), _parts(other), strict=True)
    equal = all(a.shape == b.shape and torch.equal(a, b) for (_, a, _), (_, b, _) in pairs)
    return equal and one["time"] == other["time"]


def _about_fork(got: Mapping[str, Any], before: Memory) -> str | None:
    """Return what is wrong with shapes and values."""
    if got["time"] != before["time"]:
        return f"the time goes on: it stays {before['time']}, whatever n is."
    if len(got["states"]) != 2 or len(got["said"]) != 2:
        return "states and said are lists with one tensor for each of the two tiers."
    for (name, have, axis), (_, want, _) in zip(_parts(got), _parts(before), strict=True):
        right = torch.repeat_interleave(want, CLIPS, axis)
        if tuple(have.shape) == tuple(right.shape):
            if not torch.equal(have, right):
                return f"{name} has the right shape and other numbers than those of the one clip."
        elif axis and have.shape == (2 * CLIPS, 1, WIDTH):
            return (
                f"{name} is {tuple(have.shape)}: you have copied along the first axis, which "
                "counts a GRU's layers; the clips are along the second."
            )
        elif have.shape == want.shape:
            return f"{name} is still that of one clip, {tuple(want.shape)}."
        else:
            return f"{name} should be {tuple(right.shape)}, yours is {tuple(have.shape)}."
    return None


def _about_sharing(got: Mapping[str, Any], memory: Memory) -> str | None:
    """Return what is wrong with where the numbers lie: each clip needs a place of its own."""
    for (name, have, axis), (_, old, _) in zip(_parts(got), _parts(memory), strict=True):
        rest, kept = have.unbind(axis)[1:], old.clone()
        others = [row.clone() for row in rest]
        have.select(axis, 0).zero_()
        if not all(torch.equal(a, b) for a, b in zip(rest, others, strict=True)):
            return (
                f"{name}: all clips share one place in memory (expand does that), so what is "
                "written for one is written for all. Copy, with repeat."
            )
        if not torch.equal(old, kept):
            return f"{name} lies where the memory that you were given lies; copy it."
    return None


# ---------------------------------------------------------------- a diagnosis

FAULTS = {
    "A": "clips mix",
    "B": "slow tier late",
    "C": "forgets",
    "D": "fast tier late",
}


@exercise("samplernn-diagnose")
def diagnose(answer: Mapping[str, str]) -> str | None:
    """``answer`` maps the letters A to D to the names of the four faults."""
    return diagnosis_hint(answer, FAULTS, _SIGNS, "sampler")


_SIGNS = {
    "clips mix": "Alone it is right, with a pause, too. Who else is there in the third way?",
    "forgets": "Only the pause harms it, and only when a tier moves after it.",
    "slow tier late": "It is wrong even alone. When should the tier have moved that didn't?",
    "fast tier late": "It is wrong even alone. When should the tier have moved that didn't?",
}

# ---------------------------------------------------------------- how long a past matters

LIMIT = 0.01
CUTS = (5, 11, 0)


@exercise("samplernn-forgotten")
def reach(answer: Callable[[Tensor, Tensor, int, float], int]) -> str | None:
    """``answer(right, wrong, cut, limit)``: logits (q, T) each; returns a distance."""
    trials = [(*_pair(cut, seed), cut) for seed, cut in enumerate(CUTS)]
    trials.append((trials[0][0], trials[0][0].clone(), 5))  # nothing moves
    trials.append((trials[0][0], trials[0][0].flip(0), 7))  # and here it never ends
    given = [written(answer(a.clone(), b.clone(), cut, LIMIT)) for a, b, cut in trials]
    got = numbers(torch.stack([torch.as_tensor(value, dtype=torch.float64) for value in given]))
    right = np.array([float(_reach(*trial)) for trial in trials])
    wrong = (
        (hint, np.array([float(rule(*trial)) for trial in trials])) for hint, rule in _wrong_reach()
    )
    want = ", ".join(f"{value:g}" for value in right)
    rest = f"the trials' distances are {want}; in the fourth nothing moves, in the fifth all does."
    return hint_for(got, right, wrong, rest)


def _pair(cut: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return logits (12, 60) that differ less and less behind the cut, with a late second rise."""
    torch.manual_seed(seed)
    right = 2 * torch.randn(12, 60, dtype=torch.float64)
    size = torch.zeros(60, dtype=torch.float64)
    size[:cut] = 1.0  # before the cut, where it isn't asked for
    size[cut : cut + 14] = torch.linspace(1.5, 0.6, 14, dtype=torch.float64)
    size[cut + 18 : cut + 46] = torch.linspace(0.4, 0.04, 28, dtype=torch.float64)
    return right, right + size * torch.randn(12, 60, dtype=torch.float64)


def _kl(p: Tensor, q: Tensor, axis: int = 0) -> Tensor:
    """Return the divergence of each column in bits, (T,); along another axis it is wrong."""
    log_p, log_q = p.log_softmax(axis), q.log_softmax(axis)
    return (log_p.exp() * (log_p - log_q)).sum(0) / math.log(2)


def _last(above: Tensor) -> int:
    """Return the number of the place behind the last true one."""
    found = above.nonzero()
    return int(found[-1]) + 1 if len(found) else 0


def _reach(right: Tensor, wrong: Tensor, cut: int) -> int:
    return _last(_kl(right, wrong)[cut:] > LIMIT)


Rule = Callable[[Tensor, Tensor, int], float]


def _wrong_reach() -> Iterator[tuple[str, Rule]]:
    """Yield hints, and rules that return what these mistakes give."""
    yield (
        "that is the *first* time at which it is below the limit; it comes back later.",
        lambda r, w, c: float((~(_kl(r, w)[c:] > LIMIT)).to(torch.uint8).argmax()),
    )
    yield (
        "that is a column of the clip; the distance counts from the cut.",
        lambda r, w, c: _last(_kl(r, w) > LIMIT),
    )
    yield (
        "off by one: that is the last distance above the limit, and the next one is asked for.",
        lambda r, w, c: _reach(r, w, c) - 1,
    )
    yield (
        "off by one: the column at the cut has the distance 0.",
        lambda r, w, c: _last(_kl(r, w)[c + 1 :] > LIMIT),
    )
    yield "one too many.", lambda r, w, c: _reach(r, w, c) + 1
    yield (
        "that counts how many distances are above the limit; look for the last of them.",
        lambda r, w, c: float((_kl(r, w)[c:] > LIMIT).sum()),
    )
    yield from _wrong_divergences()


def _wrong_divergences() -> Iterator[tuple[str, Rule]]:
    """Yield what these mistakes about the divergence give."""
    yield (
        "right and wrong are swapped: p belongs to the true past.",
        lambda r, w, c: _last(_kl(w, r)[c:] > LIMIT),
    )
    yield (
        "the divergence is in nats; divide by ln 2 for bits.",
        lambda r, w, c: _last(_kl(r, w)[c:] * math.log(2) > LIMIT),
    )
    yield (
        "the softmax runs over time; the codes are along the first axis.",
        lambda r, w, c: _last(_kl(r[:, c:], w[:, c:], 1) > LIMIT),
    )
