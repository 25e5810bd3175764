"""The figure of what several models made of the same items, equally loud or as they came.

Chapter: chapters/06-product/04-listening-bench.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.teaching.interactive.clips import Clips, crossed
from aigc_edu.teaching.interactive.controls import Value, buttons
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page

Setting = tuple[str, str, str]  # an item, a level, a model


def side_by_side(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show what models made of the same items; see :func:`side_by_side_of`.

    Controls: ``item``, ``level``, ``model``.
    """
    show_on_page(side_by_side_of(clips, rate, sentences), **start)


def side_by_side_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure of what some models made of some items, at two levels or more.

    Parameters
    ----------
    clips
        From an item, a level such as ``"equally loud"`` and a model to samples (N,) in [-1, 1].
        Every combination of the three.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each clip.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    axes, sounds, told = crossed(clips, sentences, "each item, level and model")
    items, levels, models = axes
    controls = (
        buttons("item", "Item", {name: name for name in items}, items[0]),
        buttons("level", "Level", {name: name for name in levels}, levels[0]),
        buttons("model", "Made by", {name: name for name in models}, models[0]),
    )
    return Clips(controls, rate, sounds, told, frame=256).figure(
        "the same word by several models",
        "Above, the waveform, all to one scale; below, its spectrogram, time to the right.",
    )
