"""What a loss lets the network see: a shift, a mask, an axis, found by changing one code.

Chapter: chapters/06-product/03-clinic.ipynb

An autoregressive model gives each code a probability from the codes before it. Two things follow,
whatever the weights, and a mistake in the shift, the mask or the axis breaks one of them:

- the probabilities of all codes that may come next add up to 1;
- changing a code changes the cost of no earlier one, and of no other clip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError

ROUNDING = 1e-4  # nats, beside as large a share of a cost: less is no movement
SUM = 1e-2  # how far the sum of probabilities may be from 1 by rounding


@dataclass(frozen=True)
class ShiftTest:
    """What :func:`shift_test` has found.

    Attributes
    ----------
    total
        Sum of the probabilities of all codes that may come last: 1.
    earlier
        How many codes before the changed one have another cost than before: 0.
    others
        How many codes of other clips in the batch have one: 0.
    later
        Places behind the changed code up to which costs move: how far back the network hears. 0 for
        one that does not hear at all.
    """

    total: float
    earlier: int
    others: int
    later: int

    @property
    def passed(self) -> bool:
        """Whether it is an autoregressive model that hears."""
        return not self.faults

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, a sentence each."""
        found = []
        if abs(self.total - 1) > SUM:
            found.append(f"the probabilities of all next codes add up to {self.total:.3g}, not 1")
        if self.earlier:
            found.append(f"a code changes what {self.earlier} earlier codes cost: the future leaks")
        if self.others:
            found.append(f"a code changes what {self.others} codes of other clips cost")
        if not self.later:
            found.append("no later cost depends on a code: the network hears nothing")
        return tuple(found)

    def __str__(self) -> str:
        return "; ".join(self.faults) or f"passed; it hears {self.later} codes back or more"


@torch.no_grad()
def shift_test(
    costs: Callable[[Tensor], Tensor],
    levels: int = 256,
    length: int = 48,
    batch: int = 3,
    seed: int = 0,
) -> ShiftTest:
    """Change one code and see whose costs move; try every code as the last one and add up.

    Works with any weights, drawn at random or trained. It tests the loss as it is computed, not the
    network alone: a causal network with a target that is not shifted fails.

    Parameters
    ----------
    costs
        Maps codes, int64 (B, T + 1), to the cost in nats of each target, (B, T); the cost of
        ``codes[:, t + 1]`` in column t. As it is in training, but without the mean, and with
        dropout off. It must take any B and T.
    levels
        Number of codes q.
    length, batch
        Of the trial clips, T + 1 and B: longer than a pair, at least two.
    seed
        Of the trial clips' codes.

    Raises
    ------
    InvalidValueError
        If the costs have another shape, or are no finite numbers.
    """
    if length < 8 or batch < 2 or levels < 2:
        raise InvalidValueError("expected 8 codes or more, 2 clips or more and 2 levels or more")
    random = torch.Generator().manual_seed(seed)
    codes = torch.randint(levels, (batch, length), generator=random)
    before, place = _checked(costs, codes), length // 2
    changed = codes.clone()
    changed[0, place] = (changed[0, place] + levels // 2) % levels
    moved = (_checked(costs, changed) - before).abs() > ROUNDING * (1 + before.abs())  # (B, T)
    behind = moved[0, place:].nonzero()
    return ShiftTest(
        total=_sum_over_last(costs, codes[:1], levels),
        earlier=int(moved[0, : place - 1].sum()),
        others=int(moved[1:].sum()),
        later=int(behind.max()) + 1 if len(behind) else 0,
    )


def _sum_over_last(costs: Callable[[Tensor], Tensor], codes: Tensor, levels: int) -> float:
    """Return the sum over v of p(v | prefix) = exp(cost of prefix - cost of prefix and v)."""
    rows = codes.expand(levels, -1)  # (q, T + 1)
    every = torch.cat([rows, torch.arange(levels)[:, None]], dim=1)
    prefix = _checked(costs, rows).double().sum(dim=1)
    return float((prefix - _checked(costs, every).double().sum(dim=1)).exp().sum())


def _checked(costs: Callable[[Tensor], Tensor], codes: Tensor) -> Tensor:
    """Return costs of the right shape."""
    found = costs(codes)
    wanted = (codes.shape[0], codes.shape[1] - 1)
    if tuple(found.shape) != wanted:
        raise InvalidValueError(
            f"costs must give one number for each target, {wanted} for codes of shape "
            f"{tuple(codes.shape)}, not {tuple(found.shape)}"
        )
    if not torch.isfinite(found).all():
        raise InvalidValueError("the costs hold NaN or infinite values; find those first")
    return found
