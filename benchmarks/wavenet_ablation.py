"""Measure what each of WaveNet's ideas is worth: bits per sample with it switched off.

Every variant trains on the same clips for the same number of multiplications, from the same seeds,
and is scored on other clips by the same voices. ``python benchmarks/wavenet_ablation.py --help``
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from wavenet_variants import (
    Switches,
    WaveNetVariant,
    bits_on,
    encode,
    train_within,
)

from aigc_edu import corpora
from aigc_edu.corpora import Corpus
from aigc_edu.corpora.choosing import generation_split


def joined(corpus: Corpus, clips: int, mu_law: bool) -> torch.Tensor:
    """Return the codes of some clips one after the other, each at a peak of 0.7."""
    chosen = [c.samples for c in corpus][:: max(1, len(corpus) // clips)][:clips]
    whole = np.concatenate([0.7 * x / max(np.abs(x).max(), 1e-3) for x in chosen])
    return encode(whole, mu_law)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="digits")
    parser.add_argument("--voice", help="one speaker of the corpus (default: all)")
    parser.add_argument("--budget", type=float, default=6e11, help="multiplications for each")
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1e-2)
    parser.add_argument("--seeds", type=int, default=1, help="runs of each, of which the mean")
    options = parser.parse_args()
    torch.set_num_threads(1)
    corpus = corpora.load(options.corpus, rate=8000)
    corpus = corpus.select(speaker=options.voice) if options.voice else corpus
    train, validation, test = generation_split(corpus)
    print(f"{'':20}{'field':>6}{'weights':>9}{'steps':>7}{'bits':>8}{'fine bits':>11}{'time':>8}")
    for name, switches in Switches.one_off_each().items():
        codes = joined(train, len(train), switches.mu_law)
        unheard = joined(validation + test, 40, switches.mu_law)
        scores, began = [], time.perf_counter()
        for seed in range(options.seeds):
            torch.manual_seed(seed)
            model = WaveNetVariant(switches, options.channels, 2 * options.channels, options.layers)
            budget = int(options.budget)
            steps = train_within(model, codes, budget, options.batch, rate=options.rate)
            scores.append(bits_on(model, unheard))
        bits, fine = np.mean(scores, axis=0)
        weights = sum(p.numel() for p in model.parameters())
        seconds = time.perf_counter() - began
        print(
            f"{name:20}{model.receptive_field:6}{weights:9,}{steps:7,}{bits:8.3f}{fine:11.3f}"
            f"{seconds:7.0f}s",
            flush=True,
        )


if __name__ == "__main__":
    main()
