"""Training a model of any kind: data, trainer, weights file, scores."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from aigc_edu import corpora
from aigc_edu.checkpoints import (
    CheckpointError,
    Trained,
    load_checkpoint,
    save_checkpoint,
    without_prefix,
)
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import by_known_voices, by_speakers, first_takes, spread_evenly
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.base import Kind, Run
from aigc_edu.seeds import has_bfloat16
from aigc_edu.training.engine import Processes, batch_too_small, join, started_together
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer

_SLOW = (
    "note: this processor has no instructions for bfloat16 and must imitate it: about five times "
    "slower than without --bfloat16"
)


def train(kind: Kind, options: argparse.Namespace) -> None:
    """Train what the command line asks for, or continue a run in the same folder.

    Of several processes all train, and the main one prints, validates and writes files.
    """
    check_processes(kind, options)
    processes = join(options.device)
    if options.threads:
        torch.set_num_threads(options.threads)
    trainer, split = prepare(kind, options, processes)
    say = print if processes.main else _nothing
    say(_summary(trainer))
    if trainer.settings.bfloat16 and processes.device.type == "cpu" and not has_bfloat16():
        say(_SLOW)
    if processes.main:
        _writable(options.out)
    if options.init:
        begin_with(kind, trainer, options.init)
    if trainer.resume():
        say(f"continuing after step {trainer.step}")
    began = time.monotonic()
    trainer.run()
    processes.close()
    if processes.main:
        _finish(kind, trainer, split, options, (time.monotonic() - began) / 60)


def _nothing(text: str) -> None:
    pass


def prepare(kind: Kind, options: argparse.Namespace, processes: Processes) -> tuple[Trainer, Split]:
    """Load the corpus and prepare a run; return the trainer, and the corpus's parts."""
    rate = kind.rate or options.rate
    corpus = corpora.load(options.corpus or kind.corpus, root=options.root, rate=rate)
    split = kind.parts(by_speakers(corpus, options.speakers))
    clips = kind.learns_from(split, options)
    if options.takes is not None:
        clips = first_takes(clips, options.takes)
    if len(clips) == 0:
        raise InvalidValueError("there are no training clips by these speakers; name others")
    run = Run(
        clips=clips,
        validation=_to_validate(kind, options, clips, split.validation),
        settings=settings_of(options),
        batch_size=options.batch_size,
        seed=options.seed,
        options=options,
        processes=processes,
        folder=options.out,
    )
    return kind.trainer(run), split


def settings_of(options: argparse.Namespace) -> TrainingSettings:
    """Return the settings that the options of ``train`` say."""
    names = ("steps", "learning_rate", "save_every", "bfloat16", "ema", "validate_every")
    told = {name: getattr(options, name) for name in (*names, "keep_last", "patience")}
    return TrainingSettings(**told)


def check_processes(kind: Kind, options: argparse.Namespace) -> None:
    """Raise InvalidValueError if a kind or a batch is not for so many processes."""
    together = started_together()
    if options.processes not in (None, together) and together > 1:
        raise InvalidValueError(
            f"{together} processes were started, and --processes says {options.processes}"
        )
    count = max(options.processes or 1, together)
    if count > 1 and not kind.several_processes:
        raise InvalidValueError(f"the {kind.name} is trained in one process; leave --processes out")
    if options.batch_size < count:
        raise batch_too_small(options.batch_size, count)


def _finish(
    kind: Kind, trainer: Trainer, split: Split, options: argparse.Namespace, minutes: float
) -> None:
    if trainer.step < trainer.settings.steps:
        print(f"stopped early, after step {trainer.step}")
    if trainer.best:
        print(f"the best validation was {trainer.best[1]:.4f}, after step {trainer.best[0]}")
    scores = kind.scores(trained(trainer), split)
    path = export(trainer, options.out / "model.safetensors", scores)
    print(f"{path}: {minutes:.1f} minutes in this run, {scores}")


def trained(trainer: Trainer) -> Trained:
    """Return a trainer's network with the weights to be used, in evaluation mode.

    The description's ``step`` is the one that the weights are of.
    """
    network = trainer.model.eval()
    network.load_state_dict(trainer.weights())
    return Trained(network, {**trainer.description, "step": trainer.used_step})


def _writable(folder: Path) -> None:
    """Find out before the training, not after it, whether anything can be saved."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InvalidValueError(f"{folder}: cannot be written ({error})") from error


def begin_with(kind: Kind, trainer: Trainer, name: str) -> None:
    """Take another run's weights to begin with; the description says which run that was.

    What the kind can match although it differs, it matches (:attr:`Kind.adopt`).

    Raises
    ------
    CheckpointError
        If they are the weights of a different network.
    """
    tensors, other = load_checkpoint(name)
    mine = json.loads(json.dumps(trainer.description))  # tuples become lists, as in the file
    for key in ("kind", "labels"):
        if mine.get(key) != other.get(key):
            raise CheckpointError(
                f"{name} cannot be the beginning: its {key} is {other.get(key)!r}, not "
                f"{mine.get(key)!r}"
            )
    weights = without_prefix("model.", tensors)
    kind.adopt(weights, other, mine)
    try:
        trainer.model.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{name} cannot be the beginning: its layers differ") from error
    trainer.description["init"] = {k: other.get(k) for k in ("step", "batch_size", "seed")}


def export(trainer: Trainer, path: Path, extra: dict[str, Any] | None = None) -> Path:
    """Write a trainer's weights, without the optimiser's state, as a checkpoint to ship.

    They are those that :func:`trained` returns; so is the description, and ``extra`` besides.
    """
    weights = {f"model.{k}": v for k, v in trainer.weights().items()}
    description = {**trainer.description, "step": trainer.used_step, **(extra or {})}
    return save_checkpoint(path, weights, description)


def _to_validate(
    kind: Kind, options: argparse.Namespace, clips: Corpus, held: Corpus
) -> Corpus | None:
    """Return some of the held-out clips, by voices of the training clips."""
    if not options.validate_every:
        return None
    if not kind.validates:
        raise InvalidValueError(
            f"the {kind.name} learns from the validation clips too; leave --validate-every out"
        )
    known = by_known_voices(held, clips.speakers)
    if len(known) == 0:
        raise InvalidValueError(
            "there are no validation clips by these speakers; leave --validate-every out"
        )
    return spread_evenly(known, options.validation_clips)


def _summary(trainer: Trainer) -> str:
    count = sum(p.numel() for p in trainer.model.parameters())
    told = trainer.description
    return (
        f"{count:,} weights, {told.get('clips', '?')} clips of {told.get('corpus', '?')}, "
        f"{trainer.settings.steps} steps on {trainer.device}"
        + (f" in {trainer.processes.world} processes" if trainer.processes.world > 1 else "")
    )
