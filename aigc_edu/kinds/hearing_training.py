"""Training the networks that hear which label is said, or that nothing is; and their scores."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.halves import HALVES, half, take_of
from aigc_edu.corpora.nothing import KINDS, make_nothing
from aigc_edu.evaluation import Judge, share_of_nothing, wilson_interval
from aigc_edu.kinds.base import Kind, Measured, Run, Table, need_labels
from aigc_edu.kinds.options import number
from aigc_edu.models.hearing import HEARING, load_hearing
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.batches import shuffled_batches
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer

BATCH_SIZE = 64  # clips
NOTHING_SHARE = 0.25  # of the rows of a batch, on average, in which nobody says a digit
JITTER = 0.2  # seconds by which a clip begins late at most
SPEEDS = (0.85, 1.18)  # of a digit, which change its pitch and its vowels alike
TILT = 0.6  # largest coefficient of the filter x[n] + c x[n - 1]
NOISE_DB = (-70.0, -14.0)  # standard deviation of the noise, against the clip's peak
OF_NOTES = {  # longer frames than for speech: harmonics are told apart, and there are fewer
    "recogniser": {"window": 1024, "hop": 256, "mels": 64},
    "listener": {"window": 1024, "hop": 256, "order": 24},
}


def recogniser_trainer(
    corpus: Corpus,
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    kind: str = "recogniser",
    variety: float = 1.0,
) -> Trainer:
    """Prepare the training of a recogniser with plain cross-entropy, no label smoothing.

    Smoothed labels would make every verdict less certain, and the inception score, which is
    computed from the verdicts' certainty, would be worth less. ``kind`` is one of
    :data:`aigc_edu.models.hearing.HEARING`. Both networks learn the labels of the corpus, and
    *nothing* as one more; of notes they hear longer frames (:data:`OF_NOTES`). For ``variety`` see
    :func:`recogniser_batches`.
    """
    seed_everything(seed)
    network, config_of = HEARING[kind]
    words, sizes = len(corpus.labels), OF_NOTES[kind] if are_notes(corpus) else {}
    config = config_of(words + 1, words, corpus.rate, length=corpus.rate, **sizes)  # one second
    description = {
        "kind": kind,
        "config": asdict(config),
        "corpus": corpus.name,
        "clips": len(corpus),
        "labels": list(corpus.labels),
        "speakers": list(corpus.speakers),
        "takes": sorted({take_of(clip.key) for clip in corpus}),
        "batch_size": batch_size,
        "seed": seed,
        "variety": variety,
    }
    return Trainer(
        network(config),
        lambda model, x, labels: F.cross_entropy(model(x), labels),
        recogniser_batches(corpus, config.length, batch_size, seed, variety),
        settings or TrainingSettings(),
        device=pick_device(device),
        folder=folder,
        description=description,
    )


def recogniser_batches(
    corpus: Corpus, length: int, batch_size: int, seed: int, variety: float = 1.0
) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Return a function from a step to waveforms (B, length) and labels (B,).

    In about a quarter of the rows (:data:`NOTHING_SHARE`) the clip gives way to nothing, whose
    label is the one behind the corpus's last. Digits come at varied speeds, through a gentle
    filter; all rows begin up to :data:`JITTER` seconds late and get noise of a random level,
    under the whole row or under the clip alone, so that neither the first sample nor a perfectly
    silent background tells the digit. A step's batch depends on the seed and the step alone.

    With a ``variety`` of 1, speeds lie within :data:`SPEEDS` and the filter's coefficient within
    :data:`TILT`; with v, the speeds are to the power of v and the coefficient is v times as large,
    which is for corpora whose voices differ more.
    """
    words = [clip.samples for clip in corpus]
    labels = [clip.label for clip in corpus]
    pick, kinds = shuffled_batches([1] * len(words), batch_size, seed), nothings(corpus)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        random, rows, answers = np.random.default_rng([seed, step]), [], []
        for i in pick(step):
            if random.uniform() < NOTHING_SHARE:
                kind, answer = random.choice(kinds), len(corpus.labels)
                x = make_nothing(kind, random, length, corpus.rate, words)
            else:
                x, answer = _varied(words[i], variety, random), labels[i]
            rows.append(_placed(x, length, corpus.rate, random))
            answers.append(answer)
        return torch.from_numpy(np.stack(rows)), torch.tensor(answers)

    return batch


def are_notes(corpus: Corpus) -> bool:
    """Return whether a corpus is one of notes, whose labels are families of instruments."""
    return len(corpus) > 0 and all(clip.note for clip in corpus)


def nothings(corpus: Corpus) -> list[str]:
    """Return the kinds of nothing that a judge of a corpus learns; a hum is a note to many."""
    return [kind for kind in KINDS if kind != "hum" or not are_notes(corpus)]


def _varied(x: np.ndarray, variety: float, random: np.random.Generator) -> np.ndarray:
    """Return a clip (N,) at another speed, through a filter of one delay."""
    speed = random.uniform(SPEEDS[0] ** variety, SPEEDS[1] ** variety)
    tilt = random.uniform(-variety * TILT, variety * TILT)
    x = np.interp(np.arange(0, len(x) - 1, speed), np.arange(len(x)), x).astype(np.float32)
    return x + np.float32(tilt) * np.concatenate([x[:1], x[:-1]])


def _placed(x: np.ndarray, length: int, rate: int, random: np.random.Generator) -> np.ndarray:
    x = x[:length]
    first = random.integers(0, min(int(JITTER * rate), length - len(x)) + 1)
    row = np.zeros(length, np.float32)
    row[first : first + len(x)] = x
    noise = np.abs(x).max() * 10 ** (random.uniform(*NOISE_DB) / 20)
    begin, end = (0, length) if random.uniform() < 0.5 else (first, first + len(x))
    row[begin:end] += np.float32(noise) * random.standard_normal(end - begin, np.float32)
    return row


# ---------------------------------------------------------------- the kinds


def hearing_kind(name: str) -> Kind:
    """Return the kind of one of :data:`aigc_edu.models.hearing.HEARING`."""

    def trainer(run: Run) -> Trainer:
        common = {"seed": run.seed, "device": str(run.processes.device), "folder": run.folder}
        own = {"kind": name, "variety": run.options.variety}
        return recogniser_trainer(run.clips, run.settings, run.batch_size, **common, **own)

    return Kind(
        name=name,
        batch_size=BATCH_SIZE,
        several_processes=False,
        validates=False,
        options=_options,
        parts=_parts,
        learns_from=_learns_from,
        trainer=trainer,
        scores=_scores,
        measure=_measure,
        load=load_hearing,
    )


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--half",
        choices=HALVES,
        help="learn from even or odd takes only",
    )
    parser.add_argument(
        "--variety",
        type=number(0, 1.6),
        default=1.0,
        help="how much to vary speed and filter (default: 1)",
    )


def _parts(corpus: Corpus) -> Split:
    """Add the validation clips to the training clips: no score is there to select by.

    A judge of notes has to know the instruments that models of notes learn from: all of them.
    """
    by = "clip" if are_notes(corpus) else "official"
    train, validation, test = need_labels(corpus).split(by)
    return Split(train + validation, validation, test)


def _learns_from(split: Split, options: Any) -> Corpus:
    return half(split.train, options.half) if options.half else split.train


def _scores(trained: Trained, split: Split) -> dict[str, float]:
    if len(split.test) == 0:
        return {}
    verdicts = Judge(trained.model).recognise([c.samples for c in split.test], split.test.rate)
    return {"test_accuracy": verdicts.accuracy([clip.label for clip in split.test])}


def _measure(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Score a judge on real test clips, and on each kind of nothing."""
    scores, test = _scores(trained, split), split.test
    judge = Judge(trained.model)
    words = [clip.samples for clip in test]
    shares = share_of_nothing(judge, words, test.rate, kinds=nothings(test))
    right = _right(scores["test_accuracy"], len(test))
    rows = [["test clips heard right", right]]
    takes = set(trained.description.get("takes", ()))
    others = [clip for clip in split.train if take_of(clip.key) not in takes]
    if others:
        verdicts = judge.recognise([clip.samples for clip in others], test.rate)
        scores["other_half_accuracy"] = verdicts.accuracy([clip.label for clip in others])
        heard = _right(scores["other_half_accuracy"], len(others))
        rows.append(["clips of the other half, by voices that it knows, heard right", heard])
    rows += [[f"{kind}: called nothing", f"{share:.0%}"] for kind, share in shares.items()]
    nothing = {f"nothing_{kind}": share for kind, share in shares.items()}
    caption = "What it hears, with 95 % intervals; a hundred clips of each kind of nothing."
    return Measured(scores | nothing, [Table(caption, ["", "share"], rows)])


def _right(share: float, count: int) -> str:
    low, high = wilson_interval(round(share * count), count)
    return f"{share:.1%} of {count:,} ({low:.1%} to {high:.1%})"
