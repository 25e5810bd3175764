"""Small WaveNets that learn two words by heart, soundly or with a fault.

Chapter: chapters/06-product/03-clinic.ipynb

A voice of the built-in digits says "zero" and "one". Its other takes of the two words are held out.
A model that has learned by heart says the two words and nothing else; what the clinic looks at is
whether it does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu import corpora
from aigc_edu.audio.levels import scaled_to
from aigc_edu.clinic.anchors import anchors
from aigc_edu.clinic.ending import LN2, in_bits, run_to_the_end
from aigc_edu.clinic.evidence import RATE, Evidence
from aigc_edu.dsp import mu_law_decode, mu_law_encode
from aigc_edu.models.conditioning import IGNORED, CodeModel
from aigc_edu.models.wavenet import WaveNet, WaveNetConfig
from aigc_edu.models.wavenet.clips import PEAK, SILENCE, pad_codes
from aigc_edu.nn import CausalConv1d
from aigc_edu.training import Trainer, TrainingSettings

VOICE, WORDS = "en-us+Alex", ("zero", "one")
TAIL, FLOOR = 320, 0.001  # samples of rest behind each word; deviation of the noise under all
STEPS, CHECKS = 200, 10  # of a training; how often held-out clips are asked
TEMPERATURE = 0.5  # by heart: a slip leads to where the network has never been


@dataclass(frozen=True)
class Clips:
    """What a training hears: samples (N,) of each clip, and which word it is.

    Attributes
    ----------
    learn, held
        To learn from, one of each word; held out, two of each.
    """

    learn: list[np.ndarray]
    held: list[np.ndarray]

    def changed(self, change: Callable[[np.ndarray], np.ndarray]) -> Clips:
        """Return all clips with something done to them."""
        return Clips([change(x) for x in self.learn], [change(x) for x in self.held])


@cache
def spoken(rate: int = RATE) -> Clips:
    """Return the clips, each at the level that a network of the course hears."""
    own = [c for c in corpora.load("digits", rate=rate) if c.speaker == VOICE]
    learn = [c.samples for word in range(2) for c in own if c.label == word][::3]
    held = [c.samples for word in range(2) for c in own if c.label == word]
    del held[::3]
    return Clips([_ready(x, n) for n, x in enumerate(learn)], [_ready(x, 9) for x in held])


def _ready(x: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(len(x) + TAIL)
    return np.pad(scaled_to(np.asarray(x, float), PEAK), (0, TAIL)) + FLOOR * noise


def integers_taken_for_samples() -> Clips:
    """Return the clips as whole numbers of 16 bits that nobody has divided by 32,768."""
    return spoken().changed(lambda x: np.clip(np.round(32768 * x), -1, 1))


def rate_thrown_away() -> Clips:
    """Return the clips as they are in files at 16 kHz, taken for 8 kHz."""
    return spoken(2 * RATE)


def coded(clips: list[np.ndarray]) -> Tensor:
    """Return codes, int64 (B, T + 1): silence to begin with, each clip, and padding."""
    return pad_codes([torch.from_numpy(mu_law_encode(np.pad(x, (1, 0)))) for x in clips])


def costs_of(
    model: CodeModel, codes: Tensor, condition: Tensor | None, shift: int = 1, axis: int = 1
) -> Tensor:
    """Return the cost in nats of each target, (B, T); 0 for padding.

    Parameters
    ----------
    model
        Maps codes (B, T) and a condition to logits (B, q, T).
    codes, condition
        int64 (B, T + 1), and what the model is told.
    shift
        1; with 0, each target is the very code that is heard.
    axis
        The softmax's: 1, over the codes; 2 would be over time.
    """
    inputs, targets = codes[:, :-1], codes[:, 1:] if shift else codes[:, :-1]
    logs = model(inputs.clamp(min=0), condition).float().log_softmax(dim=axis)
    costs = -logs.gather(1, targets.clamp(min=0)[:, None])[:, 0]
    return costs * (targets != IGNORED)


@dataclass(frozen=True, kw_only=True)
class WordRun:
    """A training on the two words.

    Attributes
    ----------
    name
        Of the run.
    clips
        Where they come from.
    padding
        Of the convolutions: ``"causal"``, or ``"same"``, half of it behind the end.
    shift, axis
        See :func:`costs_of`.
    learning_rate, clip, steps
        See :class:`TrainingSettings`.
    """

    name: str
    clips: Callable[[], Clips] = spoken
    padding: str = "causal"
    shift: int = 1
    axis: int = 1
    learning_rate: float = 0.02
    clip: float = 1.0
    steps: int = STEPS

    def network(self) -> WaveNet:
        """Return the network before its first step."""
        torch.manual_seed(0)
        told = {"conditions": (len(WORDS),), "clock_frames": 100, "clock_hop": 80}
        sizes = {"channels": 16, "skip_channels": 32, "blocks": 1, "layers_per_block": 7}
        model = WaveNet(WaveNetConfig(**sizes, **told))
        return model if self.padding == "causal" else padded_alike(model)

    def costs(self, model: CodeModel, codes: Tensor, condition: Tensor | None) -> Tensor:
        """Return what this training pays for each target, (B, T) in nats."""
        return costs_of(model, codes, condition, self.shift, self.axis)

    def loss(self, model: CodeModel, codes: Tensor, condition: Tensor) -> Tensor:
        """Return the mean over all that is scored."""
        sound = self.shift == self.axis == 1 and self.padding == "causal"
        if sound:  # the library's own is the same, and faster
            return model.loss(codes, condition)
        return self.costs(model, codes, condition).sum() / (codes[:, 1:] != IGNORED).sum()

    def trainer(self, folder: Path | None = None, steps: int | None = None) -> Trainer:
        """Prepare the training; ``steps`` in place of the run's own is for a trial."""
        learn, held = coded(self.clips().learn), coded(self.clips().held)
        told = torch.arange(len(WORDS))[:, None]
        others = told.repeat_interleave(len(held) // len(WORDS), dim=0)
        steps = steps or self.steps
        settings = TrainingSettings(
            steps=steps,
            learning_rate=self.learning_rate,
            warmup=15,
            decay=0.5,
            clip=self.clip,
            validate_every=max(1, steps // CHECKS),
            save_every=40,
            keep_last=True,
        )
        return Trainer(
            self.network(),
            self.loss,
            lambda step: (learn, told),
            settings,
            folder=folder,
            description={"kind": "clinic", "run": self.name},
            validate=lambda model: float(self.loss(model, held, others)) / LN2,
        )

    def speak(self, model: CodeModel) -> np.ndarray:
        """Let a network say both words, each as long as it was learned: (N,), at 8 kHz."""
        return in_a_row([drawn(model, i, len(x)) for i, x in enumerate(self.clips().learn)])

    def __call__(self, folder: Path | None = None, steps: int | None = None) -> Evidence:
        """Train, or go on where the folder's last training ended, and listen."""
        trainer, began = self.trainer(folder, steps), time.process_time()
        ended = run_to_the_end(trainer)
        rows = [row[row != IGNORED][1:] for row in coded(self.clips().learn)]
        return in_bits(self.name, "WaveNet", trainer, began, anchors(rows), self.speak, ended)


def padded_alike(model: WaveNet) -> WaveNet:
    """Let each gated convolution of a WaveNet have half of its padding behind the end.

    That is what ``padding="same"`` does. Generation is not changed: its ring buffers have heard the
    past alone.
    """

    def forward(layer: CausalConv1d, x: Tensor) -> Tensor:
        ahead = (layer.history + 1) // 2
        padded = F.pad(x, (layer.history - ahead, ahead))
        return F.conv1d(padded, layer.weight, layer.bias, dilation=layer.dilation)

    for layer in (part for gated in model.layers for part in (gated.filter, gated.gate)):
        layer.forward = partial(forward, layer)
    return model


def drawn(model: CodeModel, word: int, length: int) -> np.ndarray:
    """Return a word's samples (length,) as a network draws them."""
    told, random = torch.tensor([[word]]), torch.Generator().manual_seed(1)
    start = torch.full((1, 1), SILENCE)
    codes = model.generate(start, length, told, TEMPERATURE, random)
    return mu_law_decode(codes[0].numpy())


def in_a_row(clips: list[np.ndarray], gap: float = 0.1) -> np.ndarray:
    """Return clips one after another, with a little silence between them."""
    rest = np.zeros(round(gap * RATE))
    return np.concatenate([part for x in clips for part in (x, rest)][:-1])
