"""Small generators, one for each way to model sound, and the two tiny worlds that they learn.

``bird``, one number, and ``taps``, 128 of them, have rules that are known, so that every model can
be held against the truth.
"""

from aigc_edu.models.four_ways.adversarial import (
    Discriminator,
    Generator,
    discriminator_loss,
    generator_loss,
    play,
)
from aigc_edu.models.four_ways.coupled import Shuffle, coupling_flow
from aigc_edu.models.four_ways.gated import Gated, fit
from aigc_edu.models.four_ways.matching import (
    Velocity,
    follow,
    log_prob_along,
    matching_loss,
)
from aigc_edu.models.four_ways.next_sample import NextSample, next_loss
from aigc_edu.models.four_ways.variational import VAE, many_guesses

__all__ = [
    "VAE",
    "Discriminator",
    "Gated",
    "Generator",
    "NextSample",
    "Shuffle",
    "Velocity",
    "coupling_flow",
    "discriminator_loss",
    "fit",
    "follow",
    "generator_loss",
    "log_prob_along",
    "many_guesses",
    "matching_loss",
    "next_loss",
    "play",
]
