"""Checks of *Four ways to model sound*: the game of two networks, sampling, reading scores."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- the game


@exercise("fourways-gan")
def gan(answer: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> list[str]:
    """``answer(real, fake)``, both (B,), before the logistic function; two numbers."""
    torch.manual_seed(0)
    real, fake = torch.randn(6) + 1, torch.randn(6) - 1
    given = written(answer(real.clone(), fake.clone()))
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        return ["Return a pair: the discriminator's loss and the generator's."]
    p, m = F.softplus(-real).mean(), F.softplus(fake).mean()
    right = (p + m, F.softplus(-fake).mean())
    hints = []
    for name, got, wanted, mistakes in zip(
        ("D", "G"), given, right, (_d_mistakes(real, fake), _g_mistakes(real, fake)), strict=True
    ):
        hint = hint_for(
            numbers(got), numbers(wanted), mistakes, f"for the trial it is {float(wanted):.4f}."
        )
        if hint:
            hints.append(f"The loss of {name}: {hint}")
    return hints


def _d_mistakes(real: Tensor, fake: Tensor) -> Mistakes:
    p, m = F.softplus(-real).mean(), F.softplus(fake).mean()
    yield (
        "real and made are mixed up: it would learn to call made ones real.",
        numbers(F.softplus(real).mean() + F.softplus(-fake).mean()),
    )
    yield "the sign is turned round: a loss is made small.", numbers(-(p + m))
    yield "the part for real examples is missing.", numbers(m)
    yield "the part for made examples is missing.", numbers(p)
    yield "both examples are called real.", numbers(p + F.softplus(-fake).mean())
    yield "the two parts are added, not averaged.", numbers((p + m) / 2)
    yield (
        "the logistic function is applied twice: softplus(-a) is -ln sigma(a) already.",
        numbers(F.softplus(-real.sigmoid()).mean() + F.softplus(fake.sigmoid()).mean()),
    )


def _g_mistakes(real: Tensor, fake: Tensor) -> Mistakes:
    yield (
        "that is ln(1 - sigma(D(G(z)))), the form whose slope vanishes as long as D sees through "
        "every forgery, just when G needs it. Use -ln sigma(D(G(z))).",
        numbers(-F.softplus(fake).mean()),
    )
    yield (
        "that makes G's examples easier to see through; turn the sign of `fake`.",
        numbers(F.softplus(fake).mean()),
    )
    yield "G's loss looks at what G made, not at real examples.", numbers(F.softplus(-real).mean())
    yield "the sign is turned round: a loss is made small.", numbers(-F.softplus(-fake).mean())
    yield "the logistic function is applied twice.", numbers(F.softplus(-fake.sigmoid()).mean())


# ---------------------------------------------------------------- following the velocity


@exercise("fourways-sampler")
def sampler(answer: Callable[..., Tensor]) -> str | None:
    """``answer(velocity, x, steps)`` follows the velocity from tau = 1 to 0 by Euler's rule."""
    x, steps = torch.tensor([[1.0], [-0.5]]), 5
    down, h = [n / steps for n in range(steps, 0, -1)], 1 / steps
    got = numbers(
        written(
            answer(lambda y, tau: _field(y, float(torch.as_tensor(tau).mean())), x.clone(), steps)
        )
    )
    return hint_for(
        got,
        numbers(_walk(x, down, h)),
        _sampler_mistakes(x, down, h),
        "take x - h v(x, tau) for tau = 1, 1 - h, ..., h, with h = 1 / steps.",
    )


def _walk(x: Tensor, times: list[float], h: float) -> Tensor:
    for tau in times:
        x = x - h * _field(x, tau)
    return x


def _sampler_mistakes(x: Tensor, down: list[float], h: float) -> Mistakes:
    yield (
        "you walk away from the data: subtract the velocity, tau falls.",
        numbers(_walk(x, down, -h)),
    )
    yield "the step h = 1 / steps is missing.", numbers(_walk(x, down, 1.0))
    wrong_times = {
        "tau runs upwards from 0; the start is noise, at tau = 1.": [1 - tau for tau in down],
        "tau runs upwards; begin at 1, where all is noise.": down[::-1],
        "the velocity is taken *after* each step; use the tau before it.": [
            tau - h for tau in down
        ],
        "one step is missing at the end: the last goes from 1 / steps to 0.": down[:-1],
        "one step is missing at the start: the first goes from 1.": down[1:],
        "there is a step too many, from tau = 0 on.": [*down, 0.0],
    }
    for hint, times in wrong_times.items():
        yield hint, numbers(_walk(x, times, h))


def _field(x: Tensor, tau: float) -> Tensor:
    """A velocity that tells all the mistakes apart."""
    return 0.7 * x + torch.cos(torch.tensor(3.0 * tau)) + tau**2
