"""The checks of the chapter *WaveGAN in Keras* name the mistake that was made."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.teaching import check


def padding(length, kernel, stride):
    outputs = -(-length // stride)
    zeros = max((outputs - 1) * stride + kernel - length, 0)
    return zeros // 2, zeros - zeros // 2


def unbounded(length, kernel, stride):
    zeros = (-(-length // stride) - 1) * stride + kernel - length
    return zeros // 2, zeros - zeros // 2


def rounded_down(length, kernel, stride):
    zeros = max((length // stride - 1) * stride + kernel - length, 0)
    return zeros // 2, zeros - zeros // 2


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: padding(*a)[::-1], "the odd zero stands at the end"),
        (lambda n, k, s: (-(-(k - s) // 2),) * 2, "that is PyTorch's padding"),
        (lambda n, k, s: ((k - s) // 2, k - s - (k - s) // 2), "a multiple of the stride"),
        (lambda n, k, s: (k - s - (k - s) // 2, (k - s) // 2), "a multiple of the stride"),
        (unbounded, "never fewer than none"),
        (rounded_down, "rounded up"),
        (lambda n, k, s: ((k - 1) // 2, k // 2), "right for stride 1"),
        (lambda n, k, s: k - s, "Return two numbers"),
        (lambda n, k, s: (10, 11), "length 64, kernel 24, stride 4: you say 10 and 11"),
    ],
)
def test_same_names_the_mistake(answer, hint):
    assert check("wavegan-keras-same", padding).passed
    assert hint in check("wavegan-keras-same", answer).hint


def to_keras(weight, bias, frames):
    cube = weight.reshape(len(weight), -1, frames)
    return cube.transpose(2, 1, 0).reshape(-1, len(weight)), bias


def split_wrongly(weight, bias, frames):
    cube = weight.reshape(len(weight), frames, -1)
    return cube.transpose(2, 1, 0).reshape(-1, len(weight)), bias


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda w, b, f: (w.T, b), "rows still count channels first"),
        (lambda w, b, f: (to_keras(w, b, f)[0].T, b), "now transpose it"),
        (split_wrongly, "split the columns into (channels, frames)"),
        (lambda w, b, f: (w, b), "reshape alone"),
        (lambda w, b, f: (w.reshape(-1, len(w)), b), "rows still count channels first"),
        (lambda w, b, f: to_keras(w, b, f)[0], "Return two arrays"),
        (lambda w, b, f: (to_keras(w, b, f)[0], b + 1), "return it as it is"),
        (lambda w, b, f: (2 * to_keras(w, b, f)[0], b), "the kernel's rows are not"),
    ],
)
def test_flatten_names_the_mistake(answer, hint):
    assert check("wavegan-keras-flatten", to_keras).passed
    assert hint in check("wavegan-keras-flatten", answer).hint


def lateness(first, second):
    return int(np.correlate(second, first, "full").argmax()) - (len(first) - 1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, b: -lateness(a, b), "the sign is turned"),
        (lambda a, b: lateness(a, b) + len(a) - 1, "take len(first) - 1 off"),
        (lambda a, b: lateness(a, b) + len(a) - 1 - len(a) // 2, "you say"),
        (lambda a, b: lateness(a, b) - 1, "one sample off"),
        (lambda a, b: max(lateness(a, b), 0), "may be negative"),
        (lambda a, b: abs(lateness(a, b)), "may be negative"),
        (lambda a, b: 341, "0 samples later, you say 341"),
    ],
)
def test_late_names_the_mistake(answer, hint):
    assert check("wavegan-keras-late", lateness).passed
    assert hint in check("wavegan-keras-late", answer).hint


def keras_epsilon(epsilon, beta2, step):
    return epsilon * (1 - beta2**step) ** 0.5


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda e, b, t: e, "before many steps"),
        (lambda e, b, t: e / (1 - b**t) ** 0.5, "the other way round"),
        (lambda e, b, t: e * (1 - b**t), "under a square root"),
        (lambda e, b, t: e * (1 - b) ** 0.5, "depends on the step"),
        (lambda e, b, t: e * (1 - b ** (t - 1)) ** 0.5, "count from 1"),
        (lambda e, b, t: 10 * e, "don't matter"),
        (lambda e, b, t: (1 - b**t) ** 0.5, "times epsilon"),
        (lambda e, b, t: e * t, "compare the denominators"),
    ],
)
def test_epsilon_names_the_mistake(answer, hint):
    assert check("wavegan-keras-epsilon", keras_epsilon).passed
    assert hint in check("wavegan-keras-epsilon", answer).hint


@pytest.mark.parametrize("beta", [0.9, 0.99])
@pytest.mark.parametrize("count", [1, 4])
def test_with_that_epsilon_keras_s_rule_makes_pytorchs_step(beta, count):
    """Keras 3's rule, alpha m / (sqrt(v) + epsilon), against PyTorch's optimiser itself."""
    import torch

    steps = np.random.default_rng(0).standard_normal((count, 5))
    weight = torch.nn.Parameter(torch.zeros(5, dtype=torch.float64))
    adam = torch.optim.Adam([weight], 0.1, (0.5, beta), eps=0.3)
    m, v, ours = np.zeros(5), np.zeros(5), np.zeros(5)
    for t, g in enumerate(steps, start=1):
        weight.grad = torch.from_numpy(g)
        adam.step()
        m, v = 0.5 * m + 0.5 * g, beta * v + (1 - beta) * g**2
        alpha = 0.1 * (1 - beta**t) ** 0.5 / (1 - 0.5**t)
        ours -= alpha * m / (np.sqrt(v) + keras_epsilon(0.3, beta, t))
    assert np.allclose(ours, weight.detach().numpy(), atol=1e-12)
