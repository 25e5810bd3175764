"""Strided and transposed convolutions as convolutions of stride 1: the same numbers, sooner.

Chapter: planned, WaveGAN's structure (Part IV)

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
    image = x[:, None].permute(0, 3, 1, 2)  # (B, C, 1, N), channels last
    kernel = taps.transpose(1, 2)[:, :, None]  # (C', C, 1, m), too
    return F.conv2d(image, kernel, bias, padding=(0, before))[:, :, 0].transpose(1, 2)


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
