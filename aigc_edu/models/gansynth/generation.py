"""Loading a trained GANSynth, drawing latents, and playing notes with it.

Chapter: chapters/04-adversarial/07-gansynth.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained, load_model, with_tuples
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.gansynth.config import GANSynthConfig
from aigc_edu.models.gansynth.images import sound_of
from aigc_edu.models.gansynth.network import Generator

TOGETHER = 32  # notes that are drawn at once


def load_gansynth(name: str | Path = "gansynth-notes", device: str = "cpu") -> Trained:
    """Load a generator from a file or from the checkpoints that ship with the course.

    It is in evaluation mode; the description holds the rate and the instruments learned from.
    """

    def build(config: dict[str, Any]) -> Generator:
        return Generator(GANSynthConfig(**with_tuples(config)))

    return load_model(name, "gansynth", build, device)


def draw_latents(count: int, latent: int, seed: int) -> Tensor:
    """Return normally distributed latents, float32 (count, latent), by a seed."""
    return torch.randn(count, latent, generator=torch.Generator().manual_seed(seed))


def between(z: Tensor, other: Tensor, share: float) -> Tensor:
    """Return the latent that lies a share of the way from one to another, on the sphere.

    Spherical interpolation, as in Engel et al. (2019): the generator looks at the
    direction alone, and a straight line would hurry through the middle.

    Parameters
    ----------
    z, other
        Shape (latent,) each, not opposite to each other.
    share
        0 gives the direction of ``z``, 1 that of ``other``.

    Returns
    -------
    Tensor
        Shape (latent,), of length ``sqrt(latent)``.
    """
    a, b = (x / torch.linalg.vector_norm(x) for x in (z, other))
    angle = torch.arccos(torch.clamp(a @ b, -1, 1))
    mixed = torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b
    if torch.sin(angle) < 1e-6:
        mixed = a
    return mixed * len(z) ** 0.5 / torch.linalg.vector_norm(mixed)


@torch.inference_mode()
def draw_images(model: Generator, z: Tensor, pitches: Sequence[int]) -> np.ndarray:
    """Return the images of notes, float32 (n, 2, bands, frames).

    Parameters
    ----------
    model
        In evaluation mode.
    z
        Shape (n, latent), or (latent,) for one timbre in all notes.
    pitches
        n MIDI numbers within the network's range.
    """
    pitch = torch.as_tensor(list(pitches))
    z = z.expand(len(pitch), -1) if z.ndim == 1 else z
    if not len(pitch) or len(z) != len(pitch):
        raise InvalidValueError(f"there are {len(z)} latents for {len(pitch)} pitches")
    device = next(model.parameters()).device
    rows = zip(z.split(TOGETHER), pitch.split(TOGETHER), strict=True)
    images = [model(a.to(device), b.to(device)).float().cpu() for a, b in rows]
    return torch.cat(images).numpy()


def play(trained: Trained, z: Tensor, pitches: Sequence[int]) -> list[np.ndarray]:
    """Return notes as sounds, each float64 of shape (length,) within [-1, 1]; see draw_images."""
    images = draw_images(trained.model, z, pitches)
    return [sound_of(image, trained.model.config) for image in images]
