"""Measure how many samples a second a WaveNet draws on a CPU, in several ways, side by side.

- naive: the whole network over one receptive field for each new sample;
- ring buffers: one column of the network for each new sample, in PyTorch (Le Paine et al. 2016);
- compiled: the same column as one compiled loop, what ``WaveNet.generate`` does on a CPU;
- peer, if ``--peer`` names a checkout of github.com/r9y9/wavenet_vocoder: its
  ``incremental_forward`` at the same sizes, used as its own ``synthesis.py`` does.

First, our three ways must agree. Then all are measured in turn in every round, so that a busy
machine is busy for all of them; figures are medians over the rounds, ratios the medians of the
rounds' ratios. A step of the compiled loop reads nearly every weight once: beside its speed
stands the rate at which it reads them, and the rate at which one core can sum up an array of the
same size, which is where a loop of this kind must end.

``python benchmarks/wavenet_generation.py --peer path/to/wavenet_vocoder``
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numba
import numpy as np
import torch
from peers import peer_wavenet

from aigc_edu.models.wavenet import WaveNet, WaveNetConfig
from aigc_edu.models.wavenet.compiled import CompiledStream
from aigc_edu.models.wavenet.stream import WaveNetStream
from aigc_edu.nn.drawing import draw

CONFIGS = {
    "A": WaveNetConfig(channels=64, skip_channels=64, blocks=2),
    "B": WaveNetConfig(channels=32, skip_channels=128, blocks=3),
}
BARS = {"A": 45, "B": 100}  # how many times the peer's speed is asked for
Sampler = Callable[[int], object]  # draws so many samples


@torch.inference_mode()
def generate_naively(model: WaveNet, start: torch.Tensor, chances: torch.Tensor) -> torch.Tensor:
    """Return the codes (1, T) drawn by chances (1, T) after start, each from a fresh pass."""
    codes = start
    for t in range(chances.shape[1]):
        logits = model(codes[:, -model.config.receptive_field :])[:, :, -1]
        codes = torch.cat([codes, draw(logits, chances[:, t])[:, None]], dim=1)
    return codes[:, start.shape[1] :]


@torch.inference_mode()
def check_agreement(model: WaveNet, steps: int = 40) -> None:
    """Assert that the three ways give the same logits and draw the same codes."""
    codes = torch.randint(0, model.config.levels, (1, steps))
    expected = model(codes)
    for kind in (WaveNetStream, CompiledStream):
        stream = kind(model, 1)
        logits = torch.stack([stream.step(codes[:, t]) for t in range(steps)], dim=-1)
        error = float((logits - expected).abs().max())
        assert error < 1e-5, f"the logits of {kind.__name__} are off by {error}"
    chances = torch.rand(1, steps, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    expected = generate_naively(model, codes, chances)
    for compiled in (False, True):
        generator = torch.Generator().manual_seed(1)
        drawn = model.generate(codes, steps, generator=generator, compiled=compiled)
        assert torch.equal(drawn, expected), f"other codes with compiled={compiled}"


def our_samplers(model: WaveNet) -> dict[str, Sampler]:
    """Return our three ways by name."""
    one = torch.full((1, 1), model.config.levels // 2)
    field = one.expand(1, model.config.receptive_field)

    def naive(samples: int) -> None:
        generate_naively(model, field, torch.rand(1, samples, dtype=torch.float64))

    return {
        "naive": naive,
        "ring buffers": lambda samples: model.generate(one, samples, compiled=False),
        "compiled": lambda samples: model.generate(one, samples, compiled=True),
    }


def peer_sampler(path: str, config: WaveNetConfig) -> Sampler:
    """Return the sampler of a checkout of r9y9/wavenet_vocoder at the same sizes."""
    peer = peer_wavenet(path, config).eval()
    peer.make_generation_fast_()  # takes the weight normalisation off

    @torch.no_grad()
    def sample(samples: int) -> None:
        peer.incremental_forward(T=samples, quantize=True, softmax=True)

    return sample


@numba.njit(fastmath=True)
def sum_up(x: np.ndarray, times: int) -> float:
    """Read x (N,), float32, so many times and return the sum of all sums."""
    total = np.float32(0.0)
    for n in range(times):
        x[n % len(x)] = 1.0  # a changed array must be read again
        for i in range(len(x)):
            total += x[i]
    return total


def bandwidth_sampler(size: int) -> Sampler:
    """Return a function that reads an array of ``size`` bytes so many times."""
    x = torch.ones(size // 4).numpy()
    return lambda times: sum_up(x, times)


def samples_for(run: Sampler, seconds: float) -> int:
    """Return how many samples take about so many seconds; the first call may compile."""
    run(1)
    samples, spent = 1, 0.0
    while spent < seconds / 10:
        samples *= 2
        began = time.perf_counter()
        run(samples)
        spent = time.perf_counter() - began
    return max(1, round(samples * seconds / spent))


def measure(runs: dict[str, Sampler], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Return for each way its samples a second in every round."""
    counts = {name: samples_for(run, seconds) for name, run in runs.items()}
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            began = time.perf_counter()
            run(counts[name])
            rates[name].append(counts[name] / (time.perf_counter() - began))
    return rates


def ratio(rates: dict[str, list[float]], name: str, other: str) -> float:
    """Return the median over the rounds of one way's speed divided by another's."""
    return statistics.median(a / b for a, b in zip(rates[name], rates[other], strict=True))


def report(name: str, rates: dict[str, list[float]], size: float) -> None:
    """Print one configuration's figures; a step reads ``size`` bytes of weights."""
    reads = statistics.median(rates["reading"])
    ways = [way for way in rates if way != "reading"]
    for way in ways:
        least, middle, most = min(rates[way]), statistics.median(rates[way]), max(rates[way])
        print(f"  {way:14s}{middle:10.1f} samples a second  ({least:.1f} ... {most:.1f})")
    for way in ways:
        bar = f"  (bar: {BARS[name]})" if way == "peer" else ""
        if way != "compiled":
            print(f"  compiled / {way:14s}{ratio(rates, 'compiled', way):8.1f}{bar}")
    speed = statistics.median(rates["compiled"]) * size / 1e9
    print(f"  weights: {size / 1e6:.2f} MB for each sample, read at {speed:.1f} GB/s")
    print(f"  an array of this size is summed up at {reads * size / 1e9:.1f} GB/s; ", end="")
    print(f"share reached: {ratio(rates, 'compiled', 'reading'):.0%}", flush=True)


def run_config(name: str, options: argparse.Namespace) -> None:
    """Check, measure and report one configuration."""
    config = CONFIGS[name]
    torch.manual_seed(0)
    model = WaveNet(config).eval()
    check_agreement(model)
    size = CompiledStream(model, 1).bytes_per_sample
    runs = our_samplers(model) | {"reading": bandwidth_sampler(int(size))}
    if options.peer:
        runs["peer"] = peer_sampler(options.peer, config)
    widths = f"C = {config.channels}, S = {config.skip_channels}"
    print(f"{name}: {config.blocks} x {config.layers_per_block} layers, {widths}, ", end="")
    print(f"{options.threads} thread(s), {options.rounds} rounds")
    report(name, measure(runs, options.rounds, options.seconds), size)


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", help="a checkout of github.com/r9y9/wavenet_vocoder")
    parser.add_argument("--configs", nargs="+", choices=sorted(CONFIGS), default=sorted(CONFIGS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each way in each round")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch; ours has always one")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in options.configs:
        run_config(name, options)


if __name__ == "__main__":
    main()
