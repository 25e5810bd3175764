"""Measure how fast a WaveGAN learns on a CPU: beside a public one, and in its two ways.

First, one update of the critic and one of the generator by WGAN-GP, ours with the phase shuffle on.
The peer is a checkout of github.com/mostafaelaraby/wavegan-pytorch at the same sizes, as it is
published and with its phase shuffle made to work. Then, without the peer, how many updates of the
generator a minute each of our two ways makes. How it is measured stands in ``speeds.py``.

``python benchmarks/wavegan_training.py --threads 2 --peer path/to/wavegan-pytorch``
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import torch
from peers import peer_wavegan
from speeds import Way, measure, options_of, print_rate, ratio
from torch import Tensor, nn

from aigc_edu.kinds.wavegan_training import WAYS, players
from aigc_edu.kinds.wavegan_training import Way as WayToLearn
from aigc_edu.models.wavegan import WaveGANConfig, draw_noise
from aigc_edu.training import TrainingSettings
from aigc_edu.training.adversarial import UNCLIPPED
from aigc_edu.training.engine import Processes

RATE, BETAS = 1e-4, (0.5, 0.9)
PENALTIES = WAYS["relativistic"].penalty_every


def random_batch(config: WaveGANConfig, rows: int) -> tuple[Tensor, ...]:
    """Return noise in place of clips, labels, noise, and where the penalty looks."""
    clips = torch.rand(rows, config.length) - 0.5
    labels = torch.randint(max(1, config.labels), (rows,))
    return clips, labels, draw_noise(config, rows), torch.rand(rows)


def our_trainer(config: WaveGANConfig, way: WayToLearn, rows: int, bfloat16: bool = False) -> Way:
    """Return what makes so many updates of our generator, and the critic's that go with them."""
    settings = TrainingSettings(learning_rate=RATE, clip=UNCLIPPED, bfloat16=bfloat16)
    update = players(config, way, settings)
    update.begin(torch.device("cpu"), Processes())

    def train(steps: int) -> None:
        for _ in range(steps):
            update.step(random_batch(config, rows * way.critic_steps), RATE)

    return train


def peer_trainer(path: str, config: WaveGANConfig, rows: int, shuffled: bool) -> Way:
    """Return what makes so many updates of the peer's two networks, one each, as its loop does."""
    generator, critic = peer_wavegan(path, config, shuffled)
    players = generator, critic
    of_g, of_d = (torch.optim.Adam(player.parameters(), RATE, BETAS) for player in players)

    def update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        for player in players:
            player.zero_grad()
        loss.backward()
        optimizer.step()

    def train(steps: int) -> None:
        for _ in range(steps):
            real, _, z, mix = random_batch(config, rows)
            critic.requires_grad_(True)
            with torch.no_grad():  # its loop freezes the generator here
                made = generator(z)
            update(of_d, critic_loss(critic, real[:, None], made, mix))
            critic.requires_grad_(False)
            update(of_g, -critic(generator(draw_noise(config, rows))).mean())

    return train


def critic_loss(critic: nn.Module, real: Tensor, made: Tensor, mix: Tensor) -> Tensor:
    """Return the loss of WGAN-GP for a critic of (B, 1, T), in three passes as in the peer's."""
    between = (mix[:, None, None] * made + (1 - mix[:, None, None]) * real).requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = (slope.flatten(1).norm(dim=1) - 1).square().mean()
    return critic(made).mean() - critic(real).mean() + 10 * penalty


def beside_the_peer(options: argparse.Namespace) -> None:
    """Measure steps by WGAN-GP, and print them."""
    config = WaveGANConfig(length=options.length, width=options.width)
    way = replace(WAYS["wgan-gp"], critic_steps=1)
    runs = {"ours": our_trainer(config, way, options.batch)}
    if options.peer:
        for name, shuffled in (("peer", False), ("peer, shuffled", True)):
            runs[name] = peer_trainer(options.peer, config, options.batch, shuffled)
    print(f"{options.length} samples, d = {options.width}, {options.batch} clips, ", end="")
    print(f"{options.threads} thread(s), {options.rounds} rounds")
    rates = measure(runs, options.rounds, options.seconds)
    for name in runs:
        print_rate(name, [60 * rate for rate in rates[name]], "steps", "minute")
    for name in list(runs)[1:]:
        print(f"  ours / {name:14s}{ratio(rates, 'ours', name):8.2f}  (bar: 1)")


def way_beside_way(options: argparse.Namespace) -> None:
    """Measure updates of the generator at the size that ships, and print them."""
    config = WaveGANConfig.trained(labels=10)
    runs = {name: several(our_trainer(config, way, options.batch)) for name, way in WAYS.items()}
    rates = measure(runs, options.rounds, options.seconds)
    print(f"{config.length} samples, d = {config.width}, ten labels, {options.batch} clips")
    for name in runs:
        print_rate(name, [60 * PENALTIES * x for x in rates[name]], "updates", "minute")
    times = ratio(rates, "relativistic", "wgan-gp")
    print(f"  relativistic / wgan-gp {times:8.2f}  (bar: 3)")


def several(run: Way) -> Way:
    """Return what makes as many steps as hold one penalty of the rarer kind, so many times."""
    return lambda times: run(PENALTIES * times)


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", help="a checkout of that repository")
    parser.add_argument("--length", type=int, default=16384)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=64)
    options = options_of(parser)
    beside_the_peer(options)
    way_beside_way(options)


if __name__ == "__main__":
    main()
