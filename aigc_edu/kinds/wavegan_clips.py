"""What a WaveGAN learns from: clips of one length, at one level, begun at one time or shaken.

Chapter: chapters/04-adversarial/03-wavegan-training.ipynb
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from aigc_edu.audio import resample
from aigc_edu.audio.levels import scaled_to
from aigc_edu.corpora import Corpus
from aigc_edu.models.wavegan import WaveGANConfig, draw_noise

PEAK = 0.9  # of every clip
FADE = 0.01  # seconds at the end of a clip that is cut
SPEED = 0.08  # with augmentation, clips are played up to so much slower or faster,
LATE = 0.03  # begin up to so many seconds late,
QUIETER = 6.0  # and are up to so many decibels quieter


def wavegan_batches(
    corpus: Corpus, config: WaveGANConfig, rows: int, seed: int, augment: bool = False
) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a function from a step's number to all that the step needs.

    Parameters
    ----------
    corpus
        The training clips.
    config
        Of the generator.
    rows
        Rows R of a batch, of which each update of the critic gets its part.
    seed
        Of the choice of clips and of the noise.
    augment
        Whether no clip is heard twice alike: its speed, level and beginning vary.

    Returns
    -------
    Callable
        To a tuple of clips (R, T), their labels (R,), int64, noise (R, Z), and the places between
        real and made clips, (R,) in [0, 1), at which a gradient penalty looks.
    """
    clips = [at_peak(clip.samples) for clip in corpus]
    labels = torch.tensor([clip.label or 0 for clip in corpus])

    def batch(step: int) -> tuple[Tensor, ...]:
        random = np.random.default_rng([seed, step])
        chosen = random.integers(len(clips), size=rows)
        shaken = [
            shake(clips[i], corpus.rate, config.length, random)
            if augment
            else placed(clips[i], config.length, corpus.rate)
            for i in chosen
        ]
        source = torch.Generator().manual_seed(int(random.integers(2**63)))
        z = draw_noise(config, rows, source)
        mix = torch.rand(rows, generator=source)
        return torch.from_numpy(np.stack(shaken)), labels[chosen], z, mix

    return batch


def at_peak(x: np.ndarray) -> np.ndarray:
    """Return samples (N,) as float32 with the largest at :data:`PEAK`; silence stays silence."""
    return scaled_to(x, PEAK).astype(np.float32)


def placed(x: np.ndarray, length: int, rate: int, start: int = 0) -> np.ndarray:
    """Return ``length`` samples in which x begins at ``start``: padded with zeros, or faded out."""
    x, whole = x[: length - start], len(x)
    if len(x) < whole:
        fade = min(len(x), round(FADE * rate))
        x = np.concatenate([x[: len(x) - fade], x[len(x) - fade :] * np.linspace(1, 0, fade)])
    return np.pad(x, (start, length - start - len(x))).astype(np.float32)


def shake(x: np.ndarray, rate: int, length: int, random: np.random.Generator) -> np.ndarray:
    """Return ``length`` samples of x, a little faster or slower, quieter, and later."""
    speed, quieter = random.uniform(1 - SPEED, 1 + SPEED), random.uniform(0, QUIETER)
    start = int(random.integers(round(LATE * rate) + 1))
    x = resample(x, round(rate * speed), rate) * 10 ** (-quieter / 20)
    return placed(x, length, rate, start)
