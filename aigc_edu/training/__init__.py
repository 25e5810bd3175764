"""Training: the loop, ways of learning from a batch, processes, resuming (floor 4)."""

from aigc_edu.training.batches import shuffled_batches
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer
from aigc_edu.training.truncated import Truncated
from aigc_edu.training.updates import Adversarial, DivergedError, OneLoss, Update

__all__ = [
    "Adversarial",
    "DivergedError",
    "OneLoss",
    "Trainer",
    "TrainingSettings",
    "Truncated",
    "Update",
    "shuffled_batches",
]
