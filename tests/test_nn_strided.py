"""Strided convolutions in a faster form: the same numbers, slopes, and slopes of slopes."""

import pytest
import torch
from torch.nn import functional as F

from aigc_edu.nn.strided import FEW, repeated, strided_conv1d, strided_conv_transpose1d

SHAPES = [(25, 4, 11), (25, 4, 10), (9, 2, 4), (8, 4, 2), (4, 4, 0), (7, 3, 5), (3, 1, 1)]


def numbers(*shape, seed=0):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=source).requires_grad_()


def channels_last(x):
    return x.transpose(1, 2).contiguous().transpose(1, 2)


@pytest.mark.parametrize(("kernel", "stride", "padding"), SHAPES)
@pytest.mark.parametrize("frames", [5, FEW, FEW + 1, 40])
@pytest.mark.parametrize("layout", [torch.Tensor.contiguous, channels_last])
def test_both_equal_torch_s(kernel, stride, padding, frames, layout):
    x, b = layout(numbers(2, 3, frames * stride)), numbers(4, seed=1)
    w = numbers(4, 3, kernel, seed=2)
    y = strided_conv1d(x, w, b, stride, padding)
    assert y.shape == (2, 4, frames)
    expected = F.conv1d(F.pad(x, (padding, kernel)), w, b, stride)[..., :frames]
    torch.testing.assert_close(y, expected)
    w = numbers(3, 4, kernel, seed=3)
    x = layout(numbers(2, 3, frames))
    y = strided_conv_transpose1d(x, w, b, stride, padding)
    whole = F.conv_transpose1d(F.pad(x, (0, kernel)), w, b, stride)
    torch.testing.assert_close(y, whole[..., padding : padding + frames * stride])


@pytest.mark.parametrize("kernel", [1, 4, 25])
@pytest.mark.parametrize("stride", [2, 4])
def test_a_kernel_on_repeated_samples_is_a_transposed_one(kernel, stride):
    x, w, b = numbers(2, 3, 20), numbers(4, 3, kernel, seed=1), numbers(4, seed=2)
    before = (kernel - 1) // 2
    long = F.pad(x.repeat_interleave(stride, dim=2), (before, kernel - 1 - before))
    transposed, padding = repeated(w, stride)
    y = strided_conv_transpose1d(x, transposed, b, stride, padding)
    torch.testing.assert_close(y, F.conv1d(long, w, b))


@pytest.mark.parametrize("function", [strided_conv1d, strided_conv_transpose1d])
@pytest.mark.parametrize("frames", [3, FEW + 1])
def test_slopes_and_their_slopes_are_right(function, frames):
    """A gradient penalty differentiates a gradient."""
    length = frames * 2 if function is strided_conv1d else frames
    given = numbers(1, 2, length), numbers(2, 2, 3, seed=1), numbers(2, seed=2)
    assert torch.autograd.gradcheck(lambda *a: function(*a, 2, 1), given)
    assert torch.autograd.gradgradcheck(lambda *a: function(*a, 2, 1), given)
