"""A dialogue with an assistant: each turn measured, all of it kept in one file.

Chapter: chapters/06-product/09-a-voice-of-your-own.ipynb
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aigc_edu.saving.tags import Tags
from aigc_edu.speaking.assistant import Card
from aigc_edu.speaking.lines import Speaker
from aigc_edu.speaking.publishing import Published, publish
from aigc_edu.speaking.script import Chapter, Item, Line, Pause, Script
from aigc_edu.speaking.streaming import Piece, first_start, stream

TURN = 0.8  # seconds between a question and its answer, where a dialogue is kept


@dataclass(frozen=True)
class Turn:
    """A question, its answer, and the answer's sound as it came."""

    question: str
    answer: str
    pieces: tuple[Piece, ...]
    rate: int

    @property
    def first(self) -> float:
        """Seconds from the question to the first sound."""
        return self.pieces[0].ready

    @property
    def gapless(self) -> float:
        """Seconds from the question to when playing may begin without ever waiting."""
        return first_start([p.ready for p in self.pieces], [p.seconds for p in self.pieces])

    @property
    def samples(self) -> np.ndarray:
        """The whole answer, float64 (N,)."""
        return np.concatenate([p.samples for p in self.pieces])


def answer(card: Card, question: str, speaker: Speaker, frames: int | None = None) -> Turn:
    """Return an assistant's answer, spoken sentence by sentence, and timed.

    Parameters
    ----------
    card
        From :func:`aigc_edu.speaking.read_card`.
    question
        Any text.
    speaker, frames
        As for :func:`aigc_edu.speaking.stream`.
    """
    text = card.answer(question)
    pieces = tuple(stream(speaker, [text], card.voice, frames))
    return Turn(question, text, pieces, speaker.rate)


def listed(turn: Turn) -> str:
    """Return a turn as a line of text, with the time to its first sound."""
    seconds = len(turn.samples) / turn.rate
    return f"{turn.answer}\n  [first sound after {turn.first:.2f} s, {seconds:.1f} s of speech]"


def script_of(turns: Sequence[Turn], card: Card) -> Script:
    """Return a dialogue as a script, with both voices."""
    name = card.facts.get("name", "assistant")
    items: list[Item] = []
    for number, turn in enumerate(turns, start=1):
        items += [Line(number, "you", turn.question, card.your_voice), Pause(number, TURN)]
        items += [Line(number, name, turn.answer, card.voice), Pause(number, 1.5 * TURN)]
    chapter = Chapter("Dialogue", 1, tuple(items[:-1]))
    stereo = card.voice.side != 0 or card.your_voice.side != 0
    return Script(f"A dialogue with {name}", name, "", (chapter,), stereo=stereo)


def keep(
    turns: Sequence[Turn],
    card: Card,
    speaker: Speaker,
    path: str | os.PathLike,
    tags: Tags | None = None,
    replace: bool = False,
) -> Published:
    """Write a dialogue to one file, questions and answers; see `publish` for what is raised."""
    return publish(script_of(turns, card), speaker, path, tags, replace=replace)
