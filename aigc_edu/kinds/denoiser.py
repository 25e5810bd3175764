"""The kind ``denoiser``: speech with less noise."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from aigc_edu.audio import read
from aigc_edu.checkpoints import Trained, in_float16
from aigc_edu.corpora import Corpus, Split
from aigc_edu.kinds.base import SIZES, Kind, Run, Sound
from aigc_edu.kinds.denoiser_scores import denoiser_scores, measure_denoiser, one_cleaned
from aigc_edu.kinds.denoiser_training import (
    BATCH_SIZE,
    LEARNING_RATE,
    SECONDS,
    denoiser_trainer,
)
from aigc_edu.kinds.options import add_checkpoint, number
from aigc_edu.models.denoiser import clean, load_denoiser
from aigc_edu.training.trainer import Trainer

RATE = 16_000


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--size", choices=SIZES, default="tiny", help="of the network (default: tiny)"
    )
    parser.add_argument(
        "--seconds", type=number(0.1, 60), default=SECONDS, help="of a pair (default: %(default)s)"
    )
    parser.add_argument("--also", default="", help="more corpora of speech: digits,sentences")
    parser.add_argument("--noises", default="", help="corpora of noises: effects")
    parser.add_argument(
        "--as-they-are", action="store_true", help="neither vary the voices nor the noises"
    )


def _parts(corpus: Corpus) -> Split:
    return corpus.split("official")


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _trainer(run: Run) -> Trainer:
    options = run.options
    return denoiser_trainer(
        run.clips,
        size=options.size,
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        seconds=options.seconds,
        also=_names(options.also),
        noises=_names(options.noises),
        vary=not options.as_they_are,
        validation=run.validation,
        processes=run.processes,
    )


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "denoiser-speech")
    parser.add_argument("--wav", type=Path, required=True, help="sound file to clean")
    parser.add_argument(
        "--left", type=number(0, 1), default=0.0, help="share of the noise that stays (default: 0)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV file")


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    rate = trained.model.rate
    x = read(options.wav, rate)[0]
    x = x / max(1.0, float(abs(x).max()))  # what was resampled may pass full scale
    yield Sound(f"denoiser_{options.wav.stem}", clean(trained.model, x, rate, options.left), rate)


KIND = Kind(
    name="denoiser",
    corpus="sentences",
    rate=RATE,
    batch_size=BATCH_SIZE,
    learning_rate=LEARNING_RATE,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    scores=denoiser_scores,
    measure=measure_denoiser,
    sample=one_cleaned,
    ships=in_float16,
    load=load_denoiser,
    wishes=_wishes,
    generate=_generate,
)
