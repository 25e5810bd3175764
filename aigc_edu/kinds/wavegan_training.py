"""Training a WaveGAN in two ways: the paper's, and that of 2024.

Chapter: chapters/04-adversarial/03-wavegan-training.ipynb

References
----------
- Donahue, McAuley and Puckette 2019, arXiv:1802.04208, table 7: WGAN-GP's settings.
- Gulrajani et al. 2017, arXiv:1704.00028: the penalty, and five updates of the critic.
- Huang et al. 2024, arXiv:2501.05441: the relativistic loss with both zero-centred penalties.
- Karras et al. 2020, arXiv:1912.04958, section 3.1: penalties at every so many updates only.
- Odena, Olah and Shlens 2017, arXiv:1610.09585: a critic that names the labels, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.wavegan_clips import wavegan_batches
from aigc_edu.models.wavegan import Critic, Generator, WaveGANConfig
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training import Adversarial, Trainer, TrainingSettings
from aigc_edu.training.adversarial import (
    LARGEST,
    UNCLIPPED,
    MadeOnce,
    gradient_penalty,
    relativistic_critic_loss,
    relativistic_generator_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
    zero_centred_penalty,
)
from aigc_edu.training.engine import Processes

BATCH_SIZE = 64  # rows of each update of the critic, as in the paper


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the two networks learn from each other.

    Attributes
    ----------
    relativistic
        Whether scores are compared in pairs, and the penalties centred at zero; otherwise the
        losses are Wasserstein's, with a gradient penalty.
    critic_steps
        Updates of the critic for one of the generator.
    penalty
        How often the penalty is added to the critic's loss: the 10 of WGAN-GP, the gamma / 2 of R1
        and R2.
    penalty_every
        It is computed at every so many updates of the critic only, and counts as many times more.
    betas
        Adam's.
    naming
        Weight of an auxiliary classifier's cross-entropy, 0 for none: the critic learns to name the
        label of real clips, the generator to be named as it was asked. Only with labels.
    """

    relativistic: bool
    critic_steps: int
    penalty: float
    penalty_every: int
    betas: tuple[float, float]
    naming: float = 0.0


WAYS = {
    "wgan-gp": Way(
        relativistic=False, critic_steps=5, penalty=10.0, penalty_every=1, betas=(0.5, 0.9)
    ),
    "relativistic": Way(
        relativistic=True, critic_steps=1, penalty=1.0, penalty_every=8, betas=(0.0, 0.99)
    ),
}


class Game:
    """The losses of one way, as :class:`Adversarial` calls them.

    What the generator has made of an update's noise is shared by the critic's loss, the penalty
    and, where the critic learns once only, the generator's loss.

    Parameters
    ----------
    way
        The way.
    told
        Whether the networks are told labels.
    """

    def __init__(self, way: Way, told: bool) -> None:
        self.way, self.told = way, told
        self.made = MadeOnce(shared=way.critic_steps == 1)

    def critic_loss(
        self,
        generator: nn.Module,
        critic: nn.Module,
        real: Tensor,
        label: Tensor,
        z: Tensor,
        mix: Tensor,
    ) -> Tensor:
        """Return the critic's loss, without penalty."""
        made = self.made.shown(generator, z, self.one(label))
        both = torch.cat([real, made])
        scores, logits = self.judged(critic, both, self.twice(label))  # (2 B,), (2 B, L)
        loss = relativistic_critic_loss if self.way.relativistic else wasserstein_critic_loss
        played = loss(*scores.split(len(real)))
        return played if logits is None else played + self.misnamed(logits[: len(real)], label)

    def penalty(
        self,
        generator: nn.Module,
        critic: nn.Module,
        real: Tensor,
        label: Tensor,
        z: Tensor,
        mix: Tensor,
    ) -> Tensor:
        """Return what holds the critic's slope, with its weight."""
        made = self.made.shown(generator, z, self.one(label))
        if not self.way.relativistic:
            slope = gradient_penalty(lambda x: critic(x, self.one(label)), real, made, mix)
            return self.way.penalty * slope
        both = torch.cat([real, made])  # the mean of both halves is half of R1 + R2
        slope = zero_centred_penalty(lambda x: critic(x, self.twice(label)), both)
        return 2 * self.way.penalty * slope

    def generator_loss(
        self,
        generator: nn.Module,
        critic: nn.Module,
        real: Tensor,
        label: Tensor,
        z: Tensor,
        mix: Tensor,
    ) -> Tensor:
        """Return the generator's loss."""
        made = self.made.learned_from(generator, z, self.one(label))
        scores, logits = self.judged(critic, made, self.one(label))
        if self.way.relativistic:
            with torch.no_grad():
                others = critic(real, self.one(label)).float()
            played = relativistic_generator_loss(others, scores)
        else:
            played = wasserstein_generator_loss(scores)
        return played if logits is None else played + self.misnamed(logits, label)

    def judged(
        self, critic: nn.Module, x: Tensor, label: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Return a critic's scores (B,), and its logits (B, L) or None if it names nothing."""
        if not self.way.naming:
            return critic(x, label).float(), None
        scores, logits = critic.judge(x, label)
        return scores.float(), logits.float()

    def misnamed(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return the cross-entropy of logits (B, L) for labels (B,), with its weight."""
        return self.way.naming * F.cross_entropy(logits, label)

    def one(self, label: Tensor) -> Tensor | None:
        """Return what a network is told of a batch."""
        return label if self.told else None

    def twice(self, label: Tensor) -> Tensor | None:
        """Return what it is told of real and made clips behind one another."""
        return torch.cat([label, label]) if self.told else None


def wavegan_trainer(
    corpus: Corpus,
    config: WaveGANConfig,
    way: str | Way = "relativistic",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    augment: bool = False,
    validate: Callable[[nn.Module], float] | None = None,
    processes: Processes | None = None,
) -> Trainer:
    """Prepare the training of a WaveGAN.

    Parameters
    ----------
    corpus
        The training clips, of any rate.
    config
        Of both networks; ``labels`` is 0 or the number of the corpus's.
    way
        Name of one of :data:`WAYS`, or a way.
    settings, seed, device, folder, processes
        See :class:`Trainer`. A step is one update of the generator; gradients are not clipped.
    batch_size
        Rows of each update of the critic; a step takes ``critic_steps`` times as many.
    augment
        See :func:`wavegan_batches`.
    validate
        Maps a generator to a number, lower is better.
    """
    way = find_way(way) if isinstance(way, str) else way
    if config.labels not in (0, len(corpus.labels)):
        raise InvalidValueError(
            f"{corpus.name} has {len(corpus.labels)} labels, the network is told {config.labels}"
        )
    seed_everything(seed)
    settings = replace(settings or TrainingSettings(learning_rate=1e-4), clip=UNCLIPPED)
    update = players(config, way, settings)
    described = {"batch_size": batch_size, "seed": seed, "augment": augment, "way": asdict(way)}
    return Trainer(
        update.model,
        update,
        wavegan_batches(corpus, config, batch_size * way.critic_steps, seed, augment),
        settings,
        device=pick_device(device),
        folder=folder,
        description=describe_wavegan(config, corpus) | described,
        validate=validate,
        processes=processes,
    )


def players(config: WaveGANConfig, way: Way, settings: TrainingSettings) -> Adversarial:
    """Return both networks, with weights drawn from torch's generator, and how they learn."""
    game = Game(way, config.labels > 0)
    return Adversarial(
        Generator(config),
        Critic(config, names=way.naming > 0),
        game.generator_loss,
        game.critic_loss,
        settings,
        betas=(way.betas, way.betas),
        critic_steps=way.critic_steps,
        penalty=game.penalty if way.penalty else None,
        penalty_every=way.penalty_every,
        largest=LARGEST,
    )


def find_way(name: str) -> Way:
    """Return one of :data:`WAYS`; InvalidValueError for an unknown name."""
    if name not in WAYS:
        raise InvalidValueError(f"the way must be {' or '.join(WAYS)}, got {name!r}")
    return WAYS[name]


def describe_wavegan(config: WaveGANConfig, corpus: Corpus) -> dict[str, Any]:
    """Return what a checkpoint says of a generator, so that it can be rebuilt and used."""
    return {
        "kind": "wavegan",
        "config": asdict(config),
        "corpus": corpus.name,
        "clips": len(corpus),
        "rate": corpus.rate,
        "labels": list(corpus.labels) if config.labels else [],
    }
