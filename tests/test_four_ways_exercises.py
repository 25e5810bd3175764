"""The checks of the chapter *Four ways to model sound* name the mistake that was made."""

import pytest
import torch
from torch.nn import functional as F

from aigc_edu.models.four_ways.bird import bird, four_birds
from aigc_edu.teaching import check

BIRDS = {"A": "two steps", "B": "truth", "C": "collapse", "D": "one bell"}


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (BIRDS | {"A": "truth", "B": "two steps"}, "A is not 'truth'"),
        (BIRDS | {"C": "one bell", "D": "collapse"}, "far beyond"),
        (BIRDS | {"C": "bell"}, "none of the names"),
        ({"A": "truth"}, "each of A, B, C, D"),
        (dict.fromkeys("ABCD", ...), "not written yet"),
    ],
)
def test_birds_name_the_mistake(answer, hint):
    assert check("fourways-birds", BIRDS).passed
    assert hint in check("fourways-birds", answer).hint


def test_the_four_birds_are_what_the_exercise_says():
    sung, whole = four_birds(), bird()
    gap = {name: float(((x + 0.2).abs() < 0.1).float().mean()) for name, x in sung.items()}
    assert gap["B"] < 0.04 < gap["A"]
    assert sung["C"].std() < 0.12 and abs(float(sung["C"].mean()) - 0.1) < 0.02
    assert sung["D"].min() < -0.9 and sung["D"].max() > 0.9
    assert sung["A"].min() > -0.75 and sung["A"].max() < 0.75
    assert abs(float(sung["B"].std() - whole.stddev)) < 0.02


def each(m, v):
    return 0.5 * (m**2 + v.exp() - 1 - v)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda m, v: -each(m, v).sum(1), "sign"),
        (lambda m, v: 2 * each(m, v).sum(1), "factor 1/2"),
        (lambda m, v: each(m, v).mean(1), "wants their sum"),
        (lambda m, v: each(m, v).sum(1).mean(), "each clip is asked for"),
        (lambda m, v: each(m, v), "sum over the Z"),
        (lambda m, v: each(m, v).sum(), "over the batch"),
        (lambda m, v: each(m, 2 * v).sum(1), "without squaring"),
        (lambda m, v: (each(m, 2 * v) + 0.5 * v).sum(1), "not of s"),
        (lambda m, v: (each(m, v) + 0.5).sum(1), "the - 1"),
        (lambda m, v: (each(m, v) - 0.5 * m**2 + 0.5 * m).sum(1), "squared"),
        (lambda m, v: (each(m, v) + v).sum(1), "subtracted, not added"),
        (lambda m, v: 3 * each(m, v).sum(1), "should be 0"),
    ],
)
def test_kl_names_the_mistake(answer, hint):
    assert check("fourways-kl", lambda m, v: each(m, v).sum(1)).passed
    assert hint in check("fourways-kl", answer).hint


def couple(x, s, t):
    a, b = x.unbind(1)
    return torch.stack([a, b * s(a).exp() + t(a)], dim=1), s(a)


def with_second(second):
    def answer(x, s, t):
        a, b = x.unbind(1)
        return torch.stack([a, second(a, b, s, t)], dim=1), s(a)

    return answer


@pytest.mark.parametrize(
    ("second", "hint"),
    [
        (lambda a, b, s, t: b * s(a) + t(a), "you multiply by s"),
        (lambda a, b, s, t: (b - t(a)) * (-s(a)).exp(), "the inverse"),
        (lambda a, b, s, t: (b + t(a)) * s(a).exp(), "before the shift"),
        (lambda a, b, s, t: b * s(b).exp() + t(b), "can't be inverted"),
        (lambda a, b, s, t: b * s(a).exp(), "shift t is missing"),
        (lambda a, b, s, t: b * (-s(a)).exp() + t(a), "sign of s"),
        (lambda a, b, s, t: b, "z_a = x_a"),
    ],
)
def test_coupling_names_a_wrong_map(second, hint):
    assert check("fourways-coupling", couple).passed
    hints = check("fourways-coupling", with_second(second)).hints
    assert len(hints) == 1 and hints[0].startswith("z: ") and hint in hints[0]


@pytest.mark.parametrize(
    ("log_det", "hint"),
    [
        (lambda x, s: -s(x[:, 0]), "sign"),
        (lambda x, s: s(x[:, 0]).exp(), "its logarithm"),
        (lambda x, s: s(x[:, 1]), "from x_a"),
        (lambda x, s: s(x[:, 0]).sum(), "not their sum"),
        (lambda x, s: s(x[:, 0]).abs(), "not |s|"),
        (lambda x, s: 5 * s(x[:, 0]), "s(x_a) here"),
    ],
)
def test_coupling_names_a_wrong_determinant(log_det, hint):
    hints = check("fourways-coupling", lambda x, s, t: (couple(x, s, t)[0], log_det(x, s))).hints
    assert len(hints) == 1 and hints[0].startswith("log_det: ") and hint in hints[0]


def test_coupling_names_exchanged_halves():
    swapped = check("fourways-coupling", lambda x, s, t: (couple(x, s, t)[0].flip(1), s(x[:, 0])))
    assert "reversed order" in swapped.hint
    both = check(
        "fourways-coupling",
        lambda x, s, t: (
            torch.stack([couple(x.flip(1), s, t)[0][:, 1], couple(x, s, t)[0][:, 1]], dim=1),
            s(x[:, 0]),
        ),
    )
    assert "stay as it is" in both.hint
    assert "Return a pair" in check("fourways-coupling", lambda x, s, t: x).hint


def of_d(real, fake):
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def of_g(real, fake):
    return F.softplus(-fake).mean()


@pytest.mark.parametrize(
    ("loss", "hint"),
    [
        (lambda r, f: of_d(-r, -f), "mixed up"),
        (lambda r, f: -of_d(r, f), "sign"),
        (lambda r, f: F.softplus(f).mean(), "part for real"),
        (lambda r, f: F.softplus(-r).mean(), "part for made"),
        (lambda r, f: of_d(r, -f), "both examples are called real"),
        (lambda r, f: of_d(r, f) / 2, "not averaged"),
        (lambda r, f: of_d(r.sigmoid(), f.sigmoid()), "applied twice"),
        (lambda r, f: 7 * of_d(r, f), "for the trial"),
    ],
)
def test_gan_names_a_wrong_loss_of_d(loss, hint):
    assert check("fourways-gan", lambda r, f: (of_d(r, f), of_g(r, f))).passed
    hints = check("fourways-gan", lambda r, f: (loss(r, f), of_g(r, f))).hints
    assert len(hints) == 1 and "of D" in hints[0] and hint in hints[0]


@pytest.mark.parametrize(
    ("loss", "hint"),
    [
        (lambda r, f: -F.softplus(f).mean(), "slope vanishes"),
        (lambda r, f: F.softplus(f).mean(), "turn the sign"),
        (lambda r, f: F.softplus(-r).mean(), "not at real examples"),
        (lambda r, f: -of_g(r, f), "a loss is made small"),
        (lambda r, f: of_g(r, f.sigmoid()), "applied twice"),
        (lambda r, f: 7 * of_g(r, f), "for the trial"),
    ],
)
def test_gan_names_a_wrong_loss_of_g(loss, hint):
    hints = check("fourways-gan", lambda r, f: (of_d(r, f), loss(r, f))).hints
    assert len(hints) == 1 and "of G" in hints[0] and hint in hints[0]


def follow(velocity, x, steps, times=None, sign=-1.0, h=None):
    h = h or 1 / steps
    for n in times(steps) if times else range(steps, 0, -1):
        x = x + sign * h * velocity(x, n / steps)
    return x


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ({"sign": 1.0}, "away from the data"),
        ({"h": 1.0}, "step h"),
        ({"times": lambda n: range(n)}, "tau runs upwards from 0"),
        ({"times": lambda n: range(1, n + 1)}, "begin at 1"),
        ({"times": lambda n: range(n - 1, -1, -1)}, "*after* each step"),
        ({"times": lambda n: range(n, 1, -1)}, "missing at the end"),
        ({"times": lambda n: range(n - 1, 0, -1)}, "missing at the start"),
        ({"times": lambda n: range(n, -1, -1)}, "a step too many"),
        ({"h": 0.123}, "take x - h v"),
    ],
)
def test_sampler_names_the_mistake(mistake, hint):
    assert check("fourways-sampler", follow).passed
    assert hint in check("fourways-sampler", lambda *a: follow(*a, **mistake)).hint


def test_sampler_accepts_times_as_tensors():
    def tensors(velocity, x, steps):
        for n in range(steps, 0, -1):
            x = x - velocity(x, torch.full((len(x), 1), n / steps)) / steps
        return x

    assert check("fourways-sampler", tensors).passed
