"""Checks of the exercises of the chapter *The Transformer*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import named_mistake
from aigc_edu.checks.blocks.attention import arrays, numbers, same
from aigc_edu.nn import causal_mask, rotate, scaled_dot_product_attention
from aigc_edu.teaching.exercises import exercise


def _noise(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# ---------------------------------------------------------------- the cache


@exercise("attention-cache")
def cache(step: Callable[..., Tensor]) -> str | None:
    """``step(q, k, v, cache)``: new q, k, v (T, D), cache a dict; returns y (T, D)."""
    tensors = tuple(2 * _noise(seed, 9, 4) for seed in (1, 2, 3))
    for pieces in ([1] * 9, [3, 1, 1, 4]):
        kept: dict[str, Tensor] = {"k": torch.zeros(0, 4), "v": torch.zeros(0, 4)}
        done = 0
        for count in pieces:
            new = slice(done, done + count)
            got = numbers(step(*(x[new].clone() for x in tensors), kept))
            done += count
            fed = f"Fed {count} at a time, after {done}: " if count > 1 else f"At step {done}: "
            hint = _not_grown(kept, done) or _cache_hint(got, tensors, new, pieces)
            if hint:
                return fed + hint
    return None


def _not_grown(kept: dict[str, Tensor], done: int) -> str | None:
    if len(kept["k"]) == len(kept["v"]) == done:
        return None
    return (
        f"the cache should hold {done} keys and values, yours holds {len(kept['k'])} and "
        f"{len(kept['v'])}. Does it grow, cache['k'] = torch.cat([cache['k'], k])?"
    )


def _cache_hint(
    got: np.ndarray, tensors: tuple[Tensor, ...], new: slice, pieces: list[int]
) -> str | None:
    q, k, v = (x[: new.stop] for x in tensors)
    times = torch.arange(new.stop)
    right = scaled_dot_product_attention(
        rotate(q, times), rotate(k, times), v, causal_mask(new.stop)
    )
    right = right[new]
    if same(got, right.numpy()):
        return None
    if got.shape != tuple(right.shape):
        shape = tuple(right.shape)
        return f"y should have the shape {shape}, one row for each new query; yours: {got.shape}."
    wrong = _cache_mistakes(q, k, v, new, pieces)
    return named_mistake(got, arrays(wrong), 1e-4) or (
        "the result isn't that of all positions at once, computed without a cache."
    )


def _cache_mistakes(
    q: Tensor, k: Tensor, v: Tensor, new: slice, pieces: list[int]
) -> list[tuple[str, Tensor]]:
    count, times, there = new.stop - new.start, torch.arange(new.stop), causal_mask(new.stop)
    again = torch.cat([torch.arange(piece) for piece in pieces])[: new.stop]
    look, queries, keys = scaled_dot_product_attention, rotate(q, times)[new], rotate(k, times)
    restart = "positions start at 0 again; they go on at S, the length of the cache before."
    return [
        (
            "there is no mask: of several new queries, the early ones see the late ones.",
            look(queries, keys, v),
        ),
        (
            "the new queries got the first rows of the mask; theirs are the last: "
            "causal_mask(T, past=S).",
            look(queries, keys, v, there[:count]),
        ),
        (
            "the new queries see the new keys alone; they should see the cached ones, too.",
            look(queries, keys[new], v[new], causal_mask(count)),
        ),
        (f"the queries' {restart}", look(rotate(q, again)[new], keys, v, there[new])),
        (f"the {restart}", look(rotate(q, again)[new], rotate(k, again), v, there[new])),
        ("positions are missing: turn queries and keys.", look(q[new], k, v, there[new])),
    ]
