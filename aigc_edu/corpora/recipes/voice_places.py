"""Where a phoneme sounds, from the lengths that hibari-tts gives its symbols.

The voice gives each symbol that it reads a length, in units of 25 ms: to letters, to stress marks,
to the spaces between words, to punctuation. Three things make places of them.

1. The sound is early: it begins :data:`LEAD` before the lengths say so. That is what a hidden
   Markov model finds that aligns the same clips by their sound alone (Rabiner, 1989); see
   ``benchmarks/voice_places.py``.
2. A stress mark's time belongs to its vowel. A space is no pause: the words on both sides of it
   share its time.
3. A pause is what is quiet: there the borders are those of the sound. A comma that the voice reads
   over leaves none.

Positions are frames of 12.5 ms, half a unit, so that every one is a whole number of samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aigc_edu.corpora.base import CorpusError

FRAMES = 2  # in one of the voice's units of 25 ms
LEAD = 4  # frames by which the sound comes before its symbol
QUIET = 40.0  # dB below the loudest frame
SHORTEST = 2  # frames of a pause
STRESS = "ˈˌ"
PUNCTUATION = ';:,.!?—…"()“”'
# The voice writes diphthongs and affricates as one letter, and the flap of "water" as T.
IPA = {"A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ", "Q": "əʊ", "T": "ɾ", "ᵊ": "ə"}
IPA |= {"ʧ": "tʃ", "ʤ": "dʒ", "ʦ": "ts", "ʣ": "dz"}


class Mark(NamedTuple):
    """A phoneme, "" for a pause, and the frame in which it starts; it lasts until the next."""

    symbol: str
    start: int


def sounds(symbol: str) -> bool:
    """Say whether a symbol is a phoneme, and no stress mark, space or punctuation."""
    return symbol.isalpha() and symbol not in STRESS  # the stress marks count as letters


def marks(symbols: Sequence[str], units: Sequence[int]) -> list[Mark]:
    """Return the phonemes of one sentence where the voice's lengths put them, moved by the lead.

    Parameters
    ----------
    symbols
        What the voice reads, character by character.
    units
        The length of each in 25 ms, with one more before and after: those of the silence there.

    Returns
    -------
    list of Mark
        From the first phoneme to the pause after the last one.

    Raises
    ------
    CorpusError
        If there is no phoneme, or the lengths are not as many as the symbols.
    """
    if len(units) != len(symbols) + 2:
        raise CorpusError(f"the voice gave {len(units)} lengths for {len(symbols)} symbols")
    starts = FRAMES * np.cumsum([0, *units[:-1]])
    found: list[Mark] = []
    rests: list[tuple[str, int]] = []  # the spaces and punctuation since the last phoneme
    stresses: list[tuple[str, int]] = []
    for symbol, start in zip(("", *symbols, ""), map(int, starts), strict=True):
        if not symbol or symbol == " " or symbol in PUNCTUATION:
            rests.append((symbol, start))
            stresses = []  # a mark without a vowel
        elif symbol in STRESS:
            stresses.append((symbol, start))
        else:
            stress, begin = (stresses or [("", start)])[0]
            found += _after(rests, stress + IPA.get(symbol, symbol), begin, bool(found))
            rests, stresses = [], []
    if not found:
        raise CorpusError("the voice found nothing to say")
    return [*found, Mark("", rests[0][1] - LEAD)]


def _after(rests: list[tuple[str, int]], symbol: str, begin: int, inside: bool) -> list[Mark]:
    """Return a phoneme's mark, and before it that of the pause, if ``rests`` are one."""
    if not rests or not inside:
        return [Mark(symbol, begin - LEAD)]
    rest = rests[0][1]
    if any(sign != " " for sign, _ in rests):
        return [Mark("", rest - LEAD), Mark(symbol, begin - LEAD)]
    return [Mark(symbol, (rest + begin) // 2 - LEAD)]


def settle(found: Sequence[Mark], levels: np.ndarray) -> list[Mark]:
    """Move the borders of pauses to where the sound ends and begins; drop pauses not heard.

    Parameters
    ----------
    found
        What :func:`marks` returns.
    levels
        RMS of each frame, shape (frames,), any unit.

    Returns
    -------
    list of Mark
        Each starts after the one before it.

    Raises
    ------
    CorpusError
        If nothing sounds, or a phoneme is left without time.
    """
    heard = np.flatnonzero(loud := levels > levels.max() * 10 ** (-QUIET / 20))
    if not len(heard):
        raise CorpusError("the voice returned silence")
    starts = [mark.start for mark in found]
    starts[0] = min(starts[0], int(heard[0]))
    starts[-1] = max(starts[-2] + SHORTEST, int(heard[-1]) + 1)
    dropped = set()
    for i, mark in enumerate(found[1:-1], start=1):
        if mark.symbol:
            continue
        begin, stop = quietest(loud, starts[i - 1] + 1, starts[i + 1])
        if stop - begin < SHORTEST:
            dropped.add(i)
            begin, stop = starts[i], (starts[i] + starts[i + 1]) // 2
        starts[i : i + 2] = begin, stop
    if min(np.diff(starts)) < 1:
        raise CorpusError("the voice gives a phoneme no time")
    both = zip(found, starts, strict=True)
    return [mark._replace(start=at) for i, (mark, at) in enumerate(both) if i not in dropped]


def quietest(loud: np.ndarray, start: int, stop: int) -> tuple[int, int]:
    """Return the longest run of frames in [start, stop) that are not loud, as (first, after)."""
    best = begin = max(0, start)
    length = 0
    for frame in range(begin, min(stop, len(loud))):
        if loud[frame]:
            begin = frame + 1
        elif frame + 1 - begin > length:
            best, length = begin, frame + 1 - begin
    return best, best + length


def rows(found: Sequence[Mark], margin: int, frame: int) -> list[list[str | int]]:
    """Return [symbol, start, stop] in samples of a clip that begins a margin before the sound.

    Parameters
    ----------
    found
        What :func:`settle` returns.
    margin
        Frames of silence before the first phoneme and of the pause after the last.
    frame
        Samples in a frame.
    """
    begin = found[0].start - margin
    starts = [0, *(mark.start - begin for mark in found), found[-1].start + margin - begin]
    symbols = ["", *(mark.symbol for mark in found)]
    both = zip(symbols, starts[:-1], starts[1:], strict=True)
    return [[symbol, frame * start, frame * stop] for symbol, start, stop in both]
