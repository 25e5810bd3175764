"""The kind ``vits``: a voice that reads text aloud."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import no_longer
from aigc_edu.kinds.base import SIZES, Kind, Run, Sound
from aigc_edu.kinds.options import add_checkpoint, number, whole
from aigc_edu.kinds.vits_scores import (
    SENTENCE,
    how_aligned,
    measure_vits,
    one_sentence,
    vits_scores,
)
from aigc_edu.kinds.vits_training import (
    BATCH_SIZE,
    LEARNING_RATE,
    adopt_symbols,
    vits_trainer,
)
from aigc_edu.models.vits import Manner, load_vits, manner_of, say, what_ships
from aigc_edu.training.trainer import Trainer

RATE = 16_000
PREDICTORS = ("stochastic", "deterministic")
OWN = " (default: the voice's own)"


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--size", choices=SIZES, default="tiny", help="of the network (default: tiny)"
    )
    parser.add_argument(
        "--critics-after",
        type=whole,
        default=0,
        help="steps that the decoder learns by spectra alone (default: %(default)s)",
    )
    parser.add_argument(
        "--settle",
        type=whole,
        default=0,
        help="steps in which divergence and alignment are guided (default: %(default)s)",
    )
    parser.add_argument(
        "--longest", type=number(0.1, 60), help="seconds; longer clips are left out (default: none)"
    )
    parser.add_argument(
        "--no-blanks", action="store_true", help="put no blank between two phonemes"
    )


def _parts(corpus: Corpus) -> Split:
    return corpus.split("official")


def _trainer(run: Run) -> Trainer:
    longest = run.options.longest or math.inf
    return vits_trainer(
        no_longer(run.clips, longest),
        size=run.options.size,
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        critics_after=run.options.critics_after,
        settle=run.options.settle,
        blanks=not run.options.no_blanks,
        validation=run.validation and no_longer(run.validation, longest),
        processes=run.processes,
    )


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "vits-voice")
    parser.add_argument("--text", default=SENTENCE, help="what to say (default: %(default)s)")
    parser.add_argument("--noise", type=number(0, 10), help=f"in the sounds{OWN}")
    parser.add_argument("--duration-noise", type=number(0, 10), help=f"in the rhythm{OWN}")
    parser.add_argument("--speed", type=number(0.25, 4), help=f"2: twice as fast{OWN}")
    parser.add_argument("--durations", choices=PREDICTORS, help=f"how they are told{OWN}")
    parser.add_argument("--seed", type=whole, default=0)
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV file")


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    told = {name: getattr(options, name) for name in Manner.__dataclass_fields__}
    x = say(trained, options.text, manner_of(trained, **told))
    yield Sound(f"vits_seed{options.seed}", x, trained.model.config.rate)


KIND = Kind(
    name="vits",
    corpus="sentences",
    rate=RATE,
    batch_size=BATCH_SIZE,
    learning_rate=LEARNING_RATE,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    scores=vits_scores,
    measure=measure_vits,
    sample=one_sentence,
    ships=what_ships,
    tells=how_aligned,
    load=load_vits,
    adopt=adopt_symbols,
    wishes=_wishes,
    generate=_generate,
)
