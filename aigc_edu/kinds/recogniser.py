"""The kind ``recogniser``: it hears which digit is said, and judges generated ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Clip, Corpus, Split
from aigc_edu.kinds.base import Kind, Run, need_labels
from aigc_edu.models.recogniser import Recogniser, RecogniserConfig, load_recogniser
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.batches import shuffled_batches
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer

BATCH_SIZE = 64  # clips
JITTER = 800  # samples, 100 ms at 8 kHz


def recogniser_trainer(
    corpus: Corpus,
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
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


# ---------------------------------------------------------------- the kind


def _parts(corpus: Corpus) -> Split:
    """Add the validation clips to the training clips: no score is there to select by."""
    train, validation, test = need_labels(corpus).split("official")
    return Split(train + validation, validation, test)


def _trainer(run: Run) -> Trainer:
    device = str(run.processes.device)
    return recogniser_trainer(run.clips, run.settings, run.batch_size, run.seed, device, run.folder)


@torch.inference_mode()
def _scores(trained: Trained, split: Split) -> dict[str, float]:
    if len(split.test) == 0:
        return {}
    hits = [_hit(trained.model, clip) for clip in split.test]
    return {"test_accuracy": sum(hits) / len(hits)}


def _hit(network: Recogniser, clip: Clip) -> bool:
    device = next(network.parameters()).device
    x = torch.from_numpy(clip.samples.copy())[None].to(device)
    return int(network(x).argmax()) == clip.label


KIND = Kind(
    name="recogniser",
    batch_size=BATCH_SIZE,
    several_processes=False,
    validates=False,
    parts=_parts,
    trainer=_trainer,
    scores=_scores,
    load=load_recogniser,
)
