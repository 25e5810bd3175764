"""The figure of notes drawn in few or many steps, with more or less guidance.

Chapter: chapters/05-tokens/06-flow-matching.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed
from aigc_edu.teaching.interactive.controls import Control, Value, buttons, slider
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show

Setting = tuple[str, int, float]  # family, steps, guidance


def in_steps(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show notes that a flow has drawn from one noise at many settings; see :func:`in_steps_of`.

    Controls: ``family``, ``steps``, ``guidance``.
    """
    show(in_steps_of(clips, rate, sentences), **start)


def in_steps_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure for notes of some families, drawn in several steps and with guidance.

    Parameters
    ----------
    clips
        From a family, the number of steps and the guidance to samples (N,) in [-1, 1]. Every
        combination of the three. They travel as 8 bits a sample.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each clip.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    axes, sounds, told = crossed(clips, sentences, "each family, steps, guidance")
    families, steps, weights = axes
    texts = tuple("1 step" if n == 1 else f"{n} steps" for n in steps)
    controls = (
        buttons("family", "Family", {name: name for name in families}, families[0]),
        Control("steps", "From noise in", "slider", steps, texts, steps[-1]),
        slider("guidance", "Guidance", weights, weights[0], digits=1),
    )
    return Clips(controls, rate, sounds, told, coding="mu_law", frame=512).figure(
        "a note from noise",
        "Above, the waveform of a note; below, its spectrogram, time to the right.",
        once=True,
    )
