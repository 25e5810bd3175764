"""The latent's two sides: a posterior from the recording, and a flow from it to the prior.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb

References: Kim et al. 2021, arXiv:2106.06103, sections 2.1.2, 2.1.3 and 2.5.1, appendix B; Dinh et
al. 2017, "Real NVP", arXiv:1605.08803, for the couplings.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.models.vits.config import VITSConfig
from aigc_edu.nn.gated_stack import GatedStack


class PosteriorEncoder(nn.Module):
    """Looks at linear spectra, and says mean and deviation of the latent of each frame."""

    def __init__(self, config: VITSConfig) -> None:
        super().__init__()
        self.begin = nn.Conv1d(config.bins, config.hidden, 1)
        self.stack = GatedStack(config.hidden, config.posterior_layers)
        self.project = nn.Conv1d(config.hidden, 2 * config.hidden, 1)

    def forward(self, spectra: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draw the latent.

        Parameters
        ----------
        spectra
            Magnitudes, (B, bins, T).
        mask
            (B, 1, T), 1 where there are frames.

        Returns
        -------
        z, mean, log_scale
            Each (B, C, T); z is drawn by the global generator.
        """
        h = self.stack(self.begin(spectra) * mask, mask)
        mean, log_scale = (self.project(h) * mask).chunk(2, dim=1)
        z = (mean + torch.randn_like(mean) * log_scale.exp()) * mask
        return z, mean, log_scale


class MeanCoupling(nn.Module):
    """Shift one half of the channels by what gated convolutions say of the other half.

    The scale is left out, so the volume stays: ``log |det| = 0`` (Kim et al. 2021, section 2.5.1).
    It begins as the identity.
    """

    def __init__(self, channels: int, layers: int) -> None:
        super().__init__()
        self.begin = nn.Conv1d(channels // 2, channels, 1)
        self.stack = GatedStack(channels, layers)
        self.end = nn.Conv1d(channels, channels // 2, 1)
        nn.init.zeros_(self.end.weight)
        nn.init.zeros_(self.end.bias)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map x (B, C, T) to the same shape; mask (B, 1, T)."""
        a, b = x.chunk(2, dim=1)
        return torch.cat([a, b + self._shift(a, mask)], dim=1)

    def inverse(self, z: Tensor, mask: Tensor) -> Tensor:
        """Return the x that :meth:`forward` maps to z."""
        a, b = z.chunk(2, dim=1)
        return torch.cat([a, b - self._shift(a, mask)], dim=1)

    def _shift(self, a: Tensor, mask: Tensor) -> Tensor:
        return self.end(self.stack(self.begin(a) * mask, mask)) * mask


class PriorFlow(nn.Module):
    """Mean-only couplings with the channels reversed after each: from the latent to the prior."""

    def __init__(self, config: VITSConfig) -> None:
        super().__init__()
        self.couplings = nn.ModuleList(
            MeanCoupling(config.hidden, config.flow_layers) for _ in range(config.flow_steps)
        )

    def forward(self, z: Tensor, mask: Tensor) -> Tensor:
        """Map latents z (B, C, T) to where the prior is a normal distribution; log |det| is 0."""
        for coupling in self.couplings:
            z = coupling(z, mask).flip(1)
        return z

    def inverse(self, z: Tensor, mask: Tensor) -> Tensor:
        """Return the latents that :meth:`forward` maps to z."""
        for coupling in reversed(self.couplings):
            z = coupling.inverse(z.flip(1), mask)
        return z
