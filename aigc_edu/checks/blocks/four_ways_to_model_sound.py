"""Checks of the exercises of the chapter *Four ways to model sound*."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- cross-entropy


@exercise("fourways-cross-entropy")
def cross_entropy(answer: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """``answer(logits, codes)``: logits (B, q, T), codes (B, T); returns bits, a number."""
    torch.manual_seed(0)
    logits, codes = 3 * torch.randn(2, 7, 7), torch.randint(0, 7, (2, 7))
    nats = F.cross_entropy(logits, codes)
    return hint_for(
        numbers(written(answer(logits.clone(), codes.clone()))),
        numbers(nats / math.log(2)),
        _entropy_mistakes(logits, codes),
        f"the answer for the trial is {float(nats) / math.log(2):.4f} bits.",
    )


def _entropy_mistakes(logits: Tensor, codes: Tensor) -> Mistakes:
    ln2, nats = math.log(2), F.cross_entropy(logits, codes)
    yield "those are nats: divide by ln 2 for bits.", numbers(nats)
    yield "for bits, divide by ln 2; you multiply.", numbers(nats * ln2)
    twice = (
        "a softmax is applied before the cross-entropy, which applies one itself. Such a loss "
        "never gets near 0, and training crawls. Give it the logits."
    )
    for dim in (1, 2):
        soft = F.cross_entropy(logits.softmax(dim), codes)
        yield twice, numbers(soft / ln2)
        yield twice + " (And those are nats.)", numbers(soft)
    across = F.cross_entropy(logits.transpose(1, 2), codes)
    wrong = "the classes are in dimension 1 already; don't move them."
    yield wrong, numbers(across / ln2)
    yield wrong, numbers(F.cross_entropy(logits.reshape(-1, 7), codes.reshape(-1)) / ln2)
    total = F.cross_entropy(logits, codes, reduction="sum")
    yield "that is the sum; take the mean over all codes.", numbers(total / ln2)
    yield "that is a mean over clips of sums over time.", numbers(total / ln2 / len(codes))
    yield (
        "cross_entropy takes the logarithm itself; leave yours out.",
        numbers(F.cross_entropy(logits.softmax(1).log2(), codes)),
    )


# ---------------------------------------------------------------- the divergence


@exercise("fourways-kl")
def kl(answer: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """``answer(mean, log_var)``, both (B, Z); returns (B,)."""
    torch.manual_seed(0)
    mean, log_var = torch.randn(4, 3), torch.randn(4, 3)
    right = 0.5 * (mean**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return hint_for(
        numbers(written(answer(mean.clone(), log_var.clone()))),
        numbers(right),
        _kl_mistakes(mean, log_var),
        "for m = 0 and s = 1 it should be 0; for m = 1 and s = 1, 1/2 for each number.",
    )


def _kl_mistakes(mean: Tensor, log_var: Tensor) -> Mistakes:
    each = 0.5 * (mean**2 + log_var.exp() - 1 - log_var)
    yield "the sign is turned round: a divergence is never negative.", numbers(-each.sum(1))
    yield "the factor 1/2 is missing.", numbers(2 * each.sum(1))
    yield (
        "that is the mean over the numbers of z; the bound wants their sum. With the mean, z "
        "costs too little, and draws from the prior won't look like data.",
        numbers(each.mean(1)),
    )
    yield (
        "that is the mean over everything; one value for each clip is asked for.",
        numbers(each.sum(1).mean()),
    )
    yield "sum over the Z numbers of each clip.", numbers(each)
    yield "that is summed over the batch, too.", numbers(each.sum())
    yield (
        "log_var is the logarithm of the *variance*: s^2 is its exponential, without squaring.",
        numbers(0.5 * (mean**2 + (2 * log_var).exp() - 1 - 2 * log_var).sum(1)),
    )
    yield (
        "log_var is the logarithm of s^2, not of s: s^2 = exp(log_var).",
        numbers(0.5 * (mean**2 + (2 * log_var).exp() - 1 - log_var).sum(1)),
    )
    yield "the - 1 is missing.", numbers(each.sum(1) + 0.5 * mean.shape[1])
    yield "m is to be squared.", numbers(0.5 * (mean + log_var.exp() - 1 - log_var).sum(1))
    yield "ln s^2 is subtracted, not added.", numbers((each + log_var).sum(1))


# ---------------------------------------------------------------- the coupling


@exercise("fourways-coupling")
def coupling(answer: Callable[..., tuple[Tensor, Tensor]]) -> list[str]:
    """``answer(x, s, t)``: x (B, 2), functions s and t; returns z (B, 2), log_det (B,)."""
    torch.manual_seed(0)
    x = torch.randn(5, 2)

    def s(a: Tensor) -> Tensor:
        return torch.sin(2 * a) + 0.3

    def t(a: Tensor) -> Tensor:
        return a**2 - 1

    given = written(answer(x.clone(), s, t))
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        return ["Return a pair: z and log_det."]
    a, b = x.unbind(1)
    z = torch.stack([a, b * s(a).exp() + t(a)], dim=1)
    z_hint = hint_for(
        numbers(given[0]), numbers(z), _z_mistakes(x, s, t), "z_a = x_a, z_b = x_b e^s + t."
    )
    det_hint = hint_for(numbers(given[1]), numbers(s(a)), _det_mistakes(x, s), "it is s(x_a) here.")
    hints = {"z": z_hint, "log_det": det_hint}
    return [f"{name}: {hint}" for name, hint in hints.items() if hint]


def _z_mistakes(x: Tensor, s: Callable, t: Callable) -> Mistakes:
    a, b = x.unbind(1)
    pairs = {
        "the scale is e^s, which is never 0; you multiply by s.": b * s(a) + t(a),
        "that is the inverse: subtract t, then multiply by e^-s.": (b - t(a)) * (-s(a)).exp(),
        "the scale comes before the shift: x_b e^s + t.": (b + t(a)) * s(a).exp(),
        "s and t look at x_b here, so the map can't be inverted; they see x_a.": b * s(b).exp()
        + t(b),
        "the shift t is missing.": b * s(a).exp(),
        "the sign of s is turned round.": b * (-s(a)).exp() + t(a),
    }
    for hint, second in pairs.items():
        yield hint, numbers(torch.stack([a, second], dim=1))
    right = b * s(a).exp() + t(a)
    yield "the halves are in reversed order.", numbers(torch.stack([right, a], dim=1))
    yield (
        "the first number should stay as it is.",
        numbers(torch.stack([a * s(b).exp() + t(b), right], dim=1)),
    )


def _det_mistakes(x: Tensor, s: Callable) -> Mistakes:
    a, b = x.unbind(1)
    yield "the sign is turned round: a scale above 1 makes it positive.", numbers(-s(a))
    yield "that is the determinant; its logarithm is asked for.", numbers(s(a).exp())
    yield "it comes from x_a, as the scale does.", numbers(s(b))
    yield "one value for each clip, not their sum.", numbers(s(a).sum())
    yield "the determinant's magnitude has this logarithm: s, not |s|.", numbers(s(a).abs())
