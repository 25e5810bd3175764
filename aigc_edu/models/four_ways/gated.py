"""The network that all ways share, so that they can be compared, and how it is trained.

Chapter: chapters/02-building-blocks/07-four-ways-to-model-sound.ipynb

References
----------
D. P. Kingma and J. Ba (2015), *Adam*, arXiv:1412.6980.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

WARM_UP = 50  # steps


class Gated(nn.Module):
    """Values times a gate: ``U ((V u + b) * sigmoid(g(u))) + b'``, u the input times ``gain``.

    Parameters
    ----------
    inputs, outputs
        Numbers in and out.
    width
        Of the layers between.
    gain
        The larger, the more the gates bend from the start.
    """

    def __init__(self, inputs: int, outputs: int, width: int, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = gain
        self.values = nn.Linear(inputs, width)
        self.gate = nn.Sequential(
            nn.Linear(inputs, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
        )
        self.out = nn.Linear(width, outputs)

    def forward(self, u: Tensor) -> Tensor:
        """Map (B, inputs) to (B, outputs)."""
        u = self.gain * u
        return self.out(self.values(u) * torch.sigmoid(self.gate(u)))


def fit(
    parameters: Iterable[Tensor],
    loss: Callable[[Tensor], Tensor],
    data: Tensor,
    steps: int,
    batch: int,
    rate: float,
) -> None:
    """Make ``loss`` small for random batches of the data, by Adam.

    The rate rises for 50 steps and then falls to zero.

    Parameters
    ----------
    parameters
        What is trained.
    loss
        From a batch (batch, ...) to one number.
    data
        Examples, shape (N, ...).
    steps, batch
        How many batches of how many examples.
    rate
        Adam's largest step.
    """
    optimiser = torch.optim.Adam(list(parameters), rate, betas=(0.9, 0.99), fused=True)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * min((step + 1) / WARM_UP, 1 - step / steps)
        optimiser.zero_grad()
        loss(data[torch.randint(len(data), (batch,))]).backward()
        optimiser.step()
