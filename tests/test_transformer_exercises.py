"""The checks of *The Transformer* name each typical mistake, and pass every right answer."""

import numpy as np
import pytest
import torch

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
