"""Checks on positions and the cache in the chapter *Attention and the Transformer*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import named_mistake
from aigc_edu.checks.blocks.attention import arrays, numbers, same
from aigc_edu.nn import angular_speeds, causal_mask, rotate, scaled_dot_product_attention
from aigc_edu.teaching.exercises import exercise


def _noise(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# ---------------------------------------------------------------- rotary positions


@exercise("attention-rotary")
def rotary(attend: Callable[..., Tensor]) -> str | None:
    """``attend(q, k, v, speeds)``: q, k, v (T, D), speeds (D / 2,); full attention, (T, D)."""
    for case, (length, d) in enumerate(((6, 4), (9, 6))):
        q, k, v = (2 * _noise(case + seed, length, d) for seed in (5, 55, 555))
        speeds = angular_speeds(d).float()
        times = torch.arange(length)
        right = scaled_dot_product_attention(rotate(q, times), rotate(k, times), v).numpy()
        got = numbers(attend(q.clone(), k.clone(), v.clone(), speeds.clone()))
        if same(got, right):
            continue
        hint = named_mistake(got, arrays(_rotary_mistakes(q, k, v)), 1e-4)
        if hint is None and got.shape != right.shape:
            hint = f"the shape should be {right.shape}, yours is {got.shape}."
        return f"With T = {length} and D = {d}: " + (
            hint or "turn the pair (x[2 i], x[2 i + 1]) at time t by the angle speeds[i] * t."
        )
    return None


def _turn(x: Tensor, sign: int = 1, shared: bool = False, halves: bool = False) -> Tensor:
    """Turn pairs of channels by their positions, rightly or in one of three wrong ways."""
    length, d = x.shape
    speeds = torch.ones(d // 2) if shared else angular_speeds(d).float()
    angles = sign * torch.arange(float(length))[:, None] * speeds
    a, b = (x[:, : d // 2], x[:, d // 2 :]) if halves else (x[:, 0::2], x[:, 1::2])
    turned = a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()
    return torch.cat(turned, 1) if halves else torch.stack(turned, -1).flatten(1)


def _rotary_mistakes(q: Tensor, k: Tensor, v: Tensor) -> list[tuple[str, Tensor]]:
    wrong = [
        ("nothing is turned: queries and keys are as they came.", (q, k, v)),
        (
            "the keys are turned the other way than the queries: then scores depend on the sum "
            "of the positions, not on their distance. Same sign for both.",
            (_turn(q), _turn(k, -1), v),
        ),
        (
            "the queries are turned the other way than the keys: same sign for both.",
            (_turn(q, -1), _turn(k), v),
        ),
        (
            "both are turned backwards: at time t, by the angle +speeds[i] * t.",
            (_turn(q, -1), _turn(k, -1), v),
        ),
        ("only the queries are turned; the keys need it, too.", (_turn(q), k, v)),
        ("only the keys are turned; the queries need it, too.", (q, _turn(k), v)),
        (
            "the values are turned as well: what is found must not depend on where it was found.",
            (_turn(q), _turn(k), _turn(v)),
        ),
        *_turning_mistakes(q, k, v),
    ]
    return [(hint, scaled_dot_product_attention(*tensors)) for hint, tensors in wrong]


def _turning_mistakes(
    q: Tensor, k: Tensor, v: Tensor
) -> list[tuple[str, tuple[Tensor, Tensor, Tensor]]]:
    return [
        (
            "every pair turns at the same speed: pair i has the speed speeds[i].",
            (_turn(q, shared=True), _turn(k, shared=True), v),
        ),
        (
            "you pair channel i with i + D / 2. That is a convention, too, but here neighbours go "
            "together: 2 i and 2 i + 1.",
            (_turn(q, halves=True), _turn(k, halves=True), v),
        ),
        (
            "the scores aren't divided by the square root of D.",
            (_turn(q) * q.shape[1] ** 0.5, _turn(k), v),
        ),
    ]


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
