"""Measure how three ways to a spectrum grow with the number of samples, side by side in one run.

The DFT by its matrix (which is made beforehand, so that only the product is timed), our radix-2
FFT, and ``numpy.fft``. At each size the three take turns for several rounds; a figure is the
median. The exponent p of ``time = c N^p`` is fitted to the larger half of the sizes, where the
fixed cost of a call no longer matters. ``python benchmarks/fft_scaling.py --help``
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np

from aigc_edu import dsp

Way = Callable[[np.ndarray], np.ndarray]


def seconds(way: Way, x: np.ndarray, least: float) -> float:
    """Return the seconds of one call, averaged over as many as fill ``least`` seconds."""
    calls, began = 0, time.perf_counter()
    while time.perf_counter() - began < least:
        way(x)
        calls += 1
    return (time.perf_counter() - began) / calls


def measure(ways: Mapping[str, Way], x: np.ndarray, rounds: int) -> dict[str, float]:
    """Return each way's median seconds, after a look at whether all give the same spectrum."""
    right = np.fft.fft(x)
    for name, way in ways.items():
        assert np.abs(way(x) - right).max() < 1e-10 * np.abs(right).max(), name
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(seconds(way, x, least=0.01))
    return {name: statistics.median(values) for name, values in times.items()}


def exponent(times: Mapping[int, float]) -> float:
    """Return p of ``time = c N^p``, fitted in logarithms to the larger half of the sizes."""
    sizes = sorted(times)[len(times) // 2 :]
    return float(np.polyfit(np.log(sizes), np.log([times[n] for n in sizes]), 1)[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=16, help="as a power of two")
    parser.add_argument("--largest-matrix", type=int, default=12, help="16 N^2 bytes: 12 is 268 MB")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    table: dict[str, dict[int, float]] = {"matrix": {}, "our fft": {}, "numpy": {}}
    print("      N   matrix ms   our fft ms    numpy ms   matrix/ours   ours/numpy")
    for size in (2**k for k in range(4, options.largest + 1)):
        ways: dict[str, Way] = {"our fft": dsp.fft, "numpy": np.fft.fft}
        if size <= 2**options.largest_matrix:
            W = dsp.dft_matrix(size)
            ways["matrix"] = lambda x, W=W: W @ x
        x = np.random.default_rng(size).normal(size=size) + 0j
        times = measure(ways, x, options.rounds)
        for name, value in times.items():
            table[name][size] = value
        matrix = times.get("matrix", float("nan"))
        print(
            f"{size:7} {1e3 * matrix:11.4f} {1e3 * times['our fft']:12.4f} "
            f"{1e3 * times['numpy']:11.4f} {matrix / times['our fft']:13.1f} "
            f"{times['our fft'] / times['numpy']:12.1f}"
        )
    for name, values in table.items():
        print(f"{name:8} grows as N^{exponent(values):.2f}")


if __name__ == "__main__":
    main()
