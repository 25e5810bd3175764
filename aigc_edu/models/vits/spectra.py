"""What the posterior encoder looks at: linear spectra, a frame for every ``hop`` samples.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from aigc_edu.nn.spectral_decoder import stft_of_hops


def whole_frames(x: np.ndarray, hop: int) -> np.ndarray:
    """Return a clip (N,) filled up with zeros to a multiple of hop samples, at least one hop."""
    return np.pad(np.asarray(x, np.float32), (0, -len(x) % hop if len(x) else hop))


def linear_spectra(x: Tensor, frame: int, hop: int) -> Tensor:
    """Return magnitudes of waveforms; a sine of amplitude 1 has frame / 4 at its bin.

    Parameters
    ----------
    x
        Shape (B, T hop).
    frame, hop
        In samples. The middle of frame t is that of samples ``t hop ... (t + 1) hop - 1``, as in
        :func:`aigc_edu.nn.spectral_decoder.stft_of_hops`.

    Returns
    -------
    Tensor
        Shape (B, frame / 2 + 1, T), not negative.
    """
    return stft_of_hops(x, torch.hann_window(frame, device=x.device), hop).abs()
