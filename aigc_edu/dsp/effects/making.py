"""Making effects: by name, with a seed; as many of one kind as are wanted; as long as is wanted.

Chapter: chapters/06-product/15-effects.ipynb

The same name, seed, settings and rate give the same samples. Another seed is another take of the
same thing: what a setting fixes stays, all else is drawn anew.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.dsp._validate import positive, whole
from aigc_edu.dsp.effects import steps, things, weather
from aigc_edu.dsp.effects.base import Effect, meant
from aigc_edu.dsp.effects.parts import chance, ended, onset
from aigc_edu.errors import InvalidValueError

RATE = 48_000  # Hz, what films and games use
PEAK, RMS = 0.5, 0.1  # of an event, before its own chance; of a texture
_UNEVEN, _MOST = 1.5, 4.0  # dB by which takes of an event differ in level: usually, and at most
_CEILING = 0.95  # no peak passes it
_SECONDS = 5.0  # of a texture, if nothing is said
_LEAST_RATE = 8000

EFFECTS = {one.name: one for one in (*steps.EFFECTS, *things.EFFECTS, *weather.EFFECTS)}


def effect(name: str) -> Effect:
    """Return the effect of a name; raise `InvalidValueError` if there is none."""
    if name not in EFFECTS:
        known = ", ".join(EFFECTS)
        raise InvalidValueError(
            f"there is no effect {name!r}; there are {known}{meant(name, EFFECTS)}"
        )
    return EFFECTS[name]


def make(
    name: str,
    seed: int = 0,
    rate: int = RATE,
    seconds: float | None = None,
    **settings: object,
) -> np.ndarray:
    """Make one sound.

    Parameters
    ----------
    name
        One of ``EFFECTS``.
    seed
        Each whole number from 0 on is another take.
    rate
        Sampling rate in Hz, 8,000 or more.
    seconds
        Length of a texture, 5 by default; an event is as long as it is.
    settings
        The effect's own parameters; ``effect(name).parameters`` lists them.

    Returns
    -------
    ndarray
        float64, shape (N,), within [-0.95, 0.95]. The peak of an event is about 0.5, a little
        different in each take. A texture has a root mean square of about 0.1; its highest peaks are
        rounded off, see :func:`rounded`.

    Raises
    ------
    InvalidValueError
        If there is no such effect or setting.
    """
    one = effect(name)
    if not one.lasting:
        if seconds is not None and "seconds" not in one.parameters:
            raise InvalidValueError(f"{name} is an event, as long as it is: leave seconds out")
        given = settings if seconds is None else {**settings, "seconds": seconds}
        return _event(one, one.settings(given), seed, _rate(rate))
    x = texture(name, seed, rate, _SECONDS if seconds is None else seconds, **settings)
    return rounded(x * RMS / np.sqrt(np.mean(x**2)))


def variations(
    name: str, count: int, seed: int = 0, rate: int = RATE, **settings: object
) -> list[np.ndarray]:
    """Make so many takes of one thing, those of the seeds ``seed``, ``seed + 1`` and so on."""
    return [make(name, seed + n, rate, **settings) for n in range(whole(count, "count"))]


def texture(name: str, seed: int, rate: int, seconds: float, **settings: object) -> np.ndarray:
    """Return a texture as its recipe makes it: as loud as its physics says, and not limited.

    Parameters
    ----------
    name, seed, rate, settings
        As for :func:`make`.
    seconds
        Length, above 0.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    one = effect(name)
    if not one.lasting:
        lasting = ", ".join(n for n, other in EFFECTS.items() if other.lasting)
        raise InvalidValueError(f"{name} is an event; what goes on are {lasting}")
    rng = chance(name, whole(seed, "seed", least=0))
    return one.recipe(rng, _rate(rate), positive(seconds, "seconds"), **one.settings(settings))


def rounded(x: np.ndarray) -> np.ndarray:
    """Return ``c tanh(x / c)``, c = 0.95: soft samples as they are, and rare peaks below c.

    A drop that falls just beside the ear is thirty times as loud as the rain, and lasts a
    millisecond. Scaled to fit, the rain would be gone; rounded off, the drop loses nothing that is
    missed.
    """
    return _CEILING * np.tanh(np.asarray(x, float) / _CEILING)


def _event(one: Effect, settings: dict, seed: int, rate: int) -> np.ndarray:
    """Return an event, its peak brought to where chance wants it, and its ends to nothing."""
    rng = chance(one.name, whole(seed, "seed", least=0))
    uneven = float(np.clip(_UNEVEN * rng.standard_normal(), -_MOST, _MOST))
    x = one.recipe(rng, rate, **settings)
    x = ended(onset(x, 1 / rate, rate), 0.005, rate)
    x = _trimmed(x)
    return _within(x * PEAK * 10 ** (uneven / 20) / max(np.abs(x).max(), 1e-12))


def _trimmed(x: np.ndarray) -> np.ndarray:
    """Return x without what at its end lies more than 80 dB below its peak."""
    heard = np.flatnonzero(np.abs(x) > 1e-4 * np.abs(x).max())
    return x[: heard[-1] + 1] if len(heard) else x[:1]


def _within(x: np.ndarray) -> np.ndarray:
    return x * min(1.0, _CEILING / max(np.abs(x).max(), 1e-12))


def _rate(rate: int) -> int:
    if whole(rate, "rate") < _LEAST_RATE:
        raise InvalidValueError(f"rate must be {_LEAST_RATE} Hz or more, got {rate}")
    return int(rate)
