"""The commands ``audiobook``, ``dub`` and ``assistant``: what they can be told, and what they do.

Chapter: chapters/06-product/10-audiobook-and-radio-play.ipynb
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from aigc_edu.audio.formats import FORMATS, Coding
from aigc_edu.audio.placing import keep_others
from aigc_edu.errors import InvalidValueError
from aigc_edu.paths import data_dir
from aigc_edu.saving.tags import Tags
from aigc_edu.speaking.assistant import Card, read_card
from aigc_edu.speaking.dialogue import answer, keep, listed
from aigc_edu.speaking.dubbing import dub, files_of, summary, write_all
from aigc_edu.speaking.fitting import FASTER, SLOWER, STRETCH, Limits
from aigc_edu.speaking.lines import Network
from aigc_edu.speaking.publishing import publish
from aigc_edu.speaking.script import Line, Script, read_script
from aigc_edu.speaking.table import read_table

VOICE = "vits-voice"


def shipped_or(name: str) -> Path:
    """Return a file, or where the example of that name lies that ships with the course."""
    path = Path(name)
    if path.exists() or path.suffix:
        return path
    found = sorted((data_dir() / "scripts").glob(f"{name}.*"))
    return found[0] if found else path


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--voice", default=VOICE, metavar="NAME", help=f"a VITS checkpoint (default: {VOICE})"
    )
    parser.add_argument("--check", action="store_true", help="only read the file")


def _replaceable(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--replace", action="store_true", help="take other files' places")


def add_audiobook(parser: argparse.ArgumentParser) -> None:
    """Add what ``audiobook`` can be told."""
    parser.description = (
        "Make one file with chapter marks of a script: an audiobook, or a radio play. "
        "'lighthouse' ships with the course."
    )
    parser.add_argument("script", metavar="SCRIPT", help="a text file, or one that ships")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"{', '.join(FORMATS)}")
    parser.add_argument("--loudness", type=float, help="in LUFS (default: what the script says)")
    parser.add_argument("--kbps", type=float, help="mp3, opus, m4b: kbit/s on average")
    _replaceable(parser)
    _common(parser)
    parser.set_defaults(run=run_audiobook)


def run_audiobook(options: argparse.Namespace) -> None:
    """Read a script, and make its file unless it is only to be checked."""
    path = shipped_or(options.script)
    script = read_script(path)
    if options.loudness is not None:
        script = replace(script, loudness=_loudness(options.loudness))
    if options.check:
        print(f"{path}: {_told(script)}, nothing is wrong")
        return
    out = _out(options.out, "FILE")
    made = publish(
        script, Network(options.voice), out, _tags(options), Coding(options.kbps),
        options.replace, _tell,
    )  # fmt: skip
    note = f"; {made.note}" if made.note else ""
    print(f"{made.path}: {made.seconds:.1f} s, {len(made.marks)} chapters{note}")


def _told(script: Script) -> str:
    lines = [i for chapter in script.chapters for i in chapter.items if isinstance(i, Line)]
    voices = len({line.who for line in lines})
    return f"{len(script.chapters)} chapters, {len(lines)} lines, {voices} voices"


def add_dub(parser: argparse.ArgumentParser) -> None:
    """Add what ``dub`` can be told."""
    parser.description = (
        "Dub a table of lines: a file for each, as long as it may be, and a report of what doesn't "
        "fit. Its exit status is 1 if a line is too long. 'gate' ships with the course."
    )
    parser.add_argument("table", metavar="TABLE", help="a CSV file, or one that ships")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="for the files and the report")
    parser.add_argument("--to", choices=[e[1:] for e in FORMATS], default="wav", help="the format")
    _replaceable(parser)
    parser.add_argument("--loudness", type=float, default=-20.0, help="of a calm line, in LUFS")
    parser.add_argument("--faster", type=float, default=FASTER, help=f"at most (default: {FASTER})")
    parser.add_argument("--slower", type=float, default=SLOWER, help=f"at most (default: {SLOWER})")
    parser.add_argument("--stretch", type=float, default=STRETCH, help=f"(default: {STRETCH})")
    _common(parser)
    parser.set_defaults(run=run_dub)


def run_dub(options: argparse.Namespace) -> int:
    """Dub a table; return 1 if a line is too long."""
    path = shipped_or(options.table)
    cues = read_table(path)
    limits = Limits(options.faster, options.slower, options.stretch)
    if options.check:
        print(f"{path}: {len(cues)} lines, nothing is wrong")
        return 0
    out, speaker = _out(options.out, "FOLDER"), Network(options.voice)
    keep_others(files_of(cues, out, f".{options.to}"), options.replace)
    lines = list(dub(cues, speaker, limits))
    loud = _loudness(options.loudness)
    report = write_all(lines, out, speaker.rate, f".{options.to}", loud, _tags(options), _tell)
    print(f"{report}: {summary(lines)}")
    late = [one for one in lines if one.fitted.verdict == "too long"]
    for one in late:
        print(f"aigc_edu: line {one.cue.number}: {one.cue.key}: {one.note}", file=sys.stderr)
    return 1 if late else 0


def add_assistant(parser: argparse.ArgumentParser) -> None:
    """Add what ``assistant`` can be told."""
    parser.description = (
        "Talk with an assistant: type a question, an empty line ends it. 'robin' ships with the "
        "course."
    )
    parser.add_argument("card", metavar="CARD", help="a text file, or one that ships")
    parser.add_argument("--ask", action="append", metavar="TEXT", help="in place of typing")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the dialogue in a file")
    _replaceable(parser)
    _common(parser)
    parser.set_defaults(run=run_assistant)


def run_assistant(options: argparse.Namespace) -> None:
    """Answer questions, say when the first sound was ready, and keep the dialogue."""
    path = shipped_or(options.card)
    card = read_card(path)
    if options.check:
        print(f"{path}: {len(card.rules)} rules, nothing is wrong")
        return
    if options.out is not None:
        keep_others([options.out], options.replace)
    speaker, turns = Network(options.voice), []
    for question in options.ask if options.ask else _typed(card):
        turn = answer(card, question, speaker)
        turns.append(turn)
        print(listed(turn), flush=True)
    if options.out is not None and turns:
        made = keep(turns, card, speaker, options.out, _tags(options), options.replace)
        print(f"{made.path}: {made.seconds:.1f} s")


def _typed(card: Card):
    while question := input(f"{card.facts.get('user', 'you')}> ").strip():
        yield question


def _out(path: Path | None, what: str) -> Path:
    if path is None:
        raise InvalidValueError(f"where to? Give --out {what}, or --check to read the file only")
    return path


def _loudness(value: float) -> float:
    if not -40 <= value <= -10:
        raise InvalidValueError(f"--loudness lies from -40 to -10 LUFS, got {value:g}")
    return value


def _tags(options: argparse.Namespace) -> Tags:
    return Tags(network=f"VITS, {Path(options.voice).name}")


def _tell(text: str) -> None:
    print(text, flush=True)
