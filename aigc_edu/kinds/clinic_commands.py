"""What ``python -m aigc_edu clinic`` does: make the clinic's evidence, check a checkpoint.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import argparse
from pathlib import Path

from aigc_edu import corpora
from aigc_edu.kinds.options import positive


def add_clinic(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their flags."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    make = actions.add_parser("make", help="train the patients; run it again to resume")
    make.add_argument("names", nargs="*", metavar="RUN", help="(default: all)")
    make.add_argument("--out", type=Path, required=True, help="folder of curves and sounds")
    make.add_argument("--steps", type=positive, help="of each run, for a trial (default: its own)")
    make.add_argument("--again", action="store_true", help="also what is there already")
    make.set_defaults(run=_make)
    check = actions.add_parser("check", help="look for what is wrong with a checkpoint")
    check.add_argument("--checkpoint", required=True, help="a file, or a shipped one's name")
    check.add_argument(
        "--corpus", choices=corpora.available(), help="(default: what it has learned from)"
    )
    check.add_argument("--root", type=Path, help="folder of the corpus (default: its own place)")
    check.set_defaults(run=_check)


def _make(options: argparse.Namespace) -> None:
    from aigc_edu.clinic.making import make

    for made in make(options.out, options.names, options.steps, options.again):
        ends = ", ".join(f"{name} {value:.3g}" for name, value in made.last.items())
        print(f"{made.name}: {made.seconds:.0f} s, {ends} {made.unit} {made.ended}".rstrip())


def _check(options: argparse.Namespace) -> int:
    from aigc_edu.kinds.checkup import check_up

    wrong = 0
    for finding in check_up(options.checkpoint, options.corpus, options.root):
        print(finding, flush=True)
        wrong += finding.state == "wrong"
    return int(wrong > 0)
