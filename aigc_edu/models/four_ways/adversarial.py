"""The second way, two players: a generator, and a discriminator that says where it shows.

Chapter: chapters/02-building-blocks/07-four-ways-to-model-sound.ipynb
Chapter: chapters/02-building-blocks/08-four-ways-heard.ipynb

References
----------
- I. Goodfellow et al. (2014), *Generative adversarial nets*, arXiv:1406.2661.
- Z. Lin et al. (2018), *PacGAN*, arXiv:1712.04086: a discriminator that sees several at once.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.models.four_ways.gated import Gated

LATENTS = 16


def discriminator_loss(real: Tensor, made: Tensor) -> Tensor:
    """Return the loss of D from its outputs for real and made examples, before the logistic."""
    return F.softplus(-real).mean() + F.softplus(made).mean()  # -ln sigma(a) = softplus(-a)


def generator_loss(made: Tensor) -> Tensor:
    """Return the loss of G: minus the mean of ``ln sigma(D(G(z)))``."""
    return F.softplus(-made).mean()


def play(
    generator: nn.Module,
    discriminator: nn.Module,
    make: Callable[[int], Tensor],
    loss_d: Callable[[Tensor, Tensor], Tensor],
    data: Tensor,
    steps: int,
    batch: int,
    rate: float = 0.002,
) -> None:
    """Train both in turns.

    Parameters
    ----------
    generator, discriminator
        The players.
    make
        Calls the generator: from a number of examples B to (B, ...).
    loss_d
        From a real and a made batch to the discriminator's loss.
    data
        Real examples (N, ...).
    steps, batch, rate
        Turns, examples in each, and the rate of Adam, which falls to zero.
    """
    of_d, of_g = (
        torch.optim.Adam(player.parameters(), rate, betas=(0.5, 0.99), fused=True)
        for player in (discriminator, generator)
    )
    for step in range(steps):
        for optimiser in (of_d, of_g):
            optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
        made = make(batch)
        of_d.zero_grad()
        loss_d(data[torch.randint(len(data), (batch,))], made.detach()).backward()
        of_d.step()
        of_g.zero_grad()
        generator_loss(discriminator(made)).backward()
        of_g.step()


class Generator(nn.Module):
    """Noise to clips, and a learned level of noise for each sample.

    Without that noise of its own a discriminator would know it by its cleanness.
    """

    def __init__(self, size: int, width: int = 128) -> None:
        super().__init__()
        self.network = Gated(LATENTS, size, width, gain=3)
        self.log_std = nn.Parameter(torch.full((size,), -1.5))

    def forward(self, count: int) -> Tensor:
        """Return ``count`` clips, (count, size)."""
        clips = self.network(torch.randn(count, LATENTS))
        return clips + self.log_std.exp() * torch.randn_like(clips)


class Discriminator(nn.Module):
    """Looks at ``together`` clips at once: (B, size) to (B / together, 1)."""

    def __init__(self, size: int, together: int = 1, width: int = 128) -> None:
        super().__init__()
        self.inputs = together * size
        self.network = Gated(self.inputs, 1, width, gain=3)

    def forward(self, clips: Tensor) -> Tensor:
        """Return the opinion on each group of clips, before the logistic function."""
        return self.network(clips.reshape(-1, self.inputs))
