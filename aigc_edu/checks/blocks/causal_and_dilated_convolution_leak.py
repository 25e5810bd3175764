"""Check of the exercise that breaks causality, of the chapter *Causal and dilated convolution*."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.nn import CausalConv1d
from aigc_edu.teaching.exercises import exercise, written

# The chapter's three predictors of the string, in the order in which it shows them.
TRUTH = {"A": "short", "B": "fine", "C": "leak"}
_ASLEEP = "behind a ReLU that sleeps at usual levels"
_MEANINGS = ("fine", "short", "leak")


@exercise("causal-leak")
def leak(
    guess: Mapping[str, str], ahead: Callable[[Callable[[Tensor], Tensor], int], int]
) -> list[str]:
    """``guess`` says of A, B, C what each is; ``ahead(network, length)`` how far it sees ahead."""
    hint = _wrong_ahead(ahead)
    return [hint for hint in (_wrong_guess(written(guess)), hint) if hint]


def _wrong_guess(guess: Mapping[str, str]) -> str:
    if any(value is ... or value is None for value in guess.values()):
        return "guess: say of A, B and C what each is."
    if set(guess) != set(TRUTH) or set(guess.values()) - set(_MEANINGS):
        return 'guess: the keys are "A", "B", "C", each value is "fine", "short" or "leak".'
    if sorted(guess.values()) != sorted(TRUTH.values()):
        return "guess: there is one of each kind."
    if guess["B"] != "fine":
        return "guess: only one of the three goes on as a string. Listen again."
    if dict(guess) != TRUTH:
        return (
            "guess: A and C sound alike. Look at their gains: one is far above the best possible, "
            "so it has seen its target; the other has learned nothing."
        )
    return ""


def _networks() -> dict[str, tuple[Callable[[Tensor], Tensor], int]]:
    """Return networks (1, 1, T) to (1, 1, T), and how far ahead each looks."""
    torch.manual_seed(0)
    causal = CausalConv1d(1, 1, 5)
    return {
        "a causal layer with k = 5": (causal, 0),
        "a causal layer that is shifted by one": (CausalConv1d(1, 1, 3, shift=1), 0),
        "a layer with k = 5 and two zeros on either side": (nn.Conv1d(1, 1, 5, padding=2), 2),
        "a layer with d = 3, whose zeros are all on the right": (_Right(3, 3), 6),
        f"a causal layer and x[t + 1] {_ASLEEP}": (_Sleeper(causal, 1.0), 1),
        f"a causal layer and -x[t + 1] {_ASLEEP}": (_Sleeper(causal, -1.0), 1),
    }


class _Right(nn.Module):
    def __init__(self, kernel: int, dilation: int) -> None:
        super().__init__()
        self.layer = nn.Conv1d(1, 1, kernel, dilation=dilation)
        self.reach = (kernel - 1) * dilation

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(F.pad(x, (0, self.reach)))


class _Sleeper(nn.Module):
    """Causal, unless the next sample is beyond 20 (times the sign)."""

    def __init__(self, causal: nn.Module, sign: float) -> None:
        super().__init__()
        self.causal, self.sign = causal, sign

    def forward(self, x: Tensor) -> Tensor:
        return self.causal(x) + torch.relu(self.sign * F.pad(x, (-1, 1)) - 20)


def _wrong_ahead(ahead: Callable[[Callable[[Tensor], Tensor], int], int]) -> str:
    length = 24
    for name, (network, right) in _networks().items():
        got = int(written(ahead(network, length)))
        if got == right:
            continue
        case = f"ahead: {name} looks {right} ahead; you say {got}"
        if _ASLEEP in name:
            return (
                f"{case}. A gradient or a small change doesn't wake the ReLU: replace samples by "
                "large values, above and below zero (20 is not enough)."
            )
        back = {"a causal layer with k = 5": 4, "a causal layer that is shifted by one": 3}
        if got == back.get(name):
            return f"{case}. That is how far it looks *back*; count inputs after t only."
        if got == -right or got < 0:
            return f"{case}. Ahead is u - t, where u is the input and t the output, at least 0."
        if got == 0 and right:
            return f"{case}. Change x[u], and look at outputs *before* u."
        if got == 1 and right > 1:
            return f"{case}. You say that it leaks; asked for is the largest u - t."
        return f"{case}."
    return ""
