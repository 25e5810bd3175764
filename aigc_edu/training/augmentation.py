"""No two epochs alike: what is done to clips and codes before a WaveNet hears them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from aigc_edu.models.wavenet import IGNORED

SPEED = 0.08  # clips are played up to so much slower or faster
NOISE = 3  # codes that the network hears are wrong by up to so many levels


def disturb(codes: Tensor, random: np.random.Generator) -> Tensor:
    """Move codes by noise, evenly spread up to a strength that is drawn for each clip.

    In training a network hears true samples, in generation its own: one slip, and it is where it
    has never been. A network that has heard small errors can find back. Noise on the codes is
    proportional to the amplitude. Valin and Skoglund 2019, "LPCNet", arXiv:1810.11846, section 3.

    Parameters
    ----------
    codes
        int64, shape (B, T). The first code of each clip, and what is :data:`IGNORED`, stays.
    random
        Source of randomness.
    """
    strength = random.uniform(0, NOISE, (len(codes), 1))
    noise = np.rint(strength * random.uniform(-1, 1, tuple(codes.shape))).astype(np.int64)
    noise[:, 0] = 0
    return torch.where(codes == IGNORED, codes, (codes + torch.from_numpy(noise)).clamp(0, 255))
