"""Training the three stages of an AudioLM together, each on crops of its own.

Chapter: chapters/05-tokens/03-audiolm.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.audiolm_strings import Strings, strings_of
from aigc_edu.models.audiolm import AudioLM, AudioLMConfig, acoustic_tokens, collapse, fingerprint
from aigc_edu.models.audiolm.acoustic import open_codec
from aigc_edu.models.audiolm.sequences import batch_of, coarse_row, fine_row, semantic_row
from aigc_edu.models.hearing import load_hearing
from aigc_edu.models.recogniser import Recogniser
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.trainer import Trainer

BATCH_SIZE = 8  # crops for each stage
LEARNING_RATE = 1e-3
STRINGS = 200  # that are learned from
HELD = 24  # strings that weights are chosen by
HELD_SEED = 1_000_003
FITTED = 60  # strings that k-means hears
SPARE = 0.5  # seconds of semantic tokens at most behind a coarse crop's end
BARE = 0.1  # share of coarse crops without semantic tokens: the stage learns to do without
SHORTEST = 0.25  # of a window, of a crop


class Tokens(NamedTuple):
    """A string as tokens: acoustic ones (books, T), and semantic ones (S,) with repetitions."""

    acoustic: Tensor
    semantic: Tensor


def tokens_of(model: AudioLM, codec: Trained, clips: Iterable[np.ndarray]) -> list[Tokens]:
    """Return the tokens of waveforms of one length, on the CPU."""
    device, found, clips = model.tokens.mean.device, [], iter(clips)
    while some := list(islice(clips, 16)):
        x = torch.from_numpy(np.stack(some)).to(device)
        acoustic = acoustic_tokens(codec.model.to(device), x, model.config.books).cpu()
        found += [Tokens(*pair) for pair in zip(acoustic, model.tokens(x).cpu(), strict=True)]
    return found


def audiolm_batches(
    model: AudioLM, codec: Trained, clips: Iterable[np.ndarray], batch_size: int, seed: int
) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a function from a step to its batch: ids and targets (B, L) of each stage in turn.

    The strings become tokens when the first batch is asked for: by then a resumed run has the
    centres back that its semantic tokens are of. A step's batch depends on them, the seed and the
    step alone. Its crops are of one length, so that next to nothing of it is filling; the next
    step's are of another.
    """
    cached: list[Tokens] = []

    def batch(step: int) -> tuple[Tensor, ...]:
        if not cached:
            cached.extend(tokens_of(model, codec, clips))
        random = np.random.default_rng([seed, step])
        share = random.uniform(SHORTEST, 1.0)
        crops = Crops(model.config, model.tokens.frame_rate, cached, random, share)
        return crops.batch(batch_size)

    return batch


class Crops:
    """Rows of each stage, cut out of strings at random.

    Parameters
    ----------
    config
        Of the network.
    frame_rate
        Semantic tokens a second, repetitions counted.
    strings
        To cut from; they are as long as a window, at least.
    random
        Draws the places.
    share
        How much of a window each crop takes; by default another share each, from
        :data:`SHORTEST` to all of it.
    """

    def __init__(
        self,
        config: AudioLMConfig,
        frame_rate: float,
        strings: Sequence[Tokens],
        random: np.random.Generator,
        share: float | None = None,
    ) -> None:
        self.config, self.strings, self.random, self.share = config, strings, random, share
        self.per_frame = frame_rate * config.hop / config.rate  # semantic tokens of a frame

    def batch(self, size: int) -> tuple[Tensor, ...]:
        """Return ids and targets (size, L) of each stage in turn."""
        stages = (self.semantic, self.coarse, self.fine)
        pairs = [batch_of(*zip(*(crop() for _ in range(size)), strict=True)) for crop in stages]
        return tuple(part for pair in pairs for part in pair)

    def semantic(self) -> tuple[Tensor, int]:
        """Return a row of the semantic stage, and how much of it is given."""
        string, start, stop = self._place(self.config.frames)
        return semantic_row(self.config, self._said(string, start, stop)), 1

    def coarse(self) -> tuple[Tensor, int]:
        """Return a row of the coarse stage: now and then without semantic tokens."""
        string, start, stop = self._place(self.config.frames)
        spare = self.random.uniform(0, SPARE) * self.config.rate / self.config.hop
        said = self._said(string, start, stop + spare)
        if self.random.random() < BARE:
            said = said[:0]
        return coarse_row(self.config, said, string.acoustic[:, start:stop])

    def fine(self) -> tuple[Tensor, int]:
        """Return a row of the fine stage."""
        string, start, stop = self._place(self.config.fine_frames)
        books = string.acoustic[:, start:stop].split([self.config.coarse, self._fine_books])
        return fine_row(self.config, *books)

    @property
    def _fine_books(self) -> int:
        return self.config.books - self.config.coarse

    def _place(self, longest: int) -> tuple[Tokens, int, int]:
        """Return a string, and the first and the last frame of a crop from a quarter to a whole."""
        string = self.strings[int(self.random.integers(len(self.strings)))]
        longest = min(longest, string.acoustic.shape[1])
        share = self.share or self.random.uniform(SHORTEST, 1.0)
        length = max(1, round(share * longest))
        start = int(self.random.integers(string.acoustic.shape[1] - length + 1))
        return string, start, start + length

    def _said(self, string: Tokens, start: float, stop: float) -> Tensor:
        """Return the semantic tokens between two acoustic frames, without repetitions."""
        first, last = round(start * self.per_frame), round(stop * self.per_frame)
        return collapse(string.semantic[first : max(last, first + 1)])[0]


def audiolm_trainer(
    corpus: Corpus,
    codec: str | Path,
    features: str | Path = "chroma",
    config: AudioLMConfig | None = None,
    settings: TrainingSettings | None = None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    device: str = "auto",
    folder: str | Path | None = None,
    strings: int = STRINGS,
    vary: bool = False,
    validation: Corpus | None = None,
    processes: Processes | None = None,
) -> Trainer:
    """Prepare the training of an AudioLM.

    Parameters
    ----------
    corpus
        Digits or notes, at the codec's rate.
    codec
        Name or file of the codec.
    features
        Name or file of the recogniser whose features the semantic tokens are of, or ``"chroma"``.
    config
        Sizes, by default the tiny ones; what the codec and the features say is filled in. Of a
        codec with more books than ``config.books`` the first ones are used.
    settings, batch_size, seed, device, folder, processes
        See :class:`Trainer`.
    strings, vary
        How many strings to learn from; see :func:`strings_of`.
    validation
        Clips to validate with: the value is the sum of the three stages' bits per token.

    Raises
    ------
    InvalidValueError
        If corpus, codec and recogniser are of different rates.
    """
    where = pick_device(device)
    opened = open_codec(codec, str(where))
    hearing = None if features == "chroma" else heard_by(features)
    config = fitted(config or AudioLMConfig.tiny(), opened, hearing, corpus)
    seconds = 1.5 * config.window
    drawn = Strings(corpus, strings, seconds, seed, vary)
    clips = (string.samples for string in drawn)  # made when they become tokens
    named = {"name": str(codec), "fingerprint": fingerprint(opened.model)}
    described = {"kind": "audiolm", "config": asdict(config), "corpus": corpus.name}
    described |= {"clips": len(corpus), "rate": config.rate, "speakers": list(corpus.speakers)}
    described |= {"seed": seed, "batch_size": batch_size, "strings": strings, "vary": vary}
    fitted_to = [string.samples for string in islice(drawn, FITTED)]
    model = begun(config, hearing, fitted_to, seed).to(where)
    return Trainer(
        model,
        AudioLM.loss,
        audiolm_batches(model, opened, clips, batch_size, seed),
        settings or TrainingSettings(),
        device=where,
        folder=folder,
        description=described | {"codec": named, "features": str(features)},
        validate=_validation(opened, validation, seconds),
        processes=processes,
    )


def begun(
    config: AudioLMConfig, hearing: Recogniser | None, clips: Sequence[np.ndarray], seed: int
) -> AudioLM:
    """Return the network before its training: semantic tokens are there, the stages know nothing.

    Parameters
    ----------
    config
        The hyper-parameters.
    hearing
        The recogniser whose weights become part of it, or None for chroma.
    clips
        Strings (N,), which k-means hears.
    seed
        Of the weights and of k-means.
    """
    seed_everything(seed)
    model = AudioLM(config)
    if hearing is not None:
        model.tokens.network.load_state_dict(hearing.state_dict())
    model.tokens.fit(clips, seed)
    return model


def heard_by(name: str | Path) -> Recogniser:
    """Load the recogniser whose features semantic tokens are of; InvalidValueError for others."""
    model = load_hearing(name).model
    if not isinstance(model, Recogniser):
        raise InvalidValueError(f"{name} is no recogniser: it has no features of each moment")
    return model


def fitted(
    config: AudioLMConfig, codec: Trained, hearing: Recogniser | None, corpus: Corpus
) -> AudioLMConfig:
    """Return the configuration with what codec and features say; InvalidValueError if at odds."""
    heard = None if hearing is None else hearing.config
    made = codec.model
    for name, rate in (("corpus", corpus.rate), ("recogniser", heard and heard.rate)):
        if rate not in (None, made.rate):
            raise InvalidValueError(
                f"the codec is of {made.rate} Hz and the {name} of {rate} Hz; choose what fits"
            )
    told = {"rate": made.rate, "hop": made.hop, "entries": made.entries}
    return replace(config, hearing=heard, books=min(config.books, made.books), **told)


def _validation(
    codec: Trained, held: Corpus | None, seconds: float
) -> Callable[[AudioLM], float] | None:
    if held is None:
        return None
    clips = [s.samples for s in strings_of(held, HELD, seconds, HELD_SEED)]
    return lambda model: sum(bits_of(model, codec, clips).values())


def bits_of(model: AudioLM, codec: Trained, clips: Sequence[np.ndarray]) -> dict[str, float]:
    """Return the bits of a token in each stage, on crops of waveforms of one length.

    The crops are always the same ones, one for each waveform and stage, of all lengths.
    """
    device, random = model.tokens.mean.device, np.random.default_rng(HELD_SEED)
    tokens = tokens_of(model, codec, clips)
    batch = Crops(model.config, model.tokens.frame_rate, tokens, random).batch(len(clips))
    return model.bits(*(part.to(device) for part in batch))
