"""What a reader can move in an interactive figure: sliders and choices, each a list of settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.interactive.spectra import text

Value = float | int | str


@dataclass(frozen=True)
class Control:
    """One control. All its settings are listed, so that page and Python have the very same.

    Parameters
    ----------
    name
        The model's argument that it sets.
    label
        What stands beside it.
    kind
        ``"slider"``, ``"choice"`` (a list that opens) or ``"buttons"``, each of which is heard as
        soon as it is pressed.
    values
        The settings.
    texts
        What is read and read out for each of them, with its unit.
    start
        The setting that the figure begins with.
    """

    name: str
    label: str
    kind: Literal["slider", "choice", "buttons"]
    values: tuple[Value, ...]
    texts: tuple[str, ...]
    start: Value

    def index(self, value: Value) -> int:
        """Return the number of a setting; raise `InvalidValueError` if it is none."""
        if value not in self.values:
            listed = ", ".join(map(repr, self.values[:6])) + (", ..." if self.values[6:] else "")
            raise InvalidValueError(f"{self.name} is one of {listed}, not {value!r}")
        return self.values.index(value)


def slider(
    name: str,
    label: str,
    values: Sequence[float | int],
    start: float | int,
    unit: str = "",
    digits: int = 0,
) -> Control:
    """Return a slider over numbers, written with ``digits`` decimals and the unit."""
    texts = tuple(f"{text(value, digits)} {unit}".strip() for value in values)
    return Control(name, label, "slider", tuple(values), texts, start)


def choice(name: str, label: str, options: Mapping[str, Value], start: Value) -> Control:
    """Return a list that opens; ``options`` gives the text and the value of each setting."""
    return Control(name, label, "choice", tuple(options.values()), tuple(options), start)


def buttons(name: str, label: str, options: Mapping[str, Value], start: Value) -> Control:
    """Return a row of buttons; ``options`` gives the text and the value of each."""
    return Control(name, label, "buttons", tuple(options.values()), tuple(options), start)
