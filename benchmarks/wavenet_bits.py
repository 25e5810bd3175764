"""Measure bits per sample of our WaveNet and of a public one, trained alike, side by side.

The peer is ``wavenet_vocoder/wavenet.py`` in a checkout of github.com/r9y9/wavenet_vocoder. Both
networks have as many layers and channels, both are told which digit is said by which voice, and
neither has our clock. They learn the same batches for the same number of steps with Adam. The same
learning rates are tried for both, and the validation clips choose one for each; the moving averages
of the weights are scored, on the test clips.

``AIGC_EDU_DATA=FOLDER python benchmarks/wavenet_bits.py --corpus fsdd --peer PATH``
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import torch
from peers import peer_wavenet
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import by_speakers, generation_split, spread_evenly
from aigc_edu.kinds.wavenet_training import wavenet_batches, wavenet_bits
from aigc_edu.models.wavenet import IGNORED, WaveNet, WaveNetConfig
from aigc_edu.seeds import seed_everything
from aigc_edu.training import Trainer, TrainingSettings


class Ours(nn.Module):
    """Our WaveNet, told digit and voice as one number."""

    def __init__(self, config: WaveNetConfig, voices: int, path: str) -> None:
        super().__init__()
        self.network, self.voices, self.levels = self.build(config, path), voices, config.levels

    def build(self, config: WaveNetConfig, path: str) -> nn.Module:
        """Return the network."""
        return WaveNet(config)

    def forward(self, codes: Tensor, number: Tensor) -> Tensor:
        """Map codes (B, T) and the number (B, 1) of digit and voice to logits (B, q, T)."""
        return self.network(codes, number)

    def loss(self, codes: Tensor, conditions: Tensor) -> Tensor:
        """Return the mean cross-entropy in nats of ``codes[:, 1:]``, (B, T), as WaveNet does.

        ``conditions`` (B, 2) are digit and voice.
        """
        number = conditions[:, :1] * self.voices + conditions[:, 1:]
        logits = self(codes[:, :-1].clamp(min=0), number)
        return F.cross_entropy(logits, codes[:, 1:], ignore_index=IGNORED)


class Peer(Ours):
    """The peer's WaveNet in its place."""

    def build(self, config: WaveNetConfig, path: str) -> nn.Module:
        """Return the network."""
        size, classes = config.condition_channels, config.conditions[0]
        told = {"gin_channels": size, "n_speakers": classes, "use_speaker_embedding": True}
        return peer_wavenet(path, config, **told)

    def forward(self, codes: Tensor, number: Tensor) -> Tensor:
        """See the base class; the peer takes one-hot vectors (B, q, T)."""
        return self.network(F.one_hot(codes, self.levels).transpose(1, 2).float(), g=number)


def run(
    kind: type[Ours], rate: float, split: Split, options: argparse.Namespace
) -> tuple[float, float, int]:
    """Train one network; return its bits on validation and test clips, and its weights."""
    voices = list(split.train.speakers)
    config = getattr(WaveNetConfig, options.size)((len(split.train.labels) * len(voices),))
    seed_everything(options.seed)
    model = kind(replace(config, clock="time", clock_frames=0), len(voices), options.peer)
    trainer = Trainer(
        model,
        kind.loss,
        wavenet_batches(split.train, voices, options.batch_size, options.seed),
        TrainingSettings(steps=options.steps, learning_rate=rate, ema=0.99),
    )
    trainer.run(progress=False)
    model.eval().load_state_dict(trainer.weights())
    held = [spread_evenly(part, options.clips) for part in split[1:]]
    trained = Trained(model, {"speakers": voices})
    validation, test = (wavenet_bits(trained, part) for part in held)
    count = sum(p.numel() for p in model.parameters())
    print(f"  {kind.__name__:6}{count:9,} weights, learning rate {rate:g}: ", end="")
    print(f"validation {validation:.3f}, test {test:.3f} bits per sample", flush=True)
    return validation, test, count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peer", required=True, help="a checkout of github.com/r9y9/wavenet_vocoder"
    )
    parser.add_argument("--corpus", default="digits")
    parser.add_argument("--speakers", help="only these, e.g. jackson,theo")
    parser.add_argument("--size", default="trained", help="tiny or trained")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--rates", type=float, nargs="+", default=[3e-3, 1e-2, 2e-2])
    parser.add_argument("--clips", type=int, default=150, help="scored in each part, at most")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    split = generation_split(by_speakers(corpora.load(options.corpus), options.speakers))
    clips, voices = len(split.train), len(split.train.speakers)
    print(f"{options.corpus}: {clips} clips by {voices} voices, {options.steps} steps")
    peer, ours = (
        min(run(kind, rate, split, options) for rate in options.rates) for kind in (Peer, Ours)
    )
    print(f"ours - peer: {ours[1] - peer[1]:+.3f} bits per sample on the test clips; ", end="")
    print(f"weights {ours[2] / peer[2] - 1:+.1%}")


if __name__ == "__main__":
    main()
