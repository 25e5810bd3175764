"""What an effect is: a recipe with a few physical parameters, and chance for all the rest.

Chapter: chapters/06-product/15-effects.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from aigc_edu.errors import InvalidValueError, did_you_mean

Setting = float | str
Recipe = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Parameter:
    """One thing about an effect that one can choose.

    Attributes
    ----------
    start
        What it is if nobody says otherwise.
    meaning
        A few words, with the unit.
    low, high
        Between which a number must lie.
    choices
        The words that there are, for a parameter that is no number.
    """

    start: Setting
    meaning: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()

    def checked(self, name: str, value: object) -> Setting:
        """Return a setting of this parameter; raise `InvalidValueError` if it is none."""
        if self.choices:
            if value not in self.choices:
                raise InvalidValueError(
                    f"{name} is one of {', '.join(self.choices)}, not {value!r}"
                    + meant(str(value), self.choices)
                )
            return str(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InvalidValueError(f"{name} is a number ({self.meaning}), not {value!r}")
        if not self.low <= value <= self.high:
            span = f"{self.low:g} to {self.high:g} ({self.meaning})"
            raise InvalidValueError(f"{name} lies from {span}, got {value!r:.20}")
        return float(value)


@dataclass(frozen=True)
class Effect:
    """A recipe for sounds of one kind.

    Attributes
    ----------
    name
        By which it is asked for.
    summary
        What it is, in a few words.
    recipe
        An event: ``recipe(rng, rate, **settings)`` returns one sound, (N,). A texture:
        ``recipe(rng, rate, seconds, **settings)`` returns as much of it as is wanted.
    lasting
        Whether it is a texture, which goes on as long as one likes, and not an event.
    parameters
        By name.
    """

    name: str
    summary: str
    recipe: Recipe
    lasting: bool = False
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def settings(self, given: Mapping[str, object]) -> dict[str, Setting]:
        """Return the value of every parameter: those given, and for the others where they start.

        Raises
        ------
        InvalidValueError
            If there is no such parameter, or no such setting of it.
        """
        for name in given:
            if name not in self.parameters:
                raise InvalidValueError(
                    f"{self.name} has no {name!r}; it has {', '.join(self.parameters)}"
                    + meant(name, self.parameters)
                )
        return {
            name: one.checked(name, given.get(name, one.start))
            for name, one in self.parameters.items()
        }


def meant(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """Return a guess at what a mistyped word was to be, as a clause; nothing without a guess."""
    guess = did_you_mean(word, known)
    return f": {guess}" if guess else ""
