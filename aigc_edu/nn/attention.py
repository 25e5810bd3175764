"""Attention: each position looks at others and takes a weighted mean of what it finds.

Chapter: chapters/02-building-blocks/05-attention.ipynb

``softmax(Q K^T / sqrt(d)) V``, straight from the equation, with masks, several heads, rotary
positions and a key-value cache; equal to PyTorch's. References: Vaswani et al. 2017, "Attention is
all you need", arXiv:1706.03762, section 3.2; Bahdanau et al. 2015, "Neural machine translation by
jointly learning to align and translate", arXiv:1409.0473.

Masks are boolean and **True means: may look**. That is the convention of
``torch.nn.functional.scaled_dot_product_attention``; ``torch.nn.MultiheadAttention`` has the
opposite one.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.positions import rotate


def attention_weights(q: Tensor, k: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return softmax(q k^T / sqrt(D)): how much each query takes from each key.

    Parameters
    ----------
    q
        Queries, shape (..., T, D).
    k
        Keys, shape (..., S, D).
    mask
        Boolean, broadcastable to (..., T, S): True where a query may look at a key. None: anywhere.

    Returns
    -------
    Tensor
        Shape (..., T, S), from 0 to 1. Each row has the sum 1, and exact zeros where it may not
        look.

    Raises
    ------
    InvalidValueError
        If shapes don't fit, if the mask isn't boolean, or if it forbids a query every key: there
        is no mean over nothing.
    """
    _check_shapes(q, k)
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5  # (..., T, S)
    if mask is not None:
        _check_mask(mask, scores)
        scores = scores.masked_fill(~mask, -torch.inf)  # exp(-inf) is exactly 0
    return torch.softmax(scores, dim=-1)


def scaled_dot_product_attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Return softmax(q k^T / sqrt(D)) v: for each query, a mean of the values.

    That is equation (1) of Vaswani et al. 2017, and equals
    ``torch.nn.functional.scaled_dot_product_attention``.

    Parameters
    ----------
    q, k, mask
        As in :func:`attention_weights`.
    v
        Values, shape (..., S, E), one for each key.

    Returns
    -------
    Tensor
        Shape (..., T, E).

    Raises
    ------
    InvalidValueError
        As :func:`attention_weights`, or if there isn't one value for each key.
    """
    if v.dim() < 2 or v.shape[-2] != k.shape[-2]:
        raise InvalidValueError(
            f"expected a value for each key, v (..., {k.shape[-2]}, E), got {tuple(v.shape)}"
        )
    return attention_weights(q, k, mask) @ v


def causal_mask(length: int, past: int = 0, device: torch.device | None = None) -> Tensor:
    """Return the mask with which position t looks at positions up to t and at none after it.

    Parameters
    ----------
    length
        T >= 1: how many queries.
    past
        How many keys there are before the first query's own, in a cache.
    device
        Where to make it.

    Returns
    -------
    Tensor
        Boolean, shape (T, past + T); row t is True in the columns 0 ... past + t.
    """
    if length < 1 or past < 0:
        raise InvalidValueError(f"length must be >= 1 and past >= 0, got {length} and {past}")
    keys = torch.arange(past + length, device=device)
    queries = torch.arange(past, past + length, device=device)
    return keys[None, :] <= queries[:, None]


def _check_shapes(q: Tensor, k: Tensor) -> None:
    fits = min(q.dim(), k.dim()) >= 2 and q.shape[-1] == k.shape[-1]
    if not fits or min(q.shape[-2], k.shape[-2], q.shape[-1]) < 1:
        raise InvalidValueError(
            "expected queries (..., T, D) and keys (..., S, D) with T, S, D >= 1, "
            f"got {tuple(q.shape)} and {tuple(k.shape)}"
        )


def _check_mask(mask: Tensor, scores: Tensor) -> None:
    if mask.dtype != torch.bool:
        raise InvalidValueError(f"a mask is boolean, True where one may look; got {mask.dtype}")
    try:
        fits = torch.broadcast_shapes(mask.shape, scores.shape) == scores.shape
    except RuntimeError:
        fits = False
    if not fits:
        raise InvalidValueError(
            f"expected a mask that broadcasts to {tuple(scores.shape)}, got {tuple(mask.shape)}"
        )
    if not bool(mask.any(dim=-1).all()):
        row = int((~mask.any(dim=-1)).nonzero()[0, -1]) if mask.dim() > 1 else 0
        raise InvalidValueError(
            f"the mask forbids query {row} every key, and there is no mean over nothing; "
            "let it look at itself, at least"
        )


class KeyValueCache:
    """The keys and values of one layer for all positions so far.

    Attributes
    ----------
    keys, values
        Shape (B, heads, S, D) each; None while there are none.
    """

    def __init__(self) -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    @property
    def length(self) -> int:
        """S: how many positions it holds."""
        return 0 if self.keys is None else self.keys.shape[2]

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Append keys and values (B, heads, T, D) and return all there are, (B, heads, S, D).

        Raises
        ------
        InvalidValueError
            If batch, heads or D differ from what is there.
        """
        if self.keys is not None and self.values is not None:
            there, new = self.keys.shape, keys.shape
            if (*there[:2], there[3]) != (*new[:2], new[3]):
                raise InvalidValueError(
                    f"the cache holds {tuple(there)}; batch, heads and channels of what comes "
                    f"after must be the same, got {tuple(new)}"
                )
            keys = torch.cat([self.keys, keys], dim=2)
            values = torch.cat([self.values, values], dim=2)
        self.keys, self.values = keys, values
        return keys, values


class MultiHeadAttention(nn.Module):
    """Several attentions side by side, each on its own share of the channels.

    The parameters are those of ``torch.nn.MultiheadAttention``, by name and shape, so weights go
    both ways through ``load_state_dict``; with the same weights it returns the same
    (Vaswani et al. 2017, section 3.2.2).

    Parameters
    ----------
    channels
        C of input and output.
    heads
        H, a divisor of C; each head has D = C / H channels.
    bias
        Whether the four projections add a constant.
    rotary
        Whether queries and keys are turned by their positions; D must be even then.
    """

    def __init__(self, channels: int, heads: int, bias: bool = True, rotary: bool = False) -> None:
        if min(channels, heads) < 1 or channels % heads:
            raise InvalidValueError(f"heads must divide channels, got {heads} and {channels}")
        if rotary and channels // heads % 2:
            raise InvalidValueError(
                f"rotary positions need an even number of channels in a head, "
                f"got {channels} / {heads}"
            )
        super().__init__()
        self.channels, self.heads, self.rotary = channels, heads, rotary
        self.in_proj_weight = nn.Parameter(torch.empty(3 * channels, channels))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * channels)) if bias else None
        self.out_proj = nn.Linear(channels, channels, bias)
        nn.init.xavier_uniform_(self.in_proj_weight)
        if bias:
            nn.init.zeros_(self.out_proj.bias)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        memory: Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Let every position of x look at x itself, at what is cached, or at a memory.

        Parameters
        ----------
        x
            Shape (B, T, C).
        mask
            Boolean, broadcastable to (B, heads, T, S), True where one may look. None: anywhere.
            With a cache, S counts what is in there, too: ``causal_mask(T, past=cache.length)``.
        memory
            Shape (B, S, C): where the keys and values come from; by default, x.
        cache
            Keys and values of earlier positions; those of x are added. Rotary positions go on
            from there.

        Returns
        -------
        y
            Shape (B, T, C).
        weights
            Shape (B, heads, T, S).

        Raises
        ------
        InvalidValueError
            If shapes don't fit, or if there is a memory beside a cache or rotary positions.
        """
        self._check(x, memory, cache)
        q, k, v = self._project(x, x if memory is None else memory)  # each (B, H, T or S, D)
        if self.rotary:
            past = 0 if cache is None else cache.length
            positions = torch.arange(past, past + x.shape[1], device=x.device)
            q, k = rotate(q, positions), rotate(k, positions)
        if cache is not None:
            k, v = cache.extend(k, v)
        weights = attention_weights(q, k, mask)  # (B, H, T, S)
        y = (
            (weights @ v).transpose(1, 2).flatten(2)
        )  # (B, T, H, D), and the heads side by side: (B, T, C)
        return self.out_proj(y), weights

    def _project(self, x: Tensor, memory: Tensor) -> tuple[Tensor, ...]:
        """Return queries of x and keys and values of the memory, split into heads."""
        weights = self.in_proj_weight.chunk(3)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        sources = (x, memory, memory)
        return tuple(
            nn.functional.linear(source, weight, bias)  # (B, T, C)
            .unflatten(2, (self.heads, -1))  # (B, T, H, D)
            .transpose(1, 2)
            for source, weight, bias in zip(sources, weights, biases, strict=True)
        )

    def _check(self, x: Tensor, memory: Tensor | None, cache: KeyValueCache | None) -> None:
        for name, given in (("x", x), ("memory", memory)):
            if given is not None and (
                given.dim() != 3 or given.shape[2] != self.channels or given.shape[1] < 1
            ):
                raise InvalidValueError(
                    f"expected {name} of shape (B, T, {self.channels}) with T >= 1, "
                    f"got {tuple(given.shape)}"
                )
        if memory is not None and memory.shape[0] != x.shape[0]:
            raise InvalidValueError(
                f"expected a memory of {x.shape[0]} sequences, got {memory.shape[0]}"
            )
        if memory is not None and (cache is not None or self.rotary):
            raise InvalidValueError("a memory goes with neither a cache nor rotary positions")
