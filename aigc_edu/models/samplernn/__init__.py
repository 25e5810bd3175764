"""SampleRNN: the network, its samplers, how it is loaded, and how it is made to sound."""

from aigc_edu.models.samplernn.config import SampleRNNConfig
from aigc_edu.models.samplernn.loading import load_samplernn
from aigc_edu.models.samplernn.network import SampleRNN
from aigc_edu.models.samplernn.tiers import FrameTier, SampleTier
from aigc_edu.models.wavenet.speaking import synthesise

__all__ = [
    "FrameTier",
    "SampleRNN",
    "SampleRNNConfig",
    "SampleTier",
    "load_samplernn",
    "synthesise",
]
