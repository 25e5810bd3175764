"""Measure how many steps a second a SampleRNN and a public one train on a CPU, side by side.

A step is one chunk of each clip of a batch, forwards and backwards, and one update by Adam: ours as
``Truncated`` makes it, the peer's as its own trainer does, states carried over in both. The peer is
a checkout of github.com/deepsound-project/samplernn-pytorch at the same sizes. How it is
measured stands in ``speeds.py``.

``python benchmarks/samplernn_training.py --peer path/to/samplernn-pytorch``
"""

from __future__ import annotations

import argparse
import warnings

import torch
from peers import peer_samplernn, peer_samplernn_modules
from speeds import Way, measure, options_of, print_rate, ratio

from aigc_edu.kinds.samplernn_training import count
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.training.engine import Processes
from aigc_edu.training.settings import TrainingSettings
from aigc_edu.training.truncated import Truncated


def our_trainer(config: SampleRNNConfig, batch: int, chunk: int) -> Way:
    """Return what makes so many steps of ours."""
    model, settings = SampleRNN(config), TrainingSettings()
    update = Truncated(
        model, SampleRNN.chunk_loss, settings, lambda codes: model.chunks(chunk, *codes), count
    )
    update.begin(torch.device("cpu"), Processes())

    def train(steps: int) -> None:
        codes = torch.randint(0, config.levels, (batch, steps * chunk + 1))
        update.step((codes,), settings.learning_rate)

    return train


def peer_trainer(path: str, config: SampleRNNConfig, batch: int, chunk: int) -> Way:
    """Return what makes so many steps of the peer's."""
    model, nn, optim = peer_samplernn_modules(path)
    network = peer_samplernn(path, config)
    predictor = model.Predictor(network)
    optimizer = optim.gradient_clipping(torch.optim.Adam(predictor.parameters()))

    def train(steps: int) -> None:
        codes = torch.randint(0, config.levels, (batch, network.lookback + steps * chunk))
        for step in range(steps):
            piece = codes[:, step * chunk : network.lookback + (step + 1) * chunk]

            def closure(piece: torch.Tensor = piece, first: bool = step == 0) -> torch.Tensor:
                wanted = piece[:, network.lookback :].contiguous()
                loss = nn.sequence_nll_loss_bits(predictor(piece[:, :-1], first), wanted)
                loss.backward()
                return loss

            optimizer.zero_grad(set_to_none=False)  # its clipping wants every gradient
            optimizer.step(closure)

    return train


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", help="a checkout of that repository")
    parser.add_argument("--frame-sizes", nargs="+", type=int, default=[64, 16])
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--chunk", type=int, default=512)
    options = options_of(parser)
    config = SampleRNNConfig(frame_sizes=tuple(options.frame_sizes), width=options.width)
    sizes = options.batch, options.chunk
    runs = {"ours": our_trainer(config, *sizes)}
    if options.peer:
        runs["peer"] = peer_trainer(options.peer, config, *sizes)
    print(
        f"frames of {config.frame_sizes}, {config.width} wide, {sizes[0]} clips, chunks of ", end=""
    )
    print(f"{sizes[1]}, {options.threads} thread(s), {options.rounds} rounds")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a softmax whose dimension the peer doesn't name
        rates = measure(runs, options.rounds, options.seconds)
    for name in runs:
        print_rate(name, rates[name], "steps")
    if options.peer:
        print(f"  ours / peer {ratio(rates, 'ours', 'peer'):8.2f}  (bar: 1)")


if __name__ == "__main__":
    main()
