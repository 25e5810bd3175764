"""Checks of the exercises of the chapter *Flow matching for sound*."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.checks._tensors import to_array
from aigc_edu.teaching.exercises import exercise, written

Arrow = Callable[[Tensor, Tensor], Tensor]  # x (B, ...) and tau (B,) to (B, ...)


# ---------------------------------------------------------------- the pair to learn from


@exercise("flowmatching-pair")
def pair(answer: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]) -> str | None:
    """``answer(x, noise, t)``: the mixture and its velocity, with t the share of the sound."""
    random = torch.Generator().manual_seed(1)
    for shape in ((4, 3, 4), (5, 2), (3,)):
        x, noise = torch.randn(2, *shape, generator=random)
        t = torch.rand(shape[0], generator=random)
        try:
            got = answer(x.clone(), noise.clone(), t.clone())
        except RuntimeError as error:
            if "must match" in str(error):
                return (
                    f"For clips of shape {shape}: t has the shape {tuple(t.shape)}, one time a "
                    "row; give it more axes."
                )
            raise
        if not isinstance(got, tuple) or len(got) != 2:
            return "return two things: the mixture, and the velocity."
        mixture, velocity = (to_array(written(part)) for part in got)
        hint = _mixture_hint(mixture, x, noise, t) or _velocity_hint(velocity, x, noise, t)
        if hint:
            return f"For clips of shape {shape}: {hint}"
    return None


def _mixture_hint(got: np.ndarray, x: Tensor, noise: Tensor, t: Tensor) -> str | None:
    s = t.reshape(-1, *[1] * (x.dim() - 1))
    mistakes = [
        ("t = 1 is the sound and t = 0 the noise, not the other way.", s * noise + (1 - s) * x)
    ]
    if x.shape[-1] == len(t) and x.dim() > 1:
        wrong = (1 - t) * noise + t * x
        mistakes.append(("t ran along the last axis: each row has one time of its own.", wrong))
    mistakes += [
        ("the shares of noise and sound add up to 1.", noise + s * x),
        ("that's the noise with its share: where is the sound?", (1 - s) * noise),
        (
            "those shares have squares that add up to 1: diffusion's pace.",
            (1 - s**2).sqrt() * noise + s * x,
        ),
    ]
    right = to_array((1 - s) * noise + s * x)
    named = ((hint, to_array(wrong)) for hint, wrong in mistakes)
    return hint_for(got, right, named, "the mixture is the straight line from noise to x.")


def _velocity_hint(got: np.ndarray, x: Tensor, noise: Tensor, t: Tensor) -> str | None:
    s = t.reshape(-1, *[1] * (x.dim() - 1))
    mistakes = [
        (
            "the sign of the velocity is swapped: as t grows, the mixture leaves the noise.",
            noise - x,
        ),
        ("that's the sound, which a network may state, too; the velocity is a difference.", x),
        ("that's the noise, which diffusion states; the velocity is a difference.", noise),
        ("the velocity is the same all the way: t isn't in it.", s * (x - noise)),
        ("the velocity is the same all the way: t isn't in it.", (1 - s) * (x - noise)),
        ("the velocity is that by which the mixture moves; this is the sum.", x + noise),
    ]
    named = ((hint, to_array(wrong)) for hint, wrong in mistakes)
    rest = "the velocity is the derivative of the mixture by t."
    return hint_for(got, to_array(x - noise), named, rest)


# ---------------------------------------------------------------- the midpoint method


@exercise("flowmatching-midpoint")
def midpoint(answer: Callable[[Callable, Tensor, int], Tensor]) -> str | None:
    """``answer(velocity, x, steps)``: from tau = 1 to 0 by the midpoint method."""
    x = torch.linspace(-1, 1.2, 6, dtype=torch.float64).reshape(2, 3)
    for steps in (1, 2, 5):
        asked: list[float] = []

        def velocity(x: Tensor, tau: float, asked: list[float] = asked) -> Tensor:
            asked.append(float(tau))
            return _bent(x, float(tau))

        got = to_array(written(answer(velocity, x.clone(), steps)))
        right = to_array(_steps(x, steps))
        rest = f"in {steps} steps you called the velocity at tau = {_listed(asked)}; {_WANTED}"
        hint = hint_for(got, right, _midpoint_mistakes(x, steps), rest, 1e-9)
        if hint:
            return hint
        if len(asked) > 2 * steps:
            return f"two calls a step are enough; in {steps} steps you made {len(asked)}."
    return None


_WANTED = "it is wanted where a step begins, and half a step further on."


def _bent(x: Tensor, tau: float) -> Tensor:
    return torch.sin(2 * x + tau) + 1.5 * tau**2


def _listed(taus: list[float]) -> str:
    return ", ".join(f"{tau:.3g}" for tau in taus[:6]) or "no place"


def _steps(
    x: Tensor,
    steps: int,
    half: float = 0.5,
    later: float = 0.5,
    sign: float = -1.0,
    first: float = -1.0,
    from_middle: bool = False,
) -> Tensor:
    """Do steps of the midpoint method, or of what it may be mistaken for."""
    h = 1 / steps
    for n in range(steps, 0, -1):
        middle = x + first * half * h * _bent(x, n * h)
        v = _bent(middle, n * h - later * h)
        x = (middle if from_middle else x) + sign * h * v
    return x


def _midpoint_mistakes(x: Tensor, steps: int) -> Iterator[tuple[str, np.ndarray]]:
    for hint, wrong in (
        ("that is Euler's method: look again in the middle of the step.", {"half": 0, "later": 0}),
        ("in the middle tau has fallen, too, by half a step.", {"later": 0}),
        ("look in the middle of the step: x has moved by then.", {"half": 0}),
        ("to the middle is half a step, not a whole one.", {"half": 1.0, "later": 0.5}),
        (
            "that looks at the end of the step; the middle is half as far.",
            {"half": 1.0, "later": 1.0},
        ),
        ("tau falls from 1 to 0: the middle lies below the beginning.", {"later": -0.5}),
        ("the whole step begins where the half one did, not in the middle.", {"from_middle": True}),
        (
            "the arrow points to the noise: go against it, in both moves.",
            {"sign": 1.0, "first": 1.0},
        ),
        ("the whole step goes the wrong way: against the arrow.", {"sign": 1.0}),
        ("the half step goes the wrong way: against the arrow, too.", {"first": 1.0}),
    ):
        yield hint, to_array(_steps(x, steps, **wrong))


# ---------------------------------------------------------------- guidance

_NOTHING = 3


@exercise("flowmatching-guided")
def guided_arrow(answer: Callable[..., Tensor]) -> str | None:
    """``answer(network, x, tau, label, w)``: the arrow with guidance, in as few calls as can be."""
    random = torch.Generator().manual_seed(2)
    x, tau = torch.randn(4, 2, generator=random), torch.rand(4, generator=random)
    label = torch.tensor([0, 2, 1, 0])
    for w in (2.5, 1.0, 0.0):
        calls: list[int] = []

        def network(x: Tensor, tau: Tensor, label: Tensor, calls: list[int] = calls) -> Tensor:
            calls.append(len(x))
            return _told(x, tau, label)

        got = to_array(written(answer(network, x.clone(), tau.clone(), label.clone(), w)))
        told, untold = (_told(x, tau, row) for row in (label, torch.full_like(label, _NOTHING)))
        right = to_array(untold + w * (told - untold))
        mistakes = _guided_mistakes(told, untold, _told(x, tau, 0 * label), w)
        hint = hint_for(
            got, right, mistakes, f"with w = {w} it should be {right[0]}, not {got[0]}."
        )
        if hint:
            return hint
        if sum(calls) > len(x) * (2 if w == 2.5 else 1):
            which = "the told arrow" if w == 1 else "the untold arrow"
            few = "two calls" if w == 2.5 else f"{which} alone"
            return f"with w = {w}, {few} would do: each call costs time."
    return None


def _told(x: Tensor, tau: Tensor, label: Tensor) -> Tensor:
    """Return arrows that depend on all that is told."""
    if label.shape != tau.shape:
        raise ValueError(f"label has the shape {tuple(tau.shape)}, got {tuple(label.shape)}")
    places = torch.tensor([[1.0, 0.2], [-0.7, 0.5], [0.3, -1.1], [0.1, 0.05]])
    return (x - places[label]) / (0.3 + tau[:, None])


def _guided_mistakes(
    told: Tensor, untold: Tensor, zero: Tensor, w: float
) -> Iterator[tuple[str, np.ndarray]]:
    for hint, wrong in (
        ("with w = 1 it is the told arrow: begin at the untold one.", told + w * (told - untold)),
        ("the direction is from the untold arrow to the told one.", untold + w * (untold - told)),
        ("told and untold are swapped.", told + w * (untold - told)),
        ("that multiplies the whole arrow; only what being told changes is exaggerated.", w * told),
        ("that is only the direction: it is added to the untold arrow.", w * (told - untold)),
        ("label 0 is a family, too. Nothing is said by 3.", zero + w * (told - zero)),
        ("that is the told arrow, without guidance.", told),
    ):
        yield hint, to_array(wrong)


# ---------------------------------------------------------------- five samplers

FAULTS = ("none", "backwards", "short", "late", "upwards")


class Sampler:
    """Follows arrows from noise to sounds by Euler's method, and may have a fault.

    Parameters
    ----------
    fault
        ``"none"``; ``"backwards"``: it adds the arrow; ``"short"``: it stops a step too early;
        ``"late"``: it tells the tau at which a step ends; ``"upwards"``: it tells tau from its
        smallest value up to 1.
    """

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def __call__(self, velocity: Arrow, x: Tensor, steps: int) -> Tensor:
        """Return where x (B, ...) is after so many steps; ``velocity`` gets x and tau (B,)."""
        h, fault = 1 / steps, self.fault
        for n in range(steps, 1 if fault == "short" else 0, -1):
            tau = (n - 1) * h if fault == "late" else n * h
            tau = (steps + 1 - n) * h if fault == "upwards" else tau
            v = velocity(x, torch.full((len(x),), tau))
            x = x + h * v if fault == "backwards" else x - h * v
        return x


PATIENTS = {name: Sampler(FAULTS[n]) for name, n in zip("ABCDE", (3, 1, 0, 4, 2), strict=True)}


@exercise("flowmatching-sampler")
def fault(answer: Callable[[Sampler], str]) -> str | None:
    """``answer(sampler)`` names what is wrong with a sampler, by what it makes of arrows."""
    for right in FAULTS:
        sampler = Sampler(right)
        got = written(answer(_closed(sampler)))
        if got != right:
            return _fault_hint(right, got)
    return None


def _closed(sampler: Sampler) -> Callable[[Arrow, Tensor, int], Tensor]:
    """Return a sampler as a plain function, whose fault can't be read."""
    return lambda velocity, x, steps: sampler(velocity, x, steps)


def _fault_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    told = {
        "none": "Of a constant arrow a right one takes the whole, and it tells tau from 1 down.",
        "backwards": "Give it an arrow of 1: a right one takes 1 away.",
        "short": "Give it an arrow of 1: how far does it come, in how many calls?",
        "late": "Take notes of tau: at which one does it begin, and is it ever 0?",
        "upwards": "Take notes of tau in their order: it has all the right ones.",
    }
    return f'one whose fault is "{right}" was called "{got}". {told[right]}'
