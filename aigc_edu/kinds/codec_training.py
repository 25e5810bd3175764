"""Training a codec: pieces of clips, the losses, and the value by which weights are chosen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.base import preset
from aigc_edu.models.codec import Codec, CodecConfig, Coded
from aigc_edu.nn import CriticsTogether, PeriodCritic, SpectrumCritic, whole_hops
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.spectral_losses import (
    MelLoss,
    feature_matching,
    least_squares_critic_loss,
    least_squares_generator_loss,
)
from aigc_edu.training.trainer import Trainer
from aigc_edu.training.updates import Adversarial, OneLoss

BATCH_SIZE = 8  # pieces
SECONDS = 0.64  # of a piece, rounded to whole frames
LEARNING_RATE = 1e-3
COMMITMENT = 0.1  # weight: a larger one pays for features that hardly differ
MATCHING = 2.0  # weight of feature matching against the critics' verdict (Kong et al. 2020)
QUIETEST = -12.0  # dB: pieces are made so much quieter at most, so that levels are learned, too
SILENT = 0.05  # share of clips that are made silent, so that silence stays silence
WHOLE = 0.5  # share of rows that keep all books
PERIOD_WIDTH, SPECTRUM_WIDTH = 4, 8  # an eighth and a quarter of the papers'
BETAS = (0.8, 0.99)  # Adam's, of both (Kong et al. 2020, section 3)
STARTERS = 32  # batches on whose features the codebooks' entries are put
SHORTEST, SCALES = 0.004, 6  # seconds of the loss's shortest frames; each scale doubles them


def distance_at(rate: int) -> MelLoss:
    """Return the spectral distance that a codec for a sampling rate in Hz learns by.

    Frames of 4 ms to 128 ms (SoundStream's have 3 ms to 85 ms): the shortest hear the pulses of a
    voice, the longest its harmonics.
    """
    shortest = 2 ** round(math.log2(SHORTEST * rate))
    return MelLoss(rate, [shortest * 2**i for i in range(SCALES)])


def codec_batches(
    corpus: Corpus, config: CodecConfig, batch_size: int, length: int, seed: int, begin: int = 0
) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a function from a step to its batch.

    It holds pieces of clips (B, N), how many books each row keeps (B,), and whether the critics
    take part yet (B,), all ones from step ``begin`` on and zeros before. A step's batch depends on
    the seed and the step alone.

    Parameters
    ----------
    corpus
        The clips, at the codec's rate; see :func:`piece_of`. Each is drawn in proportion to its
        length.
    config
        Of the codec.
    batch_size, length
        B, and N, a multiple of the hop.
    seed
        Of all draws.
    begin
        Step from which on the critics take part.
    """
    check_corpus(corpus, config)
    if length < config.hop or length % config.hop:
        raise InvalidValueError(f"a piece must be a multiple of {config.hop} samples, not {length}")
    share = np.array([clip.duration for clip in corpus])
    share = share / share.sum()

    def batch(step: int) -> tuple[Tensor, ...]:
        random = np.random.default_rng([seed, step])
        pieces = np.stack([piece_of(corpus, share, length, random) for _ in range(batch_size)])
        kept = random.integers(1, config.books + 1, batch_size)
        kept[random.random(batch_size) < WHOLE] = config.books
        heard = torch.full((batch_size,), float(step >= begin))
        return torch.from_numpy(pieces), torch.from_numpy(kept), heard

    return batch


def check_corpus(corpus: Corpus, config: CodecConfig) -> None:
    """Raise InvalidValueError unless there are clips at the codec's rate."""
    if corpus.rate != config.rate or not len(corpus):
        raise InvalidValueError(
            f"a codec for {config.rate} Hz needs clips at that rate, not {len(corpus)} at "
            f"{corpus.rate} Hz"
        )


def piece_of(
    clips: Corpus, share: np.ndarray, length: int, random: np.random.Generator
) -> np.ndarray:
    """Return ``length`` samples, float32, of a clip from anywhere: quieter by some dB, or silent.

    A clip that is too short is followed by others, so that a piece has no more silence than clips
    have. ``share`` is what share of the pieces each clip is drawn for, (clips,), with the sum 1.
    """
    parts, missing = [], length
    while missing > 0:
        x = clips[int(random.choice(len(clips), p=share))].samples
        begin = int(random.integers(0, max(0, len(x) - missing) + 1))
        gain = 10 ** (random.uniform(QUIETEST, 0) / 20) * (random.random() >= SILENT)
        parts.append(gain * x[begin : begin + missing])
        missing -= len(parts[-1])
    return np.concatenate(parts).astype(np.float32)


class Game:
    """The losses, as :class:`OneLoss` and :class:`Adversarial` call them.

    Parameters
    ----------
    spectral
        Distance of made waveforms from real ones.
    critics
        Weight of what critics say; 0 where there are none.
    """

    def __init__(self, spectral: nn.Module, critics: float = 0.0) -> None:
        self.spectral, self.critics = spectral, critics
        self.made: tuple[Tensor, Coded] | None = None  # waveforms, and what was made of them

    def alone(self, model: Codec, x: Tensor, kept: Tensor, heard: Tensor) -> Tensor:
        """Return the loss without critics: spectral distance and commitment."""
        return self._distance(x, model(x, kept))

    def critic_loss(
        self, model: Codec, critic: nn.Module, x: Tensor, kept: Tensor, heard: Tensor
    ) -> Tensor:
        """Return how wrongly the critics tell real from made; 0 before they take part.

        What was made is kept for the generator's turn: the codebooks follow once in a step.
        """
        made = model(x, kept)
        self.made = (x, made)
        if not heard.any():
            return sum(p.sum() for p in critic.parameters()) * 0.0
        return least_squares_critic_loss(critic(x), critic(made.waveform.detach()))

    def generator_loss(
        self, model: Codec, critic: nn.Module, x: Tensor, kept: Tensor, heard: Tensor
    ) -> Tensor:
        """Return spectral distance, commitment, and what the critics say, by their weights."""
        before, self.made = self.made, None
        shared = before is not None and torch.equal(before[0], x)
        made = before[1] if shared else model(x, kept)
        loss = self._distance(x, made)
        if not heard.any():
            return loss
        with torch.no_grad():
            real = critic(x)
        said = critic(made.waveform)
        verdict = least_squares_generator_loss(said)
        return loss + self.critics * (verdict + MATCHING * feature_matching(real, said, True))

    def _distance(self, x: Tensor, made: Coded) -> Tensor:
        spectral = self.spectral.to(x.device)(made.waveform, x)
        return spectral + COMMITMENT * made.commitment


def codec_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    critics: float = 0.0,
    critics_from: int = 0,
    seconds: float = SECONDS,
    validation: Corpus | None = None,
    processes: Processes | None = None,
    config: CodecConfig | None = None,
    **told: str,
) -> Trainer:
    """Prepare the training of a codec.

    Parameters
    ----------
    corpus
        The training clips; the codec is made for their rate.
    size
        Name of a preset of :class:`CodecConfig`: ``"tiny"``, ``"trained"`` or ``"paper"``.
    settings, batch_size, seed, device, folder, processes
        See :class:`Trainer`.
    critics
        Weight of critics of waveforms; 0 for a training without any.
    critics_from
        Step from which on they take part.
    seconds
        Of a piece, rounded to whole frames.
    validation
        Clips to validate with: the value is :func:`codec_distance`.
    config
        Hyper-parameters in place of ``size``.
    told
        Hyper-parameters of the preset to change: ``decoder``, ``quantiser``.
    """
    config = config or replace(preset(CodecConfig, size, rate=corpus.rate), **told)
    seed_everything(seed)
    length = max(1, round(seconds * config.rate / config.hop)) * config.hop
    batches = codec_batches(corpus, config, batch_size, length, seed, critics_from)
    model = started(Codec(config), batches)
    described = {"kind": "codec", "config": asdict(config), "corpus": corpus.name}
    described |= {"clips": len(corpus), "rate": config.rate, "speakers": list(corpus.speakers)}
    described |= {"seed": seed, "batch_size": batch_size, "seconds": seconds}
    described |= {"critics": critics, "critics_from": critics_from}
    settings, distance = settings or TrainingSettings(), distance_at(config.rate)
    held = None if validation is None else pieces_for(validation, config)
    return Trainer(
        model,
        _update(model, Game(distance, critics), settings),
        batches,
        settings,
        device=pick_device(device),
        folder=folder,
        description=described,
        validate=None if held is None else lambda model: codec_distance(model, held, distance),
        processes=processes,
    )


def started(model: Codec, batches: Callable[[int], tuple[Tensor, ...]]) -> Codec:
    """Fit a new codec to the first batches' pieces (:meth:`Codec.start`); return it."""
    vectors = batches(0)[0].numel() // model.hop  # of a batch
    count = min(STARTERS, -(-4 * model.entries // vectors))  # so that there are four for each entry
    model.start(torch.cat([batches(step)[0] for step in range(count)]))
    return model


def _update(model: Codec, game: Game, settings: TrainingSettings) -> OneLoss | Adversarial:
    if not game.critics:
        return OneLoss(model, game.alone, settings)
    critic = CriticsTogether(PeriodCritic(width=PERIOD_WIDTH), SpectrumCritic(width=SPECTRUM_WIDTH))
    losses = (game.generator_loss, game.critic_loss)
    return Adversarial(model, critic, *losses, settings, betas=(BETAS, BETAS))


def pieces_for(corpus: Corpus, config: CodecConfig) -> list[Tensor]:
    """Return each clip as (1, N), filled up with zeros to whole frames."""
    check_corpus(corpus, config)
    clips = (torch.from_numpy(np.array(clip.samples, np.float32))[None] for clip in corpus)
    return [whole_hops(x, config.hop) for x in clips]


@torch.inference_mode()
def codec_distance(model: Codec, held: list[Tensor], distance: MelLoss) -> float:
    """Return what weights are chosen by: the mean spectral distance of held-out clips, in nepers.

    They are decoded from all books.
    """
    device = next(model.parameters()).device
    rows = (x.to(device) for x in held)
    distance = distance.to(device)
    return float(np.mean([float(distance(model.decode(model.encode(x)), x)) for x in rows]))
