"""What tells good generators from bad ones while they learn: a judge, on noise of its own.

Chapter: chapters/04-adversarial/03-wavegan-training.ipynb

The losses don't: each is paid against the other network. So the weights that ship are those that a
judge likes best, and another judge scores them.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from aigc_edu.checkpoints import Trained, shipped_checkpoints
from aigc_edu.corpora import Corpus
from aigc_edu.evaluation import Judge, frechet_distance
from aigc_edu.models.wavegan import make_clips

SEED = 1_000_000_007  # of noise that no other clip is made of
CLIPS = 200  # that are judged, as many of each label


def judge_of(corpus: Corpus) -> str | None:
    """Return the name of the judge of a corpus that may choose, or None if none ships."""
    name = f"recogniser-{corpus.name}"
    return name if name in shipped_checkpoints() else None


class Judged:
    """What a judge says of a generator, as a number: lower is better.

    It is the share of clips that are not heard as asked, and the Fréchet distance from held-out
    clips as a multiple of white noise's. The first alone would let a generator win that says each
    label in one way only. Without labels the second stands alone.

    Parameters
    ----------
    name
        Of the judge.
    held
        Held-out clips.
    """

    def __init__(self, name: str, held: Corpus) -> None:
        self.name, self.held = name, held

    def __call__(self, model: Any) -> float:
        """Return the number of a generator."""
        scores = self.scores(Trained(model, {"rate": self.held.rate}))
        return 1 - scores.get("heard", 1.0) + scores["frechet"] / self.noise

    def scores(self, trained: Trained) -> dict[str, float]:
        """Return the share heard as asked, with labels, and the Fréchet distance."""
        labels, rate = trained.model.config.labels, self.held.rate
        asked = [i % labels for i in range(CLIPS)] if labels else CLIPS
        clips = make_clips(trained, asked, SEED)
        far = {"frechet": frechet_distance(self.judge.features(clips, rate), self.real)}
        if not labels:
            return far
        return {"heard": self.judge.recognise(clips, rate).accuracy(asked), **far}

    @cached_property
    def judge(self) -> Judge:
        """The judge, loaded when it is first asked."""
        return Judge.load(self.name)

    @cached_property
    def real(self) -> np.ndarray:
        """Features of the held-out clips."""
        return self.judge.features([clip.samples for clip in self.held], self.held.rate)

    @cached_property
    def noise(self) -> float:
        """The Fréchet distance of white noise."""
        clips = white_noise(CLIPS, self.judge.model.config.length)
        return frechet_distance(self.judge.features(clips, self.judge.model.config.rate), self.real)


def white_noise(count: int, length: int) -> list[np.ndarray]:
    """Return clips of white noise, float32 (length,) each, in [-0.5, 0.5]: no sound is worse."""
    random = np.random.default_rng(SEED)
    return list(random.uniform(-0.5, 0.5, (count, length)).astype(np.float32))
