"""The attention chapter's checks accept right answers and name each typical mistake."""

import pytest
import torch
from torch.nn import functional as F

from aigc_edu.nn import causal_mask
from aigc_edu.teaching import check

# ---------------------------------------------------------------- the look-up


def attend(q, k, v, mask=None, scale=0.5, axis=1, closed=-torch.inf, invert=False, use=True):
    scores = q @ k.T / q.shape[1] ** scale
    if mask is not None and use:
        scores = scores.masked_fill(mask if invert else ~mask, closed)
    return torch.softmax(scores, dim=axis) @ v


def masked_after(q, k, v, mask):
    weights = torch.softmax(q @ k.T / q.shape[1] ** 0.5, dim=1)
    return (weights if mask is None else weights * mask) @ v


def renormalised(q, k, v, mask):
    weights = torch.exp(q @ k.T / q.shape[1] ** 0.5)
    weights = weights if mask is None else weights * mask
    return (weights / weights.sum(dim=1, keepdim=True)) @ v


@pytest.mark.parametrize(
    "right",
    [
        attend,
        renormalised,
        lambda q, k, v, mask: attend(q, k, v, mask).numpy(),
        lambda q, k, v, mask: attend(q.double(), k.double(), v.double(), mask),
        lambda q, k, v, mask: F.scaled_dot_product_attention(
            q[None], k[None], v[None], None if mask is None else mask[None]
        )[0],
    ],
)
def test_by_hand_accepts_every_right_answer(right):
    assert check("attention-by-hand", right).passed


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ({"scale": 0}, "aren't divided by the square root"),
        ({"scale": 1}, "divide by D"),
        ({"axis": 0}, "runs over the queries"),
        ({"use": False}, "mask has no effect"),
        ({"closed": 0.0}, "set to 0"),
        ({"invert": True}, "inverted"),
    ],
)
def test_by_hand_names_the_mistake(mistake, hint):
    assert hint in check("attention-by-hand", lambda *a: attend(*a, **mistake)).hint


def test_by_hand_names_other_mistakes():
    assert "after the softmax" in check("attention-by-hand", masked_after).hint
    assert "no softmax" in check("attention-by-hand", lambda q, k, v, m: q @ k.T / 5**0.5 @ v).hint
    turned = check("attention-by-hand", lambda *a: attend(*a).T)
    assert "shape should be (4, 3)" in turned.hint
    assert "differs" in check("attention-by-hand", lambda *a: attend(*a) + 1).hint


# ---------------------------------------------------------------- the mask


def square(length, low=None, high=0):
    return torch.ones(length, length, dtype=torch.bool).tril(high)


@pytest.mark.parametrize(
    "right",
    [square, lambda n: square(n).numpy(), lambda n: square(n).tolist(), lambda n: causal_mask(n)],
)
def test_mask_accepts_every_right_answer(right):
    assert check("attention-mask", right).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda n: square(n, high=-1), "diagonal is missing"),
        (lambda n: square(n, high=1), "one column too many"),
        (lambda n: square(n).T, "upper triangle"),
        (lambda n: ~square(n), "inverted"),
        (lambda n: torch.ones(n, n, dtype=torch.bool), "no mask"),
        (lambda n: square(n).float(), "boolean"),
        (lambda n: square(n).long(), "boolean"),
        (lambda n: torch.zeros(n, n).masked_fill(~square(n), -torch.inf), "0 and -inf"),
        (lambda n: square(n)[None], "shape should be (5, 5)"),
        (lambda n: square(n) & (torch.arange(n) % 2 == 0), "columns 0 ... t"),
        (lambda n: square(n) if n > 1 else ~square(n), "see itself"),
    ],
)
def test_mask_names_the_mistake(wrong, hint):
    assert hint in check("attention-mask", wrong).hint


# ---------------------------------------------------------------- heads


def split(x, heads):
    batch, length, channels = x.shape
    return x.reshape(batch, length, heads, channels // heads).transpose(1, 2)


def test_heads_accept_every_right_answer():
    assert check("attention-heads", split).passed
    assert check("attention-heads", lambda x, h: torch.stack(x.chunk(h, dim=2), dim=1)).passed
    assert check("attention-heads", lambda x, h: split(x, h).numpy()).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda x, h: x.reshape(x.shape[0], h, x.shape[1], -1), "mixes time with heads"),
        (lambda x, h: x.unflatten(2, (-1, h)).permute(0, 3, 1, 2), "every H-th channel"),
        (lambda x, h: x.unflatten(2, (h, -1)), "swap the axes 1 and 2"),
        (lambda x, h: split(x, h).transpose(2, 3), "last two axes"),
        (lambda x, h: x, "shape should be (2, 3, 5, 4)"),
        (lambda x, h: split(x, h).flip(1), "head h of time t"),
    ],
)
def test_heads_name_the_mistake(wrong, hint):
    assert hint in check("attention-heads", wrong).hint


# ---------------------------------------------------------------- rotary positions


def turn(x, speeds, sign=1):
    angles = sign * torch.arange(len(x))[:, None] * speeds
    a, b = x[:, 0::2], x[:, 1::2]
    pairs = [a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()]
    return torch.stack(pairs, dim=-1).flatten(1)


def turn_halves(x, speeds):
    order = torch.cat([torch.arange(0, x.shape[1], 2), torch.arange(1, x.shape[1], 2)])
    back = torch.argsort(order)
    return turn(x[:, back], speeds)[:, order]


def rotary(q, k, v, speeds, queries=1, keys=1, values=0):
    turned = [
        turn(x, speeds, sign) for x, sign in zip((q, k, v), (queries, keys, values), strict=True)
    ]
    return attend(*turned)


def as_complex(q, k, v, speeds):
    """Another way to the same: multiply complex numbers."""
    turns = torch.polar(torch.ones(len(q), len(speeds)), torch.arange(len(q))[:, None] * speeds)
    q, k = (torch.view_as_complex(x.unflatten(1, (-1, 2)).contiguous()) * turns for x in (q, k))
    scores = (q @ k.conj().T).real / (2 * len(speeds)) ** 0.5
    return torch.softmax(scores, dim=1) @ v


def test_rotary_accepts_every_right_answer():
    assert check("attention-rotary", rotary).passed
    assert check("attention-rotary", as_complex).passed


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ({"keys": -1}, "keys are turned the other way"),
        ({"queries": -1}, "queries are turned the other way"),
        ({"queries": -1, "keys": -1}, "turned backwards"),
        ({"keys": 0}, "only the queries"),
        ({"queries": 0}, "only the keys"),
        ({"queries": 0, "keys": 0}, "nothing is turned"),
        ({"values": 1}, "values are turned"),
    ],
)
def test_rotary_names_the_mistake(mistake, hint):
    assert hint in check("attention-rotary", lambda *a: rotary(*a, **mistake)).hint


def test_rotary_names_other_mistakes():
    same_speed = check("attention-rotary", lambda q, k, v, s: rotary(q, k, v, torch.ones_like(s)))
    assert "same speed" in same_speed.hint
    halves = check(
        "attention-rotary", lambda q, k, v, s: attend(turn_halves(q, s), turn_halves(k, s), v)
    )
    assert "i + D / 2" in halves.hint
    unscaled = check(
        "attention-rotary", lambda q, k, v, s: attend(turn(q, s), turn(k, s), v, scale=0)
    )
    assert "square root of D" in unscaled.hint
    assert "shape should be" in check("attention-rotary", lambda *a: rotary(*a).T).hint


# ---------------------------------------------------------------- where a head looks


def profile(weights, mean=True, ahead=1):
    rows = [weights.diagonal(-ahead * n) for n in range(len(weights))]
    return torch.stack([row.mean() if mean else row.sum() for row in rows])


def test_distance_accepts_right_answers():
    assert check("attention-distance", profile).passed
    assert check("attention-distance", lambda w: profile(w).double().numpy()).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda w: profile(w, mean=False), "You add up"),
        (lambda w: profile(w, mean=False) / len(w), "divide by all T queries"),
        (lambda w: profile(w, ahead=-1), "You look ahead"),
        (lambda w: w.mean(dim=0), "whatever the distance"),
        (lambda w: profile(w)[1:], "one number for each distance"),
        (lambda w: 2 * profile(w), "over t = n"),
    ],
)
def test_distance_names_the_mistake(answer, words):
    verdict = check("attention-distance", answer)
    assert not verdict.passed and words in verdict.hint
