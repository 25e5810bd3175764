"""Voices by design: pitch, formants, melody, tempo, place; and moods as rules of thumb.

Chapter: chapters/06-product/09-a-voice-of-your-own.ipynb

One network has one voice. What is done here to its sound makes others of it, as an actor does who
reads all parts. It doesn't make the voice of a certain person.

References
----------
I. R. Murray, J. L. Arnott (1993), *Toward the simulation of emotion in synthetic speech*, Journal
of the Acoustical Society of America 93: which way pitch, tempo and level go with an emotion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.dsp import pitch_track, psola
from aigc_edu.errors import InvalidValueError, did_you_mean
from aigc_edu.speaking.rooms import ROOMS

_STEPS = 1000  # a factor for the formants is rounded to a thousandth
_RANGES = {  # lowest, highest
    "pitch": (-12.0, 12.0),
    "formants": (0.7, 1.4),
    "melody": (0.0, 2.5),
    "speed": (0.5, 2.0),
    "level": (-30.0, 12.0),
    "side": (-1.0, 1.0),
    "distance": (0.3, 20.0),
    "noise": (0.0, 2.0),
}


@dataclass(frozen=True)
class Voice:
    """How a part is spoken, and from where.

    Attributes
    ----------
    pitch
        Semitones above or below the network's own, -12 to 12.
    formants
        Factor for all resonances of the mouth, 0.7 to 1.4: above 1, a smaller head.
    melody
        How far the pitch goes up and down around its middle: 1 as it is, 0 a robot, 2 excited.
    speed
        0.5 to 2; the network itself speaks faster or slower.
    level
        LU above or below the other parts, -30 to 12.
    side
        -1 left, 0 ahead, 1 right; heard in stereo.
    distance
        Metres from the listener, 0.3 to 20.
    room
        One of :data:`aigc_edu.speaking.rooms.ROOMS`.
    noise
        Scale of the prior's noise, 0 to 2, see :class:`aigc_edu.models.vits.Manner`; None for what
        the network's checkpoint says.
    seed
        Of what the network draws, 0 or more.
    """

    pitch: float = 0.0
    formants: float = 1.0
    melody: float = 1.0
    speed: float = 1.0
    level: float = 0.0
    side: float = 0.0
    distance: float = 1.0
    room: str = "dry"
    noise: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InvalidValueError(f"{name} lies from {low:g} to {high:g}, got {value:g}")
        if self.room not in ROOMS:
            raise InvalidValueError(unknown("room", self.room, ROOMS))
        if self.seed < 0 or self.seed != int(self.seed):
            raise InvalidValueError(f"seed is a whole number, 0 or more, got {self.seed}")

    def in_mood(self, mood: str) -> Voice:
        """Return this voice in a mood of :data:`MOODS`; what passes a range stays at its end.

        Raises
        ------
        InvalidValueError
            If there is no such mood.
        """
        if mood not in MOODS:
            raise InvalidValueError(unknown("mood", mood, MOODS))
        return self.changed(MOODS[mood])

    def changed(self, mood: Mood) -> Voice:
        """Return this voice with a mood's changes, within the ranges."""
        return replace(
            self,
            pitch=_within("pitch", self.pitch + mood.pitch),
            melody=_within("melody", self.melody * mood.melody),
            speed=_within("speed", self.speed * mood.speed),
            level=_within("level", self.level + mood.level),
        )


@dataclass(frozen=True)
class Mood:
    """What a mood does to a voice: semitones, a factor, a factor, LU."""

    pitch: float = 0.0
    melody: float = 1.0
    speed: float = 1.0
    level: float = 0.0


# Rules of thumb: the directions are Murray and Arnott's (1993, table I), the sizes are ours.
MOODS: dict[str, Mood] = {
    "calm": Mood(),
    "happy": Mood(pitch=2.0, melody=1.5, speed=1.08, level=2.0),
    "angry": Mood(pitch=1.5, melody=1.7, speed=1.15, level=5.0),
    "afraid": Mood(pitch=3.5, melody=1.3, speed=1.25, level=0.0),
    "sad": Mood(pitch=-1.5, melody=0.6, speed=0.85, level=-4.0),
    "tired": Mood(pitch=-2.5, melody=0.4, speed=0.8, level=-3.0),
    "softly": Mood(pitch=-0.5, melody=0.8, speed=0.95, level=-8.0),
    "loudly": Mood(pitch=2.0, melody=1.2, speed=0.97, level=6.0),
    "slowly": Mood(speed=0.8),
    "quickly": Mood(speed=1.25),
}


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return a sentence that says there is no such thing, and which comes nearest."""
    known = list(known)
    hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
    return f"there is no {what} {name!r}; {hint}"


def undeclared(who: str, voices: Iterable[str], example: str) -> str:
    """Return a sentence that says there is no such voice, and how one is declared."""
    voices = list(voices)
    told = unknown("voice", who, voices) if voices else f"there is no voice {who!r}"
    return f"{told}{'' if told.endswith('?') else '.'} Or declare it at the top: {example}"


def _within(name: str, value: float) -> float:
    low, high = _RANGES[name]
    return min(high, max(low, value))


def voice_from(text: str, begin: Voice | None = None) -> Voice:
    """Return the voice that a line of text describes: ``"pitch -3, formants 0.92, room hall"``.

    Parameters
    ----------
    text
        Settings between commas, each a name and a value; an empty text changes nothing. A mood's
        name alone is a setting, too.
    begin
        What is changed; the network's own voice by default.

    Raises
    ------
    InvalidValueError
        If there is no such setting, or not with such a value.
    """
    voice, settings = begin or Voice(), {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, value = part.partition(" ")
        if part in MOODS:
            voice = voice.in_mood(part)
        else:
            settings[name] = _value(name, value.strip())
    return replace(voice, **settings)


def _value(name: str, text: str) -> float | int | str:
    known = [field.name for field in fields(Voice)]
    if name not in known:
        raise InvalidValueError(unknown("setting", name, [*known, *MOODS]))
    if not text:
        raise InvalidValueError(f"{name} needs a value, as in {name} {_example(name)}")
    if name == "room":
        return text
    try:
        return int(text) if name == "seed" else float(text)
    except ValueError:
        raise InvalidValueError(f"{name} is a number, not {text!r}") from None


def _example(name: str) -> str:
    return {"room": "hall", "noise": "0.5"}.get(name) or f"{getattr(Voice(), name):g}"


def told(voice: Voice) -> str:
    """Return a voice as :func:`voice_from` reads it: what differs from the network's own."""
    usual = Voice()
    pairs = {f.name: getattr(voice, f.name) for f in fields(Voice)}
    parts = [f"{k} {v}" for k, v in pairs.items() if v != getattr(usual, k)]
    return ", ".join(parts)


def revoiced(
    x: np.ndarray,
    rate: int,
    pitch: float = 0.0,
    formants: float = 1.0,
    melody: float = 1.0,
) -> np.ndarray:
    """Return a voice with another pitch, other formants, another melody, and the same length.

    Resampling moves pitch, formants and tempo together, by the factor for the formants; PSOLA
    before it moves pitch and tempo alone, so that both come out as asked. The melody is a change
    of pitch over time: ``f' = p m (f / m)^melody`` with the median m.

    Parameters
    ----------
    x
        Shape (N,), real, finite.
    rate
        Sampling rate in Hz.
    pitch
        In semitones.
    formants, melody
        As in :class:`Voice`.

    Returns
    -------
    ndarray
        float64, shape (N,). With nothing to change it is x. It may pass full scale a little.
    """
    x = np.asarray(x, np.float64)
    if pitch == 0 and formants == 1 and melody == 1:
        return x
    q = round(_STEPS * formants) / _STEPS
    f0 = pitch_track(x, rate)
    voiced = np.isfinite(f0)
    ratio = np.full(len(x), 2 ** (pitch / 12))
    if voiced.any() and melody != 1:
        ratio[voiced] *= (f0[voiced] / np.median(f0[voiced])) ** (melody - 1)
    y = psola(x, rate, np.clip(ratio / q, 0.25, 4), stretch=q, f0=f0)
    if q != 1:
        y = resample(y, round(_STEPS * q), _STEPS).astype(np.float64)
    return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]


def designed(x: np.ndarray, rate: int, voice: Voice) -> np.ndarray:
    """Return speech of the network's own voice, (N,), as another voice has it; see `revoiced`."""
    return revoiced(x, rate, voice.pitch, voice.formants, voice.melody)


def voices_from(texts: Mapping[str, str]) -> dict[str, Voice]:
    """Return voices by name from their descriptions."""
    return {name: voice_from(text) for name, text in texts.items()}
