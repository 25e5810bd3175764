"""Strided and transposed convolutions as convolutions of stride 1: the same numbers, sooner.

Chapter: chapters/04-adversarial/02-wavegan-structure.ipynb

A convolution of stride s reads blocks of s samples. With the samples of a block side by side, as
channels, it is one of stride 1 with fewer taps: 25 taps of stride 4 are 7 of 4 times as many
channels. A transposed convolution is the same the other way round, channels laid out as samples:
sub-pixel convolution. With channels last in memory neither moves a number, and processors are
faster at what is left, by a half to twice.

References
----------
- Shi et al. 2016, arXiv:1609.05158, and arXiv:1609.07009: transposed and sub-pixel convolution.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

FEW = 16  # frames, up to which a product of matrices is faster than a convolution


def strided_conv1d(x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
    """Return ``F.conv1d(x, weight, bias, stride, padding)``, of which the first T / s samples.

    Parameters
    ----------
    x
        Shape (B, C, T), T a multiple of s; fastest where channels lie side by side in memory, as
        they do in what is returned.
    weight, bias
        Shapes (C', C, k) and (C',).
    stride, padding
        s >= 1, and the number of zeros on the left, below k.

    Returns
    -------
    Tensor
        Shape (B, C', T / s).
    """
    channels = weight.shape[1]
    if x.shape[2] // stride <= FEW:
        return _by_windows(x, weight, bias, stride, padding)
    blocks, before = _in_blocks(weight, stride, padding)  # (C', C, m, s)
    taps = blocks.permute(0, 2, 3, 1).flatten(2)  # (C', m, s C)
    x = x.transpose(1, 2).contiguous()  # (B, T, C)
    x = x.view(len(x), x.shape[1] // stride, stride * channels)
    return _convolve(x, taps, bias, before).transpose(1, 2)


def strided_conv_transpose1d(
    x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int
) -> Tensor:
    """Return ``F.conv_transpose1d(x, weight, bias, stride, padding)``, made s T samples long.

    Parameters
    ----------
    x
        Shape (B, C, T); for the layout in memory see :func:`strided_conv1d`.
    weight, bias
        Shapes (C, C', k) and (C',).
    stride, padding
        s >= 1, and how many samples are cut off on the left.

    Returns
    -------
    Tensor
        Shape (B, C', s T).
    """
    channels, outputs, _ = weight.shape
    if x.shape[2] <= FEW:
        return _by_copies(x, weight, bias, stride, padding)
    blocks, before = _in_blocks(weight, stride, padding)  # (C, C', m, s)
    count = blocks.shape[2]
    taps = blocks.flip(2).permute(3, 1, 2, 0).reshape(stride * outputs, count, channels)
    x = x.transpose(1, 2).contiguous()  # (B, T, C)
    y = _convolve(x, taps, bias.repeat(stride), count - 1 - before)  # (B, T, s C')
    return y.reshape(len(x), x.shape[1] * stride, outputs).transpose(1, 2)


def repeated(weight: Tensor, stride: int) -> tuple[Tensor, int]:
    """Return as what transposed convolution a kernel meets samples that are repeated s times.

    Parameters
    ----------
    weight
        Shape (C', C, k), of a convolution with (k - 1) // 2 zeros on the left.
    stride
        How often each sample is repeated.

    Returns
    -------
    tuple
        A kernel, (C, C', k + s - 1), and its padding.
    """
    kernel = weight.shape[2]
    mirrored = weight.transpose(0, 1).flip(2)
    shifts = (F.pad(mirrored, (i, stride - 1 - i)) for i in range(stride))
    return sum(shifts), kernel - 1 - (kernel - 1) // 2


def _in_blocks(weight: Tensor, stride: int, padding: int) -> tuple[Tensor, int]:
    """Return taps in blocks, (., ., m, s), and how many blocks are before the present one."""
    extra = -padding % stride  # so that the present block is whole
    missing = -(weight.shape[2] + extra) % stride
    blocks = F.pad(weight, (extra, missing)).unflatten(2, (-1, stride))
    return blocks, (padding + extra) // stride


def _convolve(x: Tensor, taps: Tensor, bias: Tensor, before: int) -> Tensor:
    """Convolve (B, N, C) with taps (C', m, C), of which ``before`` meet the past: (B, N, C')."""
    after = taps.shape[1] - 1 - before
    if before != after:
        x, before = F.pad(x, (0, 0, before, after)), 0
    return _Convolution.apply(x, taps, bias, before)


class _Convolution(torch.autograd.Function):
    """Of (B, N, C) with taps (C', m, C) and a bias or None; the padding is that of both ends.

    Its slopes are convolutions again. PyTorch's own slope of a slope, which a gradient penalty
    takes, convolves with a kernel as long as the clip.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, taps: Tensor, bias: Tensor | None, padding: int) -> Tensor:
        ctx.save_for_backward(x, taps)
        ctx.padding = padding
        kernel = taps.transpose(1, 2)[:, :, None]  # (C', C, 1, m), channels last
        return F.conv2d(_image(x), kernel, bias, padding=(0, padding))[:, :, 0].transpose(1, 2)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        x, taps = (saved.to(slope.dtype) for saved in ctx.saved_tensors)
        count, needed = taps.shape[1], ctx.needs_input_grad
        return (
            _convolved_back(slope, taps, ctx.padding) if needed[0] else None,
            _SlopeOfTaps.apply(x, slope, count, ctx.padding) if needed[1] else None,
            slope.sum(dim=(0, 1)) if needed[2] else None,
            None,
        )


class _SlopeOfTaps(torch.autograd.Function):
    """The slope of a convolution of x (B, N, C) by its m taps, from that by its output."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor, count: int, padding: int) -> Tensor:
        ctx.save_for_backward(x, slope)
        ctx.padding = padding
        kernel = x.new_empty(slope.shape[2], x.shape[2], 1, count)  # of it only the shape counts
        settings = (None, (1, 1), (0, padding), (1, 1), False, (0, 0), 1, (False, True, False))
        backward = torch.ops.aten.convolution_backward
        return backward(_image(slope), _image(x), kernel, *settings)[1][:, :, 0].transpose(1, 2)

    @staticmethod
    def backward(ctx: Any, taps: Tensor) -> tuple[Tensor | None, ...]:
        x, slope = ctx.saved_tensors
        needed = ctx.needs_input_grad
        of_x = _convolved_back(slope, taps, ctx.padding) if needed[0] else None
        return (
            of_x,
            _Convolution.apply(x, taps, None, ctx.padding) if needed[1] else None,
            None,
            None,
        )


def _convolved_back(slope: Tensor, taps: Tensor, padding: int) -> Tensor:
    """Return the slope of a convolution by its input."""
    back = taps.flip(1).transpose(0, 2)  # (C, m, C')
    return _Convolution.apply(slope, back, None, taps.shape[1] - 1 - padding)


def _image(x: Tensor) -> Tensor:
    """Return (B, N, C) as an image of one row, (B, C, 1, N), whose channels are last in memory."""
    return x[:, None].permute(0, 3, 1, 2)


def _by_windows(x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
    """Return :func:`strided_conv1d` as one product of matrices: what each output sees, laid out."""
    kernel, count = weight.shape[2], x.shape[2] // stride
    after = stride * (count - 1) + kernel - padding - x.shape[2]
    image = F.pad(x, (padding, after))[:, :, None]  # (B, C, 1, s (N - 1) + k)
    windows = F.unfold(image, (1, kernel), stride=(1, stride))  # (B, C k, N)
    return F.linear(windows.transpose(1, 2), weight.flatten(1), bias).transpose(1, 2)


def _by_copies(x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
    """Return :func:`strided_conv_transpose1d` as a product: each input's copies, then their sum."""
    kernel, count = weight.shape[2], x.shape[2]
    copies = F.linear(x.transpose(1, 2), weight.flatten(1).t())  # (B, N, C' k)
    whole = stride * (count - 1) + kernel
    y = F.fold(copies.transpose(1, 2), (1, whole), (1, kernel), stride=(1, stride))
    y = F.pad(y[:, :, 0], (-padding, stride * count + padding - whole))  # (B, C', s N)
    return y + bias[:, None]
