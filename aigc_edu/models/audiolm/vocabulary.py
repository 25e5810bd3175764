"""One flat vocabulary for all streams of tokens, and sequences in it and back.

Chapter: chapters/05-tokens/03-audiolm.ipynb

Stream 0 are the semantic tokens, streams 1, 2, ... the codec's books. Each gets a range of ids of
its own behind the one before it, so that no two tokens share an id; id 0 is :data:`START`, after
which a stream begins (Borsos et al. 2022, section III; SoundStream's books are flattened
time by time there, too).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError

START = 0  # the id that says: here a stream begins


@dataclass(frozen=True)
class Vocabulary:
    """The ids of several streams of codes.

    Attributes
    ----------
    sizes
        How many codes each stream has, from 0 on.
    """

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 1:
            raise InvalidValueError(f"each stream has a code at least, got the sizes {self.sizes}")

    def __len__(self) -> int:
        """Return the number of ids, :data:`START` among them."""
        return 1 + sum(self.sizes)

    def range_of(self, stream: int) -> tuple[int, int]:
        """Return a stream's lowest id, and the one behind its highest."""
        if not 0 <= stream < len(self.sizes):
            raise InvalidValueError(f"streams go from 0 to {len(self.sizes) - 1}, got {stream}")
        ends = list(accumulate(self.sizes, initial=1))
        return ends[stream], ends[stream + 1]

    def ids(self, codes: Tensor, stream: int) -> Tensor:
        """Return the ids of a stream's codes, any shape.

        Raises
        ------
        InvalidValueError
            If there is no such stream, or a code is not one of its.
        """
        low, high = self.range_of(stream)
        if codes.dtype != torch.int64:
            raise InvalidValueError(f"codes are of the type int64, got {codes.dtype}")
        if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < high - low:
            raise InvalidValueError(f"codes of stream {stream} lie in 0 ... {high - low - 1}")
        return codes + low

    def codes(self, ids: Tensor, stream: int) -> Tensor:
        """Return the codes behind ids of a stream; InvalidValueError if one is not its."""
        low, high = self.range_of(stream)
        if ids.numel() and not low <= int(ids.min()) <= int(ids.max()) < high:
            raise InvalidValueError(f"ids of stream {stream} lie in {low} ... {high - 1}")
        return ids - low

    def flatten(self, codes: Tensor, first: int) -> Tensor:
        """Put streams into one row, time by time.

        Parameters
        ----------
        codes
            int64, shape (S, T): S streams that follow each other.
        first
            The number of the first of them.

        Returns
        -------
        Tensor
            ids, shape (T * S,): those of the first time, then of the second ...
        """
        if codes.dim() != 2:
            raise InvalidValueError(f"expected codes of shape (S, T), got {tuple(codes.shape)}")
        rows = [self.ids(row, first + i) for i, row in enumerate(codes)]
        return torch.stack(rows).T.reshape(-1)

    def unflatten(self, ids: Tensor, first: int, count: int) -> Tensor:
        """Undo :meth:`flatten`: from ids (T * S,) of ``count`` = S streams to codes (S, T).

        Raises
        ------
        InvalidValueError
            If the row ends within a time, or an id stands in the place of another stream.
        """
        if ids.dim() != 1 or count < 1 or len(ids) % count:
            raise InvalidValueError(f"{tuple(ids.shape)} ids are no whole times of {count} streams")
        rows = ids.view(-1, count).T
        return torch.stack([self.codes(row, first + i) for i, row in enumerate(rows)])


@dataclass(frozen=True)
class Part:
    """Streams of a vocabulary that follow each other, with ids of their own from 1 on.

    A Transformer that knows two streams of seven needs no rows for the others.

    Attributes
    ----------
    vocabulary
        The whole one.
    first, count
        The first of the streams, and how many they are.
    """

    vocabulary: Vocabulary
    first: int
    count: int

    def __len__(self) -> int:
        """Return the number of ids, :data:`START` among them."""
        return 1 + sum(self.vocabulary.sizes[self.first : self.first + self.count])

    def local(self, ids: Tensor) -> Tensor:
        """Return the part's own ids of the vocabulary's; START stays START.

        Raises
        ------
        InvalidValueError
            If one belongs to another stream.
        """
        low = self.vocabulary.range_of(self.first)[0]
        inside = (ids >= low) & (ids < low + len(self) - 1)
        if not bool((inside | (ids == START)).all()):
            raise InvalidValueError("there are ids of other streams")
        return torch.where(ids == START, ids, ids - low + 1)

    def range_of(self, stream: int) -> tuple[int, int]:
        """Return the part's lowest id of a stream, and the one behind its highest."""
        low, high = self.vocabulary.range_of(stream)
        shift = self.vocabulary.range_of(self.first)[0] - 1
        if not self.first <= stream < self.first + self.count:
            raise InvalidValueError(f"stream {stream} is no part of this one")
        return low - shift, high - shift

    def whole(self, ids: Tensor) -> Tensor:
        """Return the vocabulary's ids of the part's: what undoes :meth:`local`."""
        shift = self.vocabulary.range_of(self.first)[0] - 1
        return torch.where(ids == START, ids, ids + shift)


def collapse(codes: Tensor) -> tuple[Tensor, Tensor]:
    """Remove repetitions: return the codes (n,) without equal neighbours, and how long each lasted.

    Parameters
    ----------
    codes
        int64, shape (T,).

    Returns
    -------
    codes, durations
        int64, shape (n,) each, n <= T; the durations' sum is T. See :func:`expand`.
    """
    if codes.dim() != 1:
        raise InvalidValueError(f"expected codes of shape (T,), got {tuple(codes.shape)}")
    return torch.unique_consecutive(codes, return_counts=True)


def expand(codes: Tensor, durations: Tensor) -> Tensor:
    """Undo :func:`collapse`: repeat each code (n,) as often as its duration (n,) says: (T,)."""
    if codes.shape != durations.shape or codes.dim() != 1 or bool((durations < 1).any()):
        raise InvalidValueError("expected a duration of 1 or more for each code")
    return torch.repeat_interleave(codes, durations)
