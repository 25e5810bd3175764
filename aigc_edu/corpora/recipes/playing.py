"""The built-in instruments as players: any of their notes, held for as long as it is written.

Chapter: chapters/06-product/12-composer.ipynb
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from aigc_edu.corpora.recipes import notes
from aigc_edu.errors import InvalidValueError, did_you_mean
from aigc_edu.music.performing import Player
from aigc_edu.music.score import folded

RATE = 16_000  # Hz
SHORTEST, LONGEST = 0.12, 6.0  # seconds for which a note is held
FINEST = 0.01  # seconds to which they are rounded: notes of a length are made once
KEPT = 256  # notes that are kept in memory


def instrument_player(name: str) -> Player:
    """Return a player of one of the built-in instruments.

    Parameters
    ----------
    name
        Such as ``"flute_synthetic_002"``; a family's name alone is its first instrument.

    Returns
    -------
    Player
        At 16 kHz; it moves pitches by octaves to where the instrument can play them.

    Raises
    ------
    InvalidValueError
        If there is no such instrument.
    """
    name = f"{name}_synthetic_000" if name in notes.FAMILIES else name
    if name not in notes.instruments():
        hint = did_you_mean(name, (*notes.FAMILIES, *notes.instruments())) or (
            f"name a family, {', '.join(notes.FAMILIES)}, or one of its six, such as "
            "flute_synthetic_002"
        )
        raise InvalidValueError(f"there is no instrument {name!r}; {hint}")
    who = notes.instruments()[name]
    low, high = who.low, max(who.high, who.low + 11)

    def play(pitch: int, seconds: float, force: float) -> np.ndarray:
        held = FINEST * round(min(max(seconds, SHORTEST), LONGEST) / FINEST)
        velocity = max(1, min(127, round(127 * force)))
        return _note(f"{name}-{folded(pitch, low, high):03d}-{velocity:03d}", round(held, 2))

    return play


@lru_cache(KEPT)
def _note(key: str, held: float) -> np.ndarray:
    """Return a note that is let go after so many seconds, and its ringing."""
    x = notes.make(key, held / notes.HELD)
    x.flags.writeable = False
    return x
