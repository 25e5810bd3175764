"""The figure of lossy formats: a clip from files of more and more bits.

Chapter: chapters/06-product/08-formats.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed
from aigc_edu.teaching.interactive.controls import Control, Value, buttons
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page

Setting = tuple[str, int]  # a format's name, and which of its bit rates, from 1 for the lowest


def codecs_heard(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show what formats make of a clip at some bit rates; see :func:`codecs_heard_of`.

    Controls: ``codec`` (the format's name), ``bits`` (which bit rate, from 1 for the lowest).
    """
    show_on_page(codecs_heard_of(clips, rate, sentences), **start)


def codecs_heard_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure for the copies of a clip by some formats at some bit rates.

    Parameters
    ----------
    clips
        From a format's name and the number of a bit rate to samples (N,) in [-1, 1]. Formats have
        different bit rates, but equally many: every combination.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each copy, its bit rate for instance.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    (names, steps), sounds, told = crossed(clips, sentences, "every format and bit rate")
    texts = tuple(f"{step} of {len(steps)}" for step in steps)
    codec = buttons("codec", "Format", {name: name for name in names}, names[0])
    bits = Control("bits", "Bit rate", "slider", steps, texts, steps[0])
    return Clips((codec, bits), rate, sounds, told, frame=512).figure(
        "a clip from fewer and fewer bits",
        "Above, the waveform of what came out of the file; below, its spectrogram, time to the "
        "right.",
        once=True,
    )
