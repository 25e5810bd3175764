"""The figures that move in Part VI, each put on the page by one call."""

from __future__ import annotations

from aigc_edu.teaching.interactive.cloud import CLOUD
from aigc_edu.teaching.interactive.controls import Value
from aigc_edu.teaching.interactive.shown import show
from aigc_edu.teaching.interactive.struck import STRUCK
from aigc_edu.teaching.interactive.two_ears import TWO_EARS


def struck(**start: Value) -> None:
    """Show a plate that is struck, its modes, and how long each of them rings.

    Controls: ``material`` ("wood", "plastic", "stone", "glass", "steel"), ``size`` in cm,
    ``hardness`` of what strikes (0, 0.25 ... 1), ``place`` along the plate in per cent.
    """
    show(STRUCK, **start)


def two_ears(**start: Value) -> None:
    """Show a rattle somewhere around a head, in stereo, and what reaches both ears.

    Controls: ``azimuth`` in degrees, ``distance`` in metres (0.3 ... 3), ``cues`` ("both", "time",
    "level").
    """
    show(TWO_EARS, **start)


def cloud(**start: Value) -> None:
    """Show a word, cut into grains that are strewn anew.

    Controls: ``grain`` in ms, ``place`` in the word, ``pace`` through it and ``chance``, all three
    in per cent.
    """
    show(CLOUD, **start)
