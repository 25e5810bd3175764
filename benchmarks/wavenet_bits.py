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
import math
import sys
import warnings
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu import corpora
from aigc_edu.corpora import Corpus
from aigc_edu.models.wavenet import IGNORED, WaveNet, WaveNetConfig
from aigc_edu.training import (
    Trainer,
    TrainingSettings,
    encode_clips,
    generation_split,
    seed_everything,
    shuffled_batches,
)
from aigc_edu.training.recipes import by_speakers, evenly
from aigc_edu.training.wavenet import conditions_of, pad_codes, scored_positions


class Ours(nn.Module):
    """Our WaveNet, told one of a number of classes."""

    def __init__(self, config: WaveNetConfig) -> None:
        super().__init__()
        self.network = WaveNet(config)

    def forward(self, codes: Tensor, classes: Tensor) -> Tensor:
        """Map codes (B, T) and classes (B,) to logits (B, q, T)."""
        return self.network(codes, classes[:, None])


class Peer(nn.Module):
    """The peer's WaveNet at the same sizes, without dropout."""

    def __init__(self, config: WaveNetConfig) -> None:
        super().__init__()
        from wavenet_vocoder.wavenet import WaveNet as TheirWaveNet

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the old way to normalise weights
            self.network = TheirWaveNet(
                out_channels=config.levels,
                layers=len(config.dilations),
                stacks=config.blocks,
                residual_channels=config.channels,
                gate_channels=2 * config.channels,
                skip_out_channels=config.skip_channels,
                kernel_size=config.kernel_size,
                dropout=0.0,
                gin_channels=config.condition_channels,
                n_speakers=config.conditions[0],
                use_speaker_embedding=True,
                scalar_input=False,
            )
        self.levels = config.levels

    def forward(self, codes: Tensor, classes: Tensor) -> Tensor:
        """Map codes (B, T) and classes (B,) to logits (B, q, T)."""
        one_hot = F.one_hot(codes, self.levels).transpose(1, 2).float()
        return self.network(one_hot, g=classes[:, None])


def loss(model: nn.Module, codes: Tensor, classes: Tensor) -> Tensor:
    """Return the mean cross-entropy in nats of codes[:, 1:], (B, T), given what precedes each."""
    logits = model(codes[:, :-1].clamp(min=0), classes)
    return F.cross_entropy(logits, codes[:, 1:], ignore_index=IGNORED)


def encoded(corpus: Corpus, voices: list[str], floor: float) -> tuple[list[Tensor], Tensor]:
    """Return each clip's codes, and its class (clips,): digit and voice in one number."""
    digit, voice = conditions_of(corpus, voices).T
    return encode_clips(corpus, floor), digit * len(voices) + voice


@torch.inference_mode()
def bits(model: nn.Module, clips: list[Tensor], classes: Tensor) -> float:
    """Return the mean bits per sample."""
    order = sorted(range(len(clips)), key=lambda i: len(clips[i]))  # little padding
    nats, scored = 0.0, 0
    for some in (order[i : i + 8] for i in range(0, len(order), 8)):
        batch = pad_codes([clips[i] for i in some]), classes[some]
        nats += scored_positions(batch) * float(loss(model, *batch))
        scored += scored_positions(batch)
    return nats / scored / math.log(2)


def run(
    kind: type[nn.Module], rate: float, parts: list, options: argparse.Namespace
) -> list[float]:
    """Train one network and return its bits on validation and test clips."""
    clips, classes = parts[0]
    config = getattr(WaveNetConfig, options.size)((int(classes.max()) + 1,))
    config = replace(config, clock_frames=0)
    seed_everything(options.seed)
    model = kind(config)
    pick = shuffled_batches([len(c) for c in clips], options.batch_size, options.seed)
    trainer = Trainer(
        model,
        loss,
        lambda step: (pad_codes([clips[i] for i in pick(step)]), classes[pick(step)]),
        TrainingSettings(steps=options.steps, learning_rate=rate, ema=0.99),
    )
    trainer.run(progress=False)
    model.eval().load_state_dict(trainer.weights())
    scores = [bits(model, *part) for part in parts[1:]]
    count = sum(p.numel() for p in model.parameters())
    print(
        f"  {kind.__name__:6}{count:9,} weights, learning rate {rate:g}: "
        f"validation {scores[0]:.3f}, test {scores[1]:.3f} bits per sample",
        flush=True,
    )
    return [*scores, count]


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
    parser.add_argument("--floor", type=float, default=0.0, help="noise under the clips")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 3e-3])
    parser.add_argument("--clips", type=int, default=150, help="scored in each part, at most")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sys.path.insert(0, options.peer)
    split = generation_split(by_speakers(corpora.load(options.corpus), options.speakers))
    voices = list(split.train.speakers)
    held = [evenly(part, options.clips) for part in (split.validation, split.test)]
    parts = [encoded(part, voices, options.floor) for part in (split.train, *held)]
    print(
        f"{options.corpus}: {len(parts[0][0])} clips by {len(voices)} voices, {options.steps} steps"
    )
    best = {
        kind: min(run(kind, rate, parts, options) for rate in options.rates)
        for kind in (Peer, Ours)
    }
    difference = best[Ours][1] - best[Peer][1]
    size = best[Ours][2] / best[Peer][2] - 1
    print(f"ours - peer: {difference:+.3f} bits per sample on the test clips; weights {size:+.1%}")


if __name__ == "__main__":
    main()
