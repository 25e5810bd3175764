"""What a voice has said beside what the dictionary says: phonemes that it spoke, cut into words.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

A corpus tells which phonemes a voice spoke and when, but not where a word ends; the dictionary
tells the latter, but may spell a word otherwise. The cheapest way to turn one row into the other
(the edit distance: Levenshtein 1966; Wagner and Fischer 1974) pairs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from aigc_edu.text.pronouncing import phonemes_of, symbols_of
from aigc_edu.text.symbols import (
    NUMBERS,
    PAUSE,
    SPACE,
    STRESSES,
    SYMBOLS,
    VOWELS,
    is_phoneme,
    numbers_of,
    split_symbols,
)

APART, STRESSED, REST = 1.0, 0.2, 0.05  # costs: of another phoneme, another stress, a space's pause
OTHER_SORT = 0.8  # more, between a vowel and a consonant
NO_REST = 0.6  # of a pause where the text has none


class Match(NamedTuple):
    """A text's symbols as a voice has spoken them.

    Attributes
    ----------
    symbols
        Of the table: the voice's phonemes, the dictionary's spaces, the text's marks, and a pause
        at both ends.
    sources
        For each, which of the voice's phonemes it comes from, as an index; -1 for none.
    words, equal
        How many words the text has, and how many of them the dictionary spells as they are spoken.
    """

    symbols: tuple[str, ...]
    sources: tuple[int, ...]
    words: int
    equal: int


def match_spoken(text: str, spoken: Sequence[str]) -> Match:
    """Cut the phonemes that a voice has spoken into the words of the text.

    Parameters
    ----------
    text
        What was read.
    spoken
        The phonemes in the International Phonetic Alphabet, "" for a pause: a clip's symbols.

    Returns
    -------
    Match
        With what was spoken; where the voice's phonemes are none at all, with the dictionary's.

    Raises
    ------
    InvalidValueError
        If the text can't be read, or a phoneme isn't in the table.
    """
    expected = symbols_of(phonemes_of(text))
    parts = [(sign, i) for i, p in enumerate(spoken) for sign in _symbols(p)]
    if not any(is_phoneme(sign) for sign, _ in parts):
        return Match(expected, (-1,) * len(expected), *(_words(expected),) * 2)
    pairs = _pairs(expected, [sign for sign, _ in parts])
    symbols, sources = [], []
    for i, j in pairs:
        rest = i is not None and not is_phoneme(expected[i])
        if j is not None and is_phoneme(parts[j][0]):
            symbols.append(parts[j][0])
            sources.append(parts[j][1])
        elif rest:
            symbols.append(expected[i])
            sources.append(-1 if j is None else parts[j][1])
    return Match(tuple(symbols), tuple(sources), *_counted(expected, parts, pairs))


def _symbols(phoneme: str) -> tuple[str, ...]:
    return split_symbols(phoneme) if phoneme else (PAUSE,)


def _words(symbols: Sequence[str]) -> int:
    """Return the number of words: of runs of phonemes."""
    flags = [is_phoneme(symbol) for symbol in symbols]
    return sum(now and not before for before, now in zip([False, *flags], flags, strict=False))


def _counted(
    expected: Sequence[str], parts: Sequence[tuple[str, int]], pairs: Sequence[tuple]
) -> tuple[int, int]:
    """Return how many words there are, and how many are spoken as expected."""
    right: list[bool] = []
    inside = False
    for i, j in pairs:
        heard = None if j is None else parts[j][0]
        if i is None:
            right[-1:] = [False] if is_phoneme(heard) and right else right[-1:]
        elif is_phoneme(expected[i]):
            right = right if inside else [*right, True]
            inside = True
            right[-1] &= heard == expected[i]
        else:
            inside = False
    return len(right), sum(right)


def _pairs(first: Sequence[str], second: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Return the cheapest pairing of two rows, as places in both, None where one has nothing."""
    costs = _cheapest(first, second)
    pairs: list[tuple[int | None, int | None]] = []
    i, j = len(first), len(second)
    while i or j:
        if i and j and _same(costs[i, j], costs[i - 1, j - 1] + _cost(first[i - 1], second[j - 1])):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and _same(costs[i, j], costs[i - 1, j] + _alone(first[i - 1])):
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]


def _cheapest(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
    """Return the costs of the cheapest pairings of the first i and the first j symbols."""
    table, numbers = _costs(), numbers_of(second)
    added = np.cumsum([0.0, *(_alone(b, NO_REST) for b in second)])
    costs = np.zeros((len(first) + 1, len(second) + 1))
    costs[0] = added
    for i, a in enumerate(first, start=1):
        row = costs[i - 1] + _alone(a)
        paired = costs[i - 1, :-1] + table[NUMBERS[a], numbers]
        row[1:] = np.minimum(row[1:], paired)
        costs[i] = np.minimum.accumulate(row - added) + added  # symbols of the second alone
    return costs


def _same(cost: float, other: float) -> bool:
    return abs(cost - other) < 1e-9


def _alone(symbol: str, rest: float = 0.0) -> float:
    return APART if is_phoneme(symbol) else rest


@lru_cache(maxsize=1)
def _costs() -> np.ndarray:
    """Return the costs of all pairs of the table's symbols."""
    return np.array([[_cost(a, b) for b in SYMBOLS] for a in SYMBOLS])


def _cost(a: str, b: str) -> float:
    """Return what it costs to pair an expected symbol with a spoken one."""
    if a == b:
        return 0.0
    if not (is_phoneme(a) and is_phoneme(b)):
        pause = b == PAUSE and not is_phoneme(a)
        return (REST if a == SPACE else 0.0) if pause else 10 * APART
    a, b = (symbol.lstrip("".join(STRESSES)) for symbol in (a, b))
    if a == b:
        return STRESSED
    return APART + OTHER_SORT * ((a in VOWELS) != (b in VOWELS))
