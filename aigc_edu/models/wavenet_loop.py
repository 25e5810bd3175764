"""The compiled loop of ``wavenet_compiled.py``: plain functions over arrays, made fast by numba.

Arrays are float32 unless said otherwise, and a weight matrix is stored as (inputs, outputs), so
that the innermost loops run along neighbouring numbers. Symbols as in ``wavenet.py``; L layers.

What the functions hand on to each other:

- state: ring (sum of depths, B, C), each layer's first row in it (L + 1,), sums for a block
  (L, BLOCK, B, 2C), earlier codes (B, k - 1), dilations (L,), scratch memory;
- first: the tables of the first layer (k, q, C), shifts (L, F, B, 2C), samples in a frame;
- gated: weights of past taps (L, k - 1, C, 2C) and present (L, C, 2C), residual (L, C, C) and its
  bias (L, C), skip (L, C, S) and the sum of its biases (S,);
- head: (S, S), (S,), (S, q), (q,).
"""

from __future__ import annotations

import numba
import numpy as np

BLOCK = 8  # steps for which the past taps of a layer are computed together

_compiled = numba.njit(cache=True, fastmath=True, error_model="numpy", boundscheck=False)


@_compiled
def _add_product(y, weight, x):
    """Add x (I,) @ weight (I, J) to y (J,), four rows at a time, to read y less often."""
    inputs, outputs = weight.shape
    whole = inputs - inputs % 4
    for i in range(0, whole, 4):
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(outputs):
            y[j] += (
                a * weight[i, j]
                + b * weight[i + 1, j]
                + c * weight[i + 2, j]
                + d * weight[i + 3, j]
            )
    for i in range(whole, inputs):
        a = x[i]
        for j in range(outputs):
            y[j] += a * weight[i, j]


@_compiled
def _exponentials(x, bits, powers):
    """Turn x (N,), |x| <= 80, into exp(x): two to a whole number, times a short power series.

    ``bits`` is int32, (N,), and ``powers`` the same memory seen as float32: 127 more than an
    exponent, moved left by 23 places, is two to that exponent.
    """
    for i in range(len(x)):
        scaled = x[i] * np.float32(1.4426950408889634)  # log2(e)
        whole = np.floor(scaled + np.float32(0.5))
        bits[i] = (np.int32(whole) + np.int32(127)) << np.int32(23)
        r = (scaled - whole) * np.float32(0.6931471805599453)  # |r| <= ln(2) / 2
        s = np.float32(1 / 5040) * r + np.float32(1 / 720)
        s = s * r + np.float32(1 / 120)
        s = s * r + np.float32(1 / 24)
        s = s * r + np.float32(1 / 6)
        s = s * r + np.float32(0.5)
        x[i] = (s * r + np.float32(1.0)) * r + np.float32(1.0)
    for i in range(len(x)):
        x[i] *= powers[i]


@_compiled
def _gate(pre, z, bits, powers):
    """Fill z (C,) with tanh(pre[:C]) * sigmoid(pre[C:]); pre (2C,) is overwritten."""
    channels = len(z)
    for i in range(channels):
        pre[i] = min(max(np.float32(-2.0) * pre[i], np.float32(-40.0)), np.float32(40.0))
        gate = -pre[channels + i]
        pre[channels + i] = min(max(gate, np.float32(-40.0)), np.float32(40.0))
    _exponentials(pre, bits, powers)
    one = np.float32(1.0)
    for i in range(channels):
        u, v = pre[i], pre[channels + i]  # exp(-2 a), exp(-b)
        z[i] = (one - u) / ((one + u) * (one + v))


@_compiled
def _apply_past(sums, past, ring, places, dilations, time):
    """Apply past taps for a block: sums (L, BLOCK, B, 2C), for the steps from ``time`` on.

    A tap that reaches less than BLOCK steps back can't be applied ahead and is left to the step.
    """
    layers, count = past.shape[:2]
    sums[:] = 0
    for layer in range(layers):
        depth = places[layer + 1] - places[layer]
        for tap in range(count):
            back = (count - tap) * dilations[layer]
            if back < BLOCK:
                continue
            for b in range(ring.shape[1]):
                for s in range(BLOCK):
                    row = ring[places[layer] + (time + s - back) % depth, b]
                    _add_product(sums[layer, s, b], past[layer, tap], row)


@_compiled
def _pre_activation(pre, layer, b, x, time, state, first, gated):
    """Fill pre (2C,) with what filter and gate of one layer get, and remember x (C,)."""
    ring, places, sums, _, dilations, _ = state
    _, shift, hop = first
    past, present = gated[0], gated[1]
    depth, count = places[layer + 1] - places[layer], past.shape[1]
    added = shift[layer, min(time // hop, shift.shape[1] - 1), b]
    ahead = sums[layer, time % BLOCK, b]
    for j in range(len(pre)):
        pre[j] = added[j] + ahead[j]
    for tap in range(count):
        back = (count - tap) * dilations[layer]
        if back < BLOCK:
            _add_product(pre, past[layer, tap], ring[places[layer] + (time - back) % depth, b])
    _add_product(pre, present[layer], x)
    if depth:
        ring[places[layer] + time % depth, b] = x


@_compiled
def _enter(codes, before, taps, x):
    """Fill x (B, C) by the first layer's tables, and remember the codes (B,)."""
    past = before.shape[1]
    for b in range(len(codes)):
        x[b] = taps[past, codes[b]]
        for i in range(past):
            if before[b, i] >= 0:
                x[b] += taps[i, before[b, i]]
        for i in range(past - 1):
            before[b, i] = before[b, i + 1]
        if past:
            before[b, past - 1] = codes[b]


@_compiled
def _leave(skip, logits, head):
    """Turn the sums of skips (B, S) into logits (B, q)."""
    weight, bias, last, last_bias = head
    hidden = np.empty_like(bias)
    for b in range(len(skip)):
        for j in range(len(bias)):
            skip[b, j] = max(skip[b, j], np.float32(0.0))
        hidden[:] = bias
        _add_product(hidden, weight, skip[b])
        for j in range(len(hidden)):
            hidden[j] = max(hidden[j], np.float32(0.0))
        logits[b] = last_bias
        _add_product(logits[b], last, hidden)


@_compiled
def step(codes, logits, time, state, first, gated, head):
    """Take codes (B,) at ``time`` and fill logits (B, q)."""
    ring, places, sums, before, dilations, scratch = state
    x, skip, pre, z, bits, powers = scratch
    past, _, residual, residual_bias, to_skip, skip_bias = gated
    if time % BLOCK == 0:
        _apply_past(sums, past, ring, places, dilations, time)
    _enter(codes, before, first[0], x)
    for b in range(len(codes)):
        skip[b] = skip_bias
    for layer in range(len(residual)):
        for b in range(len(codes)):  # inside, so that a layer's weights serve all clips
            _pre_activation(pre, layer, b, x[b], time, state, first, gated)
            _gate(pre, z, bits, powers)
            for j in range(len(z)):
                x[b, j] += residual_bias[layer, j]
            _add_product(x[b], residual[layer], z)
            _add_product(skip[b], to_skip[layer], z)
    _leave(skip, logits, head)


@_compiled
def _draw(logits, chance, temperature, top_k, top_p):
    """Return the code that ``draw`` of ``wavenet_stream.py`` takes from logits (q,)."""
    if temperature == 0.0:
        return np.argmax(logits)
    p = np.exp((logits.astype(np.float64) - np.float64(logits.max())) / temperature)
    if 0 < top_k < len(p) or top_p < 1.0:
        ordered = np.sort(p)[::-1]
        kept = min(top_k, len(p)) if top_k > 0 else len(p)
        whole, total = ordered[:kept].sum(), 0.0
        for i in range(kept):
            total += ordered[i]
            if total >= top_p * whole:
                kept = i + 1
                break
        for i in range(len(p)):
            if p[i] < ordered[kept - 1]:
                p[i] = 0.0
    wanted, total = chance * p.sum(), 0.0
    for i in range(len(p)):
        total += p[i]
        if total > wanted:
            return i
    return np.argmax(p)  # only if rounding left the sum below what was wanted


@_compiled
def run(start, chances, codes, sampling, time, state, weights):
    """Hear start (B, T0 >= 1), then fill codes (B, T), drawn by chances (B, T)."""
    first, gated, head = weights
    temperature, top_k, top_p = sampling
    given, length = start.shape[1], codes.shape[1]
    logits = np.empty((len(start), len(head[3])), np.float32)
    now = np.empty(len(start), np.int64)
    for t in range(given + length - 1):
        now[:] = start[:, t] if t < given else codes[:, t - given]
        step(now, logits, time + t, state, first, gated, head)
        drawn = t - given + 1
        if drawn >= 0:
            for b in range(len(start)):
                codes[b, drawn] = _draw(logits[b], chances[b, drawn], temperature, top_k, top_p)
