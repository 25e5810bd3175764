"""Making clips with a trained WaveGAN: all samples at once, from a few random numbers.

Chapter: chapters/04-adversarial/03-wavegan-training.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained, load_model
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavegan.config import WaveGANConfig
from aigc_edu.models.wavegan.network import Generator

TOGETHER = 64  # clips that are made at once


def load_wavegan(name: str | Path = "wavegan-fsdd", device: str = "cpu") -> Trained:
    """Load a generator from a file or from the checkpoints that ship with the course.

    The model is in evaluation mode; the description holds rate and labels.
    """
    return load_model(name, "wavegan", wavegan_from_config, device)


def wavegan_from_config(config: dict[str, Any]) -> Generator:
    """Make the generator that a description names."""
    return Generator(WaveGANConfig(**config))


def draw_noise(config: Any, count: int, random: torch.Generator | None = None) -> Tensor:
    """Return noise z, (count, Z), evenly spread over [-1, 1], as in the paper's programs.

    Parameters
    ----------
    config
        Of the generator; it has ``latent``.
    count
        Number of rows.
    random
        Source of randomness, on the CPU; torch's global one by default.
    """
    return 2 * torch.rand(count, config.latent, generator=random) - 1


@torch.inference_mode()
def make_clips(
    trained: Trained, labels: Sequence[int] | int, seed: int = 0, z: Tensor | None = None
) -> list[np.ndarray]:
    """Make clips.

    Parameters
    ----------
    trained
        The generator.
    labels
        The label of each clip; of a generator that is told none, the number of clips.
    seed
        Of the noise. The first clips of a longer list are those of a shorter one.
    z
        The noise itself, (clips, Z), in place of a seed.

    Returns
    -------
    list
        Waveforms, float32 (T,) each, in [-1, 1].

    Raises
    ------
    InvalidValueError
        If labels are given to a generator that is told none, or a number to one that needs them.
    """
    model, config = trained.model, trained.model.config
    if isinstance(labels, int) == bool(config.labels):
        wanted = "a label for each clip" if config.labels else "a number of clips"
        raise InvalidValueError(f"this generator needs {wanted}, got {labels!r}")
    count = labels if isinstance(labels, int) else len(labels)
    if z is None:
        z = draw_noise(config, count, torch.Generator().manual_seed(seed))
    device = next(model.parameters()).device
    told = [None] * count if isinstance(labels, int) else list(labels)
    clips: list[np.ndarray] = []
    for first in range(0, count, TOGETHER):
        some = told[first : first + TOGETHER]
        label = torch.tensor(some, device=device) if config.labels else None
        made = model(z[first : first + TOGETHER].to(device), label)
        clips += list(made.clamp(-1, 1).float().cpu().numpy())
    return clips
