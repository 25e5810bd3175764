"""The hyper-parameters of a denoiser.

Chapter: chapters/06-product/06-denoising-by-a-network.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError


@dataclass(frozen=True, kw_only=True)
class DenoiserConfig:
    """A denoiser's hyper-parameters.

    Attributes
    ----------
    rate
        Sampling rate in Hz.
    frame
        Samples of a frame, even. The hop is half of it.
    width
        Numbers that are remembered, in each layer.
    layers
        Of the recurrent network.
    after
        Widths of the layers between the recurrent network and the mask.
    ahead
        Frames that are heard before a frame's mask is given; each makes it a hop later.
    local
        Channels of a convolution along the frequencies that sharpens the mask; 0 for none.
    """

    rate: int = 16_000
    frame: int = 512
    width: int = 256
    layers: int = 2
    after: tuple[int, ...] = ()
    ahead: int = 0
    local: int = 0

    def __post_init__(self) -> None:
        if min(self.rate, self.width, self.layers, *self.after) < 1:
            raise InvalidValueError("rate, width, layers and the widths after them must be >= 1")
        if min(self.local, self.ahead) < 0:
            raise InvalidValueError(
                f"local and ahead must be 0 or more, got {self.local} and {self.ahead}"
            )
        if self.frame < 4 or self.frame % 2:
            raise InvalidValueError(f"frame must be even and at least 4, got {self.frame}")

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return self.frame // 2

    @property
    def latency(self) -> int:
        """Samples between a sound and the same sound cleaned, where it comes in piece by piece."""
        return self.frame + self.ahead * self.hop

    @property
    def bins(self) -> int:
        """Frequencies of a frame."""
        return self.frame // 2 + 1

    @classmethod
    def tiny(cls) -> DenoiserConfig:
        """For a minute on a laptop: 106 thousand weights."""
        return cls(width=96, layers=1)

    @classmethod
    def trained(cls) -> DenoiserConfig:
        """What the course trains: 988 thousand weights."""
        return cls(local=16)

    @classmethod
    def paper(cls) -> DenoiserConfig:
        """The size of NSNet2 (Braun and Tashev 2020): frames of 20 ms, 2.7 million weights."""
        return cls(frame=320, width=400, after=(600, 600))
