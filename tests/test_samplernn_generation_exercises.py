"""The checks of the chapter *Generating with SampleRNN* name the mistake that was made."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from aigc_edu.checks.autoregressive.samplernn_generation import FAULTS
from aigc_edu.teaching import check


def cost(sizes, width, levels, gates=6, ratios=None, divide=True, samples=True, frame=True):
    below = (*sizes[1:], 1)
    ratios = ratios or [size // fast for size, fast in zip(sizes, below, strict=True)]
    total = width * width + width * levels if samples else 0
    for size, ratio in zip(sizes, ratios, strict=True):
        move = frame * size * width + (gates + ratio) * width**2
        total += move / (size if divide else 1)
    return total


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda s, d, q: cost(s, d, q, divide=False), "divide each move"),
        (lambda s, d, q: cost(s, d, q, samples=False), "sample tier is missing"),
        (lambda s, d, q: d * d + d * q, "sample tier alone"),
        (lambda s, d, q: cost(s, d, q, gates=3), "not 3"),
        (lambda s, d, q: cost(s, d, q, gates=8), "not 8"),
        (lambda s, d, q: cost(s, d, q, ratios=s), "frame size itself"),
        (lambda s, d, q: cost(s, d, q, ratios=[1] * len(s)), "you count one"),
        (lambda s, d, q: cost(s, d, q, frame=False), "the frame itself"),
        (lambda s, d, q: 1, "should be"),
    ],
)
def test_cost_names_the_mistake(answer, hint):
    assert check("samplernn-cost", cost).passed
    assert hint in check("samplernn-cost", answer).hint


def fork(memory, n, axis=1, copy=True, **changes):
    def many(x, along):
        if copy:
            return x.repeat([n if i == along else 1 for i in range(x.dim())])
        return x.expand([n if i == along else -1 for i in range(x.dim())])

    return {
        "heard": many(memory["heard"], 0),
        "states": [many(state, axis) for state in memory["states"]],
        "said": [many(said, 0) for said in memory["said"]],
        "time": memory["time"],
        **changes,
    }


def in_place(memory, n):
    memory["states"] = [state.repeat(1, n, 1) for state in memory["states"]]
    return fork(memory, 1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda m, n: fork(m, n, axis=0), "a GRU's layers"),
        (lambda m, n: fork(m, n, copy=False), "expand does that"),
        (lambda m, n: fork(m, n, said=m["said"]), "said[0] is still that of one clip"),
        (lambda m, n: fork(m, n, time=0), "the time goes on"),
        (lambda m, n: fork(m, n, states=[torch.zeros(2, n, 5)] * 2), "other numbers"),
        (lambda m, n: fork(m, n, states=torch.zeros(2, n, 5)[:1]), "one tensor for each"),
        (lambda m, n: fork(m, n, heard=m["heard"][0]), "heard should be (3, 32)"),
        (in_place, "the memory that you were given"),
        (lambda m, n: m["heard"], "return a dictionary"),
    ],
)
def test_fork_names_the_mistake(answer, hint):
    assert check("samplernn-fork", fork).passed
    assert hint in check("samplernn-fork", answer).hint


def kl(right, wrong, axis=0):
    log_p, log_q = right.log_softmax(axis), wrong.log_softmax(axis)
    return (log_p.exp() * (log_p - log_q)).sum(0) / math.log(2)


def behind(above):
    found = above.nonzero()
    return int(found[-1]) + 1 if len(found) else 0


def reach(right, wrong, cut, limit):
    return behind(kl(right, wrong)[cut:] > limit)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda r, w, c, m: int((kl(r, w)[c:] <= m).to(torch.uint8).argmax()), "the *first* time"),
        (lambda r, w, c, m: behind(kl(r, w) > m), "counts from the cut"),
        (lambda r, w, c, m: reach(r, w, c, m) - 1, "the last distance above"),
        (lambda r, w, c, m: reach(r, w, c + 1, m), "has the distance 0"),
        (lambda r, w, c, m: reach(r, w, c, m) + 1, "one too many"),
        (lambda r, w, c, m: int((kl(r, w)[c:] > m).sum()), "how many distances"),
        (lambda r, w, c, m: reach(w, r, c, m), "are swapped"),
        (lambda r, w, c, m: behind(kl(r, w)[c:] * math.log(2) > m), "in nats"),
        (lambda r, w, c, m: behind(kl(r[:, c:], w[:, c:], 1) > m), "over time"),
        (lambda r, w, c, m: 3, "in the fourth nothing moves"),
    ],
)
def test_reach_names_the_mistake(answer, hint):
    assert check("samplernn-forgotten", reach).passed
    assert hint in check("samplernn-forgotten", answer).hint


def test_only_the_right_diagnosis_passes():
    for names in itertools.permutations(FAULTS.values()):
        answer = dict(zip("ABCD", names, strict=True))
        verdict = check("samplernn-diagnose", answer)
        assert verdict.passed == (answer == FAULTS)
        assert verdict.passed or "has another fault" in verdict.hint


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ({"A": "forgets"}, "letters A, B, C, D"),
        (dict.fromkeys("ABCD", ...), "not written"),
        (dict.fromkeys("ABCD", "forgets"), "named one twice"),
        (dict.fromkeys("ABCD", "tired"), "none of"),
    ],
)
def test_the_diagnosis_says_what_is_wrong_with_the_form(answer, hint):
    assert hint in check("samplernn-diagnose", answer).hint


def test_the_chapter_deals_the_faults_as_the_check_expects():
    names = ("slow tier late", "fast tier late", "forgets", "clips mix")
    dealt = np.random.default_rng(9).permutation(names)
    assert dict(zip("ABCD", map(str, dealt), strict=True)) == FAULTS
