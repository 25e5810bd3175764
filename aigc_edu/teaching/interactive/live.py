"""The form of an interactive figure in a running notebook: ipywidgets whose sliders call Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from aigc_edu.teaching.interactive.controls import Control, Value
from aigc_edu.teaching.interactive.figure import InteractiveFigure

VIEW = "application/vnd.jupyter.widget-view+json"
# Set where pages are built: nobody is there to move the widget, and a page would carry its state.
STATIC = "AIGC_EDU_STATIC"


def view(figure: InteractiveFigure, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the widget's entry of a mime bundle; nothing without ipywidgets 8 or in a build."""
    if os.environ.get(STATIC):
        return {}
    try:
        import ipywidgets
    except ImportError:
        return {}
    if int(ipywidgets.__version__.split(".")[0]) < 8:  # older ones have no mime bundle
        return {}
    bundle = panel(figure, values)._repr_mimebundle_() or {}
    return {VIEW: bundle[VIEW]} if VIEW in bundle else {}


def panel(figure: InteractiveFigure, values: Mapping[str, Value]) -> Any:
    """Return the widget: the controls, and below them a picture and a player that follow them.

    Returns
    -------
    ipywidgets.VBox
        Its children are the controls, in the figure's order, and an ``ipywidgets.HTML``.
    """
    import ipywidgets as widgets

    movers = [_mover(control, values[control.name]) for control in figure.controls]
    page = widgets.HTML(layout={"width": "100%"})

    def refresh(_: Any = None) -> None:
        pairs = zip(figure.controls, movers, strict=True)
        chosen = {control.name: mover.value for control, mover in pairs}
        parts = figure.picture(**chosen), figure.player(**chosen)
        page.value = "".join(part._repr_html_() for part in parts)

    for mover in movers:
        mover.observe(refresh, "value")
    refresh()
    return widgets.VBox([*movers, page], layout={"width": "100%", "max_width": "42rem"})


def _mover(control: Control, value: Value) -> Any:
    """Return the widget of one control."""
    import ipywidgets as widgets

    kinds = {"choice": widgets.Dropdown, "buttons": widgets.ToggleButtons}
    kind = kinds.get(control.kind, widgets.SelectionSlider)
    options = {"continuous_update": False} if control.kind == "slider" else {}
    return kind(
        options=list(zip(control.texts, control.values, strict=True)),
        value=value,
        description=control.label,
        style={"description_width": "11rem"},
        layout={"width": "100%"},
        **options,
    )
