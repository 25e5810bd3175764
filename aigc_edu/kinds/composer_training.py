"""Training a composer on tunes as words, in all keys.

Chapter: chapters/06-product/12-composer.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np
from torch import Tensor

from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.composer import Composer, ComposerConfig, batch_of
from aigc_edu.music import ANY, TOKENS, moved, room, to_tokens
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer

BATCH_SIZE = 16
LEARNING_RATE = 2e-3
TRANSPOSE = 6  # semitones by which a tune is moved at most, where it has room
UNNAMED = 0.15  # share of tunes whose style isn't told: the composer learns to do without


def rows_of(corpus: Corpus) -> list[list[int]]:
    """Return the tunes of a corpus as tokens.

    Raises
    ------
    InvalidValueError
        If its clips hold no written music.
    """
    need_scores(corpus)
    return [to_tokens(clip.score) for clip in corpus if clip.score]


def need_scores(corpus: Corpus) -> Corpus:
    """Return the corpus; InvalidValueError if its first clip is no written music."""
    if not len(corpus) or corpus[0].score is None:
        raise InvalidValueError(
            f"the clips of {corpus.name} are not written down; a composer learns from tunes"
        )
    return corpus


class Rows:
    """The batches of a training: tunes drawn at random, moved to other keys.

    Parameters
    ----------
    corpus
        Tunes.
    batch_size
        Rows of a batch.
    seed
        Of what is drawn; a step's batch depends on it and on the step alone.
    transpose
        Semitones by which a tune is moved at most.
    """

    def __init__(self, corpus: Corpus, batch_size: int, seed: int, transpose: int) -> None:
        self.corpus, self.batch_size = corpus, batch_size
        self.seed, self.transpose = seed, transpose

    @cached_property
    def rows(self) -> list[list[int]]:
        """The tunes as tokens; they are written down when the first batch is asked for."""
        return rows_of(self.corpus)

    def __call__(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the tokens and targets of a step, int64 (B, T) each."""
        random = np.random.default_rng([self.seed, step])
        chosen = random.integers(len(self.rows), size=self.batch_size)
        return batch_of([self._varied(self.rows[n], random) for n in chosen])

    def _varied(self, row: Sequence[int], random: np.random.Generator) -> list[int]:
        down, up = room(row)
        low, high = max(down, -self.transpose), min(up, self.transpose)
        varied = moved(row, int(random.integers(low, high + 1)))
        if random.random() < UNNAMED:
            varied[0] = TOKENS[f"style {ANY}"]
        return varied


def composer_trainer(
    corpus: Corpus,
    config: ComposerConfig | None = None,
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    transpose: int = TRANSPOSE,
    validation: Corpus | None = None,
    processes: Processes | None = None,
) -> Trainer:
    """Prepare the training of a composer.

    Parameters
    ----------
    corpus
        Tunes: clips with a score.
    config
        Sizes, by default the tiny ones.
    settings, batch_size, seed, device, folder, processes
        See :class:`Trainer`.
    transpose
        Semitones by which a tune is moved at most, up or down; 0 for none.
    validation
        Tunes to validate with: the value is the bits of a word.

    Raises
    ------
    InvalidValueError
        If the clips hold no written music.
    """
    seed_everything(seed)
    config = config or ComposerConfig.tiny()
    description = {"kind": "composer", "config": asdict(config), "corpus": corpus.name}
    description |= {"clips": len(corpus), "seed": seed, "batch_size": batch_size}
    description |= {"transpose": transpose, "speakers": list(corpus.speakers)}
    return Trainer(
        Composer(config),
        Composer.loss,
        Rows(need_scores(corpus), batch_size, seed, transpose),
        settings or TrainingSettings(),
        device=pick_device(device),
        folder=folder,
        description=description,
        validate=None if validation is None else _validation(validation),
        processes=processes,
    )


def _validation(held: Corpus) -> Callable[[Composer], float]:
    rows = rows_of(held)
    return lambda model: model.bits(rows)
