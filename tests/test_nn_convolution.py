"""Causal convolution: its claims, each as a test that can fail."""

import pytest
import torch
from equality import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import (
    CausalConv1d,
    CausalEmbedding,
    ConvStream,
    conv1d,
    conv_length,
    conv_transpose1d,
    influence,
    measured_receptive_field,
    receptive_field,
    sees_future,
)

SIZES = st.integers(1, 4)


def gradients(function, tensors):
    """Return the output and the gradients of a weighted sum of it."""
    tensors = [t.detach().clone().requires_grad_() for t in tensors]
    y = function(*tensors)
    weights = torch.linspace(-1, 1, y.numel()).reshape(y.shape)
    return [y, *torch.autograd.grad((y * weights).sum() / y.numel(), tensors)]


@settings(deadline=None, max_examples=80)
@given(SIZES, SIZES, st.integers(1, 5), SIZES, st.integers(0, 3), SIZES, st.integers(1, 15))
def test_convolution_equals_pytorchs(inputs, outputs, kernel, stride, padding, dilation, length):
    tensors = (
        torch.randn(2, inputs, length),
        torch.randn(outputs, inputs, kernel),
        torch.randn(outputs),
    )
    reach = dilation * (kernel - 1) + 1
    if length + 2 * padding < reach:
        with pytest.raises(InvalidValueError, match=f"reaches over {reach}"):
            conv1d(*tensors, stride, padding, dilation)
        return
    mine = gradients(lambda *a: conv1d(*a, stride, padding, dilation), tensors)
    theirs = gradients(lambda *a: F.conv1d(*a, stride, padding, dilation), tensors)
    for got, expected in zip(mine, theirs, strict=True):
        assert_same(got, expected)
    assert mine[0].shape[2] == conv_length(length, kernel, stride, padding, dilation)


@settings(deadline=None, max_examples=80)
@given(SIZES, SIZES, st.integers(1, 6), SIZES, st.integers(0, 3), st.integers(1, 15))
def test_transposed_convolution_equals_pytorchs(inputs, outputs, kernel, stride, padding, length):
    tensors = (
        torch.randn(2, inputs, length),
        torch.randn(inputs, outputs, kernel),
        torch.randn(outputs),
    )
    if (length - 1) * stride + kernel <= 2 * padding:
        with pytest.raises(InvalidValueError, match="padding must be"):
            conv_transpose1d(*tensors, stride, padding)
        return
    mine = gradients(lambda *a: conv_transpose1d(*a, stride, padding), tensors)
    theirs = gradients(lambda *a: F.conv_transpose1d(*a, stride=stride, padding=padding), tensors)
    for got, expected in zip(mine, theirs, strict=True):
        assert_same(got, expected)


@settings(deadline=None, max_examples=40)
@given(SIZES, SIZES, st.integers(1, 5), SIZES, st.integers(0, 2), st.integers(1, 12))
def test_transposed_is_the_transpose(inputs, outputs, kernel, stride, padding, steps):
    """<conv(x), y> = <x, conv_transpose(y)>, with the same weight."""
    length = (steps - 1) * stride + kernel - 2 * padding
    if length < 1:
        return
    x = torch.randn(1, inputs, length).double()
    y = torch.randn(1, outputs, steps).double()
    weight = torch.randn(outputs, inputs, kernel).double()
    forth = (conv1d(x, weight, None, stride, padding) * y).sum()
    back = (x * conv_transpose1d(y, weight, None, stride, padding)).sum()
    torch.testing.assert_close(forth, back)


@settings(deadline=None, max_examples=60)
@given(SIZES, SIZES, SIZES, SIZES, st.integers(1, 12))
def test_causal_equals_pytorchs_with_the_end_cut_off(inputs, outputs, kernel, dilation, length):
    layer, x = CausalConv1d(inputs, outputs, kernel, dilation), torch.randn(2, inputs, length)
    pad = (kernel - 1) * dilation

    def theirs(x, weight, bias):  # the zeros on both sides, and the outputs that saw later inputs
        return F.conv1d(x, weight, bias, padding=pad, dilation=dilation)[:, :, :length]

    def mine(x, weight, bias):
        return torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (x,))

    tensors = (x, layer.weight, layer.bias)
    for got, expected in zip(gradients(mine, tensors), gradients(theirs, tensors), strict=True):
        assert_same(got, expected)


@pytest.mark.parametrize("shift", [0, 1, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_a_shifted_layer_sees_only_what_is_that_old(shift, kernel):
    reached = influence(CausalConv1d(2, 3, kernel, dilation=2, shift=shift), 2, 12)
    for t in range(12):
        seen = {t - shift - 2 * i for i in range(kernel)} & set(range(12))
        assert set(reached[t].nonzero().flatten().tolist()) == seen


@settings(deadline=None, max_examples=40)
@given(SIZES, SIZES, SIZES, SIZES, st.integers(0, 2), st.booleans())
def test_a_stream_equals_the_layer(inputs, outputs, kernel, dilation, shift, bias):
    layer = CausalConv1d(inputs, outputs, kernel, dilation, bias, shift)
    x, stream = torch.randn(3, inputs, 17), ConvStream(layer, batch=3)
    for _ in range(2):
        y = torch.stack([stream.step(x[:, :, t]) for t in range(17)], dim=2)
        assert_same(y, layer(x).detach())
        stream.reset()


def test_a_stream_keeps_no_more_than_the_history():
    stream = ConvStream(CausalConv1d(2, 2, 3, dilation=4))
    for _ in range(50):
        stream.step(torch.randn(1, 2))
    assert stream.ring.shape == (8, 1, 2)
    with pytest.raises(InvalidValueError, match=r"\(1, 2\).*\(2, 2\)"):
        stream.step(torch.zeros(2, 2))
    with pytest.raises(InvalidValueError, match="batch"):
        ConvStream(stream.layer, batch=0)


def test_influence_of_a_dilated_stack_is_its_receptive_field():
    stack = torch.nn.Sequential(*(CausalConv1d(1, 1, 2, d) for d in (1, 2, 4)))
    reached = influence(stack, 1, 20)
    assert torch.equal(reached, torch.ones(20, 20).tril().triu(-7).bool())


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
    with pytest.raises(InvalidValueError, match="future"):
        CausalConv1d(3, 2, 2, shift=-1)
    with pytest.raises(InvalidValueError, match=r"\(B, 3, T\).*\(2, 4, 7\)"):
        conv1d(torch.zeros(2, 4, 7), torch.zeros(5, 3, 2))
    with pytest.raises(InvalidValueError, match=r"\(B, 5, T\).*\(2, 4, 7\)"):
        conv_transpose1d(torch.zeros(2, 4, 7), torch.zeros(5, 3, 2))
    with pytest.raises(InvalidValueError, match="stride"):
        conv1d(torch.zeros(2, 3, 7), torch.zeros(5, 3, 2), stride=0)


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


# ---------------------------------------------------------------- seeing the future


class Sleeper(nn.Module):
    """Causal, but for a unit that sees the next sample and sleeps at usual levels."""

    def __init__(self, sign: float) -> None:
        super().__init__()
        self.causal, self.sign = CausalConv1d(1, 1, 3), sign

    def forward(self, x):
        return self.causal(x) + torch.relu(self.sign * F.pad(x, (-1, 1)) - 20)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_leak_behind_a_sleeping_unit_is_found_by_changes_and_not_by_gradients(sign):
    torch.manual_seed(0)
    network, future = Sleeper(sign), torch.ones(12, 12).triu(1).bool()
    assert not influence(network, 1, 12)[future].any()
    assert sees_future(network, 1, 12).any()


@pytest.mark.parametrize("shift", [0, 1])
def test_causal_layers_do_not_see_the_future_and_others_do(shift):
    torch.manual_seed(0)
    stack = nn.Sequential(CausalConv1d(2, 4, 3, shift=shift), nn.ReLU(), CausalConv1d(4, 1, 2, 4))
    assert not sees_future(stack, 2, 20, shift=shift).any()
    assert sees_future(stack, 2, 20, shift=shift + 1)[shift:].all(), "what it may see, it does see"
    both = nn.Conv1d(1, 1, 5, padding=2)
    assert sees_future(both, 1, 20).tolist() == [True] * 19 + [False]
