"""The command line: ``python -m aigc_edu``, with train, generate, convert, audiobook and others.

It knows no model's name: the kinds come from their catalogue, and each brings its flags.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import aigc_edu
from aigc_edu import corpora
from aigc_edu.errors import CourseError
from aigc_edu.kinds.catalogue import KINDS, find_kind
from aigc_edu.paths import COMPLAINTS, data_dir, datasets_dir

# Commands whose modules are imported when they are asked for: module, function, help.
ELSEWHERE = {
    "convert": ("aigc_edu.saving.command", "add_convert", "convert sound files; resumes"),
    "enhance": ("aigc_edu.kinds.enhancing", "add_enhance", "restore a recording: noise, clicks"),
    "soundscape": ("aigc_edu.scenes.commands", "add_soundscape", "render a scene in stereo"),
    "effects": ("aigc_edu.scenes.commands", "add_effects", "write a pack of sound effects"),
    "loop": ("aigc_edu.scenes.commands", "add_loop", "cut a loop from a sound file"),
    "listening": ("aigc_edu.teaching.listening_page", "add_listening", "make a listening test"),
    "audiobook": ("aigc_edu.speaking.commands", "add_audiobook", "make one file of a script"),
    "dub": ("aigc_edu.speaking.commands", "add_dub", "speak a table of lines that must fit"),
    "assistant": ("aigc_edu.speaking.commands", "add_assistant", "talk with a voice of your own"),
    "playlist": ("aigc_edu.recommending.commands", "add_playlist", "a playlist from a seed sound"),
    "timbre": ("aigc_edu.restyling.commands", "add_timbre", "another timbre for a recording"),
    "bench": ("aigc_edu.bench.commands", "add_bench", "have all models make the same sounds"),
    "clinic": ("aigc_edu.kinds.clinic_commands", "add_clinic", "find out why a model makes noise"),
}
LONG = 300  # characters of a checkpoint's description that ``info`` prints of each entry


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line that names the way to the help.

    ``fill``, if set, adds its arguments when it is first used: what a kind of model can be told is
    known to the kind's module, which is not imported before it is asked for.
    """

    fill: Callable[[_Parser], None] | None = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_abbrev": False})  # --speaker is not --speakers

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """See :class:`argparse.ArgumentParser`."""
        if self.fill is not None:
            fill, self.fill = self.fill, None
            fill(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with status 2."""
        self.exit(2, f"{self.prog}: {message}; '{self.prog} --help' shows what is possible\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 2 for bad input (told in one line), 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    options.arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return options.run(options) or 0
    except CourseError as error:
        return _complain(" ".join(str(error).split()), 2)
    except OSError as error:
        return _complain(str(error), 2)
    except KeyboardInterrupt as stop:
        if _among_the_others():
            return 130
        return _complain(str(stop) or "interrupted", 130)


def _complain(text: str, status: int) -> int:
    """Say in one line what is wrong; of several processes, leave it to who started them to say."""
    line = f"aigc_edu: {text}"
    folder = os.environ.get(COMPLAINTS)
    if folder:
        (Path(folder) / os.environ.get("RANK", "0")).write_text(line, encoding="utf-8")
    else:
        print(line, file=sys.stderr)
    return status


def _among_the_others() -> bool:
    return os.environ.get("RANK", "0") != "0"  # the number that a launcher gives to a process


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m aigc_edu", description="Data, training and generation.")
    parser.add_argument("--version", action="version", version=aigc_edu.__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_corpora(commands.add_parser("corpora", help="list, fetch or rebuild data sets"))
    _add_train(commands.add_parser("train", help="train a model; run it again to resume"))
    _add_generate(commands.add_parser("generate", help="write sound files with a trained model"))
    for name, (module, function, summary) in ELSEWHERE.items():
        commands.add_parser(name, help=summary).fill = partial(_fill, module, function)
    _add_checkpoints(commands.add_parser("checkpoints", help="list, make or score checkpoints"))
    _add_mark(commands.add_parser("mark", help="mark the exercises of handed-in notebooks"))
    info = commands.add_parser("info", help="versions, folders, and what a checkpoint holds")
    info.add_argument("--checkpoint", metavar="NAME", help="a shipped checkpoint or a file")
    info.set_defaults(run=_info)
    return parser


def _fill(module: str, function: str, parser: _Parser) -> None:
    getattr(importlib.import_module(module), function)(parser)


def _add_corpora(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="what there is and where it lies").set_defaults(run=_list)
    fetch = actions.add_parser("fetch", help="download a data set's official archive")
    fetch.add_argument("name", choices=corpora.available())
    fetch.add_argument("--root", type=Path, help="folder to put it in (default: $AIGC_EDU_DATA)")
    fetch.add_argument("--parts", help="nsynth: these only, of train,validation,test")
    fetch.set_defaults(run=_fetch)
    build = actions.add_parser("build", help="make a built-in corpus again by its recipe")
    build.add_argument("name", choices=corpora.available())
    build.add_argument("--out", type=Path, help="folder to put it in (default: its own place)")
    build.add_argument("--texts", type=Path, help="sentences-large: the list, as LJSpeech's")
    build.add_argument("--count", type=int, help="sentences-large: how many texts of it")
    build.set_defaults(run=_build)


def _add_kinds(parser: argparse.ArgumentParser, fill: Callable[[_Parser, str], None]) -> None:
    """Add a parser for each kind; ``fill`` gives it its flags as soon as it is asked for."""
    actions = parser.add_subparsers(dest="model", required=True, metavar="MODEL")
    for name, entry in KINDS.items():
        actions.add_parser(name, help=entry.summary).fill = partial(fill, name=name)


def _add_train(parser: argparse.ArgumentParser) -> None:
    _add_kinds(parser, _fill_train)


def _fill_train(parser: argparse.ArgumentParser, name: str) -> None:
    from aigc_edu.kinds.options import add_training  # torch is slow to import: only where needed

    add_training(parser, find_kind(name))
    parser.set_defaults(run=_train)


def _add_generate(parser: argparse.ArgumentParser) -> None:
    _add_kinds(parser, _fill_generate)


def _fill_generate(parser: argparse.ArgumentParser, name: str) -> None:
    kind = find_kind(name)
    if kind.wishes is None:
        parser.error(f"a {name} makes no sound")
    kind.wishes(parser)
    parser.set_defaults(run=_generate)


def _add_checkpoints(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    there = actions.add_parser("list", help="what there is, how made, what it scores")
    there.set_defaults(run=_list_checkpoints)
    make = actions.add_parser("make", help="train by recipe, export, score; run again to resume")
    make.fill = _fill_make
    ship = actions.add_parser("ship", help="copy what was made to the course's checkpoints")
    ship.add_argument("names", nargs="+", metavar="NAME")
    ship.add_argument("--out", type=Path, default=Path("runs"), help="folder of the runs")
    ship.set_defaults(run=_ship)
    score = actions.add_parser("score", help="measure shipped checkpoints again")
    score.add_argument("names", nargs="*", metavar="NAME", help="(default: all)")
    score.add_argument("--ship", action="store_true", help="write it to the course's cards, too")
    score.set_defaults(run=_score)


def _add_mark(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Mark handed-in notebooks by the course's own checks. The code that was handed in runs "
        "with your rights: mark in a container or a virtual machine."
    )
    parser.add_argument("folder", type=Path, help="what was handed in, e.g. a folder a student")
    parser.add_argument("--csv", type=Path, required=True, help="table to write")
    parser.add_argument(
        "--chapters", type=Path, default=Path("chapters"), help="the course's own notebooks"
    )
    parser.add_argument("--seconds", type=float, default=60, help="for an exercise (default: 60)")
    parser.add_argument("--gigabytes", type=float, default=4, help="for a notebook (default: 4)")
    parser.set_defaults(run=_mark)


def _mark(options: argparse.Namespace) -> None:
    from aigc_edu.teaching.marking import mark, write_csv

    found = mark(options.folder, options.chapters, options.seconds, options.gigabytes)
    marks = write_csv(found, options.csv)
    points, most = sum(line.points for line in marks), sum(line.out_of for line in marks)
    print(f"{options.csv}: {len(marks)} lines, {points} of {most} points")


def _ship(options: argparse.Namespace) -> None:
    from aigc_edu.kinds.commands import ship_all

    ship_all(options)


def _fill_make(parser: argparse.ArgumentParser) -> None:
    from aigc_edu.kinds.options import number, positive

    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="(default: all whose recipe has changed)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps ...")
    parser.add_argument(
        "--minutes", type=number(0.001), help="for all together; a fifth is kept for scores"
    )
    parser.add_argument("--threads", type=positive, help="CPU threads (default: torch's choice)")
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), help="folder of the runs (default: runs)"
    )
    parser.add_argument("--pack", type=Path, help="folder for zip files of what was made")
    parser.add_argument("--ship", action="store_true", help="copy it to the course's checkpoints")
    parser.set_defaults(run=_make)


def _list_checkpoints(options: argparse.Namespace) -> None:
    from aigc_edu.kinds.cards import listing

    print("\n".join(listing()))


def _make(options: argparse.Namespace) -> None:
    from aigc_edu.kinds.commands import make_all

    make_all(options)


def _score(options: argparse.Namespace) -> None:
    from aigc_edu.kinds.commands import score_again

    score_again(options)


def _list(options: argparse.Namespace) -> None:
    for name in corpora.available():
        print(corpora.describe(name))
    print(f"data sets are looked for in {datasets_dir()} (set AIGC_EDU_DATA to change that)")


def _fetch(options: argparse.Namespace) -> None:
    parts = options.parts.split(",") if options.parts else None
    print(f"{options.name} lies in {corpora.fetch(options.name, options.root, parts)}")


def _build(options: argparse.Namespace) -> None:
    told = {"texts": options.texts, "count": options.count}
    given = {key: value for key, value in told.items() if value is not None}
    print(f"{options.name} was made in {corpora.build(options.name, options.out, **given)}")


def _train(options: argparse.Namespace) -> int:
    from aigc_edu.kinds import running
    from aigc_edu.training.engine import started_together
    from aigc_edu.training.launching import launch

    kind = find_kind(options.model)
    running.check_processes(kind, options)
    if (options.processes or 1) > 1 and started_together() == 1:
        return launch(options.processes, options.arguments, options.device)
    running.train(kind, options)
    return 0


def _generate(options: argparse.Namespace) -> None:
    from aigc_edu.audio import write_new

    kind = find_kind(options.model)
    for sound in kind.generate(kind.load(options.checkpoint), options):
        print(write_new(options.out / f"{sound.name}.wav", sound.samples, sound.rate), flush=True)


def _info(options: argparse.Namespace) -> None:
    from aigc_edu.checkpoints import load_checkpoint, shipped_checkpoints

    if options.checkpoint:
        tensors, description = load_checkpoint(options.checkpoint)
        weights = sum(t.numel() for k, t in tensors.items() if k.startswith("model."))
        print(f"weights: {weights}")
        for key, value in sorted(description.items()):
            text = str(value)
            print(f"{key}: {text if len(text) < LONG else text[:LONG] + ' ...'}")
        return
    print(f"aigc_edu {aigc_edu.__version__}, Python {platform.python_version()}")
    print(f"shipped data: {data_dir()}")
    print(f"data sets: {datasets_dir()}")
    print(f"checkpoints: {', '.join(shipped_checkpoints()) or 'none'}")
