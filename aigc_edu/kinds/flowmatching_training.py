"""Training a flow-matching model of notes: batches, losses, what weights are chosen by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.frechet import frechet_distance
from aigc_edu.evaluation.notes import note_features, share_in_tune, spread
from aigc_edu.kinds.base import need_labels, preset
from aigc_edu.kinds.note_clips import features_of, levelled, notes_for, pitches_of
from aigc_edu.models.flowmatching import (
    FlowMatching,
    FlowMatchingConfig,
    copies,
    levels_of,
    matching_loss,
    mean_flow_loss,
    play,
)
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.batches import shuffled_batches
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.spectral_losses import STFTLoss
from aigc_edu.training.trainer import Trainer

BATCH_SIZE = 16  # notes
LEARNING_RATE = 1e-3
PARTS = ("both", "decoder", "flow")
LOSSES = ("velocity", "mean")
# Condition dropout: share of the rows that aren't told the family; half of them no pitch either.
UNTOLD = 0.2
JUMPS = 0.25  # share of the rows with a span above 0, for a mean flow (Geng et al. 2025, table 1a)
SCALES = (256, 512, 1024, 2048)  # samples of a frame, at which sounds are compared
HELD_STEPS, HELD_SEED = 4, 1_000_003  # of the notes that weights are chosen by


@dataclass(frozen=True)
class Prepared:
    """Notes as the networks have them: waveforms (n, N), levels (n, bands, T), rows of tables."""

    waves: Tensor
    levels: Tensor
    families: Tensor
    pitches: Tensor

    @classmethod
    def of(cls, notes: Corpus, config: FlowMatchingConfig) -> Prepared:
        """Prepare notes, all at one level."""
        sounds = [levelled(clip.samples)[: config.length] for clip in notes]
        sounds = [np.pad(x, (0, config.length - len(x))).astype(np.float32) for x in sounds]
        levels = np.stack([levels_of(x, config) for x in sounds])
        families = torch.tensor([clip.label for clip in notes])
        pitches = torch.tensor(pitches_of(notes)) - config.lowest
        waves = torch.from_numpy(np.stack(sounds))
        return cls(waves, torch.from_numpy(levels), families, pitches)

    def scale(self) -> tuple[Tensor, Tensor]:
        """Return mean and deviation of each band, (bands,); the deviation is 1 dB at least."""
        return self.levels.mean(dim=(0, 2)), self.levels.std(dim=(0, 2)).clamp(min=1.0)


def flowmatching_batches(
    notes: Prepared, config: FlowMatchingConfig, batch_size: int, seed: int
) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a function from a step to its batch.

    It holds normalised frames (B, bands, T), waveforms (B, N), the rows of the families and pitches
    that the flow is told, (B,) each, the rows of the pitches as they are, the times tau and the
    spans (B,), and the noise (B, bands, T). A step's batch depends on the seed and the step alone.
    """
    mean, deviation = notes.scale()
    frames = (notes.levels - mean[:, None]) / deviation[:, None]
    pick = shuffled_batches([1] * len(frames), batch_size, seed)

    def batch(step: int) -> tuple[Tensor, ...]:
        rows = pick(step)
        own = int(np.random.default_rng([seed, step]).integers(2**63))
        random = torch.Generator().manual_seed(own)
        chance, jump, early, late = torch.rand(4, batch_size, generator=random)
        family, pitch = notes.families[rows], notes.pitches[rows]
        told = torch.where(chance < UNTOLD, config.families, family)
        pitch_told = torch.where(chance < UNTOLD / 2, config.pitches, pitch)
        span = torch.where(jump < JUMPS, (late - early).abs(), 0.0)
        tau = torch.where(jump < JUMPS, torch.maximum(early, late), late)
        noise = torch.randn(batch_size, config.bands, config.frames, generator=random)
        return frames[rows], notes.waves[rows], told, pitch_told, pitch, tau, span, noise

    return batch


class Lessons:
    """The loss of one part of the model or of both; the parts share no weight.

    Parameters
    ----------
    part
        One of :data:`PARTS`.
    loss
        One of :data:`LOSSES`, of the flow.
    """

    def __init__(self, part: str, loss: str) -> None:
        self.part, self.loss, self.heard = part, loss, STFTLoss(SCALES)

    def __call__(
        self,
        model: FlowMatching,
        frames: Tensor,
        waves: Tensor,
        family: Tensor,
        told: Tensor,
        pitch: Tensor,
        tau: Tensor,
        span: Tensor,
        noise: Tensor,
    ) -> Tensor:
        """Return the loss of a batch of :func:`flowmatching_batches`: a scalar."""
        loss = frames.new_zeros(())
        if self.part != "flow":
            loss = loss + self.heard.to(waves.device)(model.decoder(frames, pitch), waves)
        if self.part != "decoder":
            loss = loss + self._of_flow(model, frames, noise, tau, span, family, told)
        return loss

    def _of_flow(
        self,
        model: FlowMatching,
        frames: Tensor,
        noise: Tensor,
        tau: Tensor,
        span: Tensor,
        family: Tensor,
        pitch: Tensor,
    ) -> Tensor:
        def velocity(x: Tensor, time: Tensor, span: Tensor | None = None) -> Tensor:
            return model.velocity(x, time, family, pitch, span)

        if self.loss == "mean":
            return mean_flow_loss(velocity, frames, noise, tau, span)
        return matching_loss(velocity, frames, noise, tau)


def flowmatching_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    part: str = "both",
    loss: str = "velocity",
    validation: Corpus | None = None,
    config: FlowMatchingConfig | None = None,
) -> Trainer:
    """Prepare the training of a flow-matching model of notes.

    Parameters
    ----------
    corpus
        Notes with families as labels; those outside the network's pitches are left out.
    size
        Name of a preset of :class:`FlowMatchingConfig`: ``"tiny"``, ``"trained"`` or ``"paper"``.
    settings, batch_size, seed, device, folder
        See :class:`Trainer`.
    part
        What learns: ``"decoder"``, ``"flow"`` or ``"both"``. The loss doesn't know of the other
        part, which stays as it is.
    loss
        ``"velocity"`` for flow matching, ``"mean"`` for a MeanFlow.
    validation
        Notes to validate with: the value is :func:`note_value`.
    config
        Hyper-parameters in place of ``size``.
    """
    if part not in PARTS or loss not in LOSSES:
        raise InvalidValueError(f"part is one of {PARTS} and loss one of {LOSSES}")
    config = config or preset(FlowMatchingConfig, size, spans=loss == "mean")
    corpus = need_families(notes_for(corpus, config), config)
    seed_everything(seed)
    notes = Prepared.of(corpus, config)
    model = FlowMatching(config, *notes.scale())
    described = {"kind": "flowmatching", "config": asdict(config), "corpus": corpus.name}
    described |= {"clips": len(corpus), "rate": corpus.rate, "speakers": list(corpus.speakers)}
    described |= {"labels": list(corpus.labels), "seed": seed, "batch_size": batch_size}
    return Trainer(
        model,
        Lessons(part, loss),
        flowmatching_batches(notes, config, batch_size, seed),
        settings or TrainingSettings(),
        device=pick_device(device),
        folder=folder,
        description=described | {"part": part, "loss": loss},
        validate=_validation(validation, config, described, part),
    )


def need_families(notes: Corpus, config: FlowMatchingConfig) -> Corpus:
    """Return the notes; InvalidValueError if there are none, or too many families."""
    if len(notes) == 0:
        raise InvalidValueError("there are no notes of the network's pitches to learn from")
    if len(need_labels(notes).labels) > config.families:
        raise InvalidValueError(
            f"{notes.name} has {len(notes.labels)} families, this network {config.families}"
        )
    return notes


def _validation(
    held: Corpus | None, config: FlowMatchingConfig, described: dict, part: str
) -> Callable[[FlowMatching], float] | None:
    if held is None:
        return None
    held = notes_for(held, config)
    return lambda model: note_value(Trained(model, described), held, part)


def note_value(trained: Trained, held: Corpus, part: str = "both") -> float:
    """Return what weights are chosen by; lower is better.

    The share of notes out of tune, plus the Fréchet distance from held-out notes as a share of
    their own spread: one that always played the mean note, in tune, would get 1. A flow plays their
    families and pitches in four steps; a decoder that learns alone copies the notes themselves.
    """
    if part == "decoder":
        made = copies(trained, [levelled(clip.samples) for clip in held], pitches_of(held))
    else:
        made = played(trained, held, steps=HELD_STEPS, seed=HELD_SEED)
    share, far = beside(made, held)
    return 1 - share + far / spread(features_of(held))


def played(trained: Trained, notes: Corpus, **wishes: float) -> list[np.ndarray]:
    """Play what notes are: their families and pitches."""
    return play(trained, [clip.label for clip in notes], pitches_of(notes), **wishes)


def beside(made: list[np.ndarray], held: Corpus) -> tuple[float, float]:
    """Return the share of made notes in tune, and their Fréchet distance from the real ones."""
    far = frechet_distance(note_features(made, held.rate), features_of(held))
    return share_in_tune(made, pitches_of(held), held.rate), far
