"""SampleRNN: the network, its samplers, and how it is loaded."""

from aigc_edu.models.samplernn.config import SampleRNNConfig
from aigc_edu.models.samplernn.network import FrameTier, SampleRNN, SampleTier

__all__ = ["FrameTier", "SampleRNN", "SampleRNNConfig", "SampleTier"]
