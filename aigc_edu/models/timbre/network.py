"""A small autoencoder of notes that is told who plays, so that its code need not say it.

Chapter: chapters/06-product/14-style-and-timbre.ipynb

References
----------
- Qian et al. 2019, AutoVC, arXiv:1905.05879: a code too narrow for the voice, and a decoder that is
  told the voice; told another one, it speaks with that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError

STRIDE = 8  # frames of a step of the code


@dataclass(frozen=True)
class TimbreConfig:
    """Sizes of a :class:`TimbreAutoencoder`.

    Attributes
    ----------
    code
        Numbers in a step of the code, of which there is one for every eight frames.
    bands
        Mel bands of a frame.
    families
        Families of instruments.
    lowest, pitches
        The lowest MIDI number, and how many there are from there on.
    channels, told
        Width of the layers, and of what stands for a family and for a pitch.
    """

    code: int = 2
    bands: int = 64
    families: int = 11
    lowest: int = 28
    pitches: int = 61
    channels: int = 96
    told: int = 24

    def __post_init__(self) -> None:
        if min(self.code, self.bands, self.families, self.pitches, self.channels, self.told) < 1:
            raise InvalidValueError("all sizes are 1 or more")


class TimbreAutoencoder(nn.Module):
    """From mel frames to a narrow code, and back by the code, the family and the pitch.

    Parameters
    ----------
    config
        The sizes; kept as ``self.config``.
    """

    def __init__(self, config: TimbreConfig = TimbreConfig()) -> None:  # noqa: B008
        super().__init__()
        self.config, wide = config, config.channels
        self.family = nn.Embedding(config.families, config.told)
        self.pitch = nn.Embedding(config.pitches, config.told)
        self.encoder = nn.Sequential(
            nn.Conv1d(config.bands, wide, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(wide, wide, STRIDE, stride=STRIDE),
            nn.ReLU(),
            nn.Conv1d(wide, config.code, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv1d(config.code + 2 * config.told, wide, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(wide, wide, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(wide, config.bands, 5, padding=2),
        )

    def encode(self, frames: Tensor) -> Tensor:
        """Map frames (B, bands, T) to codes (B, code, T / 8); T is a multiple of 8."""
        if frames.dim() != 3 or frames.shape[1] != self.config.bands or frames.shape[2] % STRIDE:
            wanted = f"(B, {self.config.bands}, T), T a multiple of {STRIDE}"
            raise InvalidValueError(f"expected frames {wanted}, got {tuple(frames.shape)}")
        return self.encoder(frames)

    def decode(self, codes: Tensor, family: Tensor, pitch: Tensor) -> Tensor:
        """Map codes (B, code, T / 8), families and MIDI numbers, int64 (B,), to (B, bands, T)."""
        told = torch.cat([self.family(family), self.pitch(self._keys(pitch))], dim=1)[..., None]
        smooth = F.interpolate(codes, scale_factor=STRIDE, mode="linear")
        return self.decoder(torch.cat([smooth, told.expand(-1, -1, smooth.shape[2])], dim=1))

    def forward(self, frames: Tensor, family: Tensor, pitch: Tensor) -> Tensor:
        """Return what comes back of frames (B, bands, T); all by their own families and pitches."""
        return self.decode(self.encode(frames), family, pitch)

    def loss(self, frames: Tensor, family: Tensor, pitch: Tensor) -> Tensor:
        """Return the mean squared error of what comes back."""
        return F.mse_loss(self(frames, family, pitch), frames)

    def _keys(self, pitch: Tensor) -> Tensor:
        keys = pitch - self.config.lowest
        if keys.numel() and not 0 <= int(keys.min()) <= int(keys.max()) < self.config.pitches:
            last = self.config.lowest + self.config.pitches - 1
            raise InvalidValueError(f"pitches go from {self.config.lowest} to {last}")
        return keys


def timbre_batches(
    frames: Tensor, family: Tensor, pitch: Tensor, batch_size: int, seed: int = 0
) -> Callable[[int], tuple[Tensor, Tensor, Tensor]]:
    """Return a function from a step to its batch: frames, families and pitches of notes at random.

    ``frames`` has the shape (n, bands, T), the others (n,).
    """

    def batch(step: int) -> tuple[Tensor, Tensor, Tensor]:
        chosen = np.random.default_rng([seed, step]).integers(len(frames), size=batch_size)
        rows = torch.from_numpy(chosen)
        return frames[rows], family[rows], pitch[rows]

    return batch


@torch.inference_mode()
def leak_of(codes: Tensor, family: Tensor, held: Tensor, held_family: Tensor) -> float:
    """Return in which share of held-out notes the code alone gives the family away, 0 ... 1.

    The guess is the family whose mean code is nearest, each number in units of its deviation.

    Parameters
    ----------
    codes, family
        Of the notes that the means are of: (n, code, T), and int64 (n,).
    held, held_family
        Of the others: (m, code, T), (m,).
    """
    rows, others = (x.flatten(1).double() for x in (codes, held))
    deviation = rows.std(dim=0).clamp(min=1e-9)
    known = family.unique()
    means = torch.stack([rows[family == f].mean(dim=0) for f in known])  # (families, D)
    far = torch.cdist(others / deviation, means / deviation)
    return float((known[far.argmin(dim=1)] == held_family).double().mean())
