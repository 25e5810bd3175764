"""An assistant that answers by rules from a card, in a voice of its own.

Chapter: chapters/06-product/09-a-voice-of-your-own.ipynb

What it says comes from a text file. It is no language model; whatever writes the answer, the way
from there to the loudspeaker is the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aigc_edu.errors import InvalidValueError
from aigc_edu.speaking.texts import ScriptError, at_line, text_of
from aigc_edu.speaking.voices import Voice, unknown, voice_from

ENOUGH = 0.6  # share of a rule's words that a question must have
ANYTHING = "*"
_OWN = ("time", "day")  # what can be said without being in the card
_WORD = re.compile(r"[a-z0-9']+")


@dataclass(frozen=True)
class Rule:
    """Questions, each a set of words, and the answer to them; ``number`` is its line."""

    number: int
    questions: tuple[frozenset[str], ...]
    answer: str


@dataclass(frozen=True)
class Card:
    """An assistant: its voice, the voice in which you are heard, facts, and rules.

    Attributes
    ----------
    voice, your_voice
        The assistant's, and the one that reads the questions where a dialogue is kept.
    facts
        What ``{name}`` in an answer stands for.
    rules
        In the order of the file; of two that fit alike the first is taken.
    otherwise
        The answer where nothing fits.
    """

    voice: Voice
    your_voice: Voice
    facts: dict[str, str]
    rules: tuple[Rule, ...]
    otherwise: str
    now: Callable[[], datetime] = field(default=datetime.now, compare=False)

    def answer(self, question: str) -> str:
        """Return the answer to a question: that of the rule whose words fit it best."""
        asked = frozenset(words_of(question))
        fits = [max(_fit(q, asked) for q in rule.questions) for rule in self.rules]
        best = max(range(len(fits)), key=lambda n: fits[n], default=None)
        found = best is not None and fits[best] >= ENOUGH
        return self.filled(self.rules[best].answer if found else self.otherwise)  # type: ignore[index]

    def filled(self, text: str) -> str:
        """Return an answer with its facts in it."""
        now = self.now()
        facts = {**self.facts, "time": f"{now:%H:%M}", "day": f"{now:%A}"}
        return re.sub(r"\{(\w+)\}", lambda match: facts[match[1]], text)


def words_of(text: str) -> list[str]:
    """Return a text's words in small letters, without marks."""
    return _WORD.findall(text.lower().replace("’", "'"))


def _fit(wanted: frozenset[str], asked: frozenset[str]) -> float:
    """Return which share of a rule's words were said; of two whole ones the longer wins."""
    share = len(wanted & asked) / len(wanted)
    return share + 1e-3 * len(wanted & asked)


def read_card(path: str | os.PathLike) -> Card:
    """Read an assistant's card from a text file in UTF-8.

    Raises
    ------
    ScriptError
        If there is no such file, or something in it is wrong: one line that names the place.
    """
    path = Path(path)
    return card_from(text_of(path), str(path))


def card_from(text: str, where: str = "card") -> Card:
    """Return the card that a text holds.

    Parameters
    ----------
    text
        Facts, ``key: value``, among them ``voice`` and ``your voice``; then rules: a line
        ``> words | other words``, and under it the answer, in as many lines as it takes. The rule
        ``> *`` answers everything else. A line that begins with ``//`` is a note.
    where
        What complaints begin with.
    """
    facts: dict[str, str] = {}
    rules: list[tuple[int, str, list[str]]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("//"):
            continue
        if line.startswith(">"):
            rules.append((number, line[1:].strip(), []))
        elif rules:
            rules[-1][2].append(line)
        else:
            with at_line(where, number):
                _take_fact(line, facts)
    return _card(where, facts, rules)


def _take_fact(line: str, facts: dict[str, str]) -> None:
    key, colon, value = (part.strip() for part in line.partition(":"))
    if not colon or not key or not value:
        raise InvalidValueError("expected 'key: value', or a rule, '> words that are asked'")
    if key in ("voice", "your voice"):
        voice_from(value)
    elif not key.isidentifier() or key in _OWN:
        raise InvalidValueError(f"{key!r} can't be the name of a fact; take one plain word")
    facts[key] = value


def _card(where: str, facts: dict[str, str], rules: list[tuple[int, str, list[str]]]) -> Card:
    made, otherwise = [], ""
    for number, asked, lines in rules:
        with at_line(where, number):
            answer = _answer(lines, facts)
            if asked == ANYTHING:
                otherwise = answer
            else:
                made.append(Rule(number, _questions(asked), answer))
    if not made or not otherwise:
        missing = "a rule, '> words that are asked'" if not made else "the rule '> *' for the rest"
        raise ScriptError(f"{where}: there is no answer to everything: it lacks {missing}")
    voices = [voice_from(facts.get(key, "")) for key in ("voice", "your voice")]
    return Card(voices[0], voices[1], facts, tuple(made), otherwise)


def _questions(asked: str) -> tuple[frozenset[str], ...]:
    found = tuple(frozenset(words_of(one)) for one in asked.split("|"))
    if not all(found):
        raise InvalidValueError("a question has words: '> hello | good morning'")
    return found


def _answer(lines: list[str], facts: dict[str, str]) -> str:
    answer = " ".join(lines)
    if not answer:
        raise InvalidValueError("this rule has no answer: write it on the lines below")
    for name in re.findall(r"\{(\w*)\}", answer):
        if name not in (*facts, *_OWN):
            raise InvalidValueError(unknown("fact", name, [*facts, *_OWN]))
    return answer
