"""Small waveforms as SVG, to scale: what stands in a player and serves as its seek bar."""

from __future__ import annotations

import numpy as np

COLUMNS = 120  # points in time across a player; on a screen, 2 to 4 pixels each
_FEWEST = 16
_HALF = 50  # units of the drawing from the middle to the scale's end
_STEPS = (1, 2, 5)


def scale_for(peak: float) -> float:
    """Return the height that a row of clips is drawn to: 1, 0.5, 0.2, 0.1, ..., as fits its peak.

    Steps, and not the peak itself, so that rows can be compared with each other, too.

    Parameters
    ----------
    peak
        The largest magnitude in the row, in [0, 1].
    """
    sizes = [step * 10.0**power for power in range(-4, 0) for step in _STEPS]
    return next((round(size, 6) for size in sizes if size >= peak > 0), 1.0)


def outline(x: np.ndarray, columns: int, scale: float) -> str:
    """Return the outline of a waveform as the data of an SVG path.

    Parameters
    ----------
    x
        Samples of shape (N,).
    columns
        Points in time; the path is as many units wide, and from -50 to 50 high.
    scale
        The magnitude that reaches the edge.
    """
    low, high = _extremes(x, columns)
    edge = np.concatenate([high, low[::-1]])
    y = np.round(-_HALF * np.clip(edge / scale, -1, 1)).astype(int)
    steps = [1] * (columns - 1) + [0] + [-1] * (columns - 1)
    moves = "".join(
        f"{dx} {dy}" if dy >= 0 else f"{dx}{dy}"
        for dx, dy in zip(_apart(steps), np.diff(y), strict=True)
    )
    return f"M0 {y[0]}l{moves.lstrip()}z"


def _apart(steps: list[int]) -> list[str]:
    """Return the steps with a space before each that has no sign to part it from the last."""
    return [str(step) if step < 0 else f" {step}" for step in steps]


def _extremes(x: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest sample of each column, both of shape (columns,)."""
    if len(x) < columns:
        x = np.repeat(x, -(-columns // len(x)))
    edges = np.linspace(0, len(x), columns + 1).astype(int)[:-1]
    return np.minimum.reduceat(x, edges), np.maximum.reduceat(x, edges)


def svg(x: np.ndarray, share: float, scale: float) -> str:
    """Return a waveform as an SVG element, without words: its player has them.

    Parameters
    ----------
    x
        Samples of shape (N,), N >= 1.
    share
        The part of the width that the clip fills, in (0, 1]; clips in one row share the time axis.
    scale
        The magnitude that reaches the upper edge.
    """
    columns = max(_FEWEST, round(COLUMNS * share))
    return (
        f'<svg viewBox="0 {-_HALF} {columns - 1} {2 * _HALF}" preserveAspectRatio="none" '
        f'aria-hidden="true" width="100%" height="36">'
        f'<path fill="currentColor" stroke="currentColor" vector-effect="non-scaling-stroke" '
        f'd="{outline(x, columns, scale)}"/></svg>'
    )
