"""Figures with sliders whose effect is seen and heard, on a page without a server too.

One call puts a figure on the page: ``interactive.aliasing()``. In a running notebook the sliders
are widgets that call Python; on the built site, or in a page opened from a folder, a script of the
page's own computes the same samples. Give settings to begin with others than the usual ones:
``interactive.aliasing(frequency=7000)``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.controls import Value
from aigc_edu.teaching.interactive.convolution import RECEPTIVE_FIELD
from aigc_edu.teaching.interactive.drawn_codes import drawing_of
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.ring_buffers import RINGS
from aigc_edu.teaching.interactive.said_words import Setting, said_of
from aigc_edu.teaching.interactive.sampling import ALIASING, BIT_DEPTH, MU_LAW
from aigc_edu.teaching.interactive.shown import Shown, show
from aigc_edu.teaching.interactive.tones import BEATS, FM, HARMONICS
from aigc_edu.teaching.interactive.windows import WINDOW_LENGTH

__all__ = [
    "FED",
    "FIGURES",
    "InteractiveFigure",
    "Shown",
    "aliasing",
    "beats",
    "bit_depth",
    "drawing",
    "fm",
    "harmonics",
    "mu_law",
    "receptive_field",
    "rings",
    "said",
    "window_length",
]

FIGURES = {
    figure.name: figure
    for figure in (
        ALIASING,
        BIT_DEPTH,
        MU_LAW,
        BEATS,
        HARMONICS,
        FM,
        WINDOW_LENGTH,
        RECEPTIVE_FIELD,
        RINGS,
    )
}

FED = ("drawing", "said")  # these show what a notebook has made, and begin with nothing


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


def receptive_field(**start: Value) -> None:
    """Show which inputs reach an output of stacked causal convolutions, and how many they are.

    Controls: ``layers``, ``pattern`` of their dilations ("double", "anew", "constant", "triple"),
    ``kernel`` (2, 3), ``output`` (its time in samples, 0 for the last), ``heard`` ("window",
    "reached", "word").
    """
    show(RECEPTIVE_FIELD, **start)


def rings(**start: Value) -> None:
    """Show four ring buffers that are fed a melody, one note a step.

    Controls: ``time`` (the step), ``heard`` (0 for the melody alone, or the dilation of a ring:
    1, 2, 4, 8).
    """
    show(RINGS, **start)


def drawing(moments: Mapping[str, np.ndarray], shaped: bool = True, **start: Value) -> None:
    """Show how a code is drawn from a network's logits; see :func:`drawing_of`.

    Controls: ``moment``, ``u``; and, if they are to be shaped, ``temperature``, ``top_k``,
    ``top_p``.
    """
    show(drawing_of(moments, shaped), **start)


def said(
    clips: Mapping[Setting, np.ndarray],
    recordings: Mapping[str, np.ndarray],
    rate: int,
    **start: Value,
) -> None:
    """Show words as a network says them at many settings; see :func:`said_of`.

    Controls: ``temperature``, ``kept``, ``word``, ``heard`` ("network", "recording").
    """
    show(said_of(clips, recordings, rate), **start)
