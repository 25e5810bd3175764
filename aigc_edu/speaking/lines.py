"""One line by one voice: spoken, designed, without silence around it, as loud as all others.

Chapter: chapters/06-product/09-a-voice-of-your-own.ipynb
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from aigc_edu.audio import loudness, trim_silence
from aigc_edu.checkpoints import Trained
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.vits import Manner, load_vits, manner_of, say
from aigc_edu.speaking.voices import Voice, designed

SPOKEN = -23.0  # LUFS of each line at 1 m, before its voice's own level
MARGIN = 0.02  # seconds kept on either side of what sounds: weak consonants live there
_THRESHOLD = -45.0  # dB against the loudest frame


class Speaker(Protocol):
    """Whatever makes speech of text: the course's own network, or another one."""

    rate: int

    def say(self, text: str, voice: Voice) -> np.ndarray:
        """Return a text as sound, (N,) within [-1, 1], at the voice's speed, noise and seed."""


class Network:
    """A trained VITS that speaks.

    Parameters
    ----------
    trained
        From :func:`aigc_edu.models.vits.load_vits`, or the name of a checkpoint or file.
    """

    def __init__(self, trained: Trained | str = "vits-voice") -> None:
        self.trained = load_vits(trained) if isinstance(trained, str) else trained
        self.rate: int = self.trained.model.config.rate

    def say(self, text: str, voice: Voice) -> np.ndarray:
        """Return a text as sound, float64 (N,) within [-1, 1]."""
        return say(self.trained, text, self.manner(voice))

    def manner(self, voice: Voice) -> Manner:
        """Return how the network speaks for a voice."""
        return manner_of(self.trained, noise=voice.noise, speed=voice.speed, seed=voice.seed)


def speak(speaker: Speaker, text: str, voice: Voice | None = None) -> np.ndarray:
    """Return a line as a voice says it, at 1 m in a dry room.

    Parameters
    ----------
    speaker
        Who says it.
    text
        A line or more.
    voice
        How; the network's own voice by default. Side, distance and room aren't applied here.

    Returns
    -------
    ndarray
        float64, shape (N,): from shortly before the first sound to shortly after the last, with a
        loudness of -23 LUFS and the voice's level. It may pass full scale.

    Raises
    ------
    InvalidValueError
        If there is nothing to say, or it came out silent.
    """
    voice = voice or Voice()
    x = bare(speaker.say(text, voice), speaker.rate, text)
    x = designed(x, speaker.rate, voice)
    return levelled(x, speaker.rate, SPOKEN + voice.level, text)


def bare(x: np.ndarray, rate: int, text: str = "") -> np.ndarray:
    """Return speech without the silence around it, up to 20 ms on either side."""
    if not np.any(x):
        raise InvalidValueError(f"{text!r} came out silent")
    return trim_silence(x, rate, _THRESHOLD, margin=MARGIN).kept


def levelled(x: np.ndarray, rate: int, lufs: float, text: str = "") -> np.ndarray:
    """Return a sound (N,) at a loudness, float64; short ones are measured as a whole.

    Unlike :func:`aigc_edu.audio.to_loudness` it lets peaks pass full scale: what is mixed is
    levelled once more, as a whole.
    """
    level = loudness(x, rate, short="whole")
    if level == -np.inf:
        raise InvalidValueError(f"{text!r} is too soft to be levelled")
    return np.asarray(x, np.float64) * 10 ** ((lufs - level) / 20)
