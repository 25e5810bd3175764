"""The kind ``composer``: a Transformer over the words of tunes, which writes them to MIDI files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from aigc_edu.audio.placing import hidden, put_new
from aigc_edu.checkpoints import Trained, in_float16
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.recipes.playing import RATE, instrument_player
from aigc_edu.kinds.base import SIZES, Kind, Run, Sound, preset
from aigc_edu.kinds.composer_scores import a_tune, composer_scores, measure_tunes
from aigc_edu.kinds.composer_training import (
    BATCH_SIZE,
    LEARNING_RATE,
    TRANSPOSE,
    composer_trainer,
)
from aigc_edu.kinds.options import add_checkpoint, add_drawing, integer, number, positive
from aigc_edu.models.composer import (
    ComposerConfig,
    Drawing,
    compose,
    continue_tune,
    load_composer,
)
from aigc_edu.models.composer.generation import TEMPERATURE, USUAL
from aigc_edu.music import PROGRAMS, STYLES, Score, perform, read_midi, write_midi
from aigc_edu.training.trainer import Trainer

MELODY, BASS = "flute", "guitar"  # who plays if nobody else is asked


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--size", choices=SIZES, default="tiny", help="default: %(default)s")
    parser.add_argument(
        "--transpose",
        type=_semitones,
        default=TRANSPOSE,
        help="semitones by which a tune is moved at most (default: %(default)s)",
    )


def _semitones(text: str) -> int:
    return integer(text, 0, 12)


def _parts(corpus: Corpus) -> Split:
    """Split tunes as their makers did; a reader's own come by their names."""
    return corpus.split("official")


def _trainer(run: Run) -> Trainer:
    return composer_trainer(
        run.clips,
        preset(ComposerConfig, run.options.size),
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        transpose=run.options.transpose,
        validation=run.validation,
        processes=run.processes,
    )


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "composer-tunes")
    parser.add_argument("--style", choices=STYLES, help="of a new tune (default: drawn)")
    parser.add_argument("--midi", type=Path, help="a tune to go on behind, instead of a new one")
    parser.add_argument(
        "--bars",
        type=positive,
        default=USUAL,
        help="at most; with --midi, those that are read counted (default: %(default)s)",
    )
    parser.add_argument("--tempo", type=number(20, 400), help="quarter notes a minute")
    parser.add_argument("--count", type=positive, default=1, help="number of tunes")
    parser.add_argument(
        "--melody", default=MELODY, help="who plays it: a family or an instrument (%(default)s)"
    )
    parser.add_argument("--bass", default=BASS, help="who plays the bass (default: %(default)s)")
    add_drawing(parser)


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    """Write each tune to a MIDI file beside the sound of it."""
    names = options.melody, options.bass
    players = [instrument_player(name) for name in names]
    families = tuple(_family(name) for name in names)
    for i in range(options.count):
        score, name = _tune(trained, options, i)
        path = options.out / f"{name}.mid"
        print(put_new(write_midi(hidden(path), score, families), path), flush=True)
        yield Sound(name, perform(score, players, RATE), RATE)


def _tune(trained: Trained, options: Namespace, number: int) -> tuple[Score, str]:
    """Return one of the tunes that are asked for, and the stem of its files' names."""
    seed = (options.seed + number) % 2**32
    temperature = TEMPERATURE if options.temperature is None else options.temperature
    rules, tail = Drawing(temperature, seed=seed), f"seed{options.seed}_{number:03d}"
    if options.midi is None:
        tune = compose(trained.model, options.style, rules, options.bars, options.tempo)
        return tune, f"composer_{tune.style}_{tail}"
    tune = continue_tune(trained.model, read_midi(options.midi), rules, options.bars)
    return tune, f"composer_{options.midi.stem}_{tail}"


def _family(name: str) -> str:
    return name.split("_synthetic")[0] if name.split("_synthetic")[0] in PROGRAMS else "keyboard"


KIND = Kind(
    name="composer",
    corpus="tunes",
    rate=RATE,
    batch_size=BATCH_SIZE,
    learning_rate=LEARNING_RATE,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    scores=composer_scores,
    measure=measure_tunes,
    sample=a_tune,
    ships=in_float16,
    load=load_composer,
    wishes=_wishes,
    generate=_generate,
)
