"""Figures with sliders whose effect is seen and heard, on a page without a server too.

One call puts a figure on the page: ``interactive.aliasing()``. In a running notebook the sliders
are widgets that call Python; on the built site, or in a page opened from a folder, a script of the
page's own computes the same samples. Give settings to begin with others than the usual ones:
``interactive.aliasing(frequency=7000)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aigc_edu.teaching.interactive.attending import ATTENDING, attending_over, built_heads
from aigc_edu.teaching.interactive.causal_flow import CAUSAL_FLOW
from aigc_edu.teaching.interactive.continuing import CONTINUING, continuing_from, grade
from aigc_edu.teaching.interactive.controls import Value
from aigc_edu.teaching.interactive.convolution import RECEPTIVE_FIELD
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.gates import GATES, gates_over
from aigc_edu.teaching.interactive.memory import MEMORY
from aigc_edu.teaching.interactive.sampling import ALIASING, BIT_DEPTH, MU_LAW
from aigc_edu.teaching.interactive.shown import Shown, show
from aigc_edu.teaching.interactive.tones import BEATS, FM, HARMONICS
from aigc_edu.teaching.interactive.upsampling import UPSAMPLING
from aigc_edu.teaching.interactive.windows import WINDOW_LENGTH

__all__ = [
    "FIGURES",
    "InteractiveFigure",
    "Shown",
    "aliasing",
    "attending",
    "beats",
    "bit_depth",
    "built_heads",
    "continuing",
    "causal_flow",
    "fm",
    "gates",
    "grade",
    "harmonics",
    "memory",
    "mu_law",
    "receptive_field",
    "upsampling",
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
        MEMORY,
        GATES,
        ATTENDING,
        CONTINUING,
        UPSAMPLING,
        CAUSAL_FLOW,
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


def memory(**start: Value) -> None:
    """Show how far back one recurrent state hears three spoken words, by its gradient.

    Controls: ``weight`` of the feedback, ``cell`` ("linear", "tanh"), ``drive`` (the loudness of
    the input), ``heard`` ("left", "all").
    """
    show(MEMORY, **start)


def gates(
    sound: np.ndarray | None = None,
    rate: int = 8000,
    forget: np.ndarray | None = None,
    let_in: np.ndarray | None = None,
    **start: Value,
) -> None:
    """Show the gates of memory cells over a sound, and what they hold of it at any moment.

    Controls: ``cell``, ``moment`` in steps, ``heard`` ("held", "all"). Arguments are those of
    :func:`gates_over`; without them, the cells are made up.
    """
    given = sound is not None and forget is not None and let_in is not None
    show(gates_over(sound, rate, forget, let_in) if given else GATES, **start)


def attending(
    codes: Sequence[int] | np.ndarray | None = None,
    heads: Mapping[str, np.ndarray] | None = None,
    **start: Value,
) -> None:
    """Show where the heads of an attention look while a tune plays.

    Controls: ``query`` (the number of a code), ``head`` (a number), ``heard`` ("tune", "looked").
    Arguments are those of :func:`attending_over`; without them, three heads are built by hand.
    """
    given = codes is not None and heads is not None
    show(attending_over(codes, heads) if given else ATTENDING, **start)


def continuing(written: Mapping[float, np.ndarray] | None = None, **start: Value) -> None:
    """Show tunes that a network has continued at several temperatures.

    Controls: ``temperature``, ``tune`` (a number). ``written`` is that of :func:`continuing_from`;
    without it, the tunes are made up.
    """
    show(CONTINUING if written is None else continuing_from(written), **start)


def upsampling(**start: Value) -> None:
    """Show how a transposed convolution raises the rate of a tone, and what buzzes with it.

    Controls: ``stride``, ``taps`` (its number of weights), ``way`` ("random", "equal",
    "balanced", "repeat", "lowpass"), ``draw`` of the random weights.
    """
    show(UPSAMPLING, **start)


def causal_flow(**start: Value) -> None:
    """Show values that move through dilated layers, step by step, causal ones and others.

    Controls: ``time`` step, ``layers``, ``weights`` ("smooth", "ends", "change"), ``mode``
    ("causal", "whole", "live").
    """
    show(CAUSAL_FLOW, **start)
