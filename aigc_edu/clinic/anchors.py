"""What a loss is compared with: the anchors of a model of codes, and a curve read against them.

Chapter: chapters/06-product/03-clinic.ipynb

All in bits: divide a cross-entropy in nats by ln 2 first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.likelihood import entropy_given_previous, entropy_of_codes

START = 2.0  # bits that a first loss may lie off a blind guess: first weights say something
NEAR = 0.15  # bits within which a loss stands at an anchor
TOO_GOOD = 0.05  # share of the histogram's entropy below which a held-out loss is not believed
LAST = 0.1  # share of a curve that counts as its end


@dataclass(frozen=True)
class Anchors:
    """What models that know little pay for a code, in bits.

    Attributes
    ----------
    guess
        A blind guess among q codes, log2 q: where every untrained network stands.
    histogram
        One that knows how often each code occurs, and hears nothing.
    previous
        One that knows all pairs by heart and hears the code before. For others than these clips it
        is too low, the more so the fewer there are.
    """

    guess: float
    histogram: float
    previous: float

    def __str__(self) -> str:
        return (
            f"a guess {self.guess:.2f} bits, the histogram {self.histogram:.2f}, "
            f"the code before {self.previous:.2f}"
        )


def anchors(clips: Sequence[np.ndarray | Tensor], levels: int = 256) -> Anchors:
    """Return the anchors of clips.

    Parameters
    ----------
    clips
        Codes, whole numbers in 0 ... levels - 1, (T,) each: those that are scored, so without
        padding that is not.
    levels
        Number of codes q.
    """
    rows = [np.asarray(codes).ravel() for codes in clips]
    if not rows:
        raise InvalidValueError("expected at least one clip")
    histogram = entropy_of_codes(np.concatenate(rows), levels)
    return Anchors(math.log2(levels), histogram, entropy_given_previous(rows, levels))


@dataclass(frozen=True)
class Reading:
    """What a curve says against its anchors.

    Attributes
    ----------
    word
        ``"diverged"``, ``"wrong start"``, ``"hears nothing"``, ``"too good"``, ``"little data"`` or
        ``"learns"``.
    why
        The numbers that say so, in a sentence.
    """

    word: str
    why: str

    def __str__(self) -> str:
        return f"{self.word}: {self.why}"


def read_curve(losses: Sequence[float], at: Anchors, held_out: float | None = None) -> Reading:
    """Read a training curve in the order in which mistakes hide one another.

    Parameters
    ----------
    losses
        Of each step, in bits, from the first step on.
    at
        The anchors of what it has learned from.
    held_out
        What clips that it has not learned from cost at the end; by default the curve's end is
        taken for it, which a network that learns by heart does not deserve.

    Raises
    ------
    InvalidValueError
        If there are no losses.
    """
    curve = np.asarray(losses, float)
    if curve.ndim != 1 or not len(curve):
        raise InvalidValueError("expected the losses of one step or more, in bits")
    first, end = float(curve[0]), float(np.median(curve[-max(1, round(LAST * len(curve))) :]))
    told = end if held_out is None else held_out
    most, deaf = float(curve.max()), end > at.histogram - NEAR
    if not math.isfinite(most) or (most > max(first, at.guess) + START and deaf):
        text = f"from {first:.2f} bits it rose to {most:.4g} and ends at {end:.2f}"
        return Reading("diverged", text)
    if abs(first - at.guess) > START:
        return Reading("wrong start", f"a blind guess costs {at.guess:.2f} bits, not {first:.2f}")
    if at.histogram < at.guess / 4:
        return Reading("little data", f"the histogram alone knows all but {at.histogram:.2f} bits")
    if deaf:
        return Reading("hears nothing", f"the histogram costs {at.histogram:.2f}, this {end:.2f}")
    if told < TOO_GOOD * at.histogram:
        return Reading("too good", f"{told:.3f} bits, where the histogram costs {at.histogram:.2f}")
    return Reading("learns", f"{told:.2f} bits, where the histogram costs {at.histogram:.2f}")
