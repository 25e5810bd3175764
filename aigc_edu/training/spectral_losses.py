"""Losses of waveforms: by their spectra at several scales, and by critics of waveforms.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb

Two sounds that are the same to the ear may differ in every sample: phases are free. So a made
waveform is compared with the real one by magnitudes, and by what critics hear in both.

References
----------
- N. Zeghidour et al. (2021), *SoundStream*, arXiv:2107.03312, section III.E: mel spectra of
  several scales.
- R. Yamamoto, E. Song and J.-M. Kim (2020), arXiv:1910.11480, equations 3-6: spectral convergence
  and log magnitudes.
- X. Mao et al. (2017), *Least squares generative adversarial networks*, arXiv:1611.04076.
- K. Kumar et al. (2019), *MelGAN*, arXiv:1910.06711, equation 3: feature matching.
- A. Défossez et al. (2022), *High fidelity neural audio compression*, EnCodec, arXiv:2210.13438,
  equation 2: the same in units of the real features.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.dsp import mel_filterbank
from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.wave_critics import Heard, check_waveforms

SCALES = (128, 256, 512, 1024, 2048)  # samples of a frame
FLOOR = 1e-4  # of a magnitude, -80 dB: what is quieter counts as silence


class MelLoss(nn.Module):
    """Mean distance of log-mel spectra over several lengths of the frame; in nepers.

    Each scale L has ``L / 16`` bands and a hop of ``L / 4``. One neper is 8.7 dB.

    Parameters
    ----------
    rate
        Sampling rate in Hz.
    scales
        Lengths of the frames in samples, multiples of 16.
    """

    def __init__(self, rate: float, scales: Sequence[int] = SCALES) -> None:
        super().__init__()
        self.scales = _checked_scales(scales)
        for frame in self.scales:
            filters = torch.from_numpy(mel_filterbank(rate, frame, frame // 16)).float()
            share = filters / filters.sum(dim=1, keepdim=True)  # a mean over bins
            self.register_buffer(f"filters{frame}", share, persistent=False)  # (bands, bins)
            self.register_buffer(f"hann{frame}", torch.hann_window(frame), persistent=False)

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        """Return the loss of waveforms (B, N) against real ones: a scalar, 0 for equal ones."""
        check_waveforms(made, real)
        return torch.stack([self._at(made, real, frame) for frame in self.scales]).mean()

    def _at(self, made: Tensor, real: Tensor, frame: int) -> Tensor:
        return F.l1_loss(self.log_mel(made, frame), self.log_mel(real, frame))

    def log_mel(self, x: Tensor, frame: int) -> Tensor:
        """Return the log of mel magnitudes of waveforms (B, N) at one scale: (B, bands, frames)."""
        powers = power_spectrum(x, getattr(self, f"hann{frame}"))
        return 0.5 * torch.log(getattr(self, f"filters{frame}") @ powers + FLOOR**2)


class STFTLoss(nn.Module):
    """Spectral convergence plus mean distance of log magnitudes, the mean over several scales.

    ``|S - s|_F / |S|_F + mean |ln S - ln s|`` with the magnitudes S of the real and s of the made
    waveforms (Yamamoto et al. 2020, equations 4 and 5). The first holds the loud parts, the second
    the quiet ones.

    Parameters
    ----------
    scales
        Lengths of the frames in samples, multiples of 16; the hop is a quarter of them.
    """

    def __init__(self, scales: Sequence[int] = SCALES) -> None:
        super().__init__()
        self.scales = _checked_scales(scales)
        for frame in self.scales:
            self.register_buffer(f"hann{frame}", torch.hann_window(frame), persistent=False)

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        """Return the loss of waveforms (B, N) against real ones: a scalar, 0 for equal ones."""
        check_waveforms(made, real)
        return torch.stack([self._at(made, real, frame) for frame in self.scales]).mean()

    def _at(self, made: Tensor, real: Tensor, frame: int) -> Tensor:
        hann = getattr(self, f"hann{frame}")
        # The floor keeps the root's slope finite in silence.
        s, S = (torch.sqrt(power_spectrum(x, hann) + FLOOR**2) for x in (made, real))
        convergence = torch.linalg.vector_norm(S - s) / torch.linalg.vector_norm(S)
        return convergence + F.l1_loss(s.log(), S.log())


def power_spectrum(x: Tensor, window: Tensor) -> Tensor:
    """Return ``|X|^2`` in frames a quarter of the window apart.

    Parameters
    ----------
    x
        Waveforms (B, N). Zeros stand beyond the ends; so any N >= 1 will do.
    window
        Shape (L,); it is scaled so that a sine of amplitude 1 gives 1 at its bin.

    Returns
    -------
    Tensor
        float32, shape (B, L / 2 + 1, 1 + N // (L / 4)).
    """
    frame = len(window)
    told = {"window": window * (2 / window.sum()), "pad_mode": "constant", "return_complex": True}
    X = torch.stft(x.float(), frame, frame // 4, **told)
    return X.real.square() + X.imag.square()


# ---------------------------------------------------------------- by critics of waveforms


def least_squares_critic_loss(real: Sequence[Heard], made: Sequence[Heard]) -> Tensor:
    """Return the mean of ``(real - 1)^2 + made^2`` over critics and places (Mao et al. 2017).

    Parameters
    ----------
    real, made
        What the small critics say of real and of made waveforms, each the mean over its places. A
        critic that says 0.5 to all gets 0.5.

    Returns
    -------
    Tensor
        A scalar, 0 or more.
    """
    _check_critics(real, made)
    pairs = zip(real, made, strict=True)
    parts = [(r.scores - 1).square().mean() + m.scores.square().mean() for r, m in pairs]
    return torch.stack(parts).mean()


def least_squares_generator_loss(made: Sequence[Heard]) -> Tensor:
    """Return the mean of ``(made - 1)^2`` over critics and places: a scalar, 0 or more."""
    _check_critics(made, made)
    return torch.stack([(m.scores - 1).square().mean() for m in made]).mean()


def feature_matching(
    real: Sequence[Heard], made: Sequence[Heard], relative: bool = False
) -> Tensor:
    """Return the mean distance of hidden layers' outputs, over critics and layers.

    Parameters
    ----------
    real, made
        What the small critics say of real waveforms and of those made to be like them. The real
        features carry no gradient.
    relative
        If true, each layer's distance is in units of the mean size of its real features
        (Défossez et al. 2022, equation 2); if false, as it is (Kumar et al. 2019, equation 3).

    Returns
    -------
    Tensor
        A scalar, 0 for equal waveforms.
    """
    _check_critics(real, made)
    parts = []
    for r, m in zip(real, made, strict=True):
        for theirs, ours in zip(r.features, m.features, strict=True):
            theirs = theirs.detach()
            size = theirs.abs().mean().clamp(min=FLOOR) if relative else 1.0
            parts.append(F.l1_loss(ours, theirs) / size)
    return torch.stack(parts).mean()


def _check_critics(real: Sequence[Heard], made: Sequence[Heard]) -> None:
    if not made or len(real) != len(made):
        raise InvalidValueError(
            f"the same critics must hear both, got {len(real)} for real and {len(made)} for made"
        )


def _checked_scales(scales: Sequence[int]) -> tuple[int, ...]:
    if not scales or any(frame < 16 or frame % 16 for frame in scales):
        raise InvalidValueError(f"scales must be multiples of 16, got {tuple(scales)}")
    return tuple(scales)
