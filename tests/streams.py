"""What the tests of networks that run one code at a time share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from aigc_edu.nn import compiled_streams

TOLERANCE = 1e-5  # of logits
TOLD = st.sampled_from(
    [
        {},
        {"conditions": (4,)},
        {"conditions": (4, 3), "clock_frames": 5, "clock_hop": 3},
        {"local_channels": 3, "clock_hop": 5},  # the clip outlasts its frames
        {"local_channels": 3, "clock_hop": 16},  # the frames outlast the clip
        {"conditions": (4,), "local_channels": 2, "clock_hop": 1},
        {"conditions": (4,), "clock_frames": 6, "clock_hop": 4, "clock": "word"},
    ]
)

SAMPLING = pytest.mark.parametrize(
    ("temperature", "top_k", "top_p"),
    [(0, 0, 1), (1, 0, 1), (1.3, 0, 1), (1, 4, 1), (0.7, 0, 0.8), (1.3, 9, 0.9), (1, 99, 1)],
)


def told(config: Any, batch: int, frames: int = 4) -> tuple[Tensor | None, Tensor | None]:
    """Return a condition and local frames, as far as the network takes them."""
    classes, condition, local = config.conditions, None, None
    if classes:
        condition = torch.stack([torch.randint(0, n, (batch,)) for n in classes], 1)
    if config.local_channels:
        local = torch.randn(batch, config.local_channels, frames)
    if config.clock == "word":
        local = torch.randint(0, config.clock_frames, (batch, frames))
    return condition, local


def step_by_step(
    kind: type,
    model: nn.Module,
    codes: Tensor,
    condition: Tensor | None = None,
    local: Tensor | None = None,
) -> Tensor:
    """Return the stream's logits (B, q, T)."""
    stream = kind(model, len(codes), model.embed_condition(condition, len(codes), local))
    return torch.stack([stream.step(codes[:, t]) for t in range(codes.shape[1])], dim=-1)


def chances_of(seed: int, batch: int, length: int) -> Tensor:
    """Return what ``generate`` draws from a generator with this seed."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, length, dtype=torch.float64, generator=generator)


def kept(p: np.ndarray, top_k: int, top_p: float) -> tuple[np.ndarray, float]:
    """Return which codes may be drawn: a plain definition of both settings, ties included."""
    order = np.argsort(-p, kind="stable")[: top_k or len(p)]
    shares = np.cumsum(p[order]) / p[order].sum()
    enough = np.argmax(shares >= top_p) if top_p < 1 else len(order) - 1
    return p >= p[order[enough]], np.abs(shares - top_p).min() if top_p < 1 else 1.0


def _room(logits: np.ndarray, chance: float, temperature: float, top_k: int, top_p: float) -> float:
    """Return how much a probability may change before another code is drawn."""
    p = np.exp((logits - logits.max()) / (temperature or 1.0))
    p /= p.sum()
    if temperature == 0:
        return np.diff(np.sort(p))[-1]
    allowed, room = kept(p, top_k, top_p)
    borders = np.cumsum(p * allowed) / p[allowed].sum()
    gap = p[allowed].min() - p[~allowed].max(initial=-1.0)
    return min(room, gap, np.abs(borders - chance).min())


def least_room(logits: Tensor, chances: Tensor, **how: Any) -> float:
    """Return how close the closest of draws by chances (B, T) came to being another one.

    If it is further than two ways' logits (B, q, T) are from each other, both draw the same.
    """
    logits, chances = logits.double().numpy(), chances.numpy()
    batch, length = chances.shape
    return min(
        _room(logits[b, :, t], chances[b, t], **how) for b in range(batch) for t in range(length)
    )


def assert_pieces_change_nothing(model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generate in pieces of several lengths: the codes are those of one piece."""
    start, (condition, _) = torch.randint(0, 16, (2, 3)), told(model.config, 2)

    def codes():
        return model.generate(start, 30, condition, 1.0, torch.Generator().manual_seed(1))

    whole = codes()
    for piece in (1, 7, 30):
        monkeypatch.setattr(compiled_streams, "PIECE", piece)
        assert torch.equal(codes(), whole)


def both_ways(model: nn.Module, start: Tensor, condition: Tensor | None, **how: Any) -> Tensor:
    """Return 60 codes that the compiled way and the other one draw alike, with the seed 5."""
    slow, fast = (
        model.generate(
            start, 60, condition, generator=torch.Generator().manual_seed(5), compiled=way, **how
        )
        for way in (False, True)
    )
    assert torch.equal(fast, slow)
    return slow
