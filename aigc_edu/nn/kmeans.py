"""k-means: K centres such that each of many vectors is near one of them.

Chapter: chapters/05-tokens/01-quantising-vectors.ipynb

References: Lloyd 1982, "Least squares quantization in PCM"; Arthur and Vassilvitskii 2007,
"k-means++: the advantages of careful seeding", for the start.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError


@torch.no_grad()
def k_means(rows: Tensor, size: int, rounds: int = 30, seed: int = 0) -> Tensor:
    """Return the centres of ``size`` groups of vectors.

    Parameters
    ----------
    rows
        Shape (N, C), N >= ``size``.
    size
        K, the number of centres.
    rounds
        Of Lloyd's algorithm at most; it ends where nothing moves any more.
    seed
        Of the start.

    Returns
    -------
    Tensor
        Shape (K, C), of the type of ``rows``.

    Raises
    ------
    InvalidValueError
        If there are fewer vectors than centres, or one is no number.
    """
    if rows.dim() != 2 or not 1 <= size <= len(rows):
        raise InvalidValueError(
            f"expected vectors (N, C), N >= {size}, for {size} centres, got {tuple(rows.shape)}"
        )
    if not bool(torch.isfinite(rows).all()):
        raise InvalidValueError("there are vectors that hold NaN or infinite values")
    return lloyd(rows, spread_start(rows, size, seed), rounds)


def spread_start(rows: Tensor, size: int, seed: int = 0) -> Tensor:
    """Return ``size`` of the vectors (N, C) that are far from each other, (K, C).

    Each is drawn with a probability in proportion to the squared distance from the nearest of
    those before it (k-means++).
    """
    generator = torch.Generator().manual_seed(seed)
    first = int(torch.randint(len(rows), (1,), generator=generator))
    chosen, nearest = [first], torch.full((len(rows),), torch.inf, dtype=torch.float64)
    for _ in range(size - 1):
        distance = (rows - rows[chosen[-1]]).square().sum(dim=1).double()
        nearest = torch.minimum(nearest, distance.cpu())
        weights = nearest if float(nearest.sum()) > 0 else torch.ones_like(nearest)
        place = torch.rand(1, generator=generator, dtype=torch.float64) * weights.sum()
        found = torch.searchsorted(weights.cumsum(0), place, right=True)
        chosen.append(min(int(found), len(rows) - 1))
    return rows[chosen]


def lloyd(rows: Tensor, centres: Tensor, rounds: int) -> Tensor:
    """Move centres (K, C) to the means of the vectors (N, C) that each is the nearest to.

    That is done at most ``rounds`` times; the mean squared distance never grows. A centre that is
    the nearest of none stays where it is.
    """
    codes = torch.full((len(rows),), -1)
    for _ in range(rounds):
        before, codes = codes, torch.cdist(rows, centres).argmin(dim=1)
        if torch.equal(before.to(codes), codes):
            break
        counts = torch.bincount(codes, minlength=len(centres))[:, None]  # (K, 1)
        sums = torch.zeros_like(centres).index_add_(0, codes, rows)
        centres = torch.where(counts > 0, sums / counts.clamp(min=1), centres)
    return centres
