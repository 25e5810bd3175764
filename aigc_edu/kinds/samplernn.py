"""The kind ``samplernn``: a SampleRNN that is told a label and a speaker, on short labelled clips.

It learns from the same batches as a WaveNet, is scored by the same judges, and is made to sound in
the same way.
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace

from aigc_edu.kinds.base import Run
from aigc_edu.kinds.options import positive
from aigc_edu.kinds.samplernn_training import BATCH_SIZE, CHUNK, samplernn_trainer
from aigc_edu.kinds.wavenet import KIND as WAVENET
from aigc_edu.kinds.wavenet import wishes_of
from aigc_edu.models.samplernn import load_samplernn
from aigc_edu.training.trainer import Trainer


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
        validation=run.validation,
        processes=run.processes,
    )


KIND = replace(
    WAVENET,
    name="samplernn",
    batch_size=BATCH_SIZE,
    options=_options,
    trainer=_trainer,
    load=load_samplernn,
    wishes=wishes_of("samplernn-fsdd"),
)
