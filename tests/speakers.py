"""A speaker for tests: each word is a vowel of known length, so that all can be computed."""

from __future__ import annotations

import numpy as np

from aigc_edu import dsp
from aigc_edu.speaking import Voice

RATE, WORD, PITCH = 16_000, 0.2, 150.0


class Humming:
    """Says a text as one vowel: 0.2 s for each word, divided by the speed; between silences."""

    rate = RATE

    def __init__(self, silence: float = 0.3) -> None:
        self.silence, self.said = silence, []

    def say(self, text: str, voice: Voice) -> np.ndarray:
        """Return the text as sound, (N,)."""
        self.said.append((text, voice))
        seconds = WORD * len(text.split()) / voice.speed
        x = 0.3 * dsp.vowel((600, 1200, 2500), PITCH, seconds, RATE)
        rest = np.zeros(round(self.silence * RATE))
        return np.concatenate([rest, x, rest])
