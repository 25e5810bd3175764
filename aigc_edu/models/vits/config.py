"""The hyper-parameters of VITS, in three sizes.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError
from aigc_edu.text import SYMBOLS

DECODERS = ("hifigan", "spectral")


@dataclass(frozen=True)
class VITSConfig:
    """Hyper-parameters of a :class:`VITS`; by default those of Kim et al. 2021, appendix B.

    Attributes
    ----------
    symbols
        The table of symbols, by name.
    blanks
        Whether a blank stands between any two symbols.
    rate, frame, hop
        Sampling rate in Hz; length and distance of the spectra's frames in samples.
    hidden
        Channels of the encoders, of the flow and of the latent z.
    heads, layers, filter, kernel, window
        Of the text encoder: attention heads, blocks, channels and taps inside of a block, largest
        distance with a vector of its own.
    dropout
        Of the text encoder; of the duration predictors it is 0.5, as in the paper.
    posterior_layers
        Gated convolutions of the posterior encoder.
    flow_steps, flow_layers
        Couplings of the prior's flow, and gated convolutions in each.
    duration_filter
        Channels of the deterministic duration predictor.
    decoder
        ``"hifigan"`` (the paper's) or ``"spectral"`` (ConvNeXt blocks and an inverse STFT).
    decoder_channels, decoder_blocks, noise
        Width of the decoder; for the spectral one its number of blocks, and its channels of noise.
    critic_width
        Channels of the first layer of a period's critic; 32 in the paper.
    spectrum_width
        Channels of the critics of spectra; 0 for the critic of scales in their place.
    segment
        Frames that are decoded in a training step.
    mel_scales
        Lengths of frames, in samples, of the loss on mel spectra.
    """

    symbols: tuple[str, ...] = SYMBOLS
    blanks: bool = True
    rate: int = 16_000
    frame: int = 1024
    hop: int = 256
    hidden: int = 192
    heads: int = 2
    layers: int = 6
    filter: int = 768
    kernel: int = 3
    window: int = 4
    dropout: float = 0.1
    posterior_layers: int = 16
    flow_steps: int = 4
    flow_layers: int = 4
    duration_filter: int = 256
    decoder: str = "hifigan"
    decoder_channels: int = 512
    decoder_blocks: int = 6
    noise: int = 0
    critic_width: int = 32
    spectrum_width: int = 0
    segment: int = 32
    mel_scales: tuple[int, ...] = (1024,)

    def __post_init__(self) -> None:
        if self.decoder not in DECODERS:
            raise InvalidValueError(f"decoder is hifigan or spectral, not {self.decoder!r}")
        if self.hidden % 2 or min(self.hidden, self.segment, self.flow_steps) < 1:
            raise InvalidValueError(f"hidden must be even, segment and flow_steps >= 1: {self}")

    @property
    def bins(self) -> int:
        """Frequencies of a linear spectrum."""
        return self.frame // 2 + 1

    @classmethod
    def tiny(cls) -> VITSConfig:
        """Return a size that learns a clip or two in a minute."""
        sizes = {"hidden": 32, "layers": 2, "filter": 64, "posterior_layers": 3}
        sizes |= {"flow_steps": 2, "flow_layers": 1, "duration_filter": 32, "decoder_channels": 64}
        return cls._spectral(**sizes, decoder_blocks=2, critic_width=1, segment=16)

    @classmethod
    def trained(cls) -> VITSConfig:
        """Return the size that one core trains in hours: the same parts, narrower."""
        sizes = {"hidden": 96, "layers": 3, "filter": 192, "posterior_layers": 6}
        sizes |= {"flow_layers": 2, "duration_filter": 128, "decoder_channels": 224}
        return cls._spectral(**sizes, decoder_blocks=6, critic_width=4)

    @classmethod
    def paper(cls) -> VITSConfig:
        """Return the paper's size, with its decoder and its critics, at 16 kHz."""
        return cls()

    @classmethod
    def _spectral(cls, **sizes: int) -> VITSConfig:
        told = {"decoder": "spectral", "noise": 8, "spectrum_width": 8}
        return cls(**told, mel_scales=(256, 1024, 2048), **sizes)
