"""The figure of residual quantisation: more books or larger ones, seen and heard.

Chapter: chapters/05-tokens/01-quantising-vectors.ipynb

The page gets the tokens and the entries, and adds the entries up itself; the sounds, which no
script could make in time, come with them.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive.clips import expanded
from aigc_edu.teaching.interactive.controls import Value, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import text

KEPT, LEFT = (-70.0, 20.0), (-25.0, 25.0)  # dB: limits of the colours
_CODES = 127  # the largest number that travels

Coded = tuple[np.ndarray, np.ndarray]  # codes (n, T), and entries (n, K, C)


def residual_books(
    frames: np.ndarray,
    coded: Mapping[int, Coded],
    sounds: Mapping[tuple[int, int], np.ndarray],
    rate: int,
    hop: int,
    **start: Value,
) -> None:
    """Show one sound by few and many books of few and many entries; see residual_books_of.

    Controls: ``books`` (how many of them are added up), ``entries`` (of each book).
    """
    show_on_page(residual_books_of(frames, coded, sounds, rate, hop), **start)


def residual_books_of(
    frames: np.ndarray,
    coded: Mapping[int, Coded],
    sounds: Mapping[tuple[int, int], np.ndarray],
    rate: int,
    hop: int,
) -> InteractiveFigure:
    """Return the figure of frames that are sums of the entries of some books.

    Parameters
    ----------
    frames
        What is quantised: levels in dB, shape (T, C).
    coded
        For each number K of entries: the frames' codes (n, T), and all entries (n, K, C).
    sounds
        For each pair of K and a number of books: what these frames sound like, (N,) in [-1, 1].
    rate, hop
        Of the sounds, in Hz, and samples from one frame to the next.

    Raises
    ------
    InvalidValueError
        If a sound is missing, or codes and frames don't have one length.
    """
    sizes, counts = _axes(frames, coded, sounds)
    parts = {size: [_used(*pair) for pair in zip(*coded[size], strict=True)] for size in sizes}
    heard = {pair: dsp.mu_law_encode(x).astype(np.uint8) for pair, x in sounds.items()}

    return InteractiveFigure(
        name="residual_books",
        title="residual quantisation",
        alt="Above, the levels that the tokens stand for, band by band; below, what they leave "
        "over.",
        rate=rate,
        controls=(
            slider("books", "Books", counts, counts[0]),
            slider("entries", "Entries in each", sizes, sizes[-1]),
        ),
        samples=lambda books, entries: expanded(heard[entries, books]),
        curves=_curves_of(frames, parts),
        reading=_reading(rate / hop),
        draw=lambda v, c: _draw(c, hop / rate),
        data=lambda: _data(frames, parts, heard, rate, hop),
        rest=0.5,
        height=400,
    )


def _axes(
    frames: np.ndarray,
    coded: Mapping[int, Coded],
    sounds: Mapping[tuple[int, int], np.ndarray],
) -> tuple[list[int], list[int]]:
    """Return the sizes and the numbers of books in their order, if nothing is missing."""
    sizes, counts = sorted(coded), sorted({count for _, count in sounds})
    if not sizes or set(sounds) != {(size, count) for size in sizes for count in counts}:
        raise InvalidValueError("expected a sound for every size and every number of books")
    for codes, entries in coded.values():
        fits = codes.shape == (len(entries), len(frames)) and len(entries) >= counts[-1]
        if not fits or entries.shape[2] != frames.shape[1]:
            raise InvalidValueError(
                f"codes {codes.shape} and entries {entries.shape} don't fit frames {frames.shape}"
            )
    return sizes, counts


def _used(codes: np.ndarray, entries: np.ndarray) -> Coded:
    """Return the entries of one book that occur, (U, C), and the codes counted among them."""
    numbers, places = np.unique(codes, return_inverse=True)
    return places.reshape(-1), entries[numbers]


def _bytes(x: np.ndarray) -> tuple[np.ndarray, float]:
    """Return whole numbers from -127 to 127, and what they are multiplied by."""
    scale = max(float(np.abs(x).max()), 1e-9) / _CODES
    return np.round(np.asarray(x, np.float64) / scale).astype(np.int8), scale


def _through_bytes(x: np.ndarray) -> np.ndarray:
    """Return x as the page has it, float64."""
    numbers, scale = _bytes(x)
    return numbers * scale


def _curves_of(frames: np.ndarray, parts: Mapping[int, list[Coded]]) -> Callable[..., Curves]:
    wanted = _through_bytes(frames)

    def curves(books: int, entries: int) -> Curves:
        first = parts[entries][:books]
        kept = sum(_through_bytes(rows)[codes] for codes, rows in first)
        return {"kept": kept, "left": wanted - kept}

    return curves


def _reading(frames_a_second: float) -> Callable[[Mapping[str, Value], Curves], str]:
    def reading(v: Mapping[str, Value], curves: Curves) -> str:
        n, size = int(v["books"]), int(v["entries"])
        bits = n * math.log2(size)
        off = math.sqrt(np.mean(curves["left"] ** 2))
        return (
            f"{n} {'book' if n == 1 else 'books'} of {size} entries: {text(bits)} bits a frame, "
            f"{text(bits * frames_a_second)} bits a second. {text(n * size)} entries have to be "
            f"stored. What is left over: {text(off, 1)} dB."
        )

    return reading


def _data(
    frames: np.ndarray,
    books: Mapping[int, list[Coded]],
    heard: Mapping[tuple[int, int], np.ndarray],
    rate: int,
    hop: int,
) -> dict[str, Any]:
    """Return what the script adds up: the frames, and for each size its books; and the sounds."""
    return {
        "frames": _packed(frames),
        "books": {
            str(size): [{"codes": codes.tolist(), **_packed(rows)} for codes, rows in row]
            for size, row in books.items()
        },
        "sounds": {
            f"{size}/{count}": base64.b64encode(codes.tobytes()).decode("ascii")
            for (size, count), codes in heard.items()
        },
        "bands": frames.shape[1],
        "rate": rate,
        "hop": hop,
    }


def _packed(x: np.ndarray) -> dict[str, Any]:
    numbers, scale = _bytes(x)
    return {"levels": base64.b64encode(numbers.tobytes()).decode("ascii"), "scale": scale}


def _draw(curves: Curves, seconds: float) -> matplotlib.figure.Figure:
    figure, axes = new_figure(2, height=4.2, sharex=True)
    frames, bands = curves["kept"].shape
    extent = (0, frames * seconds, 0, bands)
    titles = {"kept": ("what the tokens say", KEPT), "left": ("what is left over", LEFT)}
    for ax, (name, (title, limits)) in zip(axes, titles.items(), strict=True):
        image = ax.imshow(curves[name].T, vmin=limits[0], vmax=limits[1], extent=extent)
        ax.set(ylabel="mel band", title=title)
        ax.grid(False)
        figure.colorbar(image, ax=ax, label="dB")
    axes[-1].set(xlabel="time in seconds")
    return figure
