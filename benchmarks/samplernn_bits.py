"""Measure bits per sample of our SampleRNN and of a public one, trained alike, side by side.

The peer is the network of a checkout of github.com/deepsound-project/samplernn-pytorch. Both have
the same frames, width and embedding, are told nothing, and learn the same mu-law codes in the same
chunks for the same number of steps, in each of which a batch of whole clips is gone through. Each
begins with its own first weights and limits the gradient in its own way: the peer each element,
ours the norm. Adam and the schedule of the learning rate are the same; with ``--warmup 0 --decay
0`` the rate stays as it is, which is how the peer comes. The validation clips choose a learning
rate for each, with the first seed, and the test clips are scored.

``AIGC_EDU_DATA=FOLDER python benchmarks/samplernn_bits.py --corpus fsdd --peer PATH``
"""

from __future__ import annotations

import argparse
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import torch
from peers import peer_samplernn, peer_samplernn_modules
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu import corpora
from aigc_edu.corpora import Corpus
from aigc_edu.corpora.choosing import by_speakers, generation_split, spread_evenly
from aigc_edu.kinds.options import number, positive, whole
from aigc_edu.kinds.samplernn_training import count
from aigc_edu.kinds.wavenet_training import wavenet_batches
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.models.wavenet.clips import encode_clips, pad_codes
from aigc_edu.seeds import seed_everything
from aigc_edu.training import Trainer, TrainingSettings
from aigc_edu.training.truncated import Piece, Truncated

Cut = Callable[[Tensor], Iterator[Piece]]  # codes (B, T + 1) into pieces, see SampleRNN.chunks
States = tuple[Tensor, ...]


class Ours(nn.Module):
    """Our SampleRNN, and how its gradient is limited."""

    clip = 1.0  # the norm of the gradient

    def __init__(self, config: SampleRNNConfig, path: str) -> None:
        super().__init__()
        self.build(config, path)

    def build(self, config: SampleRNNConfig, path: str) -> None:
        """Make the network."""
        self.network = SampleRNN(config)

    def advance(self, states: States | None, heard: Tensor) -> tuple[Tensor, States]:
        """Return the logits (B, T, q) of a chunk, and the states after it; None begins clips."""
        return self.network.advance(heard, states or self.network.begin(len(heard)))

    def loss(
        self, states: States | None, time: int, heard: Tensor, wanted: Tensor, *told: None
    ) -> tuple[Tensor, States]:
        """Return the mean cross-entropy of a chunk in nats, and the states after it."""
        return self.network.chunk_loss(states, time, heard, wanted)


class Peer(Ours):
    """The peer's SampleRNN in its place; its own predictor keeps the states."""

    clip = math.inf

    def build(self, config: SampleRNNConfig, path: str) -> None:
        """See the base class; each element of the gradient is limited, as in its ``optim.py``."""
        network = peer_samplernn(path, config)
        self.predictor = peer_samplernn_modules(path)[0].Predictor(network)
        for parameter in network.parameters():
            parameter.register_post_accumulate_grad_hook(_limit)

    def advance(self, states: States | None, heard: Tensor) -> tuple[Tensor, States]:
        """See the base class; the states are empty."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a softmax without its dimension
            return self.predictor(heard, states is None), ()

    def loss(
        self, states: States | None, time: int, heard: Tensor, wanted: Tensor, *told: None
    ) -> tuple[Tensor, States]:
        """See the base class; in bits, as the peer's own loss."""
        logits, states = self.advance(states, heard)
        loss = F.nll_loss(logits.flatten(0, 1), wanted.flatten(), ignore_index=IGNORED)
        return loss / math.log(2), states


def _limit(parameter: Tensor) -> None:
    parameter.grad.clamp_(-1, 1)


class Outcome(NamedTuple):
    """What came out of one training: bits on validation clips, and of each test clip."""

    validation: float
    clips: Tensor  # float64 (clips, 2): bits, and samples

    @property
    def test(self) -> float:
        """Bits per sample on the test clips."""
        bits, samples = self.clips.sum(dim=0).tolist()
        return bits / samples


@torch.inference_mode()
def bits_of_clips(model: Ours, corpus: Corpus, cut: Cut, batch_size: int = 16) -> Tensor:
    """Return each clip's bits and its number of samples, float64 (clips, 2); no padding counts."""
    codes = sorted(encode_clips(corpus), key=len)  # little padding
    rows = []
    for first in range(0, len(codes), batch_size):
        some, states = pad_codes(codes[first : first + batch_size]), None
        total = torch.zeros(len(some), 2, dtype=torch.float64)
        for _, heard, wanted, *_ in cut(some):
            logits, states = model.advance(states, heard)
            nats = F.cross_entropy(
                logits.transpose(1, 2), wanted, ignore_index=IGNORED, reduction="none"
            )
            total[:, 0] += nats.double().sum(dim=1) / math.log(2)
            total[:, 1] += (wanted != IGNORED).sum(dim=1)
        rows.append(total)
    return torch.cat(rows)


def train(
    kind: type[Ours], rate: float, clips: Corpus, cut: Cut, seed: int, options: argparse.Namespace
) -> Ours:
    """Train one network."""
    seed_everything(seed)
    model = kind(config_of(options), options.peer)
    settings = TrainingSettings(
        steps=options.steps,
        learning_rate=rate,
        warmup=options.warmup,
        decay=options.decay,
        clip=kind.clip,
    )
    update = Truncated(model, kind.loss, settings, lambda batch: cut(batch[0]), count)
    batches = wavenet_batches(clips, list(clips.speakers), options.batch_size, seed)
    Trainer(model, update, batches, settings).run(progress=False)
    return model


def run(
    kind: type[Ours],
    rate: float,
    parts: Sequence[Corpus],
    seed: int,
    options: argparse.Namespace,
) -> Outcome:
    """Train one network and score it; ``parts`` are training, validation and test clips."""
    began = time.process_time()
    cut = partial(SampleRNN(config_of(options)).chunks, options.chunk)
    model = train(kind, rate, parts[0], cut, seed, options)
    seconds = time.process_time() - began
    validation, test = (bits_of_clips(model, part, cut) for part in parts[1:])
    outcome = Outcome(Outcome(0.0, validation).test, test)
    weights = sum(p.numel() for p in model.parameters())
    print(
        f"  {kind.__name__:6}{weights:9,} weights, seed {seed}, learning rate {rate:<7g}: "
        f"validation {outcome.validation:.3f}, test {outcome.test:.3f} bits, {seconds:.0f} s",
        flush=True,
    )
    return outcome


def outcomes(parts: Sequence[Corpus], options: argparse.Namespace) -> list[tuple[Outcome, Outcome]]:
    """Return what comes out of ours and of the peer with each seed.

    Each has the rate that is best for it with the first seed.
    """
    first, *others = options.seeds
    kinds = (Ours, Peer)
    tried = [[run(k, rate, parts, first, options) for k in kinds] for rate in options.rates]
    found, best = [], []
    for of_kind in zip(*tried, strict=True):
        outcome, rate = min(zip(of_kind, options.rates, strict=True), key=lambda pair: pair[0][0])
        found.append(outcome)
        best.append(rate)
    pairs = list(zip(kinds, best, strict=True))
    return [tuple(found), *(tuple(run(k, r, parts, s, options) for k, r in pairs) for s in others)]


def scatter_of_clips(ours: Tensor, peer: Tensor) -> float:
    """Return the standard error of the difference in bits per sample, over the test clips.

    Both are (clips, 2), bits and samples. A clip's part of it is what it lies off the mean.
    """
    samples = ours[:, 1]
    difference = ours[:, 0] - peer[:, 0]
    mean = difference.sum() / samples.sum()
    return float((difference - mean * samples).square().sum().sqrt() / samples.sum())


def config_of(options: argparse.Namespace) -> SampleRNNConfig:
    """Return the sizes of both networks."""
    return SampleRNNConfig(frame_sizes=tuple(options.frame_sizes), width=options.width)


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peer", required=True, help="a checkout of github.com/deepsound-project/samplernn-pytorch"
    )
    parser.add_argument("--corpus", default="digits")
    parser.add_argument("--speakers", help="only these, e.g. jackson,theo")
    parser.add_argument("--frame-sizes", type=positive, nargs="+", default=[64, 16])
    parser.add_argument("--width", type=positive, default=128)
    parser.add_argument("--chunk", type=positive, default=512)
    parser.add_argument("--steps", type=positive, default=150)
    parser.add_argument("--batch-size", type=positive, default=8)
    parser.add_argument("--rates", type=float, nargs="+", default=[5e-4, 1e-3, 2e-3, 4e-3])
    parser.add_argument("--warmup", type=whole, default=10, help="steps of a rising learning rate")
    parser.add_argument("--decay", type=number(0, 1), default=0.3, help="share of a falling one")
    parser.add_argument(
        "--clips", type=positive, nargs=2, default=[50, 100], help="to validate and to test with"
    )
    parser.add_argument("--seeds", type=whole, nargs="+", default=[0, 1])
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = read_arguments(arguments)
    torch.set_num_threads(1)
    split = generation_split(by_speakers(corpora.load(options.corpus), options.speakers))
    held = zip(split[1:], options.clips, strict=True)
    parts = [split.train, *(spread_evenly(part, clips) for part, clips in held)]
    print(f"{options.corpus}: {len(parts[0])} clips, {options.steps} steps; ", end="")
    print(f"scored on {len(parts[1])} and {len(parts[2])}", flush=True)
    pairs = outcomes(parts, options)
    differences = [a.test - b.test for a, b in pairs]
    of_clips = max(scatter_of_clips(a.clips, b.clips) for a, b in pairs)
    print(f"ours - peer: {sum(differences) / len(pairs):+.3f} bits per sample on the test clips; ")
    print(f"  of each seed {', '.join(f'{d:+.3f}' for d in differences)}; ", end="")
    print(f"standard error over clips {of_clips:.3f}")


if __name__ == "__main__":
    main()
