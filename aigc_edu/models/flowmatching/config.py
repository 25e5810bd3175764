"""The hyper-parameters of a flow-matching model of notes, and their presets.

Chapter: chapters/05-tokens/06-flow-matching.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError


@dataclass(frozen=True)
class FlowMatchingConfig:
    """Hyper-parameters of the flow over mel frames and of the decoder that makes sound of them.

    Attributes
    ----------
    families
        Number of families of instruments, which are the classes.
    lowest, pitches
        The lowest pitch as a MIDI number, and how many there are from there on.
    channels, hidden, blocks
        Of the velocity's network: width, width inside its ConvNeXt blocks, and their number.
    condition
        Size of the vector that tells each block the time, the family and the pitch.
    spans
        Whether the network is told how far a step goes, too, as a MeanFlow is.
    bands, frames
        Mel bands of a frame, and frames of a note.
    rate, frame, hop
        Sampling rate in Hz, length of a frame and samples from one to the next. A note has
        ``frames * hop`` samples.
    quietest
        Level in dB that counts as silence; 0 dB is what a sine of amplitude 1 has.
    decoder_channels, decoder_blocks
        Width and number of the decoder's ConvNeXt blocks.
    noise
        Channels of noise that the decoder is given, to make breath and hiss of.
    """

    families: int = 11
    lowest: int = 28
    pitches: int = 61
    channels: int = 160
    hidden: int = 480
    blocks: int = 8
    condition: int = 160
    spans: bool = False
    bands: int = 64
    frames: int = 64
    rate: int = 16_000
    frame: int = 1024
    hop: int = 256
    quietest: float = -70.0
    decoder_channels: int = 128
    decoder_blocks: int = 6
    noise: int = 4

    def __post_init__(self) -> None:
        sizes = (self.families, self.pitches, self.channels, self.hidden, self.blocks)
        more = (self.bands, self.frames, self.rate, self.decoder_channels, self.decoder_blocks)
        if min(*sizes, *more) < 1 or self.noise < 0:
            raise InvalidValueError("all sizes must be 1 or more, and noise 0 or more")
        if self.condition < 2 or self.condition % 2:
            raise InvalidValueError(f"condition must be even and above 0, got {self.condition}")
        if self.quietest >= 0:
            raise InvalidValueError(f"quietest must be below 0 dB, got {self.quietest}")

    @property
    def length(self) -> int:
        """Samples of a note."""
        return self.frames * self.hop

    @classmethod
    def tiny(cls, spans: bool = False) -> FlowMatchingConfig:
        """Return a size that learns something within a minute on one CPU core."""
        decoder = {"decoder_channels": 64, "decoder_blocks": 3}
        return cls(channels=64, hidden=192, blocks=4, condition=64, spans=spans, **decoder)

    @classmethod
    def trained(cls, spans: bool = False) -> FlowMatchingConfig:
        """Return the size of the checkpoint that ships with the course."""
        return cls(spans=spans)

    @classmethod
    def paper(cls, spans: bool = False) -> FlowMatchingConfig:
        """Return what a graphics card has room for; no paper has flow matching for such notes.

        Width and depth are those of the base size of diffusion Transformers (Peebles and Xie
        2023, arXiv:2212.09748, table 1), the decoder's those of Vocos (Siuzdak 2023,
        arXiv:2306.00814, section 4).
        """
        decoder = {"decoder_channels": 512, "decoder_blocks": 8}
        return cls(channels=768, hidden=3072, blocks=12, condition=768, spans=spans, **decoder)
