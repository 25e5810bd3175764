"""The form of an interactive figure on a page: HTML with a script, and no server behind it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from aigc_edu.teaching.figures import PALETTE
from aigc_edu.teaching.interactive.controls import Control, Value
from aigc_edu.teaching.interactive.figure import InteractiveFigure

RUNTIME = (
    "numbers",
    "tunes",
    "plot",
    "sound",
    "runtime",
)  # in this order, each uses those before it
_NO_SCRIPT = "This figure moves and sounds by a script of the page's own; your browser runs none."


def markup(figure: InteractiveFigure, values: Mapping[str, Value]) -> str:
    """Return the figure as HTML: its controls, its canvas, its numbers, and the scripts."""
    label = html.escape(f"Interactive figure: {figure.title}", quote=True)
    alt = html.escape(figure.describe(**values), quote=True)
    reading = html.escape(figure.reading(values, figure.curves(**values)))
    rows = "".join(_row(control, values[control.name]) for control in figure.controls)
    controls = f'<div class="aigc-controls">{rows}</div>{_SOUND}'
    return (
        f'<figure class="aigc-interactive" data-aigc-figure="{figure.name}" role="group" '
        f'aria-label="{label}"><style>{compact("figure.css")}</style>'
        f"{controls if figure.once else ''}"
        f'<canvas role="img" aria-label="{alt}" style="height:{figure.height}px"></canvas>'
        f'<output class="aigc-reading" aria-live="polite">{reading}</output>'
        f"{'' if figure.once else controls}"
        f"<noscript><p>{_NO_SCRIPT}</p></noscript>"
        f'<script type="application/json">{_json(specification(figure))}</script></figure>'
        f"<script>{script(figure.name, figure.uses)}</script>"
    )


_SOUND = (
    '<div class="aigc-sound"><button type="button">Play</button>'
    '<label>Volume <input type="range" class="aigc-volume" min="0" max="100" step="5"></label>'
    '<output class="aigc-warning" aria-live="polite"></output></div>'
)


def _row(control: Control, value: Value) -> str:
    """Return one control with its label, and beside a slider its value."""
    chosen, label = control.index(value), html.escape(control.label)
    name = html.escape(control.name, quote=True)
    if control.kind == "buttons":
        return _buttons(control, chosen)
    if control.kind == "choice":
        options = "".join(
            f"<option{' selected' if number == chosen else ''}>{html.escape(text)}</option>"
            for number, text in enumerate(control.texts)
        )
        box = f'<select name="{name}">{options}</select>'
        return f"<div><label><span>{label}</span>{box}</label></div>"
    text = html.escape(control.texts[chosen], quote=True)
    return (
        f'<div><label><span>{label}</span><input type="range" name="{name}" min="0" '
        f'max="{len(control.values) - 1}" step="1" value="{chosen}" aria-valuetext="{text}">'
        f'</label><output aria-live="off">{text}</output></div>'
    )


def _buttons(control: Control, chosen: int) -> str:
    """Return a row of buttons, and the field that holds which of them is pressed."""
    label, name = html.escape(control.label, quote=True), html.escape(control.name, quote=True)
    pressed = [str(number == chosen).lower() for number in range(len(control.values))]
    row = "".join(
        f'<button type="button" data-sets="{name}" data-number="{number}" '
        f'aria-pressed="{pressed[number]}">{html.escape(text)}</button>'
        for number, text in enumerate(control.texts)
    )
    return (
        f'<div class="aigc-buttons" role="group" aria-label="{label}"><span>{label}</span>'
        f'<input type="hidden" name="{name}" value="{chosen}"><span>{row}</span></div>'
    )


def specification(figure: InteractiveFigure) -> dict[str, Any]:
    """Return what the script has to know, ready for JSON."""
    return {
        "alt": figure.alt,
        "rate": figure.rate,
        "rest": figure.rest,
        "once": figure.once,
        "channels": figure.channels,
        "colours": PALETTE,
        "controls": {c.name: {"values": c.values, "texts": c.texts} for c in figure.controls},
        "data": figure.data(),
    }


def _json(value: Any) -> str:
    """Return JSON that can't end the element it stands in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def script(name: str, uses: tuple[str, ...] = ()) -> str:
    """Return the scripts of a figure: the runtime, which sets itself up once a page, and its own.

    Every figure brings the runtime with it, since a notebook may be cut up and put together again.
    """
    runtime = "\n".join(compact(f"{part}.js") for part in RUNTIME)
    own = "\n".join(compact(f"{part}.js") for part in (*uses, name))
    return (
        f'"use strict";(() => {{ if (window.aigcFigures) return;\n{runtime}\n}})();\n'
        f"{own}\nwindow.aigcFigures.start();"
    )


@cache
def compact(file: str) -> str:
    """Return a script or a style sheet without its indentation and its lines of comment."""
    text = files(__package__).joinpath("js", file).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
