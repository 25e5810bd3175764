"""A small Transformer that learns the tokens of ten words by heart, and may forget in generation.

Chapter: chapters/06-product/03-clinic.ipynb

The tokens are those of the shipped codec, frame by frame, the coarsest book first, as AudioLM has
them in its second stage. The first token says which word is to come.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.audio.levels import scaled_to
from aigc_edu.clinic.anchors import anchors
from aigc_edu.clinic.ending import LN2, in_bits, run_to_the_end
from aigc_edu.clinic.evidence import RATE, Evidence
from aigc_edu.clinic.words import in_a_row
from aigc_edu.corpora import recording, recordings
from aigc_edu.corpora.base import DIGITS
from aigc_edu.models.codec import Tokens, decode, encode, load_codec
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.nn.transformer import CausalTransformer, CausalTransformerConfig
from aigc_edu.training import Trainer, TrainingSettings

BOOKS = 4
STEPS = 160
SAID = ("one", "two", "three", "seven")  # those that are heard at the end


@cache
def _codec() -> object:
    return load_codec("codec-digits").model


def levels() -> int:
    """Return the number of tokens: a codebook's for each book, and one a word."""
    return BOOKS * _codec().entries + 10


def written(x: np.ndarray, digit: int) -> Tensor:
    """Return a sound as tokens: the word's, then book by book those of each frame, (1 + 4 F,)."""
    codes = encode(_codec(), scaled_to(x, 0.7), RATE).codes[:BOOKS]  # (books, F)
    rows = codes + _codec().entries * np.arange(BOOKS)[:, None]
    word = np.array([BOOKS * _codec().entries + digit])
    return torch.from_numpy(np.concatenate([word, rows.T.ravel()])).long()


def sounded(tokens: Tensor) -> np.ndarray:
    """Return the sound of tokens without the word's, (N,); a token of another book counts as 0."""
    frames = len(tokens) // BOOKS
    rows = tokens[: frames * BOOKS].reshape(frames, BOOKS).T.numpy()
    codes = rows - _codec().entries * np.arange(BOOKS)[:, None]
    codes = np.where((codes >= 0) & (codes < _codec().entries), codes, 0)
    length = frames * _codec().hop
    return decode(_codec(), Tokens(codes, length, RATE, _codec().entries)).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class TokenRun:
    """A training on tokens.

    Attributes
    ----------
    name
        Of the run.
    remembers
        Whether generation hears all tokens before the next one, as training does, or the last one.
    trained_as
        Name of the run whose training it shares; its own by default.
    steps
        Updates.
    """

    name: str
    remembers: bool = True
    steps: int = STEPS
    trained_as: str = ""

    def network(self, levels: int) -> CausalTransformer:
        """Return the network before its first step."""
        torch.manual_seed(0)
        sizes = {"channels": 64, "heads": 4, "layers": 2, "positions": "rotary"}
        return CausalTransformer(CausalTransformerConfig(levels, **sizes))

    def predict(self, model: CausalTransformer, codes: Tensor) -> Tensor:
        """Return the logits (B, q, T) as this training computes them."""
        return model(codes).transpose(1, 2)

    def costs(self, model: CausalTransformer, codes: Tensor) -> Tensor:
        """Return what this training pays for each target, (B, T) in nats; 0 for padding."""
        logits = self.predict(model, codes[:, :-1].clamp(min=0)).float()
        return F.cross_entropy(logits, codes[:, 1:], ignore_index=IGNORED, reduction="none")

    def loss(self, model: CausalTransformer, codes: Tensor) -> Tensor:
        """Return the mean over all that is scored."""
        return self.costs(model, codes).sum() / (codes[:, 1:] != IGNORED).sum()

    def trainer(self, folder: Path | None = None, steps: int | None = None) -> Trainer:
        """Prepare the training; ``steps`` in place of the run's own is for a trial."""
        learn, held = padded(learned()), padded(held_out())
        steps = steps or self.steps
        settings = TrainingSettings(
            steps=steps,
            learning_rate=3e-3,
            warmup=15,
            decay=0.5,
            validate_every=max(1, steps // 12),
            save_every=40,
            keep_last=True,
        )
        return Trainer(
            self.network(levels()),
            self.loss,
            lambda step: (learn,),
            settings,
            folder=folder,
            description={"kind": "clinic", "run": self.trained_as or self.name},
            validate=lambda model: float(self.loss(model, held)) / LN2,
        )

    def speak(self, model: CausalTransformer) -> np.ndarray:
        """Let a network say some words, each as long as it was learned: (N,), at 8 kHz."""
        spoken = []
        for row in learned():
            if int(row[0]) - BOOKS * _codec().entries in [DIGITS.index(word) for word in SAID]:
                tokens = continued(model, row[:1], len(row) - 1, self.remembers)
                spoken.append(sounded(tokens))
        return in_a_row(spoken)

    def __call__(self, folder: Path | None = None, steps: int | None = None) -> Evidence:
        """Train, or go on where the folder's last training ended, and listen."""
        trainer, began = self.trainer(folder, steps), time.process_time()
        ended = run_to_the_end(trainer)
        at = anchors([row[1:] for row in learned()], levels())
        return in_bits(self.name, "Transformer", trainer, began, at, self.speak, ended)


@cache
def learned() -> tuple[Tensor, ...]:
    """Return the tokens of George's ten words."""
    mine = [word for word, who in recordings() if who == "george"]
    return tuple(written(recording(word, "george"), DIGITS.index(word)) for word in mine)


@cache
def held_out() -> tuple[Tensor, ...]:
    """Return the tokens of the other speakers' sevens."""
    others = sorted(who for word, who in recordings() if word == "seven" and who != "george")
    return tuple(written(recording("seven", who), 7) for who in others)


def padded(rows: tuple[Tensor, ...]) -> Tensor:
    """Return rows of different lengths as one batch (B, T + 1)."""
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True, padding_value=IGNORED)


@torch.no_grad()
def continued(
    model: CausalTransformer, start: Tensor, count: int, remembers: bool = True, seed: int = 1
) -> Tensor:
    """Draw tokens one after another, each from all before it, or from the last one: (count,)."""
    random = torch.Generator().manual_seed(seed)
    tokens = start[None]
    for _ in range(count):
        heard = tokens if remembers else tokens[:, -1:]
        p = (model(heard)[0, -1] / 0.9).softmax(dim=0)
        tokens = torch.cat([tokens, torch.multinomial(p, 1, generator=random)[None]], dim=1)
    return tokens[0, len(start) :]
