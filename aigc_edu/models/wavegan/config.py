"""The hyper-parameters of a WaveGAN, and its presets.

Chapter: planned, WaveGAN's structure (Part IV)
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError

LAYERS = 5  # of either network
UPSAMPLING = ("transposed", "nearest")


@dataclass(frozen=True)
class WaveGANConfig:
    """Hyper-parameters of a WaveGAN, by default the paper's for one second at 16 kHz.

    Attributes
    ----------
    length
        Samples T of a clip, a multiple of ``stride`` to the fifth power: of 1024 by default.
    width
        Channels d of the layers next to the waveform; towards the middle they double, up to 16 d.
    latent
        Width of the noise z.
    labels
        Number of labels that both networks are told, 0 for none.
    kernel
        Taps k of all convolutions.
    stride
        Samples that a layer makes of one, or one of: 4 in the paper, where DCGAN has 2 x 2.
    phase_shuffle
        Largest shift n of the critic's layers in samples, 0 for none.
    post_filter
        Taps of a filter that is learned with the generator and follows it, 0 for none; the paper
        tries 512.
    upsampling
        ``"transposed"``: transposed convolutions; ``"nearest"``: each sample is repeated ``stride``
        times, then comes a convolution of stride 1.

    Raises
    ------
    InvalidValueError
        If a value is out of range, or the length no such multiple.
    """

    length: int = 16384
    width: int = 64
    latent: int = 100
    labels: int = 0
    kernel: int = 25
    stride: int = 4
    phase_shuffle: int = 2
    post_filter: int = 0
    upsampling: str = "transposed"

    def __post_init__(self) -> None:
        least = {"length": 1, "width": 1, "latent": 1, "labels": 0, "kernel": 1, "stride": 2}
        for name, bound in (least | {"phase_shuffle": 0, "post_filter": 0}).items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < bound:
                raise InvalidValueError(f"{name} must be a whole number >= {bound}, got {value!r}")
        if self.labels == 1:
            raise InvalidValueError("one label says nothing; take labels=0, or two or more")
        if self.kernel < self.stride:
            raise InvalidValueError(
                f"a kernel of {self.kernel} leaves gaps between strides of {self.stride}"
            )
        if self.length % self.stride**LAYERS:
            raise InvalidValueError(
                f"length must be a multiple of {self.stride}^{LAYERS} = {self.stride**LAYERS} "
                f"samples, got {self.length}"
            )
        if self.upsampling not in UPSAMPLING:
            raise InvalidValueError(
                f"upsampling must be transposed or nearest, got {self.upsampling!r}"
            )
        if self.phase_shuffle >= self.frames * self.stride:
            raise InvalidValueError(
                f"phase_shuffle must be below {self.frames * self.stride}, the samples that the "
                f"critic's last but one layer gives, got {self.phase_shuffle}"
            )

    @classmethod
    def tiny(cls, length: int = 8192, labels: int = 0) -> WaveGANConfig:
        """Return a size that learns something in a minute on one CPU core."""
        return cls(length=length, width=4, latent=32, labels=labels)

    @classmethod
    def trained(cls, length: int = 8192, labels: int = 0) -> WaveGANConfig:
        """Return the size of the checkpoints that ship with the course."""
        return cls(length=length, width=16, labels=labels)

    @classmethod
    def paper(cls, length: int = 16384, labels: int = 0) -> WaveGANConfig:
        """Return the paper's size."""
        return cls(length=length, labels=labels)

    @property
    def frames(self) -> int:
        """Samples of the layer in the middle, ``length / stride^5``."""
        return self.length // self.stride**LAYERS

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels from the middle to the waveform: (16 d, 8 d, 4 d, 2 d, d, 1)."""
        return (*(self.width * 2**i for i in reversed(range(LAYERS))), 1)
