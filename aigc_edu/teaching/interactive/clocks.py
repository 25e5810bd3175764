"""The figure of the clocks: three tiers of a SampleRNN, and what the next sample hears of."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure

_RATE, _TICK, _HEARD = 16_000, 1600, 32  # Hz; samples of a step of the figure, steps heard
_PACE = 8000  # codes a second, at full pace
_COLUMNS = 64
# Of each tier, from the slowest: frequency in Hz, decay in samples, loudness of its tick.
_TICKS = ((330.0, 1500.0, 0.3), (830.0, 500.0, 0.2), (2200.0, 80.0, 0.12))
_TIERS = ("slow tier", "fast tier", "sample tier")
_BY_SAMPLES, _BY_FAST, _BY_SLOW, _BY_STATES = 1, 2, 4, 8


def frame_sizes(sizes: str) -> tuple[int, int]:
    """Return the frame sizes of the slow and of the fast tier; ``"32 8"`` gives (32, 8)."""
    slow, fast = sizes.split()
    return int(slow), int(fast)


def reads(size: int, time: int) -> tuple[int, int]:
    """Return the first and the last code of the frame that a tier has read last.

    A tier with frames of ``size`` samples moves when code 0, ``size``, 2 ``size``, ... has come,
    and reads the codes up to that one. Codes below 0 are silence.
    """
    last = time // size * size
    return last - size + 1, last


def ways(time: int, slow: int, fast: int) -> np.ndarray:
    """Return how each code reaches the prediction of code ``time`` + 1.

    Returns
    -------
    ndarray
        float64, shape (64,): a sum of 1 (one of the last codes, which the sample tier looks up), 2
        and 4 (in the frame that the fast, the slow tier read last) and 8 (only in frames read
        before, which a state remembers). 0 for a code that hasn't come.
    """
    codes = np.arange(_COLUMNS)
    way = np.zeros(_COLUMNS)
    for size, first, name in (
        (fast, time - fast + 1, _BY_SAMPLES),
        (fast, reads(fast, time)[0], _BY_FAST),
        (slow, reads(slow, time)[0], _BY_SLOW),
    ):
        last = first + size - 1
        way += name * ((codes >= first) & (codes <= last))
    return np.where((way == 0) & (codes <= time), _BY_STATES, way)


def _used(slow: int, fast: int, time: int) -> tuple[int, int]:
    """Return which output of the slow tier the fast one took last, and which of its the sample."""
    return time // fast % (slow // fast), time % fast


def _curves(time: int, sizes: str, heard: str) -> Curves:
    slow, fast = frame_sizes(sizes)
    last = [reads(slow, time), reads(fast, time), (time - fast + 1, time)]
    return {
        "moves": np.array([time % slow == 0, time % fast == 0, True], float),
        "read": np.array(last, float),
        "used": np.array(_used(slow, fast, time), float),
        "ways": ways(time, slow, fast),
    }


def _tick(tier: int, length: int) -> np.ndarray:
    """Return the tick of a tier, at most ``length`` samples of it."""
    frequency, decay, loudness = _TICKS[tier]
    n = np.arange(min(length, round(5 * decay)))
    return loudness * np.sin(2 * np.pi * frequency / _RATE * n) * np.exp(-n / decay)


def _samples(time: int, sizes: str, heard: str) -> np.ndarray:
    """Return the ticks of the steps from a time on, or the clocks as tones, at full pace."""
    row = np.zeros(_HEARD * _TICK)
    slow, fast = frame_sizes(sizes)
    if heard == "pace":
        u = np.arange(len(row)) / _RATE
        tones = [np.sin(2 * np.pi * (_PACE / size) * u) for size in (slow, fast)]
        return 0.12 * tones[0] + 0.06 * tones[1]
    for tier, size in enumerate((slow, fast, 1)):
        if heard not in ("all", _TIERS[tier]):
            continue
        for step in range(_HEARD):
            if (time + step) % size == 0:
                tick = _tick(tier, len(row) - step * _TICK)
                row[step * _TICK : step * _TICK + len(tick)] += tick
    return row


def _span(first: float, last: float) -> str:
    """Return a row of codes in words; silence stands before code 0."""
    if last <= 0:
        return "silence and code 0"
    return f"codes {int(first)} to {int(last)}" if first >= 0 else f"silence to code {int(last)}"


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    slow, fast = frame_sizes(str(v["sizes"]))
    time, (first, second, _) = int(v["time"]), curves["moves"]
    moving = ["the sample tier", *(["the fast tier"] if second else [])]
    moving += ["the slow tier"] if first else []
    who = " and ".join([", ".join(moving[:-1]), moving[-1]] if len(moving) > 1 else moving)
    by_slow, by_fast, by_samples = (_span(*row) for row in curves["read"])
    one, two = (int(n) + 1 for n in curves["used"])
    return (
        f"Code {time} has come; {who} move{'s' if len(moving) == 1 else ''}. Sample {time + 1} "
        f"hears {by_samples} by the table, {by_fast} by output {two} of {fast} of the fast tier, "
        f"{by_slow} by output {one} of {slow // fast} of the slow one, and all codes before by "
        "their states."
    )


def _blocks(v: Mapping[str, Value], curves: Curves) -> list[tuple[int, float, float, str]]:
    """Return what is drawn: row, first and last column, and colour of each block."""
    slow, fast = frame_sizes(str(v["sizes"]))
    time, blocks = int(v["time"]), []
    for row, size in ((5, slow), (3, fast)):
        now = curves["read"][0 if row == 5 else 1]
        for last in range(0, int(now[1]), size):
            blocks.append((row, last - size + 1.0, float(last), "grey"))
        moved = curves["moves"][0 if row == 5 else 1]
        blocks.append((row, *now, "orange" if moved else "blue"))
        step = fast if row == 5 else 1
        used = int(curves["used"][0 if row == 5 else 1])
        for part in range(size // step):
            first = now[1] + 1 + part * step
            colour = "green" if part == used else "grey"
            blocks.append((row - 1, first, first + step - 1, colour))
    blocks.append((1, *curves["read"][2], "orange"))
    blocks += [(0, float(code), float(code), "grey") for code in range(time + 1)]
    return [*blocks, (0, time + 1.0, time + 1.0, "purple")]


def _links(v: Mapping[str, Value], curves: Curves) -> np.ndarray:
    """Return the lines that lead down to the next sample, (5, 2, 2): from (column, row) to."""
    slow, fast = frame_sizes(str(v["sizes"]))
    time, (by_slow, by_fast) = int(v["time"]), curves["read"][:2, 1]
    first = by_slow + 1 + fast * curves["used"][0]
    told, said = first + (fast - 1) / 2, time + 1
    lines = [
        [(by_slow, 4.64), (told, 4.2)],
        [(told, 3.64), (by_fast, 3.2)],
        [(by_fast, 2.64), (said, 2.2)],
        [(said, 1.64), (said, 0.2)],
        [(time, 0.64), (said, 0.2)],
    ]
    return np.array(lines, float)


_ROWS = ("codes", "sample tier", "its outputs", "fast tier", "its outputs", "slow tier")


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=3.4)
    for row, first, last, colour in _blocks(v, curves):
        width = last - first + 1 - 0.2
        ax.barh(row - 0.08, width, left=first - 0.4, height=0.56, color=PALETTE[colour])
    for (x, y), (to_x, to_y) in _links(v, curves):
        ax.plot([x, to_x], [y, to_y], color=PALETTE["green"], linewidth=1.2)
    ax.set(xlabel="code", xlim=(-0.6, _COLUMNS + 0.6), ylim=(-0.6, 5.6))
    ax.set_yticks(range(6), _ROWS)
    ax.grid(False)
    return figure


_SIZES = {"32 and 8": "32 8", "16 and 4": "16 4", "8 and 2": "8 2", "32 and 4": "32 4"}
_OUTPUTS = {
    "all tiers, 800 times slower": "all",
    "the slow tier alone": "slow tier",
    "the fast tier alone": "fast tier",
    "frame tiers at full pace": "pace",
}

CLOCKS = InteractiveFigure(
    name="clocks",
    title="the clocks of a SampleRNN",
    alt="Rows over the codes of a clip: what the slow, the fast and the sample tier have read "
    "last, with their outputs over the codes that these are for; a tier that moves now is orange.",
    rate=_RATE,
    controls=(
        slider("time", "Newest code t", range(_COLUMNS), 21),
        choice("sizes", "Samples in a frame", _SIZES, "16 4"),
        choice("heard", "You hear", _OUTPUTS, "all"),
    ),
    samples=_samples,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    height=330,
)
