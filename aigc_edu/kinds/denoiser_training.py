"""Training a denoiser: its pairs, its loss, and the value by which weights are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aigc_edu import corpora, dsp
from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.fidelity import si_sdr
from aigc_edu.kinds.base import preset
from aigc_edu.kinds.denoiser_pairs import Mixer, Pair, noise_bank
from aigc_edu.models.denoiser import Denoiser, DenoiserConfig, clean, denoising_loss
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer
from aigc_edu.training.updates import OneLoss

BATCH_SIZE = 8  # pairs
SECONDS = 2.0  # of a pair
LEARNING_RATE = 2e-3
LEARNED, HELD = 1, 1_000  # seeds of the noises: those of the training, and others
RATIO = 5.0  # dB of speech to noise, at which it is judged


def denoiser_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    seconds: float = SECONDS,
    also: Sequence[str] = (),
    noises: Sequence[str] = (),
    vary: bool = True,
    validation: Corpus | None = None,
    processes: Processes | None = None,
    config: DenoiserConfig | None = None,
) -> Trainer:
    """Prepare the training of a denoiser.

    Parameters
    ----------
    corpus
        Clean speech to learn from.
    size
        Name of a preset of :class:`DenoiserConfig`: ``"tiny"``, ``"trained"`` or ``"paper"``.
    settings, batch_size, seed, device, folder, processes
        See :class:`Trainer`.
    seconds
        Of a pair.
    also
        Names of further corpora of speech, of which the training parts are learned from.
    noises
        Names of corpora of noises, whose training parts go beside the synthesised ones.
    vary
        Whether voices and noises are varied; see :class:`Mixer`.
    validation
        Clips to validate with, by :func:`lost_db`.
    config
        Hyper-parameters in place of ``size``.

    Raises
    ------
    InvalidValueError
        If the corpus has another rate than the network, or a pair would be shorter than a frame.
    """
    config = config or preset(DenoiserConfig, size)
    length = _checked_length(corpus, config, seconds)
    seed_everything(seed)
    model, settings = Denoiser(config), settings or TrainingSettings()
    mixer = Mixer(
        sounding(corpus) + training_clips(also, config.rate),
        noise_bank(config.rate, LEARNED) + training_clips(noises, config.rate),
        config.rate,
        seed,
        vary,
    )
    held = None if validation is None else held_pairs(validation)
    told = {"batch_size": batch_size, "seconds": seconds, "also": [*also], "noises": [*noises]}
    return Trainer(
        model,
        OneLoss(model, _loss, settings),
        mixer.batches(batch_size, length),
        settings,
        device=pick_device(device),
        folder=folder,
        description=_described(config, corpus, mixer) | told,
        validate=None if held is None else lambda model: lost_db(model, held),
        processes=processes,
    )


def _checked_length(corpus: Corpus, config: DenoiserConfig, seconds: float) -> int:
    """Return the samples of a pair; InvalidValueError if nothing can be learned from."""
    length = round(seconds * config.rate)
    if corpus.rate != config.rate or not len(corpus) or length < config.frame:
        raise InvalidValueError(
            f"a denoiser for {config.rate} Hz needs clips at that rate, and pairs of "
            f"{config.frame} samples or more; got {len(corpus)} clips at {corpus.rate} Hz, "
            f"pairs of {length}"
        )
    return length


def _described(config: DenoiserConfig, corpus: Corpus, mixer: Mixer) -> dict[str, Any]:
    """Return what a checkpoint says of its network, its speech and its pairs."""
    network = {"kind": "denoiser", "config": asdict(config), "rate": config.rate}
    speech = {"corpus": corpus.name, "speakers": [*corpus.speakers], "clips": len(mixer.speech)}
    return network | speech | {"seed": mixer.seed, "vary": mixer.vary}


def _loss(model: Denoiser, noisy: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return denoising_loss(model(noisy), wanted, model)


def sounding(corpus: Corpus) -> list[np.ndarray]:
    """Return the samples (N,) of the clips that are not silent, float64."""
    return [x for clip in corpus if (x := np.asarray(clip.samples, np.float64)).any()]


def training_clips(names: Sequence[str], rate: int) -> list[np.ndarray]:
    """Return the training clips of named corpora at a rate in Hz, float64, (N,) each."""
    parts = (corpora.load(name, rate=rate).split("official").train for name in names)
    return [x for part in parts for x in sounding(part)]


def held_pairs(
    corpus: Corpus, ratio: float = RATIO, kinds: Sequence[str] = dsp.BACKGROUNDS
) -> list[Pair]:
    """Return a pair for each clip that sounds, with noises that no training has heard.

    Parameters
    ----------
    corpus
        Clean speech.
    ratio
        Of speech to noise in dB.
    kinds
        Of noises, in turn; see :func:`aigc_edu.dsp.background`.
    """
    return [
        pair_of(x, kinds[n % len(kinds)], corpus.rate, ratio, n)
        for n, x in enumerate(sounding(corpus))
    ]


def pair_of(x: np.ndarray, kind: str, rate: int, ratio: float, seed: int) -> Pair:
    """Return speech (N,) with a held-out noise of a kind, at a ratio in dB, at most 0.9."""
    seconds = max(0.2, len(x) / rate + 0.01)
    return mixed_at(x, dsp.background(kind, seconds, rate, [HELD, seed])[: len(x)], ratio)


def mixed_at(x: np.ndarray, noise: np.ndarray, ratio: float) -> Pair:
    """Return speech with a noise, (N,) each, at a ratio in dB, at most 0.9."""
    noisy = x + dsp.at_ratio(x, noise, ratio)
    gain = 0.9 / max(np.abs(noisy).max(), np.abs(x).max())
    return Pair((gain * noisy).astype(np.float32), (gain * x).astype(np.float32))


def lost_db(model: Denoiser, held: Sequence[Pair]) -> float:
    """Return what weights are chosen by: minus the mean SI-SDR of cleaned pairs in dB."""
    ratios = [si_sdr(pair.clean, clean(model, pair.noisy, model.rate)) for pair in held]
    return -float(np.mean(np.maximum(ratios, -50)))
