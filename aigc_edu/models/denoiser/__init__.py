"""A network that takes noise out of speech: a mask over its spectrum, in real time."""

from aigc_edu.models.denoiser.config import DenoiserConfig
from aigc_edu.models.denoiser.generation import Live, clean, load_denoiser
from aigc_edu.models.denoiser.network import Denoiser, State, denoising_loss

__all__ = [
    "Denoiser",
    "DenoiserConfig",
    "Live",
    "State",
    "clean",
    "denoising_loss",
    "load_denoiser",
]
