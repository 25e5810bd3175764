"""Checks of the exercises of the chapter *Attention*: positions and distances."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_edu.checks._attention import arrays, numbers, same
from aigc_edu.checks._compare import named_mistake
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


# ---------------------------------------------------------------- where a head looks


@exercise("attention-distance")
def distance(profile: Callable[[Tensor], Tensor]) -> str | None:
    """``profile(weights)``: a causal head (T, T); the mean weight at each distance, (T,)."""
    for seed, length in ((0, 5), (1, 9)):
        scores = _noise(seed, length, length).masked_fill(~causal_mask(length), -torch.inf)
        weights = torch.softmax(scores, dim=1)
        right = torch.stack([weights.diagonal(-n).mean() for n in range(length)]).numpy()
        got = numbers(profile(weights.clone())).astype(float)
        if same(got, right):
            continue
        if got.shape != right.shape:
            return f"Return one number for each distance 0 ... {length - 1}, not {got.shape}."
        return named_mistake(got, arrays(_distance_mistakes(weights)), 1e-5) or (
            "Number n is the mean of weights[t, t - n] over t = n, ..., T - 1."
        )
    return None


def _distance_mistakes(weights: Tensor) -> list[tuple[str, Tensor]]:
    length = len(weights)
    below = torch.stack([weights.diagonal(-n).sum() for n in range(length)])
    above = torch.stack([weights.diagonal(n).mean() for n in range(length)])
    return [
        ("You add up. Few queries have a key far back, so take the mean over those.", below),
        (
            "You divide by all T queries; only T - n of them have a key at distance n.",
            below / length,
        ),
        ("You look ahead: keys are columns, and s = t - n lies below the diagonal.", above),
        (
            "You have the mean weight of each key, over the queries, whatever the distance.",
            weights.mean(dim=0),
        ),
    ]
