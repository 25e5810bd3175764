"""VITS: text to speech with a learned latent, an alignment search and durations to draw."""

from aigc_edu.models.vits.config import VITSConfig
from aigc_edu.models.vits.durations import DurationPredictor, StochasticDurationPredictor
from aigc_edu.models.vits.hifigan import HiFiGAN, ScaleCritic
from aigc_edu.models.vits.latents import MeanCoupling, PosteriorEncoder, PriorFlow
from aigc_edu.models.vits.network import (
    VITS,
    Learned,
    divergence,
    fit,
    segments,
    vits_critic,
)
from aigc_edu.models.vits.speaking import (
    Manner,
    input_of,
    load_vits,
    manner_of,
    say,
    say_in_pieces,
    say_phonemes,
    what_ships,
)
from aigc_edu.models.vits.spectra import linear_spectra, whole_frames
from aigc_edu.models.vits.text_encoder import TextEncoder, mask_of

__all__ = [
    "VITS",
    "DurationPredictor",
    "HiFiGAN",
    "Learned",
    "Manner",
    "MeanCoupling",
    "PosteriorEncoder",
    "PriorFlow",
    "ScaleCritic",
    "StochasticDurationPredictor",
    "TextEncoder",
    "VITSConfig",
    "divergence",
    "fit",
    "input_of",
    "linear_spectra",
    "load_vits",
    "manner_of",
    "mask_of",
    "say",
    "say_in_pieces",
    "say_phonemes",
    "segments",
    "vits_critic",
    "what_ships",
    "whole_frames",
]
