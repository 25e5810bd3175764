"""Training a WaveNet that is told a label and a speaker, on short labelled clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aigc_edu.audio import resample
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.likelihood import bits_per_position
from aigc_edu.kinds.base import preset
from aigc_edu.models.wavenet import IGNORED, WaveNet, WaveNetConfig
from aigc_edu.models.wavenet.clips import (
    LONGEST,
    RATE,
    TAIL,
    conditions_of,
    describe_wavenet,
    encode_clip,
    encode_clips,
    pad_codes,
    told_of,
)
from aigc_edu.models.wavenet.word_clock import (
    WordClock,
    at_speed,
    clock_of,
    pad_positions,
    positions_of,
)
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.batches import shuffled_batches
from aigc_edu.training.engine import Batch, Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer

BATCH_SIZE = 8  # clips
SPEED = 0.08  # with augmentation, clips are played up to so much slower or faster
NOISE = 3  # with augmentation, codes that the network hears are wrong by up to so many levels


def wavenet_batches(
    corpus: Corpus,
    speakers: Sequence[str],
    batch_size: int,
    seed: int,
    augment: bool = False,
    floor: float = 0.0,
    clock: WordClock | None = None,
    transpose: int = 0,
) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a function from a step to its batch: codes (B, T + 1) and conditions (B, 2).

    With ``augment`` the batch has a third part, codes (B, T) that the network hears in place of
    the true ones, and every clip is played a little slower or faster, so that no two epochs are
    alike. The wrong codes (:func:`disturb`) teach the network to find back after a slip. With a
    clock there is a fourth part, positions (B, F), and the third is there in any case.

    Where the labels are pitches, semitone by semitone, ``transpose`` says by how many at most a
    clip is played higher or lower. Its label goes with it; otherwise its speed stays.
    """
    clips, conditions = encode_clips(corpus, floor), conditions_of(corpus, speakers)
    pick, rate = shuffled_batches([len(clip) for clip in clips], batch_size, seed), corpus.rate
    positions = positions_of(corpus, clock, LONGEST - TAIL) if clock else []

    def batch(step: int) -> tuple[Tensor, ...]:
        indices = pick(step)
        if not augment:
            codes = pad_codes([clips[i] for i in indices])
            if clock is None:
                return codes, conditions[indices]
            places = pad_positions([positions[i] for i in indices], codes.shape[1] - 1)
            return codes, conditions[indices], codes[:, :-1], places
        random = np.random.default_rng([seed, step])
        told, speeds = varied(conditions[indices], len(corpus.labels), transpose, random)
        chosen = [
            resample(corpus[i].samples, round(rate * speed), rate)  # above 1: faster, and higher
            for i, speed in zip(indices, speeds, strict=True)
        ]
        coded = [encode_clip(x, floor, [seed, step, i], rate) for i, x in enumerate(chosen)]
        codes = pad_codes(coded)
        heard = disturb(codes[:, :-1], random)
        if clock is None:
            return codes, told, heard
        rows = [at_speed(positions[i], v) for i, v in zip(indices, speeds, strict=True)]
        return codes, told, heard, pad_positions(rows, heard.shape[1])

    return batch


def varied(
    told: Tensor, labels: int, transpose: int, random: np.random.Generator
) -> tuple[Tensor, np.ndarray]:
    """Draw how fast each clip is played; return what is then to be told of it, and the speeds.

    Parameters
    ----------
    told
        Conditions, int64 (B, 2): label and speaker.
    labels
        Number of labels.
    transpose
        With 0, speeds lie within :data:`SPEED` of 1. With more, labels are semitones: speeds are
        those of up to so many of them, up or down, within the labels that there are.
    random
        Source of randomness.
    """
    if not transpose:
        return told, random.uniform(1 - SPEED, 1 + SPEED, len(told))
    before = told[:, 0].numpy()
    wished = before + random.integers(-transpose, transpose + 1, len(told))
    after = np.clip(wished, 0, labels - 1)
    return torch.stack([torch.from_numpy(after), told[:, 1]], dim=1), 2 ** ((after - before) / 12)


def disturb(codes: Tensor, random: np.random.Generator, levels: int = 256) -> Tensor:
    """Move codes by noise, evenly spread up to a strength that is drawn for each clip.

    In training a network hears true samples, in generation its own: after one slip it hears what
    no training clip contains. A network that has heard small errors can find back. Noise on the
    codes is proportional to the amplitude. Valin and Skoglund 2019, "LPCNet", arXiv:1810.11846,
    section 3.

    Parameters
    ----------
    codes
        int64, shape (B, T). The first code of each clip, and what is :data:`IGNORED`, stays.
    random
        Source of randomness.
    levels
        Number of codes q.
    """
    strength = random.uniform(0, NOISE, (len(codes), 1))
    noise = np.rint(strength * random.uniform(-1, 1, tuple(codes.shape))).astype(np.int64)
    noise[:, 0] = 0
    return torch.where(
        codes == IGNORED, codes, (codes + torch.from_numpy(noise)).clamp(0, levels - 1)
    )


def wavenet_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    augment: bool = False,
    floor: float = 0.0,
    validation: Corpus | None = None,
    processes: Processes | None = None,
) -> Trainer:
    """Prepare the training of a WaveNet conditioned on label and speaker.

    Parameters
    ----------
    corpus
        The training clips; its rate must be 8000 Hz.
    size
        Name of a preset of :class:`WaveNetConfig`: ``"tiny"``, ``"trained"`` or ``"paper"``.
    settings, batch_size, seed, device, folder
        See :class:`Trainer`; ``seed`` sets the first weights and the order of the clips.
    augment, floor
        See :func:`wavenet_batches` and :func:`encode_clips`.
    validation
        Clips by voices of the training clips, to validate with: the value is
        :func:`wavenet_bits`. Needed if ``settings.validate_every`` is set.
    processes
        See :class:`Trainer`.
    """
    speakers = sorted({clip.speaker for clip in corpus})
    config = preset(WaveNetConfig, size, conditions=(len(corpus.labels), len(speakers)))
    if corpus.rate != RATE:
        raise InvalidValueError(f"this recipe is for clips at {RATE} Hz, got {corpus.rate} Hz")
    seed_everything(seed)
    description = describe_wavenet(config, corpus, speakers)
    clock = clock_of(description)
    description |= {"batch_size": batch_size, "seed": seed, "augment": augment, "floor": floor}

    def validate(model: WaveNet) -> float:
        return wavenet_bits(Trained(model, description), validation)

    return Trainer(
        WaveNet(config),
        WaveNet.loss,
        wavenet_batches(corpus, speakers, batch_size, seed, augment, floor, clock),
        settings or TrainingSettings(),
        device=pick_device(device),
        folder=folder,
        description=description,
        validate=validate if validation is not None else None,
        weigh=scored_positions,
        processes=processes,
    )


def scored_positions(batch: Batch) -> int:
    """Return how many codes of a batch's first part (B, T + 1) the loss is the mean over."""
    return int((batch[0][:, 1:] != IGNORED).sum())


@torch.inference_mode()
def wavenet_bits(
    trained: Trained, corpus: Corpus, batch_size: int = BATCH_SIZE, floor: float | None = None
) -> float:
    """Return the model's mean bits per sample on a corpus; 8 is what uniform guessing costs.

    The speakers are those of the model's description, and so by default is the ``floor`` of noise
    (:func:`encode_clips`). Each clip's tail of silence counts, as it does in training. With a clock
    of the word, the bits are those of the samples given the durations of the word's states.

    Raises
    ------
    InvalidValueError
        If there are no clips, so that there is nothing to score.
    """
    if len(corpus) == 0:
        raise InvalidValueError("there are no clips to score")
    model, told = trained
    if floor is None:
        floor = told.get("floor", 0.0)
    device = next(model.parameters()).device
    clips = encode_clips(corpus, floor)
    conditions, local = (x if x is None else x.to(device) for x in told_of(told, corpus))
    order = sorted(range(len(clips)), key=lambda i: len(clips[i]))  # little padding

    def losses() -> Iterator[tuple[float, int]]:
        for i in range(0, len(order), batch_size):
            some = order[i : i + batch_size]
            codes = pad_codes([clips[j] for j in some]).to(device)
            loss = model.loss(codes, conditions[some], local=None if local is None else local[some])
            yield float(loss), scored_positions((codes,))

    return bits_per_position(losses())
