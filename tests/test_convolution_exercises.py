"""The checks of the chapter on one-dimensional convolution name the mistake that was made."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from aigc_edu.teaching import check


def convolve(x, h, flip=True, left=None, right=None):
    k = len(h)
    left, right = (k - 1 if side is None else side(k) for side in (left, right))
    kernel = (h.flip(0) if flip else h)[None, None]
    return F.conv1d(F.pad(x[None, None], (left, right)), kernel)[0, 0]


FLIP = [
    ({"flip": False}, "isn't turned round"),
    ({"right": lambda k: 0}, "rings out"),
]


@pytest.mark.parametrize(("mistake", "hint"), FLIP)
def test_flip_names_the_mistake(mistake, hint):
    assert check("convolution-flip", convolve).passed
    assert hint in check("convolution-flip", lambda x, h: convolve(x, h, **mistake)).hint


def test_flip_names_padding_of_the_same_length():
    def same(x, h):
        k = len(h)
        return convolve(x, h)[(k - 1) // 2 :][: len(x)]

    assert "as many samples as x" in check("convolution-flip", same).hint


def test_flip_names_the_valid_part():
    def valid(x, h):
        return F.conv1d(x[None, None], h.flip(0)[None, None])[0, 0]

    assert "valid part" in check("convolution-flip", valid).hint
    assert "(12,)" in check("convolution-flip", lambda x, h: torch.zeros(3)).hint
    assert "x[0] h[0]" in check("convolution-flip", lambda x, h: 2 * convolve(x, h)).hint


RIGHT = {"A": 8, "B": 16, "C": 4}


def stride_of(y, rate, lowest=600.0, power=1, fixed=None):
    level = abs(np.fft.rfft(y * np.hanning(len(y)))) ** power
    f = np.fft.rfftfreq(len(y), 1 / rate)
    level[f < lowest] = 0
    return round((fixed or rate) / f[level.argmax()])


def line_of(y, rate):
    return rate / stride_of(y, rate)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda y, rate: stride_of(y, rate, lowest=100), "the tone itself"),
        (lambda y, rate: 10**9, "the mean of the clip"),
        (line_of, "that is the frequency"),
        (lambda y, rate: stride_of(y, rate, fixed=16_000), "use the rate"),
        (lambda y, rate: stride_of(y, rate) + 0.2, "so round"),
        (lambda y, rate: round(rate / (rate / stride_of(y, rate) + 220)), "another line"),
        (lambda y, rate: stride_of(y, rate) + 9, "not 17"),
    ],
)
def test_stride_names_the_mistake_of_the_function(answer, hint):
    assert check("convolution-stride", RIGHT, stride_of).passed
    hints = check("convolution-stride", RIGHT, answer).hints
    assert len(hints) == 1 and hint in hints[0]


@pytest.mark.parametrize(
    ("guess", "hint"),
    [
        ({"A": 8, "B": 4, "C": 16}, "other way round"),
        ({"A": 16, "B": 8, "C": 4}, "A buzzes at 2,000 Hz"),
        ({"A": 8, "B": 8, "C": 4}, "occurs once"),
        ({"A": ..., "B": ..., "C": ...}, "a stride"),
    ],
)
def test_stride_names_the_mistake_of_the_guess(guess, hint):
    hints = check("convolution-stride", guess, stride_of).hints
    assert len(hints) == 1 and hint in hints[0]


def layer(x, w, b):
    return F.conv1d(x[None], w, b)[0]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, w, b: layer(x, w, 0 * b), "bias is missing"),
        (lambda x, w, b: layer(x, w, w.shape[2] * b), "there once"),
        (lambda x, w, b: layer(x, w.flip(2), b), "turned round"),
        (lambda x, w, b: layer(x, w.transpose(0, 1), b), "swapped"),
        (
            lambda x, w, b: F.conv1d(x[None], torch.diagonal(w).T[:, None], b, groups=len(b))[0],
            "single input channel",
        ),
        (lambda x, w, b: layer(x, w, b)[:, :-1], "last output"),
        (lambda x, w, b: layer(x, w, b)[None], "shape should be"),
        (lambda x, w, b: 2 * layer(x, w, b), "b plus the sum"),
    ],
)
def test_channels_names_the_mistake(answer, hint):
    assert check("convolution-channels", layer).passed
    assert hint in check("convolution-channels", answer).hint


def cost(count, c_in, c_out, k, stride):
    return c_out * (c_in * k + 1), ((count - k) // stride + 1) * c_out * c_in * k


@pytest.mark.parametrize(
    ("weights", "hint"),
    [
        (lambda i, o, k: o * i * k, "biases are missing"),
        (lambda i, o, k: o * i * k + 1, "not one in all"),
        (lambda i, o, k: o * i * (k + 1), "not for each kernel"),
        (lambda i, o, k: o * (k + 1), "every input channel"),
        (lambda i, o, k: i * (o * k + 1), "not to each input"),
        (lambda i, o, k: 7, "not 7"),
    ],
)
def test_cost_names_a_wrong_number_of_weights(weights, hint):
    def answer(count, c_in, c_out, k, stride):
        return weights(c_in, c_out, k), cost(count, c_in, c_out, k, stride)[1]

    assert check("convolution-cost", cost).passed
    hints = check("convolution-cost", answer).hints
    assert len(hints) == 1 and hint in hints[0]


@pytest.mark.parametrize(
    ("products", "hint"),
    [
        (lambda n, i, o, k, s: n * o * i * k, "fewer than inputs"),
        (lambda n, i, o, k, s: (n - k + 1) * o * i * k, "with a stride"),
        (lambda n, i, o, k, s: (n - k) // s * o * i * k, "one output is missing"),
        (lambda n, i, o, k, s: ((n - k) // s + 1) * o * k, "for every input channel"),
        (lambda n, i, o, k, s: ((n - k) // s + 1) * i * k, "one output channel"),
        (lambda n, i, o, k, s: ((n - k) // s + 1) * o * (i * k + 1), "added, not multiplied"),
        (lambda n, i, o, k, s: 7, "not 7"),
    ],
)
def test_cost_names_a_wrong_number_of_products(products, hint):
    def answer(count, c_in, c_out, k, stride):
        return cost(count, c_in, c_out, k, stride)[0], products(count, c_in, c_out, k, stride)

    hints = check("convolution-cost", answer).hints
    assert len(hints) == 1 and hint in hints[0]


def quieten(w, s, change=lambda part: part + (1 - part.sum()) / len(part)):
    w = w.clone()
    for r in range(s):
        w[r::s] = change(w[r::s])
    return w


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda w, s: quieten(w, s, lambda p: p / p.sum()), "divide by the gains"),
        (lambda w, s: quieten(w, s, lambda p: p + 1 - p.sum()), "share it"),
        (lambda w, s: quieten(w, s, lambda p: p + 1 - p.mean()), "not their mean"),
        (lambda w, s: w + (1 - w.sum()) / len(w), "each phase's should"),
        (lambda w, s: w, "should all be 1"),
        (lambda w, s: w[:-1], "shape should be"),
    ],
)
def test_buzz_names_the_mistake(answer, hint):
    assert check("convolution-buzz", quieten).passed
    assert hint in check("convolution-buzz", answer).hint


def test_buzz_knows_phases_from_neighbours():
    def blocks(w, s):
        w, size = w.clone(), -(-len(w) // s)
        for r in range(s):
            part = w[r * size : (r + 1) * size]
            part += (1 - part.sum()) / len(part)
        return w

    assert "aren't neighbours" in check("convolution-buzz", blocks).hint


def test_buzz_accepts_one_way_of_getting_there_only():
    def first_only(w, s):
        w = w.clone()
        for r in range(s):
            w[r] += 1 - w[r::s].sum()
        return w

    assert "not by adding one number" in check("convolution-buzz", first_only).hint
