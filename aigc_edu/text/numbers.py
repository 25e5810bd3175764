"""Numbers as English words: cardinals, ordinals, years, times, money.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb
"""

from __future__ import annotations

from aigc_edu.errors import InvalidValueError

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
LARGE = ("", "thousand", "million", "billion", "trillion")
ORDINALS = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"},
    **{"nine": "ninth", "twelve": "twelfth"},
}
LONGEST = 15  # digits of a number that is read as one; longer ones are read digit by digit
COINS = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent")}


def digits(text: str) -> str:
    """Return the names of digits, one by one: ``"07"`` is "zero seven"."""
    return " ".join(SMALL[int(digit)] for digit in text)


def cardinal(number: int) -> str:
    """Return a whole number >= 0 in words: 1250 is "one thousand two hundred fifty".

    Raises
    ------
    InvalidValueError
        If it is negative.
    """
    if number < 0:
        raise InvalidValueError(f"expected a number of 0 or more, got {number}")
    if number >= 10**LONGEST:
        return digits(str(number))
    if number < 1000:
        return _below_thousand(number) or SMALL[0]
    words = []
    for power in range(len(LARGE) - 1, -1, -1):
        part = number // 1000**power % 1000
        if part:
            words += [_below_thousand(part), LARGE[power]]
    return " ".join(filter(None, words))


def _below_thousand(number: int) -> str:
    """Return 1 ... 999 in words, and nothing for 0."""
    words = [SMALL[number // 100], "hundred"] if number >= 100 else []
    rest = number % 100
    if rest >= 20:
        words.append(TENS[rest // 10])
        rest %= 10
    if rest:
        words.append(SMALL[rest])
    return " ".join(words)


def ordinal(number: int) -> str:
    """Return a whole number >= 0 as an ordinal: 21 is "twenty first"."""
    *before, last = cardinal(number).split()
    if last in ORDINALS:
        last = ORDINALS[last]
    else:
        last = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return " ".join([*before, last])


def year(number: int) -> str:
    """Return a year, 1000 ... 2999, as it is read: 1984 is "nineteen eighty four"."""
    century, rest = divmod(number, 100)
    if number % 1000 < 10:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def time_of_day(hours: int, minutes: int, half: str = "") -> str:
    """Return a time as it is read: 9:40 is "nine forty", 9:00 "nine o'clock".

    With a half of the day, "a" or "p", it is "nine forty A M", and "nine A M".
    """
    if half:
        whole = cardinal(hours) if minutes == 0 else time_of_day(hours, minutes)
        return f"{whole} {half.upper()} M"
    if minutes == 0:
        return f"{cardinal(hours)} o'clock"
    return f"{cardinal(hours)} {'oh ' if minutes < 10 else ''}{cardinal(minutes)}"


def decimal(whole: str, fraction: str) -> str:
    """Return a decimal number, given by its digits, as it is read: "three point one four"."""
    return f"{number_in_digits(whole)} point {digits(fraction)}"


def fraction(part: int, whole: int) -> str:
    """Return a fraction as it is read: 3⁄4 is "three quarters", 1⁄50 "one over fifty"."""
    if not 2 <= whole <= 20:
        return f"{cardinal(part)} over {cardinal(whole)}"
    name = {2: "half", 4: "quarter"}.get(whole, ordinal(whole))
    many = "halves" if whole == 2 else f"{name}s"
    return f"{cardinal(part)} {name if part == 1 else many}"


def number_in_digits(text: str) -> str:
    """Return a number given by its digits in words; of a very long one, or 007, each digit."""
    if len(text) > LONGEST or (len(text) > 1 and text[0] == "0"):
        return digits(text)
    return cardinal(int(text))


def money(sign: str, whole: str, fraction: str, scale: str = "") -> str:
    """Return an amount as it is read: $5.50 is "five dollars and fifty cents".

    Parameters
    ----------
    sign
        One of :data:`COINS`.
    whole, fraction
        Digits before and behind the point; the latter may be missing.
    scale
        A word of :data:`LARGE` that stands behind: $1.5 million is "one point five million
        dollars".
    """
    large, small = COINS[sign]
    if scale:
        number = decimal(whole, fraction) if fraction else number_in_digits(whole)
        return f"{number} {scale} {large}s"
    large = f"{number_in_digits(whole)} {large}{'' if whole == '1' else 's'}"
    if not fraction.strip("0"):
        return large
    if len(fraction) != 2:
        return f"{decimal(whole, fraction)} {COINS[sign][0]}s"
    many = {"penny": "pence"}.get(small, small + "s")
    small = f"{cardinal(int(fraction))} {small if fraction == '01' else many}"
    return small if whole == "0" else f"{large} and {small}"
