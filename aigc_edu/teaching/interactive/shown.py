"""An interactive figure on its way to the reader: a page's form and a notebook's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from IPython.display import display

from aigc_edu.teaching.interactive import live, page
from aigc_edu.teaching.interactive.controls import Value
from aigc_edu.teaching.interactive.figure import InteractiveFigure


@dataclass(frozen=True)
class Shown:
    """A figure on its way to a page or a notebook, which take the form that suits them.

    JupyterLab takes the widget, whose sliders call Python; a built page the HTML, whose script
    computes the same. Without ipywidgets there is the HTML alone, which works in both.
    """

    figure: InteractiveFigure
    values: Mapping[str, Value]

    def _repr_html_(self) -> str:
        return page.markup(self.figure, self.values)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        forms = {"text/plain": repr(self), "text/html": self._repr_html_()}
        return {**forms, **live.view(self.figure, self.values)}

    def __repr__(self) -> str:
        return f"[Interactive figure: {self.figure.describe(**self.values)}]"


class OnPage(Shown):
    """A figure that is the same in a page and in a notebook: its script alone brings it to life."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


def show(figure: InteractiveFigure, **values: Value) -> None:
    """Put the figure on the page, beginning with the given settings."""
    display(Shown(figure, figure.settings(**values)))


def show_on_page(figure: InteractiveFigure, **values: Value) -> None:
    """Put a figure there that computes in the page in notebooks, too."""
    display(OnPage(figure, figure.settings(**values)))
