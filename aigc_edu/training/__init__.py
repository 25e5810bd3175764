"""Training loops, checkpoints and the command line (floor 3)."""

from aigc_edu.training.checkpoints import (
    CheckpointError,
    find_checkpoint,
    load_checkpoint,
    save_checkpoint,
    shipped_checkpoints,
)
from aigc_edu.training.seeds import pick_device, seed_everything
from aigc_edu.training.trainer import Trainer, TrainingSettings, shuffled_batches
from aigc_edu.training.wavenet import (
    load_wavenet,
    synthesise,
    wavenet_bits,
    wavenet_trainer,
)

__all__ = [
    "CheckpointError",
    "Trainer",
    "TrainingSettings",
    "find_checkpoint",
    "load_checkpoint",
    "load_wavenet",
    "pick_device",
    "save_checkpoint",
    "seed_everything",
    "shipped_checkpoints",
    "shuffled_batches",
    "synthesise",
    "wavenet_bits",
    "wavenet_trainer",
]
