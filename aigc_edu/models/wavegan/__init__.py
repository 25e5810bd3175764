"""WaveGAN: both networks and their settings."""

from aigc_edu.models.wavegan.config import WaveGANConfig
from aigc_edu.models.wavegan.network import Critic, Generator

__all__ = ["Critic", "Generator", "WaveGANConfig"]
