"""WaveNet: the network, two samplers, what it hears of a clip, and how it is made to speak."""

from aigc_edu.models.wavenet.config import WaveNetConfig
from aigc_edu.models.wavenet.network import IGNORED, Head, ResidualLayer, WaveNet
from aigc_edu.models.wavenet.speaking import Shipped, load_wavenet, shipped_for, synthesise
from aigc_edu.models.wavenet.vocoding import copy_synthesis, load_vocoder, mel_frames, vocode

__all__ = [
    "Head",
    "IGNORED",
    "ResidualLayer",
    "Shipped",
    "WaveNet",
    "WaveNetConfig",
    "copy_synthesis",
    "load_vocoder",
    "load_wavenet",
    "mel_frames",
    "shipped_for",
    "synthesise",
    "vocode",
]
