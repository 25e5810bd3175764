"""The checks of the chapter on flow matching name the mistake that was made."""

import pytest
import torch

from aigc_edu.checks.tokens.flow_matching import FAULTS, PATIENTS, Sampler
from aigc_edu.teaching import check


def aligned(t, x):
    return t.reshape(-1, *[1] * (x.dim() - 1))


def pair(x, noise, t):
    t = aligned(t, x)
    return (1 - t) * noise + t * x, x - noise


def mixed(wrong):
    """Return an answer with another mixture: a function of x, noise and t."""
    return lambda x, noise, t: (wrong(x, noise, aligned(t, x)), x - noise)


def moved(wrong):
    """Return an answer with another velocity: a function of x, noise and t."""
    return lambda x, noise, t: (pair(x, noise, t)[0], wrong(x, noise, aligned(t, x)))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (mixed(lambda x, e, t: t * e + (1 - t) * x), "t = 1 is the sound"),
        (lambda x, e, t: ((1 - t) * e + t * x, x - e), "along the last axis"),
        (mixed(lambda x, e, t: e + t * x), "add up to 1"),
        (mixed(lambda x, e, t: (1 - t) * e), "where is the sound"),
        (mixed(lambda x, e, t: (1 - t**2).sqrt() * e + t * x), "diffusion's pace"),
        (mixed(lambda x, e, t: x), "straight line"),
        (moved(lambda x, e, t: e - x), "sign of the velocity is swapped"),
        (moved(lambda x, e, t: x), "that's the sound"),
        (moved(lambda x, e, t: e), "that's the noise"),
        (moved(lambda x, e, t: t * (x - e)), "the same all the way"),
        (moved(lambda x, e, t: x + e), "this is the sum"),
        (moved(lambda x, e, t: 2 * x), "derivative of the mixture"),
        (lambda x, e, t: pair(x, e, t)[0], "return two things"),
        (lambda x, e, t: (..., ...), "not written yet"),
    ],
)
def test_pair_names_the_mistake(answer, hint):
    assert check("flowmatching-pair", pair).passed
    assert hint in check("flowmatching-pair", answer).hint


def test_pair_wants_a_time_for_each_row_of_any_shape():
    def flat(x, noise, t):
        s = t[:, None] if x.dim() == 2 else aligned(t, x) if x.dim() == 3 else t[:, None]
        return (1 - s) * noise + s * x, x - noise

    assert "shape should be (3,)" in check("flowmatching-pair", flat).hint

    def bare(x, noise, t):
        s = aligned(t, x) if x.dim() == 3 else t
        return (1 - s) * noise + s * x, x - noise

    assert "give it more axes" in check("flowmatching-pair", bare).hint


def midpoint(velocity, x, steps, half=0.5, later=0.5, sign=-1, first=-1, jump=False, calls=0):
    h = 1 / steps
    for n in range(steps, 0, -1):
        middle = x + first * half * h * velocity(x, n * h)
        v = velocity(middle, n * h - later * h)
        for _ in range(calls):
            velocity(x, n * h)
        x = (middle if jump else x) + sign * h * v
    return x


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"half": 0, "later": 0}, "Euler's method"),
        ({"later": 0}, "tau has fallen"),
        ({"half": 0}, "x has moved"),
        ({"half": 1}, "half a step, not a whole"),
        ({"half": 1, "later": 1}, "the end of the step"),
        ({"later": -0.5}, "tau falls from 1 to 0"),
        ({"jump": True}, "where the half one did"),
        ({"sign": 1, "first": 1}, "in both moves"),
        ({"sign": 1}, "the whole step goes the wrong way"),
        ({"first": 1}, "the half step goes the wrong way"),
        ({"half": 0.3}, "you called the velocity at tau = 1, 0.5"),
        ({"calls": 1}, "two calls a step are enough"),
    ],
)
def test_midpoint_names_the_mistake(changed, hint):
    assert check("flowmatching-midpoint", midpoint).passed
    wrong = check("flowmatching-midpoint", lambda v, x, steps: midpoint(v, x, steps, **changed))
    assert hint in wrong.hint


def test_midpoint_not_written():
    assert "not written yet" in check("flowmatching-midpoint", lambda *_: ...).hint


def guided_arrow(network, x, tau, label, w):
    untold = torch.full_like(label, 3)
    if w == 0:
        return network(x, tau, untold)
    told = network(x, tau, label)
    if w == 1:
        return told
    blind = network(x, tau, untold)
    return blind + w * (told - blind)


def both(formula, nothing=3):
    """Return an answer that calls the network twice: a function of told, untold and w."""

    def answer(network, x, tau, label, w):
        return formula(network(x, tau, label), network(x, tau, 0 * label + nothing), w)

    return answer


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (both(lambda t, u, w: t + w * (t - u)), "begin at the untold one"),
        (both(lambda t, u, w: u + w * (u - t)), "from the untold arrow to the told"),
        (both(lambda t, u, w: t + w * (u - t)), "swapped"),
        (both(lambda t, u, w: w * t), "multiplies the whole arrow"),
        (both(lambda t, u, w: w * (t - u)), "only the direction"),
        (both(lambda t, u, w: u + w * (t - u), nothing=0), "Nothing is said by 3"),
        (both(lambda t, u, w: t), "without guidance"),
        (both(lambda t, u, w: u + w * (t - u)), "with w = 1.0, the told arrow alone"),
        (
            lambda n, x, tau, c, w: guided_arrow(n, x, tau, c, w) + 0 * n(x, tau, c),
            "two calls would do",
        ),
        (lambda n, x, tau, c, w: x, "with w = 2.5 it should be"),
        (lambda n, x, tau, c, w: n(x, tau, 3), "has no attribute 'shape'"),
        (lambda n, x, tau, c, w: ..., "not written yet"),
    ],
)
def test_guided_names_the_mistake(answer, hint):
    assert check("flowmatching-guided", guided_arrow).passed
    assert hint in check("flowmatching-guided", answer).hint


def test_guided_may_call_once_with_both_halves():
    def doubled(network, x, tau, label, w):
        if w in (0, 1):
            return network(x, tau, label if w else torch.full_like(label, 3))
        labels = torch.cat([label, torch.full_like(label, 3)])
        told, blind = network(x.repeat(2, 1), tau.repeat(2), labels).chunk(2)
        return blind + w * (told - blind)

    assert check("flowmatching-guided", doubled).passed


def fault(sampler):
    told = []

    def ones(x, tau):
        told.append(float(tau[0]))
        return torch.ones_like(x)

    end = sampler(ones, torch.zeros(1, 1), 4).item()
    if end > 0:
        return "backwards"
    if end > -0.9:
        return "short"
    if told[0] < told[-1]:
        return "upwards"
    return "none" if told[0] > 0.9 else "late"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("none", "late", "takes the whole"),
        ("backwards", "none", "takes 1 away"),
        ("short", "late", "in how many calls"),
        ("late", "none", "is it ever 0"),
        ("upwards", "none", "in their order"),
        ("none", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    def wrong(sampler):
        right = fault(sampler)
        return instead if right == found else right

    assert check("flowmatching-sampler", fault).passed
    assert hint in check("flowmatching-sampler", wrong).hint


def test_the_patients_have_each_fault_once_and_the_right_one_is_the_librarys():
    from aigc_edu.models.flowmatching import follow

    assert sorted(fault(one) for one in PATIENTS.values()) == sorted(FAULTS)
    x = torch.linspace(-1, 1, 5)[:, None]

    def bent(x, tau):
        return torch.sin(2 * x) + tau[:, None] ** 2

    ends = [Sampler(name)(bent, x, 3) for name in FAULTS]
    assert torch.allclose(ends[0], follow(bent, x, 3))
    assert all(not torch.allclose(ends[0], end, atol=1e-3) for end in ends[1:])
