"""Causal convolution: its claims, each as a test that can fail."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import CausalConv1d, CausalEmbedding, measured_receptive_field, receptive_field

SIZES = st.integers(1, 4)


@settings(deadline=None, max_examples=40)
@given(SIZES, SIZES, SIZES, SIZES, st.integers(1, 12))
def test_equals_the_sum_of_the_definition(inputs, outputs, kernel, dilation, length):
    layer = CausalConv1d(inputs, outputs, kernel, dilation)
    x = torch.randn(2, inputs, length)
    expected = torch.zeros(2, outputs, length) + layer.bias.detach()[None, :, None]
    for t in range(length):
        for i in range(kernel):  # y[t] = b + sum_i w[i] x[t - d i], w[0] meets the present sample
            if t - dilation * i >= 0:
                w = layer.weight.detach()[:, :, kernel - 1 - i]
                expected[:, :, t] += x[:, :, t - dilation * i] @ w.T
    torch.testing.assert_close(layer(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("t", [0, 5, 19])
def test_no_output_sees_a_later_input(t):
    x = torch.randn(1, 3, 20, requires_grad=True)
    CausalConv1d(3, 2, 3, dilation=2)(x)[:, :, t].sum().backward()
    assert torch.all(x.grad[:, :, t + 1 :] == 0)
    assert torch.any(x.grad[:, :, t] != 0)


def test_output_is_as_long_as_the_input():
    assert CausalConv1d(2, 4, 3, dilation=8)(torch.randn(5, 2, 1)).shape == (5, 4, 1)


def test_wrong_shape_is_named():
    with pytest.raises(InvalidValueError, match=r"\(B, 3, T\).*\(2, 4, 7\)"):
        CausalConv1d(3, 2, 2)(torch.randn(2, 4, 7))
    with pytest.raises(InvalidValueError, match="dilation"):
        CausalConv1d(3, 2, 2, dilation=0)


@pytest.mark.parametrize("kernel", [1, 2, 3])
@pytest.mark.parametrize("length", [1, 2, 9])
def test_embedding_equals_the_convolution_of_one_hot_codes(kernel, length):
    layer = CausalEmbedding(7, 5, kernel)
    codes = torch.randint(0, 7, (3, length))
    one_hot = F.one_hot(codes, 7).transpose(1, 2).float()  # (B, q, T)
    weight = layer.weight.permute(2, 1, 0)  # (C, q, k)
    expected = F.conv1d(F.pad(one_hot, (kernel - 1, 0)), weight)
    torch.testing.assert_close(layer(codes), expected)


@pytest.mark.parametrize(("kernel", "dilations"), [(2, [1, 2, 4, 8]), (3, [1, 3, 9]), (2, [5])])
def test_receptive_field_by_formula_and_by_gradient(kernel, dilations):
    stack = torch.nn.Sequential(*(CausalConv1d(2, 2, kernel, d) for d in dilations))
    formula = receptive_field(kernel, dilations)
    assert measured_receptive_field(stack, 2, formula + 10) == formula
    with pytest.raises(InvalidValueError, match="try more"):
        measured_receptive_field(stack, 2, formula)


def test_doubling_dilations_double_the_receptive_field():
    fields = [receptive_field(2, [2**i for i in range(n)]) for n in range(1, 8)]
    assert fields == [2**n for n in range(1, 8)]
