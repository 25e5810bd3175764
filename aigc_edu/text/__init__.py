"""Text to phonemes (floor 1): words as they are read, a dictionary, letter rules, symbols."""

from aigc_edu.text.matching import Match, match_spoken
from aigc_edu.text.normalising import sentences_of, tokens_of
from aigc_edu.text.pronouncing import phonemes_of, pronounce, symbols_of, words_in
from aigc_edu.text.symbols import (
    BLANK,
    MARKS,
    NUMBERS,
    PAUSE,
    SPACE,
    SYMBOLS,
    is_phoneme,
    numbers_of,
    split_symbols,
    with_blanks,
)

__all__ = [
    "BLANK",
    "MARKS",
    "Match",
    "NUMBERS",
    "PAUSE",
    "SPACE",
    "SYMBOLS",
    "is_phoneme",
    "match_spoken",
    "numbers_of",
    "phonemes_of",
    "pronounce",
    "sentences_of",
    "split_symbols",
    "symbols_of",
    "tokens_of",
    "with_blanks",
    "words_in",
]
