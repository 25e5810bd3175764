"""Drawing a stage's tokens one by one, with a key-value cache or without.

Chapter: chapters/05-tokens/03-audiolm.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.audiolm.sequences import STAGES
from aigc_edu.nn import CausalTransformer
from aigc_edu.nn.drawing import check_sampling, draw

TEMPERATURES = (0.6, 0.8, 0.6)  # Borsos et al. 2022, section IV.B
OPTIONAL = ("semantic", "fine")  # stages that can be left out


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn.

    Attributes
    ----------
    temperatures
        Of the semantic, the coarse and the fine stage; 0 takes the likeliest token.
    top_k, top_p
        See :func:`aigc_edu.nn.drawing.draw`.
    seed
        Of all draws, not negative.
    without
        Stages that are left out, to hear what they do: without ``"semantic"``, the coarse stage
        has to find the words by itself; without ``"fine"``, only the coarse books are heard.
    cached
        Whether keys and values of earlier tokens are kept; the tokens are the same.
    """

    temperatures: tuple[float, float, float] = TEMPERATURES
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    without: tuple[str, ...] = ()
    cached: bool = True

    def __post_init__(self) -> None:
        if len(self.temperatures) != len(STAGES):
            raise InvalidValueError(f"there is a temperature a stage, got {self.temperatures}")
        for temperature in self.temperatures:
            check_sampling(temperature, self.top_k, self.top_p)
        if self.seed < 0:
            raise InvalidValueError(f"seed must be 0 or more, got {self.seed}")
        if unknown := set(self.without) - set(OPTIONAL):
            raise InvalidValueError(
                f"only {' and '.join(OPTIONAL)} can be left out, not {', '.join(sorted(unknown))}"
            )

    def temperature(self, stage: str) -> float:
        """Return the temperature of a stage."""
        return self.temperatures[STAGES.index(stage)]


@torch.inference_mode()
def write_on(
    network: CausalTransformer,
    row: Tensor,
    due: Sequence[tuple[int, int]],
    chances: Tensor,
    temperature: float,
    rules: Sampling,
) -> Tensor:
    """Return the tokens that a stage writes behind a row.

    Parameters
    ----------
    network
        The stage's Transformer.
    row
        What it has read, its own ids, int64 (L,).
    due
        For each token to write the lowest id of the stream whose turn it is, and the one behind
        the highest: no other is drawn.
    chances
        float64 in [0, 1), one for each: see :func:`aigc_edu.nn.drawing.draw`.
    temperature
        Of the stage.
    rules
        ``top_k``, ``top_p`` and ``cached`` are read.

    Returns
    -------
    Tensor
        int64, shape (len(due),), ids of the streams that were due.
    """
    caches = network.new_caches() if rules.cached else None
    whole = new = row[None]
    for (low, high), chance in zip(due, chances, strict=True):
        logits = network(new, caches=caches)[:, -1, low:high]  # (1, codes of this stream)
        code = draw(logits, chance[None], temperature, rules.top_k, rules.top_p) + low
        code = code[:, None].to(row.device)
        whole = torch.cat([whole, code], dim=1)
        new = code if rules.cached else whole
    return whole[0, len(row) :]
