"""Figures with sliders whose effect is seen and heard, on a page without a server too.

One call puts a figure on the page: ``interactive.aliasing()``. In a running notebook the sliders
are widgets that call Python; on the built site, or in a page opened from a folder, a script of the
page's own computes the same samples. Give settings to begin with others than the usual ones:
``interactive.aliasing(frequency=7000)``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.bird import FLOW_MAP, PARTICLES
from aigc_edu.teaching.interactive.clips import Clips
from aigc_edu.teaching.interactive.controls import Value, choice
from aigc_edu.teaching.interactive.convolution import RECEPTIVE_FIELD
from aigc_edu.teaching.interactive.digits import say_a_digit_figure
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.page import markup
from aigc_edu.teaching.interactive.sampling import ALIASING, BIT_DEPTH, MU_LAW
from aigc_edu.teaching.interactive.shown import Shown, show
from aigc_edu.teaching.interactive.tones import BEATS, FM, HARMONICS
from aigc_edu.teaching.interactive.windows import WINDOW_LENGTH

__all__ = [
    "FIGURES",
    "InteractiveFigure",
    "Shown",
    "aliasing",
    "beats",
    "bit_depth",
    "flow_map",
    "fm",
    "harmonics",
    "mu_law",
    "one_of",
    "particles",
    "receptive_field",
    "say_a_digit",
    "say_a_digit_html",
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
        FLOW_MAP,
        PARTICLES,
    )
}


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


def flow_map(**start: Value) -> None:
    """Show a map from noise to a bird's notes, bent from a straight line to what it should be.

    Control: ``bend`` in per cent.
    """
    show(FLOW_MAP, **start)


def particles(**start: Value) -> None:
    """Show particles on their way from noise to a bird's notes, along the mean velocity.

    Controls: ``tau`` (share of noise, 1 to 0), ``steps`` of the whole road (1, 4, 16, 64).
    """
    show(PARTICLES, **start)


def one_of(
    sounds: Mapping[str, np.ndarray],
    rate: int,
    label: str,
    sentences: Mapping[str, str],
    frame: int = 256,
) -> None:
    """Show several sounds behind one choice, each with waveform, spectrogram and a sentence.

    Parameters
    ----------
    sounds
        Name and samples of each, shape (N,), within [-1, 1].
    rate
        Of all of them, in Hz.
    label
        What is chosen.
    sentences
        What is true of each, by name.
    frame
        Samples in a window of the spectrogram, a power of two.
    """
    control = choice("sound", label, {name: name for name in sounds}, next(iter(sounds)))
    told = [sentences[name] for name in sounds]
    clips = Clips((control,), rate, list(sounds.values()), told, frame=frame)
    show(clips.figure(label, "Waveform and spectrogram of the sound, time to the right."))


def say_a_digit(**start: Value) -> None:
    """Show ten digits and some voices to choose from: a trained network's, and a recording.

    The network, ``wavenet-fsdd``, speaks when the function is called for the first time: some
    seconds. Controls: ``digit`` (0 to 9), ``voice`` ("george", "jackson", "theo", "recording").
    """
    show(say_a_digit_figure(), **start)


def say_a_digit_html(**start: Value) -> str:
    """Return what :func:`say_a_digit` puts on a page, as HTML that needs nothing else."""
    figure = say_a_digit_figure()
    return markup(figure, figure.settings(**start))
