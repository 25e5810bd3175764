"""Public networks to measure against, from checkouts that the benchmarks are given."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from torch import nn

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
