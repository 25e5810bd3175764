"""The command line: ``python -m aigc_edu corpora | train | generate | info``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import aigc_edu
from aigc_edu import corpora
from aigc_edu.errors import CourseError
from aigc_edu.paths import data_dir, datasets_dir
from aigc_edu.training.options import add_copying, add_speaking, add_training


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line that names the way to the help."""

    def error(self, message: str) -> NoReturn:
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
    except Exception:
        _after_the_main_process()
        raise


def _complain(text: str, status: int) -> int:
    _after_the_main_process()
    print(f"aigc_edu: {text}", file=sys.stderr)
    return status


def _among_the_others() -> bool:
    return os.environ.get("RANK", "0") != "0"  # the number that a launcher gives to a process


def _after_the_main_process() -> None:
    """Let the first of several processes say first what is wrong, most often the same.

    The others are ended as soon as it has ended.
    """
    if _among_the_others():
        time.sleep(10)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m aigc_edu", description="Data, training and generation.")
    parser.add_argument("--version", action="version", version=aigc_edu.__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_corpora(commands.add_parser("corpora", help="list, fetch or rebuild data sets"))
    _add_train(commands.add_parser("train", help="train a model; run it again to resume"))
    _add_generate(commands.add_parser("generate", help="write sound files with a trained model"))
    info = commands.add_parser("info", help="versions, folders, and what a checkpoint holds")
    info.add_argument("--checkpoint", metavar="NAME", help="a shipped checkpoint or a file")
    info.set_defaults(run=_info)
    return parser


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
    build.add_argument("--out", type=Path, required=True, help="folder to put it in")
    build.set_defaults(run=_build)


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=("wavenet", "vocoder", "recogniser", "listener"))
    add_training(parser)
    parser.set_defaults(run=_train)


def _add_generate(parser: argparse.ArgumentParser) -> None:
    models = parser.add_subparsers(dest="model", required=True, metavar="MODEL")
    wavenet = models.add_parser("wavenet", help="say a digit")
    add_speaking(wavenet)
    wavenet.set_defaults(run=_generate)
    vocoder = models.add_parser("vocoder", help="turn a sound into mel frames and back into sound")
    add_copying(vocoder)
    vocoder.set_defaults(run=_copy)


def _list(options: argparse.Namespace) -> None:
    for name in corpora.available():
        print(corpora.describe(name))
    print(f"data sets are looked for in {datasets_dir()} (set AIGC_EDU_DATA to change that)")


def _fetch(options: argparse.Namespace) -> None:
    parts = options.parts.split(",") if options.parts else None
    print(f"{options.name} lies in {corpora.fetch(options.name, options.root, parts)}")


def _build(options: argparse.Namespace) -> None:
    print(f"{options.name} was made in {corpora.build(options.name, out=options.out)}")


def _train(options: argparse.Namespace) -> int:
    from aigc_edu.training import engine, recipes  # torch is slow to import: only where needed

    recipes.check_processes(options)
    if (options.processes or 1) > 1 and engine.started_together() == 1:
        return engine.launch(options.processes, options.arguments, options.device)
    recipes.train(options)
    return 0


def _generate(options: argparse.Namespace) -> None:
    from aigc_edu.audio import write
    from aigc_edu.training.synthesis import synthesise
    from aigc_edu.training.wavenet import load_wavenet

    model = load_wavenet(options.checkpoint)
    clips = synthesise(
        model,
        options.label,
        options.count,
        options.seed,
        options.temperature,
        options.speaker,
        options.seconds,
        options.top_k,
        options.top_p,
    )
    for i, clip in enumerate(clips):
        name = f"wavenet_{options.label}_seed{options.seed}_{i:03d}.wav"
        print(write(options.out / name, clip, model.description["rate"]))


def _copy(options: argparse.Namespace) -> None:
    from aigc_edu.audio import read, write
    from aigc_edu.training.vocoder import RATE, copy_synthesis, load_vocoder

    model = load_vocoder(options.checkpoint)
    x, rate = read(options.wav, RATE)
    copy = copy_synthesis(model, x, options.seed, options.temperature)
    name = f"vocoder_{options.wav.stem}_seed{options.seed}.wav"
    print(write(options.out / name, copy, rate))


def _info(options: argparse.Namespace) -> None:
    from aigc_edu.training.checkpoints import load_checkpoint, shipped_checkpoints

    if options.checkpoint:
        tensors, description = load_checkpoint(options.checkpoint)
        weights = sum(t.numel() for k, t in tensors.items() if k.startswith("model."))
        print(f"weights: {weights}")
        for key, value in sorted(description.items()):
            print(f"{key}: {value}")
        return
    print(f"aigc_edu {aigc_edu.__version__}, Python {platform.python_version()}")
    print(f"shipped data: {data_dir()}")
    print(f"data sets: {datasets_dir()}")
    print(f"checkpoints: {', '.join(shipped_checkpoints()) or 'none'}")
