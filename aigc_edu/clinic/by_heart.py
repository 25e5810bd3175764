"""The first test of all: whether a network, with its loss, can learn one clip by heart.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError

CLIP = 1.0  # largest norm of a gradient


def overfit_one_clip(
    model: nn.Module,
    loss: Callable[..., Tensor],
    *batch: Tensor,
    steps: int = 100,
    rate: float = 0.02,
    warm_up: int = 10,
) -> list[float]:
    """Train a copy of a network on one batch, again and again; return the loss of each step.

    A network that has more weights than the clip has samples can learn it by heart. If the loss
    does not fall to a small part of where it began, the mistake is in the code and no data will
    mend it. The model itself is left as it was.

    Parameters
    ----------
    model
        Any module.
    loss
        Maps the model and the batch to a scalar.
    batch
        What the loss takes besides: one clip is enough.
    steps, rate, warm_up
        Updates by Adam, their size, and over how many of them it rises from 0.

    Returns
    -------
    list of float
        In the loss's own unit; it ends early, with what is not finite, if the training diverges.
    """
    if steps < 1 or not 0 < rate < math.inf:
        raise InvalidValueError("steps must be at least 1, and rate a number above 0")
    model = copy.deepcopy(model).train()
    optimiser = torch.optim.Adam(model.parameters(), rate)
    losses: list[float] = []
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * min(1.0, (step + 1) / max(1, warm_up))
        cost = loss(model, *batch)
        losses.append(float(cost.detach()))
        if not math.isfinite(losses[-1]):
            break
        optimiser.zero_grad(set_to_none=True)
        cost.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimiser.step()
    return losses
