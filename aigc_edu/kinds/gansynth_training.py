"""Training a GANSynth on notes: batches, losses, and the value by which weights are chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.frechet import frechet_distance
from aigc_edu.evaluation.notes import note_features, share_in_tune, spread
from aigc_edu.kinds.base import preset
from aigc_edu.kinds.gansynth_game import GAMMA, HOLDING, Game
from aigc_edu.kinds.note_clips import features_of, levelled, notes_for
from aigc_edu.models.gansynth import (
    Critic,
    GANSynthConfig,
    Generator,
    draw_latents,
    image_of,
    play,
)
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.adversarial import LARGEST, UNCLIPPED
from aigc_edu.training.batches import shuffled_batches
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer
from aigc_edu.training.updates import Adversarial

BATCH_SIZE = 16  # notes
LEARNING_RATE = 4e-4
PENALTY_EVERY = 8  # critic updates
BETAS = (0.0, 0.99)  # Adam's, as with progressive growing (Karras et al. 2018, appendix A.1)
HELD_SEED = 1_000_003  # of the latents that weights are chosen by


def gansynth_batches(
    corpus: Corpus, config: GANSynthConfig, batch_size: int, seed: int
) -> Callable[[int], tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Return a function from a step to its batch, of pairs.

    It holds images of notes (B, 2, bands, frames), their pitches (B,) as MIDI numbers, latents
    (B, latent), and the number of each note's instrument (B,). Row ``B / 2 + i`` is another note by
    the instrument of row i, and has the same latent: what the generator makes of a row has the
    pitch of the real note in that row, and in both rows of a pair it ought to have one timbre. All
    notes are as loud as each other (:func:`levelled`). A step's batch depends on the seed and the
    step alone.

    Raises
    ------
    InvalidValueError
        If ``batch_size`` is odd.
    """
    if batch_size % 2 or batch_size < 2:
        raise InvalidValueError(f"a batch holds pairs of notes: not an odd number, {batch_size}")
    images = np.stack([image_of(levelled(clip.samples), config) for clip in corpus])
    images = torch.from_numpy(images)
    pitches = torch.tensor([int(clip.note.pitch) for clip in corpus])
    names = sorted({clip.note.instrument for clip in corpus})
    instruments = torch.tensor([names.index(clip.note.instrument) for clip in corpus])
    others = _others(corpus)
    pick = shuffled_batches([1] * len(images), batch_size // 2, seed)

    def batch(step: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        random = np.random.default_rng([seed, step])
        z = draw_latents(batch_size // 2, config.latent, int(random.integers(2**63)))
        rows = list(pick(step))
        rows += [int(random.choice(others[row])) for row in rows]
        return images[rows], pitches[rows], torch.cat([z, z]), instruments[rows]

    return batch


def _others(corpus: Corpus) -> list[list[int]]:
    """Return of each note which others can stand beside it in a pair.

    They are by its instrument and have another pitch; those that were struck as hard go first. A
    note that has no such fellow is its own.
    """
    rows: dict[str, list[int]] = {}
    for i, clip in enumerate(corpus):
        rows.setdefault(clip.note.instrument, []).append(i)
    found = []
    for i, clip in enumerate(corpus):
        known = [j for j in rows[clip.note.instrument] if corpus[j].note.pitch != clip.note.pitch]
        alike = [j for j in known if corpus[j].note.velocity == clip.note.velocity]
        found.append(alike or known or [i])
    return found


def gansynth_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    gamma: float = GAMMA,
    holding: float = HOLDING,
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
    holding
        Weight of the contrast between timbres, see :class:`Game`.
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
    described |= {"seed": seed, "batch_size": batch_size, "gamma": gamma, "holding": holding}
    settings = replace(settings or TrainingSettings(), clip=UNCLIPPED)
    return Trainer(
        model,
        _players(model, critic, settings, Game(gamma, holding=holding)),
        gansynth_batches(corpus, config, batch_size, seed),
        settings,
        device=pick_device(device),
        folder=folder,
        description=described,
        validate=_validation(validation, config, described),
        processes=processes,
    )


def _players(
    model: Generator, critic: Critic, settings: TrainingSettings, game: Game
) -> Adversarial:
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
