"""What DNSMOS foretells of sentences that were spoiled: by noise, by a filter, and of their sense.

``pip install speechmos onnxruntime``, then ``python benchmarks/dnsmos_copies.py``. It takes some
seconds of a core for each sentence and way. The chapter *Judging generated sound* tells the means.
"""

from __future__ import annotations

import argparse

import numpy as np

from aigc_edu import corpora, dsp
from aigc_edu.evaluation.dnsmos import RATE, dnsmos

PIECE = 0.25  # seconds of the pieces that are put in a random order


def ways(x: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """Return a sentence (N,) at 16 kHz as it is and spoiled, by the name of the way."""
    random, size = np.random.default_rng(seed), round(PIECE * RATE)
    pieces = [x[n : n + size] for n in range(0, len(x) - size + 1, size)]
    return {
        "as it is": x,
        "hiss at 20 dB": x + 0.1 * x.std() * random.normal(size=len(x)),
        "nothing above 1.5 kHz": np.convolve(x, dsp.lowpass(1500, RATE, 255), "same"),
        "pieces shuffled": np.concatenate([pieces[n] for n in random.permutation(len(pieces))]),
        "backwards": x[::-1],
    }


def main() -> None:
    """Print a row for each sentence, and the means."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--first", type=int, default=0, help="number of the first sentence")
    parser.add_argument("--count", type=int, default=6, help="how many sentences")
    options = parser.parse_args()
    rows = []
    for clip in corpora.load("sentences-natural")[options.first :][: options.count]:
        x = np.asarray(clip.samples, float)
        made = ways(0.5 * x / np.abs(x).max())
        rows.append([dnsmos(np.clip(y, -1, 1), RATE)["overall"] for y in made.values()])
        print(" ".join(f"{value:6.2f}" for value in rows[-1]), clip.text, flush=True)
    for name, value in zip(made, np.mean(rows, axis=0), strict=True):
        print(f"{name:24}{value:.2f}")


if __name__ == "__main__":
    main()
