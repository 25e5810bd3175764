"""Sound effects from a seed and a few physical parameters: one call, and never twice the same."""

from aigc_edu.dsp.effects.base import Effect, Parameter
from aigc_edu.dsp.effects.making import EFFECTS, RATE, effect, make, texture, variations

__all__ = ["EFFECTS", "RATE", "Effect", "Parameter", "effect", "make", "texture", "variations"]
