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

from collections.abc import Callable, Sequence

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


def receptive_field(kernel_size: int, dilations: Sequence[int]) -> int:
    """Return R = 1 + (k - 1) * sum(d): the number of samples that one output sees.

    Parameters
    ----------
    kernel_size
        Taps k of every layer of the stack.
    dilations
        The layers' dilations d, in any order.
    """
    if kernel_size < 1 or any(d < 1 for d in dilations):
        raise InvalidValueError("kernel_size and every dilation must be >= 1")
    return 1 + (kernel_size - 1) * sum(dilations)


def influence(network: Callable[[Tensor], Tensor], channels: int, length: int) -> Tensor:
    """Tell which inputs reach which outputs of a network, by its gradients.

    A gradient other than zero proves that an input reaches an output. One of zero says that small
    changes of this trial's input don't: a unit may be asleep. :func:`sees_future` wakes it.

    Parameters
    ----------
    network
        Maps (1, channels, length) to (1, anything, T_out).
    channels, length
        Shape of the trial input, which is noise.

    Returns
    -------
    Tensor
        Boolean, shape (T_out, length): row t is true where the gradient of output t isn't zero.
    """
    x = torch.randn(1, channels, length, requires_grad=True)
    y = network(x).sum(dim=(0, 1))  # (T_out,)
    rows = [torch.autograd.grad(out, x, retain_graph=True)[0].abs().sum(dim=(0, 1)) for out in y]
    return torch.stack(rows) > 0


@torch.no_grad()
def sees_future(
    network: Callable[[Tensor], Tensor], channels: int, length: int, shift: int = 0, tries: int = 16
) -> Tensor:
    """Tell which outputs of a network move when all later inputs are replaced.

    The replacements are noise with an RMS of 0.01 to 100, so that units that sleep at one level
    wake at another. An output that moves proves a leak. That none moves proves nothing, but is hard
    to have by chance.

    Parameters
    ----------
    network
        Maps (B, channels, length) to (B, anything, length), each row for itself.
    channels, length
        Shape of the trial inputs.
    shift
        With 0, the inputs after t are replaced; with 1, that at t, too, which a network that
        predicts its own input must not see.
    tries
        Replacements for each t.

    Returns
    -------
    Tensor
        Boolean, shape (length,): true at t where output t moves by more than rounding.
    """
    x = torch.randn(1, channels, length).expand(1 + tries, -1, -1)
    level = torch.logspace(-2, 2, tries)[:, None, None]
    moves = []
    for t in range(length):
        other, first = x.clone(), max(0, t + 1 - shift)
        other[1:, :, first:] = level * torch.randn(tries, channels, length - first)
        y = network(other)[:, :, t]  # (1 + tries, anything)
        moves.append((y[1:] - y[0]).abs().max() > 1e-5 * (1 + y[0].abs().max()))
    return torch.stack(moves)


def measured_receptive_field(
    network: Callable[[Tensor], Tensor], channels: int, length: int
) -> int:
    """Count the inputs that the last output of a network depends on, by its gradient.

    Parameters
    ----------
    network
        Maps (1, channels, length) to (1, anything, length).
    channels, length
        Shape of the trial input; ``length`` must exceed the receptive field.

    Returns
    -------
    int
        Distance from the oldest input with a gradient other than zero to the present one, the
        present one included. 0 if no input reaches the output.

    Raises
    ------
    InvalidValueError
        If the oldest input of the trial still reaches the output: ``length`` is then too small.
    """
    x = torch.randn(1, channels, length, requires_grad=True)
    network(x)[..., -1].sum().backward()
    reached = x.grad.abs().sum(dim=(0, 1)).nonzero()  # positions with an influence
    if len(reached) == 0:
        return 0
    if reached[0] == 0:
        raise InvalidValueError(f"the receptive field reaches past {length} samples; try more")
    return length - int(reached[0])
