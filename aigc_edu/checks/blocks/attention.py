"""Checks of the exercises of the chapter *Attention*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._attention import arrays, numbers, same
from aigc_edu.checks._compare import named_mistake
from aigc_edu.nn import causal_mask, scaled_dot_product_attention
from aigc_edu.teaching.exercises import exercise


def _noise(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# ---------------------------------------------------------------- the look-up


@exercise("attention-by-hand")
def by_hand(attend: Callable[..., Tensor]) -> str | None:
    """``attend(q, k, v, mask)``: q (T, D), k (S, D), v (S, E), mask (T, S) or None; (T, E)."""
    for case, (length, keys, masked) in enumerate(((4, 6, False), (5, 5, True), (5, 7, True))):
        q, k, v = _noise(case, length, 5), _noise(case + 9, keys, 5), _noise(case + 99, keys, 3)
        mask = causal_mask(length, keys - length) if masked else None
        right = scaled_dot_product_attention(q, k, v, mask).numpy()
        got = numbers(attend(q.clone(), k.clone(), v.clone(), mask))
        if same(got, right):
            continue
        where = f"With {length} queries and {keys} keys{', masked' if masked else ''}: "
        hint = named_mistake(got, arrays(_look_up_mistakes(q, k, v, mask)), 1e-4)
        if hint is None and got.shape != right.shape:
            hint = f"the shape should be {right.shape}, yours is {got.shape}."
        return where + (hint or "y[t] is the sum over s of weights[t, s] v[s]; yours differs.")
    return None


def _look_up_mistakes(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None
) -> list[tuple[str, Tensor]]:
    raw, d = q @ k.T, q.shape[1]
    may = torch.ones_like(raw, dtype=torch.bool) if mask is None else mask
    scores = raw / d**0.5
    closed = scores.masked_fill(~may, -torch.inf)
    return [
        ("the scores aren't divided by the square root of D.", _mean(closed * d**0.5, v)),
        ("you divide by D; it is the square root of D.", _mean(closed / d**0.5, v)),
        (
            "the softmax runs over the queries; each query's weights over the keys have the sum "
            "1, so it runs over the last axis.",
            torch.softmax(closed, dim=0).nan_to_num() @ v,
        ),
        (
            "there is no softmax: scores aren't weights, they may be negative and have any sum.",
            torch.where(may, scores, 0.0) @ v,
        ),
        *_mask_mistakes(scores, may, v),
    ]


def _mask_mistakes(scores: Tensor, may: Tensor, v: Tensor) -> list[tuple[str, Tensor]]:
    inverted = "the mask is inverted: True means that the query may look there."
    shut = torch.softmax(scores.masked_fill(may, -torch.inf), dim=1)
    return [
        ("the mask has no effect.", _mean(scores, v)),
        (
            "the mask is applied after the softmax, and the weights that are left have a sum "
            "below 1: put -inf into the scores before it.",
            (torch.softmax(scores, dim=1) * may) @ v,
        ),
        (
            "forbidden scores are set to 0, and exp(0) is 1: set them to -inf.",
            _mean(torch.where(may, scores, 0.0), v),
        ),
        (inverted, shut @ v),
        (inverted, shut.nan_to_num() @ v),
    ]


def _mean(scores: Tensor, v: Tensor) -> Tensor:
    return torch.softmax(scores, dim=1) @ v


# ---------------------------------------------------------------- the mask


@exercise("attention-mask")
def mask(causal: Callable[[int], Tensor]) -> str | None:
    """``causal(length)`` returns the boolean mask (T, T), True where one may look."""
    for length in (5, 1, 8):
        got, right = numbers(causal(length)), causal_mask(length).numpy()
        if got.dtype == bool and got.shape == right.shape and np.array_equal(got, right):
            continue
        return f"With T = {length}: {_mask_hint(got, right, length)}"
    return None


def _mask_hint(got: np.ndarray, right: np.ndarray, length: int) -> str:
    if got.shape != right.shape:
        return f"the shape should be {right.shape}, yours is {got.shape}."
    if got.dtype != bool and np.isinf(got.astype(float)).any():
        return "this is a mask to be added to scores, of 0 and -inf; True and False are asked for."
    if got.dtype != bool:
        return (
            f"the mask should be boolean, yours holds numbers of type {got.dtype}; added to "
            "scores, 0 and 1 would forbid nothing."
        )
    if length == 1:
        return "the one position there is must see itself: [[True]]."
    found = [hint for hint, wrong in _triangles(right) if np.array_equal(got, wrong)]
    return found[0] if found else "row t should be True in the columns 0 ... t and False after."


def _triangles(right: np.ndarray) -> list[tuple[str, np.ndarray]]:
    ones, eye = np.ones_like(right), np.eye(len(right), dtype=bool)
    return [
        (
            "the diagonal is missing (off by one): nobody sees its own input, and the first row "
            "has nothing to look at, so its weights become NaN.",
            right & ~eye,
        ),
        (
            "one column too many (off by one): row t sees t + 1, the very thing it should predict.",
            np.tril(ones, 1),
        ),
        (
            "this is the upper triangle: it shows the future and hides the past. Transpose it.",
            right.T,
        ),
        ("it is inverted: True marks what may be seen.", ~right),
        ("everything may be seen: that is no mask.", ones),
    ]


# ---------------------------------------------------------------- heads


@exercise("attention-heads")
def split_heads(split: Callable[[Tensor, int], Tensor]) -> str | None:
    """``split(x, heads)``: x (B, T, C); returns (B, H, T, C / H)."""
    for batch, length, heads, d in ((2, 5, 3, 4), (1, 4, 2, 6), (3, 1, 2, 2)):
        x = torch.arange(float(batch * length * heads * d)).reshape(batch, length, heads * d)
        right = x.unflatten(2, (heads, d)).transpose(1, 2)
        got = numbers(split(x.clone(), heads))
        if same(got, right.numpy()):
            continue
        case = f"With x of shape {tuple(x.shape)} and {heads} heads: "
        if got.shape != tuple(right.shape):
            return case + _heads_shape(got, right)
        hint = named_mistake(got, arrays(_heads_mistakes(x, heads)))
        return case + (hint or "head h of time t should be x[:, t, h * D : (h + 1) * D].")
    return None


def _heads_mistakes(x: Tensor, heads: int) -> list[tuple[str, Tensor]]:
    batch, length, channels = x.shape
    return [
        (
            "you reshape to (B, H, T, D) at once, which cuts the sequence and mixes time with "
            "heads: reshape to (B, T, H, D) first, then swap the axes of T and H.",
            x.reshape(batch, heads, length, channels // heads),
        ),
        (
            "each head gets every H-th channel; it should get D neighbouring ones, channels "
            "h D ... (h + 1) D - 1.",
            x.unflatten(2, (-1, heads)).permute(0, 3, 1, 2),
        ),
    ]


def _heads_shape(got: np.ndarray, right: Tensor) -> str:
    if got.shape == tuple(right.transpose(1, 2).shape):
        return "this is (B, T, H, D); the heads come before time: swap the axes 1 and 2."
    if got.shape == tuple(right.transpose(2, 3).shape):
        return "the last two axes are the wrong way round: (B, H, T, D) is asked for."
    return f"the shape should be {tuple(right.shape)}, yours is {got.shape}."
