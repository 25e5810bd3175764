"""Checks of the exercises of the chapter *Causal and dilated convolution*."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

FUTURE = (
    "an impulse comes out before it goes in: the zeros stand on both sides, and the layer sees "
    "the future. All of them belong on the left."
)


# ---------------------------------------------------------------- inputs and targets


@exercise("causal-pairs")
def pairs(answer: Callable[[Tensor], tuple[Tensor, Tensor]]) -> str | None:
    """``answer(x)``: x (B, T); returns inputs and targets (B, T - 1), targets one ahead."""
    x = torch.arange(12.0).reshape(2, 6)
    given = written(answer(x.clone()))
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        return "Return a pair: inputs and targets."
    inputs, targets = (numbers(part) for part in given)
    if inputs.shape != (2, 5) or targets.shape != (2, 5):
        return (
            f"From (B, T) = (2, 6) both should be (2, 5); yours are {inputs.shape} and "
            f"{targets.shape}. The last sample has no successor, the first no predecessor."
        )
    lag = targets - inputs
    if np.array_equal(inputs, x[:, :-1]) and np.all(lag == 1):
        return None
    if np.all(lag == 0):
        return (
            "The target at each position is the very sample that the network has just seen. Its "
            "loss falls to nothing by copying, and what it generates is a constant."
        )
    if np.all(lag == -1):
        return "The two are swapped: that network would have to guess what came before."
    if np.all(lag == 1):
        return "Each target does follow its input, but inputs should begin with the first sample."
    return "targets[:, t] should be x[:, t + 1], where inputs[:, t] is x[:, t]."


# ---------------------------------------------------------------- the dilated sum


@exercise("causal-dilated")
def dilated(answer: Callable[[Tensor, Tensor, int], Tensor]) -> str | None:
    """``answer(x, w, d)``: x (T,), w (k,) with w[0] for the present; returns y (T,)."""
    for taps, d in ((3, 4), (2, 1), (4, 3), (1, 5)):
        x, w = torch.zeros(40), torch.arange(1.0, taps + 1)
        x[15] = 1.0
        y = numbers(written(answer(x.clone(), w.clone(), d)))
        case = f"With k = {taps} and d = {d}:"
        if y.shape != (40,):
            reach = (taps - 1) * d
            return (
                f"{case} 40 samples in, 40 out, shape (40,); yours is {y.shape}. The zeros on "
                f"the left are (k - 1) d = {reach}."
            )
        right = np.zeros(40)
        right[15 + d * np.arange(taps)] = np.arange(1, taps + 1)
        if not np.allclose(y, right, atol=1e-5):
            return f"{case} {_wrong_sum(y, right, taps, d)}"
    return None


def _wrong_sum(y: np.ndarray, right: np.ndarray, taps: int, d: int) -> str:
    weights, reach = np.arange(1.0, taps + 1), (taps - 1) * d
    hint = named_mistake(y, _sum_mistakes(weights, right, d), tolerance=1e-5)
    if hint:
        return hint
    places = np.flatnonzero(np.abs(y) > 1e-6)
    if len(places) and places[0] < 15:
        return FUTURE
    if len(places) == taps - 1 and np.all(y[:15] == 0) and places[0] == 15 + d:
        return "the present sample is dropped: the sum starts at i = 0."
    gaps = set(np.diff(places).tolist())
    if len(gaps) == 1 and gaps != {d}:
        gap = gaps.pop()
        apart = "next to each other" if gap == 1 else f"{gap} samples apart"
        return f"the weights are {apart}; they should be d = {d} samples apart."
    return f"an impulse at t = 15 should come out at 15, 15 + d, ..., up to {15 + reach}."


def _sum_mistakes(weights: np.ndarray, right: np.ndarray, d: int) -> Mistakes:
    reach = (len(weights) - 1) * d

    def at(first: int, values: np.ndarray = weights) -> np.ndarray:
        y = np.zeros(40)
        y[first + d * np.arange(len(values))] = values
        return y

    yield (
        "everything comes out one sample late: does your sum start at i = 1? Shift only where "
        "you mean to.",
        at(16),
    )
    yield (
        "the taps are in reversed order: w[0] belongs to the present sample. PyTorch's conv1d has "
        "that weight last, so flip the kernel.",
        at(15, weights[::-1]),
    )
    yield FUTURE, at(15 - reach // 2)
    yield FUTURE, at(15 - reach)
    yield FUTURE + " And the taps are in reversed order.", at(15 - reach // 2, weights[::-1])


# ---------------------------------------------------------------- the block


@exercise("causal-block")
def block(answer: Callable[..., tuple[Tensor, Tensor]]) -> list[str]:
    """``answer(x, W_f, W_g, W_r, W_s, d)`` returns x' (B, C, T) and u (B, S, T)."""
    torch.manual_seed(0)
    parts = [torch.randn(2, 4, 30), *(torch.randn(4, 4, 2) for _ in range(2))]
    parts += [torch.randn(4, 4), torch.randn(4, 4)]  # S = C, so that no shape gives it away
    given = written(answer(*(p.clone() for p in parts), 3))
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        return ["Return a pair: x' for the next block, and u for the output."]
    got = tuple(numbers(part) for part in given)
    right = tuple(numbers(part) for part in _block(*parts, 3))
    mistakes = list(_block_mistakes(*parts, 3))
    for hint, pair in mistakes:  # one mistake that explains both comes before two
        if all(_near(*both) for both in zip(got, pair, strict=True)):
            return [hint[0].upper() + hint[1:]]
    hints = []
    for place, name in enumerate(("x'", "u")):
        if got[place].shape != right[place].shape:
            shapes = f"{right[place].shape}, yours has {got[place].shape}"
            hints.append(f"{name} should have the shape {shapes}.")
        elif not _near(got[place], right[place]):
            known = [(hint, pair[place]) for hint, pair in mistakes]
            hint = named_mistake(got[place], known, tolerance=1e-4)
            hints.append(f"{name}: {hint or 'z, then the 1 x 1 weights; look for what differs.'}")
    return hints


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and np.allclose(a, b, atol=1e-4)


def _parts(x: Tensor, W_f: Tensor, W_g: Tensor, d: int) -> tuple[Tensor, Tensor]:
    padded = F.pad(x, (d * (W_f.shape[2] - 1), 0))
    return F.conv1d(padded, W_f, dilation=d), F.conv1d(padded, W_g, dilation=d)


def _gated(a: Tensor, b: Tensor) -> Tensor:
    return torch.tanh(a) * torch.sigmoid(b)


def _block(
    x: Tensor, W_f: Tensor, W_g: Tensor, W_r: Tensor, W_s: Tensor, d: int
) -> tuple[Tensor, Tensor]:
    z = _gated(*_parts(x, W_f, W_g, d))
    return x + W_r @ z, W_s @ z


def _block_mistakes(
    x: Tensor, W_f: Tensor, W_g: Tensor, W_r: Tensor, W_s: Tensor, d: int
) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    a, b = _parts(x, W_f, W_g, d)
    # The gate goes first: without one, u is the same as with a skip that is taken too early.
    for hint, z in (*_gate_mistakes(a, b), *_time_mistakes(x, W_f, W_g, d)):
        yield hint, (numbers(x + W_r @ z), numbers(W_s @ z))
    for hint, out, skip in _end_mistakes(x, a, b, W_r, W_s):
        yield hint, (numbers(out), numbers(skip))


def _gate_mistakes(a: Tensor, b: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield hints with the z that wrong products of filter and gate give."""
    shared = "filter and gate share their weights; the gate has its own, W_g."
    yield shared, _gated(a, a)
    yield shared, _gated(b, b)
    yield "there is no gate; multiply by sigma(W_g * x).", torch.tanh(a)
    yield (
        "tanh and the logistic function are swapped: tanh belongs to W_f, the gate to W_g.",
        _gated(b, a),
    )
    yield "the two are multiplied, not added.", torch.tanh(a) + torch.sigmoid(b)


def _time_mistakes(x: Tensor, W_f: Tensor, W_g: Tensor, d: int) -> Iterator[tuple[str, Tensor]]:
    """Yield hints with the z that zeros in the wrong places give."""
    yield (
        "the taps are in reversed order. The weights come in PyTorch's order, the present last, so "
        "don't flip them.",
        _gated(*_parts(x, W_f.flip(2), W_g.flip(2), d)),
    )
    yield (
        "the weights are next to each other: the dilation is missing.",
        _gated(*_parts(x, W_f, W_g, 1)),
    )
    late = _gated(*_parts(F.pad(x, (1, 0)), W_f, W_g, d))
    yield "everything inside is one sample late.", late[:, :, :-1]
    side = d * (W_f.shape[2] - 1)
    both = _gated(*_parts(F.pad(x, (0, side)), W_f, W_g, d))
    yield FUTURE, both[:, :, side:]
    yield FUTURE, both[:, :, side // 2 : side // 2 + x.shape[2]]


def _end_mistakes(
    x: Tensor, a: Tensor, b: Tensor, W_r: Tensor, W_s: Tensor
) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Yield hints with the x' and the u that wrong ways from z to the two ends give."""
    z = _gated(a, b)
    out, u = x + W_r @ z, W_s @ z
    early = "the skip is taken before the gate; it comes from z, after it."
    yield early, out, W_s @ torch.tanh(a)
    yield early, out, W_s @ a
    yield "the skip is taken from x'; it comes from z alone.", out, W_s @ out
    yield "the residual is missing: add the block's input.", W_r @ z, u
    yield "W_r and W_s are swapped.", x + u, W_r @ z
    yield "the outputs are swapped: x' comes first, then u.", u, out
    yield "the skip adds the block's input; only x' does.", out, x + u


# ---------------------------------------------------------------- the ring


@exercise("causal-stream")
def stream(step: Callable[..., float]) -> str | None:
    """``step(value, ring, t, w, d)`` returns y[t] of a three-tap layer; ring holds 2 d inputs."""
    w, d = [2.0, 3.0, 5.0], 3
    x = [float(n * n % 11 + 1) for n in range(25)]
    ring = [0.0] * (2 * d)
    y = [written(step(x[t], ring, t, list(w), d)) for t in range(25)]
    if len(ring) != 2 * d:
        return f"The ring must keep its length, {2 * d} here; yours has {len(ring)}."
    past = lambda t: x[t] if t >= 0 else 0.0  # noqa: E731
    right = [w[0] * x[t] + w[1] * past(t - d) + w[2] * past(t - 2 * d) for t in range(25)]
    hint = named_mistake(np.array(y, float), _stream_mistakes(x, w, d))
    if np.allclose(np.array(y, float), right):
        return None
    wrong = next(t for t in range(25) if abs(y[t] - right[t]) > 1e-6)
    return hint or f"With d = {d}, y[{wrong}] should be {right[wrong]}, not {y[wrong]}."


def _stream_mistakes(x: list[float], w: list[float], d: int) -> Mistakes:
    padded = np.array([0.0] * 2 * d + x)
    delayed = [padded[2 * d - i * d : len(padded) - i * d] for i in range(3)]
    now, one, two = delayed
    yield (
        "x[t] is written into the ring before x[t - 2d] is read from the same slot: read first.",
        w[0] * now + w[1] * one + w[2] * now,
    )
    yield "the ring is read but never written: put x[t] into slot t % len(ring).", w[0] * now
    yield "w[1] and w[2] are swapped: w[2] meets the oldest.", w[0] * now + w[2] * one + w[1] * two
    yield "w[0] and w[2] are swapped: w[0] meets the present.", w[2] * now + w[1] * one + w[0] * two
    yield "the tap x[t - d] is missing.", w[0] * now + w[2] * two
    yield "the tap x[t - 2d] is missing.", w[0] * now + w[1] * one
    yield "both past taps read x[t - 2d].", w[0] * now + (w[1] + w[2]) * two
    yield (
        "both past taps read x[t - d]. Do you count slots modulo d? The ring has 2 d of them.",
        w[0] * now + (w[1] + w[2]) * one,
    )
    short = np.array([0.0] * 2 + x)
    yield (
        "you read x[t - 1] and x[t - 2]; the taps are d apart.",
        w[0] * now + w[1] * short[1:-1] + w[2] * short[:-2],
    )
    yield from _slot_mistakes(x, w, d)


def _slot_mistakes(x: list[float], w: list[float], d: int) -> Mistakes:
    """Yield what comes of counting slots modulo d somewhere."""
    for first, second, write in itertools.product((d, 2 * d), repeat=3):
        if (first, second, write) != (2 * d, 2 * d, 2 * d):
            yield (
                "you count slots modulo d. The ring has 2 d of them: x[t] belongs into slot "
                "t % (2 * d), until it is read for the last time.",
                _in_slots(x, w, d, (first, second, write)),
            )


def _in_slots(x: list[float], w: list[float], d: int, sizes: tuple[int, int, int]) -> np.ndarray:
    """Return what comes out if the two reads and the write count slots modulo other sizes."""
    ring, y = [0.0] * (2 * d), []
    for t, value in enumerate(x):
        past = ring[(t - d) % sizes[0]], ring[(t - 2 * d) % sizes[1]]
        y.append(w[0] * value + w[1] * past[0] + w[2] * past[1])
        ring[t % sizes[2]] = value
    return np.array(y)
