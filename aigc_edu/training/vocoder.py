"""Training a WaveNet as a vocoder: from a mel spectrogram back to the waveform.

A clip becomes mu-law codes and mel frames, one for each hop. Training takes pieces out of clips. In
a piece, only positions with a full receptive field are scored: the ones before have heard less than
they will in generation, and would learn to guess what they needn't.

References: van den Oord et al. 2016, arXiv:1609.03499, section 2.5 (local conditioning); Shen et
al. 2018, "Natural TTS synthesis by conditioning WaveNet on mel spectrogram predictions",
arXiv:1712.05884 (mel frames as the condition).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.corpora import Corpus
from aigc_edu.dsp import mel_spectrogram, mu_law_decode, mu_law_encode, to_db
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet import IGNORED, WaveNet, WaveNetConfig
from aigc_edu.training.checkpoints import load_model
from aigc_edu.training.engine import Processes
from aigc_edu.training.seeds import pick_device, seed_everything
from aigc_edu.training.trainer import Trainer, TrainingSettings
from aigc_edu.training.wavenet import SILENCE, scored_positions, wavenet_from_config

BANDS, FRAME, HOP = 64, 1024, 256  # of the mel spectrogram, at 16 kHz
FLOOR_DB = -100.0
NOISE = 3e-4  # deviation of the noise under all clips: a synthesiser's silence is exactly zero
RATE = 16_000


def mel_frames(x: np.ndarray, rate: int = RATE) -> Tensor:
    """Return the frames that a vocoder is told, float32, shape (BANDS, F), about in [-1, 1].

    Frame f is the mel spectrum around sample f * HOP of ``x`` (N,), in dB, 0 dB becoming 1 and
    the floor of -100 dB becoming -1; F = ceil(N / HOP).
    """
    if rate != RATE:
        raise InvalidValueError(f"the vocoder's frames are for {RATE} Hz, got {rate} Hz")
    power = mel_spectrogram(np.asarray(x, float), rate, FRAME, HOP, BANDS)
    level = to_db(power, FLOOR_DB)[:, : max(1, math.ceil(len(x) / HOP))]
    return torch.from_numpy(1 + 2 * level / -FLOOR_DB).float()


def encode_for_vocoder(corpus: Corpus) -> list[tuple[Tensor, Tensor]]:
    """Return codes, int64 (1 + N,), a start of silence before them, and frames (BANDS, F)."""
    pairs = []
    for seed, clip in enumerate(corpus):
        noise = NOISE * np.random.default_rng(seed).standard_normal(len(clip.samples))
        x = clip.samples + noise
        codes = torch.from_numpy(mu_law_encode(np.clip(x, -1, 1)))
        start = torch.full((1,), SILENCE, dtype=codes.dtype)
        pairs.append((torch.cat([start, codes]), mel_frames(x, clip.rate)))
    return pairs


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
    # A frame more on the right: h looks at both neighbours, and behind a clip's last there is 0.
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
    batch_size: int = 2,
    length: int = 8192,
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
    return Trainer(
        WaveNet(config),
        vocoder_loss,
        vocoder_batches(corpus, config.receptive_field, batch_size, length, seed),
        settings or TrainingSettings(),
        pick_device(device),
        folder,
        described | {"batch_size": batch_size, "length": length},
        (lambda model: vocoder_bits(model, validation)) if validation is not None else None,
        scored_positions,
        processes,
    )


def load_vocoder(name: str | Path = "vocoder-sentences", device: str = "cpu") -> WaveNet:
    """Load a vocoder from a file or from the checkpoints that ship with the course."""
    return load_model(name, "vocoder", wavenet_from_config, device)


@torch.inference_mode()
def vocoder_bits(model: WaveNet, corpus: Corpus) -> float:
    """Return the model's mean bits per sample on the clips of a corpus at 16,000 Hz."""
    if len(corpus) == 0:
        raise InvalidValueError("there are no clips to score")
    device, nats, scored = next(model.parameters()).device, 0.0, 0
    for codes, frames in encode_for_vocoder(corpus):
        count = len(codes) - 1
        loss = model.loss(codes[None].to(device), local=frames[None].to(device))
        nats, scored = nats + count * float(loss), scored + count
    return nats / scored / math.log(2)


def vocode(model: WaveNet, frames: Tensor, seed: int = 0, temperature: float = 1.0) -> np.ndarray:
    """Turn mel frames (BANDS, F) into a waveform, float32, shape (F * HOP,), at 16,000 Hz."""
    device = next(model.parameters()).device
    start = torch.full((1, 1), SILENCE, device=device)
    codes = model.generate(
        start,
        frames.shape[1] * HOP,
        temperature=temperature,
        generator=torch.Generator().manual_seed(seed),
        local=frames[None].to(device),
    )
    return mu_law_decode(codes[0].numpy()).astype(np.float32)


def copy_synthesis(
    model: WaveNet, x: np.ndarray, seed: int = 0, temperature: float | None = None
) -> np.ndarray:
    """Turn a sound (N,) at 16,000 Hz into mel frames and these back into a sound.

    What is lost is the vocoder's own fault: nothing else has guessed the frames.

    Parameters
    ----------
    model
        From :func:`load_vocoder`.
    x
        Samples in [-1, 1]; noise as under the training clips is added.
    seed
        Of that noise, and of what is drawn.
    temperature
        See :meth:`WaveNet.generate`; by default what the checkpoint recommends, else 1.

    Returns
    -------
    ndarray
        float32, shape (N,).
    """
    if temperature is None:
        temperature = getattr(model, "description", {}).get("temperature", 1.0)
    noise = NOISE * np.random.default_rng(seed).standard_normal(len(x))
    return vocode(model, mel_frames(x + noise), seed, temperature)[: len(x)]
