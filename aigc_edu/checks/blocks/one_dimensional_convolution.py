"""Checks of the exercises of the chapter *One-dimensional convolution*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.nn import conv1d
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- turned round


@exercise("convolution-flip")
def flip(convolve: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """``convolve(x, h)``: x (N,), h (k,); returns all N + k - 1 samples of the convolution."""
    torch.manual_seed(0)
    for count, taps in ((9, 4), (5, 1), (3, 6)):
        x, h = torch.randn(count), torch.randn(taps)
        right = np.convolve(x.double().numpy(), h.double().numpy())
        hint = hint_for(
            numbers(written(convolve(x.clone(), h.clone()))),
            right,
            _flip_mistakes(x.double().numpy(), h.double().numpy()),
            f"the first sample should be x[0] h[0] = {right[0]:.3f}; work the others out alike.",
        )
        if hint:
            return f"With {count} samples and {taps} weights: {hint}"
    return None


def _flip_mistakes(x: np.ndarray, h: np.ndarray) -> Mistakes:
    turned = (
        "the kernel isn't turned round. conv1d computes the correlation: flip h, or every echo "
        "comes before its sound."
    )
    yield turned, np.convolve(x, h[::-1])
    if len(x) >= len(h):
        yield "that's the valid part only; pad with k - 1 zeros.", np.convolve(x, h, "valid")
        yield turned, np.convolve(x, h[::-1], "valid")
    yield (
        "the zeros stand on the left only, so the last k - 1 samples, in which the sound rings "
        "out, are missing. Here all N + k - 1 are wanted.",
        np.convolve(x, h)[: len(x)],
    )
    side = (len(h) - 1) // 2
    yield (
        "that has as many samples as x: the padding is (k - 1) / 2; it should be k - 1.",
        np.convolve(x, h)[side : side + len(x)],
    )


# ---------------------------------------------------------------- channels


@exercise("convolution-channels")
def channels(layer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str | None:
    """``layer(x, w, b)``: x (C_in, T), w (C_out, C_in, k), b (C_out,); (C_out, T - k + 1)."""
    torch.manual_seed(0)
    for c_in, c_out, k, count in ((3, 3, 4, 11), (2, 5, 3, 3), (1, 1, 1, 6)):
        x, w, b = torch.randn(c_in, count), torch.randn(c_out, c_in, k), torch.randn(c_out)
        right = numbers(conv1d(x[None], w, b)[0])
        hint = hint_for(
            numbers(written(layer(x.clone(), w.clone(), b.clone()))),
            right,
            _channel_mistakes(x, w, b),
            "the output at t should be b plus the sum of w[:, :, j] @ x[:, t + j] over all j.",
        )
        if hint:
            return f"With {c_in} channels in, {c_out} out and k = {k}: {hint}"
    return None


def _channel_mistakes(x: Tensor, w: Tensor, b: Tensor) -> Mistakes:
    right = conv1d(x[None], w, b)[0]
    yield (
        "the bias is missing: add b[o] to every output of channel o.",
        numbers(right - b[:, None]),
    )
    k = w.shape[2]
    yield (
        "the bias is added for each j; it belongs there once.",
        numbers(right + (k - 1) * b[:, None]),
    )
    yield (
        "the kernel is turned round. A layer meets x[t + j] with w[j].",
        numbers(conv1d(x[None], w.flip(2), b)[0]),
    )
    if w.shape[0] == w.shape[1]:
        yield (
            "in and out are swapped: w[:, :, j] is (C_out, C_in), so it stands to the left of x.",
            numbers(conv1d(x[None], w.transpose(0, 1), b)[0]),
        )
        own = torch.diagonal(w).T[:, None]  # (C, 1, k)
        yield (
            "each output sees a single input channel; it should add up all of them.",
            numbers(F.conv1d(x[None], own, b, groups=len(b))[0]),
        )
    yield "the last output is missing: there are T - k + 1.", numbers(right[:, :-1])


# ---------------------------------------------------------------- cost


@exercise("convolution-cost")
def cost(answer: Callable[..., tuple[int, int]]) -> list[str]:
    """``answer(length, c_in, c_out, k, stride)`` returns weights and multiplications."""
    for count, c_in, c_out, k, stride in ((100, 3, 5, 7, 1), (101, 2, 8, 4, 3), (25, 1, 4, 25, 4)):
        got = written(answer(count, c_in, c_out, k, stride))
        weights, products = got
        case = f"T = {count}, {c_in} to {c_out} channels, k = {k}, stride {stride}"
        hints = []
        if weights != c_out * (c_in * k + 1):
            hints.append(f"For {case}: {_wrong_weights(weights, c_in, c_out, k)}")
        outputs = (count - k) // stride + 1
        if products != outputs * c_out * c_in * k:
            hints.append(
                f"For {case}: {_wrong_products(products, count, outputs, c_in, c_out, k, stride)}"
            )
        if hints:
            return hints
    return []


def _wrong_weights(weights: int, c_in: int, c_out: int, k: int) -> str:
    known = {
        c_out * c_in * k: "the biases are missing from the weights, one for each output channel.",
        c_out * c_in * k + 1: "there is one bias for each output channel, not one in all.",
        c_out * c_in * (k + 1): "there is one bias for each output channel, not for each kernel.",
        c_out * (k + 1): "each output channel has a kernel for every input channel.",
        c_in * (c_out * k + 1): "a bias belongs to each output channel, not to each input.",
    }
    return known.get(weights, f"{c_out * (c_in * k + 1)} weights, not {weights}.")


def _wrong_products(
    products: int, count: int, outputs: int, c_in: int, c_out: int, k: int, stride: int
) -> str:
    each = c_out * c_in * k
    known = {
        (count - k + 1) * each: "with a stride, there are fewer outputs.",
        count // stride * each: "the kernel has to fit: there are (T - k) // s + 1 outputs.",
        (count - k) // stride * each: "one output is missing: (T - k) // s + 1.",
        count * each: "multiplications happen for each output, and there are fewer than inputs.",
        outputs * c_out * k: "each output multiplies k weights for every input channel.",
        outputs * c_in * k: "that is for one output channel; there are C_out.",
        outputs * c_out * (c_in * k + 1): "the bias is added, not multiplied.",
    }
    return known.get(products, f"{outputs * each} multiplications, not {products}.")


# ---------------------------------------------------------------- the buzz


@exercise("convolution-buzz")
def buzz(quieten: Callable[[Tensor, int], Tensor]) -> str | None:
    """``quieten(w, s)``: w (k,); the same number added to all weights of a phase, so G_r = 1."""
    torch.manual_seed(0)
    for k, s in ((24, 4), (25, 4), (7, 3), (5, 1)):
        w = torch.randn(k)
        given = w.clone()
        got = numbers(written(quieten(given, s)))
        mistakes = (*_share_mistakes(w, s), *_phase_mistakes(w, s))
        hint = hint_for(got, numbers(_quiet(w, s)), mistakes, _gains_hint(got, w, s))
        if hint:
            return f"With k = {k} and s = {s}: {hint}"
    return None


def _quiet(w: Tensor, s: int) -> Tensor:
    w = w.clone()
    for r in range(s):
        w[r::s] += (1 - w[r::s].sum()) / len(w[r::s])
    return w


def _gains_hint(got: np.ndarray, w: Tensor, s: int) -> str:
    gains = [float(got[r::s].sum()) for r in range(s)] if got.ndim == 1 else []
    if len(got) == len(w) and np.allclose(gains, 1, atol=1e-4):
        return "all phases have the gain 1, but not by adding one number to each phase's weights."
    return f"the gains of the phases should all be 1; yours are {np.round(gains, 2).tolist()}."


def _share_mistakes(w: Tensor, s: int) -> Mistakes:
    """Yield what the right phases become when the wrong amount goes to each weight."""
    scaled, apart, mean = w.clone(), w.clone(), w.clone()
    for r in range(s):
        scaled[r::s] /= w[r::s].sum()
        apart[r::s] += 1 - w[r::s].sum()
        mean[r::s] += 1 - w[r::s].mean()
    yield (
        "you divide by the gains. That works unless one of them is near 0, where it blows the "
        "weights up; asked for is a number to *add*.",
        numbers(scaled),
    )
    yield (
        "what is missing to 1 is added to every weight of the phase; share it among them.",
        numbers(apart),
    )
    yield "a phase's gain is the sum of its weights, not their mean.", numbers(mean)


def _phase_mistakes(w: Tensor, s: int) -> Mistakes:
    """Yield what the right amounts give when other weights than a phase's share them."""
    blocks = w.clone()
    size = -(-len(w) // s)
    for r in range(s):
        part = blocks[r * size : (r + 1) * size]
        if len(part):
            part += (1 - part.sum()) / len(part)
    yield (
        "the phases aren't neighbours: phase r holds the weights r, r + s, r + 2 s, ..., "
        "that is w[r::s].",
        numbers(blocks),
    )
    yield (
        "the weights add up to 1 in all; each phase's should.",
        numbers(w + (1 - w.sum()) / len(w)),
    )
