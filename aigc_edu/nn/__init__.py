"""Layers that the models share (floor 1)."""

from aigc_edu.nn.codebook import Codebook, ResidualCodebook, perplexity
from aigc_edu.nn.convolution import (
    CausalConv1d,
    CausalEmbedding,
    conv1d,
    conv_length,
    conv_transpose1d,
    influence,
    measured_receptive_field,
    receptive_field,
)
from aigc_edu.nn.flow import AffineCoupling, Flip, Flow, InvertibleLinear, MixtureCDF
from aigc_edu.nn.streaming import ConvStream

__all__ = [
    "AffineCoupling",
    "CausalConv1d",
    "CausalEmbedding",
    "Codebook",
    "ConvStream",
    "Flip",
    "Flow",
    "InvertibleLinear",
    "MixtureCDF",
    "ResidualCodebook",
    "conv1d",
    "conv_length",
    "conv_transpose1d",
    "influence",
    "measured_receptive_field",
    "perplexity",
    "receptive_field",
]
