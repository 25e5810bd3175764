"""From clips to what a WaveNet hears: codes, conditions, and what a checkpoint says of them.

Chapter: chapters/03-autoregressive/02-wavenet-training.ipynb

A clip becomes a sequence of mu-law codes: one code of silence to start from, the clip at a common
level, and a tail of silence. The tail teaches the network to end; the start gives the first sample
something to follow; the level, which differs by 30 dB between takes of FSDD, is nothing that the
network should spend its weights on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.corpora import Corpus
from aigc_edu.dsp import mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet.network import IGNORED
from aigc_edu.models.wavenet.word_clock import (
    clock_of,
    fit_word_clock,
    pad_positions,
    positions_of,
)

SILENCE = 128  # the code of x = 0
RATE = 8000  # Hz
TAIL = 480  # samples of silence behind each clip at 8 kHz, 60 ms
PEAK = 0.7  # of every clip, as the network hears it
LONGEST = 8000  # samples of a clip that are used at 8 kHz, one second


def encode_clips(corpus: Corpus, floor: float = 0.0) -> list[Tensor]:
    """Return each clip's codes, int64 of shape (1 + N + TAIL,); see the module's text.

    ``floor`` is the deviation of the noise that is added to all but the start. A synthesiser's
    silence is exactly zero, and a network that generates a little of it stays in it: with noise
    as in a recording, the time before a word and the time after it are not dead.
    """
    rate = corpus.rate
    return [encode_clip(clip.samples, floor, seed, rate) for seed, clip in enumerate(corpus)]


def encode_clip(x: np.ndarray, floor: float = 0.0, seed: Any = 0, rate: int = RATE) -> Tensor:
    """Return the codes of one clip's samples (N,) at ``rate`` Hz: see :func:`encode_clips`."""
    scale = PEAK / max(float(np.abs(x).max()), 1e-3)  # a clip without sound stays without
    longest, tail = at_rate(LONGEST, rate), at_rate(TAIL, rate)
    whole = np.pad(scale * x[: longest - tail], (0, tail))
    whole = whole + floor * np.random.default_rng(seed).standard_normal(len(whole))
    return torch.from_numpy(mu_law_encode(np.pad(whole, (1, 0))))


def at_rate(count: int, rate: int) -> int:
    """Return how many samples at ``rate`` Hz last as long as ``count`` at :data:`RATE`."""
    return round(count * rate / RATE)


def conditions_of(corpus: Corpus, speakers: Sequence[str]) -> Tensor:
    """Return (label, index of the speaker) of each clip, int64 of shape (clips, 2).

    Raises
    ------
    InvalidValueError
        If a clip's speaker is none of ``speakers``.
    """
    unknown = sorted({clip.speaker for clip in corpus} - set(speakers))
    if unknown:
        raise InvalidValueError(f"the model does not know these speakers: {', '.join(unknown)}")
    rows = [(clip.label, list(speakers).index(clip.speaker)) for clip in corpus]
    return torch.tensor(rows, dtype=torch.long)


def told_of(description: dict[str, Any], corpus: Corpus) -> tuple[Tensor, Tensor | None]:
    """Return what a network is told of clips: its arguments ``condition`` and ``local``.

    Parameters
    ----------
    description
        Of the network; the clips' speakers must be among its speakers.
    corpus
        B clips.

    Returns
    -------
    tuple
        Conditions, int64 (B, 2). Positions, int64 (B, F), for a network with a clock of the word,
        up to the end of the longest clip's tail; None for another.
    """
    clock, conditions = clock_of(description), conditions_of(corpus, description["speakers"])
    if clock is None:
        return conditions, None
    longest = max(min(len(clip.samples), LONGEST - TAIL) for clip in corpus)
    rows = positions_of(corpus, clock, LONGEST - TAIL)
    return conditions, pad_positions(rows, longest + TAIL)


def pad_codes(clips: Sequence[Tensor]) -> Tensor:
    """Stack code sequences of different lengths, (B, longest), padded with :data:`IGNORED`."""
    return torch.nn.utils.rnn.pad_sequence(clips, batch_first=True, padding_value=IGNORED)


def typical_seconds(corpus: Corpus) -> list[float]:
    """Return for each label the duration that three of four of its clips stay within.

    A clock that counts time has not learned what comes after the ends of its training clips; what
    the network says there is a second word or a piece of one. :func:`synthesise` ends a clip at
    this time.
    """
    durations: dict[int, list[float]] = {}
    for clip in corpus:
        durations.setdefault(clip.label, []).append(clip.duration)
    longest = LONGEST / RATE
    return [
        round(float(np.quantile(durations[label], 0.75, method="higher")), 3)
        if label in durations
        else longest
        for label in range(len(corpus.labels))
    ]


def describe_wavenet(
    config: Any, corpus: Corpus, speakers: Sequence[str], kind: str = "wavenet"
) -> dict[str, Any]:
    """Return what a checkpoint says of a WaveNet, so that it can be rebuilt and used.

    So it is for another model of codes: ``config`` is its dataclass, ``kind`` what it is.
    """
    described = {
        "kind": kind,
        "config": asdict(config),
        "corpus": corpus.name,
        "clips": len(corpus),
        "rate": corpus.rate,
        "labels": list(corpus.labels),
        "speakers": list(speakers),
    }
    if config.clock == "word":
        return described | {"words": fit_word_clock(corpus, speakers, LONGEST - TAIL).described()}
    return described | {"seconds": typical_seconds(corpus)}
