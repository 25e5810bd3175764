"""What ``python -m aigc_edu train`` does: data, trainer, weights file, scores."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from aigc_edu import corpora
from aigc_edu.corpora import Corpus, Split
from aigc_edu.errors import InvalidValueError
from aigc_edu.training.checkpoints import (
    CheckpointError,
    below,
    load_checkpoint,
    save_checkpoint,
)
from aigc_edu.training.recogniser import recogniser_trainer
from aigc_edu.training.trainer import Trainer, TrainingSettings
from aigc_edu.training.wavenet import (
    by_known_voices,
    generation_split,
    wavenet_bits,
    wavenet_trainer,
)


def train(options: argparse.Namespace) -> None:
    """Train the model that the command line asks for, or continue a run in the same folder."""
    if options.threads:
        torch.set_num_threads(options.threads)
    corpus = by_speakers(_labelled(options), options.speakers)
    split = _parts(options.model, corpus)
    clips = split.train if options.takes is None else first_takes(split.train, options.takes)
    if len(clips) == 0:
        raise InvalidValueError("there are no training clips by these speakers; name others")
    trainer = _trainer(options, clips)
    print(_summary(trainer, clips))
    _writable(options.out)
    if options.init:
        begin_with(trainer, options.init)
    if trainer.resume():
        print(f"continuing after step {trainer.step}")
    began = time.monotonic()
    trainer.run()
    minutes = (time.monotonic() - began) / 60
    scores = _scores(trainer, split, options.model)
    path = export(trainer, options.out / "model.safetensors", scores)
    print(f"{path}: {minutes:.1f} minutes in this run, {scores}")


def _labelled(options: argparse.Namespace) -> Corpus:
    corpus = corpora.load(options.corpus, root=options.root)
    if not corpus.labels:
        raise InvalidValueError(
            f"the clips of {corpus.name} have no labels, which this model is told what to say by; "
            "choose another corpus, digits for instance"
        )
    return corpus


def _parts(model: str, corpus: Corpus) -> Split:
    """Return what each part of the corpus is to this model.

    The recogniser has nothing to select by a validation score, so it learns from that part too.
    """
    if model == "wavenet":
        return generation_split(corpus)
    train, validation, test = corpus.split("official")
    return Split(train + validation, validation, test)


def by_speakers(corpus: Corpus, names: str | None) -> Corpus:
    """Return the clips by the speakers of a list like ``"jackson,theo"``; all for None."""
    if names is None:
        return corpus
    chosen = [corpus.select(speaker=name) for name in names.split(",")]
    return sum(chosen[1:], start=chosen[0])


def first_takes(corpus: Corpus, count: int) -> Corpus:
    """Return the first ``count`` clips of every label by every speaker, in the corpus's order."""
    parts = [
        corpus.select(label=label, speaker=speaker)[:count]
        for speaker in corpus.speakers
        for label in range(len(corpus.labels))
    ]
    return sum(parts, start=corpus[:0])


def _writable(folder: Path) -> None:
    """Find out before the training, not after it, whether anything can be saved."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InvalidValueError(f"{folder}: cannot be written ({error})") from error


def begin_with(trainer: Trainer, name: str) -> None:
    """Take another run's weights to begin with; the description says which run that was.

    A clock that the other network lacks stays silent at first, as in a new network. Speakers are
    matched by name; one whom the other network does not know begins with the mean of those that it
    knows.

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
    weights = below("model.", tensors)
    _match_speakers(weights, other.get("speakers"), mine.get("speakers"))
    try:
        missing, unknown = trainer.model.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise CheckpointError(f"{name} cannot be the beginning: its layers differ") from error
    if unknown or set(missing) - {"clock.weight"}:
        raise CheckpointError(f"{name} cannot be the beginning: its layers differ")
    trainer.description["init"] = {k: other.get(k) for k in ("step", "batch_size", "seed")}


def _match_speakers(
    weights: dict[str, torch.Tensor], theirs: list[str] | None, mine: list[str] | None
) -> None:
    table = weights.get("embeddings.1.weight")  # of a WaveNet that is told label and speaker
    if table is None or not theirs or not mine or theirs == mine:
        return
    rows = [table[theirs.index(s)] if s in theirs else table.mean(dim=0) for s in mine]
    weights["embeddings.1.weight"] = torch.stack(rows)


def export(trainer: Trainer, path: Path, extra: dict[str, Any] | None = None) -> Path:
    """Write a trainer's weights, without the optimiser's state, as a checkpoint to ship."""
    weights = {f"model.{k}": v for k, v in trainer.weights().items()}
    description = {**trainer.description, "step": trainer.step, **(extra or {})}
    return save_checkpoint(path, weights, description)


def _trainer(options: argparse.Namespace, clips: Corpus) -> Trainer:
    settings = TrainingSettings(
        steps=options.steps,
        learning_rate=options.learning_rate,
        save_every=options.save_every,
        bfloat16=options.bfloat16,
        ema=options.ema,
    )
    common = (settings, options.batch_size, options.seed, options.device, options.out)
    if options.model == "wavenet":
        return wavenet_trainer(clips, options.size, *common, options.augment, options.floor)
    return recogniser_trainer(clips, *common)


def _summary(trainer: Trainer, clips: Corpus) -> str:
    count = sum(p.numel() for p in trainer.model.parameters())
    seconds = sum(clip.duration for clip in clips)
    return (
        f"{count:,} weights, {len(clips)} clips of {clips.name} ({seconds / 60:.1f} minutes), "
        f"{trainer.settings.steps} steps on {trainer.device}"
    )


@torch.inference_mode()
def _scores(trainer: Trainer, split: Split, model: str) -> dict[str, float]:
    network = trainer.model.eval()
    network.load_state_dict(trainer.weights())
    if model == "wavenet":
        speakers, floor = trainer.description["speakers"], trainer.description["floor"]
        known = by_known_voices(split.validation, speakers)
        if len(known) == 0:
            return {}
        return {"validation_bits": wavenet_bits(network, known, speakers, floor=floor)}
    if model == "recogniser":
        if len(split.test) == 0:
            return {}
        hits = [_hit(network, clip) for clip in split.test]
        return {"test_accuracy": sum(hits) / len(hits)}
    raise InvalidValueError(f"no scores are known for {model!r}")


def _hit(network: torch.nn.Module, clip: corpora.Clip) -> bool:
    device = next(network.parameters()).device
    x = torch.from_numpy(clip.samples.copy())[None].to(device)
    return int(network(x).argmax()) == clip.label
