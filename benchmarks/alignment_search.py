"""Measure the alignment search against the same in plain Python, on one case.

Both give the same durations, which is looked at first. ``python benchmarks/alignment_search.py
--help``
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from aigc_edu.nn.alignment import search_alignment


def plain_search(score: list[list[float]]) -> list[int]:
    """Return the durations of the best alignment of scores, N rows of T numbers."""
    count, frames = len(score), len(score[0])
    low = float("-inf")
    best = [[low] * frames for _ in range(count)]
    for t in range(frames):
        for n in range(max(0, count + t - frames), min(count, t + 1)):
            stay = best[n][t - 1] if n < t else low
            came = best[n - 1][t - 1] if n and t else low
            best[n][t] = (max(stay, came) if t else 0.0) + score[n][t]
    durations, n = [0] * count, count - 1
    for t in range(frames - 1, -1, -1):
        durations[n] += 1
        if n and (n == t or best[n][t - 1] < best[n - 1][t - 1]):
            n -= 1
    return durations


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=200)
    parser.add_argument("--frames", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    score = random.standard_normal((options.symbols, options.frames)).astype(np.float32)
    rows = score.tolist()
    assert plain_search(rows) == search_alignment(score).tolist()  # compiles, too
    seconds: dict[str, list[float]] = {"plain Python": [], "numba": []}
    for _ in range(options.rounds):
        for name, search in (
            ("plain Python", lambda: plain_search(rows)),
            ("numba", lambda: search_alignment(score)),
        ):
            began = time.perf_counter()
            search()
            seconds[name].append(time.perf_counter() - began)
    for name, values in seconds.items():
        print(f"{name:14} {1000 * min(values):9.3f} ms")
    print(f"{min(seconds['plain Python']) / min(seconds['numba']):.0f} times as fast")


if __name__ == "__main__":
    main()
