"""Training loops, checkpoints and the command line (floor 3)."""

from aigc_edu.training.checkpoints import (
    CheckpointError,
    find_checkpoint,
    load_checkpoint,
    save_checkpoint,
    shipped_checkpoints,
)
from aigc_edu.training.recogniser import load_recogniser, recogniser_trainer
from aigc_edu.training.seeds import pick_device, seed_everything
from aigc_edu.training.synthesis import synthesise
from aigc_edu.training.trainer import Trainer, TrainingSettings, shuffled_batches
from aigc_edu.training.vocoder import (
    copy_synthesis,
    load_vocoder,
    mel_frames,
    vocode,
    vocoder_bits,
    vocoder_trainer,
)
from aigc_edu.training.wavenet import (
    encode_clips,
    generation_split,
    load_wavenet,
    wavenet_bits,
    wavenet_trainer,
)

__all__ = [
    "CheckpointError",
    "Trainer",
    "TrainingSettings",
    "copy_synthesis",
    "encode_clips",
    "find_checkpoint",
    "generation_split",
    "load_checkpoint",
    "load_recogniser",
    "load_vocoder",
    "load_wavenet",
    "mel_frames",
    "pick_device",
    "recogniser_trainer",
    "save_checkpoint",
    "seed_everything",
    "shipped_checkpoints",
    "shuffled_batches",
    "synthesise",
    "vocode",
    "vocoder_bits",
    "vocoder_trainer",
    "wavenet_bits",
    "wavenet_trainer",
]
