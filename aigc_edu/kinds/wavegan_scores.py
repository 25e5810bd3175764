"""What the card of a WaveGAN says."""

from __future__ import annotations

from typing import Any

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Split
from aigc_edu.kinds.base import Measured

SAMPLE = (0, 3, 7)  # labels of the sound that shows how far a training has come


def measure_clips(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Let judges hear what a WaveGAN makes."""
    return Measured({"todo": 0.0})


def some_labels(trained: Trained, told: dict[str, Any]) -> list[int] | int:
    """Return the labels of a sound that shows how far a training has come, or their number."""
    chosen = told.get("sample", SAMPLE)
    chosen = [chosen] if isinstance(chosen, int) else list(chosen)
    return chosen if trained.model.config.labels else len(chosen)
