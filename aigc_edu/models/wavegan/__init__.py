"""WaveGAN: both networks and their settings, and how the generator is made to sound."""

from aigc_edu.models.wavegan.config import WaveGANConfig
from aigc_edu.models.wavegan.generation import draw_noise, load_wavegan, make_clips
from aigc_edu.models.wavegan.network import Critic, Generator

__all__ = ["Critic", "Generator", "WaveGANConfig", "draw_noise", "load_wavegan", "make_clips"]
