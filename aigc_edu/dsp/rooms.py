"""Rooms: what a box makes of a click, and how long it rings.

Chapter: chapters/01-sound-as-numbers/01-what-sound-is.ipynb
Chapter: chapters/06-product/07-finishing.ipynb

References
----------
J. B. Allen, D. A. Berkley (1979), *Image method for efficiently simulating small-room acoustics*.
M. R. Schroeder (1965), *New method of measuring reverberation time*.
W. C. Sabine (1922), *Collected papers on acoustics*.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.dsp.acoustics import SPEED_OF_SOUND, power_to_db
from aigc_edu.errors import InvalidValueError


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


def reverberate(x: np.ndarray, h: np.ndarray, wet: float = 0.3) -> np.ndarray:
    """Put a sound into a room: ``(1 - wet) x + wet (h * x)``.

    The impulse response is taken from its first arrival on, so that both begin together, and with
    an energy of 1, so that the room makes a noise neither louder nor softer.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    h
        An impulse response, shape (M,), real, not silent.
    wet
        Share of the room, from 0 to 1.

    Returns
    -------
    ndarray
        float64, shape (N + M' - 1,), with M' the samples from the first arrival on: the room rings
        on when the sound has ended. It may pass full scale.
    """
    x, h = finite_samples(x), finite_samples(h, "h")
    if not 0 <= wet <= 1:
        raise InvalidValueError(f"wet must lie from 0 to 1, got {wet}")
    if not h.any():
        raise InvalidValueError("h is silent: no room answers so")
    from scipy.signal import oaconvolve  # slow to import

    h = h[np.flatnonzero(h)[0] :] / np.sqrt(np.sum(h**2))
    y = wet * oaconvolve(x, h)
    y[: len(x)] += (1 - wet) * x
    return y


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
