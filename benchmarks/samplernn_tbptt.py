"""Measure what a cut gradient costs a small SampleRNN, with all else equal.

Every run begins with the same weights, hears the same clips in the same order, and makes the same
number of updates, each from a batch of whole clips. States go through the whole clip. Only how far
back their *gradients* go differs: they are cut after each chunk. The numbers are bits per sample
of clips that no run has heard.

``--reset`` cuts the states with the gradients. ``--tiers`` compares one frame tier with two (two
tiers with three, in the paper's counting) at chunks of ``--longest`` samples, with as many weights,
or nearly.

``python benchmarks/samplernn_tbptt.py``
"""

from __future__ import annotations

import argparse
import time

import torch
from torch import Tensor, nn

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import generation_split, spread_evenly
from aigc_edu.kinds.samplernn_training import samplernn_trainer
from aigc_edu.kinds.wavenet_training import scored_positions, wavenet_bits
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.training import Trainer, TrainingSettings

CHUNKS = (32, 64, 128, 256, 512)
TIERS = {  # widths chosen for equal numbers of weights
    "frames of 16": SampleRNNConfig(frame_sizes=(16,), width=55, embedding=32),
    "frames of 16 and 4": SampleRNNConfig.tiny(),
}


class Cut(nn.Module):
    """A GRU through whose state no gradient goes back beyond the chunk.

    Parameters
    ----------
    rnn
        The GRU, batch first.
    steps
        Its steps in a chunk.
    reset
        Whether each chunk begins with the clip's first state, too.
    """

    def __init__(self, rnn: nn.GRU, steps: int, reset: bool) -> None:
        super().__init__()
        self.rnn, self.steps, self.reset = rnn, steps, reset

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Map inputs (B, n, D) and the first state to all states and the last, as a GRU does."""
        begin, outputs = state, []
        for piece in x.split(self.steps, dim=1):
            y, state = self.rnn(piece, begin if self.reset else state)
            outputs.append(y)
            state = state.detach()
        return torch.cat(outputs, dim=1), state


def run(
    config: SampleRNNConfig, chunk: int, seed: int, split: Split, told: argparse.Namespace
) -> tuple[float, float, int]:
    """Train one network; return its bits on held-out clips, seconds, and its weights."""
    settings = TrainingSettings(
        steps=told.steps, learning_rate=told.learning_rate, warmup=20, ema=0.95
    )
    whole = samplernn_trainer(  # its batches and its description; it does not train here
        split.train, settings=settings, batch_size=told.rows, seed=seed, chunk=512, config=config
    )
    model, weights = whole.model, sum(p.numel() for p in whole.model.parameters())
    plain = [tier.rnn for tier in model.tiers]
    for tier in model.tiers:
        tier.rnn = Cut(tier.rnn, chunk // tier.size, told.reset)
    trainer = Trainer(model, SampleRNN.loss, whole.batch, settings, weigh=scored_positions)
    began = time.process_time()
    trainer.run(progress=False)
    seconds = time.process_time() - began
    model.load_state_dict(trainer.weights())
    for tier, rnn in zip(model.tiers, plain, strict=True):
        tier.rnn = rnn  # states run through, as in generation
    return wavenet_bits(Trained(model, whole.description), split.test), seconds, weights


def main() -> None:
    """Print a line for each chunk, or each number of tiers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", default="digits")
    parser.add_argument("--steps", type=int, default=140)
    parser.add_argument("--rows", type=int, default=2, help="clips in a batch")
    parser.add_argument("--learning-rate", type=float, default=8e-3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--held-out", type=int, default=40, help="clips that are scored")
    parser.add_argument("--chunks", type=int, nargs="+", default=CHUNKS)
    parser.add_argument("--longest", type=int, default=512, help="chunk with --tiers")
    parser.add_argument("--tiers", action="store_true", help="compare tiers, not chunks")
    parser.add_argument("--reset", action="store_true", help="carry no states")
    told = parser.parse_args()
    parts = generation_split(corpora.load(told.corpus))
    split = parts._replace(test=spread_evenly(parts.test, told.held_out))
    print(f"{told.corpus}: {len(split.train)} clips to learn from, {len(split.test)} held out")
    runs = {f"{chunk} samples": (SampleRNNConfig.tiny(), chunk) for chunk in told.chunks}
    if told.tiers:
        runs = {name: (config, told.longest) for name, config in TIERS.items()}
    for name, (config, chunk) in runs.items():
        results = [run(config, chunk, seed, split, told) for seed in told.seeds]
        bits, seconds, weights = zip(*results, strict=True)
        each = ", ".join(f"{value:.3f}" for value in bits)
        print(f"{name:>20}: {sum(bits) / len(bits):.3f} bits ({each}), ", end="")
        print(f"{weights[0]:,} weights, {seconds[0]:.0f} s of one core", flush=True)


if __name__ == "__main__":
    main()
