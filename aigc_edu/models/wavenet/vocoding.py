"""A WaveNet as a vocoder: from a waveform to mel frames, and from frames back to a waveform.

Chapter: chapters/03-autoregressive/07-wavenet-vocoder-and-judging.ipynb

References: van den Oord et al. 2016, arXiv:1609.03499, section 2.5 (local conditioning); Shen et
al. 2018, "Natural TTS synthesis by conditioning WaveNet on mel spectrogram predictions",
arXiv:1712.05884 (mel frames as the condition).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained, load_model
from aigc_edu.corpora import Corpus
from aigc_edu.dsp import (
    griffin_lim,
    mel_filterbank,
    mel_spectrogram,
    mu_law_decode,
    mu_law_encode,
    to_db,
)
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet.clips import SILENCE
from aigc_edu.models.wavenet.network import WaveNet
from aigc_edu.models.wavenet.speaking import wavenet_from_config

BANDS, FRAME, HOP = 64, 1024, 256  # of the mel spectrogram, at 16 kHz
FLOOR_DB = -100.0
NOISE = 3e-4  # deviation of the noise under all clips: a synthesiser's silence may be zero
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


def load_vocoder(name: str | Path = "vocoder-sentences", device: str = "cpu") -> Trained:
    """Load a vocoder from a file or from the checkpoints that ship with the course."""
    return load_model(name, "vocoder", wavenet_from_config, device)


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
    trained: Trained, x: np.ndarray, seed: int = 0, temperature: float | None = None
) -> np.ndarray:
    """Turn a sound (N,) at 16,000 Hz into mel frames and these back into a sound.

    What is lost is the vocoder's own fault: nothing else has guessed the frames.

    Parameters
    ----------
    trained
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
        temperature = trained.description.get("temperature", 1.0)
    noise = NOISE * np.random.default_rng(seed).standard_normal(len(x))
    return vocode(trained.model, mel_frames(x + noise), seed, temperature)[: len(x)]


def griffin_lim_copy(x: np.ndarray, rounds: int = 60) -> np.ndarray:
    """Turn a sound (N,) at 16,000 Hz into mel powers and these back into a sound, by guessing.

    The phases are found by Griffin and Lim's rounds, the bins by the bands' pseudo-inverse: what
    can be had of a mel spectrum without having learned anything, to compare a vocoder with.

    Returns
    -------
    ndarray
        float64, shape (N,); its peaks may pass full scale.
    """
    power = mel_spectrogram(np.asarray(x, float), RATE, FRAME, HOP, BANDS)
    spectrum = np.maximum(np.linalg.pinv(mel_filterbank(RATE, FRAME, BANDS)) @ power, 0) ** 0.5
    return griffin_lim(spectrum, HOP, rounds, length=len(x))
