"""Comparing an answer in tensors with what typical mistakes would give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from aigc_edu.checks._compare import named_mistake


def to_array(value: Any) -> np.ndarray:
    """Return a tensor or an array of the reader's as float64, cut off from any graph."""
    value = value.detach() if isinstance(value, torch.Tensor) else value
    return np.asarray(value, np.float64)


def numbers(value: torch.Tensor | float) -> np.ndarray:
    """Return what :func:`to_array` does, but only for what torch itself takes for a tensor.

    A bare number is rounded to float32, as what it is compared with was, and ``None``, which NumPy
    would turn into a NaN, is an error.
    """
    return torch.as_tensor(value).detach().double().numpy()


def near(got: np.ndarray, right: torch.Tensor, tolerance: float = 1e-5) -> bool:
    """Tell whether an answer has the shape and, within float32's rounding, the values."""
    same_shape = got.shape == tuple(right.shape)
    return same_shape and np.allclose(got, to_array(right), atol=tolerance)


def named_tensor(got: np.ndarray, mistakes: Iterable[tuple[str, torch.Tensor]]) -> str | None:
    """Return what :func:`named_mistake` does, for mistakes that are tensors of float32."""
    return named_mistake(got, ((hint, to_array(value)) for hint, value in mistakes), 1e-5)
