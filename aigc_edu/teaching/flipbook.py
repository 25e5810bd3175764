"""Prepared frames behind a slider: a control that works wherever a page is shown."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from IPython.display import display

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.players import compact

_ROW = "display:none;align-items:center;gap:0.8rem;max-width:42rem"  # the script shows it
_SLIDER = "flex:1 1 8rem;min-width:0;height:1.8rem;accent-color:var(--course-accent,#1f6fb0)"


class Displayable(Protocol):
    """Whatever has an HTML form, like what ``picture`` and ``player`` return."""

    def _repr_html_(self) -> str: ...


@dataclass(frozen=True)
class Flipbook:
    """A slider and its frames, as HTML for a page and as one line of text elsewhere."""

    markup: str
    text: str

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return self.text


def flip_through(frames: Mapping[str, Sequence[Displayable]], label: str, start: int = 0) -> None:
    """Put a slider on the page that flips through frames, each of which is prepared now.

    A short script links slider and frames, and nothing is computed when the slider moves: it works
    in JupyterLab, on the built site and in a page opened from a folder. Where no script runs, all
    frames are shown, each with its text.

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
    """
    display(flipbook(frames, label, start))


def flipbook(frames: Mapping[str, Sequence[Displayable]], label: str, start: int = 0) -> Flipbook:
    """Return what :func:`flip_through` displays."""
    if len(frames) < 2 or not 0 <= start < len(frames):
        raise InvalidValueError(f"there are {len(frames)} frames to flip through, from {start}")
    name, chosen = html.escape(label, quote=True), html.escape(list(frames)[start], quote=True)
    markup = (
        f'<figure class="aigc-flipbook" role="group" aria-label="{name}" style="margin:0.6rem 0">'
        f'<div style="{_ROW}"><label style="display:contents"><span>{name}</span>'
        f'<input type="range" style="{_SLIDER}" min="0" max="{len(frames) - 1}" step="1" '
        f'value="{start}" aria-valuetext="{chosen}"></label>'
        f'<output style="min-width:5rem">{chosen}</output></div>'
        f"{''.join(_frame(text, parts) for text, parts in frames.items())}"
        f"</figure><script>{compact('flipbook.js')}</script>"
    )
    return Flipbook(markup, f"A slider, {label}: {', '.join(frames)}")


def _frame(text: str, parts: Sequence[Displayable]) -> str:
    """Return one frame."""
    name, body = html.escape(text, quote=True), "".join(part._repr_html_() for part in parts)
    return (
        f'<div class="aigc-frame" data-text="{name}"><p class="aigc-frame-name">{name}</p>'
        f"{body}</div>"
    )
