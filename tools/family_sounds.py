"""Make the sounds of the families in *Hear it first*: ``python tools/family_sounds.py``.

Six small generators, one of each family, learn a percussion instrument with five wooden bars, each
within the same number of multiplications, as in *Four ways, heard*. What each plays, as it comes,
is written to ``data/families/NAME.flac``. It takes some minutes on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import soundfile as sf
import torch
from torch import Tensor

from aigc_edu.evaluation import multiplications
from aigc_edu.models.four_ways import (
    VAE,
    Discriminator,
    Generator,
    NextSample,
    Velocity,
    coupling_flow,
    discriminator_loss,
    fit,
    follow,
    matching_loss,
    next_loss,
    play,
)
from aigc_edu.models.four_ways.taps import RATE, SIZE, in_a_row, tap, which_bar

BUDGET, TAPS = 20_000_000_000, 16  # multiplications for each; taps in a row
HERE = Path(__file__).resolve().parent.parent / "data" / "families"


def train(parameters: Callable, loss: Callable[[Tensor], Tensor], data: Tensor, batch: int, rate):
    """Train as many steps as the budget buys."""
    steps = BUDGET // multiplications(lambda: loss(data[:batch]).backward())
    fit(parameters, loss, data, steps, batch, rate)


def autoregressive(clips: Tensor, level: Tensor) -> Tensor:
    """One sample after the other."""
    model = NextSample()
    train(model.parameters(), lambda x: next_loss(model, x), clips, 8, 0.02)
    return model.draw(TAPS, SIZE)


def adversarial(clips: Tensor, level: Tensor) -> Tensor:
    """Two players, alone with single clips."""
    players = Generator(SIZE), Discriminator(SIZE)

    def loss(real: Tensor, made: Tensor) -> Tensor:
        return discriminator_loss(players[1](real), players[1](made))

    def turns(count: int) -> None:
        play(*players, players[0], loss, clips / level, count, batch=32, rate=0.001)

    cost = multiplications(lambda: turns(1))
    turns(BUDGET // cost)
    return level * players[0](TAPS)


def variational(clips: Tensor, level: Tensor) -> Tensor:
    """Four latent numbers."""
    model = VAE(SIZE, latents=4, width=128)
    data = clips / level
    train(model.parameters(), lambda x: -model.elbo(x).mean() / SIZE, data, 32, 0.004)
    return level * model.draw(TAPS)


def flow(clips: Tensor, level: Tensor) -> Tensor:
    """Six couplings."""
    model = coupling_flow(SIZE, couplings=6, width=64)
    data = clips / level
    train(model.parameters(), lambda x: -model.log_prob(x).mean() / SIZE, data, 64, 0.006)
    return level * model.inverse(torch.randn(TAPS, SIZE))


def diffusion(clips: Tensor, level: Tensor) -> Tensor:
    """Flow matching, 32 steps."""
    model = Velocity(SIZE, width=128)
    data = clips / level
    train(model.parameters(), lambda x: matching_loss(model, x), data, 32, 0.004)
    return level * follow(model, torch.randn(TAPS, SIZE), 32)


def tokens(clips: Tensor, level: Tensor) -> Tensor:
    """A codebook of 32 taps, found by k-means, and counted pairs of tokens in a melody."""
    book = clips[:32].clone()
    for _ in range(20):
        nearest = torch.cdist(clips, book).argmin(dim=1)
        for code in range(len(book)):
            if (nearest == code).any():
                book[code] = clips[nearest == code].mean(dim=0)
    steps = torch.randint(0, 2, (len(clips),)) * 2 - 1
    walk = steps.cumsum(0) % 8
    bars = torch.minimum(walk, 8 - walk)  # up and down the five bars
    kinds = which_bar(clips)
    order = [torch.nonzero(kinds == bar)[:, 0] for bar in range(5)]
    taken = torch.stack([order[b][torch.randint(len(order[b]), ())] for b in bars])
    melody = nearest[taken]  # the training melody, as tokens
    pairs = torch.zeros(len(book), len(book))
    pairs.index_put_((melody[:-1], melody[1:]), torch.ones(len(melody) - 1), accumulate=True)
    row = [int(melody[0])]
    while len(row) < TAPS:
        row.append(int(torch.multinomial(pairs[row[-1]], 1)))
    return book[row]


FAMILIES = (autoregressive, adversarial, variational, flow, diffusion, tokens)


def main() -> None:
    """Train all, and write what they play."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--to", type=Path, default=HERE)
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    clips, _ = tap(20_000)
    level = clips.std(dim=0)
    write(folder / "instrument.flac", clips[:TAPS])
    for family in FAMILIES:
        torch.manual_seed(0)
        write(folder / f"{family.__name__}.flac", family(clips, level).detach())


def write(path: Path, taps: Tensor) -> None:
    """Write clips (TAPS, SIZE), one after the other."""
    sf.write(path, in_a_row(taps), RATE, subtype="PCM_16")
    print(path.name, flush=True)


if __name__ == "__main__":
    main()
