"""The compiled loop of ``compiled.py``: plain functions over arrays, made fast by numba.

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb

Symbols as in ``network.py``, and L layers; arrays are float32 unless said otherwise. A clip's
numbers at one step are a row; row s * B + b belongs to step s and clip b. The products and how
their matrices are stored: ``nn/compiled_layers.py``.

What the functions hand on to each other:

- state: ring (sum of depths * B, C), each layer's first step in it (L + 1,), what was summed ahead
  for a block (L * BLOCK * B, 2C), earlier codes (B, k - 1), dilations (L,), and memory for x, z
  (B, C), skip, hidden (B, S), probabilities, float64 (q,), and logits (B, q);
- first: the tables of the first layer (k, q, C), shifts (L, F, B, 2C), samples in a frame;
- gated: matrices C to 2C of the past taps (L * (k - 1)) and the present one (L), residual ones C to
  C (L - 1), skips' C to S (L), biases of the residual (L - 1, C) and of all skips (1, S);
- head: a matrix S to S, its biases (1, S), a matrix S to q, its biases (1, q).
"""

from __future__ import annotations

import numpy as np

from aigc_edu.nn.compiled_drawing import draw_next
from aigc_edu.nn.compiled_layers import (
    HALF,
    add_bias,
    add_paired_product,
    add_product,
    exp_minus_one,
    fill,
    rectify,
)
from aigc_edu.nn.compiling import jit

BLOCK = 8  # steps for which the past taps of a layer are applied together, at most

# What is called often in a step is inlined; what is exact is computed in the order written.
_compiled, _inlined = jit(True), jit(True, forceinline=True)
_exact = jit({"contract"}, forceinline=True)


@_exact
def _gate(pre, row, z, channels):
    """Fill z (B, C) with tanh(a) * sigmoid(b), where [a, b] (B, 2C) starts at a row of pre."""
    two, most = np.float32(2.0), np.float32(40.0)  # beyond 40, a float32 would not show it
    for b in range(len(z)):
        for i in range(channels):
            u = exp_minus_one(min(max(-two * pre[row + b, i], -most), most))
            v = exp_minus_one(min(max(-pre[row + b, channels + i], -most), most))
            z[b, i] = -u / ((two + u) * (two + v))


@_inlined
def _start_block(ahead, start, shift, layer, time, hop, block):
    """Fill a layer's rows of ``ahead`` with what the frames of a block's steps add."""
    frames, batch = shift.shape[1], shift.shape[2]
    for s in range(block):
        frame = min((time + s) // hop, frames - 1)
        for b in range(batch):
            for j in range(shift.shape[3]):
                ahead[start + s * batch + b, j] = shift[layer, frame, b, j]


@_inlined
def _look_back(ahead, start, past, layer, time, ring, place, dilation, taps, batch):
    """Add the past taps' products to these rows.

    A layer with dilation d needs nothing younger than d steps, so that at the block's start all
    is known. As blocks and dilations are powers of two, it lies in the ring in one piece.
    """
    for tap in range(taps):
        step = (time - (taps - tap) * dilation) % (taps * dilation)
        row, count = (place + step) * batch, min(dilation, BLOCK) * batch
        add_product(ahead, start, past, layer * taps + tap, ring, row, count)


@_inlined
def _copy(y, row, x, channels):
    """Copy x (B, C) to the rows of y from ``row`` on."""
    for b in range(len(x)):
        for i in range(channels):
            y[row + b, i] = x[b, i]


@_compiled
def _enter(codes, t, before, tables, x):
    """Fill x (B, C) by the first layer's tables, and remember codes[:, t]."""
    past, channels = before.shape[1], tables.shape[2]
    for b in range(len(x)):
        for j in range(channels):
            x[b, j] = tables[past, codes[b, t], j]
        for i in range(past):
            if before[b, i] >= 0:
                for j in range(channels):
                    x[b, j] += tables[i, before[b, i], j]
        for i in range(past - 1):
            before[b, i] = before[b, i + 1]
        if past:
            before[b, past - 1] = codes[b, t]


@_inlined
def _leave(skip, hidden, logits, head, top):
    """Turn the sums of skips (B, S) into logits (B, q)."""
    weight, bias, last, last_bias = head
    rectify(skip)
    fill(hidden, top, len(hidden), bias, top)
    add_product(hidden, top, weight, top, skip, top, len(skip))
    rectify(hidden)
    fill(logits, top, len(logits), last_bias, top)
    add_product(logits, top, last, top, hidden, top, len(hidden))


@_compiled
def _step(codes, t, time, state, weights):
    """Take codes[:, t] at ``time`` and fill the state's logits (B, q)."""
    ring, places, ahead, before, dilations, x, z, skip, hidden, _, logits = state
    (tables, shift, hop), gated, head = weights
    past, present, residual, to_skip, residual_bias, skip_bias = gated
    # The top row is 0, but a plain 0 would be compiled as a case of its own.
    batch, channels, taps, top = len(x), tables.shape[2], before.shape[1], np.int64(0)
    _enter(codes, t, before, tables, x)
    fill(skip, top, batch, skip_bias, top)
    for layer in range(len(present)):
        place, dilation = places[layer], dilations[layer]
        block, start = min(dilation, BLOCK), layer * BLOCK * batch
        if time % block == 0:
            _start_block(ahead, start, shift, layer, time, hop, block)
            _look_back(ahead, start, past, layer, time, ring, place, dilation, taps, batch)
        pre = start + time % block * batch
        add_product(ahead, pre, present, layer, x, top, batch)
        if taps:
            _copy(ring, (place + time % (taps * dilation)) * batch, x, channels)
        _gate(ahead, pre, z, channels)
        add_product(skip, top, to_skip, layer, z, top, batch)
        if layer + 1 < len(present):  # nothing hears what the last layer would add
            add_bias(x, residual_bias, layer)
            if channels <= HALF:
                add_paired_product(x, residual, layer, z)
            else:
                add_product(x, top, residual, layer, z, top, batch)
    _leave(skip, hidden, logits, head, top)


@_compiled
def run(
    codes: np.ndarray, chances: np.ndarray, sampling: tuple, time: int, state: tuple, weights: tuple
) -> None:
    """Hear codes and draw those that aren't known, one after the other.

    Parameters
    ----------
    codes
        int64, (B, N + T), N >= 1: N known ones and T that are filled. A last one that was drawn
        isn't heard.
    chances
        float64 in [0, 1), (B, T): where in the cumulated probabilities a code is taken.
    sampling
        Temperature, top_k and top_p of :meth:`WaveNet.generate`.
    time
        Number of codes that were heard before.
    state, weights
        See above; weights are first, gated and head. The state is changed: its logits are those
        after the last code that was heard.
    """
    p, logits = state[9:]
    known = codes.shape[1] - chances.shape[1]
    for t in range(max(known, codes.shape[1] - 1)):
        _step(codes, t, time + t, state, weights)
        draw_next(codes, t, chances, sampling, logits, p)
