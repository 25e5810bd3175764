"""The hyper-parameters of a small GANSynth, and its presets.

Chapter: chapters/04-adversarial/07-gansynth.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError


@dataclass(frozen=True)
class GANSynthConfig:
    """Hyper-parameters of generator and critic, and of the images that they draw and judge.

    Attributes
    ----------
    latent
        Numbers in z.
    lowest, pitches
        The lowest pitch as a MIDI number, and how many there are from there on.
    channels
        Of each level of the generator, from the coarsest image to the finest; the critic has them
        in reverse. From level to level the image doubles in height and width.
    bands, frames
        Height and width of the image, multiples of ``2 ** (len(channels) - 1)``.
    rate, frame, hop
        Sampling rate in Hz, length of a frame and samples from one to the next. A note has
        ``frames * hop`` samples.
    quietest
        Level in dB that is the bottom of the image of log magnitude; its top is 0 dB, which a sine
        of amplitude 1 would have.
    """

    latent: int = 64
    lowest: int = 48
    pitches: int = 36
    channels: tuple[int, ...] = (128, 128, 64, 32, 16)
    bands: int = 128
    frames: int = 32
    rate: int = 16000
    frame: int = 2048
    hop: int = 512
    quietest: float = -70.0

    def __post_init__(self) -> None:
        if not self.channels or min(self.channels) < 1 or min(self.latent, self.pitches) < 1:
            raise InvalidValueError("there is a level at least; all sizes must be 1 or more")
        steps = 2 ** (len(self.channels) - 1)
        if min(self.bands, self.frames) < 1 or self.bands % steps or self.frames % steps:
            raise InvalidValueError(
                f"with {len(self.channels)} levels, bands and frames must be multiples of {steps}, "
                f"got {self.bands} and {self.frames}"
            )
        if self.quietest >= 0:
            raise InvalidValueError(f"quietest must be below 0 dB, got {self.quietest}")

    @property
    def length(self) -> int:
        """Samples of a note."""
        return self.frames * self.hop

    @property
    def start(self) -> tuple[int, int]:
        """Height and width of the coarsest image."""
        steps = 2 ** (len(self.channels) - 1)
        return self.bands // steps, self.frames // steps

    @classmethod
    def tiny(cls) -> GANSynthConfig:
        """Return a size whose step takes a tenth of a second on one CPU core."""
        return cls(latent=16, channels=(32, 32, 16, 8, 8))

    @classmethod
    def trained(cls) -> GANSynthConfig:
        """Return the size of the checkpoint that ships with the course."""
        return cls()

    @classmethod
    def paper(cls) -> GANSynthConfig:
        """Return the paper's best: 128 frames of 1024 mel bands, four seconds (appendix)."""
        wide = (256, 256, 256, 256, 128, 64, 32)
        return cls(latent=256, lowest=24, pitches=61, channels=wide, bands=1024, frames=128)
