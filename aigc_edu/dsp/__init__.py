"""Signal processing in plain NumPy (floor 0): sampling, quantising."""

from aigc_edu.dsp.quantising import (
    mu_law_compress,
    mu_law_decode,
    mu_law_encode,
    mu_law_error_bound,
    mu_law_expand,
)

__all__ = [
    "mu_law_compress",
    "mu_law_decode",
    "mu_law_encode",
    "mu_law_error_bound",
    "mu_law_expand",
]
