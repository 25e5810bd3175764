"""Training a VITS on read sentences: losses, their weights, and the value weights are chosen by.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.base import Description, preset
from aigc_edu.kinds.vits_clips import (
    Prepared,
    found_places,
    padded,
    prepare_clips,
    share_aligned,
    true_places,
    vits_batches,
)
from aigc_edu.kinds.vits_guesses import guess_durations
from aigc_edu.models.vits import (
    VITS,
    Learned,
    VITSConfig,
    linear_spectra,
    segments,
    vits_critic,
)
from aigc_edu.models.vits.speaking import LEFT_OUT
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.text import SYMBOLS
from aigc_edu.training.adversarial import LARGEST, UNCLIPPED
from aigc_edu.training.engine import Batch, Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.spectral_losses import (
    MelLoss,
    feature_matching,
    least_squares_critic_loss,
    least_squares_generator_loss,
)
from aigc_edu.training.trainer import Trainer
from aigc_edu.training.updates import Adversarial

BATCH_SIZE = 8  # clips
LEARNING_RATE = 2e-4
BETAS = (0.8, 0.99)  # Adam's (Kim et al. 2021, section 3.2)
MEL, MATCHING = 45.0, 2.0  # of HiFi-GAN (section 2.3), which VITS keeps; all others are 1
HELD_SEED = 1_000_003  # of what validation draws


class Game:
    """The losses, as :class:`Adversarial` calls them: both look at one pass of the network.

    Parameters
    ----------
    config
        Of the network.
    device
        Where to compute.

    Attributes
    ----------
    figures
        The parts of the generator's last loss, without their weights.
    """

    def __init__(self, config: VITSConfig, device: torch.device | str = "cpu") -> None:
        self.config = config
        self.mel = MelLoss(config.rate, config.mel_scales).to(device)
        self.kept: tuple[Sequence[Tensor], Learned] | None = None
        self.figures: dict[str, float] = {}

    def critic_loss(self, model: VITS, critic: nn.Module, *rows: Tensor) -> Tensor:
        """Return how wrongly the critics tell real segments from made ones (Mao et al. 2017).

        It is 0 until they take part.
        """
        learned = self._learned(model, rows)
        self.kept = rows, learned
        if not rows[5].any():
            return 0.0 * sum(p.sum() for p in critic.parameters())
        real, made = critic(self._real(rows)), critic(learned.made.detach())
        return len(real) * least_squares_critic_loss(real, made)  # the paper adds the critics up

    def generator_loss(self, model: VITS, critic: nn.Module, *rows: Tensor) -> Tensor:
        """Return the sum of the paper's losses (section 2.4): mel, KL, durations, critics'."""
        kept, self.kept = self.kept, None
        usable = kept is not None and kept[1].made.requires_grad
        # By values: on another device, or in a share of a batch, each call gets tensors of its own.
        same = usable and all(map(torch.equal, kept[0], rows))
        learned = kept[1] if same else self._learned(model, rows)
        real = self._real(rows)
        parts = {"mel": self.mel(learned.made, real), "kl": learned.kl.mean()}
        parts["deterministic"] = learned.deterministic.mean()
        parts["stochastic"] = learned.stochastic.mean()
        loss = MEL * parts["mel"] + (rows[6] * learned.kl).mean()
        loss = loss + parts["deterministic"] + parts["stochastic"]
        if rows[5].any():
            with torch.no_grad():
                wanted = critic(real)
            heard = critic(learned.made)
            layers = sum(len(one.features) for one in heard)
            parts["fooled"] = len(heard) * least_squares_generator_loss(heard)
            parts["matched"] = layers * feature_matching(wanted, heard)
            loss = loss + parts["fooled"] + MATCHING * parts["matched"]
        self.figures = {name: float(part.detach()) for name, part in parts.items()}
        return loss

    def _learned(self, model: VITS, rows: Sequence[Tensor]) -> Learned:
        symbols, lengths, waves, frames, starts, _, weight, guess = rows
        spectra = linear_spectra(waves, self.config.frame, self.config.hop)
        return model.learn(symbols, lengths, spectra, frames, starts, 1 - weight, guess)

    def _real(self, rows: Sequence[Tensor]) -> Tensor:
        hop = self.config.hop
        return segments(rows[2][:, None], rows[4] * hop, self.config.segment * hop)[:, 0]


class VITSUpdate(Adversarial):
    """:class:`Adversarial` that tells the parts of the loss, too."""

    def __init__(self, *arguments: object, game: Game, **options: object) -> None:
        super().__init__(*arguments, **options)
        self.game = game

    def step(self, batch: Batch, rate: float) -> dict[str, float]:
        """See :meth:`aigc_edu.training.updates.Update.step`."""
        figures = super().step(batch, rate)
        return figures | {k: self.processes.mean(v) for k, v in self.game.figures.items()}


def vits_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    critics_after: int = 0,
    settle: int = 0,
    blanks: bool = True,
    validation: Corpus | None = None,
    processes: Processes | None = None,
    config: VITSConfig | None = None,
) -> Trainer:
    """Prepare the training of a VITS.

    Parameters
    ----------
    corpus
        Clips with their texts, of one voice, at the network's rate. Where the phonemes that were
        spoken are known, these are learned from.
    size
        Name of a preset of :class:`VITSConfig`: ``"tiny"``, ``"trained"`` or ``"paper"``.
    settings, batch_size, seed, device, folder, processes
        See :class:`Trainer`.
    critics_after
        The first step that the critics take part in; until then the decoder learns by the mel
        spectra alone.
    settle
        Steps over which the divergence's weight rises to 1, and the search is drawn ever less to
        what :func:`guess_durations` finds. A latent that must cost nothing before the decoder can
        use it says nothing for long (Bowman et al. 2016, arXiv:1511.06349, section 3.1), and a
        search in scores that say nothing may settle on a wrong alignment: in an early run a blank
        with a broad deviation took most of the frames. The paper does without.
    blanks
        Whether a blank stands between two phonemes.
    validation
        Clips to validate with: the value is :func:`vits_value`.
    config
        Hyper-parameters in place of ``size`` and ``blanks``.
    """
    config = config or replace(preset(VITSConfig, size), blanks=blanks)
    clips = prepare_clips(corpus, config)
    guesses = guess_durations(clips, config) if settle else None
    seed_everything(seed)
    model, where = VITS(config), pick_device(device)
    described = {"kind": "vits", "config": asdict(config), "corpus": corpus.name}
    described |= {"clips": len(clips), "left_out": len(corpus) - len(clips), "rate": config.rate}
    described |= {"speakers": list(corpus.speakers), "seed": seed, "batch_size": batch_size}
    settings = replace(settings or TrainingSettings(), clip=UNCLIPPED)
    described |= {"critics_after": critics_after, "settle": settle}
    return Trainer(
        model,
        _players(model, settings, Game(config, where)),
        vits_batches(clips, config, batch_size, seed, critics_after, settle, guesses),
        settings,
        device=where,
        folder=folder,
        description=described,
        validate=_validation(validation, config),
        processes=processes,
    )


def _players(model: VITS, settings: TrainingSettings, game: Game) -> VITSUpdate:
    return VITSUpdate(
        model,
        vits_critic(model.config),
        game.generator_loss,
        game.critic_loss,
        settings,
        betas=(BETAS, BETAS),
        largest=LARGEST,
        game=game,
    )


def _validation(held: Corpus | None, config: VITSConfig) -> Callable[[VITS], float] | None:
    if held is None:
        return None
    clips = prepare_clips(held, config)
    return lambda model: vits_value(model, clips)


@torch.no_grad()
def vits_value(model: VITS, held: Sequence[Prepared]) -> float:
    """Return what weights are chosen by, lower is better: how far speech is from recordings.

    The mean distance of log-mel spectra, in nepers, between clips and what the network says of
    their symbols with the durations that it finds in them: the posterior is asked for no more.
    """
    config, device = model.config, next(model.parameters()).device
    mel = MelLoss(config.rate, config.mel_scales).to(device)
    random = torch.Generator().manual_seed(HELD_SEED)
    values = []
    for one in held:
        symbols, _, waves, _ = (part.to(device) for part in padded([one], config))
        durations = alignments_of(model, [one])[0][None].to(device)
        shapes = ((1, config.hidden, one.frames), (1, config.noise, one.frames))
        noise, hiss = (torch.randn(shape, generator=random).to(device) for shape in shapes)
        z = model.latents_of(symbols, durations, 0.5 * noise)
        values.append(float(mel(model.decode(z, hiss), waves)))
    return float(np.mean(values))


@torch.no_grad()
def alignments_of(model: VITS, clips: Sequence[Prepared]) -> list[Tensor]:
    """Return the frames of each symbol that the network's search finds in clips, (N,) each."""
    config, device, found = model.config, next(model.parameters()).device, []
    for one in clips:
        symbols, lengths, waves, frames = (part.to(device) for part in padded([one], config))
        spectra = linear_spectra(waves, config.frame, config.hop)
        found.append(model.align(symbols, lengths, spectra, frames)[0].cpu())
    return found


def alignment_share(model: VITS, clips: Sequence[Prepared]) -> float:
    """Return the share of phonemes' borders that the search finds within 50 ms; NaN for none.

    The clips' own places must be known, as those of the built-in sentences are.
    """
    config, hits, count = model.config, 0.0, 0
    for one, durations in zip(clips, alignments_of(model, clips), strict=True):
        numbers, true = true_places(one, config.hop)
        if len(numbers):
            found = found_places(durations.numpy(), one, config)[numbers]
            hits += len(numbers) * share_aligned(found, true, config.hop, config.rate)
            count += len(numbers)
    return hits / count if count else float("nan")


def adopt_symbols(weights: dict[str, Tensor], theirs: Description, mine: Description) -> None:
    """Give each of this run's symbols the row that the other run has of it; a new one, their mean.

    Raises
    ------
    InvalidValueError
        If the other run's file has no table of symbols, or is one to speak with alone.
    """
    key, told = "text.embedding.weight", theirs.get("config", {}).get("symbols")
    if key not in weights or not told or len(told) != len(weights[key]):
        raise InvalidValueError("the other weights have no table of symbols to begin with")
    if not any(name.startswith(LEFT_OUT) for name in weights):
        raise InvalidValueError(
            "these weights are a voice as it ships, without the posterior encoder that it has "
            "learned by; begin with the model.safetensors of a run"
        )
    rows, table = weights[key], {symbol: i for i, symbol in enumerate(told)}
    wanted = mine["config"].get("symbols", SYMBOLS)
    new = rows.mean(dim=0)
    weights[key] = torch.stack([rows[table[x]] if x in table else new for x in wanted])
