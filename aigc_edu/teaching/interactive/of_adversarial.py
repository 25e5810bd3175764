"""The figures that move in Part IV, each put on the page by one call."""

from __future__ import annotations

from aigc_edu.teaching.interactive.controls import Value
from aigc_edu.teaching.interactive.five_layers import FIVE_LAYERS
from aigc_edu.teaching.interactive.same_padding import SAME_PADDING
from aigc_edu.teaching.interactive.shown import show
from aigc_edu.teaching.interactive.two_players import TWO_PLAYERS


def two_players(**start: Value) -> None:
    """Show a critic and a generator of notes that learn from each other, turn by turn.

    Play lets the game go on, one note for each eight turns. Controls: ``turn`` (0, 8, ... 400),
    ``loss`` ("logistic", "wasserstein", "relativistic"), ``ratio`` (the critic's learning rate as a
    multiple of the generator's, 0.25 ... 16).
    """
    show(TWO_PLAYERS, **start)


def five_layers(**start: Value) -> None:
    """Show which lines each layer of an untrained generator leaves in its clip.

    Controls: ``repeated`` (how many of the last layers repeat instead of being transposed, 0 ...
    5), ``draw`` of the weights, ``heard`` ("clip", "lines", "rest").
    """
    show(FIVE_LAYERS, **start)


def same_padding(**start: Value) -> None:
    """Show which inputs an output of a layer hears in PyTorch and, with "same", in Keras.

    Controls: ``way`` ("down", "up"), ``stride``, ``kernel``, ``length`` (number of inputs),
    ``output`` (its number), ``heard`` ("torch", "keras", "both").
    """
    show(SAME_PADDING, **start)
