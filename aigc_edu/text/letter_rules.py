"""Letters to sound by rules, for words that no dictionary has.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

At each place of a word the first rule counts whose letters stand there, with what must stand
before and behind them; longer letters come first. The idea is that of Elovitz et al. 1976,
"Letter-to-sound rules for automatic translation of English text to phonetics", IEEE Transactions
on Acoustics, Speech, and Signal Processing 24(6); the rules here are a small set of the course's
own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from aigc_edu.text.symbols import VOWELS

NAMES = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            "ˈA bˈi sˈi dˈi ˈi ˈɛf ʤˈi ˈAʧ ˈI ʤˈA kˈA ˈɛl ˈɛm ˈɛn ˈO pˈi kjˈu ˈɑɹ ˈɛs tˈi jˈu vˈi "
            "dˈʌbᵊljˌu ˈɛks wˈI zˈi"
        ).split(),
        strict=True,
    )
)


class Rule(NamedTuple):
    """Letters, what stands before and behind them as regular expressions, and how they sound."""

    letters: str
    sound: str
    before: str = ""
    behind: str = ""


_TABLE = """
a: augh=ɔ au=ɔ aw=ɔ ai=A ay=A air=ɛɹ ar=ɑɹ a=ə//$ a=A//[^aeiouwxyr]e$ a=A//[^aeiouwxyr]i[aou]
a: all=ɔl//$ a=æ
b: bb=b b=//t$ b=b
c: ch=k//[rl] ch=ʧ ck=k cc=k//[aou] ci=ʃ//[ao] c=s//[eiy] c=k
d: dge=ʤ dg=ʤ dd=d d=d
e: eigh=A eau=O ear=ɪɹ eer=ɪɹ ee=i ea=i ei=i ey=i eu=ju ew=u er=əɹ ed=t/[pkfsx]/$ ed=ᵻd/[td]/$
e: ed=d/[^aeiou]/$ es=ᵻz/[sxz]/$ es=z/[^aeiou]/$ e=i/^[^aeiou]*/$ e=//$ e=i//[^aeiouwxyr]e$ e=ɛ
f: ff=f f=f
g: gh=ɡ/^/ gh= gn=n/^/ gn=n//$ gg=ɡ g=ʤ//[eiy] g=ɡ
h: h=//$ h=h
i: igh=I ign=In//$ ir=ɜɹ ie=i//. ie=I//$ io=iO ia=iə i=I//[^aeiouwxyr]e$ i=i//$ i=ɪ
j: j=ʤ
k: kn=n/^/ kk=k k=k
l: le=ᵊl/[^aeiou]/$ ll=l l=l
m: mb=m//$ mm=m m=m
n: ng=ŋ//$ ng=ŋ//s$ nn=n n=ŋ//k n=n
o: ought=ɔt ough=ʌf ous=əs//$ oar=ɔɹ oo=u oa=O oi=Y oy=Y ou=W ow=O//$ ow=W or=ɔɹ oe=O//$
o: o=O//[^aeiouwxyr]e$ o=O//$ o=ɑ
p: ph=f pp=p ps=s/^/ p=p
q: qu=kw que=k//$ q=k
r: rh=ɹ rr=ɹ r=ɹ
s: sch=sk sh=ʃ ss=s sion=ʒən/[aeiou]/ sion=ʃən s=z/[aeioubdglmnrvw]/$ s=s
t: tion=ʃən th=θ tch=ʧ tt=t tur=ʧəɹ//e$ tu=ʧu//[aeo] t=t
u: ur=ɜɹ ui=u u=u//e$ u=ju//[^aeiouwxyr]e$ u=u//$ u=ʌ
v: vv=v v=v
w: wr=ɹ/^/ wh=w w=w
x: x=z/^/ x=ks
y: y=j/^/ y=I/^[^aeiou]*/$ y=i//$ y=ɪ
z: zz=z z=z
"""


def _rules() -> dict[str, tuple[Rule, ...]]:
    table: dict[str, list[Rule]] = {}
    for line in _TABLE.strip().splitlines():
        letter, _, texts = line.partition(": ")
        rules = table.setdefault(letter, [])
        for text in texts.split():
            letters, _, rest = text.partition("=")
            sound, before, behind = (*rest.split("/"), "", "")[:3]
            rules.append(Rule(letters, sound, before, behind))
    return {x: tuple(sorted(rules, key=lambda r: -len(r.letters))) for x, rules in table.items()}


RULES = _rules()


@lru_cache(maxsize=4096)
def sound_out(word: str) -> str:
    """Return the phonemes of a word by rules; the first vowel of several is stressed.

    Parameters
    ----------
    word
        Letters from a to z, in small letters.

    Returns
    -------
    str
        Phonemes, such as ``"blˈɔɹp"``. A word without a vowel is spelled letter by letter.
    """
    if not re.search("[aeiouy]", word):
        return spell(word)
    sounds, place = "", 0
    while place < len(word):
        rule = _rule_at(word, place)
        sounds, place = sounds + rule.sound, place + len(rule.letters)
    return stressed(sounds)


def _rule_at(word: str, place: int) -> Rule:
    for rule in RULES[word[place]]:
        end = place + len(rule.letters)
        if (
            word.startswith(rule.letters, place)
            and re.search(f"(?:{rule.before})$", word[:place])
            and re.match(rule.behind, word[end:])
        ):
            return rule
    raise AssertionError(f"no rule for {word[place:]}")  # each letter has one without conditions


def stressed(sounds: str, mark: str = "ˈ") -> str:
    """Put a stress mark before the first full vowel; before the first one at all if none is."""
    full = [i for i, sign in enumerate(sounds) if sign in VOWELS and sign not in "əᵊᵻ"]
    place = (full or [i for i, sign in enumerate(sounds) if sign in VOWELS] or [-1])[0]
    return sounds if place < 0 else sounds[:place] + mark + sounds[place:]


def spell(word: str) -> str:
    """Return the names of a word's letters, the last one stressed: ``"juɛsˈA"``."""
    *before, last = (NAMES[letter] for letter in word)
    return "".join(name.replace("ˈ", "ˌ") for name in before) + last
