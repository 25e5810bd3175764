"""Loading a flow-matching model, drawing mel frames with it, and playing notes.

Chapter: chapters/05-tokens/06-flow-matching.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained, load_model
from aigc_edu.dsp import mel_filterbank, to_db
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.flowmatching.config import FlowMatchingConfig
from aigc_edu.models.flowmatching.network import FlowMatching, family_rows, pitch_rows
from aigc_edu.models.flowmatching.path import Field, follow, guided
from aigc_edu.nn.spectral_decoder import stft_of_hops

TOGETHER = 32  # notes that are drawn at once
STEPS, GUIDANCE = 4, 1.0  # unless others are asked for
ANY = -1  # the family that isn't told
_filters = lru_cache(mel_filterbank)


def load_flowmatching(name: str | Path = "flowmatching-notes", device: str = "cpu") -> Trained:
    """Load a model from a file or from the checkpoints that ship with the course.

    It is in evaluation mode; the description holds the families' names (``labels``) and the rate.
    """

    def build(config: dict[str, Any]) -> FlowMatching:
        return FlowMatching(FlowMatchingConfig(**config))

    return load_model(name, "flowmatching", build, device)


def levels_of(x: np.ndarray, config: FlowMatchingConfig) -> np.ndarray:
    """Return the mel levels of a note in dB, float32 (bands, frames).

    Frame m has its middle in the middle of the samples ``m hop ... (m + 1) hop - 1``, as the
    decoder's has. The level of a band is that of the root mean square of its bins; 0 dB is what a
    sine of amplitude 1 has in its bin, and nothing is below ``config.quietest``.

    Parameters
    ----------
    x
        Shape (N,), real; cut or filled up with silence to ``config.length``.
    config
        Frames, hop and bands.
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 1:
        raise InvalidValueError(f"expected a note of shape (N,), got {x.shape}")
    x = np.pad(x[: config.length], (0, max(0, config.length - len(x))))
    window = torch.hann_window(config.frame, dtype=torch.float64)
    spectra = stft_of_hops(torch.from_numpy(x)[None], window, config.hop)[0]  # (bins, frames)
    filters = _filters(config.rate, config.frame, config.bands)
    power = spectra.abs().square().numpy()
    mean = filters @ power / filters.sum(axis=1, keepdims=True)
    return to_db(mean / (config.frame / 4) ** 2, config.quietest).astype(np.float32)


@torch.inference_mode()
def draw_frames(
    model: FlowMatching,
    families: Sequence[int],
    pitches: Sequence[int],
    *,
    steps: int = STEPS,
    seed: int = 0,
    guidance: float = GUIDANCE,
    method: str = "euler",
) -> Tensor:
    """Draw the normalised mel frames of notes, float32 (n, bands, frames), on the CPU.

    Parameters
    ----------
    model
        In evaluation mode.
    families
        n numbers of families, :data:`ANY` where none is told.
    pitches
        n MIDI numbers.
    steps, method
        See :func:`follow`. A network that is told how far a step goes takes ``"euler"`` alone.
    seed
        Of the noise.
    guidance
        See :func:`guided`; it costs a second evaluation if it isn't 1.
    """
    family, pitch = _asked(model.config, families, pitches)
    if model.config.spans and method != "euler":
        raise InvalidValueError("a mean velocity goes a whole step; the method must be 'euler'")
    noise = _noise(len(family), model.config.bands, model.config, seed)
    device, made = model.mean.device, []
    for rows in zip(*(part.split(TOGETHER) for part in (noise, family, pitch)), strict=True):
        z, f, p = (part.to(device) for part in rows)
        made.append(follow(field_of(model, f, p, steps, guidance), z, steps, method).cpu())
    return torch.cat(made)


def field_of(
    model: FlowMatching, family: Tensor, pitch: Tensor, steps: int, guidance: float = GUIDANCE
) -> Field:
    """Return the velocity of notes that are told their family and pitch, as :func:`follow` asks.

    Parameters
    ----------
    model
        The network.
    family, pitch
        Rows of its tables, int64 (B,).
    steps
        In how many it will be followed: a network of mean velocities is told.
    guidance
        See :func:`guided`; what isn't told then is the family and the pitch.
    """
    nothing = (
        torch.full_like(family, model.config.families),
        torch.full_like(pitch, model.config.pitches),
    )

    def velocity(x: Tensor, tau: Tensor) -> Tensor:
        span = torch.full_like(tau, 1 / steps) if model.config.spans else None
        told = model.velocity(x, tau, family, pitch, span)
        if guidance == 1:
            return told
        return guided(told, model.velocity(x, tau, *nothing, span), guidance)

    return velocity


def play(
    trained: Trained, families: Sequence[int], pitches: Sequence[int], **wishes: Any
) -> list[np.ndarray]:
    """Return notes as sounds, each float32 of shape (length,) within [-1, 1].

    For the wishes see :func:`draw_frames`; the guidance is the checkpoint's own if none is wished.
    """
    own = {"guidance": trained.description.get("guidance", GUIDANCE)}
    frames = draw_frames(trained.model, families, pitches, **{**own, **wishes})
    return sound_of(trained.model, frames, pitches, wishes.get("seed", 0))


@torch.inference_mode()
def sound_of(
    model: FlowMatching, frames: Tensor, pitches: Sequence[int], seed: int = 0
) -> list[np.ndarray]:
    """Let the decoder make sound of normalised frames (n, bands, T), float32 (T hop,) each.

    ``seed`` is that of the noise that the decoder makes breath of.
    """
    _, pitch = _asked(model.config, [ANY] * len(frames), pitches)
    noise = _noise(len(frames), model.config.noise, model.config, seed + 1)[..., : frames.shape[2]]
    device, made = model.mean.device, []
    for rows in zip(*(part.split(TOGETHER) for part in (frames, pitch, noise)), strict=True):
        made.append(model.decoder(*(part.to(device) for part in rows)).cpu())
    return list(torch.cat(made).clamp(-1, 1).numpy())


def copies(trained: Trained, notes: Sequence[np.ndarray], pitches: Sequence[int]) -> list:
    """Return what the decoder makes of real notes (N,): as near as a drawn one could come."""
    model = trained.model
    levels = np.stack([levels_of(x, model.config) for x in notes])
    frames = model.normalised(torch.from_numpy(levels).to(model.mean.device)).cpu()
    return sound_of(model, frames, pitches)


def _asked(
    config: FlowMatchingConfig, families: Sequence[int], pitches: Sequence[int]
) -> tuple[Tensor, Tensor]:
    if not len(pitches) or len(families) != len(pitches):
        raise InvalidValueError(f"there are {len(families)} families for {len(pitches)} pitches")
    family = torch.as_tensor([int(f) for f in families])
    pitch = torch.as_tensor([int(p) for p in pitches])
    return family_rows(config, family), pitch_rows(config, pitch)


def _noise(count: int, channels: int, config: FlowMatchingConfig, seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, channels, config.frames, generator=random)
