"""One-dimensional convolution: plain, transposed, causal, dilated.

Chapter: chapters/02-building-blocks/01-one-dimensional-convolution.ipynb
Chapter: chapters/02-building-blocks/02-causal-and-dilated-convolution.ipynb

The first two are written out, as sums over windows, and equal PyTorch's; use them to read, and
PyTorch's to be fast. The causal one is PyTorch's with its zeros in the right place:
``y[t] = b + sum_i w[i] x[t - d i]``, i = 0 ... k - 1, with ``x[t] = 0`` for t < 0. References:
Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285;
van den Oord et al. 2016, "WaveNet", section 2.1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError


def conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Return y[t] = b + sum_c sum_j w[c, j] x[c, s t + d j - p], what networks call convolution.

    The kernel isn't turned round in time, so it is a cross-correlation. Equals
    ``torch.nn.functional.conv1d``.

    Parameters
    ----------
    x
        Shape (B, C_in, T).
    weight
        Shape (C_out, C_in, k).
    bias
        Shape (C_out,), or None.
    stride, dilation
        s >= 1: how far the kernel moves for each output. d >= 1: how far its weights are apart.
    padding
        p >= 0: how many zeros are put before x and after it.

    Returns
    -------
    Tensor
        Shape (B, C_out, floor((T + 2 p - d (k - 1) - 1) / s) + 1).

    Raises
    ------
    InvalidValueError
        If shapes don't fit, or if the kernel is longer than the padded input.
    """
    _check_input(x, weight.shape[1])
    length = conv_length(x.shape[2], weight.shape[2], stride, padding, dilation)
    x = F.pad(x, (padding, padding))  # (B, C_in, T + 2 p)
    last = stride * (length - 1) + 1
    taps = [x[:, :, dilation * j :][:, :, :last:stride] for j in range(weight.shape[2])]
    windows = torch.stack(taps, dim=-1)  # (B, C_in, T_out, k): what each output sees
    y = torch.einsum("bctk,ock->bot", windows, weight)
    return y if bias is None else y + bias[:, None]


def conv_transpose1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
) -> Tensor:
    """Let each input add a copy of the kernel to the output, ``stride`` samples after the last.

    The transpose of :func:`conv1d` as a matrix: what that gathers, this spreads. Equals
    ``torch.nn.functional.conv_transpose1d``.

    Parameters
    ----------
    x
        Shape (B, C_in, T).
    weight
        Shape (C_in, C_out, k). Mind the order: it is that of the convolution it transposes.
    bias
        Shape (C_out,), or None.
    stride
        s >= 1: outputs for each input.
    padding
        p >= 0: how many samples are cut off at both ends.

    Returns
    -------
    Tensor
        Shape (B, C_out, (T - 1) s + k - 2 p).

    Raises
    ------
    InvalidValueError
        If shapes don't fit, or if nothing is left of the output.
    """
    _check_input(x, weight.shape[0])
    kernel, length = weight.shape[2], x.shape[2]
    _check_sizes(kernel_size=kernel, stride=stride)
    whole = (length - 1) * stride + kernel
    if padding < 0 or whole <= 2 * padding:
        raise InvalidValueError(f"padding must be 0 ... {(whole - 1) // 2} here, got {padding}")
    copies = torch.einsum("bct,cok->bokt", x, weight)  # (B, C_out, k, T)
    y = x.new_zeros(x.shape[0], weight.shape[1], whole)
    for j in range(kernel):  # weight j of every copy lands s samples from the one before
        y[:, :, j : j + (length - 1) * stride + 1 : stride] += copies[:, :, j]
    y = y[:, :, padding : whole - padding]
    return y if bias is None else y + bias[:, None]


def conv_length(
    length: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Return how many outputs a convolution has: floor((T + 2 p - d (k - 1) - 1) / s) + 1.

    Raises
    ------
    InvalidValueError
        If that is less than one.
    """
    _check_sizes(length=length, kernel_size=kernel_size, stride=stride, dilation=dilation)
    reach = dilation * (kernel_size - 1) + 1
    if padding < 0 or length + 2 * padding < reach:
        raise InvalidValueError(
            f"a kernel that reaches over {reach} samples needs an input as long, padding included; "
            f"got {length} with a padding of {padding}"
        )
    return (length + 2 * padding - reach) // stride + 1


def _check_sizes(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise InvalidValueError(f"{name} must be >= 1, got {size}")


def _check_input(x: Tensor, channels: int) -> None:
    if x.dim() != 3 or x.shape[1] != channels or x.shape[2] < 1:
        raise InvalidValueError(
            f"expected an input of shape (B, {channels}, T) with T >= 1, got {tuple(x.shape)}"
        )


class CausalConv1d(nn.Conv1d):
    """One-dimensional convolution whose output at t sees inputs up to t and none after it.

    The input is padded with ``(kernel_size - 1) * dilation`` zeros on the left only, so input and
    output have the same length. As in all of PyTorch, ``weight[:, :, -1]`` meets the present
    sample and ``weight[:, :, 0]`` the oldest one.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, dilation
        Positive integers.
    bias
        Whether a learned constant is added to each output channel.
    shift
        With 1, the output at t sees inputs up to t - 1 only: what a network's first layer needs if
        its output at t is to predict the input at t. With 0 it sees the present one, too.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        dilation: int = 1,
        bias: bool = True,
        shift: int = 0,
    ) -> None:
        sizes = (in_channels, out_channels, kernel_size, dilation)
        if min(sizes) < 1:
            raise InvalidValueError(f"channels, kernel_size and dilation must be >= 1, got {sizes}")
        if shift < 0:
            raise InvalidValueError(f"shift must be >= 0, or the future is seen; got {shift}")
        super().__init__(in_channels, out_channels, kernel_size, dilation=dilation, bias=bias)
        self.shift = shift
        self.history = (kernel_size - 1) * dilation + shift  # how many past samples it needs

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (B, in_channels, T) to (B, out_channels, T)."""
        _check_input(x, self.in_channels)
        return super().forward(F.pad(x, (self.history, -self.shift)))


class CausalEmbedding(nn.Module):
    """A causal convolution over one-hot codes, computed as a look-up.

    Multiplying a weight matrix by a one-hot vector picks one of its columns, so a
    :class:`CausalConv1d` over one-hot codes needs no multiplication at all: each tap is a table of
    ``levels`` vectors, and the output is the sum of one row of each table. Samples before the
    start count as the zero vector, as they do in the padded convolution.

    Parameters
    ----------
    levels
        Number of codes q; inputs lie in 0 ... q - 1.
    channels
        Output channels C.
    kernel_size
        Number of taps k: the output at t sees codes t - k + 1 ... t.
    """

    def __init__(self, levels: int, channels: int, kernel_size: int = 2) -> None:
        if min(levels, channels, kernel_size) < 1:
            raise InvalidValueError("levels, channels and kernel_size must be >= 1")
        super().__init__()
        self.levels, self.kernel_size = levels, kernel_size
        weight = torch.randn(kernel_size, levels, channels) / kernel_size**0.5
        self.weight = nn.Parameter(weight)  # weight[-1] meets the present code

    def forward(self, codes: Tensor) -> Tensor:
        """Map int64 codes of shape (B, T) to (B, channels, T)."""
        if codes.dim() != 2:
            raise InvalidValueError(f"expected codes of shape (B, T), got {tuple(codes.shape)}")
        length = codes.shape[1]
        out = F.embedding(codes, self.weight[-1])  # (B, T, C)
        for back in range(1, min(self.kernel_size, length)):
            past = F.embedding(codes[:, :-back], self.weight[-1 - back])  # (B, T - back, C)
            out = out + F.pad(past, (0, 0, back, 0))
        return out.transpose(1, 2)  # (B, C, T)
