"""The Transformer's block, and a causal Transformer over codes.

Chapter: chapters/02-building-blocks/06-the-transformer.ipynb

References: Vaswani et al. 2017, "Attention is all you need", arXiv:1706.03762; Ba et al. 2016,
"Layer normalization", arXiv:1607.06450; Xiong et al. 2020, "On layer normalization in the
Transformer architecture", arXiv:2002.04745, for the order of the parts ("pre-norm").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.attention import KeyValueCache, MultiHeadAttention, causal_mask
from aigc_edu.nn.drawing import draw_code
from aigc_edu.nn.positions import LearnedPositions, sinusoidal_positions

Positions = Literal["sinusoidal", "learned", "rotary", "none"]
_POSITIONS = ("sinusoidal", "learned", "rotary", "none")
_ACTIVATIONS = {"gelu": F.gelu, "relu": F.relu}


class LayerNorm(nn.Module):
    """Give each position's channels mean 0 and variance 1, then a learned scale and offset.

    ``y = g (x - mean) / sqrt(variance + eps) + b``, over the last axis; no position knows of
    another. Parameters and results are those of ``torch.nn.LayerNorm`` (Ba et al. 2016).

    Parameters
    ----------
    channels
        C.
    eps
        Keeps the root away from zero.
    """

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        if channels < 1:
            raise InvalidValueError(f"channels must be >= 1, got {channels}")
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (..., C) to the same shape."""
        if x.dim() < 1 or x.shape[-1] != len(self.weight):
            raise InvalidValueError(f"expected (..., {len(self.weight)}), got {tuple(x.shape)}")
        rest = x - x.mean(dim=-1, keepdim=True)
        variance = (rest**2).mean(dim=-1, keepdim=True)
        return self.weight * rest / torch.sqrt(variance + self.eps) + self.bias


class TransformerBlock(nn.Module):
    """Attention, then two layers at each position by itself, each added to what came in.

    ``x = x + attention(norm1(x))``; ``x = x + linear2(f(linear1(norm2(x))))``. Parameters and
    results are those of ``torch.nn.TransformerEncoderLayer`` with ``norm_first=True``,
    ``batch_first=True`` and ``dropout=0``.

    Parameters
    ----------
    channels, heads
        As in :class:`MultiHeadAttention`.
    feedforward
        Width of the hidden layer; by default 4 C.
    activation
        f: ``"gelu"`` or ``"relu"``.
    rotary
        Whether the attention turns queries and keys by their positions.
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        feedforward: int | None = None,
        activation: str = "gelu",
        rotary: bool = False,
    ) -> None:
        if activation not in _ACTIVATIONS:
            raise InvalidValueError(f"activation is 'gelu' or 'relu', not {activation!r}")
        if feedforward is not None and feedforward < 1:
            raise InvalidValueError(f"feedforward must be >= 1, got {feedforward}")
        super().__init__()
        hidden = feedforward or 4 * channels
        self.activation = _ACTIVATIONS[activation]
        self.self_attn = MultiHeadAttention(channels, heads, rotary=rotary)
        self.linear1, self.linear2 = nn.Linear(channels, hidden), nn.Linear(hidden, channels)
        self.norm1, self.norm2 = LayerNorm(channels), LayerNorm(channels)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, cache: KeyValueCache | None = None
    ) -> Tensor:
        """Map x (B, T, C) to the same shape; mask and cache as in the attention."""
        return self.trace(x, mask, cache)[0]

    def trace(
        self, x: Tensor, mask: Tensor | None = None, cache: KeyValueCache | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what :meth:`forward` does, and the attention's weights (B, heads, T, S)."""
        y, weights = self.self_attn(self.norm1(x), mask, cache=cache)
        x = x + y
        return x + self.linear2(self.activation(self.linear1(self.norm2(x)))), weights


@dataclass(frozen=True)
class CausalTransformerConfig:
    """Hyper-parameters of a :class:`CausalTransformer`.

    Attributes
    ----------
    levels
        Number of codes q.
    channels, heads, layers
        Width C, heads of each attention, number of blocks.
    feedforward
        Width of the blocks' hidden layer; None for 4 C.
    positions
        ``"rotary"``, ``"sinusoidal"``, ``"learned"`` or ``"none"``.
    longest
        How many positions the learned ones have. The others need no such bound.
    activation
        ``"gelu"`` or ``"relu"``.
    """

    levels: int
    channels: int = 64
    heads: int = 4
    layers: int = 2
    feedforward: int | None = None
    positions: Positions = "rotary"
    longest: int = 512
    activation: str = "gelu"


class CausalTransformer(nn.Module):
    """A model of sequences of codes: what comes next, given all that came before.

    Parameters
    ----------
    config
        Its sizes.
    """

    def __init__(self, config: CausalTransformerConfig) -> None:
        if min(config.levels, config.layers) < 1:
            raise InvalidValueError(f"levels and layers must be >= 1: {config}")
        if config.positions not in _POSITIONS:
            raise InvalidValueError(f"positions are one of {_POSITIONS}, not {config.positions!r}")
        super().__init__()
        self.config, channels = config, config.channels
        self.embedding = nn.Embedding(config.levels, channels)
        learned = config.positions == "learned"
        self.positions = LearnedPositions(config.longest, channels) if learned else None
        rotary = config.positions == "rotary"
        sizes = (channels, config.heads, config.feedforward, config.activation, rotary)
        self.blocks = nn.ModuleList(TransformerBlock(*sizes) for _ in range(config.layers))
        self.norm = LayerNorm(channels)
        self.output = nn.Linear(channels, config.levels)

    def new_caches(self) -> list[KeyValueCache]:
        """Return an empty cache for each block."""
        return [KeyValueCache() for _ in self.blocks]

    def forward(
        self,
        codes: Tensor,
        mask: Tensor | None = None,
        caches: list[KeyValueCache] | None = None,
    ) -> Tensor:
        """Return the logits of the code after each.

        Parameters
        ----------
        codes
            int64, shape (B, T), from 0 to q - 1.
        mask
            Boolean, (T, S), in place of the causal one: to narrow what is seen, or to see what a
            wrong one does.
        caches
            From :meth:`new_caches`, if the codes come piece by piece; they go on where the last
            piece ended.

        Returns
        -------
        Tensor
            Shape (B, T, q); row t holds the logits of the code at t + 1.
        """
        return self.trace(codes, mask, caches)[0]

    def trace(
        self,
        codes: Tensor,
        mask: Tensor | None = None,
        caches: list[KeyValueCache] | None = None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the logits as :meth:`forward` does, and each block's weights (B, heads, T, S)."""
        self._check(codes)
        past = caches[0].length if caches else 0
        x = self.embedding(codes) + self._position_rows(codes.shape[1], past)
        if mask is None:
            mask = causal_mask(codes.shape[1], past, codes.device)
        seen = []
        for number, block in enumerate(self.blocks):
            x, weights = block.trace(x, mask, caches[number] if caches else None)
            seen.append(weights)
        return self.output(self.norm(x)), seen

    def loss(self, codes: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the mean cross-entropy, in nats, of ``codes[:, 1:]`` given what precedes each.

        ``codes`` has shape (B, T + 1), T >= 1. Nothing precedes the first code; it isn't scored.
        """
        if codes.dim() != 2 or codes.shape[1] < 2:
            raise InvalidValueError(
                f"expected codes of shape (B, T + 1), T >= 1, got {tuple(codes.shape)}"
            )
        logits = self(codes[:, :-1], mask)  # (B, T, q)
        return F.cross_entropy(logits.flatten(0, 1), codes[:, 1:].flatten())

    @torch.no_grad()
    def generate(
        self, opening: Tensor, count: int, temperature: float = 1.0, seed: int = 0
    ) -> Tensor:
        """Continue an opening, one code at a time, with a key-value cache.

        Parameters
        ----------
        opening
            int64, shape (B, T), T >= 1.
        count
            How many codes to add, >= 0.
        temperature
            At least 0; the logits are divided by it. 0 takes the likeliest code each time.
        seed
            Fixes what is drawn.

        Returns
        -------
        Tensor
            int64, shape (B, T + count), the opening included.
        """
        if count < 0 or not temperature >= 0:
            raise InvalidValueError(
                f"count and temperature must be >= 0, got {count} and {temperature}"
            )
        self._check(opening)
        generator = torch.Generator(opening.device).manual_seed(seed)
        caches, codes, new = self.new_caches(), opening, opening
        for _ in range(count):
            logits = self(new, caches=caches)[:, -1]  # (B, q): only the new codes are computed
            new = draw_code(logits, temperature, generator)[:, None]
            codes = torch.cat([codes, new], dim=1)
        return codes

    def _position_rows(self, length: int, past: int) -> Tensor | float:
        """Return what is added to the embeddings for their positions, (T, C) or nothing."""
        table = self.embedding.weight
        if self.positions is not None:
            return self.positions(length, past)
        if self.config.positions == "sinusoidal":
            return sinusoidal_positions(length, self.config.channels, past).to(table)
        return 0.0

    def _check(self, codes: Tensor) -> None:
        if codes.dim() != 2 or codes.shape[1] < 1 or codes.dtype != torch.int64:
            raise InvalidValueError(
                "expected codes of shape (B, T), T >= 1, and type int64, "
                f"got {tuple(codes.shape)} and {codes.dtype}"
            )
        if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < self.config.levels:
            raise InvalidValueError(
                f"codes must lie in 0 ... {self.config.levels - 1}, "
                f"got {int(codes.min())} ... {int(codes.max())}"
            )
