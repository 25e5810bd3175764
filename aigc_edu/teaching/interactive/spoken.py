"""Figures of one line, spoken in many ways: by whom, from where, in how much time.

Chapter: chapters/06-product/09-a-voice-of-your-own.ipynb
Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb
Chapter: chapters/06-product/11-dubbing.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed, nearest
from aigc_edu.teaching.interactive.controls import Control, Value, buttons, slider
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page

_ALT = (
    "Above, the waveform of a spoken sentence; below, its spectrogram, time to the right, "
    "frequencies upwards."
)


def designed_voice(
    clips: Mapping[tuple[float, float], np.ndarray],
    rate: int,
    sentences: Mapping[tuple[float, float], str],
    **start: Value,
) -> None:
    """Show a sentence by voices of many pitches and formants; see :func:`designed_voice_of`.

    Controls: ``pitch`` in semitones, ``formants``, a factor.
    """
    show_on_page(designed_voice_of(clips, rate, sentences), **start)


def designed_voice_of(
    clips: Mapping[tuple[float, float], np.ndarray],
    rate: int,
    sentences: Mapping[tuple[float, float], str],
) -> InteractiveFigure:
    """Return the figure of a sentence by voices of many pitches and formants.

    Parameters
    ----------
    clips
        From semitones and factor of the formants to samples (N,) in [-1, 1]: every combination.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each clip.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    (pitches, factors), sounds, told = crossed(clips, sentences, "every pitch and formants")
    signed = tuple(f"{p:+g}" if p else "0" for p in pitches)
    pitch = Control("pitch", "Pitch in semitones", "slider", pitches, signed, nearest(pitches, 0))
    formants = slider("formants", "Formants, a factor", factors, nearest(factors, 1), digits=2)
    return Clips((pitch, formants), rate, sounds, told, coding="mu_law").figure(
        "one sentence, many voices", _ALT
    )


def how_far(
    clips: Mapping[tuple[str, float], np.ndarray],
    rate: int,
    sentences: Mapping[tuple[str, float], str],
    **start: Value,
) -> None:
    """Show a sentence from many rooms and distances; see :func:`how_far_of`.

    Controls: ``room`` (its name), ``distance`` in metres.
    """
    show_on_page(how_far_of(clips, rate, sentences), **start)


def how_far_of(
    clips: Mapping[tuple[str, float], np.ndarray],
    rate: int,
    sentences: Mapping[tuple[str, float], str],
) -> InteractiveFigure:
    """Return the figure of a sentence from many rooms and distances.

    Parameters
    ----------
    clips
        From a room's name and metres to samples (N,) in [-1, 1]: every combination.
    rate, sentences
        As for :func:`designed_voice_of`.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    (rooms, metres), sounds, told = crossed(clips, sentences, "every room and distance")
    room = buttons("room", "Room", {name: name for name in rooms}, rooms[0])
    distance = slider("distance", "Distance in metres", metres, nearest(metres, 1), digits=1)
    return Clips((room, distance), rate, sounds, told, coding="mu_law").figure(
        "a voice in a room", _ALT
    )


def must_fit(
    clips: Mapping[tuple[str, float], np.ndarray],
    rate: int,
    sentences: Mapping[tuple[str, float], str],
    **start: Value,
) -> None:
    """Show a line made shorter in several ways; see :func:`must_fit_of`.

    Controls: ``way`` (its name), ``seconds`` that the line may last.
    """
    show_on_page(must_fit_of(clips, rate, sentences), **start)


def must_fit_of(
    clips: Mapping[tuple[str, float], np.ndarray],
    rate: int,
    sentences: Mapping[tuple[str, float], str],
) -> InteractiveFigure:
    """Return the figure of a line that must fit so many seconds, made shorter in several ways.

    Parameters
    ----------
    clips
        From a way's name and seconds to samples (N,) in [-1, 1]: every combination.
    rate, sentences
        As for :func:`designed_voice_of`.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    (ways, times), sounds, told = crossed(clips, sentences, "every way and duration")
    way = buttons("way", "Made shorter by", {name: name for name in ways}, ways[0])
    seconds = slider("seconds", "It may last, in seconds", times, times[-1], digits=2)
    return Clips((way, seconds), rate, sounds, told, coding="mu_law").figure(
        "a line that must fit", _ALT, once=True
    )
