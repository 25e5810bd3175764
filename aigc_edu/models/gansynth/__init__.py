"""GANSynth: images of notes, generator and critic, and how it is made to play."""

from aigc_edu.models.gansynth.config import GANSynthConfig
from aigc_edu.models.gansynth.generation import (
    between,
    draw_images,
    draw_latents,
    load_gansynth,
    play,
)
from aigc_edu.models.gansynth.images import image_of, sound_of
from aigc_edu.models.gansynth.network import (
    Critic,
    Generator,
    Judgement,
    pixel_norm,
    spread_over_batch,
)

__all__ = [
    "Critic",
    "GANSynthConfig",
    "Generator",
    "Judgement",
    "between",
    "draw_images",
    "draw_latents",
    "image_of",
    "load_gansynth",
    "pixel_norm",
    "play",
    "sound_of",
    "spread_over_batch",
]
