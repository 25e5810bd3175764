"""The fourth way: flow matching, the road from noise to data in small steps.

Chapter: chapters/02-building-blocks/07-four-ways-to-model-sound.ipynb

References
----------
- Y. Lipman et al. (2023), *Flow matching for generative modeling*, arXiv:2210.02747.
- R. Chen et al. (2018), *Neural ordinary differential equations*, arXiv:1806.07366, eq. (8).
- W. Grathwohl et al. (2019), *FFJORD*, arXiv:1810.01367: the trace from one vector of signs.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_edu.models.four_ways.gated import Gated
from aigc_edu.models.four_ways.variational import normal

Field = Callable[[Tensor, Tensor], Tensor]  # x (B, D) and tau (B, 1) to a velocity (B, D)
ANGLES = math.pi * torch.arange(1, 9)


class Velocity(nn.Module):
    """v(x, tau): what it would be for standard normal data, and a network's addition.

    The network is told the time by eight cosines and sines of tau.
    """

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.network = Gated(size + 2 * len(ANGLES), size, width)

    def forward(self, x: Tensor, tau: Tensor) -> Tensor:
        """Return the velocity (B, D) at x (B, D) and tau (B, 1)."""
        clock = torch.cat([torch.cos(ANGLES * tau), torch.sin(ANGLES * tau)], dim=1)
        linear = (2 * tau - 1) / ((1 - tau) ** 2 + tau**2)
        return linear * x + self.network(torch.cat([3 * x, clock], dim=1))


def matching_loss(velocity: Field, x: Tensor) -> Tensor:
    """Return the mean squared error of the velocity, one tau and one noise for each x (B, D)."""
    tau, noise = torch.rand(len(x), 1), torch.randn_like(x)
    mixture = (1 - tau) * x + tau * noise
    return ((velocity(mixture, tau) - (noise - x)) ** 2).mean()


@torch.no_grad()
def follow(velocity: Field, x: Tensor, steps: int) -> Tensor:
    """Follow the velocity from tau = 1 to 0 in equal steps: noise x (B, D) becomes data."""
    for n in range(steps, 0, -1):
        x = x - velocity(x, torch.full((len(x), 1), n / steps)) / steps
    return x


def log_prob_along(velocity: Field, x: Tensor, steps: int = 100) -> Tensor:
    """Return ln p(x) (B,) of data x (B, D): follow them to the noise and count the stretching.

    The trace of the Jacobian is estimated by one random vector of signs, exactly for D = 1. Each
    step takes the velocity in its middle, which is far more exact than at its beginning.
    """
    h, total = 1 / steps, torch.zeros(len(x))
    for n in range(steps):
        early, middle = (torch.full((len(x), 1), (n + part) * h) for part in (0.25, 0.5))
        with torch.no_grad():
            half = x + h / 2 * velocity(x, early)
        signs = torch.randn_like(x).sign()
        v, along = torch.func.jvp(lambda u, at=middle: velocity(u, at), (half,), (signs,))
        total += h * (signs * along).sum(dim=1).detach()
        x = (x + h * v).detach()
    return normal(0.0, 1.0).log_prob(x).sum(dim=1) + total
