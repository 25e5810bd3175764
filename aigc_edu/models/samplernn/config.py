"""The hyper-parameters of a SampleRNN, and its presets.

Chapter: chapters/03-autoregressive/08-samplernn-structure.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.conditioning import check_told


@dataclass(frozen=True)
class SampleRNNConfig:
    """Hyper-parameters of a SampleRNN.

    Attributes
    ----------
    levels
        Number of amplitude codes q (256 with 8 bits).
    frame_sizes
        Samples in a frame of each frame tier, the slowest first: FS(K), ..., FS(2) in the paper's
        notation. Each is a multiple of the next. The sample tier hears as many samples as the
        fastest frame tier: FS(1) = FS(2).
    width
        Width D of all tiers.
    rnn_layers
        GRU layers in each frame tier.
    embedding
        Width of a code's embedding in the sample tier.
    weight_norm
        Whether the linear layers are weight-normalised (Salimans and Kingma 2016), all but the one
        by which a frame tier hears of the condition.
    conditions, condition_channels, clock_frames, clock_hop, clock, local_channels
        What the network is told, as in ``WaveNetConfig``. Every frame tier hears of it.
    """

    levels: int = 256
    frame_sizes: tuple[int, ...] = (64, 16)
    width: int = 256
    rnn_layers: int = 1
    embedding: int = 256
    weight_norm: bool = True
    conditions: tuple[int, ...] = ()
    condition_channels: int = 32
    clock_frames: int = 0
    clock_hop: int = 80
    clock: str = "time"
    local_channels: int = 0

    def __post_init__(self) -> None:
        sizes = self.frame_sizes
        _check_whole(self)
        if not sizes or min(sizes) < 1 or min(self.width, self.rnn_layers, self.embedding) < 1:
            raise InvalidValueError(
                "a SampleRNN has one frame tier or more; frame_sizes, width, rnn_layers and "
                "embedding must be at least 1"
            )
        if any(slow % fast or slow == fast for slow, fast in zip(sizes, sizes[1:], strict=False)):
            raise InvalidValueError(
                f"each frame size must be a multiple of the next, slowest first, got {sizes}"
            )
        check_told(self)

    @classmethod
    def tiny(cls, conditions: tuple[int, ...] = ()) -> SampleRNNConfig:
        """Return a size that trains in about a minute on one CPU core."""
        return cls(frame_sizes=(16, 4), width=64, embedding=32, conditions=conditions)

    @classmethod
    def trained(cls, conditions: tuple[int, ...] = ()) -> SampleRNNConfig:
        """Return the size of the checkpoints that ship with the course."""
        return cls(frame_sizes=(32, 8), embedding=64, conditions=conditions)

    @classmethod
    def paper(cls, conditions: tuple[int, ...] = ()) -> SampleRNNConfig:
        """Return the paper's best model of three tiers: frames of 8 and 2, 1024 wide."""
        return cls(frame_sizes=(8, 2), width=1024, conditions=conditions)

    @property
    def ratios(self) -> tuple[int, ...]:
        """How many steps of the tier below one step of each frame tier conditions, r(k)."""
        below = (*self.frame_sizes[1:], 1)
        return tuple(slow // fast for slow, fast in zip(self.frame_sizes, below, strict=True))


def _check_whole(config: SampleRNNConfig) -> None:
    """Complain of sizes that are no whole numbers, and of a code that says nothing."""
    sizes = config.frame_sizes
    if not isinstance(sizes, tuple | list) or not all(isinstance(size, int) for size in sizes):
        raise InvalidValueError(f"frame_sizes must be a tuple of whole numbers, got {sizes!r}")
    for name in ("levels", "width", "rnn_layers", "embedding"):
        if not isinstance(getattr(config, name), int):
            raise InvalidValueError(f"{name} must be a whole number, got {getattr(config, name)!r}")
    if config.levels < 2:
        raise InvalidValueError(f"levels must be at least 2, got {config.levels}")
