"""What a listening test asks about, and in which order it asks whom.

Chapter: chapters/06-product/02-listening-tests.ipynb

Which letter stands for which version is hashed from a seed, so that NumPy and the script of a page
agree; see :mod:`aigc_edu.teaching.interactive.listening`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.interactive.packing import sixteen_bits
from aigc_edu.teaching.interactive.sources import uniform

LETTERS = "ABCDEFGHIJ"
LOUDEST = 0.2  # RMS of the loudest tenth of a second above which the page plays a sound softer
SEEDS = 1_000_000
MOST_TRIALS = 200

Sounds = Mapping[str, Mapping[str, np.ndarray]]  # from item to version to samples
Kind = Literal["mushra", "abx", "ab"]


@dataclass(frozen=True, eq=False)
class ListeningTest:
    """What a listening test asks about.

    Parameters
    ----------
    name
        Under which a browser keeps the answers, and which files of answers bear: letters, digits
        and hyphens.
    kind
        ``"mushra"``, ``"abx"`` or ``"ab"``.
    sounds
        For each item (a word, a tune) its versions by name, samples (N,) in [-1, 1]. All items
        have the same versions: for ``"mushra"`` 2 to 10, the reference among them, for the other
        two just two. Make them equally loud first (:func:`aigc_edu.audio.match_loudness`).
    rate
        Of all sounds, in Hz.
    reference
        The version that is also open, for ``"mushra"``.
    rounds
        How often each item comes.
    seed
        Of the order, 0 ... 999,999. By default each listener's browser draws one.

    Raises
    ------
    InvalidValueError
        If names or versions don't fit, a sound is none, or there are fewer than 2 or more than
        200 trials.
    """

    name: str
    kind: Kind
    sounds: Sounds
    rate: int
    reference: str = "reference"
    rounds: int = 1
    seed: int | None = None

    def __post_init__(self) -> None:
        if not self.name or not self.name.replace("-", "").isalnum() or not self.name.isascii():
            raise InvalidValueError(f"name: letters, digits and hyphens, not {self.name!r}")
        if self.kind not in ("mushra", "abx", "ab"):
            raise InvalidValueError(f"kind is 'mushra', 'abx' or 'ab', not {self.kind!r}")
        if self.seed is not None and not 0 <= self.seed < SEEDS:
            raise InvalidValueError(f"seed: 0 to {SEEDS - 1:,}, not {self.seed}")
        if not 2 <= self.trials <= MOST_TRIALS:
            raise InvalidValueError(f"a test has 2 to {MOST_TRIALS} trials, not {self.trials}")
        self._check_versions()

    def _check_versions(self) -> None:
        first = self.versions
        for item, own in self.sounds.items():
            if set(own) != set(first):
                raise InvalidValueError(f"{item!r} has the versions {sorted(own)}, not {first}")
            for x in own.values():
                sixteen_bits(x)
        if self.kind == "mushra" and (
            self.reference not in first or not 2 <= len(first) <= len(LETTERS)
        ):
            raise InvalidValueError(
                f"a MUSHRA test has 2 to {len(LETTERS)} versions, {self.reference!r} among them, "
                f"not {first}"
            )
        if self.kind != "mushra" and len(first) != 2:
            raise InvalidValueError(f"an {self.kind.upper()} test has two versions, not {first}")

    @property
    def items(self) -> list[str]:
        """Names of the items."""
        return list(self.sounds)

    @property
    def versions(self) -> list[str]:
        """Names of the versions, as the first item has them."""
        return list(next(iter(self.sounds.values()), {}))

    @property
    def trials(self) -> int:
        """How many there are."""
        return len(self.sounds) * self.rounds

    @property
    def letters(self) -> list[str]:
        """What a listener can press."""
        if self.kind == "mushra":
            return ["Reference", *LETTERS[: len(self.versions)]]
        return list("ABX" if self.kind == "abx" else "AB")

    @cached_property
    def gain(self) -> float:
        """One factor for all sounds, so that the page's guard leaves their levels alone."""
        return min(1.0, LOUDEST / max(self._level(x) for x in self._all()))

    def _all(self) -> list[np.ndarray]:
        return [np.asarray(x, float) for own in self.sounds.values() for x in own.values()]

    def _level(self, x: np.ndarray) -> float:
        """Return the RMS of the loudest tenth of a second."""
        size = min(len(x), round(self.rate / 10))
        total = np.cumsum(np.append(0.0, x**2))
        return float(np.sqrt((total[size:] - total[:-size]).max() / size)) + 1e-9

    def sound(self, item: str, version: str) -> np.ndarray:
        """Return what is played: float64 (N,), multiples of 2^-15."""
        return sixteen_bits(self.gain * np.asarray(self.sounds[item][version], float))

    def item_of(self, trial: int, seed: int) -> tuple[int, str]:
        """Return number and item of a trial, which is counted from 1, in a listener's order."""
        number = int(np.argsort(uniform(self.trials, 1000 * seed), kind="stable")[trial - 1])
        return number, self.items[number % len(self.items)]

    def version_of(self, trial: int, letter: str, seed: int) -> str:
        """Return which version stands behind a letter, in a listener's order."""
        number, _ = self.item_of(trial, seed)
        drawn = uniform(max(3, len(self.versions)), 1000 * seed + 1 + number)
        order = np.argsort(drawn[: len(self.versions)], kind="stable")
        if letter == "Reference":
            return self.reference
        place = int(drawn[2] >= 0) if letter == "X" else LETTERS.index(letter)
        return self.versions[order[place]]

    @property
    def mark(self) -> int:
        """A number that changes with the test: answers to another one don't count for it."""
        told = [self.kind, self.reference, str(self.rounds), *self.items, *self.versions]
        start = zlib.crc32("\n".join(told).encode())
        return zlib.crc32(b"".join(np.float32(x).tobytes() for x in self._all()), start)
