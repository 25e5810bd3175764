"""How matrices and rows are laid out for the compiled loops.

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.nn.compiled_layers import HALF, TILE


def stack(parts: Iterable[Tensor]) -> Tensor:
    """Return tensors of one shape as one, float32 on the CPU, without their gradients."""
    return torch.stack([part.detach().float().cpu() for part in parts])


def padded(columns: int) -> int:
    """Return the width of an array that is to hold so many columns in whole tiles."""
    return -(-columns // TILE) * TILE


def tiled(matrices: Tensor) -> np.ndarray:
    """Cut the outputs of matrices (M, I, J) into tiles: (M, tiles, I, TILE)."""
    count, inputs, outputs = matrices.shape
    full = F.pad(matrices, (0, padded(outputs) - outputs))
    tiles = full.reshape(count, inputs, padded(outputs) // TILE, TILE).transpose(1, 2)
    return tiles.contiguous().numpy()


def paired(matrices: Tensor) -> np.ndarray:
    """Let two inputs of matrices (M, I, J <= HALF) share a tile: (M, 1, I / 2, TILE)."""
    count, inputs, outputs = matrices.shape
    full = F.pad(matrices, (0, HALF - outputs, 0, inputs % 2))
    return full.reshape(count, 1, (inputs + 1) // 2, TILE).numpy()


def rows(count: int, columns: int) -> np.ndarray:
    """Return zeros that begin where a line of the processor's cache does, as PyTorch's memory."""
    return torch.zeros(count, padded(columns)).numpy()
