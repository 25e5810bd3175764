"""How the benchmarks measure speeds side by side, and what they print.

All ways are measured in turn in every round, so that a busy machine is busy for all of them;
figures are medians over the rounds, ratios the medians of the rounds' ratios. With one thread the
clock is the processor's own, which stands still while another program has the core.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numba
import numpy as np
import torch

from aigc_edu.models.conditioning import CodeModel

Way = Callable[[int], object]  # does something so many times: draws samples, or makes steps


@torch.inference_mode()
def check_agreement(model: CodeModel, steps: int = 40) -> None:
    """Assert that both streams give the network's logits, and draw the same codes."""
    codes = torch.randint(0, model.config.levels, (1, steps))
    expected = model(codes)
    for kind in model.streams:
        stream = kind(model, 1)
        logits = torch.stack([stream.step(codes[:, t]) for t in range(steps)], dim=-1)
        error = float((logits - expected).abs().max())
        assert error < 1e-5, f"the logits of {kind.__name__} are off by {error}"
    drawn = [
        model.generate(codes, steps, generator=torch.Generator().manual_seed(1), compiled=way)
        for way in (False, True)
    ]
    assert torch.equal(*drawn), "the two ways draw other codes"


@numba.njit(fastmath=True)
def sum_up(x: np.ndarray, times: int) -> float:
    """Read x (N,), float32, so many times and return the sum of all sums."""
    total = np.float32(0.0)
    for n in range(times):
        x[n % len(x)] = 1.0  # a changed array must be read again
        for i in range(len(x)):
            total += x[i]
    return total


def bandwidth_sampler(size: int) -> Way:
    """Return a function that reads an array of ``size`` bytes so many times."""
    x = torch.ones(size // 4).numpy()
    return lambda times: sum_up(x, times)


def count_for(run: Way, seconds: float) -> int:
    """Return how many times take about so many seconds; the first call may compile."""
    run(1)
    count, spent = 1, 0.0
    while spent < seconds / 2:  # getting ready must not be most of it
        count *= 2
        spent = timed(run, count)
    return max(1, round(count * seconds / spent))


def timed(run: Way, count: int) -> float:
    """Return the seconds that so many times take."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    began = clock()
    run(count)
    return clock() - began


def measure(runs: dict[str, Way], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Return for each way how many times a second it did its work in every round."""
    counts = {name: count_for(run, seconds) for name, run in runs.items()}
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            rates[name].append(counts[name] / timed(run, counts[name]))
    return rates


def ratio(rates: dict[str, list[float]], name: str, other: str) -> float:
    """Return the median over the rounds of one way's speed divided by another's."""
    return statistics.median(a / b for a, b in zip(rates[name], rates[other], strict=True))


def print_rate(name: str, rates: list[float], of: str = "samples", every: str = "second") -> None:
    """Print one way's figures."""
    least, middle, most = min(rates), statistics.median(rates), max(rates)
    print(f"  {name:14s}{middle:10.1f} {of} a {every}  ({least:.1f} ... {most:.1f})", flush=True)


def report(rates: dict[str, list[float]], size: float, bar: float) -> None:
    """Print one configuration's figures; a compiled step reads ``size`` bytes of weights.

    ``bar`` is how many times the peer's speed is asked for.
    """
    reads = statistics.median(rates["reading"])
    ways = [way for way in rates if way != "reading"]
    for way in ways:
        print_rate(way, rates[way])
    for way in ways:
        wanted = f"  (bar: {bar})" if way == "peer" else ""
        if way != "compiled":
            print(f"  compiled / {way:14s}{ratio(rates, 'compiled', way):8.1f}{wanted}")
    speed = statistics.median(rates["compiled"]) * size / 1e9
    print(f"  weights: {size / 1e6:.2f} MB for each sample, read at {speed:.1f} GB/s")
    print(f"  an array of this size is summed up at {reads * size / 1e9:.1f} GB/s; ", end="")
    print(f"share reached: {ratio(rates, 'compiled', 'reading'):.0%}", flush=True)


def options_of(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read the options of a parser and those of all such benchmarks; set PyTorch's threads."""
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each way in each round")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch; our loops have one")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    return options
