"""Is what was drawn a draw from the model? What it costs against what it should cost.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError

SURE = 5.0  # standard errors beyond which chance is no excuse


@dataclass(frozen=True)
class Running:
    """What drawn codes cost the model, and what codes drawn from it cost on average.

    Attributes
    ----------
    surprise
        Mean cost of the drawn codes in bits, the model hearing them.
    entropy
        Mean entropy of its predictions in bits at the same places: what an honest draw costs on
        average.
    deviation
        Their difference in standard errors. Beyond 5 in size, the codes are no draw from the model.
    """

    surprise: float
    entropy: float
    deviation: float

    @property
    def passed(self) -> bool:
        """Whether the codes may be a draw."""
        return abs(self.deviation) <= SURE

    def __str__(self) -> str:
        told = f"drawn codes cost {self.surprise:.2f} bits, honest draws {self.entropy:.2f}"
        if self.passed:
            return f"passed; {told}"
        if self.deviation > 0:
            return f"{told}: generation hears, or draws, something else than training"
        return f"{told}: the temperature is below 1, or only the most probable codes are drawn"


@torch.no_grad()
def running_test(predict: Callable[[Tensor], Tensor], drawn: Tensor) -> Running:
    """Compare what drawn codes cost with what draws from the model cost on average.

    For codes that were drawn from p, the expected surprise -log2 p is the entropy of p, place by
    place; the differences add up like the steps of a fair game, and their variance is known. A
    temperature below 1 makes drawn codes cheaper, one above 1 dearer. A state that isn't carried
    on, a start that the network never heard, codes decoded and encoded again make them dearer.

    Parameters
    ----------
    predict
        Maps codes (B, T) to logits (B, q, T), those of the code at t + 1 in column t, as training
        computes them: from all codes before.
    drawn
        int64 (B, T + 1): the start, one code or more, and what was drawn. Only the first code is
        not scored.

    Raises
    ------
    InvalidValueError
        If there is nothing drawn, or the logits have another shape.
    """
    if drawn.dim() != 2 or drawn.shape[1] < 2:
        raise InvalidValueError(f"expected drawn codes (B, T + 1), got {tuple(drawn.shape)}")
    logits = predict(drawn[:, :-1])
    if logits.dim() != 3 or logits.shape[::2] != (len(drawn), drawn.shape[1] - 1):
        raise InvalidValueError(f"expected logits (B, q, T), got {tuple(logits.shape)}")
    logs = logits.double().log_softmax(dim=1) / math.log(2)  # (B, q, T)
    p = logs.exp2()
    entropy = -(p * logs).sum(dim=1)  # (B, T)
    variance = (p * logs.square()).sum(dim=1) - entropy.square()
    surprise = -logs.gather(1, drawn[:, 1:].unsqueeze(1))[:, 0]
    apart, error = float((surprise - entropy).sum()), float(variance.clamp(min=0).sum().sqrt())
    # A model that is quite sure has no variance: then any cost at all is too much.
    deviation = apart / max(error, 1e-3 * drawn.numel())
    return Running(float(surprise.mean()), float(entropy.mean()), deviation)
