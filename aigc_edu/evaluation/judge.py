"""A trained network as a judge, which says what label it hears in a clip, or *nothing*.

Chapter: chapters/00-start/01-hear-it-first.ipynb
Chapter: chapters/03-autoregressive/07-wavenet-vocoder-and-judging.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from aigc_edu.audio import resample
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.hearing import load_hearing

NOTHING = -1  # the label of a clip in which a judge hears no digit


@dataclass(frozen=True)
class Verdicts:
    """What the judge heard in n clips.

    Attributes
    ----------
    labels
        int64, shape (n,): the most probable answer for each clip, a label or :data:`NOTHING`.
    probabilities
        float32, shape (n, labels), each row's sum is 1. What the judge gives to *nothing* is shared
        out evenly among the labels: who hears nothing could as well guess. So a clip without a word
        lowers an inception score as an unclear one does.
    nothing
        float32, shape (n,): the probability of *nothing*; None from a judge that must name a label.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    nothing: np.ndarray | None = None

    def accuracy(self, asked: int | Sequence[int]) -> float:
        """Return the share of clips, 0 ... 1, in which the judge heard what was asked for."""
        asked = np.broadcast_to(asked, self.labels.shape)
        return float((self.labels == asked).mean())


class Judge:
    """A trained network that hears labels, behind two methods.

    Parameters
    ----------
    model
        In evaluation mode; it has ``features``, and in its ``config`` rate, length and nothing.
    names
        Of its labels, in their order, if they are known.
    """

    def __init__(self, model: nn.Module, names: Sequence[str] = ()) -> None:
        self.model, self.names = model, tuple(names)

    @classmethod
    def load(cls, name: str | Path) -> Judge:
        """Load a judge from a file or from the checkpoints that ship with the course.

        Of two judges of a corpus, which share neither training clips nor features, the one that
        chooses settings, such as a temperature, is not the one that scores them.
        """
        model, description = load_hearing(name)
        return cls(model, description.get("labels", ()))

    @torch.inference_mode()
    def recognise(self, clips: Sequence[np.ndarray], rate: int) -> Verdicts:
        """Listen to clips of shape (N,) each, at ``rate`` Hz; they may differ in length."""
        logits = [self.model(chunk) for chunk in self._chunks(clips, rate)]
        return _verdicts(torch.softmax(torch.cat(logits).cpu(), dim=1), self.model.config.nothing)

    @torch.inference_mode()
    def features(self, clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
        """Return what the judge makes of clips of shape (N,) before it decides, float32 (n, D).

        They are its ``features``; :func:`frechet_distance` compares sets of them.
        """
        rows = [self.model.features(chunk) for chunk in self._chunks(clips, rate)]
        return torch.cat(rows).cpu().numpy()

    def _chunks(self, clips: Sequence[np.ndarray], rate: int) -> Sequence[Tensor]:
        if len(clips) == 0:
            raise InvalidValueError("the judge was given no clips")
        rows = torch.from_numpy(np.stack([self._row(clip, rate) for clip in clips]))
        device = next((p.device for p in self.model.parameters()), rows.device)
        return rows.to(device).split(64)

    def _row(self, clip: np.ndarray, rate: int) -> np.ndarray:
        config = self.model.config
        x = np.asarray(clip, np.float32)
        if x.ndim != 1:
            raise InvalidValueError(f"expected clips of shape (N,), got {x.shape}")
        if rate != config.rate:
            x = resample(x, rate, config.rate)
        return np.pad(x[: config.length], (0, max(0, config.length - len(x))))


def _verdicts(p: Tensor, nothing: int | None) -> Verdicts:
    """Turn probabilities (n, answers) into verdicts; ``nothing`` is the last answer or None."""
    best = p.argmax(dim=1)
    if nothing is None:
        return Verdicts(best.numpy(), p.numpy())
    labels = torch.where(best == nothing, NOTHING, best)
    shared = p[:, :nothing] + p[:, nothing:] / nothing
    return Verdicts(labels.numpy(), shared.numpy(), p[:, nothing].numpy())
