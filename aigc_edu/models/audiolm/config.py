"""The hyper-parameters of a small AudioLM, and its presets.

Chapter: chapters/05-tokens/03-audiolm.ipynb
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aigc_edu.checkpoints import with_tuples
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.audiolm.vocabulary import Part, Vocabulary
from aigc_edu.models.recogniser import RecogniserConfig


@dataclass(frozen=True)
class AudioLMConfig:
    """Hyper-parameters of the tokens and of the three Transformers, which are of one size.

    Attributes
    ----------
    semantic
        Semantic codes K, the centres of k-means.
    hearing
        The recogniser whose features they are centres of; None for chroma.
    books, entries
        Books that are used, the first ones of the codec's, and the entries of each.
    coarse
        Books of the coarse stage; the others are the fine stage's.
    rate, hop
        Sampling rate in Hz, and samples from one acoustic frame to the next.
    window, fine_window
        Seconds that semantic and coarse stage see at most, and the fine stage.
    channels, heads, layers
        Of each Transformer.
    """

    semantic: int = 64
    hearing: RecogniserConfig | None = None
    books: int = 6
    entries: int = 256
    coarse: int = 2
    rate: int = 8000
    hop: int = 160
    window: float = 4.0
    fine_window: float = 1.0
    channels: int = 160
    heads: int = 4
    layers: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.coarse < self.books:
            raise InvalidValueError(
                f"coarse and fine stage need a book each, got {self.coarse} of {self.books} books"
            )
        if min(self.semantic, self.entries, self.rate, self.hop) < 1:
            raise InvalidValueError("semantic, entries, rate and hop must be 1 or more")
        if min(self.frames, self.fine_frames) < 4:
            raise InvalidValueError("a window has four acoustic frames at least")

    @property
    def frames(self) -> int:
        """Acoustic frames of a window of the semantic and the coarse stage."""
        return round(self.window * self.rate / self.hop)

    @property
    def fine_frames(self) -> int:
        """Acoustic frames of a window of the fine stage."""
        return round(self.fine_window * self.rate / self.hop)

    @property
    def vocabulary(self) -> Vocabulary:
        """The ids of all streams: the semantic one, then the books."""
        return Vocabulary((self.semantic, *(self.entries for _ in range(self.books))))

    @property
    def parts(self) -> dict[str, Part]:
        """What each stage knows of the vocabulary."""
        words = self.vocabulary
        return {
            "semantic": Part(words, 0, 1),
            "coarse": Part(words, 0, 1 + self.coarse),
            "fine": Part(words, 1, self.books),
        }

    @classmethod
    def tiny(cls, **told: Any) -> AudioLMConfig:
        """Return a size whose step takes a twentieth of a second on one CPU core."""
        small = {"semantic": 32, "channels": 32, "heads": 2, "layers": 1, "window": 2.0}
        return cls(**{**small, "fine_window": 0.5, **told})

    @classmethod
    def trained(cls, **told: Any) -> AudioLMConfig:
        """Return the size of the checkpoints that ship with the course."""
        return cls(**told)

    @classmethod
    def paper(cls, **told: Any) -> AudioLMConfig:
        """Return the paper's: 12 layers of 1,024 channels and 16 heads, 1,024 semantic tokens.

        It sees 30 seconds of semantic tokens, 10 of coarse and 3 of fine ones (section IV.B); here
        semantic and coarse stage share a window, of 10 s. Its codec has 12 books of 1,024, 4 of
        them coarse, which is the codec's to say.
        """
        large = {"semantic": 1024, "channels": 1024, "heads": 16, "layers": 12, "window": 10.0}
        return cls(**{**large, "fine_window": 3.0, **told})


def config_from(told: dict[str, Any]) -> AudioLMConfig:
    """Return the configuration that a checkpoint's description holds."""
    hearing = told.get("hearing")
    if hearing is not None:
        hearing = RecogniserConfig(**with_tuples(hearing))
    return AudioLMConfig(**{**told, "hearing": hearing})
