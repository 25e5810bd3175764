"""One style for all figures, and the way they get onto the page.

Importing :mod:`aigc_edu.teaching` sets this style for matplotlib. Black stands for the page's text
colour: :func:`show` turns it into ``currentColor``, so the same picture reads in light and dark.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import matplotlib
from IPython.display import display
from matplotlib.figure import Figure

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching._html import caption_html
from aigc_edu.teaching._svg import for_page

# Mid-tones after Okabe and Ito's colours for the colour-blind: at least 3:1 on #ffffff and #121212.
PALETTE = {
    "blue": "#0079bd",
    "orange": "#d55e00",
    "green": "#00906a",
    "purple": "#b5609a",
    "ochre": "#a47a00",
    "grey": "#808080",
}

STYLE: dict[str, Any] = {
    "axes.prop_cycle": matplotlib.cycler(color=list(PALETTE.values())),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "font.size": 9,
    "grid.color": PALETTE["grey"],
    "grid.alpha": 0.3,
    "grid.linewidth": 0.5,
    "image.aspect": "auto",
    "image.cmap": "magma",
    "image.interpolation": "nearest",
    "image.origin": "lower",
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "path.simplify_threshold": 0.3,
    "savefig.dpi": 110,
    "svg.fonttype": "none",
    "svg.hashsalt": "aigc_edu",
}


@dataclass(frozen=True)
class Picture:
    """A figure as HTML for a page, and as its description elsewhere."""

    markup: str
    alt: str

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return f"[Figure: {self.alt}]"


def use_style() -> None:
    """Set the course's style for all matplotlib figures made from now on."""
    matplotlib.rcParams.update(STYLE)


def new_figure(
    rows: int = 1, columns: int = 1, height: float = 2.3, width: float = 6.2, **options: Any
) -> tuple[Figure, Any]:
    """Make a figure in the course's style and its axes.

    Unlike ``plt.subplots`` it is not kept by pyplot, so nothing is drawn twice or left open.

    Parameters
    ----------
    rows, columns
        How many axes.
    height, width
        Of the whole figure, in inches. Wider than the default makes small text on a phone.
    options
        Passed to ``Figure.subplots``, ``sharex=True`` for instance.

    Returns
    -------
    figure
        A ``matplotlib.figure.Figure``, to be given to :func:`show`.
    axes
        One ``Axes`` or an array of them, as ``Figure.subplots`` returns.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **options)


def show(figure: Figure, alt: str, caption: str | None = None) -> None:
    """Put a figure on the page as SVG that follows the page's colours, and close it.

    Parameters
    ----------
    figure
        Any matplotlib figure. Black in it becomes the page's text colour.
    alt
        What the picture shows, for readers who do not see it: a full sentence or more.
    caption
        A sentence under the picture.

    Raises
    ------
    InvalidValueError
        If ``alt`` is missing or too short to describe anything.
    """
    display(picture(figure, alt, caption))


def picture(figure: Figure, alt: str, caption: str | None = None) -> Picture:
    """Return what :func:`show` displays."""
    alt = " ".join(str(alt).split())
    if len(alt) < 15:
        raise InvalidValueError("say in alt= what the figure shows, in a sentence of its own")
    body = for_page(_render(figure), alt)
    markup = (
        f'<figure class="aigc-figure" style="margin:0.6rem 0;color:inherit">{body}'
        f"{caption_html(caption)}</figure>"
    )
    _close(figure)
    return Picture(markup, alt)


def _render(figure: Figure) -> str:
    """Return the figure as matplotlib's SVG, transparent, without a date."""
    if figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None}
    figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return buffer.getvalue()


def _close(figure: Figure) -> None:
    """Let pyplot forget the figure, if it knows it."""
    import matplotlib.pyplot as plt

    plt.close(figure)
