"""Where somebody speaks: rooms by mirror images, distance, and left or right.

Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from aigc_edu.dsp import bandpass, filter_signal, room_impulse_response
from aigc_edu.errors import InvalidValueError

_PHONE = (300.0, 3400.0)  # Hz, what a telephone lets through
_TAPS = 255


@dataclass(frozen=True)
class Room:
    """A box: its sides in metres, what its walls send back, and for how many seconds."""

    size: tuple[float, float, float]
    reflection: float
    seconds: float


# "dry" has no walls, and "phone" is no room at all.
ROOMS: dict[str, Room | None] = {
    "dry": None,
    "booth": Room((2.2, 1.8, 2.3), 0.45, 0.10),
    "room": Room((5.0, 4.0, 2.6), 0.75, 0.40),
    "hall": Room((24.0, 15.0, 8.0), 0.86, 1.20),
    "phone": None,
}


def placed(x: np.ndarray, rate: int, room: str = "dry", distance: float = 1.0) -> np.ndarray:
    """Return what reaches a listener of somebody who speaks in a room.

    The way straight to the ear has the gain ``1 / distance``; the walls' answers have their own.
    At 1 m in a dry room the sound stays as it is.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    room
        A name of :data:`ROOMS`.
    distance
        In metres, 0.3 to 20.

    Returns
    -------
    ndarray
        float64, shape (N + tail,): a room rings on. It begins with the way straight to the ear,
        without the time that this takes.
    """
    x = np.asarray(x, np.float64)
    if not 0.3 <= distance <= 20:
        raise InvalidValueError(f"distance lies from 0.3 to 20 m, got {distance:g}")
    if room == "phone":
        taps = bandpass(*_PHONE, rate, _TAPS)
        return filter_signal(taps, [1.0], np.append(x, np.zeros(_TAPS)))[_TAPS // 2 :][: len(x)]
    if ROOMS[room] is None:
        return x / distance
    from scipy.signal import oaconvolve  # slow to import

    return oaconvolve(x, response(room, distance, rate))


@lru_cache(maxsize=32)
def response(room: str, distance: float, rate: int) -> np.ndarray:
    """Return a room's answer to a click at a distance, float64 (M,), from its arrival on.

    Its first sample is ``1 / distance``: the image method's ``1 / (4 pi d)`` times that of 1 m.
    """
    box = ROOMS[room]
    if box is None:
        raise InvalidValueError(f"{room!r} has no walls")
    length, width, height = box.size
    if distance > 0.7 * length:
        raise InvalidValueError(
            f"room {room}: at most {0.7 * length:.1f} m are possible, got a distance of "
            f"{distance:g} m; take another room"
        )
    listener = np.array([0.13 * length, 0.43 * width, 0.51 * height])
    source = listener + np.array([distance, 0.0, 0.0])
    h = room_impulse_response(
        box.size, source, listener, box.reflection, rate, box.seconds, highpass=0.0
    )
    h = h[np.flatnonzero(h)[0] :] * 4 * np.pi * 1.0  # 1 m
    h[0] = 1 / distance  # rounded arrivals could put a wall's answer on it
    return np.append(h[0], _without_rumble(h[1:], rate))


def _without_rumble(h: np.ndarray, rate: int) -> np.ndarray:
    """Weaken what lies below 80 Hz in the walls' answers: arrivals that all have one sign."""
    from scipy.signal import butter, lfilter  # slow to import

    return lfilter(*butter(2, 80, "highpass", fs=rate), h)


def panned(x: np.ndarray, side: float) -> np.ndarray:
    """Return a sound in two channels, (2, N), of the same power wherever it is.

    Parameters
    ----------
    x
        Shape (N,).
    side
        -1 left, 0 in the middle, 1 right: gains ``cos a`` and ``sin a``, a from 0 to 90 degrees.
    """
    if not -1 <= side <= 1:
        raise InvalidValueError(f"side lies from -1 to 1, got {side:g}")
    angle = np.pi / 4 * (1 + side)
    return np.stack([np.cos(angle) * x, np.sin(angle) * x])
