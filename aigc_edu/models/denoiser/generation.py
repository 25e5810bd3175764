"""Using a denoiser: on whole sounds, and live, piece by piece.

Chapter: chapters/06-product/06-denoising-by-a-network.ipynb
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from aigc_edu.checkpoints import Trained, load_model, with_tuples
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.denoiser.config import DenoiserConfig
from aigc_edu.models.denoiser.network import Denoiser, State

AT_ONCE = 20.0  # seconds of a long sound that are computed together


def load_denoiser(name: str | Path = "denoiser-speech", device: str = "cpu") -> Trained:
    """Load a denoiser from a file or from the checkpoints that ship with the course.

    It is in evaluation mode.
    """

    def build(config: dict[str, Any]) -> Denoiser:
        return Denoiser(DenoiserConfig(**with_tuples(config)))

    return load_model(name, "denoiser", build, device)


def clean(model: Denoiser, x: np.ndarray, rate: int, left: float = 0.0) -> np.ndarray:
    """Return a sound with less noise.

    Parameters
    ----------
    model
        In evaluation mode.
    x
        Shape (N,), N >= 1, finite, in [-1, 1].
    rate
        Its sampling rate in Hz, which must be the network's.
    left
        Share of the noise's amplitude that stays, from 0 to 1.

    Returns
    -------
    ndarray
        float32, shape (N,), in [-1, 1], in time with ``x``.

    Raises
    ------
    InvalidValueError
        If the rates differ, or x is no such sound.
    """
    if rate != model.rate:
        raise InvalidValueError(
            f"this denoiser is for {model.rate} Hz, not {rate} Hz; resample the sound first"
        )
    if not 0 <= left <= 1:
        raise InvalidValueError(f"left must lie from 0 to 1, got {left}")
    live, piece = Live(model), round(AT_ONCE * rate)
    x = _sound(x)
    parts = [live.push(x[begin : begin + piece]) for begin in range(0, len(x), piece)]
    y = np.concatenate([*parts, live.rest()])
    return np.clip(y + left * (x - y), -1, 1).astype(np.float32)


class Live:
    """A denoiser at work while the sound comes in.

    What :meth:`push` returns is the cleaned sound so far, ``config.latency`` samples late at most:
    all that it has returned, and then :meth:`rest`, are what the network makes of the whole.

    Parameters
    ----------
    model
        In evaluation mode.
    """

    def __init__(self, model: Denoiser) -> None:
        self.model, self.hop = model, model.config.hop
        self.device = model.window.device
        self.state: State | None = None
        self.early = model.config.ahead + 1  # pieces of which nothing is to be heard
        self.waiting = np.zeros(self.hop, np.float32)  # what is no whole frame yet
        self.half: torch.Tensor | None = None  # the second half of the last piece, to be added to
        self.missing = 0  # samples that came in and have not gone out

    @torch.inference_mode()
    def push(self, x: np.ndarray) -> np.ndarray:
        """Take samples (N,), N >= 0, and return those that are done, float32."""
        x = np.asarray(x, np.float32)
        self.missing += len(x)
        sound = np.concatenate([self.waiting, x])
        count = len(sound) // self.hop - 1  # frames that are whole
        if count < 1:
            self.waiting = sound
            return np.zeros(0, np.float32)
        self.waiting = sound[count * self.hop :]
        frames = torch.from_numpy(sound[: (count + 1) * self.hop]).to(self.device)
        X = self.model.analyse(frames.unfold(0, 2 * self.hop, self.hop)[None])
        Y, self.state = self.model.clean(X, self.state)
        return self._added(self.model.synthesise(Y)[0])  # pieces (T, frame)

    def rest(self) -> np.ndarray:
        """Return what is still to come when no more goes in, float32, and begin anew."""
        missing = self.missing
        y = self.push(np.zeros(self.model.config.latency, np.float32))[:missing]
        self.__init__(self.model)
        return y

    def _added(self, pieces: torch.Tensor) -> np.ndarray:
        """Return the sums of the pieces' halves, (samples,), without those before the sound."""
        if self.half is None:
            self.half = torch.zeros_like(pieces[0, : self.hop])
        second = torch.cat([self.half[None], pieces[:-1, self.hop :]])
        done = (pieces[:, : self.hop] + second)[self.early :]
        self.half, self.early = pieces[-1, self.hop :], max(0, self.early - len(pieces))
        y = done.flatten().cpu().numpy()
        self.missing -= len(y)
        return y


def _sound(x: np.ndarray) -> np.ndarray:
    x = np.array(x, np.float32)  # a copy: a corpus's samples cannot be written to
    if x.ndim != 1 or not len(x) or not np.isfinite(x).all() or np.abs(x).max() > 1:
        raise InvalidValueError(f"x must be finite samples (N,) in [-1, 1], N >= 1, got {x.shape}")
    return x
