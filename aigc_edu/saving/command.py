"""What ``python -m aigc_edu convert`` takes and does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aigc_edu.audio.formats import FORMATS, Coding
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving.batch import convert_all
from aigc_edu.saving.converting import Conversion
from aigc_edu.saving.tags import tags_by_name

_DITHER = {"none": None, "triangular": "triangular", "shaped": "shaped"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments of ``convert``."""
    parser.description = (
        "Convert sound files and folders of them. What is there already stays as it is, so that "
        "the same command goes on where it was stopped."
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IN", help="files and folders")
    endings = [ending[1:] for ending in FORMATS]
    parser.add_argument("--to", required=True, choices=endings, help="the new format")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="for the results")
    parser.add_argument("--replace", action="store_true", help="make anew what is there")
    parser.add_argument("--rate", type=int, metavar="HZ", help="(default: each file's own)")
    parser.add_argument("--channels", choices=("keep", "mix"), default="keep", help="mix: to one")
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help="title, artist, album, date, genre, track, copyright, comment or network",
    )
    _add_level(parser.add_argument_group("loudness"))
    _add_coding(parser.add_argument_group("how finely"))


def _add_level(level: argparse._ArgumentGroup) -> None:
    level.add_argument("--loudness", type=float, metavar="LUFS", help="-16 for instance")
    level.add_argument("--peak", type=float, default=-1.0, metavar="DB", help="(default: -1 dBTP)")
    level.add_argument(
        "--over",
        choices=("refuse", "reduce"),
        default="refuse",
        help="a file whose peaks are in the way is refused, or made only as loud as they allow",
    )


def _add_coding(fine: argparse._ArgumentGroup) -> None:
    fine.add_argument("--kbps", type=float, help="mp3, opus, m4b: kbit/s on average")
    fine.add_argument("--quality", type=float, help="ogg, mp3, opus: 0 (smallest) to 1 (best)")
    fine.add_argument("--bits", type=int, help="wav, flac: 8, 16 (default), 24; wav: 32 (float)")
    fine.add_argument("--dither", choices=tuple(_DITHER), default="triangular")


def run(options: argparse.Namespace) -> int:
    """Convert; return 0, or 1 if a file could not be converted, which a line has told."""
    coding = Coding(options.kbps, options.quality, options.bits, _DITHER[options.dither])
    how = Conversion(
        rate=options.rate,
        channels=options.channels,
        loudness=options.loudness,
        peak=options.peak,
        over=options.over,
        coding=coding,
        tags=tags_by_name(_pairs(options.tag)),
    )
    summary = convert_all(
        options.inputs, options.out, f".{options.to}", how, options.replace, _tell, _complain
    )
    advice = " (--replace makes them anew)" if summary.kept else ""
    _tell(f"{options.out}: {summary}{advice}")
    return 1 if summary.failed else 0


def _tell(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(f"aigc_edu: {text}", file=sys.stderr, flush=True)


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for name, mark, _ in pairs:
        if not mark:
            raise InvalidValueError(f"--tag takes NAME=TEXT, not {name!r}")
    return {name: text for name, _, text in pairs}
