"""The checks of the chapter *Listening to itself* name the mistake that was made."""

import itertools
import math

import numpy as np
import pytest
import torch

from aigc_edu.checks.autoregressive.wavenet_listening_to_itself import FAULTS
from aigc_edu.teaching import check


def loud_pieces(x, rate, size=None):
    size = size or rate // 50
    rows = x[: len(x) // size * size].reshape(-1, size)
    return np.sqrt(np.mean(rows**2, axis=1)) > 10 ** (-35 / 20)


def until(x, rate):
    loud = np.flatnonzero(loud_pieces(x, rate))
    return (loud[-1] + 1) / 50 if len(loud) else 0.0


def to_the_first_pause(x, rate):
    loud = loud_pieces(x, rate)
    if not loud.any():
        return 0.0
    first = loud.argmax()
    return (first + np.append(loud[first:], False).argmin()) / 50


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, r: max(0.0, until(x, r) - 0.02), "until its end"),
        (to_the_first_pause, "first pause"),
        (lambda x, r: loud_pieces(x, r).sum() / 50, "adds the loud pieces"),
        (lambda x, r: 50 * until(x, r), "one takes 20 ms"),
        (lambda x, r: 1000 * until(x, r), "give seconds"),
        (lambda x, r: r * until(x, r), "divide by the rate"),
        (
            lambda x, r: (np.flatnonzero(loud_pieces(x, r, 160))[-1:] + 1).sum() * 160 / r,
            "fits 8,000 Hz only",
        ),
        (lambda x, r: len(x) / r, "falls silent after 0.20 s"),
    ],
)
def test_until_names_the_mistake(answer, hint):
    assert check("listening-until", until).passed
    assert hint in check("listening-until", answer).hint


def parts(log_p, codes):
    paid = -log_p.gather(1, codes[:, None]).mean() / math.log(2)
    return paid, -(log_p.exp() * log_p).sum(1).mean() / math.log(2)


def surplus(log_p, codes):
    paid, expected = parts(log_p, codes)
    return float(paid - expected)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, c: surplus(p, c) * math.log(2), "in nats"),
        (lambda p, c: -surplus(p, c), "sign is turned"),
        (lambda p, c: parts(p, c)[0], "subtract what it expected"),
        (lambda p, c: parts(p, c)[1], "subtract it from what it pays"),
        (lambda p, c: surplus(p, c) * len(c), "take the mean"),
        (lambda p, c: surplus(p, c) * math.log(2) ** 2, "multiplied by ln 2"),
        (lambda p, c: parts(p, c)[0] + p.mean() / math.log(2), "weighted"),
        (lambda p, c: sum(parts(p, c)), "plus expected"),
        (lambda p, c: 0.0, "in the trial it pays"),
    ],
)
def test_surplus_names_the_mistake(answer, hint):
    assert check("listening-surplus", surplus).passed
    assert hint in check("listening-surplus", answer).hint


def shifted(codes, drawn):
    return torch.cat([codes[:, :1], drawn[:, :-1]], dim=1)


def scheduled(codes, drawn, swap):
    return torch.where(swap, shifted(codes, drawn), codes)


def in_place(codes, drawn, swap):
    codes[:, 1:][swap[:, 1:]] = drawn[:, :-1][swap[:, 1:]]
    return codes


def moved(codes, drawn, swap):
    later = torch.cat([swap[:, :1] & False, swap[:, :-1]], dim=1)
    return torch.where(later, shifted(codes, drawn), codes)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c, d, s: torch.where(s, d, c), "one place to the right"),
        (lambda c, d, s: torch.where(s, torch.roll(d, 1, 1), c), "comes round"),
        (lambda c, d, s: torch.where(s, c, shifted(c, d)), "swap is turned"),
        (lambda c, d, s: c, "nothing is swapped"),
        (lambda c, d, s: shifted(c, d), "all is swapped"),
        (moved, "moved along"),
        (in_place, "work on a copy"),
        (lambda c, d, s: 0 * c, "drawn codes are those from 200 on"),
        (lambda c, d, s: c[:, 1:], "shape should be (2, 6)"),
    ],
)
def test_scheduled_names_the_mistake(answer, hint):
    assert check("listening-scheduled", scheduled).passed
    assert hint in check("listening-scheduled", answer).hint


def test_only_the_right_diagnosis_passes():
    for names in itertools.permutations(FAULTS.values()):
        answer = dict(zip("ABCD", names, strict=True))
        verdict = check("listening-diagnose", answer)
        assert verdict.passed == (answer == FAULTS)
        assert verdict.passed or "has another fault" in verdict.hint


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ({"A": "too hot"}, "letters A, B, C, D"),
        (dict.fromkeys("ABCD", ...), "not written"),
        (dict(zip("ABCD", ["too hot", "no curve", "no chance", "flu"], strict=True)), "none of"),
        (dict.fromkeys("ABCD", "too hot"), "named one twice"),
    ],
)
def test_the_diagnosis_says_what_is_wrong_with_the_form(answer, hint):
    assert hint in check("listening-diagnose", answer).hint


def test_the_chapter_deals_the_faults_as_the_check_expects():
    names = np.random.default_rng(29).permutation(
        ["too hot", "no chance", "no curve", "other digit"]
    )
    assert dict(zip("ABCD", map(str, names), strict=True)) == FAULTS
