"""Public networks to measure against, from checkouts that the benchmarks are given."""

from __future__ import annotations

import math
import sys
import warnings
from types import ModuleType
from typing import Any

from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.samplernn import SampleRNNConfig
from aigc_edu.models.wavenet import WaveNetConfig


def peer_wavenet(path: str, config: WaveNetConfig, **others: Any) -> nn.Module:
    """Return the WaveNet of a checkout of github.com/r9y9/wavenet_vocoder at the same sizes.

    It has no dropout; ``others`` are further arguments of its constructor.
    """
    if path not in sys.path:
        sys.path.insert(0, path)
    from wavenet_vocoder.wavenet import WaveNet as Peer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the old way to normalise weights
        return Peer(
            out_channels=config.levels,
            layers=len(config.dilations),
            stacks=config.blocks,
            residual_channels=config.channels,
            gate_channels=2 * config.channels,
            skip_out_channels=config.skip_channels,
            kernel_size=config.kernel_size,
            dropout=0.0,
            scalar_input=False,
            **others,
        )


def peer_samplernn(path: str, config: SampleRNNConfig) -> tuple[nn.Module, ModuleType]:
    """Return the SampleRNN of a checkout of github.com/deepsound-project/samplernn-pytorch.

    It has the same sizes, and is told nothing. The second part is the module that it comes from,
    which holds what it predicts and generates with. It embeds a code in as many channels as there
    are levels.

    Raises
    ------
    InvalidValueError
        If the peer cannot have the same sizes.
    """
    if config.conditions or config.local_channels or config.embedding != config.levels:
        raise InvalidValueError("the peer is told nothing, and its embedding has q channels")
    if path not in sys.path:
        sys.path.insert(0, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old names of first weights
        import model as peer

        network = peer.SampleRNN(
            frame_sizes=config.ratios[::-1],  # in frames of the tier below, the fastest first
            n_rnn=config.rnn_layers,
            dim=config.width,
            learn_h0=True,
            q_levels=config.levels,
            weight_norm=config.weight_norm,
        )
    if network.lookback != math.prod(config.ratios):
        raise InvalidValueError("the peer cannot have these frames")
    return network, peer
