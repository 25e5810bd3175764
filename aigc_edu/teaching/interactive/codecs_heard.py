"""The figure of lossy formats: a clip from files of more and more bits.

Chapter: chapters/06-product/06-formats.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, in_order
from aigc_edu.teaching.interactive.controls import Control, Value, buttons
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page

Setting = tuple[str, int]  # a format's name, about how many kbit/s


def codecs_heard(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show what formats make of a clip at some bit rates; see :func:`codecs_heard_of`.

    Controls: ``codec`` (the format's name), ``kbps`` (about how many kbit/s).
    """
    show_on_page(codecs_heard_of(clips, rate, sentences), **start)


def codecs_heard_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure for the copies of a clip by some formats at some bit rates.

    Parameters
    ----------
    clips
        From a format's name and a number of kbit/s to samples (N,) in [-1, 1]. Every combination.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each copy.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    names = list(dict.fromkeys(name for name, _ in clips))
    rates = tuple(sorted({kbps for _, kbps in clips}))
    wanted = [(name, kbps) for name in names for kbps in rates]
    sounds, told = in_order(wanted, clips, sentences, "every format and bit rate")
    texts = tuple(f"about {kbps} kbit/s" for kbps in rates)
    codec = buttons("codec", "Format", {name: name for name in names}, names[0] if names else "")
    kbps = Control("kbps", "Bit rate", "slider", rates, texts, rates[0])
    return Clips((codec, kbps), rate, sounds, told, frame=512).figure(
        "a clip from fewer and fewer bits",
        "Above, the waveform of what came out of the file; below, its spectrogram, time to the "
        "right.",
        once=True,
    )
