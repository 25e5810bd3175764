"""What the tests of the layers compare by: values, gradients, the two types of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

TYPES = pytest.mark.parametrize(
    ("dtype", "bound"), [(torch.float32, 1e-6), (torch.float64, 1e-13)], ids=["32", "64"]
)


def assert_same(got: Tensor, expected: Tensor, bound: float = 1e-6) -> None:
    """Equal to ``bound``, against the largest of the values where that is above 1."""
    assert got.shape == expected.shape
    bound *= max(1.0, float(expected.detach().abs().max()))
    assert float((got - expected).detach().abs().max()) <= bound


def gradients(y: Tensor, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Return the gradients of a weighted mean of y."""
    weights = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).reshape(y.shape)
    return torch.autograd.grad((y * weights).sum() / math.sqrt(y.numel()), tensors)
