"""Signal processing in plain NumPy (floor 0): sampling, quantising."""

from aigc_edu.dsp.quantising import (
    mu_law_compress,
    mu_law_decode,
    mu_law_encode,
    mu_law_error_bound,
    mu_law_expand,
    quantise,
    snr_db,
    step_size,
    theoretical_snr_db,
)
from aigc_edu.dsp.sampling import (
    alias_frequency,
    chirp,
    decimate_without_filter,
    reconstruct,
    sample_times,
    sine,
)

__all__ = [
    "alias_frequency",
    "chirp",
    "decimate_without_filter",
    "mu_law_compress",
    "mu_law_decode",
    "mu_law_encode",
    "mu_law_error_bound",
    "mu_law_expand",
    "quantise",
    "reconstruct",
    "sample_times",
    "sine",
    "snr_db",
    "step_size",
    "theoretical_snr_db",
]
