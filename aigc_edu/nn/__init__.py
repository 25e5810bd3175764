"""Layers that the models share (floor 1)."""

from aigc_edu.nn.convolution import (
    CausalConv1d,
    CausalEmbedding,
    measured_receptive_field,
    receptive_field,
)

__all__ = ["CausalConv1d", "CausalEmbedding", "measured_receptive_field", "receptive_field"]
