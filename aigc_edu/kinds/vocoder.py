"""The kind ``vocoder``: a WaveNet that turns mel frames back into a waveform.

Training takes pieces out of clips. In a piece, only positions with a full receptive field are
scored: the ones before have heard less than they will in generation, and would learn to guess what
they needn't.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.audio import read
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import by_known_voices
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.likelihood import bits_per_position
from aigc_edu.kinds.base import Kind, Run, Sound
from aigc_edu.kinds.options import add_checkpoint, add_drawing, positive
from aigc_edu.kinds.wavenet_training import scored_positions
from aigc_edu.models.wavenet import IGNORED, WaveNet, WaveNetConfig, copy_synthesis, load_vocoder
from aigc_edu.models.wavenet.vocoding import BANDS, HOP, RATE, encode_for_vocoder
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer

BATCH_SIZE = 2  # pieces
LENGTH = 8192  # samples of a piece


def vocoder_batches(
    corpus: Corpus, field: int, batch_size: int, length: int, seed: int
) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a function from a step to its batch: codes, what is heard, and local frames.

    Parameters
    ----------
    corpus
        The clips; each is drawn in proportion to its number of pieces.
    field
        The receptive field R: in a piece from the middle of a clip the first R - 1 codes are
        heard but not scored.
    batch_size
        Pieces B in a batch.
    length
        Samples T of a piece, a multiple of HOP and more than R.
    seed
        Of the draws; a step's batch depends on it and on the step alone.
    """
    if length % HOP or length <= field:
        raise InvalidValueError(f"length must be a multiple of {HOP} above {field}, got {length}")
    pairs = [pair for pair in encode_for_vocoder(corpus) if len(pair[0]) > length]
    if not pairs:
        raise InvalidValueError(f"no clip has {length} samples")
    # A frame more on the right, since h looks at both neighbours; after the last of a clip it is 0.
    pairs = [(codes, F.pad(frames, (0, 1))) for codes, frames in pairs]
    share = np.array([(len(codes) - 1 - length) // HOP + 1 for codes, _ in pairs], float)

    def batch(step: int) -> tuple[Tensor, ...]:
        random = np.random.default_rng([seed, step])
        rows = []
        for number in random.choice(len(pairs), batch_size, p=share / share.sum()):
            codes, frames = pairs[number]
            first = int(random.integers(0, (len(codes) - 1 - length) // HOP + 1))
            piece = codes[first * HOP :][: length + 1]
            scored = piece.clone()
            if first:
                scored[1:field] = IGNORED
            rows.append((scored, piece[:-1], frames[:, first : first + length // HOP + 1]))
        return tuple(torch.stack(part) for part in zip(*rows, strict=True))

    return batch


def vocoder_loss(model: WaveNet, codes: Tensor, heard: Tensor, frames: Tensor) -> Tensor:
    """Return the mean cross-entropy in nats of the codes that are scored."""
    return model.loss(codes, None, heard, frames)


def vocoder_trainer(
    corpus: Corpus,
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    length: int = LENGTH,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    config: WaveNetConfig | None = None,
    validation: Corpus | None = None,
    processes: Processes | None = None,
) -> Trainer:
    """Prepare the training of a vocoder.

    Parameters
    ----------
    corpus
        The training clips, at 16,000 Hz.
    settings, seed, device, folder
        See :class:`Trainer`.
    batch_size, length
        See :func:`vocoder_batches`.
    config
        The network; by default :meth:`WaveNetConfig.vocoder`.
    validation
        Clips to validate with: the value is :func:`vocoder_bits`. Needed if
        ``settings.validate_every`` is set.
    processes
        See :class:`Trainer`.
    """
    if corpus.rate != RATE:
        raise InvalidValueError(f"load the corpus at {RATE} Hz, got {corpus.rate} Hz")
    seed_everything(seed)
    config = config or WaveNetConfig.vocoder(BANDS, HOP)
    described = {"kind": "vocoder", "config": asdict(config), "corpus": corpus.name}
    described |= {"clips": len(corpus), "rate": corpus.rate, "seed": seed}

    def validate(model: WaveNet) -> float:
        return vocoder_bits(model, validation)

    return Trainer(
        WaveNet(config),
        vocoder_loss,
        vocoder_batches(corpus, config.receptive_field, batch_size, length, seed),
        settings or TrainingSettings(),
        device=pick_device(device),
        folder=folder,
        description=described | {"batch_size": batch_size, "length": length},
        validate=validate if validation is not None else None,
        weigh=scored_positions,
        processes=processes,
    )


@torch.inference_mode()
def vocoder_bits(model: WaveNet, corpus: Corpus) -> float:
    """Return the model's mean bits per sample on the clips of a corpus at 16,000 Hz."""
    if len(corpus) == 0:
        raise InvalidValueError("there are no clips to score")
    device = next(model.parameters()).device

    def losses() -> Iterator[tuple[float, int]]:
        for codes, frames in encode_for_vocoder(corpus):
            loss = model.loss(codes[None].to(device), local=frames[None].to(device))
            yield float(loss), len(codes) - 1

    return bits_per_position(losses())


# ---------------------------------------------------------------- the kind


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--length", type=positive, default=LENGTH, help="samples of a piece (default: %(default)s)"
    )


def _parts(corpus: Corpus) -> Split:
    return corpus.split("official")


def _trainer(run: Run) -> Trainer:
    return vocoder_trainer(
        run.clips,
        settings=run.settings,
        batch_size=run.batch_size,
        length=run.options.length,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        validation=run.validation,
        processes=run.processes,
    )


def _scores(trained: Trained, split: Split) -> dict[str, float]:
    known = by_known_voices(split.validation, split.train.speakers)
    return {"validation_bits": vocoder_bits(trained.model, known)} if len(known) else {}


def a_copy(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return a held-out clip, ``told["clip"]``, as it comes out of its mel frames."""
    clip = split.test[told.get("clip", 0)]
    return Sound("copy", copy_synthesis(trained, clip.samples), clip.rate)


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "vocoder-sentences")
    parser.add_argument("--wav", type=Path, required=True, help="sound file to copy")
    add_drawing(parser)


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    x, rate = read(options.wav, RATE)
    copy = copy_synthesis(trained, x, options.seed, options.temperature)
    yield Sound(f"vocoder_{options.wav.stem}_seed{options.seed}", copy, rate)


KIND = Kind(
    name="vocoder",
    corpus="sentences",
    rate=RATE,
    batch_size=BATCH_SIZE,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    scores=_scores,
    sample=a_copy,
    load=load_vocoder,
    wishes=_wishes,
    generate=_generate,
)
