"""What the command line's ``train`` and ``generate`` can be told, and between which bounds."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from aigc_edu.corpora.halves import HALVES


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add what ``train`` can be told."""
    parser.add_argument(
        "--corpus",
        help="digits, fsdd, speech_commands ... (default: $AIGC_EDU_CORPUS or digits; "
        "vocoder: sentences)",
    )
    parser.add_argument("--root", type=Path, help="folder of the corpus (default: $AIGC_EDU_DATA)")
    _add_clips(parser)
    parser.add_argument(
        "--variety",
        type=_number(0, 1.6),
        default=1.0,
        help="recogniser, listener: how much to vary speed and filter (default: 1)",
    )
    parser.add_argument("--size", default="tiny", help="wavenet: tiny, trained or paper")
    parser.add_argument("--init", metavar="NAME", help="checkpoint whose weights to begin with")
    parser.add_argument(
        "--augment", action="store_true", help="wavenet: vary the speed, and disturb what it hears"
    )
    parser.add_argument(
        "--floor", type=_number(0, 0.1), default=0.0, help="wavenet: noise under the clips"
    )
    parser.add_argument(
        "--length", type=_positive, default=8192, help="vocoder: samples of a piece (default: 8192)"
    )
    _add_steps(parser)
    _add_validation(parser)
    _add_machine(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of this run")


def _add_clips(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--speakers", help="learn from these only, e.g. jackson,theo")
    parser.add_argument(
        "--takes", type=_positive, help="learn from so many clips of each label and speaker only"
    )
    parser.add_argument(
        "--half",
        choices=HALVES,
        help="learn from even or odd takes only, or from every second voice if the test has others",
    )


def _add_steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=_positive, default=1000)
    parser.add_argument(
        "--batch-size", type=_positive, help="clips in a step (default: 8; vocoder: 2 pieces)"
    )
    parser.add_argument("--learning-rate", type=_number(1e-9, 10), default=2e-3)
    parser.add_argument(
        "--ema", type=_number(0, 0.999999), default=0.0, help="keep a moving average, e.g. 0.999"
    )
    parser.add_argument("--save-every", type=_positive, default=250, help="steps between saves")


def _add_validation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--validate-every", type=_whole, default=0, help="steps between validations (default: none)"
    )
    parser.add_argument(
        "--patience",
        type=_whole,
        default=0,
        help="stop after so many validations without a new best (default: never)",
    )
    parser.add_argument(
        "--validation-clips", type=_positive, default=50, help="how many at most (default: 50)"
    )


def _add_machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=_whole, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps ...")
    parser.add_argument(
        "--processes",
        type=_positive,
        help="share each batch among so many, each on its GPU or cores",
    )
    parser.add_argument("--threads", type=_positive, help="CPU threads (default: torch's choice)")
    parser.add_argument("--bfloat16", action="store_true", help="compute in bfloat16")


def add_speaking(parser: argparse.ArgumentParser) -> None:
    """Add what ``generate wavenet`` can be told."""
    parser.add_argument("--checkpoint", default="wavenet-fsdd", help="shipped name or file")
    parser.add_argument("--label", type=int, required=True, help="the digit to say, 0 to 9")
    parser.add_argument("--speaker", help="whose voice (default: all take turns)")
    parser.add_argument("--count", type=_positive, default=1, help="number of clips")
    parser.add_argument(
        "--top-k", type=_whole, default=0, help="draw from the so many most probable codes only"
    )
    parser.add_argument(
        "--top-p",
        type=_number(1e-9, 1),
        default=1.0,
        help="draw from the fewest codes that are so probable together",
    )
    parser.add_argument(
        "--seconds", type=_number(1e-3, 60), default=1.0, help="longest duration of a clip"
    )
    _add_drawing(parser)


def add_copying(parser: argparse.ArgumentParser) -> None:
    """Add what ``generate vocoder`` can be told."""
    parser.add_argument("--checkpoint", default="vocoder-sentences", help="shipped name or file")
    parser.add_argument("--wav", type=Path, required=True, help="sound file to copy")
    _add_drawing(parser)


def _add_drawing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=_whole, default=0)
    parser.add_argument("--temperature", type=_number(0), help="default: the checkpoint's own")
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV files")


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
