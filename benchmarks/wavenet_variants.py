"""A WaveNet whose ideas can be switched off one at a time, to see what each is worth.

``benchmarks/wavenet_ablation.py`` measures with it what the chapter *WaveNet: the network* reports.
Symbols as in the library's WaveNet. The network is unconditional; with all switches on it is the
library's but for the biases' names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.dsp import mu_law_decode, mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import multiplications
from aigc_edu.nn import CausalConv1d, CausalEmbedding, receptive_field
from aigc_edu.training import Trainer, TrainingSettings

FINE = 2 / 2**16  # the step of 16-bit samples, to which all bits of a comparison refer


@dataclass(frozen=True)
class Switches:
    """Which of WaveNet's ideas are on.

    Attributes
    ----------
    dilation
        Dilations 1, 2, 4, ...; otherwise all 1.
    gate
        tanh times a gate; otherwise tanh alone.
    residual
        Each layer's input is added to its output.
    skip
        The head sees the sum of all layers; otherwise the last one's output.
    embedding
        Codes come in by a table; otherwise as one number, the amplitude.
    mu_law
        256 codes by the mu-law; otherwise evenly spaced ones.
    """

    dilation: bool = True
    gate: bool = True
    residual: bool = True
    skip: bool = True
    embedding: bool = True
    mu_law: bool = True

    @classmethod
    def one_off_each(cls) -> dict[str, Switches]:
        """Return all on, then with each one off, by name."""
        names = ("dilation", "gate", "residual", "skip", "embedding", "mu_law")
        off = {
            f"without {name.replace('_', '-')}": replace(cls(), **{name: False}) for name in names
        }
        return {"all on": cls(), **off}


class WaveNetVariant(nn.Module):
    """A small unconditional WaveNet with switches.

    Parameters
    ----------
    switches
        Which ideas are on.
    channels, skip_channels
        C and S.
    layers
        L, one block of dilations.
    """

    def __init__(
        self, switches: Switches, channels: int = 16, skip_channels: int = 32, layers: int = 8
    ) -> None:
        super().__init__()
        self.switches = switches
        dilations = [2**i if switches.dilation else 1 for i in range(layers)]
        self.receptive_field = receptive_field(2, (1, *dilations))
        first = CausalEmbedding(256, channels, 2) if switches.embedding else None
        self.first = first or CausalConv1d(1, channels, 2)

        def convolutions() -> nn.ModuleList:
            return nn.ModuleList(CausalConv1d(channels, channels, 2, d) for d in dilations)

        self.filters = convolutions()
        self.gates = convolutions() if switches.gate else None
        self.mix = nn.ModuleList(nn.Conv1d(channels, channels, 1) for _ in dilations)
        skips = len(dilations) if switches.skip else 1
        self.skips = nn.ModuleList(nn.Conv1d(channels, skip_channels, 1) for _ in range(skips))
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.Conv1d(skip_channels, skip_channels, 1),
            nn.ReLU(),
            nn.Conv1d(skip_channels, 256, 1),
        )
        self.register_buffer("amplitudes", torch.from_numpy(amplitudes(switches.mu_law)).float())

    def forward(self, codes: Tensor) -> Tensor:
        """Map codes (B, T) to the logits (B, 256, T) of the codes after each."""
        if self.switches.embedding:
            x = self.first(codes)  # (B, C, T)
        else:
            x = self.first(self.amplitudes[codes][:, None])
        total = 0.0
        for number, (convolution, mix) in enumerate(zip(self.filters, self.mix, strict=True)):
            z = torch.tanh(convolution(x))
            if self.gates is not None:
                z = z * torch.sigmoid(self.gates[number](x))
            if self.switches.skip:
                total = total + self.skips[number](z)
            x = x + mix(z) if self.switches.residual else mix(z)
        return self.head(total if self.switches.skip else self.skips[0](x))

    def loss(self, codes: Tensor) -> Tensor:
        """Return the mean cross-entropy in nats of codes (B, T + 1) but the first."""
        return F.cross_entropy(self(codes[:, :-1]), codes[:, 1:])


def amplitudes(mu_law: bool) -> np.ndarray:
    """Return the amplitudes that the 256 codes stand for, (256,), rising."""
    return mu_law_decode(np.arange(256)) if mu_law else (np.arange(256) + 0.5) / 128 - 1


def encode(x: np.ndarray, mu_law: bool) -> Tensor:
    """Return the codes of a waveform (N,) in [-1, 1], int64, (N,)."""
    codes = mu_law_encode(x) if mu_law else np.floor((np.asarray(x) + 1) * 128).clip(0, 255)
    return torch.from_numpy(codes.astype(np.int64))


def fine_bits(log_p: Tensor, codes: Tensor, mu_law: bool) -> Tensor:
    """Return what codes cost in bits of 16-bit samples, whatever the coding.

    A code's probability is spread evenly over its cell; finding the sample among the cell's fine
    steps costs log2(width / FINE) more. So codings with different cells can be compared.

    Parameters
    ----------
    log_p
        Natural logarithms of the probabilities of the codes, any shape.
    codes
        The codes, of the same shape.
    mu_law
        Which coding.
    """
    middles = amplitudes(mu_law)
    edges = np.concatenate([[-1.0], (middles[1:] + middles[:-1]) / 2, [1.0]])
    extra = torch.from_numpy(np.log2(np.diff(edges) / FINE)).float()
    return -log_p / math.log(2) + extra[codes]


def train_within(
    model: WaveNetVariant,
    codes: Tensor,
    budget: int,
    batch: int = 2,
    length: int = 1024,
    rate: float = 1e-2,
    report: Callable[[int, int], None] | None = None,
) -> int:
    """Train on random pieces of codes (N,) for a budget of multiplications; return the steps.

    Parameters
    ----------
    model
        Is trained in place by Adam, the gradient clipped to a norm of 1, the rate rising for
        20 steps and then falling to 0.
    codes
        int64, N > length.
    budget
        Multiplications of all steps together, forward and backward.
    batch, length, rate
        Pieces in a step, samples in a piece, largest learning rate.
    report
        Is called before each step with its number, from 1, and their count.
    """
    if len(codes) <= length + 1:
        raise InvalidValueError(f"expected more than {length + 1} codes, got {len(codes)}")
    trial = codes[: length + 1].expand(batch, -1)
    steps = max(1, budget // multiplications(lambda: model.loss(trial).backward()))
    random = torch.Generator().manual_seed(0)
    starts = torch.randint(len(codes) - length, (steps, batch), generator=random)

    def pieces(step: int) -> tuple[Tensor]:
        if report:
            report(step + 1, steps)
        return (torch.stack([codes[i : i + length + 1] for i in starts[step]]),)

    settings = TrainingSettings(steps, rate, warmup=20, decay=1.0, save_every=steps)
    Trainer(model, WaveNetVariant.loss, pieces, settings).run(progress=False)
    return steps


@torch.inference_mode()
def bits_on(model: WaveNetVariant, codes: Tensor) -> tuple[float, float]:
    """Return the bits per sample of codes (N,), as they are and as fine bits.

    Positions without a full receptive field are not scored.
    """
    log_p = -F.cross_entropy(model(codes[None, :-1]), codes[None, 1:], reduction="none")[0]
    log_p, targets = log_p[model.receptive_field :], codes[1:][model.receptive_field :]
    fine = fine_bits(log_p, targets, model.switches.mu_law)
    return float(-log_p.mean()) / math.log(2), float(fine.mean())
