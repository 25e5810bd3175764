"""Measure judges: real test clips heard right, and each kind of nothing heard as nothing.

``AIGC_EDU_DATA=FOLDER python benchmarks/judges.py --judge recogniser-fsdd listener-fsdd``
"""

from __future__ import annotations

import argparse

import torch

from aigc_edu import corpora
from aigc_edu.evaluation import NOTHING, Judge, share_of_nothing, wilson_interval


def measure(name: str, corpus_name: str | None, each: int) -> None:
    """Print what a judge hears in the test part of a corpus, by default its own."""
    judge = Judge.load(name)
    corpus = corpora.load(corpus_name or judge.model.description["corpus"])
    test = corpus.split("official").test
    words, labels = [clip.samples for clip in test], [clip.label for clip in test]
    verdicts = judge.recognise(words, corpus.rate)
    hits = round(verdicts.accuracy(labels) * len(test))
    low, high = wilson_interval(hits, len(test))
    print(f"{name}: {hits} of {len(test)} test clips of {corpus.name} heard right")
    print(f"  {hits / len(test):.1%} ({low:.1%} to {high:.1%})", end=", ")
    print(f"{(verdicts.labels == NOTHING).mean():.1%} heard as nothing")
    for kind, share in share_of_nothing(judge, words, corpus.rate, each).items():
        print(f"  {kind}: {share:.1%} of {each} heard as nothing")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ["recogniser-digits", "listener-digits"]
    parser.add_argument("--judge", nargs="+", default=names, help="shipped names or files")
    parser.add_argument("--corpus", help="default: each judge's own")
    parser.add_argument("--each", type=int, default=200, help="clips of each kind of nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.judge:
        measure(name, options.corpus, options.each)


if __name__ == "__main__":
    main()
