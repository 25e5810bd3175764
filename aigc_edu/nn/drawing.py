"""Drawing codes: from logits to one code, and what may be asked for. All samplers use it.

Chapter: chapters/03-autoregressive/04-wavenet-generation.ipynb
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from aigc_edu.errors import InvalidValueError


def draw(
    logits: Tensor, chances: Tensor, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0
) -> Tensor:
    """Draw one code for each row of logits.

    Parameters
    ----------
    logits
        Shape (B, q).
    chances
        float64 in [0, 1), shape (B,): the code is the first whose cumulated probability is above
        it, so that equal chances give equal codes.
    temperature, top_k, top_p
        See :meth:`WaveNet.generate`.

    Returns
    -------
    Tensor
        int64, shape (B,), on the CPU.
    """
    check_sampling(temperature, top_k, top_p)
    logits = logits.cpu().double()  # in this order: some devices have no float64
    if temperature == 0:
        return logits.argmax(dim=-1)
    p = torch.exp((logits - logits.max(dim=-1, keepdim=True).values) / temperature)
    if 0 < top_k < p.shape[1] or top_p < 1:
        p = p.where(p >= _least(p, top_k, top_p), 0.0)
    sums = p.cumsum(dim=-1)  # its last, and not p.sum(), which may be larger by rounding
    return torch.searchsorted(sums, chances[:, None] * sums[:, -1:], right=True)[:, 0]


def likeliest_temperature(logits: Tensor, codes: Tensor, temperatures: Sequence[float]) -> float:
    """Return the temperature at which codes are most probable: the guess of maximum likelihood.

    Parameters
    ----------
    logits
        Shape (T, q): those from which each code was drawn, undivided.
    codes
        int64, shape (T,), drawn with all codes allowed (no top-k, no top-p).
    temperatures
        To choose from, all above 0.
    """
    costs = [float(cross_entropy(logits.double() / tau, codes)) for tau in temperatures]
    return temperatures[costs.index(min(costs))]


def _least(p: Tensor, top_k: int, top_p: float) -> Tensor:
    """Return the smallest value of each row of p (B, q) that may still be drawn, (B, 1)."""
    ordered = p.sort(dim=-1, descending=True).values
    if 0 < top_k < p.shape[1]:
        ordered = ordered[:, :top_k]
    short = ordered.cumsum(dim=-1) < top_p * ordered.sum(dim=-1, keepdim=True)
    last = short.sum(dim=-1, keepdim=True).clamp(max=ordered.shape[1] - 1)
    return ordered.gather(1, last)


def check_sampling(temperature: float, top_k: int, top_p: float) -> None:
    """Complain of settings of which nothing can be drawn."""
    if not 0 <= temperature < math.inf:
        raise InvalidValueError(f"temperature must be >= 0, got {temperature}")
    if top_k < 0 or not 0 < top_p <= 1:
        raise InvalidValueError(f"top_k must be >= 0 and top_p in (0, 1], got {top_k}, {top_p}")


def check_start(start: Tensor, length: int, levels: int) -> None:
    """Complain of codes that cannot be continued, or of a length below 0."""
    if start.dim() != 2 or min(start.shape) < 1:
        raise InvalidValueError(f"start must have shape (B, T0 >= 1), got {tuple(start.shape)}")
    if start.is_floating_point() or start.min() < 0 or start.max() >= levels:
        raise InvalidValueError(f"start must hold whole numbers in 0 ... {levels - 1}")
    if length < 0:
        raise InvalidValueError(f"length must be >= 0, got {length}")


def draw_code(logits: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """Draw one code from each row of logits (B, q); at temperature 0, take the likeliest."""
    if temperature == 0:
        return logits.argmax(dim=-1)
    probabilities = torch.softmax(logits / temperature, dim=-1)
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]
