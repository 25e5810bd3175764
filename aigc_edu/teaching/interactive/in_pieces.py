"""The figure of a word in pieces: a network that loses its memory every so many milliseconds.

Chapter: chapters/03-autoregressive/10-samplernn-generation.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed
from aigc_edu.teaching.interactive.controls import Control, choice
from aigc_edu.teaching.interactive.figure import InteractiveFigure

Setting = tuple[int, str]  # milliseconds, network


def in_pieces_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure for the clips of one or more networks.

    Parameters
    ----------
    clips
        From the length of the memory in ms and the network's name to samples (N,) in [-1, 1].
        Every combination of the two. The longest memory stands for one that is never lost.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each clip.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    (lengths, names), sounds, told = crossed(clips, sentences, "every memory and network")
    texts = (*(f"{length} ms" for length in lengths[:-1]), "never lost")
    memory = Control("memory", "Memory", "slider", lengths, texts, lengths[-1])
    network = choice("network", "Network", {name: name for name in names}, names[0])
    return Clips((memory, network), rate, sounds, told).figure(
        "a word whose speaker forgets",
        "Above, the waveform of a word; below, its spectrogram, time to the right.",
    )
