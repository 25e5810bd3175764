"""The hyper-parameters of a codec.

Chapter: chapters/05-tokens/02-a-neural-codec.ipynb
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from aigc_edu.errors import InvalidValueError

DECODERS = ("spectral", "transposed")
QUANTISERS = ("residual", "scalar")
STRIDES = {8000: (2, 4, 4, 5), 16_000: (2, 4, 5, 8), 24_000: (2, 4, 5, 8)}  # hop: 160, 320, 320
LEVELS = {
    16: (4, 4),
    64: (4, 4, 4),
    128: (8, 4, 4),
    256: (4, 4, 4, 4),
    1024: (4, 4, 4, 4, 4),
}  # equal bits


@dataclass(frozen=True, kw_only=True)
class CodecConfig:
    """A codec's hyper-parameters.

    Attributes
    ----------
    rate
        Sampling rate in Hz.
    strides
        Of the encoder's convolutions; their product is the hop, the samples of a frame.
    width
        Channels at the rate of the samples; each stride doubles them.
    dilations
        Of the residual units before each stride.
    code_channels
        D, of what is quantised.
    books, entries
        n and K: a frame costs n log2(K) bits.
    decay, least_use
        Of each codebook (see :class:`aigc_edu.nn.Codebook`). The fewer vectors a step has for each
        entry, the longer the mean must be, and the lower the use below which an entry is moved.
    quantiser
        ``"residual"`` vector quantisation, or ``"scalar"`` with as many bits.
    decoder
        ``"spectral"``: ConvNeXt blocks and an inverse STFT; ``"transposed"``: the encoder's mirror
        image, of transposed convolutions, as in the papers.
    decoder_channels, decoder_blocks
        Width and number of the ConvNeXt blocks.
    frame
        Of the inverse STFT, in samples.
    """

    rate: int = 8000
    strides: tuple[int, ...] = (2, 4, 4, 5)
    width: int = 8
    dilations: tuple[int, ...] = (1,)
    code_channels: int = 32
    books: int = 6
    entries: int = 256
    decay: float = 0.95
    least_use: float = 0.2
    quantiser: str = "residual"
    decoder: str = "spectral"
    decoder_channels: int = 96
    decoder_blocks: int = 3
    frame: int = 640

    def __post_init__(self) -> None:
        counts = (self.rate, self.width, self.code_channels, self.books, self.entries)
        if min(counts) < 1 or not self.strides or min(self.strides) < 2:
            raise InvalidValueError("rate, widths, books and entries must be >= 1, strides >= 2")
        if self.decoder not in DECODERS or self.quantiser not in QUANTISERS:
            raise InvalidValueError(
                f"decoder is one of {DECODERS}, quantiser one of {QUANTISERS}, got "
                f"{self.decoder!r} and {self.quantiser!r}"
            )
        if self.quantiser == "scalar" and self.entries not in LEVELS:
            raise InvalidValueError(f"scalar codes come in {sorted(LEVELS)}, not {self.entries}")

    @property
    def hop(self) -> int:
        """Samples of a frame."""
        return math.prod(self.strides)

    @property
    def bits_per_second(self) -> float:
        """What all books cost; one of them costs ``1 / books`` of it."""
        return self.rate / self.hop * self.books * math.log2(self.entries)

    @classmethod
    def tiny(cls, rate: int = 8000) -> CodecConfig:
        """For two minutes on a laptop: 400 thousand weights, and books that are soon in use."""
        strides = strides_for(rate)
        return cls(rate=rate, strides=strides, frame=4 * math.prod(strides), entries=64)

    @classmethod
    def trained(cls, rate: int = 8000) -> CodecConfig:
        """What the course trains: less than 4 million weights, 50 frames a second."""
        strides = strides_for(rate)
        sizes: dict[str, Any] = {"width": 8, "dilations": (1, 3), "decay": 0.97}
        sizes |= {"decoder_channels": 224, "decoder_blocks": 6}
        if rate > 8000:
            sizes |= {"books": 8, "entries": 256, "least_use": 0.1}
        else:
            sizes |= {"books": 6, "entries": 128, "least_use": 0.15}
        return cls(rate=rate, strides=strides, frame=4 * math.prod(strides), **sizes)

    @classmethod
    def paper(cls, rate: int = 24_000) -> CodecConfig:
        """SoundStream's size, but for its causal padding: 8 books of 1024, 75 frames at 24 kHz."""
        strides = strides_for(rate)
        sizes = {"width": 32, "dilations": (1, 3, 9), "code_channels": 128}
        sizes |= {"books": 8, "entries": 1024, "decay": 0.99, "least_use": 0.03}
        sizes["decoder"] = "transposed"
        return cls(rate=rate, strides=strides, frame=4 * math.prod(strides), **sizes)


def strides_for(rate: int) -> tuple[int, ...]:
    """Return strides for a sampling rate in Hz; InvalidValueError for one without any."""
    if rate not in STRIDES:
        raise InvalidValueError(f"there are codecs for {sorted(STRIDES)} Hz, not for {rate} Hz")
    return STRIDES[rate]
