"""From text to phonemes: a dictionary, a few rules of grammar and endings, letters at last.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

The dictionary is ``data/pronunciations``; its README says where it comes from. What a word sounds
like beside its neighbours (the, a, to) is said here.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Sequence
from functools import lru_cache

from aigc_edu.errors import CourseError, InvalidValueError
from aigc_edu.paths import data_dir
from aigc_edu.text.letter_rules import sound_out, spell, stressed
from aigc_edu.text.normalising import tokens_of
from aigc_edu.text.symbols import MARKS, PAUSE, SPACE, STRESSES, VOWELS, split_symbols

# Words that sound otherwise in a sentence than alone, or than their first entry says.
SPOKEN = {
    **{"i": "ˌI", "an": "ɐn", "am": "ɐm", "live": "lˈɪv", "lived": "lˈɪvd", "lives": "lˈɪvz"},
    **{"in": "ɪn", "missus": "mˈɪsɪz", "o'clock": "əklˈɑk"},
}
_ENDINGS = (
    *(("'s", "s"), ("es", "s"), ("s", "s"), ("ed", "d")),
    *(("ing", "ɪŋ"), ("ly", "li"), ("ness", "nəs")),
)
_UNVOICED, _HISSING = "ptkfθ", "szʃʒʧʤ"
_MARK = re.compile(f"[{re.escape(''.join(MARKS))}]")


@lru_cache(maxsize=1)
def dictionary() -> dict[str, str]:
    """Return the pronunciation of each word of the dictionary; CourseError where it is missing."""
    path = data_dir() / "pronunciations" / "english.txt.xz"
    try:
        lines = lzma.decompress(path.read_bytes()).decode().splitlines()
        return dict(line.split(" ", 1) for line in lines)
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise CourseError(f"{path} cannot be read ({error}); install a whole checkout") from error


def phonemes_of(text: str) -> str:
    """Return how a text is read: phonemes of its words with spaces between, and its marks.

    Parameters
    ----------
    text
        Any text with a word or a number that can be read.

    Returns
    -------
    str
        Such as ``"həlˈO, wˈɜɹld."``, in the signs of :mod:`aigc_edu.text.symbols`.

    Raises
    ------
    InvalidValueError
        If the text is empty, or holds nothing that can be read.
    """
    tokens = tokens_of(text)
    if not any(token not in MARKS for token in tokens):
        what = repr(text if len(text) <= 40 else text[:40] + "...") if text.strip() else "no text"
        raise InvalidValueError(f"there is nothing to say in {what}; write a word or a number")
    spoken = spoken_words(tokens)
    parts = []
    for token, sound in zip(tokens, spoken, strict=True):
        parts.append(sound if token in MARKS and token != "—" else f" {sound}")
    return "".join(parts).strip()


def symbols_of(phonemes: str) -> tuple[str, ...]:
    """Return phonemes as symbols of the table, with a pause at both ends."""
    return (PAUSE, *split_symbols(phonemes), PAUSE)


def spoken_words(tokens: Sequence[str]) -> list[str]:
    """Return the phonemes of each word, as it sounds before the next; marks stay as they are."""
    spoken: list[str] = []
    ahead = behind = ""  # the sound that comes next, and the word
    for number, token in reversed(list(enumerate(tokens))):
        before = tokens[number - 1] if number else ""
        if token in MARKS:
            sound = token
        elif token == "A" and (_is_capital(behind) or _is_capital(before)):
            sound = spell("a")  # A M, U S A: a letter among letters, no article
        elif token.lower() == "used" and behind.lower() == "to":
            sound = "jˈust"
        else:
            sound = _beside(token, ahead) or _said(token)
        spoken.append(sound)
        ahead, behind = sound.lstrip("".join(STRESSES)) or ahead, token
    return spoken[::-1]


def _is_capital(word: str) -> bool:
    return len(word) == 1 and word.isupper()


def _beside(word: str, ahead: str) -> str:
    """Return how a word sounds that depends on the sound after it, "" for any other word."""
    before_vowel = ahead[:1] in VOWELS
    match word.lower():
        case "the":
            return "ði" if before_vowel else "ðə"
        case "a" if word == "a" or ahead:
            return "ɐ"
        case "to":
            return "tˈu" if not ahead or ahead in MARKS else "tʊ" if before_vowel else "tə"
    return SPOKEN.get(word.lower(), "")


def _said(word: str) -> str:
    """Return a word's phonemes; with a capital, a weak word gets a light stress, as at a start."""
    sound = pronounce(word)
    if not word[0].isupper() or any(mark in sound for mark in STRESSES[1:]):
        return sound
    return stressed(sound, STRESSES[2])


@lru_cache(maxsize=16384)
def pronounce(word: str) -> str:
    """Return the phonemes of one word by itself.

    Parameters
    ----------
    word
        ASCII letters and apostrophes; capitals alone are spelled if the dictionary has no such
        word.

    Returns
    -------
    str
        From the dictionary; else from its stem there and an ending; else by rules.
    """
    small, known = word.lower(), dictionary()
    if small in known:
        return known[small]
    bare = small.replace("'", "")
    if len(bare) == 1 or (word.isupper() and 1 < len(bare) <= 5):
        return spell(bare)
    return _with_ending(small) or known.get(bare) or _compound(bare) or sound_out(bare)


def _with_ending(word: str) -> str:
    """Return the phonemes of a known stem and an ending, "" without one."""
    known = dictionary()
    for ending, sound in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 2:
            continue
        doubled = stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] else ""
        for base in (stem, stem + "e", doubled, stem[:-1] + "y" if stem[-1] == "i" else ""):
            if base in known:
                return _joined(known[base], sound)
    return ""


def _joined(stem: str, ending: str) -> str:
    """Add an ending: plural and past take their voice from the sound before (Jespersen 1909)."""
    last = stem[-1]
    if ending == "s":
        return stem + ("ᵻz" if last in _HISSING else "s" if last in _UNVOICED else "z")
    if ending == "d":
        voiceless = last in _UNVOICED + "sʃʧ"
        ending = "ᵻd" if last in "tdT" else "t" if voiceless else "d"
    if last == "t" and ending[0] in VOWELS and stem[-2:-1] in tuple(VOWELS) + ("ɹ",):
        stem = stem[:-1] + "T"  # a flap between vowels
    return stem + ending


def _compound(word: str) -> str:
    """Return the phonemes of two known words that make a long one, "" if it is none."""
    known = dictionary()
    for cut in range(len(word) - 4, 3, -1):
        first, second = known.get(word[:cut]), known.get(word[cut:])
        if first and second:
            return first + second.replace("ˈ", "ˌ")
    return ""


def words_in(phonemes: str) -> list[str]:
    """Return the words of a string of phonemes, without its marks."""
    return _MARK.sub(SPACE, phonemes).split()
