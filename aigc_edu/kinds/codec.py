"""The kind ``codec``: sounds as rows of tokens, and back."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aigc_edu import corpora
from aigc_edu.audio import read
from aigc_edu.checkpoints import Trained, in_float16
from aigc_edu.corpora.choosing import generation_split
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.base import SIZES, Kind, Run, Sound
from aigc_edu.kinds.codec_scores import a_copy, codec_scores, measure_codec
from aigc_edu.kinds.codec_training import BATCH_SIZE, LEARNING_RATE, SECONDS, codec_trainer
from aigc_edu.kinds.options import add_checkpoint, number, several, whole
from aigc_edu.models.codec import decode, encode, load_codec
from aigc_edu.models.codec.config import DECODERS, QUANTISERS
from aigc_edu.training.trainer import Trainer


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--size", choices=SIZES, default="tiny", help="of the network (default: tiny)"
    )
    parser.add_argument(
        "--decoder",
        choices=DECODERS,
        default="spectral",
        help="by an inverse STFT or by transposed convolutions (default: spectral)",
    )
    parser.add_argument(
        "--quantiser",
        choices=QUANTISERS,
        default="residual",
        help="residual codebooks or rounded numbers (default: residual)",
    )
    _add_training(parser)


def _add_training(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--seconds",
        type=number(0.02, 60),
        default=SECONDS,
        help="of a piece (default: %(default)s)",
    )
    parser.add_argument(
        "--critics", type=number(0, 100), default=0.0, help="their weight, 0 for none (default)"
    )
    parser.add_argument(
        "--critics-from", type=whole, default=0, help="step from which on critics take part"
    )


def _trainer(run: Run) -> Trainer:
    options = run.options
    return codec_trainer(
        run.clips,
        size=options.size,
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        critics=options.critics,
        critics_from=options.critics_from,
        seconds=options.seconds,
        validation=run.validation,
        processes=run.processes,
        decoder=options.decoder,
        quantiser=options.quantiser,
    )


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "codec-digits")
    parser.add_argument("--wav", type=Path, help="sound file to copy")
    parser.add_argument(
        "--clip", type=whole, default=0, help="or a held-out clip by its number (default: 0)"
    )
    parser.add_argument("--corpus", help="of that clip (default: the one it has learned from)")
    parser.add_argument(
        "--books",
        type=several("numbers of books", "1,2,4"),
        help="to decode from: 1,2,4 (default: each number there is)",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV files")


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    model = trained.model
    counts = options.books or list(range(1, model.books + 1))
    if not 1 <= min(counts) <= max(counts) <= model.books:
        raise InvalidValueError(f"this codec has 1 ... {model.books} books, not {counts}")
    name, x = _sound(trained, options)
    tokens = encode(model, x, model.rate)
    for count in counts:
        copy = decode(model, tokens, count)
        yield Sound(f"codec_{name}_{count:02d}_of_{model.books:02d}", copy, model.rate)


def _sound(trained: Trained, options: Namespace) -> tuple[str, np.ndarray]:
    """Return a name and the samples of what is to be copied."""
    rate = trained.model.rate
    if options.wav is not None:
        return options.wav.stem, read(options.wav, rate)[0]
    corpus = corpora.load(options.corpus or trained.description["corpus"], rate=rate)
    held = generation_split(corpus).test
    if options.clip >= len(held):
        raise InvalidValueError(f"{corpus.name} has {len(held)} held-out clips, from 0 on")
    return f"{corpus.name}_{options.clip:04d}", held[options.clip].samples


KIND = Kind(
    name="codec",
    corpus="digits",
    batch_size=BATCH_SIZE,
    learning_rate=LEARNING_RATE,
    several_processes=False,  # codebooks follow their own rows' means
    options=_options,
    parts=generation_split,
    trainer=_trainer,
    scores=codec_scores,
    measure=measure_codec,
    sample=a_copy,
    ships=in_float16,
    load=load_codec,
    wishes=_wishes,
    generate=_generate,
)
