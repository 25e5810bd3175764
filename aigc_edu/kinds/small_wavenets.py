"""Small WaveNets to study training with: dozens of them can be trained in a minute.

Chapter: chapters/03-autoregressive/02-wavenet-training.ipynb
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from aigc_edu.models.wavenet import WaveNet, WaveNetConfig
from aigc_edu.models.wavenet.clips import pad_codes
from aigc_edu.training.batches import shuffled_batches


def small_wavenet(channels: int = 16, layers: int = 7, seed: int = 0) -> WaveNet:
    """Return a WaveNet of one block without a condition, its first weights drawn from ``seed``.

    With 16 channels and seven layers it has 30,800 weights and a receptive field of 129 samples.
    """
    torch.manual_seed(seed)
    size = {"channels": channels, "skip_channels": 2 * channels}
    return WaveNet(WaveNetConfig(**size, blocks=1, layers_per_block=layers))


def one_clip_a_step(
    clips: Sequence[Tensor], most: int | None = None
) -> Callable[[int], tuple[Tensor]]:
    """Return a function from a step's number to its batch: one clip, (1, T + 1), at random.

    Parameters
    ----------
    clips
        Codes of each clip, int64 (T + 1,).
    most
        Codes of a clip that are used, from its start; all by default.
    """
    order = shuffled_batches([len(codes) for codes in clips], 1, seed=0)
    return lambda step: (clips[order(step)[0]][None, :most],)


@torch.inference_mode()
def bits_per_sample(model: WaveNet, clips: Sequence[Tensor]) -> float:
    """Return what clips' codes, int64 (T + 1,) each, cost a network without a condition."""
    return float(model.loss(pad_codes(clips))) / math.log(2)


def go_on(
    model: WaveNet, start: Tensor, count: int = 8, length: int = 8000, temperature: float = 1.0
) -> Tensor:
    """Let a network without a condition continue codes, each time with the same random numbers.

    Parameters
    ----------
    model
        The network.
    start
        What it has heard, int64 (1, T).
    count, length
        How many ways to go on, and for how many samples.
    temperature
        See :meth:`WaveNet.generate`.

    Returns
    -------
    Tensor
        The codes that follow, int64 (count, length).
    """
    random = torch.Generator().manual_seed(0)
    return model.generate(
        start.expand(count, -1), length, None, temperature, generator=random
    )  # fmt: skip
