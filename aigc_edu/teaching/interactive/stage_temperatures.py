"""The figure of an AudioLM's temperatures: one stage draws more boldly, the others as they do.

Chapter: chapters/05-tokens/03-audiolm.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.interactive.clips import Clips
from aigc_edu.teaching.interactive.controls import Control, Value, choice
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page

Setting = tuple[str, float]  # the stage whose temperature is changed, and the temperature


def stage_temperatures(
    clips: Mapping[Setting, np.ndarray],
    rate: int,
    sentences: Mapping[Setting, str],
    **start: Value,
) -> None:
    """Show continuations at other temperatures; see :func:`stage_temperatures_of`.

    Controls: ``stage`` (whose temperature is changed), ``temperature``.
    """
    show_on_page(stage_temperatures_of(clips, rate, sentences), **start)


def stage_temperatures_of(
    clips: Mapping[Setting, np.ndarray], rate: int, sentences: Mapping[Setting, str]
) -> InteractiveFigure:
    """Return the figure for the continuations of one prompt.

    Parameters
    ----------
    clips
        From a stage's name and its temperature to samples (N,) in [-1, 1]. Every combination of
        the two.
    rate
        Of all of them, in Hz.
    sentences
        What is true of each clip.

    Raises
    ------
    InvalidValueError
        If a clip or a sentence is missing.
    """
    names = list(dict.fromkeys(name for name, _ in clips))
    values = tuple(sorted({value for _, value in clips}))
    wanted = [(name, value) for name in names for value in values]
    if not wanted or set(wanted) != set(clips) or set(wanted) - set(sentences):
        raise InvalidValueError(
            "expected a clip and a sentence for every stage and every temperature"
        )
    stage = choice("stage", "Stage", {name: name for name in names}, names[0])
    texts = tuple(f"{value:g}" for value in values)
    middle = values[len(values) // 2]
    temperature = Control("temperature", "Its temperature", "slider", values, texts, middle)
    told = [sentences[setting] for setting in wanted]
    sounds = [clips[setting] for setting in wanted]
    return Clips((stage, temperature), rate, sounds, told, coding="mu_law").figure(
        "one prompt, continued at other temperatures",
        "Above, the waveform of the prompt and what was written behind it; below, its spectrogram, "
        "time to the right.",
    )
