"""Layers that the models share (floor 1)."""

from aigc_edu.nn.attention import (
    KeyValueCache,
    MultiHeadAttention,
    attention_weights,
    causal_mask,
    scaled_dot_product_attention,
)
from aigc_edu.nn.codebook import Codebook, ResidualCodebook, perplexity, share_alive
from aigc_edu.nn.convnext import ConvNeXtBlock
from aigc_edu.nn.convolution import (
    CausalConv1d,
    CausalEmbedding,
    conv1d,
    conv_length,
    conv_transpose1d,
)
from aigc_edu.nn.flow import AffineCoupling, Flip, Flow, InvertibleLinear, MixtureCDF
from aigc_edu.nn.phase_shuffle import PhaseShuffle, shifted
from aigc_edu.nn.positions import (
    LearnedPositions,
    angular_speeds,
    rotate,
    sinusoidal_positions,
)
from aigc_edu.nn.reach import (
    influence,
    measured_receptive_field,
    receptive_field,
    sees_future,
)
from aigc_edu.nn.recurrent import (
    GRU,
    LSTM,
    RNN,
    GRUCell,
    LSTMCell,
    RNNCell,
    set_forget_bias,
)
from aigc_edu.nn.recurrent_steps import gru_step, lstm_step, tanh_step
from aigc_edu.nn.scalar_codes import ScalarQuantiser
from aigc_edu.nn.spectral_decoder import SpectralDecoder, inverse_stft, stft_of_hops, whole_hops
from aigc_edu.nn.streaming import ConvStream
from aigc_edu.nn.transformer import (
    CausalTransformer,
    CausalTransformerConfig,
    LayerNorm,
    TransformerBlock,
)
from aigc_edu.nn.wave_critics import CriticsTogether, Heard, PeriodCritic, SpectrumCritic

__all__ = [
    "AffineCoupling",
    "CausalConv1d",
    "CausalEmbedding",
    "CausalTransformer",
    "CausalTransformerConfig",
    "Codebook",
    "ConvNeXtBlock",
    "ConvStream",
    "CriticsTogether",
    "Flip",
    "Flow",
    "GRU",
    "GRUCell",
    "Heard",
    "InvertibleLinear",
    "KeyValueCache",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "LearnedPositions",
    "MixtureCDF",
    "MultiHeadAttention",
    "PeriodCritic",
    "PhaseShuffle",
    "RNN",
    "RNNCell",
    "ResidualCodebook",
    "ScalarQuantiser",
    "SpectralDecoder",
    "SpectrumCritic",
    "TransformerBlock",
    "angular_speeds",
    "attention_weights",
    "causal_mask",
    "conv1d",
    "conv_length",
    "conv_transpose1d",
    "gru_step",
    "influence",
    "inverse_stft",
    "lstm_step",
    "measured_receptive_field",
    "perplexity",
    "receptive_field",
    "rotate",
    "sees_future",
    "scaled_dot_product_attention",
    "set_forget_bias",
    "share_alive",
    "shifted",
    "sinusoidal_positions",
    "stft_of_hops",
    "tanh_step",
    "whole_hops",
]
