"""The figure of noisy speech, cleaned in several ways.

Chapter: chapters/06-product/06-denoising-by-a-network.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed
from aigc_edu.teaching.interactive.controls import Value, buttons, slider
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show

Setting = tuple[str, float, str]  # a noise, dB of speech to noise, a way


def cleaned(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show speech in noises, cleaned in several ways; see :func:`cleaned_of`.

    Controls: ``noise``, ``ratio`` (dB of speech to noise), ``way``.
    """
    show(cleaned_of(clips, rate, sentences), **start)


def cleaned_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure of speech in some noises, at some ratios, and what each way makes of it.

    Parameters
    ----------
    clips
        From a noise, a ratio in dB and a way to samples (N,) in [-1, 1]. Every combination of the
        three. They travel as 8 bits a sample.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each clip.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    values, sounds, told = crossed(clips, sentences, "each noise, ratio and way")
    noises, ratios, ways = values
    controls = (
        buttons("noise", "Noise", {name: name for name in noises}, noises[0]),
        slider("ratio", "Speech to noise", ratios, ratios[len(ratios) // 2], "dB"),
        buttons("way", "Cleaned by", {name: name for name in ways}, ways[0]),
    )
    return Clips(controls, rate, sounds, told, coding="mu_law", frame=512).figure(
        "speech in noise",
        "Above, the waveform of a sentence; below, its spectrogram, time to the right.",
        once=True,
    )
