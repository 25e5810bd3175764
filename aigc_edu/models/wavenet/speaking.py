"""Making a trained WaveNet speak, and cutting what it says where the word ends.

Chapter: chapters/03-autoregressive/04-wavenet-generation.ipynb
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained, load_model, shipped_checkpoints
from aigc_edu.corpora import Corpus
from aigc_edu.corpora.choosing import by_known_voices, generation_split
from aigc_edu.dsp import mu_law_decode
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet.clips import SILENCE, TAIL, at_rate
from aigc_edu.models.wavenet.config import WaveNetConfig
from aigc_edu.models.wavenet.network import WaveNet
from aigc_edu.models.wavenet.word_clock import HOP, pad_positions, positions_to_follow


def synthesise(
    trained: Trained,
    label: int | Sequence[int],
    count: int = 1,
    seed: int = 0,
    *,
    temperature: float | None = None,
    speaker: str | None = None,
    seconds: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
) -> list[np.ndarray]:
    """Let a WaveNet, or another model of codes, speak.

    Parameters
    ----------
    trained
        From :func:`load_wavenet`, or any other model of codes with its description.
    label
        The digit to say, or a sequence of ``count`` digits.
    count
        Number of clips; they are drawn together.
    seed
        Equal seeds give equal clips on the same machine.
    temperature
        See :meth:`WaveNet.generate`; by default what the checkpoint recommends, else 1.
    speaker
        Whose voice; by default the speakers take turns, starting with one that the seed picks.
    seconds
        Longest duration; a clip ends earlier where the model falls silent, or at the time at
        which most of the digit's training clips have ended (:func:`typical_seconds`). With a
        clock of the word, it ends where the track ends that it follows.
    top_k, top_p
        See :meth:`WaveNet.generate`.

    Returns
    -------
    list of ndarray
        ``count`` float32 waveforms of shape (N,), at ``description["rate"]`` Hz.
    """
    if count < 1 or not 0 < seconds < math.inf:
        raise InvalidValueError("count must be at least 1 and seconds a number above 0")
    model, description = trained
    condition = _asked_for(description, label, count, seed, speaker)
    device = next(model.parameters()).device
    if temperature is None:
        temperature = description.get("temperature", 1.0)
    generator = torch.Generator().manual_seed(seed)
    start = torch.full((count, 1), SILENCE)
    tracks = positions_to_follow(description, condition, seed)
    length = _longest(description, condition, seconds, tracks)
    local = pad_positions(tracks, length).to(device) if tracks else None
    sampling = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "local": local}
    codes = model.generate(
        start.to(device), length, condition.to(device), generator=generator, **sampling
    )
    if tracks:  # a clip ends with its track
        return [_wave(row[: HOP * len(t)]) for row, t in zip(codes, tracks, strict=True)]
    return [
        _clip(row, int(digit), description)
        for row, digit in zip(codes, condition[:, 0], strict=True)
    ]


def _longest(
    description: dict[str, Any], condition: Tensor, seconds: float, tracks: list[np.ndarray]
) -> int:
    """Return how many samples to draw: nobody hears what lies behind the longest of the words."""
    if ends := description.get("seconds"):
        seconds = min(seconds, max(ends[digit] for digit in condition[:, 0].tolist()))
    length = max(1, round(seconds * description["rate"]))
    return min(length, HOP * max(map(len, tracks))) if tracks else length


def _clip(codes: Tensor, label: int, description: dict[str, Any]) -> np.ndarray:
    """Turn generated codes (T,) into a waveform that ends where the word does."""
    if "seconds" in description:
        codes = codes[: round(description["seconds"][label] * description["rate"])]
    threshold = max(1e-4, 4 * description.get("floor", 0.0))
    run = at_rate(TAIL, description["rate"])
    return cut_tail(_wave(codes), run, threshold)


def _wave(codes: Tensor) -> np.ndarray:
    return mu_law_decode(codes.numpy()).astype(np.float32)


def _asked_for(
    description: dict[str, Any],
    label: int | Sequence[int],
    count: int,
    seed: int,
    speaker: str | None,
) -> Tensor:
    """Return the conditions (count, 2) for a digit or digits and a speaker."""
    labels, speakers = description["labels"], description["speakers"]
    wanted = [label] * count if np.isscalar(label) else list(label)
    if len(wanted) != count:
        raise InvalidValueError(f"expected {count} labels, got {len(wanted)}")
    if any(not 0 <= digit < len(labels) for digit in wanted):
        raise InvalidValueError(f"label must be between 0 and {len(labels) - 1}, got {label}")
    if speaker is not None and speaker not in speakers:
        raise InvalidValueError(f"no speaker {speaker!r}; there are: {', '.join(speakers)}")
    first = seed if speaker is None else speakers.index(speaker)
    step = 1 if speaker is None else 0
    voices = [(first + step * i) % len(speakers) for i in range(count)]
    return torch.tensor(list(zip(wanted, voices, strict=True)))


def cut_tail(x: np.ndarray, run: int = TAIL, threshold: float = 1e-4) -> np.ndarray:
    """Cut a waveform (N,) at the first ``run`` samples in a row below ``threshold``.

    A silence at the very beginning does not count as an end: the clip has not begun there. At
    least one sample is kept.
    """
    loud = np.flatnonzero(np.abs(x) > threshold)
    if len(loud) == 0:
        return x[:1]
    gaps = np.diff(np.append(loud, len(x)))
    ends = np.flatnonzero(gaps > run)
    return x[: loud[ends[0]] + 1] if len(ends) else x


def load_wavenet(name: str | Path = "wavenet-fsdd", device: str = "cpu") -> Trained:
    """Load a WaveNet from a file or from the checkpoints that ship with the course.

    The model is in evaluation mode; the description holds rate, labels and speakers.
    """
    return load_model(name, "wavenet", wavenet_from_config, device)


class Shipped(NamedTuple):
    """A shipped WaveNet, the corpus whose voices it has learned, its name, and the voices.

    Of the network's speakers, ``voices`` has those that the corpus holds with every word to learn
    from. Whoever also has clips to judge by comes first, so that the first one always has.
    """

    trained: Trained
    corpus: Corpus
    name: str
    voices: tuple[str, ...]


def shipped_for(corpus: Corpus) -> Shipped:
    """Return the shipped WaveNet that knows voices of a corpus, and the corpus.

    Where none does, as for Speech Commands, a line is printed, and it is the built-in digits and
    their network that are returned. A part of a corpus is enough: one voice of the network's, with
    every word in :func:`generation_split`'s training part and any clip in its test part.
    """
    name = f"wavenet-{corpus.name}"
    if name in shipped_checkpoints():
        trained = load_wavenet(name)
        if voices := _voices_there(corpus, trained.description["speakers"]):
            return Shipped(trained, corpus, name, voices)
    print(f"No shipped network knows all digits by the voices that {corpus.name!r} has here:")
    print("wavenet-digits and the built-in digits stand in.")
    trained, digits = load_wavenet("wavenet-digits"), corpora.load("digits")
    voices = _voices_there(digits, trained.description["speakers"])
    return Shipped(trained, digits, "wavenet-digits", voices)


def _voices_there(corpus: Corpus, speakers: Sequence[str]) -> tuple[str, ...]:
    split, words = generation_split(corpus), set(range(len(corpus.labels)))
    said = {v: {c.label for c in by_known_voices(split.train, [v])} for v in speakers}
    whole = [voice for voice in speakers if said[voice] == words]
    order = sorted(whole, key=lambda voice: voice not in split.test.speakers)
    return tuple(order) if order and order[0] in split.test.speakers else ()


def wavenet_from_config(config: dict[str, Any]) -> WaveNet:
    """Make the network that a checkpoint's description names; JSON has made lists of its tuples."""
    return WaveNet(WaveNetConfig(**{**config, "conditions": tuple(config["conditions"])}))
