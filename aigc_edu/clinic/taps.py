"""A small WaveGAN that learns taps on five bars, with what keeps it apart or without.

Chapter: chapters/06-product/03-clinic.ipynb

The taps are those of the chapter *Four ways, heard*: clips of 128 samples at 4 kHz, a world whose
rule is known, so that it can be counted which bars are hit.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.audio import resample
from aigc_edu.clinic.ending import run_to_the_end
from aigc_edu.clinic.evidence import RATE, Evidence, heard, thinned
from aigc_edu.models.four_ways import taps as world
from aigc_edu.models.wavegan import Critic, Generator, WaveGANConfig
from aigc_edu.training import Adversarial, Trainer, TrainingSettings
from aigc_edu.training.adversarial import (
    UNCLIPPED,
    relativistic_critic_loss,
    relativistic_generator_loss,
    zero_centred_penalty,
)

STEPS, BATCH, TAPS = 400, 32, 16  # of a training; taps in an update; taps that are heard
GAP = 0.12  # seconds from one tap to the next
CONFIG = WaveGANConfig(length=world.SIZE, width=8, latent=16, kernel=9, stride=2, phase_shuffle=0)


@dataclass(frozen=True, kw_only=True)
class TapRun:
    """A game of generator and critic.

    Attributes
    ----------
    name
        Of the run.
    held
        Whether scores are compared in pairs and the critic's slope is held; otherwise the losses
        are those of 2014, and nothing holds the critic.
    penalty
        How often the penalty is added.
    steps
        Updates of the generator.
    """

    name: str
    held: bool = True
    penalty: float = 0.2
    steps: int = STEPS

    def critic_loss(self, generator: Generator, critic: Critic, real: Tensor, z: Tensor) -> Tensor:
        """Return what the critic pays."""
        scores = critic(real), critic(generator(z).detach())
        if self.held:
            return relativistic_critic_loss(*scores)
        return F.softplus(-scores[0]).mean() + F.softplus(scores[1]).mean()

    def generator_loss(
        self, generator: Generator, critic: Critic, real: Tensor, z: Tensor
    ) -> Tensor:
        """Return what the generator pays."""
        scores = critic(generator(z))
        if self.held:
            return relativistic_generator_loss(critic(real).detach(), scores)
        return F.softplus(-scores).mean()

    def slope(self, generator: Generator, critic: Critic, real: Tensor, z: Tensor) -> Tensor:
        """Return what holds the critic's slope, at real clips and at made ones."""
        made = generator(z).detach()
        both = zero_centred_penalty(critic, real) + zero_centred_penalty(critic, made)
        return self.penalty * both

    def trainer(self, folder: Path | None = None, steps: int | None = None) -> Trainer:
        """Prepare the training; ``steps`` in place of the run's own is for a trial."""
        told = {"warmup": 20, "decay": 0.5, "clip": UNCLIPPED, "save_every": 100}
        rate = 3e-3 if self.held else 2e-3
        settings = TrainingSettings(steps=steps or self.steps, learning_rate=rate, **told)
        torch.manual_seed(0)
        real, _ = world.tap(8000)
        generator, critic = Generator(CONFIG), Critic(CONFIG)
        momentum = 0.0 if self.held else 0.5  # as each way has it
        update = Adversarial(
            generator,
            critic,
            self.generator_loss,
            self.critic_loss,
            settings,
            betas=((momentum, 0.99), (momentum, 0.99)),
            penalty=self.slope if self.held else None,
            penalty_every=4 if self.held else 1,
        )

        def batch(step: int) -> tuple[Tensor, Tensor]:
            random = torch.Generator().manual_seed(step)
            rows = real[torch.randint(len(real), (BATCH,), generator=random)]
            return rows, torch.randn(BATCH, CONFIG.latent, generator=random)

        named = {"kind": "clinic", "run": self.name}
        return Trainer(generator, update, batch, settings, folder=folder, description=named)

    def __call__(self, folder: Path | None = None, steps: int | None = None) -> Evidence:
        """Train, or go on where the folder's last training ended, and listen."""
        trainer, began = self.trainer(folder, steps), time.process_time()
        ended = run_to_the_end(trainer)
        curves = {"critic": trainer.figures["critic"], "generator": trainer.losses}
        return Evidence(
            self.name,
            "WaveGAN",
            "loss",
            trainer.settings.steps,
            round(time.process_time() - began, 1),
            {name: thinned(values) for name, values in curves.items()},
            {},
            heard(in_a_row(made(trainer.model.eval(), TAPS).numpy())),
            ended,
        )


@torch.no_grad()
def made(generator: Generator, count: int, seed: int = 0) -> Tensor:
    """Return taps that a generator makes, (count, 128)."""
    return generator(torch.randn(count, CONFIG.latent, generator=torch.manual_seed(seed)))


def in_a_row(clips: np.ndarray) -> np.ndarray:
    """Return taps (n, 128), one after another, at 8 kHz."""
    return resample(world.in_a_row(clips, GAP), world.RATE, RATE)


def apart(x: np.ndarray) -> list[np.ndarray]:
    """Undo :func:`in_a_row`, but for the rate: cut a sound at 8 kHz into its taps."""
    step, size = round(GAP * RATE), round(world.SIZE / world.RATE * RATE)
    return [x[at : at + size] for at in range(0, len(x) - size + 1, step)]


def real_taps(count: int = TAPS, seed: int = 1) -> np.ndarray:
    """Return as many real taps in a row, to compare with."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return in_a_row(world.tap(count)[0].numpy())
