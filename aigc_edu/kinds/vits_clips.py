"""What a VITS learns from: clips as symbols and whole frames, in batches of similar length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from aigc_edu.corpora import Clip, Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.vits import VITSConfig, input_of, whole_frames
from aigc_edu.text import BLANK, Match, match_spoken, with_blanks
from aigc_edu.training.batches import shuffled_batches


@dataclass(frozen=True, eq=False)
class Prepared:
    """A clip as the network gets it.

    Attributes
    ----------
    clip
        The clip.
    match
        Its symbols, without blanks, and where each comes from.
    symbols
        What the network is given, int64 (N,).
    frames
        T, at least N and at least those of a segment.
    """

    clip: Clip
    match: Match
    symbols: Tensor
    frames: int

    def samples(self, hop: int) -> np.ndarray:
        """Return the waveform with zeros at its end, float32 (T hop,)."""
        x = whole_frames(self.clip.samples, hop)
        return np.pad(x, (0, self.frames * hop - len(x)))


def prepare_clips(corpus: Corpus, config: VITSConfig) -> list[Prepared]:
    """Return the clips whose text can be aligned with their sound; the others are left out.

    Raises
    ------
    InvalidValueError
        If the clips have no text, are of another rate or of several speakers, a text cannot be
        read, or none can be aligned.
    """
    if corpus.rate != config.rate:
        raise InvalidValueError(f"load the corpus at {config.rate} Hz, got {corpus.rate} Hz")
    if not all(clip.text for clip in corpus):
        raise InvalidValueError(
            f"the clips of {corpus.name} have no text, which this model learns to read; choose "
            "sentences or ljspeech"
        )
    if len(corpus.speakers) > 1:
        raise InvalidValueError(
            f"{corpus.name} has {len(corpus.speakers)} speakers, and this model has one voice; "
            "choose sentences or ljspeech"
        )
    prepared = [prepare_clip(clip, config) for clip in corpus]
    fitting = [one for one in prepared if len(one.symbols) <= one.frames]
    if not fitting:
        raise InvalidValueError(
            f"in none of the {len(corpus)} clips of {corpus.name} are there as many frames as "
            "symbols of the text"
        )
    return fitting


def prepare_clip(clip: Clip, config: VITSConfig) -> Prepared:
    """Return a clip as symbols and a number of frames; InvalidValueError that names it if none."""
    try:
        match = match_spoken(clip.text, [phoneme.symbol for phoneme in clip.phonemes])
    except InvalidValueError as error:
        raise InvalidValueError(f"clip {clip.key}: {error}") from error
    frames = -(-len(clip.samples) // config.hop)
    symbols = input_of(match.symbols, config)
    return Prepared(clip, match, symbols, max(frames, config.segment))


def vits_batches(
    prepared: Sequence[Prepared],
    config: VITSConfig,
    batch_size: int,
    seed: int,
    critics_after: int = 0,
    settle: int = 0,
    guesses: Sequence[Tensor] | None = None,
) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a function from a step to its batch.

    It holds symbols (B, N) and their numbers (B,), waveforms (B, T hop) and their numbers of frames
    (B,), the first frame of the segment that is decoded (B,), whether the critics take part (B,), 1
    from step ``critics_after`` on, the weight of the divergence (B,), which rises evenly to 1
    over ``settle`` steps, and guessed durations (B, N), zeros without ``guesses`` of (N,) each. A
    step's batch depends on the seed and the step alone.
    """
    guesses = guesses or [torch.zeros_like(one.symbols) for one in prepared]
    pick = shuffled_batches([one.frames for one in prepared], batch_size, seed)

    def batch(step: int) -> tuple[Tensor, ...]:
        random = np.random.default_rng([seed, step])
        chosen = list(pick(step))
        rows = [prepared[i] for i in chosen]
        starts = [int(random.integers(0, row.frames - config.segment + 1)) for row in rows]
        active = torch.full((len(rows),), float(step >= critics_after))
        weight = torch.full((len(rows),), min(1.0, (step + 1) / max(1, settle)))
        guess = pad_sequence([guesses[i] for i in chosen], batch_first=True)
        return *padded(rows, config), torch.tensor(starts), active, weight, guess

    return batch


def padded(rows: Sequence[Prepared], config: VITSConfig) -> tuple[Tensor, ...]:
    """Return symbols (B, N), lengths (B,), waveforms (B, T hop) and frames (B,) of clips."""
    symbols = [row.symbols for row in rows]
    waves = [torch.from_numpy(row.samples(config.hop)) for row in rows]
    return (
        pad_sequence(symbols, batch_first=True),
        torch.tensor([len(row) for row in symbols]),
        pad_sequence(waves, batch_first=True),
        torch.tensor([row.frames for row in rows]),
    )


def true_places(one: Prepared, hop: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which of a clip's own symbols have a known place, and where they end, in frames.

    Returns
    -------
    numbers
        Places in ``one.match.symbols``, int64 (n,); a symbol that shares its phoneme with others
        has no border of its own, and is left out, but for the last.
    ends
        Where each ends, float64 (n,).
    """
    sources = one.match.sources
    known = [
        i
        for i, source in enumerate(sources)
        if source >= 0 and source not in sources[i + 1 : i + 4]
    ]
    stops = [one.clip.phonemes[sources[i]].stop / hop for i in known]
    return np.array(known, np.int64), np.array(stops)


def found_places(durations: np.ndarray, one: Prepared, config: VITSConfig) -> np.ndarray:
    """Return where each of a clip's own symbols ends by an alignment, in frames: float64 (n,).

    The time of a blank, or of a space or a mark that the voice has made no pause of, belongs half
    to the symbol before and half to the one after it.

    Parameters
    ----------
    durations
        Frames of each symbol that the network was given, blanks included, (N,).
    one
        The clip.
    config
        Of the network.
    """
    ends = np.cumsum(durations).astype(float)
    inputs = with_blanks(one.match.symbols) if config.blanks else list(one.match.symbols)
    own = np.flatnonzero([symbol != BLANK for symbol in inputs])
    after = np.array([*own[1:], len(inputs)])  # the next of its own symbols
    silent = np.array([source < 0 for source in one.match.sources])
    stop = (ends[own] + ends[after - 1]) / 2  # half of the blanks behind it
    for i in np.flatnonzero(silent):  # its end and its start meet in its middle
        middle = (ends[own[i]] + (ends[own[i] - 1] if own[i] else 0.0)) / 2
        stop[i] = middle
        if i:
            stop[i - 1] = middle
    return stop


def share_aligned(found: np.ndarray, true: np.ndarray, hop: int, rate: int) -> float:
    """Return the share of borders that are within 50 ms, of two rows in frames."""
    return float(np.mean(np.abs(found - true) * hop / rate <= 0.05)) if len(true) else float("nan")
