"""What every kind's ``train`` and ``generate`` can be told, and between which bounds."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from aigc_edu.kinds.base import Kind
from aigc_edu.training.settings import TrainingSettings

# A setting's default stands where the setting does.
_DEFAULTS = {field.name: field.default for field in fields(TrainingSettings)}


def add_training(parser: argparse.ArgumentParser, kind: Kind) -> None:
    """Add what ``train`` can be told for this kind: what all can be, and its own."""
    by_default = kind.corpus or "$AIGC_EDU_CORPUS or digits"
    parser.add_argument(
        "--corpus", help=f"digits, fsdd, speech_commands ... (default: {by_default})"
    )
    parser.add_argument("--root", type=Path, help="folder of the corpus (default: $AIGC_EDU_DATA)")
    if kind.rate is None:
        parser.add_argument(
            "--rate", type=positive, help="resample the corpus to so many Hz (default: its own)"
        )
    parser.add_argument("--speakers", help="learn from these only, e.g. jackson,theo")
    parser.add_argument(
        "--takes", type=positive, help="learn from so many clips of each label and speaker only"
    )
    parser.add_argument("--init", metavar="NAME", help="checkpoint whose weights to begin with")
    _add_steps(parser, kind)
    _add_validation(parser)
    _add_machine(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")
    kind.options(parser.add_argument_group(f"of a {kind.name} alone"))


def _add_steps(parser: argparse.ArgumentParser, kind: Kind) -> None:
    _add_setting(parser, "steps", positive, "batches to learn from")
    parser.add_argument(
        "--batch-size",
        type=positive,
        default=kind.batch_size,
        help="examples in a step (default: %(default)s)",
    )
    _add_setting(parser, "learning_rate", number(1e-9, 10), "Adam's step size", kind.learning_rate)
    _add_setting(parser, "ema", number(0, 0.999999), "keep a moving average, e.g. 0.999")
    _add_setting(parser, "save_every", positive, "steps between saves")


def _add_validation(parser: argparse.ArgumentParser) -> None:
    _add_setting(parser, "validate_every", whole, "steps between validations, 0 for none")
    parser.add_argument(
        "--keep-last",
        action="store_true",
        help="use the last weights, not those of the best validation",
    )
    _add_setting(
        parser, "patience", whole, "stop after so many validations without a new best, 0 for never"
    )
    parser.add_argument(
        "--validation-clips",
        type=positive,
        default=50,
        help="how many at most (default: %(default)s)",
    )


def _add_setting(
    parser: argparse.ArgumentParser,
    name: str,
    read: Callable[[str], float],
    about: str,
    default: float | None = None,
) -> None:
    flag, default = f"--{name.replace('_', '-')}", _DEFAULTS[name] if default is None else default
    parser.add_argument(flag, type=read, default=default, help=f"{about} (default: %(default)s)")


def _add_machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=whole, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps ...")
    parser.add_argument(
        "--processes",
        type=positive,
        help="share each batch among so many, each on its GPU or cores",
    )
    parser.add_argument("--threads", type=positive, help="CPU threads (default: torch's choice)")
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="compute in bfloat16: much slower on a processor without instructions for it",
    )


def add_drawing(parser: argparse.ArgumentParser) -> None:
    """Add what a generator that draws codes can be told: seed, temperature, folder."""
    parser.add_argument("--seed", type=whole, default=0)
    parser.add_argument("--temperature", type=number(0), help="default: the checkpoint's own")
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV files")


def add_checkpoint(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the checkpoint to generate with, ``name`` by default."""
    parser.add_argument("--checkpoint", default=name, help="shipped name or file (%(default)s)")


def integer(text: str, least: int, most: int) -> int:
    """Read a whole number within bounds; argparse tells what is wrong with another."""
    if not (text.lstrip("+").isdecimal() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(
            f"expected a whole number from {least} to {most:,}, got {text}"
        )
    return int(text)


def positive(text: str) -> int:
    """Read a whole number from 1 to ten million."""
    return integer(text, 1, 10**7)


def whole(text: str) -> int:
    """Read a whole number from 0 on that can be a seed."""
    return integer(text, 0, 2**32 - 1)  # what NumPy takes for a seed


def number(least: float, most: float = math.inf) -> Callable[[str], float]:
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


def several(what: str, such_as: str) -> Callable[[str], list[int]]:
    """Return a reader of whole numbers with commas between them.

    Of others, argparse tells ``what`` was expected, and an example.
    """

    def read(text: str) -> list[int]:
        try:
            return [int(part) for part in text.split(",")]
        except ValueError as error:
            raise argparse.ArgumentTypeError(
                f"expected {what} with commas between them, such as {such_as}, got {text}"
            ) from error

    return read
