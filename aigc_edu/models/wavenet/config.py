"""The hyper-parameters of a WaveNet, and its presets.

Chapter: chapters/03-autoregressive/01-wavenet-structure.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.conditioning import check_told
from aigc_edu.nn import receptive_field


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
        With the clock ``"time"``, the position is the frame's number, and after the last one it
        stands still. With the clock ``"word"``, positions are given frame by frame, as the
        argument ``local``. This is the paper's local conditioning with the simplest of all time
        series; it lets the network find its place in a word that is longer than its receptive
        field.
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
        if min(self.blocks, self.layers_per_block) < 1:
            raise InvalidValueError("blocks and layers_per_block must be at least 1")
        check_told(self)

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
        if not conditions:
            return cls()
        # 16 states of a word and what follows it, in frames of 10 ms at 8 kHz
        word = {"clock": "word", "clock_frames": 17, "clock_hop": 80}
        return cls(conditions=conditions, condition_channels=32, **word)

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
