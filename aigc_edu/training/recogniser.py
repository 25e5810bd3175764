"""Training the digit recogniser that judges generated digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.corpora import Corpus
from aigc_edu.models.recogniser import Recogniser, RecogniserConfig
from aigc_edu.training.checkpoints import load_model
from aigc_edu.training.seeds import pick_device, seed_everything
from aigc_edu.training.trainer import Trainer, TrainingSettings, shuffled_batches

JITTER = 800  # samples, 100 ms at 8 kHz


def recogniser_trainer(
    corpus: Corpus,
    settings: TrainingSettings | None = None,
    batch_size: int = 64,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
) -> Trainer:
    """Prepare the training of a recogniser with plain cross-entropy, no label smoothing.

    Smoothed labels would make every verdict less certain, and the inception score, which is
    computed from the verdicts' certainty, would be worth less.
    """
    seed_everything(seed)
    config = RecogniserConfig(classes=len(corpus.labels), rate=corpus.rate)
    description = {
        "kind": "recogniser",
        "config": asdict(config),
        "corpus": corpus.name,
        "clips": len(corpus),
        "labels": list(corpus.labels),
        "speakers": list(corpus.speakers),
        "batch_size": batch_size,
        "seed": seed,
    }
    return Trainer(
        Recogniser(config),
        lambda model, x, labels: F.cross_entropy(model(x), labels),
        recogniser_batches(corpus, config.length, batch_size, seed),
        settings or TrainingSettings(),
        pick_device(device),
        folder,
        description,
    )


def recogniser_batches(
    corpus: Corpus, length: int, batch_size: int, seed: int
) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Return a function from a step to waveforms (B, length) and labels (B,).

    Each clip begins up to :data:`JITTER` samples late, with a little noise of a random level, so
    that neither its first sample nor a perfectly silent background tells the digit.
    """
    clips = [clip.samples for clip in corpus]
    labels = torch.tensor([clip.label for clip in corpus])
    pick = shuffled_batches([1] * len(clips), batch_size, seed)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        indices, random = pick(step), np.random.default_rng([seed, step])
        rows = [_placed(clips[i], length, random) for i in indices]
        return torch.from_numpy(np.stack(rows)), labels[indices]

    return batch


def _placed(x: np.ndarray, length: int, random: np.random.Generator) -> np.ndarray:
    x = x[:length]
    first = random.integers(0, min(JITTER, length - len(x)) + 1)
    row = np.zeros(length, np.float32)
    row[first : first + len(x)] = x
    noise = np.abs(x).max() * 10 ** random.uniform(-4, -2)  # -80 ... -40 dB below the peak
    return row + np.float32(noise) * random.standard_normal(length, np.float32)


def load_recogniser(name: str | Path = "recogniser-fsdd", device: str = "cpu") -> Recogniser:
    """Load a recogniser from a file or from the checkpoints that ship with the course."""
    return load_model(name, "recogniser", _from_config, device)


def _from_config(config: dict[str, Any]) -> Recogniser:
    return Recogniser(RecogniserConfig(**{**config, "widths": tuple(config["widths"])}))
