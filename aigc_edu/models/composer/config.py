"""The hyper-parameters of a composer, and its presets.

Chapter: chapters/06-product/12-composer.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError
from aigc_edu.music import WORDS


@dataclass(frozen=True)
class ComposerConfig:
    """Hyper-parameters of a causal Transformer over the words of tunes.

    Attributes
    ----------
    words
        How many words its vocabulary has; those of :data:`aigc_edu.music.WORDS`.
    channels, heads, layers
        Width, heads of each attention, number of blocks.
    """

    words: int = len(WORDS)
    channels: int = 128
    heads: int = 4
    layers: int = 4

    def __post_init__(self) -> None:
        if self.words != len(WORDS):
            raise InvalidValueError(
                f"this composer was made for {self.words} words; there are {len(WORDS)} now"
            )

    @classmethod
    def tiny(cls) -> ComposerConfig:
        """Return a size that learns something within a minute on one CPU core."""
        return cls(channels=48, heads=2, layers=2)

    @classmethod
    def trained(cls) -> ComposerConfig:
        """Return the size of the checkpoint that ships with the course."""
        return cls()

    @classmethod
    def paper(cls) -> ComposerConfig:
        """Return the base size of Vaswani et al. 2017, table 3: six layers of 512 channels."""
        return cls(channels=512, heads=8, layers=6)
