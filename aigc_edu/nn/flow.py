"""Normalising flows: invertible layers that know by how much they stretch space.

Chapter: chapters/02-building-blocks/07-four-ways-to-model-sound.ipynb

A flow maps data x to noise z and back. With z standard normal,
``log p(x) = log N(z; 0, 1) + log |det dz/dx|``. References: Dinh et al. 2017, "Density estimation
using Real NVP", arXiv:1605.08803, eq. (3)-(8); Kingma and Dhariwal 2018, "Glow",
arXiv:1807.03039, section 3; Ho et al. 2019, "Flow++", arXiv:1902.00275, section 3.2 (for
:class:`MixtureCDF`).

All layers map (B, C, ...) to the same shape and return log |det| with shape (B,), in nats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError


class AffineCoupling(nn.Module):
    """Scale and shift one half of the channels by what a network says of the other half.

    ``z_a = x_a``, ``z_b = x_b * exp(s) + t`` with ``(s, t) = network(x_a)``: easy to invert,
    whatever the network is, since it sees only what stays as it is. s is kept within
    (-limit, limit) by a scaled tanh, so that no step stretches by more than exp(limit).

    Parameters
    ----------
    network
        Maps (B, C // 2, ...) to (B, 2 (C - C // 2), ...).
    limit
        Bound of the logarithm of the scale.
    """

    def __init__(self, network: nn.Module, limit: float = 2.0) -> None:
        super().__init__()
        self.network, self.limit = network, limit

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z of x's shape (B, C, ...) and log |det dz/dx| (B,)."""
        a, b = self._halves(x)
        s, t = self._scale_and_shift(a, b)
        return torch.cat([a, b * torch.exp(s) + t], dim=1), s.flatten(1).sum(dim=1)

    def inverse(self, z: Tensor) -> Tensor:
        """Return the x that :meth:`forward` maps to z."""
        a, b = self._halves(z)
        s, t = self._scale_and_shift(a, b)
        return torch.cat([a, (b - t) * torch.exp(-s)], dim=1)

    @staticmethod
    def _halves(x: Tensor) -> tuple[Tensor, Tensor]:
        if x.dim() < 2 or x.shape[1] < 2:
            raise InvalidValueError(f"expected (B, C >= 2, ...), got {tuple(x.shape)}")
        return x[:, : x.shape[1] // 2], x[:, x.shape[1] // 2 :]

    def _scale_and_shift(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        out = self.network(a)
        wanted = (b.shape[0], 2 * b.shape[1], *b.shape[2:])
        if tuple(out.shape) != wanted:
            raise InvalidValueError(
                f"the coupling's network should return {wanted}, got {tuple(out.shape)}"
            )
        s, t = out.chunk(2, dim=1)
        return self.limit * torch.tanh(s / self.limit), t


class Flip(nn.Module):
    """Reverse the order of the channels, so that the next coupling changes the other half."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return x (B, C, ...) with its channels reversed, and zeros (B,)."""
        return x.flip(1), x.new_zeros(x.shape[0])

    def inverse(self, z: Tensor) -> Tensor:
        """Reverse them again."""
        return z.flip(1)


class InvertibleLinear(nn.Module):
    """Mix the channels by a matrix, Glow's 1 x 1 convolution; begins as a rotation.

    Parameters
    ----------
    channels
        C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        if channels < 1:
            raise InvalidValueError(f"channels must be >= 1, got {channels}")
        self.weight = nn.Parameter(torch.linalg.qr(torch.randn(channels, channels))[0])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z (B, C, ...) and log |det dz/dx| (B,): once for each position."""
        self._check(x)
        positions = math.prod(x.shape[2:])
        log_det = positions * torch.linalg.slogdet(self.weight)[1]
        return torch.einsum("oc,bc...->bo...", self.weight, x), log_det.expand(x.shape[0])

    def inverse(self, z: Tensor) -> Tensor:
        """Return the x that :meth:`forward` maps to z."""
        self._check(z)
        return torch.einsum("oc,bc...->bo...", torch.linalg.inv(self.weight), z)

    def _check(self, x: Tensor) -> None:
        if x.dim() < 2 or x.shape[1] != len(self.weight):
            raise InvalidValueError(f"expected (B, {len(self.weight)}, ...), got {tuple(x.shape)}")


class MixtureCDF(nn.Module):
    """Map each channel by a learned, rising curve to (0, 1) and from there to the normal's axis.

    The curve is the distribution function F of a mixture of logistic distributions with learned
    weights, places and widths, the same for all positions; z = Phi^-1(F(x)). If the data's
    channel has just that distribution, z is standard normal. The inverse is found by bisection.

    Parameters
    ----------
    channels
        C.
    components
        Logistic distributions K in a mixture.
    spread
        The places begin evenly spaced in [-spread, spread].
    """

    def __init__(self, channels: int = 1, components: int = 16, spread: float = 1.0) -> None:
        super().__init__()
        if min(channels, components) < 1 or spread <= 0:
            raise InvalidValueError("channels and components must be >= 1, spread > 0")
        places = torch.linspace(-spread, spread, components).expand(channels, -1)
        self.weights = nn.Parameter(torch.zeros(channels, components))  # before the softmax
        self.places = nn.Parameter(places.clone())
        width = math.log(spread / components)
        self.log_widths = nn.Parameter(torch.full((channels, components), width))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z of x's shape (B, C, ...) and log |det dz/dx| (B,)."""
        below, density = self._mixture(x)
        below = below.clamp(1e-6, 1 - 1e-6)  # beyond it Phi^-1 has no figures left in float32
        z = torch.special.ndtri(below)
        slope = density.log() + 0.5 * z**2 + 0.5 * math.log(2 * math.pi)  # log (F' / Phi'(z))
        return z, slope.flatten(1).sum(dim=1)

    @torch.no_grad()
    def inverse(self, z: Tensor, steps: int = 60) -> Tensor:
        """Return the x that :meth:`forward` maps to z, by ``steps`` halvings of an interval."""
        below = torch.special.ndtr(z)
        reach = self.places.abs().max() + 40 * self.log_widths.exp().max()
        low, high = torch.full_like(z, -float(reach)), torch.full_like(z, float(reach))
        for _ in range(steps):
            middle = (low + high) / 2
            left = self._mixture(middle)[0] < below
            low, high = torch.where(left, middle, low), torch.where(left, high, middle)
        return (low + high) / 2

    def _mixture(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return distribution function and density at x, both (B, C, ...)."""
        channels, ends = len(self.weights), [1] * (x.dim() - 2)
        if x.dim() < 2 or x.shape[1] != channels:
            raise InvalidValueError(f"expected (B, {channels}, ...), got {tuple(x.shape)}")
        share, place, width = (
            p.reshape(channels, *ends, -1)
            for p in (self.weights.softmax(dim=1), self.places, self.log_widths.exp())
        )
        below = torch.sigmoid((x[..., None] - place) / width)  # (B, C, ..., K)
        density = share * below * (1 - below) / width
        return (share * below).sum(dim=-1), density.sum(dim=-1).clamp(min=1e-30)


class Flow(nn.Module):
    """A chain of invertible layers, and the density that it gives to data.

    Parameters
    ----------
    layers
        Modules with ``forward(x) -> (z, log_det)`` and ``inverse(z) -> x``.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map data x (B, C, ...) to noise z of the same shape; return log |det dz/dx| (B,) too."""
        total = x.new_zeros(x.shape[0])
        for layer in self.layers:
            x, log_det = layer(x)
            total = total + log_det
        return x, total

    def inverse(self, z: Tensor) -> Tensor:
        """Map noise z (B, C, ...) to data."""
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the logarithm of the density of each x (B, C, ...), in nats: shape (B,)."""
        z, log_det = self(x)
        normal = -0.5 * (z**2 + math.log(2 * math.pi))
        return normal.flatten(1).sum(dim=1) + log_det
