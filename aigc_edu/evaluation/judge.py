"""The recogniser as a judge, which says what digit it hears in a clip.

Chapter: chapters/00-start/01-hear-it-first.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from aigc_edu.audio import resample
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.recogniser import Recogniser, load_recogniser


@dataclass(frozen=True)
class Verdicts:
    """What the judge heard in n clips.

    Attributes
    ----------
    labels
        int64, shape (n,): the most probable label of each clip.
    probabilities
        float32, shape (n, classes).
    """

    labels: np.ndarray
    probabilities: np.ndarray

    def accuracy(self, asked: int | Sequence[int]) -> float:
        """Return the share of clips, 0 ... 1, in which the judge heard what was asked for."""
        asked = np.broadcast_to(asked, self.labels.shape)
        return float((self.labels == asked).mean())


class Judge:
    """A trained recogniser behind one method.

    Parameters
    ----------
    model
        The recogniser, in evaluation mode.
    """

    def __init__(self, model: Recogniser) -> None:
        self.model = model

    @classmethod
    def load(cls, name: str | Path = "recogniser-fsdd") -> Judge:
        """Load a judge from a file or from the checkpoints that ship with the course."""
        return cls(load_recogniser(name).model)

    @torch.inference_mode()
    def recognise(self, clips: Sequence[np.ndarray], rate: int) -> Verdicts:
        """Listen to clips of shape (N,) each, at ``rate`` Hz; they may differ in length."""
        logits = [self.model(chunk) for chunk in self._chunks(clips, rate)]
        p = torch.softmax(torch.cat(logits), dim=1)
        return Verdicts(p.argmax(dim=1).numpy(), p.numpy())

    @torch.inference_mode()
    def features(self, clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
        """Return what the judge makes of clips of shape (N,) before it decides, float32 (n, D).

        See :meth:`Recogniser.features`; :func:`frechet_distance` compares sets of them.
        """
        rows = [self.model.features(chunk) for chunk in self._chunks(clips, rate)]
        return torch.cat(rows).numpy()

    def _chunks(self, clips: Sequence[np.ndarray], rate: int) -> Sequence[torch.Tensor]:
        if len(clips) == 0:
            raise InvalidValueError("the judge was given no clips")
        return torch.from_numpy(np.stack([self._row(clip, rate) for clip in clips])).split(64)

    def _row(self, clip: np.ndarray, rate: int) -> np.ndarray:
        config = self.model.config
        x = np.asarray(clip, np.float32)
        if x.ndim != 1:
            raise InvalidValueError(f"expected clips of shape (N,), got {x.shape}")
        if rate != config.rate:
            x = resample(x, rate, config.rate)
        return np.pad(x[: config.length], (0, max(0, config.length - len(x))))
