"""The codec that an AudioLM's acoustic tokens are of: what is asked of it, and which one it is.

Chapter: chapters/05-tokens/03-audiolm.ipynb
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from aigc_edu.checkpoints import CheckpointError, Trained
from aigc_edu.models.codec import load_codec
from aigc_edu.nn import whole_hops


class AcousticCodec(Protocol):
    """What an AudioLM asks of a codec.

    Attributes
    ----------
    rate, hop
        Sampling rate in Hz, and samples of a frame.
    books, entries
        Number of books, and entries of each.
    """

    rate: int
    hop: int
    books: int
    entries: int

    def encode(self, x: Tensor) -> Tensor:
        """Map waveforms (B, T * hop) to tokens, int64 (B, books, T), the coarsest first."""

    def decode(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, n, T) of the first n books, n >= 1, to waveforms (B, T * hop)."""


def fingerprint(model: nn.Module) -> str:
    """Return a short hash of a network's weights, by name: equal for equal weights only."""
    told = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        told.update(f"{name} {tuple(tensor.shape)} ".encode())
        told.update(tensor.detach().cpu().double().contiguous().numpy().tobytes())
    return told.hexdigest()[:16]


def check_codec(trained: Trained, codec: nn.Module) -> None:
    """Raise CheckpointError if a codec is not the one that an AudioLM has learned the tokens of."""
    told: dict[str, Any] = trained.description["codec"]
    found = fingerprint(codec)
    if found != told["fingerprint"]:
        raise CheckpointError(
            f"this AudioLM's tokens are those of the codec {told['name']} with the fingerprint "
            f"{told['fingerprint']}; this codec's is {found}"
        )


@torch.no_grad()
def acoustic_tokens(codec: AcousticCodec, x: Tensor, books: int | None = None) -> Tensor:
    """Return the tokens (B, books, T) of waveforms (B, N), padded with zeros to whole frames.

    They are those of the first ``books``, by default of all.
    """
    return codec.encode(whole_hops(x, codec.hop))[:, :books]


def open_codec(name: str | Path, device: str = "cpu") -> Trained:
    """Load the codec of a name or a file."""
    return load_codec(name, device)


def codec_of(trained: Trained, name: str | Path | None = None, device: str = "cpu") -> Trained:
    """Load the codec that an AudioLM names, or another file of it, and check that it is the one."""
    codec = open_codec(name or trained.description["codec"]["name"], device)
    check_codec(trained, codec.model)
    return codec
