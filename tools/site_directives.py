"""Directives for the book's own pages: sounds, a digit to say, the chapters of a part, the hours.

All is made when the book is built, from the files as they are; a page runs nothing for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import contents
import soundfile as sf
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from aigc_edu.teaching import interactive, players

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
KEPT = ROOT / "_build" / ".course"
SAYING = ("data/checkpoints/*-fsdd.safetensors", "data/recordings/*.flac", "aigc_edu/**/*.py")
SAYING += ("aigc_edu/teaching/interactive/js/*",)


class Sounds(SphinxDirective):
    """A row of players. Each line of the content is a name, " = " and a file of the repository."""

    has_content = True
    final_argument_whitespace = True
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the row of players."""
        clips, rates = {}, set()
        for line in self.content:
            name, _, file = map(str.strip, line.partition(" = "))
            self.env.note_dependency(str(ROOT / file))
            x, rate = sf.read(ROOT / file, dtype="float64")
            clips[name], rates = x.T, rates | {rate}
        if len(rates) != 1:
            raise self.error(f"the sounds of one row have one rate, not {sorted(rates)}")
        caption = self.arguments[0] if self.arguments else None
        return [_html(players.player(clips, rates.pop(), caption).markup)]


class SayADigit(SphinxDirective):
    """The figure that says a digit. Its clips are drawn once, and kept until a source changes."""

    def run(self) -> list[nodes.Node]:
        """Return the figure."""
        digest = hashlib.sha256()
        for path in sorted(path for pattern in SAYING for path in ROOT.glob(pattern)):
            digest.update(path.read_bytes())
            if path.suffix != ".py":
                self.env.note_dependency(str(path))
        kept = KEPT / f"say-a-digit-{digest.hexdigest()[:16]}.html"
        if not kept.is_file():
            text = interactive.say_a_digit_html()
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text, encoding="utf-8")
        return [_html(kept.read_text(encoding="utf-8"))]


class ChaptersOf(SphinxDirective):
    """The chapters of a folder of chapters/, each with its minutes."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the list of chapters."""
        lines = []
        for path in sorted((CHAPTERS / self.arguments[0]).glob("*.ipynb")):
            self.env.note_dependency(str(path))
            read, practise = map(contents.in_words, contents.minutes_of(path))
            place = f"/chapters/{self.arguments[0]}/{path.name}"
            told = f"{read} to read, {practise} for the exercises"
            lines.append(f"1. [{contents.title_of(path)}]({place}): {told}.")
        if not lines:
            raise self.error(f"there is no chapter in chapters/{self.arguments[0]}")
        return _parsed(self, lines)


class CourseHours(SphinxDirective):
    """What the course costs: a sentence with the chapters, their hours and the exercises'."""

    def run(self) -> list[nodes.Node]:
        """Return the sentence."""
        for path in _notebooks():
            self.env.note_dependency(str(path))
        told = [contents.minutes_of(path) for path in _notebooks()]
        read, practise = (round(sum(one[i] for one in told) / 60) for i in (0, 1))
        sentence = (
            f"**What it costs.** {len(told)} chapters: about {read} hours of reading and "
            f"listening and {practise} hours of exercises, at your own pace. No money, no account, "
            "no graphics card; after the download, no internet."
        )
        return _parsed(self, [sentence])


def _notebooks() -> Iterator[Path]:
    return (p for p in sorted(CHAPTERS.glob("*/*.ipynb")) if "checkpoints" not in str(p))


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def _parsed(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    holder = nodes.container()
    directive.state.nested_parse(StringList(lines, "directive"), directive.content_offset, holder)
    return holder.children


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives; Sphinx calls this."""
    app.add_directive("sounds", Sounds)
    app.add_directive("say-a-digit", SayADigit)
    app.add_directive("chapters-of", ChaptersOf)
    app.add_directive("course-hours", CourseHours)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
