"""Continuing a sound, or beginning one: the three stages in turn, and the codec at the end.

Chapter: chapters/05-tokens/03-audiolm.ipynb

What is longer than a window is written in passes. In each pass the stages see the last half of a
window at most, tokens of the prompt or written ones, and fill the rest of the window. The prompt's
acoustic tokens stay as they are, however long it is; only what the stages see of it is bounded.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained, load_model
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.audiolm.acoustic import AcousticCodec, acoustic_tokens
from aigc_edu.models.audiolm.config import config_from
from aigc_edu.models.audiolm.network import AudioLM
from aigc_edu.models.audiolm.sampling import Sampling, write_on
from aigc_edu.models.audiolm.sequences import coarse_row, fine_row, semantic_row
from aigc_edu.models.audiolm.vocabulary import collapse

SPARE = 0.25  # seconds for which more semantic tokens are written than are to be heard
LONGEST = 60.0  # seconds to write at once


class Continued(NamedTuple):
    """A prompt and what was written behind it.

    Attributes
    ----------
    samples
        float32, shape (T * hop,): all of it, through the codec.
    prompt
        How many of the samples are the prompt's.
    tokens
        Acoustic tokens, int64 (books, T), or (coarse, T) without the fine stage.
    """

    samples: np.ndarray
    prompt: int
    tokens: Tensor

    @property
    def new(self) -> np.ndarray:
        """What was written, without the prompt."""
        return self.samples[self.prompt :]


def load_audiolm(name: str | Path = "audiolm-digits", device: str = "cpu") -> Trained:
    """Load an AudioLM from a file or from the checkpoints that ship with the course.

    What makes semantic tokens is in the file; the codec is another one, which the description
    names in ``codec``.
    """
    return load_model(name, "audiolm", lambda told: AudioLM(config_from(told)), device)


@torch.inference_mode()
def continue_sound(
    model: AudioLM,
    codec: AcousticCodec,
    prompt: np.ndarray,
    seconds: float,
    rules: Sampling = Sampling(),  # noqa: B008
) -> Continued:
    """Write on behind a prompt, or from nothing.

    Parameters
    ----------
    model
        The stages.
    codec
        Whose tokens they have learned; see :func:`check_codec`.
    prompt
        Waveform (N,) at the codec's rate. Empty: a sound from nothing. Its last, broken frame is
        filled up with zeros.
    seconds
        How much to write, in (0, 60]; rounded up to whole frames.
    rules
        How tokens are drawn, and which stage is left out.

    Raises
    ------
    InvalidValueError
        If the prompt is no waveform, or the seconds are out of bounds.
    """
    config, prompt = model.config, np.asarray(prompt, np.float32)
    if prompt.ndim != 1 or not np.isfinite(prompt).all():
        raise InvalidValueError(f"expected a finite waveform of shape (N,), got {prompt.shape}")
    if not 0 < seconds <= LONGEST:
        raise InvalidValueError(f"seconds must lie above 0, up to {LONGEST:g}, got {seconds}")
    device = model.tokens.mean.device
    x = torch.tensor(prompt, device=device)
    tokens = _kept(model, codec, x, rules)
    known = tokens.shape[1]
    wanted = known + math.ceil(seconds * config.rate / config.hop - 1e-9)
    chances = torch.Generator().manual_seed(rules.seed)
    while tokens.shape[1] < wanted:
        seen = min(tokens.shape[1], config.frames // 2)
        count = min(wanted - tokens.shape[1], config.frames - seen)
        heard = x[len(x) - min(len(x), seen * config.hop) :]
        tokens = _one_pass(model, tokens, heard, count, rules, chances)
        x = codec.decode(tokens[None])[0]
    return Continued(x.cpu().numpy(), known * config.hop, tokens.cpu())


def _kept(model: AudioLM, codec: AcousticCodec, x: Tensor, rules: Sampling) -> Tensor:
    """Return the prompt's acoustic tokens; without the fine stage, those of the coarse books."""
    config = model.config
    books = config.coarse if "fine" in rules.without else config.books
    if len(x) == 0:
        return torch.zeros(books, 0, dtype=torch.int64, device=x.device)
    return acoustic_tokens(codec, x[None], books)[0]


def _one_pass(
    model: AudioLM,
    tokens: Tensor,
    heard: Tensor,
    count: int,
    rules: Sampling,
    chances: torch.Generator,
) -> Tensor:
    """Return the tokens (books, T) with ``count`` frames more; ``heard`` are the samples seen."""
    config = model.config
    seen = tokens[:, tokens.shape[1] - min(tokens.shape[1], config.frames // 2) :]
    semantic = torch.zeros(0, dtype=torch.int64, device=tokens.device)
    if "semantic" not in rules.without:
        semantic = semantic_tokens(model, heard, count * config.hop / config.rate, rules, chances)
    coarse = _coarse_tokens(model, semantic, seen, count, rules, chances)
    if "fine" in rules.without:
        return torch.cat([tokens, coarse], dim=1)
    both = torch.cat([seen[: config.coarse], coarse], dim=1)
    fine = fine_tokens(model, both, seen[config.coarse :], rules, chances)
    return torch.cat([tokens, torch.cat([coarse, fine[:, seen.shape[1] :]])], dim=1)


def semantic_tokens(
    model: AudioLM, heard: Tensor, seconds: float, rules: Sampling, chances: torch.Generator
) -> Tensor:
    """Return the semantic tokens of what is heard (N,), and those of so many seconds more.

    Their number follows from how many there are in a second on average. A few more are written than
    needed: the coarse stage has learned with some to spare.
    """
    known = torch.zeros(0, dtype=torch.int64, device=heard.device)
    if len(heard):
        known = collapse(model.tokens(heard[None])[0])[0]
    count = math.ceil(float(model.tokens.tempo) * (seconds + SPARE))
    due = [model.parts["semantic"].range_of(0)] * count
    new = _written(model, "semantic", semantic_row(model.config, known), due, rules, chances)
    low = due[0][0] if due else 0
    return torch.cat([known, new - low])


def _coarse_tokens(
    model: AudioLM,
    semantic: Tensor,
    seen: Tensor,
    count: int,
    rules: Sampling,
    chances: torch.Generator,
) -> Tensor:
    """Return ``count`` frames of coarse tokens (coarse, count) behind those that are seen."""
    config, part = model.config, model.parts["coarse"]
    due = [part.range_of(1 + i) for i in range(config.coarse)] * count
    row, _ = coarse_row(config, semantic, seen)
    new = part.whole(_written(model, "coarse", row, due, rules, chances))
    return config.vocabulary.unflatten(new, 1, config.coarse)


def fine_tokens(
    model: AudioLM, coarse: Tensor, fine: Tensor, rules: Sampling, chances: torch.Generator
) -> Tensor:
    """Return the fine tokens (books - coarse, T) of coarse ones (coarse, T).

    Window by window, each with up to half of it written before; the first ``fine.shape[1]`` frames
    are there already.
    """
    config, part = model.config, model.parts["fine"]
    total, size = coarse.shape[1], config.fine_frames
    books = range(1 + config.coarse, 1 + config.books)
    while (known := fine.shape[1]) < total:
        start = max(0, min(known - size // 2, total - size))
        stop = min(start + size, total)
        row, _ = fine_row(config, coarse[:, start:stop], fine[:, start:known])
        due = [part.range_of(book) for book in books] * (stop - known)
        new = part.whole(_written(model, "fine", row, due, rules, chances))
        fine = torch.cat([fine, config.vocabulary.unflatten(new, books[0], len(books))], dim=1)
    return fine


def _written(
    model: AudioLM,
    stage: str,
    row: Tensor,
    due: list[tuple[int, int]],
    rules: Sampling,
    chances: torch.Generator,
) -> Tensor:
    drawn = torch.rand(len(due), generator=chances, dtype=torch.float64)
    return write_on(getattr(model, stage), row, due, drawn, rules.temperature(stage), rules)
