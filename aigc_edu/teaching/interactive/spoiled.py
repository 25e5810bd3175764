"""The figure of spoiled copies: what was done to a sound, how much of it, and what measures say.

Chapter: chapters/06-product/01-judging.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page

Setting = tuple[str, int]  # what was done, its strength


def spoiled(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show copies of a sound that were spoiled in several ways; see :func:`spoiled_of`.

    Controls: ``damage``, ``strength``.
    """
    show_on_page(spoiled_of(clips, rate, sentences), **start)


def spoiled_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure for copies of one sound, each spoiled in one way.

    Parameters
    ----------
    clips
        From what was done and a number for its strength to samples (N,) in [-1, 1]. Every
        combination of the two.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each clip.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    (damages, strengths), sounds, told = crossed(clips, sentences, "every damage and strength")
    controls = (
        choice("damage", "Damage", {name: name for name in damages}, damages[0]),
        slider("strength", "Strength", strengths, strengths[0]),
    )
    return Clips(controls, rate, sounds, told, floor=-90).figure(
        "a copy, spoiled more and more",
        "Above, the waveform of the copy; below, its spectrogram, time to the right.",
    )
