"""The command ``bench``: what it can be told, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path

from aigc_edu.bench.lists import BenchError, SoundList, read_lists
from aigc_edu.bench.results import results_dir, write_results
from aigc_edu.bench.running import run_bench
from aigc_edu.bench.verdicts import verdict
from aigc_edu.errors import did_you_mean
from aigc_edu.kinds.options import positive


def add_bench(parser: argparse.ArgumentParser) -> None:
    """Add what ``bench`` can be told."""
    parser.description = (
        "Have every model make the same list of sounds, score them, and write a page with all of "
        "them. What is there already isn't made again, so an interrupted bench goes on."
    )
    parser.add_argument("lists", nargs="*", metavar="LIST", help="of the file (default: all)")
    parser.add_argument("--file", type=Path, help="lists of your own (default: the course's)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--takes", type=positive, help="fewer takes of each item than it says")
    parser.add_argument(
        "--ship", action="store_true", help="keep the results as those that ship with the course"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Run the bench and say who is ahead."""
    if options.ship and (options.lists or options.file or options.takes):
        raise BenchError("--ship keeps the results of all lists of the course, with all takes")
    lists = chosen(read_lists(options.file), options.lists, options.takes)
    results = run_bench(lists, options.out, lambda line: print(line, flush=True))
    for found in results.lists.values():
        print(f"{found.title}: {verdict(found)}")
    if options.ship:
        write_results(results, results_dir())
    print(options.out / "index.html")


def chosen(
    lists: dict[str, SoundList], names: list[str], takes: int | None
) -> dict[str, SoundList]:
    """Return the named lists, or all; BenchError if there is none of that name."""
    for name in names:
        if name not in lists:
            hint = did_you_mean(name, lists) or f"there are {', '.join(lists)}"
            raise BenchError(f"there is no list {name!r}; {hint}")
    return {name: own.some(takes) for name, own in lists.items() if not names or name in names}
