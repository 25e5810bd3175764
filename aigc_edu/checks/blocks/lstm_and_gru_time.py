"""Checks of the exercises of the chapter *LSTM and GRU*: what a cell holds, and both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from aigc_edu.checks._tensors import named_tensor, near, to_array
from aigc_edu.nn import GRU
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., Any]


# ---------------------------------------------------------------- both directions


@exercise("recurrent-bidirectional")
def bidirectional(answer: Function) -> str | None:
    """``answer(x, forwards, backwards)`` returns the outputs of both, (B, T, 2 H)."""
    torch.manual_seed(0)
    for batch, length in ((2, 7), (1, 1), (3, 4)):
        there, back = GRU(3, 4), GRU(3, 4)
        x = torch.randn(batch, length, 3)
        a, b = there(x)[0], back(x.flip(1))[0]
        right = torch.cat([a, b.flip(1)], dim=2)
        value = answer(x.clone(), there, back)
        if isinstance(value, tuple):
            return "A network returns outputs and a state; return the outputs alone."
        got = to_array(value)
        if near(got, right):
            continue
        return named_tensor(got, _direction_mistakes(x, there, back)) or (
            f"The shape should be {tuple(right.shape)}, yours is {got.shape}."
            if got.shape != tuple(right.shape)
            else "The first half of the channels should be forwards(x); the second, backwards of "
            "x turned round in time, turned back."
        )
    return None


def _direction_mistakes(x: Tensor, there: GRU, back: GRU) -> Iterator[tuple[str, Tensor]]:
    a, b = there(x)[0], back(x.flip(1))[0]
    yield (
        "The backward outputs aren't turned back in time: its first output belongs to the last "
        "time step.",
        torch.cat([a, b], dim=2),
    )
    for wrong in (back(x)[0], back(x)[0].flip(1)):
        yield (
            "The second network runs forwards, too: turn its input round in time, axis 1.",
            torch.cat([a, wrong], dim=2),
        )
    yield (
        "You turn round the wrong axis: time is axis 1 of (B, T, C).",
        torch.cat([a, back(x.flip(2))[0].flip(2)], dim=2),
    )
    b = b.flip(1)
    yield "The backward half comes first; put it second.", torch.cat([b, a], dim=2)
    yield "The two are added; put them side by side, along the channels.", a + b
    yield "The two are one behind the other in time: join them along axis 2.", torch.cat([a, b], 1)


# ---------------------------------------------------------------- what a cell holds


@exercise("lstm-held")
def held(answer: Function) -> str | None:
    """``answer(forget, let_in)`` returns the share of each step's proposal in the last memory."""
    for seed, length in ((0, 6), (1, 1), (2, 9)):
        generator = torch.Generator().manual_seed(seed)
        forget, let_in = torch.rand(2, length, generator=generator)
        right = _held(forget, let_in)
        got = to_array(answer(forget.clone(), let_in.clone()))
        if near(got, right):
            continue
        if got.shape != tuple(right.shape):
            return f"Return one number for each step: shape {tuple(right.shape)}, not {got.shape}."
        return named_tensor(got, _held_mistakes(forget, let_in)) or (
            "Step s is let in once, by i[s], and then kept once by each later forget gate, "
            "f[s + 1] ... f[T - 1]."
        )
    return None


def _held(forget: Tensor, let_in: Tensor) -> Tensor:
    after = torch.cat([forget[1:], torch.ones(1)])
    return let_in * after.flip(0).cumprod(0).flip(0)


def _held_mistakes(forget: Tensor, let_in: Tensor) -> Iterator[tuple[str, Tensor]]:
    backwards = forget.flip(0).cumprod(0).flip(0)
    yield (
        "One factor too many: step s isn't forgotten by its own gate f[s]. c[s] = f[s] c[s - 1] + "
        "i[s] g[s].",
        let_in * backwards,
    )
    yield (
        "The input gate is missing: only i[s] of the proposal gets in.",
        _held(forget, torch.ones_like(let_in)),
    )
    forwards = "You multiply from the beginning on; what came in at s meets the gates after s."
    yield forwards, let_in * forget.cumprod(0)
    yield forwards, let_in * torch.cat([torch.ones(1), forget[:-1]]).cumprod(0)
    yield (
        "The last forget gate is missing: the memory after the last step has met f[T - 1], too.",
        let_in * torch.cat([_held(forget[:-1], torch.ones_like(let_in[:-1])), torch.ones(1)]),
    )
