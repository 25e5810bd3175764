"""The checks of the chapter *SampleRNN in TensorFlow* name the mistake that was made."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.teaching import check


def back(kernel, recurrent, bias, order=(1, 0, 2), transpose=True, rows=(0, 1), reshape=False):
    def turned(columns):
        blocks = np.split(columns, 3, axis=-1)
        y = np.concatenate([blocks[i] for i in order], axis=-1)
        if reshape:
            return y.reshape(y.shape[::-1])
        return y.T if transpose else y

    return [turned(kernel), turned(recurrent), turned(bias[rows[0]]), turned(bias[rows[1]])]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: back(*a, order=(0, 1, 2)), "weight_ih: the blocks still lie as in Keras"),
        (lambda *a: back(*a, order=(1, 2, 0)), "weight_ih: the blocks are in no order"),
        (lambda *a: back(*a, transpose=False), "weight_ih: the order is right; now transpose"),
        (lambda *a: list(a[:2]) + list(a[2]), "weight_ih: transpose it, and put"),
        (lambda *a: back(*a, reshape=True), "reshape only changes the shape"),
        (lambda *a: back(*a, rows=(1, 0)), "bias_ih: that is the other row"),
        (lambda *a: back(*a)[:3], "four arrays"),
        (lambda *a: [2 * x for x in back(*a)], "weight_ih: its values are not"),
    ],
)
def test_the_way_back_names_the_mistake(answer, hint):
    assert check("tensorflow-gru-back", back).passed
    assert hint in check("tensorflow-gru-back", answer).hint


def key_of(each):
    is_tensor = isinstance(each, np.ndarray)
    return (each.dtype.name, each.shape) if is_tensor else (type(each), each)


def counts(key):
    return lambda calls: len({key(each) for each in calls})


def tensor_key(**kept):
    def key(each):
        if not isinstance(each, np.ndarray):
            return each if kept.get("number", True) else type(each)
        parts = {"type": each.dtype.name, "shape": each.shape, "value": each.tolist()}
        named = {"type": True, "shape": True, "value": False} | kept
        return ("tensor", *(str(part) for name, part in parts.items() if named[name]))

    return key


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (len, "an old argument"),
        (counts(tensor_key(value=True)), "values of a tensor don't matter"),
        (counts(tensor_key(number=False)), "built into the graph"),
        (counts(tensor_key(shape=False)), "another shape"),
        (counts(tensor_key(type=False)), "two types"),
        (lambda calls: 2, "that makes 1"),
    ],
)
def test_graphs_names_the_mistake(answer, hint):
    assert check("tensorflow-traces", counts(key_of)).passed
    assert hint in check("tensorflow-traces", answer).hint


def mistake(right, wrong):
    same = [np.array_equal(a, b) for a, b in zip(right, wrong, strict=True)]
    if all(same):
        return "none"
    return "rows" if same == [True, True, False] else "transposed" if same[0] else "order"


def by_bias(right, wrong):
    same = [np.array_equal(a, b) for a, b in zip(right, wrong, strict=True)]
    if all(same):
        return "none"
    if same[2]:
        return "transposed"
    return "rows" if same[1] else "order"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda right, wrong: "rows", "it is 'order'"),
        (lambda right, wrong: "swapped", "Return one of"),
        (by_bias, "all biases are 0"),
        (lambda r, w: "order" if mistake(r, w) == "rows" else mistake(r, w), "only the bias"),
        (lambda r, w: "order" if mistake(r, w) == "none" else mistake(r, w), "are equal"),
    ],
)
def test_diagnose_names_the_mistake(answer, hint):
    assert check("tensorflow-diagnose", mistake).passed
    assert hint in check("tensorflow-diagnose", answer).hint
