"""Where in its word a clip is, frame by frame: the positions that a clock of the word shows.

Chapter: chapters/03-autoregressive/01-wavenet-structure.ipynb

A word is cut into a fixed number of states, as in the recognisers of the nineties: each state is
a stretch of the word that sounds alike in all clips of it, and a clip passes through them from left
to right, staying in each as long as the speaker does. A clip's durations are found by a best path
(:func:`align`), the states' sounds are the means over what they were given, and the two are
repeated a few times: *segmental k-means*.

References
----------
- Rabiner et al. 1986, "A segmental k-means training procedure for connected word recognition",
  AT&T Technical Journal 65 (3).
- Hirsch and Pearce 2000, "The AURORA experimental framework": 16 states for each digit.

Symbols: N samples, F frames of HOP samples, D mel bands, K states of a word, the last position
K being that of all that follows the word.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.corpora import Corpus
from aigc_edu.dsp import mel_spectrogram, to_db
from aigc_edu.errors import InvalidValueError

STATES = 16  # of a word; their number is also the position of what follows it
HOP = 80  # samples of a frame, 10 ms at 8 kHz
WINDOW, BANDS = 256, 20  # of the mel spectrum that the states are told apart by
ROUNDS = 8  # of best paths and means
GRAIN = 100  # the means are kept as whole numbers of so small a part
TRACKS = 4  # of each word and speaker
RANGE_DB = 50.0  # what is so far below a clip's loudest band is silence


def word_frames(x: np.ndarray, rate: int) -> np.ndarray:
    """Return what each frame of a clip (N,) sounds like, (F, D), F = ceil(N / HOP).

    Mel bands in dB below the clip's loudest, and their mean once more, so that the loudness of a
    frame weighs as much as its colour; loudness and channel of the recording are taken out.
    """
    count = max(1, -(-len(x) // HOP))
    level = to_db(mel_spectrogram(np.asarray(x, float), rate, WINDOW, HOP, BANDS), -140.0)
    level = level.T[:count]  # (F, BANDS)
    level = np.maximum(level, level.max() - RANGE_DB) - level.max()
    loudness = level.mean(axis=1, keepdims=True)
    return np.hstack([level - level.mean(axis=0), 4 * loudness]) / 10


def align(costs: np.ndarray) -> np.ndarray:
    """Return the state of each frame on the cheapest path from the first state to the last.

    From frame to frame a path stays in its state or goes on to the next (Viterbi 1967).

    Parameters
    ----------
    costs
        Shape (F, K), F >= K: what it costs that frame f is in state k.

    Returns
    -------
    ndarray
        int64, shape (F,), from 0 to K - 1 without a gap.
    """
    frames, states = costs.shape
    if frames < states:
        raise InvalidValueError(f"{frames} frames cannot pass through {states} states")
    best = np.full(states, np.inf)
    best[0] = costs[0, 0]
    moved = np.zeros((frames, states), bool)
    for f in range(1, frames):
        before = np.append(np.inf, best[:-1])
        moved[f] = before < best
        best = np.where(moved[f], before, best) + costs[f]
    path = np.empty(frames, np.int64)
    state = states - 1
    for f in range(frames - 1, -1, -1):
        path[f] = state
        state -= int(moved[f, state])
    return path


def evenly_spread(frames: int, states: int = STATES) -> np.ndarray:
    """Return the state of each of F frames if all states lasted equally long, int64 (F,)."""
    return (2 * np.arange(frames) + 1) * states // (2 * frames)


@dataclass(frozen=True)
class WordClock:
    """The states of each word, and how long typical clips stay in them.

    Attributes
    ----------
    means
        What each state sounds like, int64 in 1 / GRAIN of :func:`word_frames`, (words, K, D).
    precision
        One over the variance around the means, in the same unit, (D,).
    tracks
        For each word and speaker, the durations of the states in a few training clips, frames:
        ``tracks[word][speaker][i]`` is a list of K. What is to be generated follows one of them.
    """

    means: np.ndarray
    precision: np.ndarray
    tracks: list[list[list[list[int]]]]

    def positions(self, x: np.ndarray, rate: int, word: int) -> np.ndarray:
        """Return the state of each frame of a clip (N,) of a word, int64 (F,), F = ceil(N / HOP).

        A clip with fewer frames than states hurries through them evenly.
        """
        return self.path(word_frames(x, rate), word)[0]

    def path(self, sound: np.ndarray, word: int) -> tuple[np.ndarray, float]:
        """Return the states of frames (F, D), and what the path costs on the mean of its frames."""
        costs = ((sound[:, None] - self.means[word] / GRAIN) ** 2 * self.precision).sum(axis=2)
        states = align(costs) if len(sound) >= STATES else evenly_spread(len(sound))
        return states, float(costs[np.arange(len(sound)), states].mean())

    def track(self, word: int, speaker: int, seed: int) -> np.ndarray:
        """Return one of the tracks, chosen by a seed, as positions: int64 (F,).

        A voice without a track (of few clips none may be of middle length) borrows the others'.
        """
        of_word = self.tracks[word]
        choice = of_word[speaker] or [track for voice in of_word for track in voice]
        return np.repeat(np.arange(STATES), choice[seed % len(choice)])

    def described(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        precision = [round(float(p), 4) for p in self.precision]
        return {"means": self.means.tolist(), "precision": precision, "tracks": self.tracks}

    @classmethod
    def from_description(cls, described: dict[str, Any]) -> WordClock:
        """Return what :meth:`described` told."""
        means, precision = np.array(described["means"]), np.array(described["precision"])
        return cls(means, precision, described["tracks"])


def fit_word_clock(corpus: Corpus, speakers: Sequence[str], longest: int) -> WordClock:
    """Fit the states of every label of a corpus, and choose tracks for each of the speakers.

    ``longest`` is the number of samples of a clip that are used at most.
    """
    sounds = [word_frames(clip.samples[:longest], corpus.rate) for clip in corpus]
    labels = np.array([clip.label for clip in corpus])
    paths = [evenly_spread(len(sound)) for sound in sounds]
    for _ in range(ROUNDS):
        clock = _means(sounds, paths, labels, len(corpus.labels))
        found = [clock.path(s, word) for s, word in zip(sounds, labels, strict=True)]
        paths = [path for path, _ in found]
    costs = np.array([cost for _, cost in found])
    voices = np.array([list(speakers).index(clip.speaker) for clip in corpus])
    tracks = [
        [_tracks(paths, costs, labels == word, voices == i) for i in range(len(speakers))]
        for word in range(len(corpus.labels))
    ]
    return replace(clock, tracks=tracks)


def _means(
    sounds: Sequence[np.ndarray], paths: Sequence[np.ndarray], labels: np.ndarray, count: int
) -> WordClock:
    """Return each state's mean over the frames that it was given, and the pooled precision."""
    frames, states = np.concatenate(sounds), np.concatenate(paths)
    words = np.repeat(labels, [len(path) for path in paths])
    sums = np.zeros((count, STATES, frames.shape[1]))
    counts = np.zeros((*sums.shape[:2], 1))
    np.add.at(sums, (words, states), frames)
    np.add.at(counts, (words, states), 1)
    means = sums / np.maximum(counts, 1)
    variance = ((frames - means[words, states]) ** 2).mean(axis=0)
    return WordClock(
        np.rint(means * GRAIN).astype(np.int64), np.round(1 / (variance + 1e-3), 4), []
    )


def _tracks(
    paths: Sequence[np.ndarray], costs: np.ndarray, of_word: np.ndarray, by_voice: np.ndarray
) -> list[list[int]]:
    """Return durations of clips that are neither short nor long, and most like the states.

    A voice that has no clip of the word borrows the others' tracks, and a word without any clip
    those of all words.
    """
    mine = next(np.flatnonzero(m) for m in (of_word & by_voice, of_word, costs >= 0) if m.any())
    lengths = np.array([len(paths[i]) for i in mine])
    low, high = np.quantile(lengths, [0.25, 0.75])
    middle = mine[(lengths >= low) & (lengths <= high)]
    chosen = middle[np.argsort(costs[middle], kind="stable")][:TRACKS]
    return [np.bincount(paths[i], minlength=STATES).tolist() for i in chosen]


def clock_of(description: dict[str, Any]) -> WordClock | None:
    """Return the clock that a checkpoint's description tells of, None for a network without."""
    words = description.get("words")
    return WordClock.from_description(words) if words else None


def positions_to_follow(
    description: dict[str, Any], condition: Tensor, seed: int
) -> list[np.ndarray]:
    """Return a track for each row (word, speaker) of ``condition`` (B, 2): int64 (F,) each.

    Of each word and speaker the first is chosen by the seed, and then they take turns. Empty for a
    network that has no clock of the word.
    """
    clock = clock_of(description)
    if clock is None:
        return []
    turns: dict[tuple[int, int], int] = {}
    tracks = []
    for word, speaker in condition.tolist():
        turn = turns[word, speaker] = turns.get((word, speaker), seed - 1) + 1
        tracks.append(clock.track(word, speaker, turn))
    return tracks


def positions_of(corpus: Corpus, clock: WordClock, longest: int) -> list[np.ndarray]:
    """Return the positions of each clip's frames, int64 (F,), up to its sample ``longest``."""
    return [clock.positions(clip.samples[:longest], corpus.rate, clip.label) for clip in corpus]


def at_speed(positions: np.ndarray, speed: float) -> np.ndarray:
    """Return the positions of a clip that is played ``speed`` times as fast, int64 (F / speed,)."""
    frames = math.ceil(len(positions) / speed)
    places = ((np.arange(frames) + 0.5) * speed).astype(np.int64)
    return positions[np.minimum(places, len(positions) - 1)]


def pad_positions(rows: Sequence[np.ndarray], length: int) -> Tensor:
    """Stack rows of positions for ``length`` samples, int64 (B, F), F = ceil(length / HOP).

    Behind the end of a row stands the position of what follows the word.
    """
    frames = -(-length // HOP)
    out = torch.full((len(rows), frames), STATES)
    for row, positions in zip(out, rows, strict=True):
        row[: len(positions)] = torch.from_numpy(positions[:frames])
    return out
