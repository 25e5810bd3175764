"""VITS: text to speech by a variational autoencoder whose prior is told the text.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb

References
----------
- J. Kim, J. Kong and J. Son (2021), *Conditional variational autoencoder with adversarial learning
  for end-to-end text-to-speech*, VITS, arXiv:2106.06103.
- J. Kim et al. (2020), *Glow-TTS*, arXiv:2005.11129: the alignment search.

One voice, so the speaker's conditions of the paper are left out. Lengths: N symbols, T frames,
T hop samples; a latent has C channels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.vits.config import VITSConfig
from aigc_edu.models.vits.durations import DurationPredictor, StochasticDurationPredictor
from aigc_edu.models.vits.hifigan import HiFiGAN, ScaleCritic
from aigc_edu.models.vits.latents import PosteriorEncoder, PriorFlow
from aigc_edu.models.vits.text_encoder import TextEncoder, mask_of
from aigc_edu.nn.alignment import align_batch, beside, diagonal, path_of
from aigc_edu.nn.spectral_decoder import SpectralDecoder
from aigc_edu.nn.wave_critics import CriticsTogether, PeriodCritic, SpectrumCritic


class Learned(NamedTuple):
    """What a training step of :class:`VITS` comes to; losses are a number for each row, (B,).

    Attributes
    ----------
    made
        Waveforms of the drawn segments, (B, segment * hop).
    kl
        Divergence of the posterior from the prior, in nats per frame.
    deterministic, stochastic
        Losses of the two duration predictors.
    durations
        Frames of each symbol, (B, N), as the search has found them.
    """

    made: Tensor
    kl: Tensor
    deterministic: Tensor
    stochastic: Tensor
    durations: Tensor


class VITS(nn.Module):
    """Text encoder, posterior encoder, flow, duration predictors and decoder.

    Attributes
    ----------
    posterior
        None where a checkpoint has left it out: it is for training and for :meth:`align` alone.
    """

    def __init__(self, config: VITSConfig, posterior: bool = True) -> None:
        super().__init__()
        self.config = config
        self.text = TextEncoder(config)
        self.posterior = PosteriorEncoder(config) if posterior else None
        self.flow = PriorFlow(config)
        self.deterministic = DurationPredictor(config)
        self.stochastic = StochasticDurationPredictor(config)
        self.decoder = _decoder(config)

    def learn(
        self,
        symbols: Tensor,
        lengths: Tensor,
        spectra: Tensor,
        frames: Tensor,
        starts: Tensor,
        guide: Tensor | None = None,
        guess: Tensor | None = None,
    ) -> Learned:
        """Do all that a training step needs but the losses of the waveform.

        Parameters
        ----------
        symbols, lengths
            Numbers of the table (B, N), and how many each row has (B,).
        spectra, frames
            Magnitudes (B, bins, T), and how many frames each row has (B,).
        starts
            First frame of the segment that is decoded, (B,).
        guide
            How strongly the search is drawn to a guess, (B,), >= 0: for the first steps, in which
            the latent says nothing yet. Not at all by default, as in the paper.
        guess
            Frames of each symbol, (B, N), 0 allowed, that it is drawn to; an even speed by default.
        """
        seen, heard = self._masks(symbols, lengths, spectra, frames)
        h, mean, log_scale = self.text(symbols, seen[:, 0].bool())
        z, middle, log_spread = self._encoder()(spectra, heard)
        z_p = self.flow(z, heard)
        with torch.no_grad():
            middle = self.flow(middle, heard)
        made = self.decode(segments(z, starts, self.config.segment))
        with torch.autocast(z.device.type, enabled=False):  # exponentials and splines in float32
            h, mean, log_scale, z_p, middle, log_spread = (
                x.float() for x in (h, mean, log_scale, z_p, middle, log_spread)
            )
            scores = fit(middle, mean, log_scale, log_spread)  # (B, N, T)
            if guide is not None and guide.any():
                if guess is None:
                    near = diagonal(lengths, frames, tuple(scores.shape[1:]))
                else:
                    near = beside(guess, scores.shape[2])
                scores = scores + (guide * self.config.hidden)[:, None, None] * near
            durations = align_batch(scores, lengths, frames)
            path = path_of(durations, spectra.shape[2])  # (B, N, T)
            kl = divergence(z_p, log_spread, mean @ path, log_scale @ path, heard)
            told = h.detach(), seen, durations
            losses = self.deterministic.loss(*told), self.stochastic.loss(*told)
        return Learned(made, kl, *losses, durations)

    def decode(self, z: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the waveforms (B, T hop) of latents z (B, C, T).

        ``noise`` (B, config.noise, T) is what hisses are made of; drawn anew if it isn't given.
        """
        if self.config.decoder == "hifigan":
            return self.decoder(z)
        return self.decoder(z, noise=noise)

    @torch.no_grad()
    def align(self, symbols: Tensor, lengths: Tensor, spectra: Tensor, frames: Tensor) -> Tensor:
        """Return how many frames each symbol has in recordings: (B, N).

        Parameters as in :meth:`learn`.
        """
        seen, heard = self._masks(symbols, lengths, spectra, frames)
        _, mean, log_scale = self.text(symbols, seen[:, 0].bool())
        _, middle, log_spread = self._encoder()(spectra, heard)
        scores = fit(self.flow(middle, heard), mean, log_scale, log_spread)
        return align_batch(scores, lengths, frames)

    @torch.no_grad()
    def frames_of(
        self,
        symbols: Tensor,
        durations: str = "stochastic",
        noise: Tensor | None = None,
        speed: float = 1.0,
    ) -> Tensor:
        """Return how many frames each symbol of one text is to have: (1, N), each at least 1.

        Parameters
        ----------
        symbols
            Shape (1, N).
        durations
            ``"stochastic"`` or ``"deterministic"``.
        noise
            (1, 2, N), for the stochastic predictor; none gives the middle of what it would draw.
        speed
            Above 0; 2 is twice as fast.
        """
        seen = torch.ones_like(symbols, dtype=torch.bool)
        h = self.text(symbols, seen)[0]
        mask = seen[:, None].to(h)
        if durations == "deterministic":
            return (self.deterministic(h, mask).exp() / speed).round().clamp(1, 500).long()
        if durations != "stochastic":
            raise InvalidValueError(f"durations is stochastic or deterministic, not {durations!r}")
        noise = h.new_zeros(1, 2, symbols.shape[1]) if noise is None else noise
        log_d = self.stochastic(h, mask, noise)
        return (log_d.clamp(max=7).exp() / speed).ceil().clamp(1, 500).long()  # d - u -> d

    @torch.no_grad()
    def latents_of(self, symbols: Tensor, durations: Tensor, noise: Tensor) -> Tensor:
        """Return latents (1, C, T) of one text (1, N) with durations (1, N).

        ``noise`` (1, C, T), scaled as wanted, is multiplied by the prior's deviation.
        """
        seen = torch.ones_like(symbols, dtype=torch.bool)
        _, mean, log_scale = self.text(symbols, seen)
        path = path_of(durations, noise.shape[2])
        z_p = mean @ path + noise * (log_scale @ path).exp()
        return self.flow.inverse(z_p, torch.ones_like(z_p[:, :1]))

    def _encoder(self) -> PosteriorEncoder:
        if self.posterior is None:
            raise InvalidValueError(
                "this checkpoint speaks, but has no posterior encoder, which alignment and "
                "training need; take the file that the training wrote"
            )
        return self.posterior

    def _masks(
        self, symbols: Tensor, lengths: Tensor, spectra: Tensor, frames: Tensor
    ) -> tuple[Tensor, Tensor]:
        wanted = (len(symbols), self.config.bins)
        if symbols.dim() != 2 or tuple(spectra.shape[:2]) != wanted:
            raise InvalidValueError(f"expected spectra {wanted} + (T,), got {tuple(spectra.shape)}")
        seen = mask_of(lengths, symbols.shape[1])[:, None].to(spectra)  # (B, 1, N)
        return seen, mask_of(frames, spectra.shape[2])[:, None].to(spectra)  # (B, 1, T)


def fit(z: Tensor, mean: Tensor, log_scale: Tensor, log_spread: Tensor | None = None) -> Tensor:
    """Return how well each frame fits each symbol: log-densities (B, N, T).

    Parameters
    ----------
    z
        Latents of frames, (B, C, T).
    mean, log_scale
        Of each symbol's normal distribution, (B, C, N).
    log_spread
        If the latents are drawn around z: the logarithm of their deviation, (B, C, T). The mean of
        the log-density over all draws is returned then, where Kim et al. have it of one draw. A
        frame whose latent says little has a wide spread; without it, its z would fit best to the
        symbol with the smallest deviation, whatever is heard.
    """
    precision = torch.exp(-2 * log_scale)
    z, precision, mean = z.detach(), precision.detach(), mean.detach()
    power = z.square() if log_spread is None else z.square() + torch.exp(2 * log_spread.detach())
    square = precision.transpose(1, 2) @ power - 2 * (mean * precision).transpose(1, 2) @ z
    rest = (mean.square() * precision + 2 * log_scale.detach() + math.log(2 * math.pi)).sum(dim=1)
    return -0.5 * (square + rest[:, :, None])


def divergence(
    z_p: Tensor, log_spread: Tensor, mean: Tensor, log_scale: Tensor, mask: Tensor
) -> Tensor:
    """Return KL(posterior, prior) by one draw, in nats per frame: (B,), equations (3) and (4).

    The posterior's own entropy is known, and only the prior's log-density is at the drawn latent.

    Parameters
    ----------
    z_p
        The draw after the flow, (B, C, T).
    log_spread
        Logarithm of the posterior's deviation, (B, C, T); the flow keeps volumes.
    mean, log_scale
        Of the prior, for each frame, (B, C, T).
    mask
        (B, 1, T).
    """
    far = 0.5 * (z_p - mean).square() * torch.exp(-2 * log_scale)
    kl = (log_scale - log_spread - 0.5 + far) * mask
    return kl.sum(dim=(1, 2)) / mask[:, 0].sum(dim=1)


def segments(x: Tensor, starts: Tensor, length: int) -> Tensor:
    """Return a piece of each row of x (B, C, T) from its start (B,) on: (B, C, length)."""
    if x.shape[2] < length:
        raise InvalidValueError(f"there are {x.shape[2]} frames, fewer than a segment's {length}")
    places = starts[:, None] + torch.arange(length, device=x.device)  # (B, length)
    return x.gather(2, places[:, None].expand(-1, x.shape[1], -1))


def vits_critic(config: VITSConfig) -> nn.Module:
    """Return the critics of a size: periods, beside spectra or, as in the paper, a scale."""
    periods = PeriodCritic(width=config.critic_width)
    if config.spectrum_width:
        return CriticsTogether(periods, SpectrumCritic(width=config.spectrum_width))
    return CriticsTogether(periods, ScaleCritic())


def _decoder(config: VITSConfig) -> nn.Module:
    if config.decoder == "hifigan":
        decoder: nn.Module = HiFiGAN(config.hidden, config.decoder_channels)
        if decoder.hop != config.hop:
            raise InvalidValueError(f"the decoder makes {decoder.hop} samples, not {config.hop}")
        return decoder
    sizes = config.decoder_channels, config.decoder_blocks, config.frame, config.hop
    return SpectralDecoder(config.hidden, *sizes, noise=config.noise)
