"""A small GANSynth of fixed resolution: generator and critic of images of notes.

Chapter: chapters/04-adversarial/07-gansynth.ipynb

References
----------
- J. Engel et al. (2019), *GANSynth: adversarial neural audio synthesis*, arXiv:1902.08710: pitch as
  a condition, the auxiliary classifier, the structure (appendix).
- T. Karras et al. (2018), *Progressive growing of GANs*, arXiv:1710.10196: pixel norm (section
  4.2), the spread over the batch (section 3). Growing and the equalised learning rate are left out.
- A. Odena et al. (2017), *Conditional image synthesis with auxiliary classifier GANs*,
  arXiv:1610.09585.
- M. Kang and J. Park (2020), *ContraGAN: contrastive learning for conditional image generation*,
  arXiv:2006.12681, and C. Donahue et al. (2018), *Semantically decomposing the latent spaces of
  GANs*, arXiv:1705.07904: what the critic says of the timbre. GANSynth has nothing like it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.gansynth.config import GANSynthConfig

SLOPE = 0.2  # of the leaky rectifiers below 0
LOUD = 3.0  # the one of the one-hot pitch, beside numbers of a latent whose mean square is 1
TIMBRE = 32  # numbers in what the critic says of a timbre


def pixel_norm(h: Tensor) -> Tensor:
    """Divide each pixel's channels by the root of their mean square (Karras et al. 2018, 4.2).

    Parameters
    ----------
    h
        Shape (B, C, ...).
    """
    return h * torch.rsqrt(h.square().mean(dim=1, keepdim=True) + 1e-8)


def spread_over_batch(h: Tensor) -> Tensor:
    """Append a channel that says how much the rows of a batch differ (Karras et al. 2018, 3).

    Its one number is the standard deviation over the batch, averaged over channels and pixels. A
    generator that draws one note again and again is told from notes by it.

    Parameters
    ----------
    h
        Shape (B, C, H, W).

    Returns
    -------
    Tensor
        Shape (B, C + 1, H, W).
    """
    deviation = (h.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([h, deviation.expand(len(h), 1, *h.shape[2:])], dim=1)


class Generator(nn.Module):
    """Draws a note: from a latent and a pitch to log magnitude and instantaneous frequency."""

    def __init__(self, config: GANSynthConfig) -> None:
        super().__init__()
        self.config, wide = config, config.channels
        cells = config.start[0] * config.start[1]
        self.begin = nn.Linear(config.latent + config.pitches, wide[0] * cells)
        self.first = nn.ModuleList(_conv(wide[max(0, i - 1)], c) for i, c in enumerate(wide))
        self.second = nn.ModuleList(_conv(c, c) for c in wide)
        self.draw = nn.Conv2d(wide[-1], 2, 1)
        _initialise(self)

    def forward(self, z: Tensor, pitch: Tensor) -> Tensor:
        """Draw notes.

        Parameters
        ----------
        z
            Shape (B, latent); only its direction counts.
        pitch
            MIDI numbers, shape (B,), integers.

        Returns
        -------
        Tensor
            Shape (B, 2, bands, frames), in [-1, 1].
        """
        told = F.one_hot(pitch_index(pitch, self.config), self.config.pitches)
        h = torch.cat([pixel_norm(z), LOUD * told.to(z.dtype)], dim=1)  # (B, latent + pitches)
        h = self.begin(h).reshape(len(z), -1, *self.config.start)  # (B, C, H, W)
        h = pixel_norm(F.leaky_relu(h, SLOPE)).contiguous(memory_format=torch.channels_last)
        for i, (first, second) in enumerate(zip(self.first, self.second, strict=True)):
            if i:
                h = F.interpolate(h, scale_factor=2, mode="nearest")
            h = pixel_norm(F.leaky_relu(first(h), SLOPE))
            h = pixel_norm(F.leaky_relu(second(h), SLOPE))
        return torch.tanh(self.draw(h).float())


class Judgement(NamedTuple):
    """What the critic says of images.

    Attributes
    ----------
    score
        Shape (B,), the higher the more real.
    names
        Logits of the pitches, (B, pitches).
    timbre
        Shape (B, 32), each row of length 1: alike for notes of one timbre, whatever their pitch.
    """

    score: Tensor
    names: Tensor
    timbre: Tensor


class Critic(nn.Module):
    """Scores images, and says which pitch and timbre it sees: the generator, mirrored."""

    def __init__(self, config: GANSynthConfig) -> None:
        super().__init__()
        self.config, wide = config, config.channels[::-1]
        after = (*wide[1:], wide[-1])
        self.look = nn.Conv2d(2, wide[0], 1)
        self.first = nn.ModuleList(_conv(c, c) for c in wide[:-1])
        self.first.append(_conv(wide[-1] + 1, wide[-1]))  # it sees the spread over the batch
        self.second = nn.ModuleList(_conv(c, d) for c, d in zip(wide, after, strict=True))
        seen = wide[-1] * config.start[0] * config.start[1]
        self.score = nn.Linear(seen, 1)
        self.name = nn.Linear(seen, config.pitches)
        hidden = nn.Linear(seen, 4 * TIMBRE)
        self.timbre = nn.Sequential(hidden, nn.LeakyReLU(SLOPE), nn.Linear(4 * TIMBRE, TIMBRE))
        _initialise(self)

    def forward(self, image: Tensor) -> Judgement:
        """Judge images (B, 2, bands, frames)."""
        image = image.contiguous(memory_format=torch.channels_last)
        h = F.leaky_relu(self.look(image), SLOPE)  # (B, C, bands, frames)
        for i, (first, second) in enumerate(zip(self.first, self.second, strict=True)):
            if i:
                h = F.avg_pool2d(h, 2)
            if i == len(self.first) - 1:
                h = spread_over_batch(h)
            h = F.leaky_relu(second(F.leaky_relu(first(h), SLOPE)), SLOPE)
        h = h.flatten(1)
        timbre = F.normalize(self.timbre(h).float(), dim=1)
        return Judgement(self.score(h)[:, 0].float(), self.name(h).float(), timbre)


def pitch_index(pitch: Tensor, config: GANSynthConfig) -> Tensor:
    """Return which of the pitches each MIDI number is, from 0 on.

    Raises
    ------
    InvalidValueError
        If one is outside the range that the network knows.
    """
    index = pitch.long() - config.lowest
    if bool((index < 0).any()) or bool((index >= config.pitches).any()):
        highest = config.lowest + config.pitches - 1
        raise InvalidValueError(
            f"pitches must be MIDI numbers from {config.lowest} to {highest}, got {pitch.tolist()}"
        )
    return index


def _conv(before: int, after: int) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, padding=1)


def _initialise(network: nn.Module) -> None:
    """Draw weights by He et al. (2015), arXiv:1502.01852, and let the biases be 0."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight, SLOPE)
            nn.init.zeros_(layer.bias)
