"""What the compiled loops are made of: products with tiled matrices, biases, ReLU, exponentials.

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb

Arrays are float32. One clip's numbers are a row; zeros fill it up to whole TILEs. Matrices are
stored as ``tiled`` and ``paired`` of ``tiles.py`` do it. Rows and matrices are named by their
numbers and not cut out as arrays: numba counts references to every piece, which takes as long as
some of the products do.
"""

from __future__ import annotations

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from aigc_edu.nn.compiling import jit

TILE = 64  # sums that the processor holds in its registers at a time
HALF = TILE // 2

# What is called often in a step is inlined; what is exact is computed in the order written.
_inlined, _exact = jit(True, forceinline=True), jit({"contract"}, forceinline=True)


@intrinsic
def _registers(typing_context):
    """Return a pointer to TILE numbers. No array overlaps with them: they may be registers."""

    def generate(context, builder, signature, arguments):
        return cgutils.alloca_once(builder, context.get_value_type(types.float32), size=TILE)

    return types.CPointer(types.float32)(), generate


@_inlined
def add_product(
    y: np.ndarray, row: int, weight: np.ndarray, which: int, x: np.ndarray, start: int, count: int
) -> None:
    """Add x[start : start + count] @ weight[which] to y[row : row + count]."""
    sums = numba.carray(_registers(), TILE)  # they wait while the weights pass by
    for tile in range(weight.shape[1]):
        for n in range(count):
            for j in range(TILE):
                sums[j] = 0.0  # and not what y holds: small sums are rounded less
            for i in range(weight.shape[2]):
                a = x[start + n, i]
                for j in range(TILE):
                    sums[j] += a * weight[which, tile, i, j]
            for j in range(TILE):
                y[row + n, TILE * tile + j] += sums[j]


@_inlined
def add_paired_product(y: np.ndarray, weight: np.ndarray, which: int, x: np.ndarray) -> None:
    """Add x @ weight[which] to y, two inputs at a time; what they give is added up at the end."""
    sums = numba.carray(_registers(), TILE)
    half = weight.shape[3] // 2  # HALF, but a loop of unknown length is left a loop: faster here
    for n in range(len(x)):
        for j in range(TILE):
            sums[j] = 0.0
        for i in range(weight.shape[2]):
            a, b = x[n, 2 * i], x[n, 2 * i + 1]
            for j in range(TILE):
                sums[j] += (a if j < HALF else b) * weight[which, 0, i, j]
        for j in range(half):
            y[n, j] += sums[j] + sums[half + j]


@_exact
def exp_minus_one(x: np.float32) -> np.float32:
    """Return exp(x) - 1, float32, |x| <= 80, with all digits near 0, where exp(x) is nearly 1."""
    whole = np.floor(x * np.float32(1.4426950408889634) + np.float32(0.5))  # log2(e)
    r = x - whole * np.float32(0.6931471805599453)  # |r| <= ln(2) / 2
    series = np.float32(1.0)  # what follows is 2 ** whole times exp(r), less 1
    for n in range(7, 1, -1):
        series = series * r * np.float32(1.0 / n) + np.float32(1.0)
    bits = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23))  # the exponent's place
    power = bits.view(np.float32)
    return power * (series * r) + (power - np.float32(1.0))


@_inlined
def fill(y: np.ndarray, row: int, count: int, bias: np.ndarray, which: int) -> None:
    """Set the rows of y from ``row`` on to bias[which], so many of them."""
    for n in range(count):
        for j in range(bias.shape[1]):
            y[row + n, j] = bias[which, j]


@_inlined
def add_bias(y: np.ndarray, bias: np.ndarray, which: int) -> None:
    """Add bias[which] to every row of y."""
    for n in range(len(y)):
        for j in range(bias.shape[1]):
            y[n, j] += bias[which, j]


@_inlined
def rectify(y: np.ndarray) -> None:
    """Set what is negative in y to 0."""
    for n in range(len(y)):
        for j in range(y.shape[1]):
            y[n, j] = max(y[n, j], np.float32(0.0))
