"""Sounds of a scene: the built-in effects, a chime by GANSynth, and files of one's own.

Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from aigc_edu import corpora
from aigc_edu.audio import crossfade, read, resample
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.gansynth import draw_latents, load_gansynth, play
from aigc_edu.speaking.voices import unknown

NOTHING = "nothing"
CHIME = "chime"
KINDS = ("rain", "waves", "wind", "clock", "brush")  # of the corpus of effects
_FADE = 0.3  # seconds from one round of a sound to the next
_EDGE = 0.05  # seconds in which a sound fades in and out
_CHORD = (60, 64, 67)  # MIDI numbers of the chime
_APART = 0.18  # seconds between its notes


def check_sound(name: str, folder: Path, under: bool, seconds: float | None) -> None:
    """Raise if there is no such sound, or it needs a length and has none.

    Raises
    ------
    InvalidValueError
        It says what there is.
    """
    if under and name == NOTHING:
        return
    if name not in (*KINDS, CHIME) and not (folder / name).is_file():
        if Path(name).suffix:
            raise InvalidValueError(f"there is no file {folder / name}")
        raise InvalidValueError(unknown("sound", name, (*KINDS, CHIME, "the name of a file")))
    if name in KINDS and not under and seconds is None:
        raise InvalidValueError(f"{name} goes on: say how long, [sound {name} 3 s]")


def sound_of(name: str, rate: int, seconds: float | None, folder: Path = Path()) -> np.ndarray:
    """Return a sound, faded in and out, float64 (N,); one that is too short begins again.

    Parameters
    ----------
    name
        One of :data:`KINDS`, ``"chime"``, or a file in the folder.
    rate
        Sampling rate in Hz.
    seconds
        How long; by default as long as it is.
    folder
        Where files lie.
    """
    x = _file(folder / name, rate) if (folder / name).is_file() else _built_in(name, rate)
    wanted = len(x) if seconds is None else round(seconds * rate)
    x = looped(x, wanted, min(round(_FADE * rate), len(x) // 3))
    edge = min(round(_EDGE * rate), wanted // 2)
    ramp = np.minimum(1, (np.arange(wanted) + 0.5) / max(1, edge))
    return x * ramp * ramp[::-1]


def looped(x: np.ndarray, wanted: int, overlap: int) -> np.ndarray:
    """Return a sound that goes on for so many samples, each round faded into the next.

    With equal power: the end and the beginning of a texture are as two different takes.
    """
    y = np.asarray(x, np.float64)
    while len(y) < wanted:
        y = crossfade(y, x, overlap, law="power")
    return y[:wanted]


def _file(path: Path, rate: int) -> np.ndarray:
    return np.asarray(read(path, rate)[0], np.float64)


@lru_cache(maxsize=16)
def _built_in(name: str, rate: int) -> np.ndarray:
    if name == CHIME:
        return _chime(rate)
    effects = corpora.load("effects", rate=rate)
    clip = effects.select(label=effects.labels.index(name))[0]
    return np.asarray(clip.samples, np.float64)


def _chime(rate: int) -> np.ndarray:
    """Return three notes by one latent of gansynth-notes, one after the other."""
    trained = load_gansynth()
    notes = play(trained, draw_latents(1, trained.model.config.latent, seed=2)[0], _CHORD)
    apart = round(_APART * trained.model.config.rate)
    x = np.zeros(apart * (len(notes) - 1) + max(map(len, notes)))
    for number, note in enumerate(notes):
        x[number * apart : number * apart + len(note)] += note
    own = trained.model.config.rate
    return x if own == rate else np.asarray(resample(x, own, rate), np.float64)
