"""Checks of the exercises of the chapter *SampleRNN in TensorFlow*. None needs TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import to_array
from aigc_edu.teaching.exercises import exercise, written

Arrays = list[np.ndarray]

# ---------------------------------------------------------------- from Keras to PyTorch

INPUTS, WIDTH = 2, 3
_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _keras_gru(seed: int = 0) -> Arrays:
    """Return a kernel (C, 3 D), a recurrent kernel (D, 3 D) and a bias (2, 3 D)."""
    draw = np.random.default_rng(seed)
    shapes = (INPUTS, 3 * WIDTH), (WIDTH, 3 * WIDTH), (2, 3 * WIDTH)
    return [draw.standard_normal(shape) for shape in shapes]


def _ordered(columns: np.ndarray, order: Sequence[int] = (1, 0, 2)) -> np.ndarray:
    """Put the blocks of (..., 3 D), which Keras has as z, r, n, into another order."""
    return np.concatenate([np.split(columns, 3, axis=-1)[i] for i in order], axis=-1)


@exercise("tensorflow-gru-back")
def gru_back(to_pytorch: Callable[[np.ndarray, np.ndarray, np.ndarray], Any]) -> str | None:
    """``to_pytorch(kernel, recurrent, bias)`` returns PyTorch's four arrays of a GRU."""
    arrays = _keras_gru()
    given = written(to_pytorch(*(array.copy() for array in arrays)))
    if not isinstance(given, (list, tuple)) or len(given) != 4:
        return "Return four arrays: weight_ih, weight_hh, bias_ih, bias_hh."
    sources = [arrays[0], arrays[1], arrays[2][0], arrays[2][1]]
    others = [*sources[:2], *sources[:1:-1]]
    for name, got, source, other in zip(_NAMES, given, sources, others, strict=True):
        right = _ordered(source).T
        mistakes = _mistakes_back(source, other)
        rest = f"{name}: its values are not those of r, z, n under one another."
        if hint := hint_for(to_array(written(got)), right, mistakes, rest):
            return hint if hint.startswith(name) else f"{name}: {hint}"
    return None


def _mistakes_back(source: np.ndarray, other: np.ndarray) -> Mistakes:
    kept = "the blocks still lie as in Keras, z, r, n; PyTorch has r first, then z, then n."
    yield kept, source.T
    round_ = "the blocks are in no order of either; take z and r, the first two, and swap them."
    for order in ((2, 0, 1), (1, 2, 0), (0, 2, 1), (2, 1, 0)):
        yield round_, _ordered(source, order).T
    yield "the order is right; now transpose it, PyTorch has (outputs, inputs).", _ordered(source)
    yield "transpose it, and put its blocks into the order r, z, n.", source
    swapped = "that is the other row of Keras's bias: the input's row is the first."
    yield swapped, _ordered(other).T
    if source.ndim == 2:
        rows = np.reshape(_ordered(source), source.T.shape)
        yield "reshape only changes the shape; transpose turns rows into columns.", rows
        yield "reshape only changes the shape; transpose, and reorder.", source.reshape(rows.shape)


# ---------------------------------------------------------------- how many graphs

_TENSORS = tuple(np.array(x) for x in (1, 7, 7.0, [1, 2], [1, 2, 3], [3, 4]))
CALLS: tuple[tuple[list[Any], int], ...] = (
    ([1, 2, 1], 2),
    ([_TENSORS[0], _TENSORS[1]], 1),
    ([_TENSORS[1], _TENSORS[2]], 2),
    ([_TENSORS[3], _TENSORS[4], _TENSORS[5]], 2),
    ([1, _TENSORS[0], 1, _TENSORS[0]], 2),
    ([1, 2, 1, *_TENSORS], 6),
    ([], 0),
)


@exercise("tensorflow-traces")
def traces(graphs: Callable[[list[Any]], int]) -> str | None:
    """``graphs(arguments)`` returns how many graphs the calls of a tf.function make."""
    got = np.array([float(written(graphs(list(calls)))) for calls, _ in CALLS])
    right = np.array([float(count) for _, count in CALLS])
    mistakes = ((hint, _counted(key)) for hint, key in _wrong_keys())
    wrong = np.flatnonzero(got != right)
    calls, count = CALLS[wrong[0]] if len(wrong) else CALLS[0]
    said = ", ".join(_said(each) for each in calls) or "no call at all"
    return hint_for(got, right, mistakes, f"{said}: that makes {count}, you say {got[wrong[:1]]}.")


def _said(argument: Any) -> str:
    if not isinstance(argument, np.ndarray):
        return str(argument)
    kind = "whole numbers" if argument.dtype.kind == "i" else "floats"
    return f"a tensor of {kind}, shape {argument.shape}"


def _counted(key: Callable[[Any], Any]) -> np.ndarray:
    """Return how many different keys the arguments of each list of calls have."""
    return np.array([float(len({key(each) for each in calls})) for calls, _ in CALLS])


def _wrong_keys() -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Yield hints, and functions that give equal values to arguments taken for the same kind."""
    counter = iter(range(10**6))
    yield "an old argument makes no new graph: count the different ones.", lambda _: next(counter)

    def with_value(each: Any) -> Any:
        return (type(each), np.asarray(each).tolist().__repr__(), np.shape(each))

    yield "the values of a tensor don't matter, only its type and its shape.", with_value
    yield "a Python number is built into the graph: each new one counts.", _without_number
    no_shape = "a tensor of another shape needs another graph."
    yield no_shape, lambda e: e.dtype.name if isinstance(e, np.ndarray) else e
    no_type = "whole numbers and floats are two types of tensors: two graphs."
    yield no_type, lambda e: ("tensor", e.shape) if isinstance(e, np.ndarray) else e

    def same(each: Any) -> Any:
        return (np.asarray(each).dtype.name, np.shape(each), None if np.ndim(each) else each + 0.0)

    yield "a Python 1 and a tensor 1 are not the same: one is built in, one is passed.", same


def _without_number(each: Any) -> Any:
    return (each.dtype.name, each.shape) if isinstance(each, np.ndarray) else type(each)


# ---------------------------------------------------------------- which mistake

_KINDS = ("order", "transposed", "rows", "none")


def _with(kind: str, right: Arrays) -> Arrays:
    """Return Keras's weights with one mistake."""
    kernel, recurrent, bias = right
    if kind == "order":
        return [_ordered(array) for array in right]
    if kind == "transposed":
        blocks = [block.T for block in np.split(recurrent, 3, axis=1)]
        return [kernel, np.hstack(blocks), bias]
    return [kernel, recurrent, bias[::-1] if kind == "rows" else bias]


@exercise("tensorflow-diagnose")
def diagnose(mistake: Callable[[Arrays, Arrays], str]) -> str | None:
    """``mistake(right, wrong)`` returns "order", "transposed", "rows" or "none"."""
    for seed, kind in enumerate((*_KINDS, "no recurrent bias")):
        right = _keras_gru(seed)
        if seed == len(_KINDS):  # as a network that was never trained: all biases are 0
            right[2], kind = np.zeros_like(right[2]), "order"
        wrong = _with(kind, right)
        got = written(mistake([a.copy() for a in right], [a.copy() for a in wrong]))
        if got != kind:
            return _why(kind, got, seed)
    return None


def _why(kind: str, got: Any, seed: int) -> str:
    if got not in _KINDS:
        return f'Return one of "order", "transposed", "rows" and "none", not {got!r}.'
    if seed == len(_KINDS):
        return "Where all biases are 0 they look right in any order: look at the kernels, too."
    hints = {
        "order": "the kernel, the recurrent kernel and the bias all have their blocks in PyTorch's "
        "order; with no other mistake does the first kernel change.",
        "transposed": "only the recurrent kernel differs; kernel and bias are right.",
        "rows": "only the bias differs; its rows are swapped.",
        "none": "all three arrays are equal.",
    }
    return f"You say {got!r}, but it is {kind!r}: {hints[kind]}"
