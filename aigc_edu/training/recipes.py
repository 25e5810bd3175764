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
from aigc_edu.corpora.halves import training_half
from aigc_edu.errors import InvalidValueError
from aigc_edu.training.checkpoints import (
    CheckpointError,
    below,
    load_checkpoint,
    save_checkpoint,
)
from aigc_edu.training.engine import Processes, join, started_together, too_small
from aigc_edu.training.recogniser import NETWORKS, recogniser_trainer
from aigc_edu.training.trainer import Trainer, TrainingSettings
from aigc_edu.training.vocoder import RATE as VOCODER_RATE
from aigc_edu.training.vocoder import vocoder_bits, vocoder_trainer
from aigc_edu.training.wavenet import (
    by_known_voices,
    generation_split,
    wavenet_bits,
    wavenet_trainer,
)


def train(options: argparse.Namespace) -> None:
    """Train the model that the command line asks for, or continue a run in the same folder.

    Of several processes all train, and the main one prints, validates and writes files.
    """
    check_processes(options)
    processes = join(options.device)
    if options.threads:
        torch.set_num_threads(options.threads)
    corpus = by_speakers(_loaded(options), options.speakers)
    split = _parts(options.model, corpus)
    clips = _learned_from(options, split)
    if len(clips) == 0:
        raise InvalidValueError("there are no training clips by these speakers; name others")
    trainer = _trainer(options, clips, split.validation, processes)
    say = print if processes.main else _nothing
    say(_summary(trainer, clips))
    if processes.main:
        _writable(options.out)
    if options.init:
        begin_with(trainer, options.init)
    if trainer.resume():
        say(f"continuing after step {trainer.step}")
    began = time.monotonic()
    trainer.run()
    processes.close()
    if processes.main:
        _finish(trainer, split, options, (time.monotonic() - began) / 60)


def _nothing(text: str) -> None:
    pass


def _learned_from(options: argparse.Namespace, split: Split) -> Corpus:
    clips = training_half(split, options.half) if options.half else split.train
    return clips if options.takes is None else first_takes(clips, options.takes)


def check_processes(options: argparse.Namespace) -> None:
    """Raise InvalidValueError if a model or a batch is not for so many processes."""
    together = started_together()
    if options.processes not in (None, together) and together > 1:
        raise InvalidValueError(
            f"{together} processes were started, and --processes says {options.processes}"
        )
    count = max(options.processes or 1, together)
    if count > 1 and options.model in NETWORKS:
        # Its batch normalisation takes means over a batch, and in several over parts of one.
        raise InvalidValueError(
            f"the {options.model} is trained in one process; leave --processes out"
        )
    if batch_size(options) < count:
        raise too_small(batch_size(options), count)


def batch_size(options: argparse.Namespace) -> int:
    """Return the examples in a step, which by default are 8, and 2 for the vocoder."""
    return options.batch_size or (2 if options.model == "vocoder" else 8)


def _finish(trainer: Trainer, split: Split, options: argparse.Namespace, minutes: float) -> None:
    if trainer.step < trainer.settings.steps:
        print(f"stopped early, after step {trainer.step}")
    if trainer.best:
        print(f"the best validation was {trainer.best[1]:.4f}, after step {trainer.best[0]}")
    scores = _scores(trainer, split, options.model)
    path = export(trainer, options.out / "model.safetensors", scores)
    print(f"{path}: {minutes:.1f} minutes in this run, {scores}")


def _loaded(options: argparse.Namespace) -> Corpus:
    if options.model == "vocoder":
        return corpora.load(options.corpus or "sentences", root=options.root, rate=VOCODER_RATE)
    corpus = corpora.load(options.corpus, root=options.root)
    if not corpus.labels:
        raise InvalidValueError(
            f"the clips of {corpus.name} have no labels, which this model is told what to say by; "
            "choose another corpus, digits for instance"
        )
    return corpus


def _parts(model: str, corpus: Corpus) -> Split:
    """Return what each part of the corpus is to this model.

    The judges have nothing to select by a validation score, so they learn from that part too.
    """
    if model == "wavenet":
        return generation_split(corpus)
    official = corpus.split("official")
    if model == "vocoder":
        return official
    train, validation, test = official
    return Split(train + validation, validation, test)


def by_speakers(corpus: Corpus, names: str | None) -> Corpus:
    """Return the clips by the speakers of a list like ``"jackson,theo"``; all for None."""
    if names is None:
        return corpus
    chosen = [corpus.select(speaker=name) for name in names.split(",")]
    return sum(chosen[1:], start=chosen[0])


def first_takes(corpus: Corpus, count: int) -> Corpus:
    """Return the first ``count`` clips of every label by every speaker, in the corpus's order."""
    labels = range(len(corpus.labels)) if corpus.labels else [None]
    parts = [
        corpus.select(label=label, speaker=speaker)[:count]
        for speaker in corpus.speakers
        for label in labels
    ]
    return sum(parts, start=corpus[:0])


def evenly(corpus: Corpus, count: int) -> Corpus:
    """Return ``count`` clips from all over a corpus, the first and the last among them.

    That is the whole corpus where there are no more, and the first clip alone for one.
    """
    if len(corpus) <= count:
        return corpus
    places = [i * (len(corpus) - 1) // max(1, count - 1) for i in range(count)]
    return sum((corpus[i : i + 1] for i in places), start=corpus[:0])


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
    """Write a trainer's weights, without the optimiser's state, as a checkpoint to ship.

    The description's ``step`` is the one that the weights are of.
    """
    weights = {f"model.{k}": v for k, v in trainer.weights().items()}
    step = trainer.best[0] if trainer.best else trainer.step
    description = {**trainer.description, "step": step, **(extra or {})}
    return save_checkpoint(path, weights, description)


def _trainer(
    options: argparse.Namespace, clips: Corpus, held: Corpus, processes: Processes
) -> Trainer:
    settings = TrainingSettings(
        steps=options.steps,
        learning_rate=options.learning_rate,
        save_every=options.save_every,
        bfloat16=options.bfloat16,
        ema=options.ema,
        validate_every=options.validate_every,
        patience=options.patience,
    )
    size, device = batch_size(options), str(processes.device)
    validation = _to_validate(options, clips, held)
    common = {"seed": options.seed, "device": device, "folder": options.out}
    several = {"validation": validation, "processes": processes}
    if options.model in NETWORKS:
        own = {"kind": options.model, "variety": options.variety}
        return recogniser_trainer(clips, settings, size, **common, **own)
    if options.model == "vocoder":
        return vocoder_trainer(clips, settings, size, options.length, **common, **several)
    style = {"augment": options.augment, "floor": options.floor}
    return wavenet_trainer(clips, options.size, settings, size, **common, **style, **several)


def _to_validate(options: argparse.Namespace, clips: Corpus, held: Corpus) -> Corpus | None:
    """Return some of the held-out clips, by voices of the training clips."""
    if not options.validate_every:
        return None
    if options.model in NETWORKS:
        raise InvalidValueError(
            f"the {options.model} learns from the validation clips too; leave --validate-every out"
        )
    known = by_known_voices(held, clips.speakers)
    if len(known) == 0:
        raise InvalidValueError(
            "there are no validation clips by these speakers; leave --validate-every out"
        )
    return evenly(known, options.validation_clips)


def _summary(trainer: Trainer, clips: Corpus) -> str:
    count = sum(p.numel() for p in trainer.model.parameters())
    seconds = sum(clip.duration for clip in clips)
    return (
        f"{count:,} weights, {len(clips)} clips of {clips.name} ({seconds / 60:.1f} minutes), "
        f"{trainer.settings.steps} steps on {trainer.device}"
        + (f" in {trainer.processes.world} processes" if trainer.processes.world > 1 else "")
    )


@torch.inference_mode()
def _scores(trainer: Trainer, split: Split, model: str) -> dict[str, float]:
    network = trainer.model.eval()
    network.load_state_dict(trainer.weights())
    if model in NETWORKS:
        if len(split.test) == 0:
            return {}
        hits = [_hit(network, clip) for clip in split.test]
        return {"test_accuracy": sum(hits) / len(hits)}
    speakers = trainer.description.get("speakers", split.train.speakers)
    known = by_known_voices(split.validation, speakers)
    if len(known) == 0:
        return {}
    if model == "vocoder":
        return {"validation_bits": vocoder_bits(network, known)}
    floor = trainer.description["floor"]
    return {"validation_bits": wavenet_bits(network, known, speakers, floor=floor)}


def _hit(network: torch.nn.Module, clip: corpora.Clip) -> bool:
    device = next(network.parameters()).device
    x = torch.from_numpy(clip.samples.copy())[None].to(device)
    return int(network(x).argmax()) == clip.label
