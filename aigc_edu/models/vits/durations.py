"""How many frames a symbol lasts: one number each, or a distribution to draw from.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

References: Kim et al. 2021, arXiv:2106.06103, section 2.2.2 and appendix B.2 (the stochastic
predictor), and the model "DP" of its section 4.1, the deterministic one of Glow-TTS (Kim et al.
2020, arXiv:2005.11129); Ho et al. 2019, "Flow++", arXiv:1902.00275, section 3.1 (variational
dequantisation); Chen et al. 2020, "VFlow", arXiv:2002.09741 (augmentation); Durkan et al. 2019,
arXiv:1906.04032 (splines).

Both see the text encoder's h without a gradient to it. Masks have shape (B, 1, N).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.models.vits.config import VITSConfig
from aigc_edu.nn.spline import spline

DROPOUT = 0.5
BINS, REACH = 10, 5.0  # of the splines
STEPS = 4  # spline couplings of each flow
LEAST = 1e-5  # frames: where the logarithm is cut off


class DurationPredictor(nn.Module):
    """Two convolutions and a projection: the logarithm of each symbol's duration."""

    def __init__(self, config: VITSConfig) -> None:
        super().__init__()
        width = config.duration_filter
        self.conv1 = nn.Conv1d(config.hidden, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, padding=1)
        self.norm1, self.norm2 = _ChannelNorm(width), _ChannelNorm(width)
        self.project = nn.Conv1d(width, 1, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, h: Tensor, mask: Tensor) -> Tensor:
        """Return log-durations (B, N) of symbols that the encoder says h (B, C, N) of."""
        h = self.dropout(self.norm1(F.relu(self.conv1(h * mask))))
        h = self.dropout(self.norm2(F.relu(self.conv2(h * mask))))
        return (self.project(h * mask) * mask)[:, 0]

    def loss(self, h: Tensor, mask: Tensor, durations: Tensor) -> Tensor:
        """Return the mean square error of log-durations, (B,), for durations (B, N) >= 1."""
        wanted = durations.clamp(min=1).log()
        off = (self(h, mask) - wanted).square() * mask[:, 0]
        return off.sum(dim=1) / mask[:, 0].sum(dim=1)


class StochasticDurationPredictor(nn.Module):
    """A flow from noise to durations, told by the text; trained by a variational bound.

    Durations d are whole numbers, and one number a symbol: too little for a flow. So u in [0, 1)
    is subtracted (dequantisation), and another number v is put beside d - u (augmentation). Both
    are drawn by a second flow q(u, v | d, text), and
    ``log p(d | text) >= E_q [log p(d - u, v | text) - log q(u, v | d, text)]``: equation 8.
    """

    def __init__(self, config: VITSConfig) -> None:
        super().__init__()
        width = config.hidden
        self.begin = nn.Conv1d(width, width, 1)
        self.text = _Separable(width)
        self.text_out = nn.Conv1d(width, width, 1)
        self.see = nn.Conv1d(1, width, 1)
        self.durations = _Separable(width)
        self.durations_out = nn.Conv1d(width, width, 1)
        self.flow, self.posterior = _DurationFlow(width), _DurationFlow(width)

    def bound(self, h: Tensor, mask: Tensor, durations: Tensor) -> Tensor:
        """Return minus the bound of the durations' log-probability, in nats, (B,).

        Parameters
        ----------
        h
            Shape (B, C, N).
        mask
            Shape (B, 1, N).
        durations
            Frames, (B, N), >= 1 where the mask is 1.

        Returns
        -------
        Tensor
            The sum over a row's symbols.
        """
        text, d = self.told(h, mask), durations[:, None].to(h)
        seen = self.durations_out(self.durations(self.see(d * mask), mask)) * mask
        noise = torch.randn(len(d), 2, d.shape[2], device=d.device, dtype=d.dtype) * mask
        drawn, log_det = self.posterior(noise, mask, text + seen)
        log_q = _log_normal(noise, mask) - log_det
        raw, v = drawn.chunk(2, dim=1)
        u = torch.sigmoid(raw) * mask
        log_q = log_q - _sum((F.logsigmoid(raw) + F.logsigmoid(-raw)) * mask)  # of the sigmoid
        log_d = (d - u).clamp(min=LEAST).log() * mask
        z, log_det = self.flow(torch.cat([log_d, v], dim=1), mask, text)
        log_p = _log_normal(z, mask) + log_det - _sum(log_d)  # of the logarithm
        return log_q - log_p

    def forward(self, h: Tensor, mask: Tensor, noise: Tensor) -> Tensor:
        """Return log-durations (B, N) made of noise (B, 2, N), which may be scaled down."""
        return self.flow.inverse(noise * mask, mask, self.told(h, mask))[:, 0]

    def loss(self, h: Tensor, mask: Tensor, durations: Tensor) -> Tensor:
        """Return minus the bound per symbol, (B,)."""
        return self.bound(h, mask, durations) / mask[:, 0].sum(dim=1)

    def told(self, h: Tensor, mask: Tensor) -> Tensor:
        """Return what the flows are told of the text, as h (B, C, N); mask (B, 1, N)."""
        return self.text_out(self.text(self.begin(h) * mask, mask)) * mask


class _DurationFlow(nn.Module):
    """A scale and shift a channel, then spline couplings of two channels, reversed after each."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(2, 1))
        self.log_scale = nn.Parameter(torch.zeros(2, 1))
        self.couplings = nn.ModuleList(_SplineCoupling(width) for _ in range(STEPS))

    def forward(self, x: Tensor, mask: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """Map x (B, 2, N) to the same shape; return log |det| (B,), too."""
        x = (self.shift + self.log_scale.exp() * x) * mask
        total = _sum(self.log_scale * mask)
        for coupling in self.couplings:
            x, log_det = coupling(x, mask, told)
            x, total = x.flip(1), total + log_det
        return x, total

    def inverse(self, z: Tensor, mask: Tensor, told: Tensor) -> Tensor:
        """Return the x that :meth:`forward` maps to z."""
        for coupling in reversed(self.couplings):
            z = coupling.inverse(z.flip(1), mask, told)
        return (z - self.shift) * (-self.log_scale).exp() * mask


class _SplineCoupling(nn.Module):
    """Bend the second channel by a spline that a network chooses by the first one and the text."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.begin = nn.Conv1d(1, width, 1)
        self.stack = _Separable(width)
        self.end = nn.Conv1d(width, 3 * BINS - 1, 1)
        nn.init.zeros_(self.end.weight)
        nn.init.zeros_(self.end.bias)

    def forward(self, x: Tensor, mask: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        a, b = x.chunk(2, dim=1)
        b, log_slope = spline(b, self._knots(a, mask, told), REACH)
        return torch.cat([a, b * mask], dim=1), _sum(log_slope * mask)

    def inverse(self, z: Tensor, mask: Tensor, told: Tensor) -> Tensor:
        a, b = z.chunk(2, dim=1)
        b, _ = spline(b, self._knots(a, mask, told), REACH, inverse=True)
        return torch.cat([a, b * mask], dim=1)

    def _knots(self, a: Tensor, mask: Tensor, told: Tensor) -> Tensor:
        h = self.end(self.stack(self.begin(a) + told, mask) * mask)
        return h.transpose(1, 2)[:, None]  # (B, 1, N, 3 BINS - 1)


class _Separable(nn.Module):
    """Dilated convolutions, each within a channel and then across channels, with residuals."""

    def __init__(self, width: int, layers: int = 3, kernel: int = 3) -> None:
        super().__init__()
        steps = [kernel**i for i in range(layers)]
        self.along = nn.ModuleList(
            nn.Conv1d(width, width, kernel, padding=step, dilation=step, groups=width)
            for step in steps
        )
        self.across = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in steps)
        self.norm1 = nn.ModuleList(_ChannelNorm(width) for _ in steps)
        self.norm2 = nn.ModuleList(_ChannelNorm(width) for _ in steps)

    def forward(self, h: Tensor, mask: Tensor) -> Tensor:
        parts = zip(self.along, self.norm1, self.across, self.norm2, strict=True)
        for along, norm1, across, norm2 in parts:
            y = F.gelu(norm1(along(h * mask)))
            h = h + F.gelu(norm2(across(y)))
        return h * mask


class _ChannelNorm(nn.LayerNorm):
    """Layer normalisation of the channels of (B, C, N)."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


def _sum(x: Tensor) -> Tensor:
    """Return the sum of all but the first axis, (B,)."""
    return x.flatten(1).sum(dim=1)


def _log_normal(x: Tensor, mask: Tensor) -> Tensor:
    """Return the log-density of standard normal numbers x (B, 2, N) where the mask is 1, (B,)."""
    return -0.5 * _sum((x.square() + math.log(2 * math.pi)) * mask)
