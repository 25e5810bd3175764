"""WaveNet: an autoregressive model of mu-law codes built from dilated causal convolutions.

References
----------
- van den Oord et al. 2016, "WaveNet: A Generative Model for Raw Audio", arXiv:1609.03499.
- Le Paine et al. 2016, "Fast Wavenet Generation Algorithm", arXiv:1611.09482 (the ring buffers).

Symbols, as in the course's notation page: B clips, T samples, q levels, C residual channels,
S skip channels, E channels of the condition. Codes are int64 in 0 ... q - 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import CausalConv1d, CausalEmbedding, receptive_field

IGNORED = -1  # a target that is not scored: the padding behind a short clip


@dataclass(frozen=True)
class WaveNetConfig:
    """Hyper-parameters of a WaveNet.

    Attributes
    ----------
    levels
        Number of amplitude codes q (256 with 8-bit mu-law).
    channels, skip_channels
        Width C of the residual path and S of the skip path.
    blocks, layers_per_block
        ``blocks`` repetitions of the dilations 1, 2, 4, ..., 2 ** (layers_per_block - 1).
    kernel_size
        Taps k of every causal convolution.
    conditions
        For each global condition its number of classes: ``(10,)`` for a digit, ``(10, 6)`` for a
        digit and one of six speakers. Empty for an unconditional model.
    condition_channels
        Width E of the conditions' common embedding h.
    """

    levels: int = 256
    channels: int = 64
    skip_channels: int = 64
    blocks: int = 2
    layers_per_block: int = 10
    kernel_size: int = 2
    conditions: tuple[int, ...] = ()
    condition_channels: int = 16

    @classmethod
    def tiny(cls, conditions: tuple[int, ...] = ()) -> WaveNetConfig:
        """Return a size that trains in about a minute on one CPU core."""
        return cls(
            channels=24, skip_channels=48, blocks=2, layers_per_block=8, conditions=conditions
        )

    @classmethod
    def trained(cls, conditions: tuple[int, ...] = ()) -> WaveNetConfig:
        """Return the size of the checkpoints that ship with the course."""
        return cls(channels=48, skip_channels=96, conditions=conditions)

    @classmethod
    def paper(cls, conditions: tuple[int, ...] = ()) -> WaveNetConfig:
        """Return a size near the paper's, which names 512 as largest dilation but no widths.

        The widths are those of the speech model in Arik et al. 2017 ("Deep Voice",
        arXiv:1702.07825: 40 layers, 64 residual and 256 skip channels).
        """
        return cls(channels=64, skip_channels=256, blocks=4, conditions=conditions)

    @property
    def dilations(self) -> tuple[int, ...]:
        """Dilation of each layer, from the first to the last."""
        return tuple(2**i for i in range(self.layers_per_block)) * self.blocks

    @property
    def receptive_field(self) -> int:
        """Number of codes that one prediction sees, the first layer's taps included."""
        return receptive_field(self.kernel_size, (1, *self.dilations))


class ResidualLayer(nn.Module):
    """One gated layer: z = tanh(W_f * x + V_f h) . sigmoid(W_g * x + V_g h), paper's eq. (2)-(3).

    The filter and the gate are two convolutions with weights of their own.
    """

    def __init__(self, config: WaveNetConfig, dilation: int) -> None:
        super().__init__()
        channels = config.channels
        self.filter = CausalConv1d(channels, channels, config.kernel_size, dilation)
        self.gate = CausalConv1d(channels, channels, config.kernel_size, dilation)
        self.residual = nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, config.skip_channels, 1)
        self.condition = None
        if config.conditions:
            self.condition = nn.Linear(config.condition_channels, 2 * channels, bias=False)

    def forward(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map x (B, C, T) and h (B, E) to the next x (B, C, T) and the skip (B, S, T)."""
        filtered, gate = self.filter(x), self.gate(x)  # (B, C, T) each
        if self.condition is not None:
            to_filter, to_gate = self.condition(h)[:, :, None].chunk(2, dim=1)  # (B, C, 1) each
            filtered, gate = filtered + to_filter, gate + to_gate
        z = torch.tanh(filtered) * torch.sigmoid(gate)  # (B, C, T)
        return x + self.residual(z), self.skip(z)


class WaveNet(nn.Module):
    """The network of the paper's figure 4: p(x[t+1] | x[0], ..., x[t], h) for every t at once.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: WaveNetConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = nn.ModuleList(
            nn.Embedding(classes, config.condition_channels) for classes in config.conditions
        )
        self.input = CausalEmbedding(config.levels, config.channels, config.kernel_size)
        self.layers = nn.ModuleList(ResidualLayer(config, d) for d in config.dilations)
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.Conv1d(config.skip_channels, config.skip_channels, 1),
            nn.ReLU(),
            nn.Conv1d(config.skip_channels, config.levels, 1),
        )

    def forward(self, codes: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the logits of the next code at every position.

        Parameters
        ----------
        codes
            int64, shape (B, T), in 0 ... q - 1.
        condition
            int64, shape (B, number of conditions); None for an unconditional model.

        Returns
        -------
        Tensor
            Shape (B, q, T). ``logits[:, :, t]`` scores ``codes[:, t + 1]`` and depends on
            ``codes[:, : t + 1]`` alone.
        """
        h = self.embed_condition(condition, len(codes))  # (B, E)
        x = self.input(codes)  # (B, C, T)
        total = 0.0
        for layer in self.layers:
            x, skip = layer(x, h)
            total = total + skip  # (B, S, T)
        return self.head(total)  # (B, q, T)

    def loss(self, codes: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the mean cross-entropy in nats of ``codes[:, 1:]`` given what precedes each.

        ``codes`` has shape (B, T + 1). Positions that hold :data:`IGNORED` are not scored.
        """
        logits = self(codes[:, :-1].clamp(min=0), condition)  # (B, q, T)
        return F.cross_entropy(logits.float(), codes[:, 1:], ignore_index=IGNORED)

    def embed_condition(self, condition: Tensor | None, batch: int) -> Tensor | None:
        """Return h (B, E), the sum of the conditions' embeddings; None without conditions."""
        wanted = (batch, len(self.embeddings))
        if not self.embeddings:
            if condition is not None:
                raise InvalidValueError("this WaveNet is unconditional; pass condition=None")
            return None
        if condition is None or tuple(condition.shape) != wanted:
            got = None if condition is None else tuple(condition.shape)
            raise InvalidValueError(f"expected a condition of shape {wanted}, got {got}")
        return sum(table(condition[:, i]) for i, table in enumerate(self.embeddings))

    @torch.inference_mode()
    def generate(
        self,
        start: Tensor,
        length: int,
        condition: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Draw new codes one at a time, with ring buffers instead of repeated convolutions.

        Parameters
        ----------
        start
            int64, shape (B, T0), T0 >= 1: the codes to continue.
        length
            Number of codes to draw.
        condition
            As for :meth:`forward`.
        temperature
            The logits are divided by it: 1 samples the model, less is more cautious, 0 takes the
            most probable code.
        generator
            Source of randomness, on the CPU; torch's global one by default.

        Returns
        -------
        Tensor
            int64, shape (B, length), the new codes without the start.
        """
        if start.dim() != 2 or start.shape[1] < 1:
            raise InvalidValueError(f"start must have shape (B, T0 >= 1), got {tuple(start.shape)}")
        stream = WaveNetStream(self, len(start), condition)
        for t in range(start.shape[1]):
            logits = stream.step(start[:, t])  # (B, q)
        codes = torch.empty(len(start), length, dtype=torch.long)
        for t in range(length):
            codes[:, t] = draw(logits, temperature, generator)
            if t + 1 < length:
                logits = stream.step(codes[:, t])
        return codes


def draw(logits: Tensor, temperature: float, generator: torch.Generator | None = None) -> Tensor:
    """Draw one code for each row of logits (B, q); returns int64 codes of shape (B,)."""
    if temperature < 0:
        raise InvalidValueError(f"temperature must be >= 0, got {temperature}")
    if temperature == 0:
        return logits.argmax(dim=-1).cpu()
    probabilities = torch.softmax(logits.double() / temperature, dim=-1).cpu()
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]


class WaveNetStream:
    """A WaveNet fed one code at a time; it remembers what each layer still needs.

    Layer l needs its own inputs of the last (k - 1) * d steps and nothing older, so each layer
    keeps a ring buffer of that length (Le Paine et al. 2016). A step then costs one column of the
    network instead of a whole receptive field.

    The weights are read once, when the stream is made: make a new one after changing them.
    """

    def __init__(self, model: WaveNet, batch: int, condition: Tensor | None = None) -> None:
        self.model, self.time = model, 0
        h = model.embed_condition(condition, batch)
        self.taps = list(model.input.weight)  # k tables, each (q, C), oldest first
        self.layers = [_PackedLayer(layer, batch, h) for layer in model.layers]
        self.past = [None] * (model.config.kernel_size - 1)  # previous codes, newest first
        self.output = [
            (layer.weight[:, :, 0].t().contiguous(), layer.bias)
            for layer in (model.head[1], model.head[3])
        ]

    def step(self, codes: Tensor) -> Tensor:
        """Take the codes at the present time, shape (B,); return the next one's logits (B, q)."""
        x = self.taps[-1][codes]  # (B, C)
        for table, past in zip(reversed(self.taps[:-1]), self.past, strict=True):
            if past is not None:
                x = x + table[past]
        self.past = [codes, *self.past][: len(self.past)]
        total = 0.0
        for layer in self.layers:
            x, skip = layer.step(x, self.time)
            total = total + skip  # (B, S)
        self.time += 1
        for weight, bias in self.output:
            total = torch.addmm(bias, torch.relu(total), weight)
        return total


class _PackedLayer:
    """One residual layer's weights as two matrices, and its ring buffer (k - 1) d deep."""

    def __init__(self, layer: ResidualLayer, batch: int, h: Tensor | None) -> None:
        kernel = layer.filter.kernel_size[0]
        self.dilation, self.depth = layer.filter.dilation[0], layer.filter.history
        both = torch.cat([layer.filter.weight, layer.gate.weight])  # (2C, C, k)
        self.gated = both.permute(2, 1, 0).reshape(-1, len(both)).contiguous()  # (k C, 2C)
        self.bias = torch.cat([layer.filter.bias, layer.gate.bias]).expand(batch, -1)  # (B, 2C)
        if layer.condition is not None:
            self.bias = self.bias + layer.condition(h)
        out = torch.cat([layer.residual.weight, layer.skip.weight])[:, :, 0]  # (C + S, C)
        self.out = out.t().contiguous()
        self.out_bias = torch.cat([layer.residual.bias, layer.skip.bias])
        self.offsets = [i * self.dilation for i in range(kernel - 1, 0, -1)]  # oldest tap first
        self.ring = both.new_zeros(max(self.depth, 1), batch, both.shape[1])

    def step(self, x: Tensor, time: int) -> tuple[Tensor, Tensor]:
        """Map x[t] (B, C) to the next layer's x[t] (B, C) and the skip (B, S)."""
        taps = [self.ring[(time - back) % self.depth] for back in self.offsets]
        columns = torch.cat([*taps, x], dim=1)  # (B, k C)
        if self.depth:
            self.ring[time % self.depth] = x
        filtered, gate = torch.addmm(self.bias, columns, self.gated).chunk(2, dim=1)
        z = torch.tanh(filtered) * torch.sigmoid(gate)  # (B, C)
        out = torch.addmm(self.out_bias, z, self.out)
        return x + out[:, : x.shape[1]], out[:, x.shape[1] :]

