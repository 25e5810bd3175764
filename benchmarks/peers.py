"""Public networks to measure against, from checkouts that the benchmarks are given."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import warnings
from types import ModuleType
from typing import Any

import torch
from torch import nn

from aigc_edu.models.samplernn import SampleRNNConfig
from aigc_edu.models.wavegan import WaveGANConfig
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


def peer_samplernn_modules(path: str) -> tuple[ModuleType, ModuleType, ModuleType]:
    """Return model, nn and optim of a checkout of github.com/deepsound-project/samplernn-pytorch.

    It was written for a PyTorch of 2017; that tensors are not wrapped any more is all that has to
    be told to a present one, and nothing that is computed depends on it.
    """
    if path not in sys.path:
        sys.path.insert(0, path)
    torch.autograd.Variable = lambda x, volatile=False, **_: x
    return tuple(importlib.import_module(name) for name in ("model", "nn", "optim"))


def peer_samplernn(path: str, config: SampleRNNConfig) -> nn.Module:
    """Return the SampleRNN of that checkout at the same sizes."""
    module = peer_samplernn_modules(path)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old names, and the old way to normalise weights
        return module.SampleRNN(
            frame_sizes=config.ratios[::-1],  # the fastest first, as multiples of the one before
            n_rnn=config.rnn_layers,
            dim=config.width,
            learn_h0=True,
            q_levels=config.levels,
            weight_norm=config.weight_norm,
        )


def peer_wavegan(
    path: str, config: WaveGANConfig, shuffled: bool = False
) -> tuple[nn.Module, nn.Module]:
    """Return generator and critic of a checkout of github.com/mostafaelaraby/wavegan-pytorch.

    They are of the same sizes, with transposed convolutions and without batch normalisation. With
    ``shuffled`` its phase shuffle runs; as published it runs only where its largest shift is 0.
    """
    if path not in sys.path:
        sys.path.insert(0, path)
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:  # its settings make a folder where they are read
        os.chdir(folder)
        try:
            module = importlib.import_module("models")
        finally:
            os.chdir(here)
    sizes = {"model_size": config.width, "slice_len": config.length}
    critic = module.WaveGANDiscriminator(shift_factor=config.phase_shuffle, **sizes)
    for layer in critic.conv_layers[:-1]:
        layer.use_phase_shuffle = shuffled
    return module.WaveGANGenerator(upsample=False, **sizes), critic
