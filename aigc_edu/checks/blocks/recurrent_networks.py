"""Checks of the exercises of the chapter *Recurrent networks*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import named_mistake
from aigc_edu.checks._tensors import named_tensor, near, to_array
from aigc_edu.nn import GRU
from aigc_edu.teaching.exercises import exercise, written

Function = Callable[..., Any]


# ---------------------------------------------------------------- clipping


@exercise("recurrent-clip")
def clip(answer: Function) -> str | None:
    """``answer(gradients, limit)`` returns them scaled so that their joint norm is at most that."""
    torch.manual_seed(0)
    gradients = [torch.randn(3, 2), torch.randn(4)]
    norm = float(torch.cat([g.flatten() for g in gradients]).norm())
    silent = [torch.zeros(3, 2), torch.zeros(4)]
    for given, limit in ((gradients, norm / 3), (gradients, 2 * norm), (silent, 1.0)):
        size = 0.0 if given is silent else norm
        got = answer([g.clone() for g in given], limit)
        if isinstance(got, Tensor) or [tuple(to_array(g).shape) for g in got] != [(3, 2), (4,)]:
            return "Return a list with one tensor for each gradient, of the same shape."
        values = np.concatenate([to_array(g).ravel() for g in got])
        right = torch.cat([(g * min(1.0, limit / max(size, 1e-12))).flatten() for g in given])
        if not near(values, right):
            hint = named_tensor(values, _clip_mistakes(given, limit, size)) or (
                f"it should be {np.linalg.norm(right):.3f} afterwards; "
                f"yours is {np.linalg.norm(values):.3f}."
            )
            return f"With a joint norm of {size:.3f} and a limit of {limit:.3f}: {hint}"
    return None


def _clip_mistakes(
    gradients: list[Tensor], limit: float, norm: float
) -> Iterator[tuple[str, Tensor]]:
    everything = torch.cat([g.flatten() for g in gradients])
    if norm == 0:
        yield "zero by zero: gradients that are all zero must stay zero.", everything * torch.nan
        return
    yield (
        "you cut each number off at the limit, which turns the direction; scale them all by one "
        "factor.",
        everything.clamp(-limit, limit),
    )
    yield (
        "every gradient is scaled up or down to the limit; those that are small enough must stay "
        "as they are: the factor is at most 1.",
        everything * limit / norm,
    )
    if norm > limit:
        yield "nothing has changed, but the norm is above the limit.", everything
    yield "you divide by the norm and forget to multiply by the limit.", everything / norm
    yield from _wrong_norms(gradients, everything, limit)


def _wrong_norms(
    gradients: list[Tensor], everything: Tensor, limit: float
) -> Iterator[tuple[str, Tensor]]:
    for most in (1.0, torch.inf):
        each = [(min(most, limit / float(g.norm())) * g).flatten() for g in gradients]
        yield (
            "each tensor is scaled by its own norm; the direction of the whole step stays only if "
            "one norm is taken over all of them.",
            torch.cat(each),
        )
    squares, absolutes = float((everything**2).sum()), float(everything.abs().sum())
    for size, words in ((squares, "its square: take the root"), (absolutes, "a sum of absolutes")):
        hint = f"you divide by the wrong norm, {words}."
        yield hint, everything * min(1.0, limit / size)


# ---------------------------------------------------------------- truncated backpropagation


@exercise("recurrent-truncated")
def truncated(answer: Function) -> str | None:
    """``answer(network, x, target, piece)`` calls backward piece by piece; returns the loss."""
    torch.manual_seed(0)
    x, target = torch.randn(2, 11, 3), torch.randn(2, 11, 4)
    network = GRU(3, 4)
    right = _pieces(network, x, target)
    network.zero_grad()
    try:
        total = float(to_array(written(answer(network, x.clone(), target.clone(), 4))))
    except RuntimeError as error:
        if "second time" not in str(error):
            raise
        return (
            "backward() wants to run through the piece before once more, whose graph is gone: the "
            "state that you hand on still hangs on it. Hand on h.detach()."
        )
    if network.weight_hh_l0.grad is None:
        return "No weight has a gradient: call backward() on the loss of each piece."
    got = np.append(_weights_gradient(network), total)
    if np.allclose(got, right, atol=1e-4):
        return None
    return _truncated_hint(got, right, network, x, target)


def _weights_gradient(network: GRU) -> np.ndarray:
    return np.concatenate([to_array(p.grad).ravel() for p in network.parameters()])


def _pieces(
    network: GRU,
    x: Tensor,
    target: Tensor,
    piece: int = 4,
    mend: Callable[[Tensor], Tensor | None] = Tensor.detach,
    whole: bool = True,
) -> np.ndarray:
    """Return the gradient of all weights, and behind it the loss, of training in pieces."""
    network.zero_grad()
    h, total = None, torch.zeros(())
    last = x.shape[1] if whole else x.shape[1] // piece * piece
    for begin in range(0, last, piece):
        y, h = network(x[:, begin : begin + piece], h)
        total = total + ((y - target[:, begin : begin + piece]) ** 2).sum()
        h = mend(h)
    total.backward()
    return np.append(_weights_gradient(network), total.item())


def _truncated_hint(
    got: np.ndarray, right: np.ndarray, network: GRU, x: Tensor, target: Tensor
) -> str:
    torch_pieces: list[tuple[str, np.ndarray]] = [
        (
            "The state is reset at the start of each piece: give the network the h that the "
            "piece before ended with, detached.",
            _pieces(network, x, target, mend=lambda h: None),
        ),
        (
            "Nothing is truncated: the gradient runs through all the pieces, because the state "
            "that you hand on isn't detached.",
            _pieces(network, x, target, mend=lambda h: h),
        ),
        (
            "The last piece is missing: it is shorter than the others, and counts all the same.",
            _pieces(network, x, target, whole=False),
        ),
    ]
    hint = named_mistake(got, torch_pieces, 1e-4)
    if hint:
        return hint
    if not np.allclose(got[-1], right[-1], atol=1e-4):
        return f"The losses of all pieces add up to {right[-1]:.4f}; you return {got[-1]:.4f}."
    return (
        "The loss is right and the gradient isn't: is backward() called once for each piece, and "
        "no gradient set to zero in between?"
    )


# ---------------------------------------------------------------- cuts


@exercise("recurrent-cuts")
def cuts(answer: Function) -> str | None:
    """``answer(states, x, W_x, W_h)`` returns the times at which the state was set to zero."""
    for seed, right in ((0, [7, 12, 30]), (1, []), (2, [1, 2, 39])):
        states, x, W_x, W_h = _interrupted(seed, right)
        value = written(answer(states.clone(), x.clone(), W_x.clone(), W_h.clone()))
        got = sorted(int(t) for t in np.atleast_1d(to_array(value)).ravel())
        if got == right:
            continue
        return f"With cuts at {right or 'no time'}: {_cuts_hint(got, right, len(x))}"
    return None


def _interrupted(seed: int, right: list[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return states that begin anew at given times, and the inputs and weights that made them."""
    generator = torch.Generator().manual_seed(seed)
    x, W_x = (torch.randn(n, generator=generator, dtype=torch.float64) for n in (40, 3))
    turn = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64))[0]
    W_h, h, states = 0.97 * turn, torch.zeros(3, dtype=torch.float64), []
    for t, value in enumerate(x):
        h = W_x * value + W_h @ (torch.zeros_like(h) if t in right else h)
        states.append(h)
    return torch.stack(states), x, W_x, W_h


def _cuts_hint(got: list[int], right: list[int], length: int) -> str:
    if right and got == [t - 1 for t in right]:
        return "each of yours is one too early: name the first state that doesn't follow."
    if right and got == [t + 1 for t in right]:
        return "each of yours is one too late: name the first state that doesn't follow."
    if got == [0, *right]:
        return "the state at 0 has none before it; count from t = 1."
    if len(got) >= length - 1:
        return (
            "you find a cut at every step: is the input W_x x[t] in your sum, with the x of the "
            "same t, and is it W_h h and not its transpose? Allow for rounding, too."
        )
    if not got:
        return "you find none; compare each state with the one that the rule makes of the last."
    return f"yours are {got}."
