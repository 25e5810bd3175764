"""Training a GANSynth on notes: batches, losses, and the value by which weights are chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus
from aigc_edu.evaluation.frechet import frechet_distance
from aigc_edu.evaluation.notes import note_features, share_in_tune, spread
from aigc_edu.kinds.base import preset
from aigc_edu.kinds.note_clips import features_of, levelled, notes_for
from aigc_edu.models.gansynth import (
    Critic,
    GANSynthConfig,
    Generator,
    draw_latents,
    image_of,
    play,
)
from aigc_edu.models.gansynth.network import pitch_index
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.adversarial import (
    LARGEST,
    UNCLIPPED,
    MadeOnce,
    relativistic_critic_loss,
    relativistic_generator_loss,
    zero_centred_penalty,
)
from aigc_edu.training.batches import shuffled_batches
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer
from aigc_edu.training.updates import Adversarial

BATCH_SIZE = 16  # notes
LEARNING_RATE = 4e-4
GAMMA = 2.0  # twice the weight of R1 and of R2
PENALTY_EVERY = 8  # critic updates
TOLD = 2.0  # weight of the classifier's cross-entropy
BETAS = (0.0, 0.99)  # Adam's, as with progressive growing (Karras et al. 2018, appendix A.1)
HELD_SEED = 1_000_003  # of the latents that weights are chosen by


def gansynth_batches(
    corpus: Corpus, config: GANSynthConfig, batch_size: int, seed: int
) -> Callable[[int], tuple[Tensor, Tensor, Tensor]]:
    """Return a function from a step to its batch.

    It holds images of notes (B, 2, bands, frames), their pitches (B,) as MIDI numbers, and latents
    (B, latent): what the generator makes of a row has the pitch of the real note in that row. All
    notes are as loud as each other (:func:`levelled`). A step's batch depends on the seed and the
    step alone.
    """
    images = np.stack([image_of(levelled(clip.samples), config) for clip in corpus])
    images = torch.from_numpy(images)
    pitches = torch.tensor([int(clip.note.pitch) for clip in corpus])
    pick = shuffled_batches([1] * len(images), batch_size, seed)

    def batch(step: int) -> tuple[Tensor, Tensor, Tensor]:
        rows = pick(step)
        own = int(np.random.default_rng([seed, step]).integers(2**63))
        z = draw_latents(batch_size, config.latent, own)
        return images[rows], pitches[rows], z

    return batch


class Game:
    """The losses, as :class:`Adversarial` calls them: all share what an update's notes are.

    Parameters
    ----------
    gamma
        Twice the weight of R1 and of R2.
    told
        Weight of the classifier's cross-entropy.
    """

    def __init__(self, gamma: float = GAMMA, told: float = TOLD) -> None:
        self.gamma, self.told, self.made = gamma, told, MadeOnce()

    def critic_loss(
        self, model: Generator, critic: Critic, images: Tensor, pitch: Tensor, z: Tensor
    ) -> Tensor:
        """Return how wrongly the critic orders real and made notes, and names real ones' pitch.

        The auxiliary classifier learns on real notes only, as in the program of Engel et al. 2019:
        on made ones, which Odena et al. 2017 take too, it would learn to name what the generator
        gets wrong.
        """
        made = self.made.shown(model, z, pitch)
        (real, named), score = critic(images), critic(made)[0]
        return relativistic_critic_loss(real, score) + self.misnamed(model, named, pitch)

    def generator_loss(
        self, model: Generator, critic: Critic, images: Tensor, pitch: Tensor, z: Tensor
    ) -> Tensor:
        """Return how wrongly made notes are ordered from the generator's view, and pitches named.

        It is paid for a pitch that the classifier, which has heard real notes, can name.
        """
        made = self.made.learned_from(model, z, pitch)
        with torch.no_grad():
            real = critic(images)[0]
        score, named = critic(made)
        return relativistic_generator_loss(real, score) + self.misnamed(model, named, pitch)

    def penalty(
        self, model: Generator, critic: Critic, images: Tensor, pitch: Tensor, z: Tensor
    ) -> Tensor:
        """Return R1 and R2, times ``gamma / 2``.

        The rows do meet in the spread over the batch; its share in a slope is small, and as usual
        with it that is let pass.
        """

        def score(x: Tensor) -> Tensor:
            return critic(x)[0]

        made = self.made.shown(model, z, pitch)
        both = zero_centred_penalty(score, images) + zero_centred_penalty(score, made)
        return self.gamma / 2 * both

    def misnamed(self, model: Generator, named: Tensor, pitch: Tensor) -> Tensor:
        """Return the weighted cross-entropy of logits (B, pitches) for the pitches (B,)."""
        return self.told * F.cross_entropy(named, pitch_index(pitch, model.config))


def gansynth_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    gamma: float = GAMMA,
    validation: Corpus | None = None,
    processes: Processes | None = None,
    config: GANSynthConfig | None = None,
) -> Trainer:
    """Prepare the training of a GANSynth.

    Parameters
    ----------
    corpus
        Notes; those outside the network's pitches are left out.
    size
        Name of a preset of :class:`GANSynthConfig`: ``"tiny"``, ``"trained"`` or ``"paper"``.
    settings, batch_size, seed, device, folder, processes
        See :class:`Trainer`.
    gamma
        Twice the weight of the zero-centred penalties.
    validation
        Notes to validate with: the value is :func:`note_value`.
    config
        Hyper-parameters in place of ``size``.
    """
    config = config or preset(GANSynthConfig, size)
    corpus = notes_for(corpus, config)
    seed_everything(seed)
    model, critic = Generator(config), Critic(config)
    described = {"kind": "gansynth", "config": asdict(config), "corpus": corpus.name}
    described |= {"clips": len(corpus), "rate": config.rate, "speakers": list(corpus.speakers)}
    described |= {"seed": seed, "batch_size": batch_size, "gamma": gamma}
    settings = replace(settings or TrainingSettings(), clip=UNCLIPPED)
    return Trainer(
        model,
        _players(model, critic, settings, gamma),
        gansynth_batches(corpus, config, batch_size, seed),
        settings,
        device=pick_device(device),
        folder=folder,
        description=described,
        validate=_validation(validation, config, described),
        processes=processes,
    )


def _players(
    model: Generator, critic: Critic, settings: TrainingSettings, gamma: float
) -> Adversarial:
    game = Game(gamma)
    return Adversarial(
        model.to(memory_format=torch.channels_last),
        critic.to(memory_format=torch.channels_last),
        game.generator_loss,
        game.critic_loss,
        settings,
        betas=(BETAS, BETAS),
        penalty=game.penalty,
        penalty_every=PENALTY_EVERY,
        largest=LARGEST,
    )


def _validation(
    held: Corpus | None, config: GANSynthConfig, described: dict
) -> Callable[[Generator], float] | None:
    if held is None:
        return None
    held = notes_for(held, config)
    return lambda model: note_value(Trained(model, described), held)


def note_value(trained: Trained, held: Corpus) -> float:
    """Return what weights are chosen by; lower is better.

    The share of notes out of tune, plus the Fréchet distance from held-out notes as a share of
    their own spread: one that always played the mean note, in tune, would get 1. It plays the
    pitches of the held-out notes with latents that no training step has drawn.
    """
    real = features_of(held)
    share, far = beside(trained, held, real, HELD_SEED)
    return 1 - share + far / spread(real)


def beside(trained: Trained, held: Corpus, real: np.ndarray, seed: int) -> tuple[float, float]:
    """Play the pitches of held-out notes; return the share in tune, and the Fréchet distance.

    Parameters
    ----------
    trained
        The GANSynth.
    held
        The notes.
    real
        Their features, (n, D).
    seed
        Of the latents.
    """
    pitches = [int(clip.note.pitch) for clip in held]
    z = draw_latents(len(held), trained.model.config.latent, seed)
    made = play(trained, z, pitches)
    far = frechet_distance(note_features(made, held.rate), real)
    return share_in_tune(made, pitches, held.rate), far
