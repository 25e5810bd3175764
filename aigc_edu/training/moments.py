"""An Adam's moments as named tensors, and back: what exact resuming needs besides the weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from aigc_edu.checkpoints import without_prefix


def with_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors under names that begin with a prefix."""
    return {f"{prefix}{name}": tensor for name, tensor in tensors.items()}


def moments(prefix: str, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return an Adam's moments and step counts as ``PREFIX INDEX.NAME``, by parameter."""
    state = optimizer.state_dict()["state"]
    return {f"{prefix}{i}.{name}": x for i, own in state.items() for name, x in own.items()}


def restore_moments(
    prefix: str, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]
) -> None:
    """Put back what :func:`moments` returned, laid out in memory as the weights are."""
    state: dict[int, dict[str, Any]] = {}
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for name, tensor in without_prefix(prefix, tensors).items():
        index, key = name.split(".", 1)
        like = weights[int(index)]
        if tensor.shape == like.shape:  # a fused Adam takes no notice of another layout
            tensor = torch.empty_like(like, dtype=tensor.dtype).copy_(tensor)
        state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
