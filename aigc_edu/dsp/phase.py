"""What the angles of a spectrogram say, and guessing them where they are lost.

Chapter: chapters/01-sound-as-numbers/07-time-and-frequency.ipynb

References
----------
J. L. Flanagan, R. M. Golden (1966), *Phase vocoder*.
D. W. Griffin, J. S. Lim (1984), *Signal estimation from modified short-time Fourier transform*.
N. Perraudin, P. Balazs, P. L. Søndergaard (2013), *A fast Griffin-Lim algorithm*.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import positive, whole
from aigc_edu.dsp.fourier import WindowName
from aigc_edu.dsp.spectrogram import _spectrogram, istft, stft
from aigc_edu.errors import InvalidValueError

_TINY = np.finfo(np.float64).tiny


def instantaneous_frequency(X: np.ndarray, hop: int, rate: float) -> np.ndarray:
    """Return the frequency that the turning of the phase shows (Flanagan and Golden 1966).

    From one frame to the next a tone of f hertz turns by ``2 pi f hop / rate``. The angle is known
    up to whole turns only; the number of turns is taken that gives the frequency nearest to that
    of the bin. It is right while the tone is within ``rate / (2 hop)`` of the bin.

    Parameters
    ----------
    X
        Shape (bins, frames), complex, from :func:`aigc_edu.dsp.stft`; at least two frames.
    hop
        As given to ``stft``.
    rate
        Sampling rate in Hz.

    Returns
    -------
    ndarray
        float64, shape (bins, frames - 1), in Hz: between each frame and the next.
    """
    X, hop, rate = _spectrogram(X), whole(hop, "hop"), positive(rate, "rate")
    if X.shape[1] < 2 or not np.iscomplexobj(X):
        raise InvalidValueError("X must be complex and have two frames at least")
    expected = np.arange(X.shape[0]) / (2 * X.shape[0] - 2) * hop  # turns of the bin's own wave
    turned = np.angle(X[:, 1:] * X[:, :-1].conj()) / (2 * np.pi)
    beyond = turned - expected[:, None]
    beyond -= np.round(beyond)
    return (expected[:, None] + beyond) * rate / hop


def spectral_convergence(magnitude: np.ndarray, estimate: np.ndarray) -> float:
    """Return how far an estimate's magnitudes are from the wanted ones, relatively.

    ``||S - |X||| / ||S||``. Bins between the ends count twice, for their partners at negative
    frequencies: it is this norm in which Griffin-Lim without momentum can't get worse.

    Parameters
    ----------
    magnitude
        S, wanted, shape (bins, frames), not negative.
    estimate
        X, of the same shape, complex or magnitudes.

    Returns
    -------
    float
        0 if they agree.
    """
    S, X = _magnitude(magnitude), np.abs(_spectrogram(estimate, "estimate"))
    if S.shape != X.shape:
        raise InvalidValueError(f"magnitude has the shape {S.shape}, estimate {X.shape}")
    twice = np.full((len(S), 1), np.sqrt(2))
    twice[[0, -1]] = 1
    size = np.linalg.norm(twice * S)
    if size == 0:
        raise InvalidValueError("magnitude is zero everywhere, there is nothing to compare with")
    return float(np.linalg.norm(twice * (S - X)) / size)


def griffin_lim(
    magnitude: np.ndarray,
    hop: int,
    iterations: int = 32,
    momentum: float = 0.99,
    seed: int = 0,
    window: WindowName = "hann",
    length: int | None = None,
    phase: np.ndarray | None = None,
    history: list[float] | None = None,
) -> np.ndarray:
    """Return a signal with nearly these magnitudes, whose phases are guessed and improved.

    Each iteration turns the spectrogram into the nearest one that a signal has (``stft`` of
    ``istft``), keeps its phases, and puts the wanted magnitudes back (Griffin and Lim 1984).
    Momentum carries the phases on in the direction of the last step (Perraudin et al. 2013).

    Parameters
    ----------
    magnitude
        Shape (bins, frames), not negative: ``|stft(x)|``, frames centred.
    hop, window
        As they were given to ``stft``.
    iterations
        0 or more.
    momentum
        0 for the algorithm of 1984; 0.99 is fast. At least 0.
    seed
        Of the random phases that it begins with.
    length
        As in :func:`aigc_edu.dsp.istft`.
    phase
        Angles in radians to begin with, instead of random ones; the shape of ``magnitude``.
    history
        A list to which the :func:`spectral_convergence` of each iteration's signal is appended.

    Returns
    -------
    ndarray
        float64, shape (length,).
    """
    S, iterations = _magnitude(magnitude), whole(iterations, "iterations", 0)
    if not (np.isfinite(momentum) and momentum >= 0):
        raise InvalidValueError(f"momentum must be 0 or more, got {momentum}")
    if phase is None:
        phase = 2 * np.pi * np.random.default_rng(seed).random(S.shape)
    elif np.shape(phase) != S.shape:
        raise InvalidValueError(f"phase has the shape {np.shape(phase)}, magnitude {S.shape}")
    X, before = S * np.exp(1j * np.asarray(phase)), 0.0
    for _ in range(iterations):
        rebuilt = stft(istft(X, hop, window), 2 * len(S) - 2, hop, window)
        if history is not None:
            history.append(spectral_convergence(S, rebuilt))
        carried = rebuilt - momentum / (1 + momentum) * before
        X = S * carried / (np.abs(carried) + _TINY)
        before = rebuilt
    return istft(X, hop, window, length)


def _magnitude(magnitude: np.ndarray) -> np.ndarray:
    S = _spectrogram(magnitude, "magnitude")
    if np.iscomplexobj(S) or (S < 0).any():
        raise InvalidValueError("magnitude must be real and not negative: take np.abs")
    return S.astype(np.float64)
