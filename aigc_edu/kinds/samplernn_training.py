"""Training a SampleRNN that is told a label and a speaker, on short labelled clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.base import preset
from aigc_edu.kinds.wavenet_training import wavenet_batches, wavenet_bits
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.models.wavenet.clips import RATE, describe_wavenet
from aigc_edu.models.wavenet.word_clock import HOP, STATES, clock_of
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer
from aigc_edu.training.truncated import Piece, Truncated

BATCH_SIZE = 8  # clips; twice as many learn more slowly, clip by clip
CHUNK = 512  # samples through which gradients go back, as in the paper


def samplernn_trainer(
    corpus: Corpus,
    size: str = "tiny",
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    chunk: int = CHUNK,
    augment: bool = False,
    floor: float = 0.0,
    word_clock: bool = False,
    transpose: int = 0,
    validation: Corpus | None = None,
    processes: Processes | None = None,
    config: SampleRNNConfig | None = None,
) -> Trainer:
    """Prepare the training of a SampleRNN conditioned on label and speaker.

    Parameters
    ----------
    corpus
        The training clips, of any rate; with a clock of the word 8000 Hz.
    size
        Name of a preset of :class:`SampleRNNConfig`: ``"tiny"``, ``"trained"`` or ``"paper"``.
    settings, batch_size, seed, device, folder
        See :class:`Trainer`. A step is a batch of whole clips, and has as many updates as
        the longest of them has chunks.
    chunk
        Samples after which backpropagation is cut off, a multiple of the slowest frame.
    augment, floor, transpose
        See :func:`wavenet_batches`.
    word_clock
        Whether the network is told where in the word each frame is, as the shipped WaveNets are.
    validation
        Clips by voices of the training clips; the value is :func:`wavenet_bits`.
    processes
        See :class:`Trainer`.
    config
        Hyper-parameters in place of ``size``; their conditions are set here.
    """
    config = _config(size if config is None else config, corpus, word_clock)
    _check_chunk(chunk, config.frame_sizes[0])
    speakers = sorted({clip.speaker for clip in corpus})
    seed_everything(seed)
    description = describe_wavenet(config, corpus, speakers, "samplernn")
    description |= {"batch_size": batch_size, "seed": seed, "chunk": chunk}
    description |= {"augment": augment, "floor": floor}
    description |= {"transpose": transpose} if transpose else {}  # older runs can go on
    model, settings = SampleRNN(config), settings or TrainingSettings()

    def validate(network: SampleRNN) -> float:
        return wavenet_bits(Trained(network, description), validation)

    clock = clock_of(description)
    return Trainer(
        model,
        Truncated(
            model, SampleRNN.chunk_loss, settings, lambda batch: model.chunks(chunk, *batch), count
        ),
        wavenet_batches(corpus, speakers, batch_size, seed, augment, floor, clock, transpose),
        settings,
        device=pick_device(device),
        folder=folder,
        description=description,
        validate=validate if validation is not None else None,
        processes=processes,
    )


def _check_chunk(chunk: int, frame: int) -> None:
    if chunk < 1 or chunk % frame:
        raise InvalidValueError(
            f"chunk must be a multiple of the slowest frame, {frame} samples, got {chunk}"
        )


def _config(size: str | SampleRNNConfig, corpus: Corpus, word_clock: bool) -> SampleRNNConfig:
    config = preset(SampleRNNConfig, size) if isinstance(size, str) else size
    speakers = {clip.speaker for clip in corpus}
    config = replace(config, conditions=(len(corpus.labels), len(speakers)))
    if not word_clock:
        return config
    if corpus.rate != RATE:
        raise InvalidValueError(f"the clock of the word is for {RATE} Hz, got {corpus.rate} Hz")
    return replace(config, clock="word", clock_frames=STATES + 1, clock_hop=HOP)


def count(piece: Piece) -> float:
    """Return how many codes of a piece (:meth:`SampleRNN.chunks`) are to be predicted."""
    return float((piece[2] != IGNORED).sum())
