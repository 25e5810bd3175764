"""The figure of a sentence spoken in many manners: how much noise, and how fast.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed, nearest
from aigc_edu.teaching.interactive.controls import Value, slider
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show

Setting = tuple[float, float]  # scale of the noise, speed
USUAL = (0.667, 1.0)


def manners(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show a sentence that a voice has spoken in many manners; see :func:`manners_of`.

    Controls: ``noise``, ``speed``.
    """
    show(manners_of(clips, rate, sentences), **start)


def manners_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure of a sentence by the scale of the prior's noise and the speed.

    Parameters
    ----------
    clips
        From noise scale and speed to samples (N,) in [-1, 1]: every combination of the two.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each clip.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    (noises, speeds), sounds, told = crossed(clips, sentences, "every noise and speed")
    controls = (
        slider("noise", "Noise in the prior", noises, nearest(noises, USUAL[0]), digits=2),
        slider("speed", "Speed", speeds, nearest(speeds, USUAL[1]), digits=2),
    )
    return Clips(controls, rate, sounds, told).figure(
        "a sentence in many manners",
        "Above, the waveform of a spoken sentence; below, its spectrogram, time to the right.",
    )
