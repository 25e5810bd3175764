"""The tiers of a SampleRNN: GRUs over frames, and a network over the last samples.

Chapter: chapters/03-autoregressive/08-samplernn-structure.ipynb

References
----------
- Mehri et al. 2017, "SampleRNN: An Unconditional End-to-End Neural Audio Generation Model",
  arXiv:1612.07837, section 2.
- Cho et al. 2014, arXiv:1406.1078: the GRU. Salimans and Kingma 2016, "Weight Normalization",
  arXiv:1602.07868. He et al. 2015, arXiv:1502.01852: the first weights.

Symbols as in ``network.py``.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from aigc_edu.models.samplernn.config import SampleRNNConfig


class FrameTier(nn.Module):
    """A GRU over frames of S samples, the paper's equations (3) to (7).

    Its input is the frame before, as real numbers, and what the tier above says; what it says to
    the tier below is r linear projections of its state, one for each step of that tier.
    """

    def __init__(self, config: SampleRNNConfig, size: int, ratio: int) -> None:
        super().__init__()
        self.size, self.ratio = size, ratio
        self.expand = _linear(config, size, config.width)
        self.condition = None
        if config.conditions or config.local_channels:
            self.condition = nn.Linear(config.condition_channels, config.width, bias=False)
        self.rnn = nn.GRU(config.width, config.width, config.rnn_layers, batch_first=True)
        self.start = nn.Parameter(torch.zeros(config.rnn_layers, config.width))  # learned h[0]
        self.upsample = _linear(config, config.width, ratio * config.width)
        _begin_gru(self.rnn)

    def begin(self, batch: int) -> Tensor:
        """Return the state before the first frame, (layers, B, D)."""
        return self.start[:, None].expand(-1, batch, -1).contiguous()

    def forward(
        self, frames: Tensor, above: Tensor | None, h: Tensor | None, state: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Map frames (B, n, S) to conditions of the tier below, (B, n r, D), and the next state.

        ``above`` and ``h``, (B, n, D) and (B, n, E), are what the tier above and the condition
        say of each frame; None if there is none.
        """
        x = self.expand(frames)  # (B, n, D)
        if above is not None:
            x = x + above
        if self.condition is not None:
            x = x + self.condition(h)
        y, state = self.rnn(x, state)
        spread = self.upsample(y)  # (B, n, r D)
        return spread.reshape(len(frames), -1, y.shape[2]), state


class SampleTier(nn.Module):
    """Three layers over the last S codes, embedded, and the fastest frame tier: equations (8), (9).

    It has no memory of its own.
    """

    def __init__(self, config: SampleRNNConfig) -> None:
        super().__init__()
        self.size = config.frame_sizes[-1]
        self.embedding = nn.Embedding(config.levels, config.embedding)
        self.input = _linear(config, self.size * config.embedding, config.width, bias=False)
        self.hidden = _linear(config, config.width, config.width)
        self.output = _linear(config, config.width, config.levels)

    def table(self) -> Tensor:
        """Return what each code adds to the first layer at each of the S places, (S, q, D).

        Embedding and first layer are both linear, so their product can be looked up: S rows are
        added instead of multiplying S embeddings by a matrix.
        """
        width = self.embedding.embedding_dim
        places = self.input.weight.unflatten(1, (self.size, width))  # (D, S, e)
        table = self.embedding.weight @ places.permute(1, 2, 0)
        return table.to(self.embedding.weight.dtype)  # embedding_bag sums no bfloat16 on a CPU

    def forward(self, codes: Tensor, above: Tensor) -> Tensor:
        """Map windows of codes (B, T, S) and conditions (B, T, D) to logits (B, T, q)."""
        table = self.table()
        rows = codes + table.shape[1] * torch.arange(self.size, device=codes.device)
        summed = F.embedding_bag(rows.flatten(0, 1), table.flatten(0, 1), mode="sum")
        x = torch.relu(summed.view_as(above) + above)
        return self.output(torch.relu(self.hidden(x)))


def _linear(config: SampleRNNConfig, inputs: int, outputs: int, bias: bool = True) -> nn.Module:
    """Return a linear layer with He et al.'s (2015) first weights, zero biases, weight norm."""
    layer = nn.Linear(inputs, outputs, bias)
    nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    if bias:
        nn.init.zeros_(layer.bias)
    return weight_norm(layer) if config.weight_norm else layer


def _begin_gru(rnn: nn.GRU) -> None:
    """Set a GRU's first weights: LeCun's, and orthogonal ones from the state to the candidate."""
    width = rnn.hidden_size
    for name, parameter in rnn.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(parameter)
        else:
            bound = math.sqrt(3 / parameter.shape[1])
            nn.init.uniform_(parameter, -bound, bound)
        if name.startswith("weight_hh"):
            nn.init.orthogonal_(parameter[2 * width :].data)
