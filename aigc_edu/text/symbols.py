"""The phonemes of American English as symbols of a network, each by a name and a number.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

Phonemes are written in the International Phonetic Alphabet, with single letters for what one hears
as one sound: ``A`` as in "day", ``I`` as in "my", ``O`` as in "go", ``W`` as in "now", ``Y`` as in
"boy", ``T`` for the flap in "water", ``ʧ`` and ``ʤ`` for the sounds in "church" and "judge". A
vowel carries its stress with it: ``ˈɑ``, ``ˌɑ`` and ``ɑ`` are three symbols, so that each symbol
sounds for some time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aigc_edu.errors import InvalidValueError

BLANK = "_"  # stands between symbols, if a network wants that
PAUSE = ""  # silence, at both ends of a sentence too
SPACE = " "  # between two words; it may take no time at all
MARKS = (",", ".", "?", "!", ";", ":", "—")
VOWELS = tuple("AIOWYaæɑɐɒɔəɛɜiɪᵻoʊuʌe")
CONSONANTS = tuple("bdfhjklmnpstvwzŋɡðɹʃʒʤʧθTʔx")
STRESSES = ("", "ˈ", "ˌ")
SYMBOLS = (
    BLANK,
    PAUSE,
    SPACE,
    *MARKS,
    *CONSONANTS,
    *(stress + vowel for vowel in VOWELS for stress in STRESSES),
)
NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS)}

# What else is written for the same sound; the longer ones are looked for first.
PAIRS = {
    **{"eɪ": "A", "aɪ": "I", "oʊ": "O", "əʊ": "O", "aʊ": "W", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ"},
    **{"i͡ə": "iə", "ɐɐ": "ɐ"},
}
SAME = {
    **{"ɾ": "T", "ᵊ": "ə", "ɨ": "ᵻ"},
    **{"…": ".", "“": SPACE, "”": SPACE, '"': SPACE, "(": SPACE, ")": SPACE, "-": SPACE},
    **{
        "g": "ɡ",
        "r": "ɹ",
        "ɚ": "əɹ",
        "ɝ": "ɜɹ",
        "ɫ": "l",
        "ʲ": "",
        "ː": "",
        "̃": "",
        "̩": "",
        "ʰ": "",
    },
}


def split_symbols(phonemes: str) -> tuple[str, ...]:
    """Cut a string of phonemes into symbols of the table.

    Parameters
    ----------
    phonemes
        Such as ``"həlˈO wˈɜɹld."``. A stress mark belongs to the next vowel, also where consonants
        stand between, as dictionaries put it in front of a syllable.

    Raises
    ------
    InvalidValueError
        If a sign is no phoneme of the table.
    """
    found: list[str] = []
    stress = ""
    for pair, sign in PAIRS.items():
        phonemes = phonemes.replace(pair, sign)
    for sign in "".join(SAME.get(sign, sign) for sign in phonemes):
        if sign in STRESSES:
            stress = sign
        elif sign in VOWELS:
            found.append(stress + sign)
            stress = ""
        elif sign in CONSONANTS:
            found.append(sign)
        elif sign in (SPACE, *MARKS):
            _rest(found, sign)
            stress = ""
        else:
            raise InvalidValueError(f"{sign!r} in {phonemes[:60]!r} is no phoneme of the table")
    return tuple(found)


def _rest(found: list[str], sign: str) -> None:
    """Put a space or a mark behind symbols; of two in a row, the mark stays, or else the first."""
    if found and found[-1] == SPACE:
        found.pop()
    if sign != SPACE or (found and is_phoneme(found[-1])):
        found.append(sign)


def numbers_of(symbols: Iterable[str]) -> list[int]:
    """Return the symbols' numbers; InvalidValueError for one that the table doesn't have."""
    symbols = tuple(symbols)
    unknown = [symbol for symbol in symbols if symbol not in NUMBERS]
    if unknown:
        raise InvalidValueError(f"{unknown[0]!r} is no symbol of the table")
    return [NUMBERS[symbol] for symbol in symbols]


def with_blanks(symbols: Sequence[str]) -> list[str]:
    """Put a blank between any two phonemes of a word.

    Kim et al. 2020, arXiv:2005.11129, section 4.1, have one between all symbols. Here spaces and
    marks stand for it where there are any: a symbol takes a frame at least, and few have many.
    """
    found: list[str] = []
    for symbol in symbols:
        if found and is_phoneme(found[-1]) and is_phoneme(symbol):
            found.append(BLANK)
        found.append(symbol)
    return found


def is_phoneme(symbol: str) -> bool:
    """Say whether a symbol of the table is a phoneme: no blank, pause, space or mark."""
    return symbol not in (BLANK, PAUSE, SPACE, *MARKS)
