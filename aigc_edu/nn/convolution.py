"""Causal and dilated convolution, the layers of WaveNet.

Equation (1) of the course's WaveNet chapter: ``y[t] = b + sum_i w[i] x[t - d i]``, i = 0 ... k - 1,
with ``x[t] = 0`` for t < 0. References: van den Oord et al. 2016, "WaveNet", section 2.1; the
chapter ``chapters/03-autoregressive/01-wavenet.ipynb`` derives both layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError


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
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        sizes = (in_channels, out_channels, kernel_size, dilation)
        if min(sizes) < 1:
            raise InvalidValueError(f"channels, kernel_size and dilation must be >= 1, got {sizes}")
        super().__init__(in_channels, out_channels, kernel_size, dilation=dilation, bias=bias)
        self.history = (kernel_size - 1) * dilation  # how many past samples an output needs

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (B, in_channels, T) to (B, out_channels, T)."""
        if x.dim() != 3 or x.shape[1] != self.in_channels:
            raise InvalidValueError(
                f"expected an input of shape (B, {self.in_channels}, T), got {tuple(x.shape)}"
            )
        return super().forward(F.pad(x, (self.history, 0)))


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
