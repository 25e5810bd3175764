"""Checks of the exercises of the chapter *Generating with WaveNet*."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- a code from probabilities


TRIAL = [0, 2, 1, 4, 1, 0]  # the probabilities of its codes, in eighths


@exercise("generation-draw")
def draw(answer: Callable[[Tensor, float], int]) -> str | None:
    """``answer(p, u)``: p (q,) sums up to 1, 0 <= u < 1; returns a code, a whole number."""
    p = torch.tensor(TRIAL, dtype=torch.float64) / 8
    chances = torch.arange(0, 1, 1 / 16, dtype=torch.float64)  # hits every edge exactly
    given = [written(answer(p.clone(), float(u))) for u in chances]
    got = numbers(torch.stack([torch.as_tensor(code) for code in given]))
    right = _first_above(p.cumsum(0), chances)
    if got.shape == right.shape and ((got < 0) | (got > 5)).any():
        return (
            f"there are 6 codes here, 0 to 5, and you return {int(got[(got < 0) | (got > 5)][0])}."
        )
    return hint_for(got, numbers(right), _draw_mistakes(p, chances), _draw_rest(right))


def _first_above(sums: Tensor, chances: Tensor) -> Tensor:
    return torch.stack([(sums > u).to(torch.uint8).argmax() for u in chances])


def _draw_rest(right: Tensor) -> str:
    want = " ".join(str(int(code)) for code in right)
    return (
        f"the trial has p = {TRIAL} / 8. For u = 0, 1/16, 2/16, ... 15/16 the expected codes are "
        f"{want}."
    )


def _draw_mistakes(p: Tensor, chances: Tensor) -> Mistakes:
    sums, right = p.cumsum(0), _first_above(p.cumsum(0), chances)
    most = p.argmax().expand(len(chances))
    yield "that is the most probable code every time; u has no effect.", numbers(most)
    left = torch.searchsorted(sums, chances)
    yield (
        "where u *equals* a cumulated probability you take the code before. Then u = 0 draws code "
        "0, which is impossible here: look for the first that is above u, not at or above.",
        numbers(left),
    )
    for shift, word in ((-1, "before"), (1, "after")):
        for codes in (right, left):
            yield f"off by one: that is the code {word} the right one.", numbers(codes + shift)
    alone = "u is compared with each code's own probability; cumulate first."
    yield alone, numbers(_first_above(p, chances))
    turned = "this runs through the codes from the last to the first."
    yield turned, numbers(_first_above(sums, 1 - chances - 1e-9))
    yield turned, numbers(len(p) - 1 - _first_above(p.flip(0).cumsum(0), chances))
    ordered, codes = p.sort(descending=True)
    ranks = _first_above(ordered.cumsum(0), chances)
    yield "you return the rank of a code in the sorted row; don't sort.", numbers(ranks)
    yield "the codes are cumulated in sorted order; keep them in theirs.", numbers(codes[ranks])
    yield "that is the cumulated probability; its place is asked for.", numbers(sums[right])


# ---------------------------------------------------------------- the temperature


@exercise("generation-temperature")
def temperature(answer: Callable[[Tensor, float], Tensor]) -> list[str]:
    """``answer(logits, tau)``: logits (B, q), tau > 0; returns probabilities, (B, q)."""
    torch.manual_seed(0)
    logits, tau = 2 * torch.randn(3, 5, dtype=torch.float64), 0.5
    hint = hint_for(
        numbers(written(answer(logits.clone(), tau))),
        numbers((logits / tau).softmax(1)),
        _temperature_mistakes(logits, tau),
        "each row should be the softmax of its logits, divided by tau.",
    )
    if hint:
        return [hint]
    large = 300 * logits
    found = numbers(answer(large.clone(), 0.1))
    if not (abs(found - numbers((large / 0.1).softmax(1))) < 1e-6).all():
        return [
            "right for small logits, but e to the power of large ones overflows: subtract each "
            "row's largest first, which changes no probability, or leave it to torch.softmax."
        ]
    return []


def _temperature_mistakes(logits: Tensor, tau: float) -> Mistakes:
    p, right = logits.softmax(1), (logits / tau).softmax(1)
    yield "tau has no effect.", numbers(p)
    hotter = "you multiply by tau, so that a low temperature evens out. Divide."
    yield hotter, numbers((logits * tau).softmax(1))
    yield hotter, numbers(p**tau / (p**tau).sum(1, keepdim=True))
    first = "the softmax comes first here: its probabilities, divided by tau, don't sum up to 1. "
    yield first + "Divide the logits.", numbers(p / tau)
    yield (
        "a softmax of probabilities: those lie in 0 ... 1, and e to their power is nearly even. "
        "Divide the logits by tau, then take one softmax.",
        numbers((p / tau).softmax(1)),
    )
    yield "two softmaxes, one after the other; one will do.", numbers(right.softmax(1))
    for power in (1 / tau, tau):
        yield "that is not divided by its sum; a row should sum up to 1.", numbers(p**power)
    undivided = "e to the power of the logits still wants dividing by its sum."
    yield undivided, numbers((logits / tau).exp())
    yield "those are logits still; the softmax is missing.", numbers(logits / tau)
    yield "those are logarithms of probabilities.", numbers(right.log())
    across = "the sum runs over the clips, or over everything; each row should sum up to 1."
    yield across, numbers((logits / tau).softmax(0))
    yield across, numbers((logits / tau).reshape(-1).softmax(0).reshape(logits.shape))


# ---------------------------------------------------------------- the nucleus


SHARES = (0.8, 45 / 64, 0.6, 1.0)  # the second is reached exactly, by three codes


@exercise("generation-top-p")
def top_p(answer: Callable[[Tensor, float], Tensor]) -> str | None:
    """``answer(p, share)``: p (q,), 0 < share <= 1; returns probabilities, (q,)."""
    p = torch.tensor([20, 7, 4, 10, 2, 15, 5, 1], dtype=torch.float64) / 64
    got = [numbers(written(answer(p.clone(), share))) for share in SHARES]
    right = [numbers(_nucleus(p, share)) for share in SHARES]
    trials = zip(*(_nucleus_mistakes(p, share) for share in SHARES), strict=True)
    wrong = ((rows[0][0], np.hstack([values for _, values in rows])) for rows in trials)
    return hint_for(
        np.hstack(got),
        np.hstack(right),
        wrong,
        f"of {[round(float(v) * 64) for v in p]} / 64 the {_count(p, SHARES[0])} most probable "
        f"should stay for share = {SHARES[0]}, in their places, divided by their "
        "sum; the rest is 0.",
    )


def _kept(p: Tensor, count: int) -> Tensor:
    """Return p (q,) with all but the ``count`` most probable codes zero, not renormalised."""
    return p.where(p.argsort(descending=True).argsort() < count, 0.0)


def _whole(p: Tensor) -> Tensor:
    return p / p.sum().clamp(min=1e-12)


def _count(p: Tensor, share: float) -> int:
    """Return how many of the most probable codes are needed for the sum to reach ``share``."""
    return int((p.sort(descending=True).values.cumsum(0) < share).sum()) + 1


def _nucleus(p: Tensor, share: float) -> Tensor:
    return _whole(_kept(p, _count(p, share)))


def _nucleus_mistakes(p: Tensor, share: float) -> Mistakes:
    count = _count(p, share)
    for hint, values in _wrong_sets(p, share, count):
        yield hint, numbers(_whole(values))
        yield hint + " And divide what is left by its sum.", numbers(values)
    right = _nucleus(p, share)
    yield "the codes are right; now divide them by their sum.", numbers(_kept(p, count))
    ordered = right.sort(descending=True).values
    sorted_away = "the probabilities come back sorted; each should stay at its own code."
    yield sorted_away, numbers(ordered)
    yield sorted_away, numbers(ordered[:count])
    yield "keep the length: what falls away becomes 0.", numbers(right[right > 0])
    yield (
        "a second softmax evens out what is left; divide by the sum.",
        numbers(_kept(p, count).softmax(0)),
    )


def _wrong_sets(p: Tensor, share: float, count: int) -> Iterator[tuple[str, Tensor]]:
    """Yield hints, and p (q,) with other codes left over than those of the nucleus."""
    yield "nothing has been taken away.", p
    few = "one code too few: the one with which the sum reaches the share belongs to the nucleus."
    yield few, _kept(p, count - 1)
    yield "one code too many: stop at the first sum that is the share or more.", _kept(p, count + 1)
    strict = int((p.sort(descending=True).values.cumsum(0) <= share).sum()) + 1
    yield "where the sum is the share exactly, that is enough: stop there.", _kept(p, strict)
    top_k = (
        "that is a top-k with k = share times the number of codes. How many stay should depend on "
    )
    for k in (math.floor(share * len(p)), math.ceil(share * len(p))):
        yield top_k + "the distribution: cumulate.", _kept(p, max(1, k))
    least = int((p.sort().values.cumsum(0) < share).sum()) + 1
    low = p.where(p.argsort().argsort() < least, 0.0)
    yield "the least probable codes stay: sort from the largest down.", low
    for stay in (p.cumsum(0) - p < share, p.cumsum(0) <= share):
        unsorted = "the sum runs in the order of the codes; sort by probability first."
        yield unsorted, p.where(stay, 0.0)
    thresholds = {
        "the share": share,
        "1 - share": 1 - share,
        "share times the largest": share * float(p.max()),
    }
    for name, least in thresholds.items():
        yield f"that compares single probabilities with {name}; cumulate.", p.where(p >= least, 0.0)


# ---------------------------------------------------------------- the temperature of a clip

TAUS = (0.8, 0.4, 1.7, 0.6, 1.3, 1.0)  # not in order: the first one is told from the least one


@exercise("generation-find-temperature")
def find_temperature(answer: Callable[[Tensor, Tensor, tuple[float, ...]], float]) -> str | None:
    """``answer(logits, codes, taus)``: (T, q) and (T,), T = 3000; returns one of the taus."""
    torch.manual_seed(0)
    logits = 3 * torch.randn(3000, 16, dtype=torch.float64)
    drawn = {tau: torch.multinomial((logits / tau).softmax(1), 1)[:, 0] for tau in TAUS}
    given = [written(answer(logits.clone(), codes.clone(), TAUS)) for codes in drawn.values()]
    got = numbers(torch.stack([torch.as_tensor(value, dtype=torch.float64) for value in given]))
    wrong = (
        (hint, np.array([float(rule(logits, codes)) for codes in drawn.values()]))
        for hint, rule in _wrong_temperatures()
    )
    return hint_for(
        got,
        np.array(TAUS),
        wrong,
        f"of {TAUS} the trial's clips were drawn at each in turn; you say "
        f"{', '.join(f'{value:g}' for value in got.ravel()[:6])}.",
    )


Rule = Callable[[Tensor, Tensor], float]  # from logits (T, q) and codes (T,)


def _best(score: Callable[[Tensor, float], Tensor], worst: bool = False) -> Rule:
    """Return a rule that takes the tau with the largest score; ``score`` gives it for each code."""

    def rule(logits: Tensor, codes: Tensor) -> float:
        found = [_of_drawn(score(logits, tau), codes) for tau in TAUS]
        return TAUS[found.index(min(found) if worst else max(found))]

    return rule


def _of_drawn(scores: Tensor, codes: Tensor) -> float:
    """Return the sum of the scores (T, q) of the codes (T,)."""
    return float(scores.gather(1, codes[:, None]).sum())


def _logs(logits: Tensor, tau: float) -> Tensor:
    return (logits / tau).log_softmax(1)


def _wrong_temperatures() -> Iterator[tuple[str, Rule]]:
    """Yield hints, and rules that return what these mistakes give."""
    yield "that is where the codes are *least* probable: take the largest sum.", _best(_logs, True)
    upside = "you multiply the logits by tau; divide them."
    yield upside, _best(lambda logits, tau: (logits * tau).log_softmax(1))
    yield (
        "a product of thousands of probabilities is 0 in a computer, at every tau; add up their "
        "logarithms.",
        lambda logits, codes: TAUS[0],
    )
    yield (
        "the smallest tau wins, whatever was drawn. Three mistakes do that: logits in place of "
        "logarithms of probabilities (the softmax is missing); a sum of probabilities and not of "
        "their logarithms; the most probable codes in place of those that were drawn.",
        lambda logits, codes: min(TAUS),
    )
    for name, count in (("sum", 1), ("mean", 3000)):
        yield (
            f"that is the largest {name} itself; say at which tau it is reached.",
            lambda x, c, n=count: max(_of_drawn(_logs(x, tau), c) for tau in TAUS) / n,
        )
    place = "that is the place in the list; return the tau that stands there."
    yield place, lambda logits, codes: float(TAUS.index(_best(_logs)(logits, codes)))
