"""How far a network sees: by formula, by gradients, and by changing what it must not see.

Chapter: chapters/02-building-blocks/02-causal-and-dilated-convolution.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError


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

    The replacements are noise with an RMS of 0.01 to 100, and the same with its sign turned, so
    that units that sleep at one level wake at another. An output that moves proves a leak. That
    none moves proves nothing, but it would be a strange chance.

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
        Replacements for each t, an even number.

    Returns
    -------
    Tensor
        Boolean, shape (length,): true at t where output t moves by more than rounding.
    """
    x = torch.randn(1, channels, length).expand(1 + tries, -1, -1)
    level = torch.logspace(-2, 2, tries // 2)[:, None, None]
    moves = []
    for t in range(length):
        other, first = x.clone(), max(0, t + 1 - shift)
        noise = level * torch.randn(tries // 2, channels, length - first)
        other[1:, :, first:] = torch.cat([noise, -noise])
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
