"""Measure how many samples a second a SampleRNN draws on a CPU, side by side.

- one at a time: its tiers in PyTorch, each when its clock says so;
- compiled: the same as one compiled loop, as ``SampleRNN.generate`` does it on a CPU;
- peer, if ``--peer`` names a checkout of github.com/deepsound-project/samplernn-pytorch: its own
  ``Generator`` at the same sizes, without gradients.

First, our two ways must agree with the network that hears all codes at once. How it is measured
stands in ``speeds.py``. Beside the compiled loop's speed stands the rate at which it reads weights,
and two rates at which one core can sum up an array: one as large as what a step reads, and one as
large as all weights together. What every step reads stays in the fast cache and the rest does not,
so that the loop must end between the two.

``python benchmarks/samplernn_generation.py --peer path/to/samplernn-pytorch``
"""

from __future__ import annotations

import argparse
import statistics
import warnings
from dataclasses import fields

import torch
from peers import peer_samplernn, peer_samplernn_modules
from speeds import Way, bandwidth_sampler, check_agreement, measure, options_of, report

from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig

BAR = 25  # times the peer's speed


def our_samplers(model: SampleRNN) -> dict[str, Way]:
    """Return our two ways by name; each goes on with a stream that is made once."""
    one = torch.full((1, 1), model.config.levels // 2)
    compiled, plain = (kind(model, 1) for kind in model.streams)

    @torch.inference_mode()
    def slow(samples: int) -> None:
        plain.generate(one, torch.rand(1, samples, dtype=torch.float64))

    def fast(samples: int) -> None:
        compiled.generate(one, torch.rand(1, samples, dtype=torch.float64))

    return {"one at a time": slow, "compiled": fast}


def peer_sampler(path: str, config: SampleRNNConfig) -> Way:
    """Return the sampler of a checkout of deepsound-project/samplernn-pytorch."""
    generator = peer_samplernn_modules(path)[0].Generator(peer_samplernn(path, config).eval())

    @torch.no_grad()
    def sample(samples: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a softmax whose dimension isn't named
            generator(1, samples)

    return sample


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", help="a checkout of that repository")
    parser.add_argument("--frame-sizes", nargs="+", type=int, default=[64, 16])
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--rnn-layers", type=int, default=1)
    options = options_of(parser)
    config = SampleRNNConfig(
        frame_sizes=tuple(options.frame_sizes), width=options.width, rnn_layers=options.rnn_layers
    )
    torch.manual_seed(0)
    model = SampleRNN(config).eval()
    check_agreement(model, 3 * config.frame_sizes[0])
    stream = model.streams[0](model, 1)
    packed = [getattr(stream.packed, field.name) for field in fields(stream.packed)]
    whole = sum(array.nbytes for array in packed)
    runs = our_samplers(model) | {"reading": bandwidth_sampler(int(stream.bytes_per_sample))}
    if options.peer:
        runs["peer"] = peer_sampler(options.peer, config)
    print(f"frames of {config.frame_sizes}, {config.width} wide, ", end="")
    print(f"{config.rnn_layers} GRU layer(s), {options.threads} thread(s), {options.rounds} rounds")
    rates = measure(runs, options.rounds, options.seconds)
    report(rates, stream.bytes_per_sample, BAR)
    reads = measure({"all": bandwidth_sampler(whole)}, options.rounds, options.seconds / 4)
    there = statistics.median(reads["all"]) * whole
    share = statistics.median(rates["compiled"]) * stream.bytes_per_sample / there
    print(
        f"  one as large as all weights ({whole / 1e6:.1f} MB) at {there / 1e9:.1f} GB/s; ", end=""
    )
    print(f"share reached: {share:.0%}")


if __name__ == "__main__":
    main()
