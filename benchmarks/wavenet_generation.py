"""Measure how much faster generation is with ring buffers than without, side by side.

Without: each new sample runs the whole network over one receptive field. With: one column of the
network. Both draw the same codes from the same seed, in turn, in one run; the figure is the ratio
of the medians. ``python benchmarks/wavenet_generation.py --help``
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from aigc_edu.models.wavenet import WaveNet, WaveNetConfig, draw


@torch.inference_mode()
def generate_naively(model: WaveNet, start: torch.Tensor, length: int, seed: int) -> torch.Tensor:
    """Return ``length`` codes after ``start`` (1, T0), each from a fresh forward pass."""
    generator, codes = torch.Generator().manual_seed(seed), start
    for _ in range(length):
        logits = model(codes[:, -model.config.receptive_field :])[:, :, -1]
        codes = torch.cat([codes, draw(logits, 1.0, generator)[:, None]], dim=1)
    return codes[:, start.shape[1] :]


def seconds_per_sample(samples: int, run) -> tuple[float, torch.Tensor]:
    """Time one call of ``run``; return its seconds for each sample and what it returned."""
    began = time.perf_counter()
    codes = run()
    return (time.perf_counter() - began) / samples, codes


def measure(config: WaveNetConfig, rounds: int, samples: int) -> tuple[float, float]:
    """Return the median seconds for each sample, without and with ring buffers."""
    torch.manual_seed(0)
    model = WaveNet(config).eval()
    start = torch.randint(0, config.levels, (1, config.receptive_field))
    times: tuple[list[float], list[float]] = ([], [])
    for seed in range(rounds):
        slow, expected = seconds_per_sample(
            samples, lambda s=seed: generate_naively(model, start, samples, s)
        )
        # The start is fed code by code as well, so those steps count as samples too.
        fast, codes = seconds_per_sample(
            samples + start.shape[1],
            lambda s=seed: model.generate(
                start, samples, generator=torch.Generator().manual_seed(s)
            ),
        )
        assert torch.equal(codes, expected), "the two ways must draw the same codes"
        times[0].append(slow)
        times[1].append(fast)
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=30, help="codes drawn in each round")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    config = WaveNetConfig(
        channels=options.channels, skip_channels=options.channels, blocks=options.blocks
    )
    slow, fast = measure(config, options.rounds, options.samples)
    print(f"{options.blocks} x 10 layers, {options.channels} channels, {options.threads} thread(s)")
    print(f"without ring buffers {1 / slow:8.1f} samples a second")
    print(f"with ring buffers    {1 / fast:8.1f} samples a second")
    print(f"ratio                {slow / fast:8.1f}")


if __name__ == "__main__":
    main()
