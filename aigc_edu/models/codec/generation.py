"""Coding a sound and decoding it: waveform to tokens, tokens to waveform, and tokens in a file.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aigc_edu.checkpoints import (
    CheckpointError,
    Trained,
    load_checkpoint,
    load_model,
    save_checkpoint,
    with_tuples,
)
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.codec.config import CodecConfig
from aigc_edu.models.codec.network import Codec
from aigc_edu.nn import whole_hops


@dataclass(frozen=True, eq=False)
class Tokens:
    """A sound as a codec writes it down.

    Attributes
    ----------
    codes
        int64, shape (n, T), each in 0 ... K - 1; the coarsest book first.
    length
        Samples of the sound, at least 1; of the last frame some may lie beyond its end.
    rate
        Sampling rate in Hz.
    entries
        K.

    Raises
    ------
    InvalidValueError
        If the length, the rate or K is no whole number from 1 on.
    """

    codes: np.ndarray
    length: int
    rate: int
    entries: int

    def __post_init__(self) -> None:
        for name in ("length", "rate", "entries"):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < 1:
                raise InvalidValueError(f"{name} must be a whole number from 1 on, got {value!r}")

    @property
    def bits(self) -> float:
        """What the codes cost."""
        return float(self.codes.size * np.log2(self.entries))

    @property
    def bits_per_second(self) -> float:
        """What a second costs."""
        return self.bits / (self.length / self.rate)

    def first(self, books: int) -> Tokens:
        """Return the codes of the first so many books alone, at least one."""
        if not 1 <= books <= len(self.codes):
            raise InvalidValueError(f"there are 1 ... {len(self.codes)} books, not {books}")
        return replace(self, codes=self.codes[:books])


def load_codec(name: str | Path = "codec-digits", device: str = "cpu") -> Trained:
    """Load a codec from a file or from the checkpoints that ship with the course.

    It is in evaluation mode.
    """

    def build(config: dict[str, Any]) -> Codec:
        return Codec(CodecConfig(**with_tuples(config)))

    return load_model(name, "codec", build, device)


@torch.inference_mode()
def encode(model: Codec, x: np.ndarray, rate: int) -> Tokens:
    """Write a sound down as tokens.

    Parameters
    ----------
    model
        In evaluation mode.
    x
        Shape (N,), N >= 1, finite, in [-1, 1]. The last frame is filled up with zeros.
    rate
        Its sampling rate in Hz, which must be the codec's.

    Raises
    ------
    InvalidValueError
        If the rates differ, or x is no such sound.
    """
    if rate != model.rate:
        raise InvalidValueError(
            f"this codec is for {model.rate} Hz, not {rate} Hz; resample the sound first"
        )
    x = np.array(x, np.float32)  # a copy: a corpus's samples cannot be written to
    if x.ndim != 1 or not len(x) or not np.isfinite(x).all():
        raise InvalidValueError(f"x must be finite samples (N,), N >= 1, got {x.shape}")
    padded = whole_hops(torch.from_numpy(x)[None], model.hop)
    codes = model.encode(padded.to(next(model.parameters()).device))[0].cpu().numpy()
    return Tokens(codes, len(x), rate, model.entries)


@torch.inference_mode()
def decode(model: Codec, tokens: Tokens, books: int | None = None) -> np.ndarray:
    """Return the sound that tokens stand for, float32 (N,) within [-1, 1].

    Parameters
    ----------
    model
        The codec that has made them, in evaluation mode.
    tokens
        At most as many books as the codec has.
    books
        How many of them to use; by default all that there are.

    Raises
    ------
    InvalidValueError
        If they cannot be this codec's tokens.
    """
    tokens = tokens if books is None else tokens.first(books)
    frames = -(-tokens.length // model.hop)
    if (tokens.rate, tokens.entries) != (model.rate, model.entries):
        raise InvalidValueError(
            f"this codec has {model.entries} entries at {model.rate} Hz; the tokens are of one "
            f"with {tokens.entries} at {tokens.rate} Hz"
        )
    if tokens.codes.ndim != 2 or tokens.codes.shape[1] != frames:
        raise InvalidValueError(
            f"{tokens.length} samples are {frames} frames, not {tokens.codes.shape}"
        )
    codes = torch.from_numpy(tokens.codes)[None].to(next(model.parameters()).device)
    x = model.decode(codes)[0, : tokens.length].cpu().numpy()
    return np.clip(x, -1, 1)


def save_tokens(path: str | os.PathLike, tokens: Tokens) -> Path:
    """Write tokens to a file, two bytes each; the file appears whole or not at all."""
    told = {"kind": "tokens", **asdict(tokens)}
    codes = torch.from_numpy(np.asarray(told.pop("codes"), np.int16))
    return save_checkpoint(path, {"codes": codes}, told)


def load_tokens(path: str | os.PathLike) -> Tokens:
    """Read tokens from a file.

    Raises
    ------
    CheckpointError
        If there is no such file, or it holds no tokens, or not all that belongs to them.
    """
    tensors, told = load_checkpoint(path)
    if told.pop("kind", None) != "tokens":
        raise CheckpointError(f"{path} holds no tokens")
    try:
        tokens = Tokens(tensors["codes"].long().numpy(), **told)
    except (KeyError, TypeError, InvalidValueError) as error:
        raise CheckpointError(f"{path} holds no whole tokens: {error}") from error
    codes = tensors["codes"]
    if codes.dim() != 2 or not codes.numel() or codes.is_floating_point():
        raise CheckpointError(f"{path} holds no whole tokens: expected codes (n, T)")
    if not 0 <= int(codes.min()) <= int(codes.max()) < tokens.entries:
        raise CheckpointError(f"{path} holds codes outside 0 ... {tokens.entries - 1}")
    return tokens
