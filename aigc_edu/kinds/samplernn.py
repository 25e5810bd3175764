"""The kind ``samplernn``: a SampleRNN that is told a label and a speaker, on short labelled clips.

It learns from the same batches as a WaveNet, is scored by the same judges, and is made to sound in
the same way. Of a corpus of notes it is told pitch and instrument, and scored by its pitches.
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import by_pitch, generation_split
from aigc_edu.kinds.base import Measured, Run, Sound
from aigc_edu.kinds.options import positive
from aigc_edu.kinds.samplernn_notes import a_tune, measure_pitches
from aigc_edu.kinds.samplernn_training import BATCH_SIZE, CHUNK, samplernn_trainer
from aigc_edu.kinds.wavenet import KIND as WAVENET
from aigc_edu.kinds.wavenet import wishes_of
from aigc_edu.models.samplernn import load_samplernn
from aigc_edu.training.trainer import Trainer

LOWEST, HIGHEST = 48, 72  # MIDI numbers of the notes that are learned, two octaves: C3 to C5
TRANSPOSE = 3  # semitones up or down at most by which they are varied


def _parts(corpus: Corpus) -> Split:
    """Split a corpus so that every voice is in training; the labels of notes are their pitches."""
    if len(corpus) and corpus[0].note:
        return generation_split(by_pitch(corpus, LOWEST, HIGHEST))
    return WAVENET.parts(corpus)


def _options(parser: ArgumentParser) -> None:
    WAVENET.options(parser)
    parser.add_argument(
        "--chunk",
        type=positive,
        default=CHUNK,
        help="samples that gradients go back through (default: %(default)s)",
    )
    parser.add_argument(
        "--word-clock", action="store_true", help="tell the network where in the word it is"
    )


def _trainer(run: Run) -> Trainer:
    told = run.options
    return samplernn_trainer(
        run.clips,
        size=told.size,
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        chunk=told.chunk,
        augment=told.augment,
        floor=told.floor,
        word_clock=told.word_clock,
        transpose=TRANSPOSE if run.clips[0].note else 0,
        validation=run.validation,
        processes=run.processes,
    )


def _measure(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    plays = bool(split.train[0].note)
    return (measure_pitches if plays else WAVENET.measure)(trained, split, told, anchors)


def _sample(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    return (a_tune if split.train[0].note else WAVENET.sample)(trained, split, told)


KIND = replace(
    WAVENET,
    name="samplernn",
    batch_size=BATCH_SIZE,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    measure=_measure,
    sample=_sample,
    load=load_samplernn,
    wishes=wishes_of("samplernn-fsdd"),
)
