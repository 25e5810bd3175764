"""Phase shuffle: a critic's layers are moved by some samples, so that it can't listen for phase.

Chapter: planned, WaveGAN's structure (Part IV)

Transposed convolutions leave a buzz whose phase is always the same. A critic that hears that phase
knows what is made without listening to the rest.

References
----------
- Donahue, McAuley and Puckette 2019, arXiv:1802.04208, section 3.3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError


class PhaseShuffle(nn.Module):
    """Moves a whole batch by one whole number of samples, drawn anew each time.

    What moves in at an end is the reflection of what stands there. In evaluation mode, and with
    ``most`` = 0, nothing moves.

    Parameters
    ----------
    most
        Largest shift n >= 0 in samples; all of -n ... n are equally likely.

    Attributes
    ----------
    draws
        int64, a seed and the number of draws since. It is saved with the weights, so that a resumed
        run goes on with the shifts that would have come, and is alike in several processes.
    """

    draws: Tensor

    def __init__(self, most: int = 2) -> None:
        super().__init__()
        if not isinstance(most, int) or most < 0:
            raise InvalidValueError(f"the largest shift must be a whole number >= 0, got {most!r}")
        self.most = most
        self.register_buffer("draws", torch.stack([torch.randint(2**31, ()), torch.tensor(0)]))

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, C, T), T > n, moved; the shape stays."""
        if not (self.training and self.most):
            return x
        return shifted(x, self.draw())

    def draw(self) -> int:
        """Return the next shift."""
        seed, count = self.draws.tolist()
        self.draws[1] += 1
        random = torch.Generator().manual_seed(1_000_003 * seed + count)
        return int(torch.randint(-self.most, self.most + 1, (), generator=random))


def shifted(x: Tensor, shift: int) -> Tensor:
    """Return x moved by a number of samples, later if it is positive, reflected at the ends.

    ``y[..., t] = x[..., t - shift]``, and where that is outside, its mirror image about the first
    or the last sample, which itself is not repeated.

    Parameters
    ----------
    x
        Shape (B, C, T).
    shift
        Samples, of a size below T.

    Raises
    ------
    InvalidValueError
        If x has no more samples than the shift.
    """
    if abs(shift) >= x.shape[-1]:
        raise InvalidValueError(f"{x.shape[-1]} samples cannot be moved by {shift} and reflected")
    if shift == 0:
        return x
    x, size = x.transpose(-1, -2), abs(shift)  # time first: channels may lie side by side in memory
    if shift > 0:
        moved = [x[..., 1 : size + 1, :].flip(-2), x[..., :-size, :]]
    else:
        moved = [x[..., size:, :], x[..., -size - 1 : -1, :].flip(-2)]
    return torch.cat(moved, dim=-2).transpose(-1, -2)
