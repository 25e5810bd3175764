"""Training a WaveNet on a corpus of short labelled clips.

A clip becomes a sequence of mu-law codes: one code of silence to start from, the clip at a common
level, and a tail of silence. The tail teaches the network to end; the start gives the first sample
something to follow; the level, which differs by 30 dB between takes of FSDD, is nothing that the
network should spend its weights on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.audio import resample
from aigc_edu.corpora import Corpus, Split
from aigc_edu.dsp import mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet import IGNORED, WaveNet, WaveNetConfig
from aigc_edu.training.augmentation import SPEED, disturb
from aigc_edu.training.checkpoints import load_model
from aigc_edu.training.engine import Batch, Processes
from aigc_edu.training.seeds import pick_device, seed_everything
from aigc_edu.training.trainer import Trainer, TrainingSettings, shuffled_batches
from aigc_edu.training.word_clock import (
    WordClock,
    at_speed,
    clock_of,
    fit_word_clock,
    pad_positions,
    positions_of,
)

SILENCE = 128  # the code of x = 0
TAIL = 480  # samples of silence behind each clip, 60 ms at 8 kHz
PEAK = 0.7  # of every clip, as the network hears it
LONGEST = 8000  # samples of a clip that are used, one second at 8 kHz


def generation_split(corpus: Corpus) -> Split:
    """Split a corpus for a model that is told the speaker, so that every voice is in training.

    That is the official split where its parts share their speakers (FSDD), otherwise the split by
    clip: a voice that the model has never been given cannot be asked for.
    """
    official = corpus.split("official")
    shared = set(official.test.speakers) <= set(official.train.speakers)
    return official if shared and len(official.test) else corpus.split("clip")


def encode_clips(corpus: Corpus, floor: float = 0.0) -> list[Tensor]:
    """Return each clip's codes, int64 of shape (1 + N + TAIL,); see the module's text.

    ``floor`` is the deviation of the noise that is added to all but the start. A synthesiser's
    silence is exactly zero, and a network that generates a little of it stays in it: with noise
    as in a recording, the time before a word and the time after it are not dead.
    """
    return [_encode(clip.samples, floor, seed) for seed, clip in enumerate(corpus)]


def _encode(x: np.ndarray, floor: float = 0.0, seed: Any = 0) -> Tensor:
    scale = PEAK / max(float(np.abs(x).max()), 1e-3)  # a clip without sound stays without
    whole = np.pad(scale * x[: LONGEST - TAIL], (0, TAIL))
    whole = whole + floor * np.random.default_rng(seed).standard_normal(len(whole))
    return torch.from_numpy(mu_law_encode(np.pad(whole, (1, 0))))


def conditions_of(corpus: Corpus, speakers: Sequence[str]) -> Tensor:
    """Return (label, index of the speaker) of each clip, int64 of shape (clips, 2).

    Raises
    ------
    InvalidValueError
        If a clip's speaker is none of ``speakers``.
    """
    unknown = sorted({clip.speaker for clip in corpus} - set(speakers))
    if unknown:
        raise InvalidValueError(f"the model does not know these speakers: {', '.join(unknown)}")
    rows = [(clip.label, list(speakers).index(clip.speaker)) for clip in corpus]
    return torch.tensor(rows, dtype=torch.long)


def by_known_voices(corpus: Corpus, speakers: Sequence[str]) -> Corpus:
    """Return the clips by these speakers, in the speakers' order; there may be none."""
    present = [corpus.select(speaker=name) for name in speakers if name in corpus.speakers]
    return sum(present, start=corpus[:0])


def pad_codes(clips: Sequence[Tensor]) -> Tensor:
    """Stack code sequences of different lengths, (B, longest), padded with :data:`IGNORED`."""
    return torch.nn.utils.rnn.pad_sequence(clips, batch_first=True, padding_value=IGNORED)


def wavenet_batches(
    corpus: Corpus,
    speakers: Sequence[str],
    batch_size: int,
    seed: int,
    augment: bool = False,
    floor: float = 0.0,
    clock: WordClock | None = None,
) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a function from a step to its batch: codes (B, T + 1) and conditions (B, 2).

    With ``augment`` the batch has a third part, codes (B, T) that the network hears in place of
    the true ones, and every clip is played a little slower or faster, so that no two epochs are
    alike. The wrong codes (:func:`disturb`) teach the network to find back after a slip. With a
    clock there are four parts in any case, the last being positions (B, F).
    """
    clips, conditions = encode_clips(corpus, floor), conditions_of(corpus, speakers)
    pick = shuffled_batches([len(clip) for clip in clips], batch_size, seed)
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
        speeds = random.uniform(1 - SPEED, 1 + SPEED, batch_size)
        chosen = [
            resample(corpus[i].samples, round(8000 * speed), 8000)  # above 1: faster, and higher
            for i, speed in zip(indices, speeds, strict=True)
        ]
        codes = pad_codes([_encode(x, floor, [seed, step, i]) for i, x in enumerate(chosen)])
        heard = disturb(codes[:, :-1], random)
        if clock is None:
            return codes, conditions[indices], heard
        rows = [at_speed(positions[i], v) for i, v in zip(indices, speeds, strict=True)]
        return codes, conditions[indices], heard, pad_positions(rows, heard.shape[1])

    return batch


def wavenet_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = 8,
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
    if size not in ("tiny", "trained", "paper"):
        raise InvalidValueError(f"size must be tiny, trained or paper, got {size!r}")
    if corpus.rate != 8000:
        raise InvalidValueError(f"this recipe is for clips at 8000 Hz, got {corpus.rate} Hz")
    speakers = sorted({clip.speaker for clip in corpus})
    seed_everything(seed)
    config = getattr(WaveNetConfig, size)(conditions=(len(corpus.labels), len(speakers)))
    description = describe_wavenet(config, corpus, speakers)
    clock = clock_of(description)
    description |= {"batch_size": batch_size, "seed": seed, "augment": augment, "floor": floor}

    told = {"floor": floor} | ({"clock": clock} if clock else {})

    def validate(model: WaveNet) -> float:
        return wavenet_bits(model, validation, speakers, **told)

    return Trainer(
        WaveNet(config),
        WaveNet.loss,
        wavenet_batches(corpus, speakers, batch_size, seed, augment, floor, clock),
        settings or TrainingSettings(),
        pick_device(device),
        folder,
        description,
        validate if validation is not None else None,
        scored_positions,
        processes,
    )


def scored_positions(batch: Batch) -> int:
    """Return how many codes of a batch's first part (B, T + 1) the loss is the mean over."""
    return int((batch[0][:, 1:] != IGNORED).sum())


def describe_wavenet(
    config: WaveNetConfig, corpus: Corpus, speakers: Sequence[str]
) -> dict[str, Any]:
    """Return what a checkpoint says of a WaveNet, so that it can be rebuilt and used."""
    described = {
        "kind": "wavenet",
        "config": asdict(config),
        "corpus": corpus.name,
        "clips": len(corpus),
        "rate": corpus.rate,
        "labels": list(corpus.labels),
        "speakers": list(speakers),
    }
    if config.clock == "word":
        return described | {"words": fit_word_clock(corpus, speakers, LONGEST - TAIL).described()}
    return described | {"seconds": typical_seconds(corpus)}


def typical_seconds(corpus: Corpus) -> list[float]:
    """Return for each label the duration that three of four of its clips stay within.

    Beyond the ends of its training clips a network's clock has never been, and what it says there
    is a second word or a piece of one: :func:`synthesise` ends a clip at this time.
    """
    durations: dict[int, list[float]] = {}
    for clip in corpus:
        durations.setdefault(clip.label, []).append(clip.duration)
    longest = LONGEST / corpus.rate
    return [
        round(float(np.quantile(durations[label], 0.75, method="higher")), 3)
        if label in durations
        else longest
        for label in range(len(corpus.labels))
    ]


def load_wavenet(name: str | Path = "wavenet-fsdd", device: str = "cpu") -> WaveNet:
    """Load a WaveNet from a file or from the checkpoints that ship with the course.

    The model is in evaluation mode; ``model.description`` holds rate, labels and speakers.
    """
    return load_model(name, "wavenet", wavenet_from_config, device)


def wavenet_from_config(config: dict[str, Any]) -> WaveNet:
    """Make the network that a checkpoint's description names; JSON has made lists of its tuples."""
    return WaveNet(WaveNetConfig(**{**config, "conditions": tuple(config["conditions"])}))


@torch.inference_mode()
def wavenet_bits(
    model: WaveNet,
    corpus: Corpus,
    speakers: Sequence[str] | None = None,
    batch_size: int = 8,
    floor: float | None = None,
    clock: WordClock | None = None,
) -> float:
    """Return the model's mean bits per sample on a corpus; 8 is what uniform guessing costs.

    ``speakers`` are the names that the model was trained with (``model.description`` by default).
    So are the ``floor`` of noise (:func:`encode_clips`) and, for a clock of the word, the
    ``clock``: the bits are then those of the samples given the durations of the word's states.
    Each clip's tail of silence counts, as it does in training.

    Raises
    ------
    InvalidValueError
        If there are no clips, so that there is nothing to score.
    """
    if len(corpus) == 0:
        raise InvalidValueError("there are no clips to score")
    speakers = speakers or model.description["speakers"]
    if floor is None:
        floor = getattr(model, "description", {}).get("floor", 0.0)
    clock = clock or clock_of(getattr(model, "description", {}))
    places = positions_of(corpus, clock, LONGEST - TAIL) if clock else []
    device = next(model.parameters()).device
    clips, conditions = encode_clips(corpus, floor), conditions_of(corpus, speakers).to(device)
    order = sorted(range(len(clips)), key=lambda i: len(clips[i]))  # little padding
    nats, scored = 0.0, 0
    for i in range(0, len(order), batch_size):
        some = order[i : i + batch_size]
        count = sum(len(clips[j]) - 1 for j in some)
        codes = pad_codes([clips[j] for j in some]).to(device)
        local = None
        if clock:
            local = pad_positions([places[j] for j in some], codes.shape[1] - 1).to(device)
        nats += count * float(model.loss(codes, conditions[some], local=local))
        scored += count
    return nats / scored / math.log(2)
