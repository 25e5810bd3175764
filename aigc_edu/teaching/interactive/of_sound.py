"""The figures that move of Part I, each put on the page by one call."""

from __future__ import annotations

from aigc_edu.teaching.interactive.controls import Value
from aigc_edu.teaching.interactive.leakage import LEAKAGE
from aigc_edu.teaching.interactive.loops import LOOP
from aigc_edu.teaching.interactive.poles import POLES
from aigc_edu.teaching.interactive.sampling import ALIASING, BIT_DEPTH, MU_LAW
from aigc_edu.teaching.interactive.shown import show
from aigc_edu.teaching.interactive.tones import BEATS, FM, HARMONICS
from aigc_edu.teaching.interactive.voices import VOWEL
from aigc_edu.teaching.interactive.windows import WINDOW_LENGTH


def aliasing(**start: Value) -> None:
    """Show a tone, its samples, and the alias that they stand for.

    Controls: ``frequency`` of the tone in Hz, ``rate`` of sampling in Hz, ``heard`` ("samples",
    "tone").
    """
    show(ALIASING, **start)


def bit_depth(**start: Value) -> None:
    """Show what rounding to few bits does to a sound, and what dither does about it.

    Controls: ``bits``, ``dither`` (how many draws: 0, 1, 2), ``sound`` ("word", "fade").
    """
    show(BIT_DEPTH, **start)


def mu_law(**start: Value) -> None:
    """Show a word, coded with mu-law or with even steps, at any level.

    Controls: ``coding`` ("curved", "even"), ``level`` in dB, ``bits``.
    """
    show(MU_LAW, **start)


def beats(**start: Value) -> None:
    """Show the sum of two tones that are close to each other.

    Controls: ``frequency`` of the first in Hz, ``difference`` in Hz, ``second`` (the amplitude of
    the second tone, in per cent of the first).
    """
    show(BEATS, **start)


def harmonics(**start: Value) -> None:
    """Show how harmonics add up to a wave.

    Controls: ``count``, ``recipe`` ("saw", "square", "triangle", "pulses"), ``frequency`` of the
    fundamental in Hz. The power is the same at all settings.
    """
    show(HARMONICS, **start)


def fm(**start: Value) -> None:
    """Show a tone whose phase is swung by another one: frequency modulation.

    Controls: ``index`` of modulation, ``ratio`` of the modulator's frequency to the carrier's,
    ``carrier`` in Hz, ``ending`` ("steady", "struck").
    """
    show(FM, **start)


def window_length(**start: Value) -> None:
    """Show two tones and two clicks in a spectrogram whose window can be made longer and shorter.

    Controls: ``window`` in samples (8,000 a second), ``tones`` and ``clicks`` (how far apart they
    are, in Hz and ms), ``heard`` ("pieces", "whole").
    """
    show(WINDOW_LENGTH, **start)


def loop(**start: Value) -> None:
    """Show a stretch of a word, repeated, and how unlike the word is to itself, shifted.

    Controls: ``start`` in ms, ``length`` in samples (8,000 a second).
    """
    show(LOOP, **start)


def vowel(**start: Value) -> None:
    """Show a vowel, made from a source and the resonances of a mouth.

    Controls: ``first`` and ``second`` formant and ``pitch`` in Hz, ``source`` ("voice", "noise").
    """
    show(VOWEL, **start)


def leakage(**start: Value) -> None:
    """Show what a tone leaks that doesn't close the loop of 256 samples, and what windows mend.

    Controls: ``swings`` in the piece, ``window`` ("rectangular", "hann", "hamming", "blackman"),
    ``soft`` (the level of a second tone in dB, -200 for none).
    """
    show(LEAKAGE, **start)


def poles(**start: Value) -> None:
    """Show where a filter's poles and zeros lie, and what they let pass.

    Controls: ``kind`` ("poles", "notch"), ``frequency`` in Hz (8,000 samples a second), ``radius``
    of the poles, ``heard`` ("noise", "pulses", "word").
    """
    show(POLES, **start)
