"""Prepared frames behind a slider: a control that works on a web page without Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from IPython.display import display

from aigc_edu.errors import CourseError, InvalidValueError

_NEEDED = "this figure needs ipywidgets 8: pip install 'ipywidgets>=8.1'"


class Displayable(Protocol):
    """Whatever has an HTML form, like what ``picture`` and ``player`` return."""

    def _repr_html_(self) -> str: ...


def flip_through(frames: Mapping[str, Sequence[Displayable]], label: str, start: int = 0) -> None:
    """Put a slider on the page that flips through frames, each of which is prepared now.

    Slider and frames are linked in the browser (``jslink``), so that nothing is computed when the
    slider moves: it works in JupyterLab, on the built site and in a page opened from a folder.

    Parameters
    ----------
    frames
        The slider's texts, and what each shows, from top to bottom. No TeX in the texts.
    label
        What the slider chooses.
    start
        Number of the frame that is shown first.

    Raises
    ------
    InvalidValueError
        If there are fewer than two frames, or ``start`` is none of them.
    CourseError
        If ipywidgets is not installed, or is older than version 8.
    """
    if len(frames) < 2 or not 0 <= start < len(frames):
        raise InvalidValueError(f"there are {len(frames)} frames to flip through, from {start}")
    display(_linked(frames, label, start))


def _linked(frames: Mapping[str, Sequence[Displayable]], label: str, start: int) -> object:
    """Return the widget."""
    try:
        import ipywidgets as widgets
    except ImportError as error:
        raise CourseError(_NEEDED) from error
    if not hasattr(widgets, "Stack"):
        raise CourseError(f"{_NEEDED}, then restart the kernel (here is {widgets.__version__})")
    wide = {"layout": {"width": "100%"}}
    pages = [
        widgets.HTML("".join(part._repr_html_() for part in parts), **wide)
        for parts in frames.values()
    ]
    slider = widgets.SelectionSlider(
        options=list(frames),
        index=start,
        description=label,
        layout={"width": "100%", "max_width": "32rem"},
    )
    stack = widgets.Stack(pages, selected_index=start, **wide)
    widgets.jslink((slider, "index"), (stack, "selected_index"))
    return widgets.VBox([slider, stack], **wide)
