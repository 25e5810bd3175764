"""From text as it is printed to words as they are read: numbers, abbreviations, signs.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from aigc_edu.text import numbers
from aigc_edu.text.symbols import MARKS

ABBREVIATIONS = {
    **{"mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "st": "saint"},
    **{"prof": "professor", "no": "number", "vol": "volume", "jr": "junior", "sr": "senior"},
    **{"etc": "et cetera", "vs": "versus", "gen": "general", "col": "colonel", "capt": "captain"},
    **{"rev": "reverend", "hon": "honorable", "lt": "lieutenant", "sgt": "sergeant"},
    **{"co": "company", "inc": "incorporated", "ltd": "limited", "dept": "department"},
    **{"e.g": "for example", "i.e": "that is", "a.m": "A M", "p.m": "P M", "mt": "mount"},
}
SIGNS = {
    **{"&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "#": "number"},
    **{"°": "degrees", "<": "less than", ">": "greater than", "*": "star", "/": "slash"},
    **{"~": "about", "×": "times", "÷": "divided by", "$": "dollar", "£": "pound", "€": "euro"},
    **{"_": "underscore", "\\": "backslash", "|": "bar", "^": "caret", "±": "plus or minus"},
    "⁄": "over",
}
_SAME_MARK = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "–": "—", "―": "—", "…": ".", "−": "-"})
_PLAIN = {  # letters that are no plain one with an accent
    **{"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l"},
    **{"Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i"},
}
_NO_LETTER = str.maketrans(_PLAIN)
_MINUS = re.compile(r"(?<![\w.,)\]-])-(?=[$£€]?\.?\d)")  # none in "3-4", "(555)-1234", "B-52"
_PERIOD = re.compile(r"\b([A-Za-z](?:\.[A-Za-z])+|[A-Za-z]{2,4})\.(?=[\s,;:?!]|$)")
# "no." ends many a sentence, "St." and "No." before a name or a number do not.
_NEEDS_MORE = {"no": re.compile(r"\s*\d"), "st": re.compile(r"\s+[A-Z]"), "col": re.compile(r"\s")}
_SCALES = "|".join(filter(None, numbers.LARGE))
_RULES: tuple[tuple[str, Callable[[re.Match], str]], ...] = (
    (r"\b(\d\d?)⁄(\d\d?)\b", lambda m: numbers.fraction(int(m[1]), int(m[2]))),
    (
        rf"([$£€])(\d[\d,]*)(?:\.(\d+))?(?:\s+({_SCALES})\b)?",
        lambda m: numbers.money(m[1], _plain(m[2]), m[3] or "", m[4] or ""),
    ),
    (
        r"\b([01]?\d|2[0-3]):([0-5]\d)(?:\s?([AaPp])\s?[Mm])?\b",
        lambda m: numbers.time_of_day(int(m[1]), int(m[2]), m[3] or ""),
    ),
    (
        r"\b(0?[1-9]|1[0-2])(?:([ap])m|\s?([AP])M)\b",
        lambda m: numbers.time_of_day(int(m[1]), 0, m[2] or m[3]),
    ),
    (r"\b(\d[\d,]*)(?:st|nd|rd|th)\b", lambda m: _ordinal(_plain(m[1]))),
    (r"\b(\d[\d,]*)\.(\d+)", lambda m: numbers.decimal(_plain(m[1]), m[2])),
    (r"\b(1[1-9]|20)(\d)0'?s\b", lambda m: _decade(int(m[1]), int(m[2]))),
    (r"\b(1[1-9]\d\d|20[1-9]\d)\b(?![,.]\d)", lambda m: numbers.year(int(m[1]))),
    (r"\d{1,3}(?:,\d{3})+|\d+", lambda m: numbers.number_in_digits(_plain(m[0]))),
)
_NUMBERS = tuple((re.compile(pattern), read) for pattern, read in _RULES)
_TOKEN = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*'?|[" + re.escape("".join(MARKS)) + "]")


def tokens_of(text: str) -> list[str]:
    """Return the words of a text in the order in which they are read, and its marks.

    Parameters
    ----------
    text
        Any. Letters lose their accents; what can be neither read nor named is left out.

    Returns
    -------
    list of str
        Words of ASCII letters and apostrophes, with the capitals that they were written with, and
        marks of :data:`aigc_edu.text.symbols.MARKS`.
    """
    text = _plain_letters(text.translate(_SAME_MARK))
    text = _MINUS.sub(" minus ", _PERIOD.sub(_without_period, text))
    for pattern, read in _NUMBERS:
        text = pattern.sub(lambda match, read=read: f" {read(match)} ", text)
    text = re.sub(r"\s--?-?\s|--+", " — ", text)
    text = "".join(f" {SIGNS[sign]} " if sign in SIGNS else sign for sign in text)
    return [found.rstrip("'") or found for found in _TOKEN.findall(text)]


def _plain_letters(text: str) -> str:
    """Return the text with compatibility forms resolved and without accents."""
    text = re.sub(r"(?<=\d)\s?(?=[¼-¾⅐-⅞])", " and ", text)  # "2½" must not become 21⁄2
    whole = unicodedata.normalize("NFKD", text)
    return "".join(x for x in whole if not unicodedata.combining(x)).translate(_NO_LETTER)


def _without_period(match: re.Match) -> str:
    """Write an abbreviation in full; another short word keeps its full stop."""
    word, behind = match[1].lower(), match.string[match.end() :]
    more = _NEEDS_MORE.get(word)
    if word in ABBREVIATIONS and (more is None or more.match(behind)):
        return ABBREVIATIONS[word]
    if "." in word:  # initials: U.S.A.
        return match[1].replace(".", " ")
    return match[0]


def _plain(number: str) -> str:
    return number.replace(",", "")


def _ordinal(text: str) -> str:
    long = len(text) > numbers.LONGEST
    return numbers.digits(text) if long else numbers.ordinal(int(text))


def _decade(century: int, tens: int) -> str:
    if tens == 0 and century == 20:
        return "two thousands"
    if tens == 0:
        return f"{numbers.cardinal(century)} hundreds"
    name = numbers.ordinal(10 * tens) if tens == 1 else numbers.cardinal(10 * tens)
    plural = "tens" if tens == 1 else name[:-1] + "ies"
    return f"{numbers.cardinal(century)} {plural}"


def sentences_of(text: str, longest: int = 300) -> list[str]:
    """Cut a text into sentences, at marks that end one and at ends of paragraphs.

    Parameters
    ----------
    text
        Any.
    longest
        Signs of a piece, at least 20; a longer sentence is cut after a comma or the like, if need
        be between two words, and in the last resort anywhere.

    Returns
    -------
    list of str
        Without what is empty; no sign but white space is lost.
    """
    pieces = []
    for part in re.split(r"\n\s*\n", text):
        start, part = 0, " ".join(part.split())
        for match in re.finditer(r"[.!?…]+[\"'”’)\]]*\s+(?=[^a-z\s])", part):
            if not _is_abbreviation(part[start : match.end()]):
                pieces.append(part[start : match.end()])
                start = match.end()
        pieces.append(part[start:])
    return [x for piece in pieces for x in _shorter(piece.strip(), longest) if x]


def _is_abbreviation(piece: str) -> bool:
    """Say whether a piece ends with an abbreviation before a name, or an initial."""
    word = re.search(r"([A-Za-z.]+)\.\s*$", piece)
    if word is None:
        return False
    before_names = {"mr", "mrs", "ms", "dr", "st", "prof", "gen", "col", "capt", "rev", "no", "vs"}
    return word[1].lower() in before_names or (len(word[1]) == 1 and word[1].isupper())


def _shorter(piece: str, longest: int) -> list[str]:
    """Cut a piece until no part has more than ``longest`` signs."""
    parts = []
    while len(piece) > longest:
        head = piece[:longest]
        places = [m.end() for m in re.finditer(r"[,;:—]\s", head)] or [head.rfind(" ") + 1]
        cut = places[-1] or longest
        parts.append(piece[:cut].strip())
        piece = piece[cut:].strip()
    return [*parts, piece]
