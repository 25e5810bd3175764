"""What a WaveNet is told, for a whole clip or frame by frame: its shapes, and frames to samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError

if TYPE_CHECKING:
    from aigc_edu.models.wavenet import WaveNetConfig


def check_config(config: WaveNetConfig) -> None:
    """Raise InvalidValueError for hyper-parameters that go together in no network."""
    if min(config.blocks, config.layers_per_block, config.clock_hop) < 1:
        raise InvalidValueError("blocks, layers_per_block and clock_hop must be at least 1")
    if config.clock_frames and not config.conditions:
        raise InvalidValueError("a clock belongs to the first condition, and there is none")
    if config.clock_frames and config.local_channels:
        raise InvalidValueError("h follows a clock or local frames, not both")
    if config.clock not in ("time", "word"):
        raise InvalidValueError(f"the clock must be time or word, got {config.clock!r}")
    if config.clock == "word" and not config.clock_frames:
        raise InvalidValueError("a clock of the word needs clock_frames above 0")


def clock_entries(config: WaveNetConfig, condition: Tensor, positions: Tensor | None) -> Tensor:
    """Return which entry of the clock's table each frame has, int64 (B, F).

    A clock of time counts its frames itself; a clock of the word is told the ``positions`` (B, F).
    """
    if config.clock == "time":
        positions = torch.arange(config.clock_frames, device=condition.device)
    return condition[:, :1] * config.clock_frames + positions


def stretch(frames: Tensor, hop: int, length: int) -> Tensor:
    """Repeat each frame of (B, C, F) ``hop`` times, and the last up to ``length``: (B, C, T).

    A single frame is left as it is, (B, C, 1): it is broadcast.
    """
    if frames.shape[2] == 1:
        return frames
    batch, channels, count = frames.shape
    spread = frames[..., None].expand(-1, -1, -1, hop).reshape(batch, channels, count * hop)
    if length > count * hop:
        rest = frames[:, :, -1:].expand(-1, -1, length - count * hop)
        spread = torch.cat([spread, rest], dim=2)
    return spread[:, :, :length]


def check_condition(
    config: WaveNetConfig, condition: Tensor | None, local: Tensor | None, batch: int
) -> None:
    """Complain of a condition that does not fit.

    Parameters
    ----------
    config
        Of the network that is told.
    condition
        Global, to have the shape (batch, number of conditions); None if there are none.
    local
        Frames, to have the shape (batch, local_channels, F >= 1), or positions of a clock of the
        word, int64 of shape (batch, F >= 1); None if the network is told neither.
    batch
        Number B of clips.

    Raises
    ------
    InvalidValueError
        With the shape that was expected.
    """
    tables = len(config.conditions)
    wanted = (batch, tables) if tables else None
    got = None if condition is None else tuple(condition.shape)
    if got != wanted:
        raise InvalidValueError(
            f"expected a condition of shape {wanted}, got {got}"
            if tables
            else "this WaveNet is told nothing of the whole clip; pass condition=None"
        )
    if config.clock == "word":
        _check_positions(local, batch, config.clock_frames)
    else:
        _check_frames(local, batch, config.local_channels)


def _check_positions(positions: Tensor | None, batch: int, count: int) -> None:
    """Complain of what is not an int64 tensor (batch, F >= 1) within 0 ... count - 1."""
    got = None if positions is None else tuple(positions.shape)
    if got is None or len(got) != 2 or got[0] != batch or not got[1]:
        raise InvalidValueError(f"expected the clock's positions as local, ({batch}, F), got {got}")
    if positions.dtype != torch.int64 or positions.min() < 0 or positions.max() >= count:
        raise InvalidValueError(f"the clock's positions must be whole, in 0 ... {count - 1}")


def _check_frames(local: Tensor | None, batch: int, bands: int) -> None:
    """Complain of frames that are not of the shape (batch, bands, F >= 1), or not None."""
    got = None if local is None else tuple(local.shape)
    if bands and (got is None or len(got) != 3 or got[:2] != (batch, bands) or not got[2]):
        wanted = f"({batch}, {bands}, F)"
        raise InvalidValueError(f"expected local frames of shape {wanted}, got {got}")
    if not bands and local is not None:
        raise InvalidValueError("this WaveNet takes no local frames; pass local=None")
