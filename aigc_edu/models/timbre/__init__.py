"""Another timbre for a note: an autoencoder with a narrow code, and what it is for."""

from aigc_edu.models.timbre.converting import converted, frames_of
from aigc_edu.models.timbre.network import (
    TimbreAutoencoder,
    TimbreConfig,
    leak_of,
    timbre_batches,
)

__all__ = [
    "TimbreAutoencoder",
    "TimbreConfig",
    "converted",
    "frames_of",
    "leak_of",
    "timbre_batches",
]
