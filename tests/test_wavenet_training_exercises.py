"""The checks of the chapter *Training WaveNet* name the mistake that was made."""

import pytest
import torch

from aigc_edu.teaching import check


def pair(c):
    return c[:, :-1].clamp(min=0), c[:, 1:]


def in_place(c):
    inputs, targets = c[:, :-1], c[:, 1:].clone()
    return inputs.clamp_(min=0), targets


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c: (c[:, :-1].clamp(min=0), c[:, :-1]), "the targets aren't shifted"),
        (lambda c: (c[:, 1:].clamp(min=0), c[:, 1:]), "the inputs are shifted, too"),
        (lambda c: (c.clamp(min=0), c), "both are all of the codes"),
        (lambda c: (c[:, 1:].clamp(min=0), c[:, :-1]), "predict the past"),
        (lambda c: (c[:, :-2].clamp(min=0), c[:, 2:]), "two ahead"),
        (lambda c: (c[:, :-2].clamp(min=0), c[:, 1:-1]), "last code is never predicted"),
        (lambda c: (c.clamp(min=0), c.roll(-1, 1)), "`roll`"),
        (lambda c: (c[:-1].clamp(min=0), c[1:]), "second dimension"),
        (lambda c: (c.clamp(min=0), c[:, 1:]), "no target"),
        (lambda c: (c[:, :-1], c[:, 1:]), "no such row"),
        (lambda c: (c[:, :-1].clamp(min=0), c[:, 1:].clamp(min=0)), "would be scored"),
        (lambda c: (c[:, :-1].clamp(min=1), c[:, 1:]), "inputs: x_0"),
        (lambda c: (c[:, :-1].clamp(min=0), c[:, 1:] + 1), "targets: x_1"),
        (in_place, "argument has been changed"),
        (lambda c: c[:, 1:], "Return a pair"),
        (lambda c: (c[:, :-1].clamp(min=0), None), "not written yet"),
    ],
)
def test_targets_name_the_mistake(answer, hint):
    assert check("training-targets", pair).passed
    assert check("training-targets", lambda c: list(pair(c))).passed
    assert hint in check("training-targets", answer).hint


def scored(length, field, at_start):
    return torch.full((length,), at_start) | (torch.arange(length) >= field - 1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n, r, s: torch.full((n,), s) | (torch.arange(n) >= r), "one too few"),
        (lambda n, r, s: torch.full((n,), s) | (torch.arange(n) >= r - 2), "one too many"),
        (lambda n, r, s: torch.full((n,), s) | (torch.arange(n) <= n - r), "at the end"),
        (lambda n, r, s: torch.arange(n) >= r - 1, "at a clip's start nothing is missing"),
        (lambda n, r, s: scored(n, r, not s), "turned round"),
        (lambda n, r, s: torch.ones(n, dtype=torch.bool), "the mask is missing"),
        (lambda n, r, s: ~scored(n, r, s), "yours is the opposite"),
        (lambda n, r, s: torch.arange(n) < r, "yours is the opposite, and one off"),
        (lambda n, r, s: torch.ones(n if s else max(0, n - r + 1)), "one value for each position"),
        (lambda n, r, s: torch.full((n,), s) | (torch.arange(n) == r), "8 positions are scored"),
        (lambda n, r, s: torch.ones(n + 1), "the shape should be (12,)"),
    ],
)
def test_mask_names_the_mistake(answer, hint):
    assert check("training-mask", scored).passed
    assert check("training-mask", lambda *a: scored(*a).float()).passed
    assert hint in check("training-mask", answer).hint


def test_mask_of_a_short_piece_is_empty():
    def wraps_round(length, field, at_start):
        values = torch.ones(length)
        values[: 0 if at_start else min(field - 1, length - 1)] = 0
        return values

    assert "a piece of 4 positions" in check("training-mask", wraps_round).hint


def agreement(x, y, back=False, upto=None):
    a, b = (y, x) if back else (x, y)
    length = len(x)
    shares = [(a[s:] == b[: length - s])[:upto].float().mean() for s in range(4)]
    return torch.stack(shares)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, y: agreement(x, y).argmin(), "fewest codes"),
        (lambda x, y: agreement(x, y, back=True).argmax(), "*earlier* inputs"),
        (lambda x, y: agreement(x, y).argmax() + 1, "counting begins"),
        (lambda x, y: agreement(x, y, upto=10).argmax(), "begins with silence"),
        (lambda x, y: 1, "the same for every batch"),
        (lambda x, y: agreement(x, y), "one number"),
        (lambda x, y: 3 - agreement(x, y).argmax(), "you return [3, 2, 1, 0]"),
    ],
)
def test_the_shift_names_the_mistake(answer, hint):
    assert check("training-shift", lambda x, y: agreement(x, y).argmax()).passed
    assert hint in check("training-shift", answer).hint
