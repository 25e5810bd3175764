"""Checks of the exercises of the chapter *WaveGAN in Keras*. None needs Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import to_array
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- "same"

# Lengths, kernels and strides: WaveGAN's, an even rest, ends that don't fit, kernels too short.
LAYERS = (
    (64, 25, 4),
    (64, 24, 4),
    (63, 25, 4),
    (61, 25, 4),
    (65, 25, 4),
    (30, 5, 1),
    (30, 4, 1),
    (64, 2, 4),
    (62, 3, 4),
)


def _zeros(length: int, kernel: int, stride: int) -> int:
    """Return how many zeros ``"same"`` adds, both ends together."""
    outputs = -(-length // stride)
    return max((outputs - 1) * stride + kernel - length, 0)


@exercise("wavegan-keras-same")
def same(padding: Callable[[int, int, int], tuple[int, int]]) -> str | None:
    """``padding(length, kernel, stride)`` returns the zeros before and after, two whole numbers."""
    got = []
    for layer in LAYERS:
        pair = written(padding(*layer))
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            return f"Return two numbers, the zeros before and those after; you return {pair!r}."
        got.append([float(each) for each in pair])
    right = np.array([_halves(_zeros(*layer)) for layer in LAYERS], float)
    given = np.array(got)
    wrong = np.flatnonzero((given != right).any(axis=1))
    layer = LAYERS[wrong[0]] if len(wrong) else LAYERS[0]
    said = "{:g} and {:g}".format(*given[wrong[0]]) if len(wrong) else ""
    rest = (
        f"length {layer[0]}, kernel {layer[1]}, stride {layer[2]}: you say {said}. Count the "
        "outputs first, ceil(length / stride); the last one's kernel ends where the zeros end."
    )
    return hint_for(given, right, _padding_mistakes(), rest)


def _halves(zeros: int) -> tuple[int, int]:
    return zeros // 2, zeros - zeros // 2


def _at_every(rule: Callable[[int, int, int], tuple[int, int]]) -> np.ndarray:
    return np.array([rule(*layer) for layer in LAYERS], float)


_TURNED = "the odd zero stands at the end in Keras, not at the beginning."
_TORCH = "that is PyTorch's padding, equal at both ends; Keras adds just as many as are needed."
_WRONG_NUMBERS: dict[str, Callable[[int, int, int], int]] = {
    "that holds where the length is a multiple of the stride; count the outputs, and see where the "
    "last one's kernel ends.": lambda n, k, s: k - s,
    "a kernel shorter than the stride may need no zeros at all, but never fewer than none.": (
        lambda n, k, s: (-(-n // s) - 1) * s + k - n
    ),
    "the number of outputs is rounded up: a last, shorter stride has an output too.": (
        lambda n, k, s: max((n // s - 1) * s + k - n, 0)
    ),
    "kernel - 1 zeros are right for stride 1; with a stride, fewer are needed.": (
        lambda n, k, s: k - 1
    ),
}


def _padding_mistakes() -> Mistakes:
    yield _TURNED, _at_every(lambda *layer: _halves(_zeros(*layer))[::-1])
    yield _TORCH, _at_every(lambda n, k, s: (-(-(k - s) // 2),) * 2)
    for hint, zeros in _WRONG_NUMBERS.items():
        halves = _at_every(lambda *layer, zeros=zeros: _halves(zeros(*layer)))
        yield hint, halves
        yield hint, halves[:, ::-1]


# ---------------------------------------------------------------- the critic's last layer

CHANNELS, FRAMES = 3, 4


@exercise("wavegan-keras-flatten")
def flatten(to_keras: Callable[[np.ndarray, np.ndarray, int], Any]) -> str | None:
    """``to_keras(weight, bias, frames)`` returns kernel and bias of the critic's ``Dense``."""
    draw = np.random.default_rng(0)
    for outputs in (1, 2):
        weight = draw.standard_normal((outputs, CHANNELS * FRAMES))
        bias = draw.standard_normal(outputs)
        given = written(to_keras(weight.copy(), bias.copy(), FRAMES))
        if not isinstance(given, (list, tuple)) or len(given) != 2:
            return "Return two arrays: the kernel and the bias."
        kernel, kept = (to_array(written(array)) for array in given)
        cube = weight.reshape(outputs, CHANNELS, FRAMES)
        right = cube.transpose(2, 1, 0).reshape(-1, outputs)
        rest = "the kernel's rows are not the weights of (frame 0, all channels), (frame 1, ...)."
        if hint := hint_for(kernel, right, _flatten_mistakes(weight), rest):
            return hint
        if kept.shape != bias.shape or not np.allclose(kept, bias):
            return (
                "the bias belongs to the outputs, which are in no other order: return it as it is."
            )
    return None


def _flatten_mistakes(weight: np.ndarray) -> Mistakes:
    outputs = len(weight)
    cube = weight.reshape(outputs, CHANNELS, FRAMES)
    by_frame = cube.transpose(2, 1, 0).reshape(-1, outputs)
    yield "transposed, but its rows still count channels first, then frames.", weight.T
    yield "the order is right; now transpose it, Keras has (inputs, outputs).", by_frame.T
    mixed = weight.reshape(outputs, FRAMES, CHANNELS).transpose(2, 1, 0).reshape(-1, outputs)
    split = "split the columns into (channels, frames), as PyTorch flattened them."
    yield split, mixed
    yield split, mixed.T
    yield (
        "reshape alone moves no number: split the columns, swap the two axes, then flatten.",
        weight.reshape(-1, outputs) if outputs > 1 else weight,
    )
    yield "transpose it, and put its rows into the order of (frames, channels).", weight


# ---------------------------------------------------------------- how late

SHIFTS = (0, 1, 5, 21, 85, 341)


def _clips(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a decaying noise, and how loud the other clip is against it."""
    draw = np.random.default_rng(seed)
    clip = draw.standard_normal(2048) * np.exp(-np.arange(2048) / 300)
    return np.pad(clip, (400, 600)) / np.abs(clip).max(), draw.uniform(0.3, 0.8)


@exercise("wavegan-keras-late")
def late(lateness: Callable[[np.ndarray, np.ndarray], int]) -> str | None:
    """``lateness(first, second)`` returns by how many samples the second clip is later."""
    got, right = [], []
    for seed, shift in enumerate((*SHIFTS, -21)):
        first, gain = _clips(seed)
        second = gain * np.roll(first, shift)
        got.append(float(written(lateness(first.copy(), second.copy()))))
        right.append(float(shift))
    answer, wanted = np.array(got), np.array(right)
    wrong = np.flatnonzero(answer != wanted)
    last = wrong[0] if len(wrong) else 0
    rest = f"the second clip is {wanted[last]:g} samples later, you say {answer[last]:g}."
    return hint_for(answer, wanted, _late_mistakes(wanted), rest, tolerance=1e-9)


def _late_mistakes(right: np.ndarray) -> Mistakes:
    size = len(_clips(0)[0])
    yield "the sign is turned: a second clip that is later has a positive number.", -right
    full = "the middle of the full correlation is no shift: take {} off the place of the maximum."
    for off in (size - 1, size, size // 2):
        for sign in (1, -1):
            yield full.format("len(first) - 1"), sign * right + off
    yield "one sample off: without a shift, np.correlate's maximum is at len(first) - 1.", right - 1
    yield "one sample off: without a shift, np.correlate's maximum is at len(first) - 1.", right + 1
    yield (
        "clips that are earlier count as well: the result may be negative.",
        np.maximum(right, 0),
    )
    yield "clips that are earlier count as well: the result may be negative.", np.abs(right)


# ---------------------------------------------------------------- Adam's epsilon

EPSILONS = ((1e-8, 0.999, 1), (1e-8, 0.99, 1), (1e-8, 0.99, 7), (1e-6, 0.9, 3), (1e-8, 0.99, 5000))


@exercise("wavegan-keras-epsilon")
def epsilon(keras_epsilon: Callable[[float, float, int], float]) -> str | None:
    """``keras_epsilon(epsilon, beta2, step)`` makes Keras's Adam take PyTorch's step."""
    answers = [float(written(keras_epsilon(*each))) / each[0] for each in EPSILONS]
    got = np.array(answers)
    right = np.array([(1 - beta**t) ** 0.5 for _, beta, t in EPSILONS])
    rest = (
        "write PyTorch's step, multiply its numerator and its denominator by sqrt(1 - beta2^t), "
        "and compare the denominators."
    )
    return hint_for(got, right, _epsilon_mistakes(right), rest, tolerance=1e-9)


def _epsilon_mistakes(right: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    rows = EPSILONS
    yield "the two are not equal before many steps have been made.", np.ones(len(rows))
    yield "the other way round: which of the two has the larger epsilon in front of it?", 1 / right
    yield "v is under a square root: so is 1 - beta2^t.", right**2
    yield "v is under a square root: so is 1 - beta2^t.", 1 / right**2
    first = np.array([(1 - beta) ** 0.5 for _, beta, _ in rows])
    yield "the correction depends on the step: beta2 to the power of step.", first
    zero = np.array([(1 - beta ** (t - 1)) ** 0.5 for _, beta, t in rows])
    yield "steps count from 1: after the first update v holds one gradient.", zero
    yield "the defaults, 1e-7 and 1e-8, don't matter here.", np.full(len(rows), 10.0)
    yield "return it times epsilon.", right / np.array([e for e, _, _ in rows])
