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
from aigc_edu.teaching.interactive.drawn_codes import drawing_of
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.free_run import free_run_of
from aigc_edu.teaching.interactive.gated_layer import GATED_LAYER
from aigc_edu.teaching.interactive.gates import GATES, gates_over
from aigc_edu.teaching.interactive.leakage import LEAKAGE
from aigc_edu.teaching.interactive.loops import LOOP
from aigc_edu.teaching.interactive.mel_copies import mel_copies_of
from aigc_edu.teaching.interactive.memory import MEMORY
from aigc_edu.teaching.interactive.poles import POLES
from aigc_edu.teaching.interactive.ring_buffers import RINGS
from aigc_edu.teaching.interactive.said_words import Setting, said_of
from aigc_edu.teaching.interactive.sampling import ALIASING, BIT_DEPTH, MU_LAW
from aigc_edu.teaching.interactive.shown import Shown, show
from aigc_edu.teaching.interactive.stages import Stages, show_stages
from aigc_edu.teaching.interactive.tones import BEATS, FM, HARMONICS
from aigc_edu.teaching.interactive.upsampling import UPSAMPLING
from aigc_edu.teaching.interactive.voices import VOWEL
from aigc_edu.teaching.interactive.windows import WINDOW_LENGTH

__all__ = [
    "FED",
    "FIGURES",
    "InteractiveFigure",
    "Shown",
    "Stages",
    "aliasing",
    "attending",
    "beats",
    "bit_depth",
    "built_heads",
    "causal_flow",
    "continuing",
    "drawing",
    "fm",
    "free_run",
    "gated_layer",
    "gates",
    "grade",
    "harmonics",
    "mel_copies",
    "memory",
    "leakage",
    "loop",
    "mu_law",
    "poles",
    "receptive_field",
    "rings",
    "said",
    "show_stages",
    "upsampling",
    "vowel",
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
        GATED_LAYER,
        RINGS,
        LOOP,
        VOWEL,
        LEAKAGE,
        POLES,
    )
}

# These show what a notebook has made, and begin with nothing.
FED = ("drawing", "said", "free_run", "mel_copies")


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


def gated_layer(**start: Value) -> None:
    """Show a gated residual layer with its values: filter, gate, skip and residual.

    Controls: ``filtered`` and ``gate`` (the weights of filter and gate), ``constant`` (what the
    condition adds to the gate), ``moment`` (a sample of the picture), ``heard`` ("z", "out",
    "filter", "x").
    """
    show(GATED_LAYER, **start)


def free_run(
    takes: Mapping[tuple[int, int], np.ndarray],
    recording: np.ndarray,
    rate: int,
    said: Mapping[tuple[int, int], str],
    **start: Value,
) -> None:
    """Show a word that a network continues after a true start; see :func:`free_run_of`.

    Controls: ``start`` in ms, ``take``, ``heard`` ("both", "own", "recording").
    """
    show(free_run_of(takes, recording, rate, said), **start)


def mel_copies(
    frames: np.ndarray,
    sounds: Mapping[tuple[int, str], np.ndarray],
    recording: np.ndarray,
    rate: int,
    said: Mapping[tuple[int, str], str],
    **start: Value,
) -> None:
    """Show copies of a sentence from coarser and coarser mel frames; see :func:`mel_copies_of`.

    Controls: ``bands``, ``made`` (who made the copy, or "recording").
    """
    show(mel_copies_of(frames, sounds, recording, rate, said), **start)


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
