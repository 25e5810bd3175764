"""A composer: a small Transformer over the words of tunes, and networks that play them."""

from aigc_edu.models.composer.chains import Chain
from aigc_edu.models.composer.config import ComposerConfig
from aigc_edu.models.composer.generation import (
    Drawing,
    compose,
    continue_tune,
    legal_share,
    load_composer,
    write_on,
)
from aigc_edu.models.composer.network import IGNORED, Composer, batch_of
from aigc_edu.models.composer.players import flow_player, gansynth_player

__all__ = [
    "IGNORED",
    "Chain",
    "Composer",
    "ComposerConfig",
    "Drawing",
    "batch_of",
    "compose",
    "continue_tune",
    "flow_player",
    "gansynth_player",
    "legal_share",
    "load_composer",
    "write_on",
]
