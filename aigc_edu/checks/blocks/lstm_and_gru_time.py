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
