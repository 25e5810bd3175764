"""The command line: ``python -m aigc_edu corpora | train | generate | info``."""

from __future__ import annotations

import argparse
import math
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import aigc_edu
from aigc_edu import corpora
from aigc_edu.errors import CourseError
from aigc_edu.paths import data_dir, datasets_dir


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line that names the way to the help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; '{self.prog} --help' shows what is possible\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 2 for bad input (told in one line), 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except CourseError as error:
        print(f"aigc_edu: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"aigc_edu: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print(f"aigc_edu: {stop or 'interrupted'}", file=sys.stderr)
        return 130
    return 0


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
    parser.add_argument("model", choices=("wavenet", "recogniser"))
    parser.add_argument(
        "--corpus", help="digits, fsdd, speech_commands ... (default: $AIGC_EDU_CORPUS or digits)"
    )
    parser.add_argument("--root", type=Path, help="folder of the corpus (default: $AIGC_EDU_DATA)")
    parser.add_argument("--speakers", help="learn from these only, e.g. jackson,theo")
    parser.add_argument(
        "--takes", type=_positive, help="learn from so many clips of each label and speaker only"
    )
    parser.add_argument("--size", default="tiny", help="wavenet: tiny, trained or paper")
    parser.add_argument("--init", metavar="NAME", help="checkpoint whose weights to begin with")
    parser.add_argument(
        "--augment", action="store_true", help="wavenet: vary the speed, and disturb what it hears"
    )
    parser.add_argument(
        "--floor", type=_number(0, 0.1), default=0.0, help="wavenet: noise under the clips"
    )
    _add_steps(parser)
    parser.add_argument("--seed", type=_whole, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps ...")
    parser.add_argument("--threads", type=_positive, help="CPU threads (default: torch's choice)")
    parser.add_argument("--bfloat16", action="store_true", help="compute in bfloat16")
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    parser.set_defaults(run=_train)


def _add_steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=_positive, default=1000)
    parser.add_argument("--batch-size", type=_positive, default=8, help="clips in a step")
    parser.add_argument("--learning-rate", type=_number(1e-9, 10), default=2e-3)
    parser.add_argument(
        "--ema", type=_number(0, 0.999999), default=0.0, help="keep a moving average, e.g. 0.999"
    )
    parser.add_argument("--save-every", type=_positive, default=250, help="steps between saves")


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=("wavenet",))
    parser.add_argument("--checkpoint", default="wavenet-fsdd", help="shipped name or file")
    parser.add_argument("--label", type=int, required=True, help="the digit to say, 0 to 9")
    parser.add_argument("--speaker", help="whose voice (default: all take turns)")
    parser.add_argument("--count", type=_positive, default=1, help="number of clips")
    parser.add_argument("--seed", type=_whole, default=0)
    parser.add_argument("--temperature", type=_number(0), help="default: the checkpoint's own")
    parser.add_argument(
        "--seconds", type=_number(1e-3, 60), default=1.0, help="longest duration of a clip"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV files")
    parser.set_defaults(run=_generate)


def _integer(text: str, least: int, most: int) -> int:
    if not (text.lstrip("+").isdecimal() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(
            f"expected a whole number from {least} to {most:,}, got {text}"
        )
    return int(text)


def _positive(text: str) -> int:
    return _integer(text, 1, 10**7)


def _whole(text: str) -> int:
    return _integer(text, 0, 2**32 - 1)  # what NumPy takes for a seed


def _number(least: float, most: float = math.inf) -> Callable[[str], float]:
    """Return a reader of finite numbers within bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and least <= value <= most):
            upper = f" to {most:g}" if math.isfinite(most) else " or more"
            raise argparse.ArgumentTypeError(f"expected a number from {least:g}{upper}, got {text}")
        return value

    return read


def _list(options: argparse.Namespace) -> None:
    for name in corpora.available():
        print(corpora.describe(name))
    print(f"data sets are looked for in {datasets_dir()} (set AIGC_EDU_DATA to change that)")


def _fetch(options: argparse.Namespace) -> None:
    parts = options.parts.split(",") if options.parts else None
    print(f"{options.name} lies in {corpora.fetch(options.name, options.root, parts)}")


def _build(options: argparse.Namespace) -> None:
    print(f"{options.name} was made in {corpora.build(options.name, out=options.out)}")


def _train(options: argparse.Namespace) -> None:
    from aigc_edu.training import recipes  # torch is slow to import: only where it is needed

    recipes.train(options)


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
    )
    for i, clip in enumerate(clips):
        name = f"wavenet_{options.label}_seed{options.seed}_{i:03d}.wav"
        print(write(options.out / name, clip, model.description["rate"]))


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
