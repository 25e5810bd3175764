"""The checks of the chapter *Generating with WaveNet* name the mistake that was made."""

import math

import pytest
import torch

from aigc_edu.nn.drawing import draw as library_draw
from aigc_edu.nn.drawing import likeliest_temperature
from aigc_edu.teaching import check


def first_above(p, u):
    return int((p.cumsum(0) > u).nonzero()[0])


def own_dice(p, u):
    """Ignore u; the seed makes the wrong answer repeat."""
    return int(torch.multinomial(p, 1, generator=torch.Generator().manual_seed(int(1e6 * u))))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, u: int(p.argmax()), "u has no effect"),
        (lambda p, u: int(torch.searchsorted(p.cumsum(0), u)), "*equals*"),
        (lambda p, u: int((p.cumsum(0) < u).sum()), "impossible"),
        (lambda p, u: first_above(p, u) - 1, "the code before"),
        (lambda p, u: first_above(p, u) + 1, "the code after"),
        (lambda p, u: int((p > u).to(torch.uint8).argmax()), "cumulate first"),
        (lambda p, u: first_above(p, 1 - u - 1e-9), "from the last to the first"),
        (lambda p, u: 5 - first_above(p.flip(0), u), "from the last to the first"),
        (lambda p, u: first_above(p.sort(descending=True).values, u), "rank of a code"),
        (
            lambda p, u: int(
                p.argsort(descending=True)[first_above(p.sort(descending=True)[0], u)]
            ),
            "sorted order",
        ),
        (lambda p, u: p.cumsum(0)[first_above(p, u)], "its place is asked for"),
        (lambda p, u: 5 * u, "p = [0, 2, 1, 4, 1, 0] / 8. For u = 0, 1/16"),
        (lambda p, u: len(p), "6 codes here"),
        (own_dice, "the expected codes are 1 1 1 1 2 2 3"),
    ],
)
def test_draw_names_the_mistake(answer, hint):
    assert check("generation-draw", first_above).passed
    assert hint in check("generation-draw", answer).hint


def test_the_librarys_draw_passes():
    def answer(p, u):
        return library_draw(p.log()[None], torch.tensor([u], dtype=torch.float64))[0]

    assert check("generation-draw", answer).passed


def hot(logits, tau):
    return (logits / tau).softmax(1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, tau: x.softmax(1), "tau has no effect"),
        (lambda x, tau: (x * tau).softmax(1), "you multiply"),
        (
            lambda x, tau: (lambda q: q / q.sum(1, keepdim=True))(x.softmax(1) ** tau),
            "you multiply",
        ),
        (lambda x, tau: x.softmax(1) / tau, "the softmax comes first"),
        (lambda x, tau: (x.softmax(1) / tau).softmax(1), "a softmax of probabilities"),
        (lambda x, tau: hot(x, tau).softmax(1), "two softmaxes"),
        (lambda x, tau: x.softmax(1) ** (1 / tau), "divided by its sum"),
        (lambda x, tau: (x / tau).exp(), "wants dividing by its sum"),
        (lambda x, tau: x / tau, "the softmax is missing"),
        (lambda x, tau: (x / tau).log_softmax(1), "logarithms"),
        (lambda x, tau: (x / tau).softmax(0), "each row should sum up to 1"),
        (lambda x, tau: (x / tau).reshape(-1).softmax(0).reshape(x.shape), "over everything"),
        (lambda x, tau: (x / tau).exp() / (x / tau).exp().sum(1, keepdim=True), "overflows"),
        (lambda x, tau: hot(x, tau)[:, :4], "shape should be (3, 5)"),
        (lambda x, tau: hot(x, tau / 3), "each row should be the softmax"),
    ],
)
def test_temperature_names_the_mistake(answer, hint):
    assert check("generation-temperature", hot).passed
    assert hint in check("generation-temperature", answer).hint


def kept(p, count):
    """Return p with all but the ``count`` most probable codes zero."""
    least = p.sort(descending=True).values[min(count, len(p)) - 1] if count else math.inf
    return p.where(p >= least, 0.0)


def whole(p):
    return p / p.sum() if p.sum() else p


def count_of(p, share):
    return int((p.sort(descending=True).values.cumsum(0) < share).sum()) + 1


def nucleus(p, share):
    return whole(kept(p, count_of(p, share)))


def lower_tail(p, share):
    """Cumulate from the least probable code up."""
    order = p.argsort()
    sums = p[order].cumsum(0)
    out = torch.zeros_like(p)
    some = order[: int((sums < share).sum()) + 1]
    out[some] = p[some]
    return whole(out)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, s: whole(kept(p, count_of(p, s) - 1)), "one code too few"),
        (lambda p, s: whole(kept(p, count_of(p, s) + 1)), "one code too many"),
        (
            lambda p, s: whole(kept(p, int((p.sort()[0].flip(0).cumsum(0) <= s).sum()) + 1)),
            "exactly, that is enough",
        ),
        (lambda p, s: whole(kept(p, int(s * len(p)))), "a top-k with k = share times"),
        (lambda p, s: whole(kept(p, math.ceil(s * len(p)))), "a top-k with k = share times"),
        (lower_tail, "the least probable codes stay"),
        (lambda p, s: whole(p.where(p.cumsum(0) - p < s, 0.0)), "in the order of the codes"),
        (lambda p, s: whole(p.where(p.cumsum(0) <= s, 0.0)), "in the order of the codes"),
        (lambda p, s: whole(p.where(p >= s, 0.0)), "single probabilities with the share"),
        (lambda p, s: whole(p.where(p >= 1 - s, 0.0)), "single probabilities with 1 - share"),
        (lambda p, s: whole(p.where(p >= s * p.max(), 0.0)), "share times the largest"),
        (lambda p, s: p, "nothing has been taken away"),
        (lambda p, s: kept(p, count_of(p, s)), "now divide them by their sum"),
        (lambda p, s: kept(p, count_of(p, s) - 1), "And divide what is left"),
        (lambda p, s: nucleus(p, s).sort(descending=True).values, "come back sorted"),
        (lambda p, s: nucleus(p, s).sort(descending=True).values[: count_of(p, s)], "sorted"),
        (lambda p, s: nucleus(p, s)[nucleus(p, s) > 0], "keep the length"),
        (lambda p, s: kept(p, count_of(p, s)).softmax(0), "second softmax"),
        (lambda p, s: p.flip(0), "the 4 most probable should stay"),
    ],
)
def test_nucleus_names_the_mistake(answer, hint):
    assert check("generation-top-p", nucleus).passed
    assert hint in check("generation-top-p", answer).hint


def likelihoods(logits, codes, taus, bend=lambda x, tau: (x / tau).log_softmax(1)):
    return [float(bend(logits, tau).gather(1, codes[:, None]).sum()) for tau in taus]


def likeliest(logits, codes, taus):
    found = likelihoods(logits, codes, taus)
    return taus[found.index(max(found))]


def by(bend):
    def answer(logits, codes, taus):
        found = likelihoods(logits, codes, taus, bend)
        return taus[found.index(max(found))]

    return answer


def least(logits, codes, taus):
    found = likelihoods(logits, codes, taus)
    return taus[found.index(min(found))]


def product(logits, codes, taus):
    found = [float((logits / t).softmax(1).gather(1, codes[:, None]).prod()) for t in taus]
    return taus[found.index(max(found))]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (least, "*least* probable"),
        (by(lambda x, tau: (x * tau).log_softmax(1)), "you multiply the logits"),
        (product, "a product of thousands"),
        (by(lambda x, tau: x / tau), "the softmax is missing"),
        (by(lambda x, tau: (x / tau).softmax(1)), "a sum of probabilities"),
        (
            lambda x, c, taus: likeliest(x, x.argmax(1), taus),
            "the most probable codes in place",
        ),
        (lambda x, c, taus: max(likelihoods(x, c, taus)), "the largest sum itself"),
        (lambda x, c, taus: max(likelihoods(x, c, taus)) / len(c), "the largest mean itself"),
        (lambda x, c, taus: taus.index(likeliest(x, c, taus)), "the place in the list"),
        (lambda x, c, taus: 1.0, "you say 1, 1, 1"),
    ],
)
def test_the_temperature_of_a_clip_names_the_mistake(answer, hint):
    assert check("generation-find-temperature", likeliest).passed
    assert check("generation-find-temperature", likeliest_temperature).passed
    assert hint in check("generation-find-temperature", answer).hint
