"""Notes and melodies with another timbre, by an autoencoder and the decoder of a flow.

Chapter: chapters/06-product/14-style-and-timbre.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aigc_edu.models.flowmatching import FlowMatching
from aigc_edu.models.flowmatching.generation import levels_of, sound_of
from aigc_edu.models.timbre.network import TimbreAutoencoder
from aigc_edu.music import cut_to

PEAK = 0.5  # of notes when they are heard: the flow learned from such


def frames_of(flow: FlowMatching, notes: Sequence[np.ndarray]) -> Tensor:
    """Return the normalised mel frames of notes (N,) at the flow's rate: float32 (n, bands, T).

    Notes are brought to one peak first, cut to the flow's length or filled up with silence.
    """
    levels = [levels_of(_levelled(x), flow.config) for x in notes]
    return flow.normalised(torch.from_numpy(np.stack(levels)))


@torch.inference_mode()
def converted(
    model: TimbreAutoencoder,
    flow: FlowMatching,
    notes: Sequence[np.ndarray],
    families: Sequence[int],
    pitches: Sequence[int],
) -> list[np.ndarray]:
    """Return notes as other families would play them.

    Parameters
    ----------
    model
        The autoencoder, in evaluation mode.
    flow
        Whose decoder makes sound of mel frames and a pitch.
    notes
        n notes (N,) at the flow's rate; what is longer than its notes is cut.
    families, pitches
        n numbers of the families that are to play, and n MIDI numbers.

    Returns
    -------
    list of ndarray
        float64 (N,) each, as long as the note was, and as loud at its peak.
    """
    told = (torch.as_tensor([int(n) for n in row]) for row in (families, pitches))
    frames = model.decode(model.encode(frames_of(flow, notes)), *told)
    made = sound_of(flow, frames, [int(p) for p in pitches])
    return [_fitted(y, x, flow.config.rate) for x, y in zip(notes, made, strict=True)]


def _levelled(x: np.ndarray) -> np.ndarray:
    x = np.asarray(x, np.float64)
    peak = np.abs(x).max(initial=0.0)
    return x * PEAK / peak if peak else x


def _fitted(y: np.ndarray, like: np.ndarray, rate: int) -> np.ndarray:
    """Return a note as long as another one, and as loud at its peak."""
    cut = cut_to(y, max(0.0, len(like) / rate - 0.05), rate)[: len(like)]
    peak, wanted = np.abs(cut).max(initial=0.0), np.abs(like).max(initial=0.0)
    return cut * (wanted / peak) if peak else cut
