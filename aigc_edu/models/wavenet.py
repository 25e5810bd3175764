"""WaveNet: an autoregressive model of mu-law codes built from dilated causal convolutions.

References
----------
- van den Oord et al. 2016, "WaveNet: A Generative Model for Raw Audio", arXiv:1609.03499.
- Le Paine et al. 2016, "Fast Wavenet Generation Algorithm", arXiv:1611.09482: the ring buffers
  of ``wavenet_stream.py``.

Symbols, as in the course's notation page: B clips, T samples, q levels, C residual channels,
S skip channels, E channels of the condition, F frames of it, K positions of the clock. Codes are
int64 in 0 ... q - 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.models import wavenet_condition as told
from aigc_edu.models.wavenet_compiled import CompiledStream
from aigc_edu.models.wavenet_parallel import training_logits
from aigc_edu.models.wavenet_stream import WaveNetStream, check_sampling, check_start
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
    clock_frames, clock_hop, clock
        With ``clock_frames`` K > 0, h also tells where in the word a frame of ``clock_hop`` samples
        is: each of K positions has an embedding of its own for each class of the first condition.
        With the clock ``"time"`` the position is the frame's number, and stands still after the
        last; with ``"word"`` positions are given as ``local``. This is the paper's local
        conditioning with a simple time series, for words longer than the receptive field.
    local_channels
        With M > 0, h follows M numbers for each frame of ``clock_hop`` samples, mel bands for a
        vocoder. A frame holds for its whole hop; a convolution over three frames lets h see the
        neighbours.
    """

    levels: int = 256
    channels: int = 64
    skip_channels: int = 64
    blocks: int = 2
    layers_per_block: int = 10
    kernel_size: int = 2
    conditions: tuple[int, ...] = ()
    condition_channels: int = 16
    clock_frames: int = 0
    clock_hop: int = 160
    local_channels: int = 0
    clock: str = "time"

    def __post_init__(self) -> None:
        told.check_config(self)

    @classmethod
    def tiny(cls, conditions: tuple[int, ...] = ()) -> WaveNetConfig:
        """Return a size that trains in about a minute on one CPU core."""
        return cls(
            channels=24,
            skip_channels=48,
            layers_per_block=8,
            conditions=conditions,
            clock_frames=50 if conditions else 0,
        )

    @classmethod
    def trained(cls, conditions: tuple[int, ...] = ()) -> WaveNetConfig:
        """Return the size of the checkpoints that ship with the course."""
        word = {"clock": "word", "clock_frames": 17, "clock_hop": 80}  # 16 states, and the end
        return cls(conditions=conditions, condition_channels=32, **word) if conditions else cls()

    @classmethod
    def paper(cls, conditions: tuple[int, ...] = ()) -> WaveNetConfig:
        """Return a size near the paper's, which names no widths: those of Arik et al. 2017.

        That is "Deep Voice", arXiv:1702.07825: 40 layers, 64 residual and 256 skip channels.
        """
        return cls(channels=64, skip_channels=256, blocks=4, conditions=conditions)

    @classmethod
    def vocoder(cls, bands: int, hop: int) -> WaveNetConfig:
        """Return a size that turns frames of mel bands into sound, trainable on one core."""
        return cls(channels=32, condition_channels=64, local_channels=bands, clock_hop=hop)

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

    The filter and the gate are two convolutions with weights of their own. h has one column, or
    one for each frame of ``config.clock_hop`` samples.
    """

    def __init__(self, config: WaveNetConfig, dilation: int) -> None:
        super().__init__()
        channels = config.channels
        self.filter = CausalConv1d(channels, channels, config.kernel_size, dilation)
        self.gate = CausalConv1d(channels, channels, config.kernel_size, dilation)
        self.residual = nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, config.skip_channels, 1)
        self.hop, self.condition = config.clock_hop, None
        if config.conditions or config.local_channels:
            self.condition = nn.Linear(config.condition_channels, 2 * channels, bias=False)

    def shift(self, h: Tensor | None, batch: int) -> Tensor:
        """Return what filter and gate add in each frame, biases included: (F, B, 2C)."""
        bias = torch.cat([self.filter.bias, self.gate.bias]).expand(1, batch, -1)
        return bias if self.condition is None else bias + self.condition(h.permute(2, 0, 1))

    def forward(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map x (B, C, T) and h (B, E, F) to the next x (B, C, T) and the skip (B, S, T)."""
        filtered, gate = self.filter(x), self.gate(x)  # (B, C, T) each
        if self.condition is not None:
            shift = self.condition(h.transpose(1, 2)).transpose(1, 2)  # (B, 2C, F)
            shift = told.stretch(shift, self.hop, x.shape[2])  # (B, 2C, T) or (B, 2C, 1)
            to_filter, to_gate = shift.chunk(2, dim=1)
            filtered, gate = filtered + to_filter, gate + to_gate
        z = torch.tanh(filtered) * torch.sigmoid(gate)  # (B, C, T)
        return x + self.residual(z), self.skip(z)


class WaveNet(nn.Module):
    """The network of the paper's figure 4: p(x[t+1] | x[0], ..., x[t], h) for every t at once.

    Its hyper-parameters are kept as ``config``.
    """

    def __init__(self, config: WaveNetConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = nn.ModuleList(
            nn.Embedding(classes, config.condition_channels) for classes in config.conditions
        )
        self.clock = None
        if config.clock_frames:
            entries = config.conditions[0] * config.clock_frames
            self.clock = nn.Embedding(entries, config.condition_channels)
            nn.init.zeros_(self.clock.weight)  # at first the clock says nothing
        self.local = None
        if config.local_channels:
            self.local = nn.Conv1d(config.local_channels, config.condition_channels, 3, padding=1)
        self.input = CausalEmbedding(config.levels, config.channels, config.kernel_size)
        self.layers = nn.ModuleList(ResidualLayer(config, d) for d in config.dilations)
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.Conv1d(config.skip_channels, config.skip_channels, 1),
            nn.ReLU(),
            nn.Conv1d(config.skip_channels, config.levels, 1),
        )
        self.layers[-1].residual.requires_grad_(False)  # its output leads nowhere

    def forward(
        self, codes: Tensor, condition: Tensor | None = None, local: Tensor | None = None
    ) -> Tensor:
        """Return the logits of the next code at every position.

        Parameters
        ----------
        codes
            int64, shape (B, T), in 0 ... q - 1.
        condition
            int64, shape (B, number of conditions); None for a model without.
        local
            Frames, float32, shape (B, M, F); None for a model without. The logits at t, those of
            the code at t + 1, see the frame t // ``clock_hop`` and its two neighbours; after the
            last frame it stays. For a clock of the word: positions, int64, shape (B, F), in
            0 ... K - 1, without the neighbours.

        Returns
        -------
        Tensor
            Shape (B, q, T). ``logits[:, :, t]`` scores ``codes[:, t + 1]`` and depends on
            ``codes[:, : t + 1]`` alone.
        """
        h = self.embed_condition(condition, len(codes), local)  # (B, E, F)
        x = self.input(codes)  # (B, C, T)
        total = 0.0
        for layer in self.layers:
            x, skip = layer(x, h)
            total = total + skip  # (B, S, T)
        return self.head(total)  # (B, q, T)

    def loss(
        self,
        codes: Tensor,
        condition: Tensor | None = None,
        seen: Tensor | None = None,
        local: Tensor | None = None,
    ) -> Tensor:
        """Return the mean cross-entropy in nats of ``codes[:, 1:]`` given what precedes each.

        ``codes`` has shape (B, T + 1). Positions that hold :data:`IGNORED` are not scored.
        ``seen`` (B, T), if given, is what the network hears instead of ``codes[:, :-1]``.
        """
        seen = codes[:, :-1] if seen is None else seen
        logits = training_logits(self, seen.clamp(min=0), condition, local).float()  # (T, B, q)
        wanted = codes[:, 1:].t().flatten()
        return F.cross_entropy(logits.flatten(0, 1), wanted, ignore_index=IGNORED)

    def embed_condition(
        self, condition: Tensor | None, batch: int, local: Tensor | None = None
    ) -> Tensor | None:
        """Return h (B, E, F), the sum of what conditions, clock and local frames say, or None.

        F is 1 if h does not change with time. For the shapes of the arguments see :meth:`forward`.
        """
        told.check_condition(self.config, condition, local, batch)
        tables = enumerate(self.embeddings)
        parts = [table(condition[:, i])[:, :, None] for i, table in tables]  # (B, E, 1) each
        if self.clock is not None:
            frames = self.clock(told.clock_entries(self.config, condition, local))  # (B, F, E)
            parts.append(frames.transpose(1, 2))
        if self.local is not None:
            parts.append(self.local(local))
        return sum(parts) if parts else None

    @torch.inference_mode()
    def generate(
        self,
        start: Tensor,
        length: int,
        condition: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        *,
        local: Tensor | None = None,
        top_k: int = 0,
        top_p: float = 1.0,
        compiled: bool | None = None,
    ) -> Tensor:
        """Draw new codes one at a time, with ring buffers instead of repeated convolutions.

        Parameters
        ----------
        start
            int64, shape (B, T0), T0 >= 1: the codes to continue.
        length
            Number of codes to draw.
        condition, local
            As for :meth:`forward`; the frame 0 belongs to the code after the first of ``start``.
        temperature
            The logits are divided by it: 1 samples the model, less is more cautious, 0 takes the
            most probable code.
        generator
            Source of randomness, on the CPU; torch's global one by default.
        top_k
            If above 0, only the so many most probable codes can be drawn.
        top_p
            If below 1, only the fewest codes whose probabilities sum up to it (Holtzman et al.
            2020, arXiv:1904.09751). Both look at the probabilities after the temperature.
        compiled
            Whether the loop of ``wavenet_compiled.py`` does it, in float32; by default on a CPU,
            if the weights are float32, too. Both ways draw the same codes, but for rounding.

        Returns
        -------
        Tensor
            int64, shape (B, length), the new codes without the start.
        """
        check_start(start, length, self.config.levels)
        check_sampling(temperature, top_k, top_p)
        h = self.embed_condition(condition, len(start), local)
        chances = torch.rand(len(start), length, dtype=torch.float64, generator=generator)
        if compiled is None:
            compiled = start.device.type == "cpu" and self.input.weight.dtype == torch.float32
        stream = (CompiledStream if compiled else WaveNetStream)(self, len(start), h)
        return stream.generate(start, chances, temperature, top_k, top_p)
