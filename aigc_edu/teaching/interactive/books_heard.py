"""The figure of a codec's books: how many are heard, and whose.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed
from aigc_edu.teaching.interactive.controls import Control, Value, choice
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page

Setting = tuple[int, str]  # number of books, what is heard


def books_heard(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show what a codec's first books make of sounds; see :func:`books_heard_of`.

    Controls: ``books`` (their number), ``heard`` (what is heard).
    """
    show_on_page(books_heard_of(clips, rate, sentences), **start)


def books_heard_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure for the copies of some sounds by a number of books.

    Parameters
    ----------
    clips
        From the number of books and the name of what is heard to samples (N,) in [-1, 1]. Every
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
    (counts, names), sounds, told = crossed(clips, sentences, "every number and every name")
    books = Control("books", "Books", "slider", counts, tuple(map(str, counts)), counts[0])
    heard = choice("heard", "You hear", {name: name for name in names}, names[0])
    return Clips((books, heard), rate, sounds, told).figure(
        "a word from more and more books",
        "Above, the waveform of what is heard; below, its spectrogram, time to the right.",
    )
