"""The checks of *The Transformer* name each typical mistake, and pass every right answer."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from aigc_edu.nn import causal_mask, rotate, scaled_dot_product_attention
from aigc_edu.teaching import check

# ---------------------------------------------------------------- the cache


def step(q, k, v, cache, grow=True, begin=None, mask="right", stored=True, positions=True):
    past, count = len(cache["k"]), len(q)
    first = past if begin is None else begin
    times = torch.arange(first, first + count)
    if positions:
        q, k = rotate(q, times), rotate(k, times)
    keys, values = torch.cat([cache["k"], k]), torch.cat([cache["v"], v])
    if grow:
        cache["k"], cache["v"] = keys, values
    masks = {
        "right": causal_mask(count, past),
        "none": None,
        "first": causal_mask(past + count)[:count],
        "new": causal_mask(count),
    }
    if not stored:
        keys, values = k, v
    return scaled_dot_product_attention(q, keys, values, masks[mask])


def unrotated_keys_kept(q, k, v, cache):
    """Right as well: the cache keeps keys as they came and turns all of them each time."""
    cache["k"], cache["v"] = torch.cat([cache["k"], k]), torch.cat([cache["v"], v])
    count, total = len(q), len(cache["k"])
    times = torch.arange(total)
    keys = rotate(cache["k"], times)
    mask = causal_mask(total)[-count:]
    return scaled_dot_product_attention(rotate(q, times[-count:]), keys, cache["v"], mask)


def test_cache_accepts_every_right_answer():
    assert check("attention-cache", step).passed
    assert check("attention-cache", unrotated_keys_kept).passed
    assert check("attention-cache", lambda *a: np.asarray(step(*a))).passed


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ({"grow": False}, "Does it grow"),
        ({"begin": 0}, "positions start at 0 again"),
        ({"mask": "none"}, "no mask"),
        ({"mask": "first"}, "first rows of the mask"),
        ({"stored": False, "mask": "new"}, "new keys alone"),
        ({"positions": False}, "positions"),
    ],
)
def test_cache_names_the_mistake(mistake, hint):
    assert hint in check("attention-cache", lambda *a: step(*a, **mistake)).hint


def test_cache_names_queries_that_start_again_and_a_wrong_shape():
    def queries_at_zero(q, k, v, cache):
        past = len(cache["k"])
        cache["k"] = torch.cat([cache["k"], rotate(k, torch.arange(past, past + len(k)))])
        cache["v"] = torch.cat([cache["v"], v])
        turned = rotate(q, torch.arange(len(q)))
        mask = causal_mask(len(q), past)
        return scaled_dot_product_attention(turned, cache["k"], cache["v"], mask)

    assert "queries' positions start at 0" in check("attention-cache", queries_at_zero).hint
    assert "shape (1, 4)" in check("attention-cache", lambda *a: step(*a)[0]).hint
    assert "all positions at once" in check("attention-cache", lambda *a: 2 * step(*a)).hint


# ---------------------------------------------------------------- the norm


def norm(x, g, b, axes=-1, correction=0, eps=1e-5, outside=0.0):
    rest = x - x.mean(axes, keepdim=True)
    variance = rest.var(axes, correction=correction, keepdim=True)
    return g * rest / (torch.sqrt(variance + eps) + outside) + b


def test_norm_accepts_every_right_answer():
    assert check("transformer-norm", norm).passed
    assert check("transformer-norm", lambda *a: F.layer_norm(a[0], a[1].shape, *a[1:])).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *a: norm(*a, correction=1), "divided by C - 1"),
        (lambda *a: norm(*a, eps=0, outside=1e-5), "epsilon stands beside"),
        (lambda *a: norm(*a, axes=1), "leaks the future"),
        (lambda *a: norm(*a, axes=(0, 1)), "leaks the future"),
        (lambda *a: norm(*a, axes=(0, 1, 2)), "leaks the future"),
        (lambda x, g, b: norm(x, 1, 0), "g and b are missing"),
        (lambda *a: norm(*a)[0], "The shape should be"),
        (lambda *a: 2 * norm(*a), "of its own"),
    ],
)
def test_norm_names_the_mistake(answer, words):
    verdict = check("transformer-norm", answer)
    assert not verdict.passed and words in verdict.hint


# ---------------------------------------------------------------- a diagnosis by measuring


def diagnose(rows, enough=0.5, many=0.25, start=7):
    first, second = rows[:, :8], rows[:, 8:16]
    repeats = (first == second).all(dim=1).float().mean()
    clings = (second == rows[:, start : start + 8]).float().mean()
    return "fine" if repeats > enough else "leaking" if clings > many else "no positions"


def test_diagnose_accepts_a_right_answer():
    assert check("transformer-diagnose", diagnose).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda rows: diagnose(rows, enough=0.99), "allow for that"),
        (lambda rows: diagnose(rows, many=0.9), "half of its codes"),
        (lambda rows: diagnose(rows, many=0.0), "hardly ever"),
        (lambda rows: "fine", "of every network"),
        (lambda rows: "broken", "Return one of"),
    ],
)
def test_diagnose_names_the_mistake(answer, words):
    verdict = check("transformer-diagnose", answer)
    assert not verdict.passed and words in verdict.hint
