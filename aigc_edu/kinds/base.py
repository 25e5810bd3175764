"""What the course knows of a kind of model: its data, its training, its scores, its sounds.

Whoever trains, scores, generates or makes checkpoints goes through a :class:`Kind` and knows no
model's name. A new model is a folder of ``models``, a module that holds a ``KIND``, and a line in
``catalogue.py``.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.errors import InvalidValueError
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer

Description = dict[str, Any]

SIZES = ("tiny", "trained", "paper")  # of every network


class Sound(NamedTuple):
    """A generated sound: the stem of its file's name, samples (N,) in [-1, 1], and their rate."""

    name: str
    samples: np.ndarray
    rate: int


class Table(NamedTuple):
    """A table of a card: a caption, the columns' heads, and rows of texts."""

    caption: str
    columns: list[str]
    rows: list[list[str]]


class Measured(NamedTuple):
    """What a checkpoint scores.

    Attributes
    ----------
    scores
        Numbers by name, to compare and to test.
    tables
        The same and more, to read.
    anchors
        What the validation is compared with, in its own unit: the cost of a uniform guess, say.
    unit
        Of the validation and the anchors.
    says
        A sentence that stands beside the checkpoint's sounds: what share of them is good.
    """

    scores: dict[str, float]
    tables: list[Table] = []
    anchors: dict[str, float] = {}
    says: str = ""
    unit: str = "loss"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a training run is given.

    Attributes
    ----------
    clips
        The training clips.
    validation
        Held-out clips to validate with, or None.
    settings
        How long and how fast.
    batch_size
        Examples in a step.
    seed
        Of the first weights and of the batches.
    options
        The kind's own options, as its parser read them.
    processes
        Those that train together.
    folder
        Where the run is kept.
    """

    clips: Corpus
    validation: Corpus | None
    settings: TrainingSettings
    batch_size: int
    seed: int
    options: Namespace
    processes: Processes
    folder: Path | None


def all_as_they_are(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the same tensors."""
    return weights


def nothing_else(trained: Trained, split: Split) -> Description:
    """Return nothing to put into a checkpoint's description."""
    return {}


def no_options(parser: ArgumentParser) -> None:
    """Add nothing to the options of a command."""


def all_for_training(split: Split, options: Namespace) -> Corpus:
    """Return the whole training part."""
    return split.train


def adopt_nothing(weights: dict[str, Tensor], theirs: Description, mine: Description) -> None:
    """Leave another run's weights as they are."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """All that the course knows of a kind of model.

    Attributes
    ----------
    name
        What ``description["kind"]`` says in a checkpoint.
    corpus
        Name of the corpus to learn from by default; None for the course's default corpus.
    rate
        Sampling rate in Hz at which the corpus is loaded; None for its own.
    batch_size
        Examples in a step by default.
    learning_rate
        Adam's step size by default.
    several_processes
        Whether a batch may be shared among processes: not with batch normalisation, whose means
        are over a batch.
    validates
        Whether clips are held out in training, by which weights can be chosen.
    options
        Adds the kind's own flags of ``train``.
    parts
        Returns what each part of a corpus is to this kind.
    learns_from
        Returns the clips of a split to learn from, by the options; by default all of its part for
        training.
    trainer
        Prepares the training of a run.
    scores
        Measures a trained model on a split: numbers by name. It gets the model and the split.
    measure
        Measures a checkpoint for its card. It gets the model, the split, the recipe's table
        ``score``, and the networks that it is compared with, by name; by default it is ``scores``.
    sample
        Makes one sound that shows how far a training has come; it gets the model, the split and
        the recipe's table ``score``. None if it makes no sound.
    ships
        Maps the weights of a trained network, by name, to those that a checkpoint made by a recipe
        holds, and in which precision; by default all, as they are. One such is
        :func:`aigc_edu.checkpoints.in_float16`. What is left out, ``load`` must do without.
    tells
        Returns what else the description of a checkpoint made by a recipe holds: what can be
        measured only before ``ships`` leaves weights out. It gets the trained network, whole, and
        the split.
    load
        Loads a model from a file or by a shipped checkpoint's name, and where to: a device.
    adopt
        Changes another run's weights, by name and in place, so that this run can begin with them;
        it gets both descriptions, theirs first. Called by ``--init``.
    wishes
        Adds the kind's flags of ``generate``; None if it makes no sound.
    generate
        Makes the sounds that the flags of ``generate`` ask for.
    """

    name: str
    corpus: str | None = None
    rate: int | None = None
    batch_size: int = 8
    learning_rate: float = TrainingSettings.learning_rate
    several_processes: bool = True
    validates: bool = True
    options: Callable[[ArgumentParser], None] = no_options
    parts: Callable[[Corpus], Split]
    learns_from: Callable[[Split, Namespace], Corpus] = all_for_training
    trainer: Callable[[Run], Trainer]
    scores: Callable[[Trained, Split], dict[str, float]]
    measure: Callable[[Trained, Split, dict[str, Any], dict[str, Trained]], Measured] | None = None
    sample: Callable[[Trained, Split, dict[str, Any]], Sound] | None = None
    ships: Callable[[dict[str, Tensor]], dict[str, Tensor]] = all_as_they_are
    tells: Callable[[Trained, Split], Description] = nothing_else
    load: Callable[..., Trained]
    adopt: Callable[[dict[str, Tensor], Description, Description], None] = adopt_nothing
    wishes: Callable[[ArgumentParser], None] | None = None
    generate: Callable[[Trained, Namespace], Iterable[Sound]] | None = None


def preset(configs: Any, size: str, **told: Any) -> Any:
    """Return hyper-parameters of a named size; InvalidValueError for an unknown name.

    Parameters
    ----------
    configs
        The dataclass, with a class method for each of :data:`SIZES`.
    size
        Its name.
    told
        What the class method takes.
    """
    if size not in SIZES:
        raise InvalidValueError(f"size must be tiny, trained or paper, got {size!r}")
    return getattr(configs, size)(**told)


def need_labels(corpus: Corpus) -> Corpus:
    """Return the corpus; InvalidValueError if its clips have no labels."""
    if not corpus.labels:
        raise InvalidValueError(
            f"the clips of {corpus.name} have no labels, which this model is told what to say by; "
            "choose another corpus, digits for instance"
        )
    return corpus
