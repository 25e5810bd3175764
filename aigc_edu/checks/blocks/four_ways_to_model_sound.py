"""Checks of the exercises of the chapter *Four ways to model sound*."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- four birds

_BIRDS = {
    "A": ("two steps", "its notes stay between the bird's outer ones, and many lie in the gaps"),
    "B": ("truth", "three heaps of notes at the bird's places, in its shares"),
    "C": ("collapse", "all its notes lie around one of the three"),
    "D": ("one bell", "its notes spread in one heap, far beyond the bird's lowest and highest"),
}


@exercise("fourways-birds")
def birds(answers: Mapping[str, str]) -> list[str] | str:
    """``answers`` maps A to D to "truth", "one bell", "two steps" and "collapse"."""
    if not isinstance(answers, Mapping) or set(answers) != set(_BIRDS):
        return "Give an answer for each of A, B, C, D."
    given = {name: str(written(answers[name])) for name in _BIRDS}
    names = [right for right, _ in _BIRDS.values()]
    for name, answer in given.items():
        if answer not in names:
            return f"{name}: {answer!r} is none of the names; they are {', '.join(sorted(names))}."
    return [
        f"{name} is not {given[name]!r}. Measure again: {reason}."
        for name, (right, reason) in _BIRDS.items()
        if given[name] != right
    ]


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
