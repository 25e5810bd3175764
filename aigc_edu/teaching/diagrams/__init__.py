"""Diagrams drawn by hand, as SVG inside the page: they take its font and its colour of text.

One call puts a diagram on the page: ``diagrams.show("wavenet")``. Each is a file of this folder
with a title and a description for those who don't see it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from xml.etree import ElementTree

from IPython.display import display

from aigc_edu.errors import InvalidValueError

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Diagram:
    """An SVG element for a page, and its description as text for everywhere else."""

    markup: str
    description: str

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return f"[Diagram: {self.description}]"


def names() -> tuple[str, ...]:
    """Return the names of the diagrams, sorted."""
    found = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name[:-4] for name in found if name.endswith(".svg")))


def diagram(name: str, width: int = 620) -> Diagram:
    """Return a diagram; it is as wide as the page, and at most ``width`` CSS pixels.

    Raises
    ------
    InvalidValueError
        If there is no diagram of that name.
    """
    if name not in names():
        raise InvalidValueError(f"there is no diagram {name!r}; there are {', '.join(names())}")
    svg = files(__package__).joinpath(f"{name}.svg").read_text(encoding="utf-8")
    svg = re.sub(r"<!--.*?-->|\n", "", svg, flags=re.DOTALL)
    root = ElementTree.fromstring(svg)  # noqa: S314 - a file of our own
    look = f"display:block;width:100%;max-width:{width}px;height:auto;margin:0.8rem 0"
    markup = svg.replace("<svg ", f'<svg style="{look}" ', 1)
    return Diagram(markup, root.findtext(f"{_SVG}desc") or "")


def show(name: str, width: int = 620) -> None:
    """Put a diagram on the page; for its arguments see :func:`diagram`."""
    display(diagram(name, width))
