"""Two ears on a ball: how late and how dull a sound from somewhere reaches each of them.

Chapter: chapters/06-product/16-close-to-the-ear.ipynb

The listener looks along y, the right ear is at x > 0. Angles are in degrees, 0 ahead, 90 at the
right, places in metres from the middle of the head. The ball has no outer ears, so what comes from
behind sounds as what comes from ahead, and nothing comes from above.

References
----------
R. S. Woodworth (1938), *Experimental psychology*: the way of sound round a ball.
C. P. Brown, R. O. Duda (1998), *A structural model for binaural sound synthesis*, IEEE Transactions
on Speech and Audio Processing 6: the head's shadow as a filter with one pole and one zero.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import positive
from aigc_edu.dsp.acoustics import SPEED_OF_SOUND
from aigc_edu.errors import InvalidValueError

RADIUS = 0.0875  # metres, of a usual head
EARS = (-90.0, 90.0)  # degrees, left and right
NEAREST, FARTHEST = 0.15, 200.0  # metres between which a source may be
_DEEPEST, _AT = 0.1, 150.0  # Brown and Duda's smallest gain, and the angle in degrees where it is
_LEAST_RATE = 8000  # Hz: with fewer, the nearest source is less than a sample away
_TAPS = np.arange(-1, 3)  # samples around a place between two, for Lagrange's cubic


def time_difference(azimuth: np.ndarray | float, radius: float = RADIUS) -> np.ndarray:
    """Return how much later a far sound reaches the left ear than the right one, in seconds.

    ``(a / c) (theta + sin theta)`` (Woodworth 1938), for the angle theta off the middle plane; a
    sound from behind has that of its mirror image ahead.

    Parameters
    ----------
    azimuth
        In degrees, any shape.
    radius
        Of the head, a, in metres.
    """
    turned = np.radians(np.asarray(azimuth, float))
    theta = np.arcsin(np.sin(turned))  # -pi / 2 ... pi / 2
    return positive(radius, "radius") / SPEED_OF_SOUND * (theta + np.sin(theta))


def angles_to_ears(azimuth: np.ndarray | float) -> np.ndarray:
    """Return the angles between a source and both ears in degrees, 0 ... 180, shape (2, ...)."""
    off = np.asarray(azimuth, float) - np.reshape(EARS, (2,) + (1,) * np.ndim(azimuth))
    return np.abs((off + 180) % 360 - 180)


def ways(azimuth: np.ndarray | float, distance: np.ndarray | float) -> np.ndarray:
    """Return how far a sound has to go to each ear, in metres.

    ``r - a cos(phi)`` for an ear that sees the source, at the angle phi up to 90 degrees, and
    ``r + a (phi - pi / 2)`` round the head for one that doesn't. Exact for far sources; nearer
    than half a metre it is a rough guess.

    Parameters
    ----------
    azimuth
        In degrees, any shape.
    distance
        From the middle of the head, r, in metres, of the same shape.

    Returns
    -------
    ndarray
        float64, shape (2, ...): left and right.
    """
    phi = np.radians(angles_to_ears(azimuth))
    bent = np.where(phi <= np.pi / 2, -np.cos(phi), phi - np.pi / 2)
    return np.asarray(distance, float) + RADIUS * bent


def shadow_gain(angle: np.ndarray | float) -> np.ndarray:
    """Return the gain alpha of high frequencies at an ear, 0.1 ... 2, from the angle in degrees.

    ``(1 + m / 2) + (1 - m / 2) cos(180 phi / 150)`` with m = 0.1 (Brown and Duda 1998).
    """
    share = np.cos(np.pi * np.asarray(angle, float) / _AT)
    return 1 + _DEEPEST / 2 + (1 - _DEEPEST / 2) * share


def shadow_response(frequency: np.ndarray | float, angle: np.ndarray | float) -> np.ndarray:
    """Return what the head does to a frequency at an ear, complex: ``(b + alpha s) / (b + s)``.

    s is ``2 pi i f`` and b is ``2 c / a``: lows pass as they are, highs with the gain alpha.

    Parameters
    ----------
    frequency
        In Hz.
    angle
        Between source and ear in degrees; both shapes must fit each other.
    """
    s = 2j * np.pi * np.asarray(frequency, float)
    corner = 2 * SPEED_OF_SOUND / RADIUS
    return (corner + shadow_gain(angle) * s) / (corner + s)


class Ears:
    """Two ears that hear one source, block by block; it may move.

    With L the low-pass ``b / (b + s)``, the shadow is ``L + alpha (1 - L)``: whatever the angle,
    the same two filters, and only the weight of the second changes. So both are applied to the
    source once; what each ear hears is then their sum, late by its way and weakened by it.

    Parameters
    ----------
    rate
        Sampling rate in Hz.
    farthest
        How far away, in metres, the source ever is: so much of its past is kept.
    """

    def __init__(self, rate: float, farthest: float = FARTHEST) -> None:
        self.rate = positive(rate, "rate")
        if rate < _LEAST_RATE:
            raise InvalidValueError(f"rate must be {_LEAST_RATE} Hz or more, got {rate}")
        self.past = int(np.ceil((farthest + 1) / SPEED_OF_SOUND * rate)) + 4
        self._b, self._a = _low_pass(rate)
        self._state = np.zeros(1)
        self._kept = np.zeros((2, self.past))

    def hear(self, x: np.ndarray, azimuth: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Return what both ears hear of a block.

        Parameters
        ----------
        x
            The next samples of the source, shape (N,), as loud as it is at 1 m.
        azimuth, distance
            Where it is: degrees and metres, numbers or shape (N,).

        Returns
        -------
        ndarray
            float64, shape (2, N). A sound from a metre is 3 ms late: the air has to carry it.
        """
        from scipy.signal import lfilter  # slow to import

        near = np.broadcast_to(np.asarray(distance, float), np.shape(azimuth))
        _check_places(near)
        low, self._state = lfilter(self._b, self._a, x, zi=self._state)
        heard = np.concatenate([self._kept, np.stack([low, x - low])], axis=1)
        self._kept = heard[:, -self.past :]
        gains = shadow_gain(angles_to_ears(azimuth))
        lengths = ways(azimuth, near)
        delays = lengths / SPEED_OF_SOUND * self.rate
        both = [
            self._late(heard, delay, len(x), alpha)
            for delay, alpha in zip(delays, gains, strict=True)
        ]
        return np.stack(both) / lengths.reshape(2, -1)

    def _late(
        self, heard: np.ndarray, delay: np.ndarray, count: int, alpha: np.ndarray
    ) -> np.ndarray:
        """Return lows and weighted highs so many samples late, by Lagrange's cubic."""
        if np.ndim(delay) == 0:  # a source that stands still
            place = self.past - float(delay)
            first, share = int(np.floor(place)), place - np.floor(place)
            mixed = heard[0] + alpha * heard[1]
            pieces = (mixed[first + k : first + k + count] for k in _TAPS)
            return sum(w * piece for w, piece in zip(_cubic(share), pieces, strict=True))
        place = self.past + np.arange(count) - delay
        first = np.floor(place).astype(int)
        weights = _cubic(place - first)
        low, high = (
            sum(w * row[first + k] for w, k in zip(weights, _TAPS, strict=True)) for row in heard
        )
        return low + alpha * high


def binaural(
    x: np.ndarray, rate: float, azimuth: np.ndarray | float, distance: np.ndarray | float = 1.0
) -> np.ndarray:
    """Return what both ears hear of a sound, shape (2, N); see :meth:`Ears.hear`.

    The silence in which nothing has arrived yet is left out where the source stands still.

    Parameters
    ----------
    x
        Shape (N,), as loud as it is at 1 m.
    rate
        Sampling rate in Hz.
    azimuth, distance
        In degrees and metres: numbers, or shape (N,) for a source that moves.
    """
    x = np.asarray(x, float)
    where = np.asarray(azimuth, float), np.asarray(distance, float)
    if max(map(np.ndim, where)):
        where = tuple(np.broadcast_arrays(*where))
        return Ears(rate).hear(x, *where)
    _check_places(where[1])
    ears, late = Ears(rate), int(float(ways(*where).min()) / SPEED_OF_SOUND * rate)
    return ears.hear(np.append(x, np.zeros(late)), *where)[:, late:]


def parted(x: np.ndarray, rate: float) -> np.ndarray:
    """Return the lows L x and the highs x - L x of which the head's shadow is made, (2, N)."""
    from scipy.signal import lfilter  # slow to import

    low = lfilter(*_low_pass(positive(rate, "rate")), x)
    return np.stack([low, x - low])


def delayed(x: np.ndarray, samples: float) -> np.ndarray:
    """Return a sound (N,) so many samples late, 2 or more, a part of a sample included."""
    before = int(np.ceil(samples)) + 2
    place = before - samples
    first, share = int(np.floor(place)), place - np.floor(place)
    padded = np.concatenate([np.zeros(before), x, np.zeros(2)])
    pieces = (padded[first + k : first + k + len(x)] for k in _TAPS)
    return sum(w * piece for w, piece in zip(_cubic(share), pieces, strict=True))


def polar(x: np.ndarray | float, y: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Return azimuth in degrees and distance in metres of a place; never nearer than 0.15 m."""
    return np.degrees(np.arctan2(x, y)), np.maximum(np.hypot(x, y), NEAREST)


def _low_pass(rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return b and a of the low-pass ``b / (b + s)``, by the bilinear transform."""
    corner = 2 * SPEED_OF_SOUND / RADIUS
    both = 2 * rate + corner
    return np.array([corner, corner]) / both, np.array([1.0, (corner - 2 * rate) / both])


def _cubic(share: np.ndarray | float) -> list[np.ndarray]:
    """Return Lagrange's weights of four samples for a place between the middle two."""
    d = np.asarray(share, float)
    return [
        -d * (d - 1) * (d - 2) / 6,
        (d + 1) * (d - 1) * (d - 2) / 2,
        -(d + 1) * d * (d - 2) / 2,
        (d + 1) * d * (d - 1) / 6,
    ]


def _check_places(distance: np.ndarray) -> None:
    if not (np.min(distance) >= NEAREST and np.max(distance) <= FARTHEST):
        raise InvalidValueError(
            f"a source is {NEAREST} to {FARTHEST:g} m away, got {np.min(distance):.3g} to "
            f"{np.max(distance):.3g} m"
        )
