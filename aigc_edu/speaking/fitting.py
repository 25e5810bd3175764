"""Making a line last as long as it may: by the voice, by the sound, or not at all.

Chapter: chapters/06-product/11-dubbing.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aigc_edu.dsp import retime
from aigc_edu.speaking.lines import Speaker, speak
from aigc_edu.speaking.table import Slot
from aigc_edu.speaking.voices import Voice

FASTER, SLOWER = 1.3, 0.8  # factors for the voice's own speed, at most and at least
STRETCH = 1.1  # factor by which a sound's duration may be changed after that, either way
_TRIES = 4
_NEAR = 0.04  # of the wanted duration, what is left for the sound to be stretched by
_PACES = (0.5, 2.0)  # of any voice

VERDICTS = ("fits", "faster", "slower", "stretched", "padded", "too long")


@dataclass(frozen=True)
class Limits:
    """How far a line may be changed to fit: see the module's constants."""

    faster: float = FASTER
    slower: float = SLOWER
    stretch: float = STRETCH


@dataclass(frozen=True)
class Fitted:
    """A line that fits, or what came nearest.

    Attributes
    ----------
    samples
        float64, shape (N,).
    natural
        Seconds that it lasts at the voice's own speed.
    seconds
        Seconds that it lasts now.
    speed
        Factor for the voice's speed.
    stretch
        Factor for the sound's duration, after that.
    padded
        Seconds of silence put behind it.
    over
        Seconds by which it is too long.
    """

    samples: np.ndarray
    natural: float
    seconds: float
    speed: float = 1.0
    stretch: float = 1.0
    padded: float = 0.0
    over: float = 0.0

    @property
    def verdict(self) -> str:
        """One of :data:`VERDICTS`: the strongest means that was needed."""
        if self.over > 0:
            return "too long"
        if self.padded > 0:
            return "padded"
        if self.stretch != 1:
            return "stretched"
        if self.speed != 1:
            return "faster" if self.speed > 1 else "slower"
        return "fits"


def fit(
    speaker: Speaker, text: str, voice: Voice, slot: Slot, limits: Limits | None = None
) -> Fitted:
    """Return a line that fits its slot, changed as little as possible.

    First as the voice says it. If that is too long or too short, the voice speaks faster or slower,
    up to a limit: what is long gives way most. What is then left is done to the
    sound, up to a limit: all gets shorter alike. If it is still too short, silence is put behind
    it; if it is too long, it stays too long, for a person must cut words.

    Parameters
    ----------
    speaker, text, voice
        As for :func:`aigc_edu.speaking.speak`.
    slot
        How long it may last.
    limits
        How far it may be changed.
    """
    limits = limits or Limits()
    x = speak(speaker, text, voice)
    natural = len(x) / speaker.rate
    if slot.holds(natural):
        return Fitted(x, natural, natural)
    goal = slot.most if natural > slot.most else slot.least
    x, speed = _by_voice(speaker, text, voice, goal, natural, slot, limits)
    spoken = len(x) / speaker.rate
    if slot.holds(spoken):
        return Fitted(x, natural, spoken, speed)
    x, stretch = _by_sound(x, speaker.rate, goal, limits)
    return _ended(x, speaker.rate, natural, speed, stretch, slot)


def _by_voice(
    speaker: Speaker,
    text: str,
    voice: Voice,
    goal: float,
    natural: float,
    slot: Slot,
    limits: Limits,
) -> tuple[np.ndarray, float]:
    """Return the line at the speed that brings it nearest to the goal, and that speed's factor."""
    paces = _PACES[0] / voice.speed, _PACES[1] / voice.speed
    low, high = np.clip([limits.slower, limits.faster], *paces)
    room = 1.01 if goal == slot.most else 1.0  # a hair too fast rather than too slow
    factor, best = float(np.clip(room * natural / goal, low, high)), None
    for _ in range(_TRIES):
        x = speak(speaker, text, replace(voice, speed=factor * voice.speed))
        seconds = len(x) / speaker.rate
        off = (abs(seconds - goal), x, factor)
        best = off if best is None or off[0] < best[0] else best
        if slot.holds(seconds) and off[0] <= _NEAR * goal:
            return x, factor
        again = float(np.clip(room * factor * seconds / goal, low, high))
        if again == factor:
            break
        factor = again
    return best[1], best[2]


def _by_sound(x: np.ndarray, rate: int, goal: float, limits: Limits) -> tuple[np.ndarray, float]:
    """Return the line with its sound stretched towards the goal, and by which factor."""
    whole = int(goal * rate + 1e-6)  # whole samples, and no longer than the goal
    least, most = int(np.ceil(len(x) / limits.stretch)), int(len(x) * limits.stretch)
    wanted = int(np.clip(whole, least, most))
    if wanted == len(x):
        return x, 1.0
    return retime(x, np.array([len(x)]), np.array([wanted])), wanted / len(x)


def _ended(
    x: np.ndarray, rate: int, natural: float, speed: float, stretch: float, slot: Slot
) -> Fitted:
    """Pad what is too short, and say of what is too long how much it is."""
    most = int(slot.most * rate + 1e-6) if np.isfinite(slot.most) else len(x)
    least = int(np.ceil(slot.least * rate - 1e-6))
    missing = max(0, min(least, most) - len(x))
    over = max(0, len(x) - most)
    x = np.pad(x, (0, missing))
    return Fitted(x, natural, len(x) / rate, speed, stretch, missing / rate, over / rate)


def words_to_cut(text: str, fitted: Fitted) -> int:
    """Return about how many words a line that is too long must lose."""
    words = len(text.split())
    return int(np.ceil(words * fitted.over / fitted.seconds))
