"""Checks of the exercises of the chapter *The Transformer*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checks._attention import arrays, numbers, same
from aigc_edu.checks._compare import named_mistake
from aigc_edu.nn import causal_mask, rotate, scaled_dot_product_attention
from aigc_edu.teaching import tunes
from aigc_edu.teaching.exercises import exercise, written


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


# ---------------------------------------------------------------- the norm


@exercise("transformer-norm")
def norm(normalise: Callable[..., Tensor]) -> str | None:
    """``normalise(x, g, b)``: x (B, T, C), g and b (C,); layer normalisation, (B, T, C)."""
    for seed, shape, size in ((0, (2, 5, 4), 2.0), (1, (1, 1, 6), 1e-3), (2, (3, 4, 3), 1.0)):
        x, g, b = 1 + size * _noise(seed, *shape), _noise(seed + 9, shape[2]), _noise(4, shape[2])
        right = F.layer_norm(x, (shape[2],), g, b).numpy()
        got = numbers(normalise(x.clone(), g.clone(), b.clone()))
        if same(got, right):
            continue
        if got.shape != right.shape:
            return f"The shape should be {right.shape}, that of x; yours is {got.shape}."
        return named_mistake(got, arrays(_norm_mistakes(x, g, b)), 1e-4) or (
            "Each position has a mean and a standard deviation of its own, over the last axis."
        )
    return None


def _norm_mistakes(x: Tensor, g: Tensor, b: Tensor) -> list[tuple[str, Tensor]]:
    rest = x - x.mean(-1, keepdim=True)
    variance = (rest**2).mean(-1, keepdim=True)
    channels = x.shape[-1]
    found = [
        (
            "The variance is divided by C - 1, as var() and std() do by default; divide by C.",
            g * rest / torch.sqrt(variance * channels / (channels - 1) + 1e-5) + b,
        ),
        (
            "The epsilon stands beside the root; it belongs under it.",
            g * rest / (variance.sqrt() + 1e-5) + b,
        ),
        ("You divide by the variance; take its root.", g * rest / (variance + 1e-5) + b),
        ("The mean isn't subtracted.", g * x / torch.sqrt(variance + 1e-5) + b),
        ("g and b are missing.", rest / torch.sqrt(variance + 1e-5)),
    ]
    return found + [(_LEAKS, _over(axes, x, g, b)) for axes in ((1,), (0, 1), (1, 2), (0, 1, 2))]


_LEAKS = (
    "Mean and deviation run over time or over the batch: that leaks the future, and other clips. "
    "Take the last axis alone."
)


def _over(axes: tuple[int, ...], x: Tensor, g: Tensor, b: Tensor) -> Tensor:
    """Return a normalisation over the wrong axes."""
    rest = x - x.mean(axes, keepdim=True)
    return g * rest / torch.sqrt((rest**2).mean(axes, keepdim=True) + 1e-5) + b


# ---------------------------------------------------------------- a diagnosis by measuring

_KINDS = ("fine", "no positions", "leaking")


@exercise("transformer-diagnose")
def diagnosis(diagnose: Callable[[Tensor], str]) -> str | None:
    """``diagnose(tunes)``: tunes (N, 32) of one network; "fine", "no positions" or "leaking"."""
    said = []
    for seed in range(2):
        for kind in _KINDS:
            answer = written(diagnose(_written_by(kind, seed)))
            if answer not in _KINDS:
                return f"Return one of {', '.join(_KINDS)}; yours is {answer!r}."
            said.append((kind, answer))
    if all(kind == answer for kind, answer in said):
        return None
    if len({answer for _, answer in said}) == 1:
        return f"You say {said[0][1]!r} of every network: compare the shares with a bound."
    kind, answer = next(pair for pair in said if pair[0] != pair[1])
    return f"You call {answer!r} what is {kind!r}: {_SIGNS[kind]}"


_SIGNS = {
    "fine": "there, bar 2 repeats bar 1 in nine of ten tunes. Not all of them: allow for that.",
    "no positions": "there, bar 2 never repeats bar 1, and a code is hardly ever that before it.",
    "leaking": "there, bar 2 never repeats bar 1, and half of its codes are that before it. Does "
    "the first code of bar 2 have the last one of bar 1 before it?",
}


def _written_by(kind: str, seed: int, count: int = 120) -> Tensor:
    """Return tunes such as a network of a kind writes, (count, 32)."""
    rng = np.random.default_rng(seed)
    rows = np.array([tunes.compose(rng)[0] for _ in range(count)])
    if kind == "fine":
        rows[::10, 12] = 3
    for row in rows if kind == "no positions" else ():
        for bar in range(1, tunes.BARS):
            row[8 * bar : 8 * bar + 8] = _shuffled(row[:8], rng)
    for row in rows if kind == "leaking" else ():
        for t in range(8, len(row)):
            step = int(rng.integers(-1, 2)) if rng.random() < 0.7 else 0
            row[t] = np.clip(row[t - 1] + step, 0, 14)
    return torch.tensor(rows)


def _shuffled(bar: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the codes of a bar in another order, no code twice in a row where that can be."""
    orders = [rng.permutation(bar) for _ in range(20)]
    orders = [order for order in orders if not np.array_equal(order, bar)] or [bar[::-1]]
    return min(orders, key=lambda order: int(np.count_nonzero(order[1:] == order[:-1])))
