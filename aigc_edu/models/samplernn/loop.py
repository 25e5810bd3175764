"""The compiled loop of ``compiled.py``: plain functions over arrays, made fast by numba.

Chapter: chapters/03-autoregressive/10-samplernn-generation.ipynb

Symbols as in ``network.py``, K frame tiers, N GRU layers in each, Z frame sizes added up, R ratios
added up; arrays are float32 unless said otherwise. The products and how their matrices are
stored: ``nn/compiled_layers.py``.

What the functions hand on to each other:

- state: codes heard, a ring of the slowest frame's length, int64 (B, frame); frame sizes and
  ratios, int64 (K,) each; rows of D, (B (1 + K N), D), the first B for what enters a tier, the
  others for the states, tier by tier and layer by layer; and memory for what a GRU's gates hear
  (2B, 3D), for the sample tier's x and hidden (B, D), probabilities, float64 (q,), and logits
  (B, q);
- frames: what each place of a frame adds (Z, D), the shift of condition and bias (K, F, B, D),
  samples in a frame of the condition, and what a code's number is multiplied by to become real;
- grus: matrices D to 3D from the input and the state (K N), their biases (K N, 3D);
- upsampling: a matrix D to D for each step below (R), biases (R, D);
- samples: the table (S, q, D), a matrix D to D, its biases (1, D), a matrix D to q, its biases
  (1, q).
"""

from __future__ import annotations

import numpy as np

from aigc_edu.nn.compiled_drawing import draw_next
from aigc_edu.nn.compiled_layers import add_product, exp_minus_one, fill, rectify
from aigc_edu.nn.compiling import jit

# What is called often in a step is inlined; what is exact is computed in the order written.
_compiled, _inlined = jit(True), jit(True, forceinline=True)
_exact = jit({"contract"}, forceinline=True)


@_exact
def _gates(pre, rows, row, width):
    """Move GRU states (B, D) on; pre (2B, 3D) is what its gates hear of inputs, and of states.

    The gates are reset, update and candidate, in PyTorch's order.
    """
    one, two, most = np.float32(1.0), np.float32(2.0), np.float32(40.0)
    batch = len(pre) // 2
    for b in range(batch):
        for i in range(width):
            r = pre[b, i] + pre[batch + b, i]
            z = pre[b, width + i] + pre[batch + b, width + i]
            r = one / (two + exp_minus_one(min(max(-r, -most), most)))
            z = one / (two + exp_minus_one(min(max(-z, -most), most)))
            n = pre[b, 2 * width + i] + r * pre[batch + b, 2 * width + i]
            u = exp_minus_one(min(max(-two * n, -most), most))
            n = -u / (two + u)  # tanh
            rows[row + b, i] = n + z * (rows[row + b, i] - n)


@_inlined
def _hear_frame(rows, k, first, size, time, heard, frames):
    """Fill the first rows with what tier k hears of the last ``size`` codes, and is told."""
    expand, shift, hop, scale = frames
    batch, ring = heard.shape
    frame = min(time // hop, shift.shape[1] - 1)
    for b in range(batch):
        for j in range(expand.shape[1]):
            rows[b, j] = shift[k, frame, b, j]
        for i in range(size):
            real = np.float32(heard[b, (time - size + 1 + i) % ring]) * scale - np.float32(2.0)
            for j in range(expand.shape[1]):
                rows[b, j] += real * expand[first + i, j]


@_inlined
def _add_above(y, rows, row, which, upsampling, batch):
    """Add projection ``which`` of the states that begin at a row to the first rows of y."""
    weight, bias = upsampling
    top = np.int64(0)  # a plain 0 would be compiled as a case of its own
    for b in range(batch):
        for j in range(bias.shape[1]):
            y[b, j] += bias[which, j]
    add_product(y, top, weight, which, rows, row, batch)


@_inlined
def _move(rows, k, layers, pre, grus, batch):
    """Let the GRU layers of tier k hear the first rows."""
    from_input, input_bias, from_state, state_bias = grus
    width, row = input_bias.shape[1] // 3, np.int64(0)
    for layer in range(k * layers, (k + 1) * layers):
        fill(pre, np.int64(0), batch, input_bias, layer)
        fill(pre, batch, batch, state_bias, layer)
        add_product(pre, np.int64(0), from_input, layer, rows, row, batch)
        row = (1 + layer) * batch
        add_product(pre, batch, from_state, layer, rows, row, batch)
        _gates(pre, rows, row, width)


@_inlined
def _add_codes(x, time, heard, table):
    """Add to x (B, D) what the table has for the last S codes."""
    places, ring = table.shape[0], heard.shape[1]
    for b in range(len(x)):
        for place in range(places):
            code = heard[b, (time - places + 1 + place) % ring]
            for j in range(table.shape[2]):
                x[b, j] += table[place, code, j]


@_compiled
def _step(codes, t, time, state, weights):
    """Take codes[:, t] at ``time`` and fill the state's logits (B, q)."""
    heard, sizes, ratios, rows, pre, x, hidden, _, logits = state
    frames, grus, upsampling, (table, weight, bias, last, last_bias) = weights
    batch, top, first, place = len(x), np.int64(0), np.int64(0), np.int64(0)
    layers = len(grus[1]) // len(sizes)
    for b in range(batch):
        heard[b, time % heard.shape[1]] = codes[b, t]
    for k in range(len(sizes)):
        if time % sizes[k] == 0:
            _hear_frame(rows, k, first, sizes[k], time, heard, frames)
            if k:
                which = place + time // sizes[k] % ratios[k - 1]
                _add_above(rows, rows, (1 + k * layers - 1) * batch, which, upsampling, batch)
            _move(rows, k, layers, pre, grus, batch)
        first += sizes[k]
        place += ratios[k - 1] if k else 0
    x[:] = 0.0
    _add_above(x, rows, len(rows) - batch, place + time % ratios[-1], upsampling, batch)
    _add_codes(x, time, heard, table)
    rectify(x)
    fill(hidden, top, batch, bias, top)
    add_product(hidden, top, weight, top, x, top, batch)
    rectify(hidden)
    fill(logits, top, batch, last_bias, top)
    add_product(logits, top, last, top, hidden, top, batch)


@_compiled
def run(
    codes: np.ndarray, chances: np.ndarray, sampling: tuple, time: int, state: tuple, weights: tuple
) -> None:
    """Hear codes and draw those that aren't known, one after the other.

    Parameters
    ----------
    codes, chances, sampling
        See :meth:`CompiledCodeStream.run`.
    time
        Number of codes that were heard before.
    state, weights
        See above; weights are frames, grus, upsampling and samples. The state is changed: its
        logits are those after the last code that was heard.
    """
    p, logits = state[7:]
    known = codes.shape[1] - chances.shape[1]
    for t in range(max(known, codes.shape[1] - 1)):
        _step(codes, t, time + t, state, weights)
        draw_next(codes, t, chances, sampling, logits, p)
