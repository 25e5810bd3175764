"""Synthesis from simple parts: envelopes, partials, FM, coloured noise.

Chapter: chapters/01-sound-as-numbers/04-making-sounds.ipynb

Plucked strings and voices stand in modules of their own, ``strings`` and ``voice``.

References
----------
J. M. Chowning (1973), *The synthesis of complex audio spectra by means of frequency modulation*.
M. Schroeder (1991), *Fractals, chaos, power laws*, chapter 5, on the colours of noise.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.dsp.sampling import sample_times
from aigc_edu.errors import InvalidValueError

Colour = Literal["white", "pink", "brown"]

_SLOPES = {"white": 0.0, "pink": 0.5, "brown": 1.0}  # the amplitude falls as frequency^-slope
_FADE = 0.05  # share of the band below rate / 2 in which a partial fades out
_LOWEST = 20.0  # Hz: below it a noise's spectrum rises no further


def adsr(
    duration: float,
    rate: float,
    attack: float = 0.01,
    decay: float = 0.1,
    sustain: float = 0.7,
    release: float = 0.1,
) -> np.ndarray:
    """Return an envelope of straight lines: attack, decay, sustain, release.

    It rises from 0 to 1, falls to ``sustain``, stays there, and falls to 0, which it reaches at
    ``duration``.

    Parameters
    ----------
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`.
    attack, decay, release
        Lengths of the rise and of both falls in seconds, at least 0; together no longer than
        ``duration``.
    sustain
        From 0 to 1.

    Returns
    -------
    ndarray
        float64, shape (N,), from 0 to 1.
    """
    u = sample_times(duration, rate)
    parts = {"attack": attack, "decay": decay, "release": release}
    if not (min(parts.values()) >= 0 and sum(parts.values()) <= duration * (1 + 1e-9)):
        raise InvalidValueError(
            f"attack, decay and release must be 0 or more and fit into {duration} s, got {parts}"
        )
    if not 0 <= sustain <= 1:
        raise InvalidValueError(f"sustain must lie from 0 to 1, got {sustain}")
    rise = _ramp(u, attack)
    fall = 1 - (1 - sustain) * _ramp(u - attack, decay)
    return rise * fall * _ramp(duration - u, release)


def additive(
    frequency: float | np.ndarray,
    amplitudes: np.ndarray,
    duration: float,
    rate: float,
    phases: np.ndarray | float = 0.0,
    ratios: np.ndarray | None = None,
) -> np.ndarray:
    """Add up sines: ``sum_k a_k sin(k phi[t] + phase_k)``, k = 1 ... K.

    ``phi`` is the running sum of ``2 pi frequency / rate``, from 0. A partial fades out over the
    last 5 per cent below ``rate / 2`` and is silent above, so nothing aliases.

    Parameters
    ----------
    frequency
        Of the fundamental, in Hz, above 0; a number, or one for each sample, shape (N,).
    amplitudes
        Of partials 1 ... K: shape (K,), or (K, N) if they change.
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`.
    phases
        In radians, a number or shape (K,).
    ratios
        Frequencies of the partials as multiples of the fundamental, shape (K,), above 0; by default
        1 ... K, a harmonic sound.

    Returns
    -------
    ndarray
        float64, shape (N,). Its largest sample is at most the sum of all amplitudes.
    """
    phase, frequency = running_phase(frequency, duration, rate)
    amplitudes = _partials(amplitudes, "amplitudes", len(phase))
    count = len(amplitudes)
    ratios = np.arange(1, count + 1) if ratios is None else finite_samples(ratios, "ratios")
    phases = np.resize(phases, count) if np.ndim(phases) == 0 else finite_samples(phases, "phases")
    if not len(ratios) == len(phases) == count:
        raise InvalidValueError(
            f"{count} amplitudes, but {len(ratios)} ratios and {len(phases)} phases"
        )
    x = np.zeros(len(phase))
    for ratio, amplitude, start in zip(ratios, amplitudes, phases, strict=True):
        room = np.clip((1 - 2 * positive(ratio, "ratios") * frequency / rate) / _FADE, 0, 1)
        if np.any(room):
            x += amplitude * room * np.sin(ratio * phase + start)
    return x


def fm(
    carrier: float,
    modulator: float,
    index: float | np.ndarray,
    duration: float,
    rate: float,
    amplitude: float | np.ndarray = 1.0,
) -> np.ndarray:
    """Swing the phase of a sine by another one: ``A sin(2 pi f_c u + I sin(2 pi f_m u))``.

    Its spectrum has lines at ``f_c + k f_m``, k = 0, +-1, +-2, ..., with the amplitudes
    ``A J_k(I)``, J being Bessel's functions (Chowning 1973, equation 2). Lines below 0 Hz come back
    with the opposite sign. So do those above ``rate / 2``: nothing keeps them out. Beyond ``f_c +
    (I + 2) f_m`` they are faint.

    Parameters
    ----------
    carrier, modulator
        f_c and f_m in Hz, above 0.
    index
        I, the largest deviation of the phase in radians, at least 0; a number, or one for each
        sample, shape (N,).
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`.
    amplitude
        A; a number or shape (N,).

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    u = sample_times(duration, rate)
    index, amplitude = (
        _over_time(index, len(u), "index"),
        _over_time(amplitude, len(u), "amplitude"),
    )
    if np.any(index < 0):
        raise InvalidValueError(f"index must be at least 0, got {index.min()}")
    swing = index * np.sin(2 * np.pi * positive(modulator, "modulator") * u)
    return amplitude * np.sin(2 * np.pi * positive(carrier, "carrier") * u + swing)


def noise(
    colour: Colour, duration: float, rate: float, seed: int = 0, rms: float = 0.1
) -> np.ndarray:
    """Return noise whose power falls by 0, 3 or 6 dB an octave.

    Normal white noise is Fourier transformed, each line is divided by ``frequency^slope`` (slope
    0, 1/2, 1), and transformed back. Below 20 Hz the spectrum is flat, at 0 Hz it is empty. The
    end fits to the beginning, so the noise can be repeated without a seam.

    Parameters
    ----------
    colour
        ``"white"``, ``"pink"`` (-3 dB an octave) or ``"brown"`` (-6 dB an octave).
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`, at least two samples.
    seed
        Fixes the noise.
    rms
        Root mean square of the result, above 0. Peaks reach about four or five times as high.

    Returns
    -------
    ndarray
        float64, shape (N,), of mean 0.
    """
    if colour not in _SLOPES:
        raise InvalidValueError(f"colour is 'white', 'pink' or 'brown', not {colour!r}")
    count = len(sample_times(duration, rate))
    if count < 2:
        raise InvalidValueError(f"noise of {count} samples has no spectrum; take a longer duration")
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / rate), _LOWEST)
    spectrum *= frequency ** -_SLOPES[colour]
    spectrum[0] = 0
    x = np.fft.irfft(spectrum, count)
    return x * positive(rms, "rms") / np.sqrt(np.mean(x**2))


def running_phase(
    frequency: float | np.ndarray, duration: float, rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the phase of a tone whose frequency may change, and its frequency at each sample.

    ``phi[t] = 2 pi / rate sum_{i < t} frequency[i]``, so that it begins at 0 and never jumps.

    Parameters
    ----------
    frequency
        In Hz, above 0; a number or shape (N,).
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`.

    Returns
    -------
    phase, frequency
        Both float64, shape (N,); radians and Hz.
    """
    count = len(sample_times(duration, rate))
    frequency = _over_time(frequency, count, "frequency")
    if np.any(frequency <= 0):
        raise InvalidValueError(f"frequency must be above 0, got {frequency.min()}")
    turns = np.cumsum(frequency) - frequency if np.ptp(frequency) else frequency * np.arange(count)
    return 2 * np.pi * turns / rate, frequency


def _over_time(value: float | np.ndarray, count: int, name: str) -> np.ndarray:
    """Return a number, or one for each sample, as (count,)."""
    value = finite_samples(np.atleast_1d(value), name)
    if len(value) not in (1, count):
        raise InvalidValueError(
            f"{name} must be a number or have one value for each of {count} samples, "
            f"got {len(value)}"
        )
    return np.broadcast_to(value, (count,))


def _partials(amplitudes: np.ndarray, name: str, length: int) -> np.ndarray:
    """Return amplitudes as (K,) or (K, N), float64 and finite."""
    amplitudes = np.atleast_1d(np.asarray(amplitudes, np.float64))
    finite_samples(amplitudes.reshape(-1), name)
    if amplitudes.ndim > 2 or amplitudes.shape[1:] not in ((), (length,)):
        raise InvalidValueError(
            f"{name} must have shape (K,) or (K, {length}), got {amplitudes.shape}"
        )
    return amplitudes


def _ramp(u: np.ndarray, length: float) -> np.ndarray:
    """Return 0 before time 0, 1 from ``length`` on, and a line between."""
    if length < 1e-9:  # shorter than any sample
        return (u >= 0).astype(float)
    return np.clip(u / length, 0, 1)
