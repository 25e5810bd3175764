"""What the two networks of a GANSynth are paid for.

Chapter: chapters/04-adversarial/07-gansynth.ipynb
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.models.gansynth import Critic, Generator
from aigc_edu.models.gansynth.network import pitch_index
from aigc_edu.training.adversarial import (
    MadeOnce,
    contrast,
    relativistic_critic_loss,
    relativistic_generator_loss,
    zero_centred_penalty,
)

GAMMA = 10.0  # twice the weight of R1 and of R2
TOLD = 2.0  # weight of the classifier's cross-entropy
HOLDING = 1.0  # weight of the contrast between timbres


class Game:
    """The losses, as :class:`Adversarial` calls them: all share what an update's notes are.

    Parameters
    ----------
    gamma
        Twice the weight of R1 and of R2.
    told
        Weight of the classifier's cross-entropy.
    holding
        Weight of the contrast between timbres; with 0, nothing holds a latent's timbre.
    """

    def __init__(self, gamma: float = GAMMA, told: float = TOLD, holding: float = HOLDING) -> None:
        self.gamma, self.told, self.holding, self.made = gamma, told, holding, MadeOnce()

    def critic_loss(
        self,
        model: Generator,
        critic: Critic,
        images: Tensor,
        pitch: Tensor,
        z: Tensor,
        instrument: Tensor,
    ) -> Tensor:
        """Return how wrongly the critic orders real and made notes, and what it says of real ones.

        That is their pitch and their timbre, both learned from real notes only, as the classifier
        is in the program of Engel et al. 2019: from made ones, which Odena et al. 2017 take too, it
        would learn to name what the generator gets wrong.
        """
        made = self.made.shown(model, z, pitch)
        real, score = critic(images), critic(made).score
        told = self.misnamed(model, real.names, pitch) + self.confused(real.timbre, instrument)
        return relativistic_critic_loss(real.score, score) + told

    def generator_loss(
        self,
        model: Generator,
        critic: Critic,
        images: Tensor,
        pitch: Tensor,
        z: Tensor,
        instrument: Tensor,
    ) -> Tensor:
        """Return how wrongly made notes are ordered from the generator's view, and misheard.

        It is paid for a pitch that the classifier, which has heard real notes, can name, and for
        timbres: notes of one latent are to sound alike, notes of two are not.
        """
        made = self.made.learned_from(model, z, pitch)
        with torch.no_grad():
            real = critic(images).score
        heard = critic(made)
        latent = (z[:, None] == z).all(dim=2).int().argmax(dim=1)  # the first row that has it
        told = self.misnamed(model, heard.names, pitch) + self.confused(heard.timbre, latent)
        return relativistic_generator_loss(real, heard.score) + told

    def penalty(
        self,
        model: Generator,
        critic: Critic,
        images: Tensor,
        pitch: Tensor,
        z: Tensor,
        instrument: Tensor,
    ) -> Tensor:
        """Return R1 and R2, times ``gamma / 2``.

        The rows do meet in the spread over the batch; its share in a slope is small, and as usual
        with it that is let pass.
        """

        def score(x: Tensor) -> Tensor:
            return critic(x).score

        made = self.made.shown(model, z, pitch)
        both = zero_centred_penalty(score, images) + zero_centred_penalty(score, made)
        return self.gamma / 2 * both

    def misnamed(self, model: Generator, named: Tensor, pitch: Tensor) -> Tensor:
        """Return the weighted cross-entropy of logits (B, pitches) for the pitches (B,)."""
        return self.told * F.cross_entropy(named, pitch_index(pitch, model.config))

    def confused(self, timbre: Tensor, who: Tensor) -> Tensor:
        """Return the weighted :func:`contrast` of timbres (B, D) and whose (B,) they are."""
        return self.holding * contrast(timbre, who) if self.holding else timbre.new_zeros(())
