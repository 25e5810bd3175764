"""The kind ``gansynth``: a generator of notes that is told the pitch."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.kinds.base import SIZES, Kind, Run, Sound
from aigc_edu.kinds.gansynth_scores import a_scale, gansynth_scores, measure_notes
from aigc_edu.kinds.gansynth_training import (
    BATCH_SIZE,
    GAMMA,
    HOLDING,
    LEARNING_RATE,
    gansynth_trainer,
)
from aigc_edu.kinds.options import add_checkpoint, number, several, whole
from aigc_edu.models.gansynth import draw_latents, load_gansynth, play
from aigc_edu.training.trainer import Trainer

RATE = 16_000


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--size", choices=SIZES, default="tiny", help="of the network (default: tiny)"
    )
    parser.add_argument(
        "--gamma",
        type=number(0, 1000),
        default=GAMMA,
        help="twice the weight of the critic's slope (default: %(default)s)",
    )
    parser.add_argument(
        "--holding",
        type=number(0, 1000),
        default=HOLDING,
        help="weight of the loss that keeps one timbre for one latent (default: %(default)s)",
    )


def _parts(corpus: Corpus) -> Split:
    """Keep every instrument in training: a latent stands for its sound, nothing else does."""
    return corpus.split("clip")


def _trainer(run: Run) -> Trainer:
    return gansynth_trainer(
        run.clips,
        size=run.options.size,
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        gamma=run.options.gamma,
        holding=run.options.holding,
        validation=run.validation,
        processes=run.processes,
    )


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "gansynth-notes")
    parser.add_argument(
        "--pitches",
        type=several("MIDI numbers", "60,64,67"),
        default=[60],
        help="MIDI numbers: 60,64,67 (default: 60)",
    )
    parser.add_argument(
        "--timbres", choices=("one", "many"), default="one", help="one latent for all, or one each"
    )
    parser.add_argument("--seed", type=whole, default=0, help="of the latents")
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV files")


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    count = len(options.pitches) if options.timbres == "many" else 1
    z = draw_latents(count, trained.model.config.latent, options.seed)
    z = z if options.timbres == "many" else z[0]
    for i, note in enumerate(play(trained, z, options.pitches)):
        name = f"gansynth_{options.pitches[i]:03d}_seed{options.seed}_{i:03d}"
        yield Sound(name, note, trained.description["rate"])


KIND = Kind(
    name="gansynth",
    corpus="notes",
    rate=RATE,
    batch_size=BATCH_SIZE,
    learning_rate=LEARNING_RATE,
    several_processes=False,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    scores=gansynth_scores,
    measure=measure_notes,
    sample=a_scale,
    load=load_gansynth,
    wishes=_wishes,
    generate=_generate,
)
