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


def choose(
    kind: type[Ours], parts: Sequence[Corpus], cut: Cut, options: argparse.Namespace
) -> tuple[float, Ours]:
    """Return the learning rate that the validation clips choose, and what was trained at it."""
    clips, validation, _ = parts
    best = (math.inf, 0.0, None)
    for rate in options.rates:
        began = time.process_time()
        model = train(kind, rate, clips, cut, options.seeds[0], options)
        seconds = time.process_time() - began
        bits = per_sample(bits_of_clips(model, validation, cut))
        print(f"  {kind.__name__:6}learning rate {rate:<7g}: validation {bits:.3f} bits ", end="")
        print(f"per sample, {seconds:.0f} s", flush=True)
        best = min(best, (bits, rate, model), key=lambda tried: tried[0])
    return best[1:]


def tested(
    kind: type[Ours], parts: Sequence[Corpus], cut: Cut, options: argparse.Namespace
) -> list[Tensor]:
    """Return the test clips' bits and samples, (clips, 2), for each seed at the chosen rate."""
    rate, model = choose(kind, parts, cut, options)
    rows = []
    for seed in options.seeds:
        if rows:
            model = train(kind, rate, parts[0], cut, seed, options)
        rows.append(bits_of_clips(model, parts[2], cut))
        weights = sum(p.numel() for p in model.parameters())
        print(
            f"  {kind.__name__:6}{weights:9,} weights, learning rate {rate:g}, seed {seed}: ",
            end="",
        )
        print(f"test {per_sample(rows[-1]):.3f} bits per sample", flush=True)
    return rows


def per_sample(rows: Tensor) -> float:
    """Return the bits per sample of clips, (clips, 2)."""
    bits, samples = rows.sum(dim=0).tolist()
    return bits / samples


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
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 2e-3, 4e-3, 8e-3])
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
    cut = partial(SampleRNN(config_of(options)).chunks, options.chunk)
    pairs = list(zip(*(tested(k, parts, cut, options) for k in (Ours, Peer)), strict=True))
    differences = [per_sample(ours) - per_sample(peer) for ours, peer in pairs]
    of_clips = max(scatter_of_clips(*pair) for pair in pairs)
    mean = sum(differences) / len(pairs)
    print(f"ours - peer: {mean:+.3f} bits per sample on the test clips: each seed ", end="")
    print(f"{', '.join(f'{d:+.3f}' for d in differences)}; standard error over ", end="")
    print(f"clips {of_clips:.3f}")


if __name__ == "__main__":
    main()
