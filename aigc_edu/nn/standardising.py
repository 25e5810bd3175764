"""Fitting a new convolution to data: outputs with mean 0 and deviation 1.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb

Reference: T. Salimans and D. Kingma (2016), *Weight normalization*, arXiv:1602.07868, section 3:
initialisation that depends on the data.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

TINY = 1e-8  # a channel whose deviation is below this is constant, and is only shifted;
ROUNDING = 1e-6  # or below this share of its mean


@torch.no_grad()
def standardise(layer: nn.Conv1d, output: Tensor) -> Tensor:
    """Change a convolution so that what it has given gets mean 0 and deviation 1; return that.

    Parameters
    ----------
    layer
        With a bias.
    output
        What it has made of some data, (B, C, T); mean and deviation are each channel's.
    """
    mean, deviation = output.mean(dim=(0, 2)), output.std(dim=(0, 2))
    deviation = torch.where(deviation > TINY + ROUNDING * mean.abs(), deviation, 1.0)
    layer.weight.div_(deviation[:, None, None])
    layer.bias.sub_(mean).div_(deviation)
    return (output - mean[:, None]) / deviation[:, None]
