"""Measure how many samples a second a WaveNet draws on a CPU, in several ways, side by side.

- naive: the whole network over one receptive field for each new sample;
- ring buffers: one column of the network for each new sample, in PyTorch (Le Paine et al. 2016);
- compiled: the same column as one compiled loop, what ``WaveNet.generate`` does on a CPU;
- peer, if ``--peer`` names a checkout of github.com/r9y9/wavenet_vocoder: its
  ``incremental_forward`` at the same sizes, used as its own ``synthesis.py`` does.

First, our three ways must agree. Then all are measured in turn in every round, so that a busy
machine is busy for all of them; see ``speeds.py``. A step of the compiled loop reads nearly every
weight once: beside its speed stands the rate at which it reads them, and the rate at which one
core can sum up an array of the same size, which is where a loop of this kind must end.

``python benchmarks/wavenet_generation.py --peer path/to/wavenet_vocoder``
"""

from __future__ import annotations

import argparse

import torch
from peers import peer_wavenet
from speeds import Way, bandwidth_sampler, check_agreement, measure, options_of, report

from aigc_edu.models.wavenet import WaveNet, WaveNetConfig
from aigc_edu.nn.drawing import draw

CONFIGS = {
    "A": WaveNetConfig(channels=64, skip_channels=64, blocks=2),
    "B": WaveNetConfig(channels=32, skip_channels=128, blocks=3),
}
BARS = {"A": 45, "B": 100}  # how many times the peer's speed is asked for


@torch.inference_mode()
def generate_naively(model: WaveNet, start: torch.Tensor, chances: torch.Tensor) -> torch.Tensor:
    """Return the codes (1, T) drawn by chances (1, T) after start, each from a fresh pass."""
    codes = start
    for t in range(chances.shape[1]):
        logits = model(codes[:, -model.config.receptive_field :])[:, :, -1]
        codes = torch.cat([codes, draw(logits, chances[:, t])[:, None]], dim=1)
    return codes[:, start.shape[1] :]


@torch.inference_mode()
def check_naive(model: WaveNet, steps: int = 40) -> None:
    """Assert that a fresh pass for each code draws what the compiled loop draws."""
    codes = torch.randint(0, model.config.levels, (1, steps))
    chances = torch.rand(1, steps, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    drawn = model.generate(codes, steps, generator=torch.Generator().manual_seed(1), compiled=True)
    assert torch.equal(drawn, generate_naively(model, codes, chances)), "other codes"


def our_samplers(model: WaveNet) -> dict[str, Way]:
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


def peer_sampler(path: str, config: WaveNetConfig) -> Way:
    """Return the sampler of a checkout of r9y9/wavenet_vocoder at the same sizes."""
    peer = peer_wavenet(path, config).eval()
    peer.make_generation_fast_()  # takes the weight normalisation off

    @torch.no_grad()
    def sample(samples: int) -> None:
        peer.incremental_forward(T=samples, quantize=True, softmax=True)

    return sample


def run_config(name: str, options: argparse.Namespace) -> None:
    """Check, measure and report one configuration."""
    config = CONFIGS[name]
    torch.manual_seed(0)
    model = WaveNet(config).eval()
    check_agreement(model)
    check_naive(model)
    size = model.streams[0](model, 1).bytes_per_sample
    runs = our_samplers(model) | {"reading": bandwidth_sampler(int(size))}
    if options.peer:
        runs["peer"] = peer_sampler(options.peer, config)
    widths = f"C = {config.channels}, S = {config.skip_channels}"
    print(f"{name}: {config.blocks} x {config.layers_per_block} layers, {widths}, ", end="")
    print(f"{options.threads} thread(s), {options.rounds} rounds")
    report(measure(runs, options.rounds, options.seconds), size, BARS[name])


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", help="a checkout of github.com/r9y9/wavenet_vocoder")
    parser.add_argument("--configs", nargs="+", choices=sorted(CONFIGS), default=sorted(CONFIGS))
    options = options_of(parser)
    for name in options.configs:
        run_config(name, options)


if __name__ == "__main__":
    main()
