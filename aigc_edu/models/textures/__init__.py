"""Textures by their statistics: what an ear keeps of rain or fire, and noise that is given it."""

from aigc_edu.models.textures.bands import band_filters, centres_of
from aigc_edu.models.textures.matching import Match, match, shaped_noise
from aigc_edu.models.textures.statistics import (
    Statistics,
    envelopes,
    farness,
    statistics_of,
)

__all__ = [
    "Match",
    "Statistics",
    "band_filters",
    "centres_of",
    "envelopes",
    "farness",
    "match",
    "shaped_noise",
    "statistics_of",
]
