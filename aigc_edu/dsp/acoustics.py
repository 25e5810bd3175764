"""Levels, pitches and rooms: physical sound in numbers (chapter *What sound is*).

References
----------
IEC 61672-1 (2013), *Electroacoustics: sound level meters*, annex E (A-weighting).
E. Terhardt (1979), *Calculating virtual pitch*, on the threshold in quiet.
B. R. Glasberg, B. C. J. Moore (1990), *Derivation of auditory filter shapes from notched-noise
data*.
J. B. Allen, D. A. Berkley (1979), *Image method for efficiently simulating small-room acoustics*.
M. R. Schroeder (1965), *New method of measuring reverberation time*.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.errors import InvalidValueError

SPEED_OF_SOUND = 343.0  # metres a second, in dry air of 20 degrees Celsius
REFERENCE_PRESSURE = 20e-6  # pascals: 0 dB SPL

_A_POLES = (20.598997, 107.65265, 737.86223, 12194.217)  # Hz (IEC 61672-1)


# ---------------------------------------------------------------- levels


def amplitude_to_db(ratio: np.ndarray | float) -> np.ndarray | float:
    """Return a ratio of amplitudes (or pressures) in decibels, ``20 log10(ratio)``.

    Parameters
    ----------
    ratio
        Any shape, at least 0; 0 gives minus infinity.
    """
    return 2 * power_to_db(ratio)


def power_to_db(ratio: np.ndarray | float) -> np.ndarray | float:
    """Return a ratio of powers (or intensities) in decibels, ``10 log10(ratio)``.

    Parameters
    ----------
    ratio
        Any shape, at least 0; 0 gives minus infinity.
    """
    ratio = np.asarray(ratio, np.float64)
    if np.any(np.isnan(ratio)) or np.any(ratio < 0):
        raise InvalidValueError("a ratio in decibels must be at least 0 and not NaN")
    with np.errstate(divide="ignore"):
        return _plain(10 * np.log10(ratio))


def db_to_amplitude(level: np.ndarray | float) -> np.ndarray | float:
    """Undo :func:`amplitude_to_db`: ``10^(level / 20)``."""
    return _plain(10 ** (np.asarray(level, np.float64) / 20))


def db_to_power(level: np.ndarray | float) -> np.ndarray | float:
    """Undo :func:`power_to_db`: ``10^(level / 10)``."""
    return _plain(10 ** (np.asarray(level, np.float64) / 10))


def add_levels(levels: Sequence[float] | np.ndarray) -> float:
    """Return the level of several sounds together that have nothing to do with each other.

    Their powers add: ``10 log10(sum_i 10^(L_i / 10))``.

    Parameters
    ----------
    levels
        In dB, shape (K,), K >= 1.
    """
    return float(power_to_db(np.sum(db_to_power(finite_samples(levels, "levels")))))


# ---------------------------------------------------------------- what the ear makes of it


def a_weighting(frequency: np.ndarray | float) -> np.ndarray | float:
    """Return the A-weighting in dB: how much softer than at 1 kHz a sound level meter counts.

    ``R(f) = f4^2 f^4 / ((f^2 + f1^2) sqrt((f^2 + f2^2) (f^2 + f3^2)) (f^2 + f4^2))`` in dB, plus
    the 2.00 dB that make it 0 at 1 kHz (IEC 61672-1).

    Parameters
    ----------
    frequency
        In Hz, any shape, above 0.
    """
    f2 = _positive(frequency) ** 2
    first, second, third, fourth = (pole**2 for pole in _A_POLES)
    weight = fourth * f2**2 / ((f2 + first) * np.sqrt((f2 + second) * (f2 + third)) * (f2 + fourth))
    return _plain(20 * np.log10(weight) + 2.0)


def hearing_threshold(frequency: np.ndarray | float) -> np.ndarray | float:
    """Return the level in dB SPL at which a young ear just hears a tone in quiet.

    ``3.64 f^-0.8 - 6.5 exp(-0.6 (f - 3.3)^2) + 10^-3 f^4`` with f in kHz (Terhardt 1979).

    Parameters
    ----------
    frequency
        In Hz, any shape, above 0; meant for 20 to 16,000.
    """
    f = _positive(frequency) / 1000
    return _plain(3.64 * f**-0.8 - 6.5 * np.exp(-0.6 * (f - 3.3) ** 2) + 1e-3 * f**4)


def critical_bandwidth(frequency: np.ndarray | float) -> np.ndarray | float:
    """Return the equivalent rectangular bandwidth of the ear's filter at a frequency, in Hz.

    ``24.7 (4.37 f / 1000 + 1)`` (Glasberg and Moore 1990, equation 3).

    Parameters
    ----------
    frequency
        In Hz, any shape, above 0; measured from 100 to 10,000.
    """
    return _plain(24.7 * (4.37 * _positive(frequency) / 1000 + 1))


def midi_to_hz(note: np.ndarray | float) -> np.ndarray | float:
    """Return the frequency of a MIDI note number in Hz, ``440 * 2^((note - 69) / 12)``."""
    return _plain(440.0 * 2 ** ((np.asarray(note, np.float64) - 69) / 12))


def hz_to_midi(frequency: np.ndarray | float) -> np.ndarray | float:
    """Undo :func:`midi_to_hz`; the result need not be whole."""
    return _plain(69 + 12 * np.log2(_positive(frequency) / 440))


def cents(frequency: np.ndarray | float, reference: np.ndarray | float) -> np.ndarray | float:
    """Return an interval in cents, ``1200 log2(frequency / reference)``: 100 are a semitone."""
    return _plain(1200 * np.log2(_positive(frequency) / _positive(reference)))


# ---------------------------------------------------------------- rooms


def room_impulse_response(
    room: Sequence[float],
    source: Sequence[float],
    listener: Sequence[float],
    reflection: float,
    rate: int,
    duration: float,
    highpass: float = 100.0,
) -> np.ndarray:
    """Return what a listener in a box hears of a click, by the method of image sources.

    The walls are mirrors: the source's images stand at ``(1 - 2 u) s + 2 n L`` along each axis
    (u = 0, 1; n any whole number), each seen through ``|n - u| + |n|`` walls. An image at the
    distance d arrives ``d / c`` later with the amplitude ``reflection^walls / (4 pi d)`` (Allen and
    Berkley 1979, equation 10). As there, arrivals are rounded to the nearest sample.

    Parameters
    ----------
    room
        Length, width and height in metres, each above 0.
    source, listener
        Positions in metres from one corner, inside of the room and not in the same place.
    reflection
        Share of the pressure that a wall sends back, 0 to less than 1; it absorbs
        ``1 - reflection^2`` of the power.
    rate
        Sampling rate in Hz.
    duration
        Length of the result in seconds.
    highpass
        Frequency in Hz below which the result is weakened, at least 0. All arrivals are positive,
        and where they are dense they add up to a pressure at 0 Hz that no room has, so the authors
        of the method filter at 100 Hz as well; 0 leaves the bare arrivals.

    Returns
    -------
    ndarray
        float64, shape (N,). The first sample is the moment of the click.
    """
    room, source, listener = (np.asarray(v, np.float64) for v in (room, source, listener))
    _check_room(room, source, listener, reflection)
    count = round(positive(duration, "duration") * positive(rate, "rate"))
    axes = [_images(*place, duration) for place in zip(room, source, listener, strict=True)]
    (dx, wx), (dy, wy), (dz, wz) = axes
    square = dx[:, None, None] ** 2 + dy[:, None] ** 2 + dz**2
    distance = np.sqrt(square).ravel()
    walls = (wx[:, None, None] + wy[:, None] + wz).ravel()
    arrival = np.round(distance / SPEED_OF_SOUND * rate).astype(np.int64)
    heard = arrival < count
    amplitude = float(reflection) ** walls[heard] / (4 * np.pi * distance[heard])
    return _without_rumble(np.bincount(arrival[heard], amplitude, minlength=count), highpass, rate)


def reverberation_time(h: np.ndarray, rate: float) -> float:
    """Return the time in which a room's sound falls by 60 dB, from its impulse response.

    The energy that is still to come, ``E[t] = sum_{i >= t} h[i]^2``, in dB (Schroeder 1965), is
    fitted by a line from -5 to -25 dB; the result is the time in which that line falls by 60 dB.

    Parameters
    ----------
    h
        Shape (N,), long enough to fall by 25 dB.
    rate
        Sampling rate in Hz.

    Returns
    -------
    float
        In seconds.
    """
    level = decay_curve(h)
    stretch = np.flatnonzero((level <= -5) & (level >= -25))
    if len(stretch) < 2 or level[-1] > -25:
        raise InvalidValueError("h must fall by 25 dB or more; compute a longer impulse response")
    slope = np.polyfit(stretch / positive(rate, "rate"), level[stretch], 1)[0]
    return float(-60 / slope)


def decay_curve(h: np.ndarray) -> np.ndarray:
    """Return the energy of ``h`` still to come, in dB of the whole (Schroeder 1965).

    Parameters
    ----------
    h
        Shape (N,), not silent.

    Returns
    -------
    ndarray
        float64, shape (N,), from 0 falling; minus infinity after the last sample that is not 0.
    """
    rest = np.cumsum(finite_samples(h, "h")[::-1] ** 2)[::-1]
    if rest[0] == 0:
        raise InvalidValueError("h is silent, so nothing decays")
    return power_to_db(rest / rest[0])


def sabine(room: Sequence[float], absorption: float) -> float:
    """Return Sabine's reverberation time of a box, ``24 ln(10) V / (c S absorption)``, in seconds.

    Parameters
    ----------
    room
        Length, width and height in metres: V is their volume, S the surface of all six walls.
    absorption
        Share of the power that the walls swallow, above 0 and at most 1.
    """
    a, b, c = (positive(side, "room") for side in room)
    if not 0 < absorption <= 1:
        raise InvalidValueError(f"absorption must lie above 0 and at most at 1, got {absorption}")
    surface = 2 * (a * b + b * c + c * a)
    return float(24 * np.log(10) * a * b * c / (SPEED_OF_SOUND * surface * absorption))


def _images(
    side: float, source: float, listener: float, duration: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances of the images along one axis, and the walls each is seen through."""
    reach = int(np.ceil(SPEED_OF_SOUND * duration / (2 * side))) + 1
    n = np.repeat(np.arange(-reach, reach + 1), 2)
    u = np.tile([0, 1], 2 * reach + 1)
    return (1 - 2 * u) * source + 2 * n * side - listener, np.abs(n - u) + np.abs(n)


def _without_rumble(h: np.ndarray, highpass: float, rate: float) -> np.ndarray:
    """Weaken what lies below a frequency, by a Butterworth filter of order 2."""
    if highpass == 0:
        return h
    if not 0 < highpass < rate / 2:
        raise InvalidValueError(f"highpass must lie from 0 to below rate / 2, got {highpass}")
    from scipy import signal  # slow to import

    return signal.lfilter(*signal.butter(2, highpass, "highpass", fs=rate), h)


def _check_room(
    room: np.ndarray, source: np.ndarray, listener: np.ndarray, reflection: float
) -> None:
    for name, value in (("room", room), ("source", source), ("listener", listener)):
        if value.shape != (3,) or not np.isfinite(value).all() or np.any(value <= 0):
            raise InvalidValueError(f"{name} is three numbers above 0, in metres, got {value}")
    if np.any(source >= room) or np.any(listener >= room):
        raise InvalidValueError(f"source and listener must be inside of the room {room}")
    if np.array_equal(source, listener):
        raise InvalidValueError("source and listener are in the same place; move one of them")
    if not 0 <= reflection < 1:
        raise InvalidValueError(f"reflection must lie from 0 to less than 1, got {reflection}")


def _positive(frequency: np.ndarray | float) -> np.ndarray:
    frequency = np.asarray(frequency, np.float64)
    if not (np.isfinite(frequency).all() and np.all(frequency > 0)):
        raise InvalidValueError("frequencies must be finite and above 0")
    return frequency


def _plain(value: np.ndarray) -> np.ndarray | float:
    """Return a number for a number, an array for an array."""
    return float(value) if np.ndim(value) == 0 else value
