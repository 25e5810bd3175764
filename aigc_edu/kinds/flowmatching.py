"""The kind ``flowmatching``: notes of a family and a pitch, in a few steps from noise."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from aigc_edu.checkpoints import Trained, in_float16
from aigc_edu.corpora import Corpus, Split
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.base import SIZES, Kind, Run, Sound
from aigc_edu.kinds.flowmatching_scores import a_tune, flowmatching_scores, measure_flow
from aigc_edu.kinds.flowmatching_training import (
    BATCH_SIZE,
    LEARNING_RATE,
    LOSSES,
    PARTS,
    flowmatching_trainer,
)
from aigc_edu.kinds.options import add_checkpoint, integer, number, several, whole
from aigc_edu.models.flowmatching import ANY, METHODS, load_flowmatching, play
from aigc_edu.models.flowmatching.generation import STEPS
from aigc_edu.training.trainer import Trainer

RATE = 16_000
UNNAMED = "any"  # for a note whose family isn't told


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--size", choices=SIZES, default="tiny", help="of the networks (default: tiny)"
    )
    parser.add_argument(
        "--part", choices=PARTS, default="both", help="what is to learn (default: both)"
    )
    parser.add_argument(
        "--loss",
        choices=LOSSES,
        default="velocity",
        help="flow matching, or a MeanFlow, which is made for one step (default: velocity)",
    )


def _parts(corpus: Corpus) -> Split:
    """Keep every instrument in training: the noise stands for its sound, nothing else does."""
    return corpus.split("clip")


def _trainer(run: Run) -> Trainer:
    return flowmatching_trainer(
        run.clips,
        size=run.options.size,
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        part=run.options.part,
        loss=run.options.loss,
        validation=run.validation,
    )


def _few(text: str) -> int:
    """Read a number of steps."""
    return integer(text, 1, 1000)


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "flowmatching-notes")
    parser.add_argument(
        "--pitches",
        type=several("MIDI numbers", "60,64,67"),
        default=[60],
        help="MIDI numbers: 60,64,67 (default: 60)",
    )
    parser.add_argument(
        "--families",
        default=UNNAMED,
        help="one for all notes or one each, such as flute,reed (default: any)",
    )
    parser.add_argument(
        "--steps", type=_few, default=STEPS, help="from noise to note (default: %(default)s)"
    )
    parser.add_argument(
        "--guidance",
        type=number(0, 20),
        help="0 ignores family and pitch, more than 1 exaggerates them (default: the checkpoint's)",
    )
    parser.add_argument("--method", choices=METHODS, default="euler", help="(default: euler)")
    parser.add_argument("--seed", type=whole, default=0, help="of the noise")
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV files")


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    names = options.families.split(",")
    names = names * len(options.pitches) if len(names) == 1 else names
    families = numbers_of(names, trained.description["labels"])
    told = {"steps": options.steps, "method": options.method}
    if options.guidance is not None:
        told["guidance"] = options.guidance
    notes = play(trained, families, options.pitches, seed=options.seed, **told)
    for i, note in enumerate(notes):
        what = f"{names[i]}_{options.pitches[i]:03d}_seed{options.seed}_{i:03d}"
        yield Sound(f"flowmatching_{what}", note, trained.description["rate"])


def numbers_of(names: list[str], labels: list[str]) -> list[int]:
    """Return the families' numbers; ``any`` stands for one that isn't told.

    Raises
    ------
    InvalidValueError
        If there is no such family.
    """
    for name in names:
        if name != UNNAMED and name not in labels:
            raise InvalidValueError(
                f"there is no family {name!r}; there are {', '.join(labels)}, and {UNNAMED}"
            )
    return [ANY if name == UNNAMED else labels.index(name) for name in names]


KIND = Kind(
    name="flowmatching",
    corpus="notes",
    rate=RATE,
    batch_size=BATCH_SIZE,
    learning_rate=LEARNING_RATE,
    several_processes=False,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    scores=flowmatching_scores,
    measure=measure_flow,
    sample=a_tune,
    ships=in_float16,
    load=load_flowmatching,
    wishes=_wishes,
    generate=_generate,
)
