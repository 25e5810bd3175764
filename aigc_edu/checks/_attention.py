"""What the checks on attention and on the Transformer share."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from aigc_edu.checks._compare import Mistakes


def numbers(got: object) -> np.ndarray:
    """Return what was answered as an array: tensors, arrays and lists are all welcome."""
    return got.detach().cpu().numpy() if isinstance(got, Tensor) else np.asarray(got)


def same(got: np.ndarray, right: np.ndarray) -> bool:
    """Tell whether shapes are equal and values are, to 1e-4."""
    return got.shape == right.shape and np.allclose(got, right, rtol=1e-4, atol=1e-4)


def arrays(mistakes: list[tuple[str, Tensor]]) -> Mistakes:
    """Return hints with tensors as hints with arrays."""
    return [(hint, value.numpy()) for hint, value in mistakes]
