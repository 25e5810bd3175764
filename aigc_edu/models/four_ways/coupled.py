"""The third way, exactly: a flow made of couplings.

Chapter: chapters/02-building-blocks/07-four-ways-to-model-sound.ipynb
Chapter: chapters/02-building-blocks/08-four-ways-heard.ipynb

References
----------
L. Dinh et al. (2017), *Density estimation using Real NVP*, arXiv:1605.08803, eq. (3)-(8).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.models.four_ways.gated import Gated
from aigc_edu.nn import AffineCoupling, Flow


class Shuffle(nn.Module):
    """Put the numbers into another order, fixed at random: volumes stay as they are."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("order", torch.randperm(size))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return x (B, D) in the new order, and zeros (B,)."""
        return x[:, self.order], x.new_zeros(len(x))

    def inverse(self, z: Tensor) -> Tensor:
        """Return z (B, D) in the old order."""
        return z[:, self.order.argsort()]


def coupling_flow(size: int, couplings: int, width: int) -> Flow:
    """Return a flow for (B, size) of shuffles and couplings, which begins as the identity."""
    layers: list[nn.Module] = []
    for _ in range(couplings):
        network = Gated(size // 2, size, width)
        nn.init.zeros_(network.out.weight)
        nn.init.zeros_(network.out.bias)
        layers += [Shuffle(size), AffineCoupling(network)]
    return Flow(layers)
