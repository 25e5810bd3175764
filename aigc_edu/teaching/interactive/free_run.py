"""The figure of a free run: a word that a network continues after a true start, and its drift.

Chapter: chapters/03-autoregressive/06-wavenet-listening-to-itself.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import packing
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure

Takes = Mapping[tuple[int, int], np.ndarray]
_WINDOW, _HOP, _PIECE = 256, 40, 160  # samples: 32, 5 and 20 ms at 8 kHz
_LOW, _TOP = packing.FLOOR, -10.0
_HEARD = {
    "the true start and what follows": "both",
    "only what follows": "own",
    "the recording": "recording",
}


def free_run_of(
    takes: Takes, recording: np.ndarray, rate: int, said: Mapping[tuple[int, int], str]
) -> InteractiveFigure:
    """Return the figure of one word, begun by a recording and continued by a network.

    Parameters
    ----------
    takes
        Samples (N,) for each pair of a start in ms, 0 or more, and a number of the take; all pairs
        of the two are there. Up to its start a clip is the recording.
    recording
        Samples (N,), what it would have been.
    rate
        Of all of them, in Hz.
    said
        A sentence on each clip, which stands below the picture.

    Raises
    ------
    InvalidValueError
        If pairs or sentences are missing, or the clips differ in length.
    """
    starts, numbers = _axes(takes, recording, said)
    kept = {pair: packing.sixteen_bits(x) for pair, x in takes.items()}
    true = packing.sixteen_bits(recording)
    return InteractiveFigure(
        name="free_run",
        title="a word, begun by a recording and continued by the network",
        alt="Above, level over time, of the recording and of the clip; below, its spectrogram.",
        rate=rate,
        controls=(
            slider("start", "True start", starts, starts[len(starts) // 2], "ms"),
            slider("take", "Take", numbers, numbers[0]),
            choice("heard", "You hear", _HEARD, "both"),
        ),
        samples=_samples_of(kept, true, rate),
        curves=_curves_of(kept, true, rate),
        reading=lambda v, _: said[v["start"], v["take"]],
        draw=_draw,
        data=lambda: _data(kept, true, rate, said),
        rest=0.4,
        height=420,
    )


def _axes(takes: Takes, recording: np.ndarray, said: Mapping) -> list[list[int]]:
    """Return the starts and the numbers of the takes, if nothing is missing."""
    starts, numbers = axes = [sorted({pair[which] for pair in takes}) for which in (0, 1)]
    pairs = {(start, take) for start in starts for take in numbers}
    if pairs != set(takes) or pairs - set(said):
        raise InvalidValueError("expected a clip and a sentence for every start with every take")
    if {len(x) for x in takes.values()} != {len(recording)}:
        raise InvalidValueError("the clips have to be as long as the recording")
    return axes


def _samples_of(takes: Takes, true: np.ndarray, rate: int) -> Callable[..., np.ndarray]:
    def samples(start: int, take: int, heard: str) -> np.ndarray:
        if heard == "recording":
            return true
        own = np.arange(len(true)) >= start * rate // 1000
        return takes[start, take] * (own if heard == "own" else 1.0)

    return samples


def _curves_of(takes: Takes, true: np.ndarray, rate: int) -> Callable[..., Curves]:
    def curves(start: int, take: int, heard: str) -> Curves:
        x = true if heard == "recording" else takes[start, take]
        level = packing.levels(x, _PIECE)
        return {
            "time": (np.arange(len(level)) + 0.5) * _PIECE / rate,
            "level": level,
            "recording": packing.levels(true, _PIECE),
            "cut": np.array([start / 1000]),
            "spectrum": packing.spectrogram(x, dsp.window("hann", _WINDOW), _HOP),
        }

    return curves


def _data(takes: Takes, true: np.ndarray, rate: int, said: Mapping) -> dict:
    """Return what the page needs: all sounds and sentences, by "start/take"."""
    return {
        "rate": rate,
        "true": packing.packed(true),
        "takes": {f"{start}/{take}": packing.packed(x) for (start, take), x in takes.items()},
        "said": {f"{start}/{take}": said[start, take] for start, take in takes},
    }


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2, sharex=True)
    upper.plot(curves["time"], curves["recording"], "--", color=PALETTE["grey"], label="recording")
    if v["heard"] != "recording":
        upper.plot(curves["time"], curves["level"], color=PALETTE["orange"], label="clip")
    upper.set(ylabel="level in dB", ylim=(_LOW, 0))
    upper.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    columns, bins = curves["spectrum"].shape
    hop = curves["time"][0] * 2 * _HOP / _PIECE  # seconds
    extent = (-hop / 2, (columns - 0.5) * hop, 0, (bins - 1) / _WINDOW * _HOP / hop / 1000)
    lower.imshow(curves["spectrum"].T, extent=extent, vmin=_LOW, vmax=_TOP)
    lower.set(xlabel="time in seconds", ylabel="frequency in kHz")
    lower.grid(False)
    for ax, colour in ((upper, "black"), (lower, "white")):
        ax.axvline(curves["cut"][0], color=colour, linewidth=1)
    return figure
