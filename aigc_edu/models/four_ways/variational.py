"""The third way, nearly: a variational autoencoder, and bounds of its likelihood.

Chapter: chapters/02-building-blocks/07-four-ways-to-model-sound.ipynb

References
----------
- D. P. Kingma and M. Welling (2014), *Auto-encoding variational Bayes*, arXiv:1312.6114.
- Y. Burda et al. (2016), *Importance weighted autoencoders*, arXiv:1509.00519, eq. (8).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, distributions, nn

from aigc_edu.models.four_ways.gated import Gated


def normal(mean: Tensor | float, std: Tensor | float) -> distributions.Normal:
    """Return a normal distribution for each number; checking its inputs would cost time."""
    return distributions.Normal(mean, std, validate_args=False)


class VAE(nn.Module):
    """Encoder, decoder, and the logarithm of the decoder's own noise for each sample.

    Parameters
    ----------
    size
        Numbers D of an example.
    latents
        Numbers Z of a latent variable.
    width
        Of the networks.
    log_std
        Of the decoder's noise at the start, natural logarithm.
    """

    def __init__(self, size: int, latents: int, width: int, log_std: float = -0.5) -> None:
        super().__init__()
        self.latents = latents
        self.encoder = Gated(size, 2 * latents, width, gain=3)
        self.decoder = Gated(latents, size, width, gain=3)
        self.log_std = nn.Parameter(torch.full((size,), log_std))

    def guess(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of z for each x (B, D), both (B, Z)."""
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        return mean, log_var

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Return ln p(x | z), (B,)."""
        return normal(self.decoder(z), self.log_std.exp()).log_prob(x).sum(dim=1)

    def elbo(self, x: Tensor) -> Tensor:
        """Return the lower bound of ln p(x) for each x (B, D), from one draw of z: (B,)."""
        mean, log_var = self.guess(x)
        z = mean + torch.exp(log_var / 2) * torch.randn_like(mean)
        price = 0.5 * (mean**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        return self.log_likelihood(x, z) - price

    def draw(self, count: int) -> Tensor:
        """Return ``count`` examples, (count, D)."""
        mean = self.decoder(torch.randn(count, self.latents))
        return mean + self.log_std.exp() * torch.randn_like(mean)


@torch.no_grad()
def many_guesses(vae: VAE, x: Tensor, count: int = 64) -> Tensor:
    """Return a closer lower bound of ln p(x), (B,), from ``count`` guesses of z for each x."""
    mean, log_var = vae.guess(x)
    weights = []
    for _ in range(count):
        noise = torch.randn_like(mean)
        z = mean + torch.exp(log_var / 2) * noise
        prior = normal(0.0, 1.0).log_prob(z).sum(dim=1)
        guess = (normal(0.0, 1.0).log_prob(noise) - log_var / 2).sum(dim=1)
        weights.append(vae.log_likelihood(x, z) + prior - guess)
    return torch.stack(weights).logsumexp(dim=0) - math.log(count)
