"""Losses and penalties of adversarial training, against closed forms and finite differences."""

import math

import pytest
import torch
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.four_ways.adversarial import discriminator_loss
from aigc_edu.training import adversarial as adv


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def smooth_critic(weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Two layers, (B, 3) to (B,), as a function of its first weights (5, 3)."""
    return torch.tanh(x @ weight.T).cumsum(1).square().sum(1)


def test_rows_that_are_all_alike_cost_a_guess():
    same = torch.ones(6, 2, dtype=torch.float64) / math.sqrt(2)
    who = torch.tensor([0, 1, 2, 0, 1, 2])
    assert float(adv.contrast(same, who)) == pytest.approx(math.log(5))


def test_contrast_is_its_sum_written_out():
    """Khosla et al. 2020, equation 2, for rows with two fellows, one, and none."""
    u = torch.nn.functional.normalize(drawn(6, 3), dim=1)
    who, total = [4, 7, 4, 4, 7, 1], 0.0
    for i in range(5):
        fellows = [j for j in range(6) if j != i and who[j] == who[i]]
        whole = sum(math.exp(float(u[i] @ u[j]) / 0.5) for j in range(6) if j != i)
        costs = [math.log(whole) - float(u[i] @ u[j]) / 0.5 for j in fellows]
        total += sum(costs) / len(costs) / 5
    assert float(adv.contrast(u, torch.tensor(who), 0.5)) == pytest.approx(total)


def test_contrast_is_as_exact_in_bfloat16():
    u, who = torch.nn.functional.normalize(drawn(8, 5).float(), dim=1), torch.arange(8) % 4
    with torch.autocast("cpu", dtype=torch.bfloat16):
        halved = adv.contrast(u, who)
    assert torch.equal(halved, adv.contrast(u, who)) and halved.dtype == torch.float32


def test_contrast_falls_to_0_where_fellows_are_alike_and_strangers_opposite():
    u, who = torch.tensor([[1.0, 0], [-1, 0], [1, 0], [-1, 0]]), torch.tensor([0, 1, 0, 1])
    assert float(adv.contrast(u, who, 0.05)) < 1e-6
    wrong = float(adv.contrast(u, who.roll(1).sort().values, 0.05))
    assert wrong == pytest.approx(40, rel=0.02)  # 2 / 0.05
    v = drawn(4, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: adv.contrast(x, who), (v,))
    alone = adv.contrast(v, torch.arange(4))  # nobody has a fellow
    alone.backward()
    assert float(alone.detach()) == 0 and torch.isfinite(v.grad).all()
    with pytest.raises(InvalidValueError, match=r"\(4, 5\) and \(3,\)"):
        adv.contrast(v, torch.arange(3))


def test_penalties_of_a_linear_critic_are_their_closed_forms():
    w = drawn(2, 6)
    real, made, mix = drawn(5, 2, 6, seed=1), drawn(5, 2, 6, seed=2), torch.rand(5)

    def linear(x):
        return (x * w).sum((1, 2)) + 3

    norm = float(w.square().sum().sqrt())
    assert float(adv.gradient_penalty(linear, real, made, mix)) == pytest.approx((norm - 1) ** 2)
    assert float(adv.zero_centred_penalty(linear, real)) == pytest.approx(norm**2)


def test_a_quadratic_critic_tells_where_it_is_looked_at():
    """The slope of |x|^2 / 2 is x itself: so the place between the two sets is seen."""
    real, made = drawn(4, 3, seed=1), drawn(4, 3, seed=2)
    mix = torch.tensor([0.0, 0.25, 0.5, 1.0], dtype=torch.float64)
    between = mix[:, None] * real + (1 - mix[:, None]) * made
    expected = (between.norm(dim=1) - 1).square().mean()
    penalty = adv.gradient_penalty(lambda x: x.square().sum(1) / 2, real, made, mix)
    assert float(penalty.detach()) == pytest.approx(float(expected))
    r1 = adv.zero_centred_penalty(lambda x: x.square().sum(1) / 2, real)
    assert float(r1.detach()) == pytest.approx(float(real.square().sum(1).mean()))


def test_penalties_differentiate_to_the_second_order():
    weight = drawn(5, 3).requires_grad_()
    real, made = drawn(4, 3, seed=1), drawn(4, 3, seed=2)
    mix = torch.linspace(0, 1, 4, dtype=torch.float64)

    def between(w):
        return adv.gradient_penalty(lambda x: smooth_critic(w, x), real, made, mix)

    def centred(w):
        return adv.zero_centred_penalty(lambda x: smooth_critic(w, x), real)

    assert torch.autograd.gradcheck(between, (weight,))
    assert torch.autograd.gradcheck(centred, (weight,))


def test_a_flat_critic_has_a_penalty_and_no_broken_gradient():
    """At a slope of 0 the root of the norm has no derivative: none may come back as NaN."""
    critic = nn.Linear(3, 1, bias=False)
    nn.init.zeros_(critic.weight)
    x = torch.randn(4, 3)
    penalty = adv.gradient_penalty(lambda x: critic(x)[:, 0], x, x + 1, torch.rand(4))
    penalty.backward()
    assert float(penalty) == 1
    assert torch.isfinite(critic.weight.grad).all()


def test_penalties_lead_to_the_critic_alone_and_work_while_validating():
    w = drawn(3).requires_grad_()
    made = drawn(4, 3, seed=1).requires_grad_()
    real, mix = drawn(4, 3, seed=2), torch.rand(4)
    losses = [
        adv.gradient_penalty(lambda x: x.square() @ w, real, made, mix),
        adv.zero_centred_penalty(lambda x: x.square() @ w, made),
    ]
    sum(losses).backward()
    assert made.grad is None and w.grad is not None
    with torch.no_grad():
        assert float(adv.zero_centred_penalty(lambda x: x.square() @ w, made)) > 0


def test_rows_are_independent():
    """The mean over a batch is the mean of its rows' own penalties, in any order."""
    weight = drawn(5, 3)
    real, made, mix = drawn(6, 3, seed=1), drawn(6, 3, seed=2), torch.rand(6)

    def critic(x):
        return smooth_critic(weight, x)

    alone = [
        float(adv.gradient_penalty(critic, real[i : i + 1], made[i : i + 1], mix[i : i + 1]))
        for i in range(6)
    ]
    whole = adv.gradient_penalty(critic, real, made, mix)
    assert float(whole) == pytest.approx(sum(alone) / 6)
    assert len({round(penalty, 9) for penalty in alone}) == 6


def test_the_best_discriminator_measures_jensen_and_shannon():
    """With D* = p / (p + q), ln 2 minus half its loss is the divergence (Goodfellow, eq. 6)."""
    p = torch.tensor([0.5, 0.25, 0.25, 0.0], dtype=torch.float64)
    q = torch.tensor([0.125, 0.25, 0.25, 0.375], dtype=torch.float64)
    logits = (p.log() - q.log()).clamp(-700, 700)
    counts = (8 * p).long(), (8 * q).long()
    real, made = (logits.repeat_interleave(n) for n in counts)
    half = (p + q) / 2
    expected = sum(torch.special.xlogy(a, a / half).sum() / 2 for a in (p, q))
    measured = math.log(2) - float(discriminator_loss(real, made)) / 2
    assert measured == pytest.approx(float(expected), abs=1e-12)
    for shift in (-0.3, 0.3):  # and any other does worse
        assert discriminator_loss(real + shift, made + shift) > discriminator_loss(real, made)


def test_wasserstein_losses_are_the_gap_of_the_means():
    real, made = drawn(5), drawn(7, seed=1)
    loss = adv.wasserstein_critic_loss(real, made)
    assert float(loss) == pytest.approx(float(made.mean() - real.mean()))
    assert float(adv.wasserstein_critic_loss(real + 9, made + 9)) == pytest.approx(float(loss))
    assert float(adv.wasserstein_generator_loss(made)) == pytest.approx(-float(made.mean()))


def test_relativistic_losses_know_only_differences_of_pairs():
    real, made = drawn(5), drawn(5, seed=1)
    critic = adv.relativistic_critic_loss(real, made)
    assert float(critic) == pytest.approx(float(torch.log1p(torch.exp(made - real)).mean()))
    assert torch.equal(adv.relativistic_generator_loss(made, real), critic)  # roles exchanged
    assert float(adv.relativistic_critic_loss(real + 9, made + 9)) == pytest.approx(float(critic))
    assert float(adv.relativistic_critic_loss(real, real)) == pytest.approx(math.log(2))
    both = critic - adv.relativistic_generator_loss(real, made)
    assert float(both) == pytest.approx(float((made - real).mean()))  # softplus(-t) = softplus(t)-t
    assert torch.isfinite(adv.relativistic_critic_loss(real - 1e4, made + 1e4))


def test_each_loss_pays_its_player():
    """The critic's falls where real rises above made; the generator's where made rises."""
    for loss in (adv.wasserstein_critic_loss, adv.relativistic_critic_loss):
        real, made = drawn(4).requires_grad_(), drawn(4, seed=1).requires_grad_()
        loss(real, made).backward()
        assert (real.grad < 0).all() and (made.grad > 0).all()
    made = drawn(4, seed=1).requires_grad_()
    adv.wasserstein_generator_loss(made).backward()
    assert (made.grad < 0).all()
    made.grad = None
    adv.relativistic_generator_loss(drawn(4), made).backward()
    assert (made.grad < 0).all()


def row_sum(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(1).sum(1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: adv.wasserstein_critic_loss(torch.zeros(4, 1), torch.zeros(4)), r"\(4, 1\)"),
        (lambda: adv.wasserstein_generator_loss(torch.zeros(())), r"one number a row"),
        (lambda: adv.relativistic_critic_loss(torch.zeros(4), torch.zeros(4, 1)), r"\(4, 1\)"),
        (lambda: adv.relativistic_critic_loss(torch.zeros(4), torch.zeros(5)), "in pairs"),
        (lambda: adv.relativistic_generator_loss(torch.zeros(4), torch.zeros(1)), "in pairs"),
        (lambda: adv.zero_centred_penalty(lambda x: x, torch.zeros(4, 2)), r"\(4, 2\)"),
        (lambda: adv.zero_centred_penalty(lambda x: x.sum(0), torch.zeros(4, 2)), "2 scores for 4"),
        (
            lambda: adv.gradient_penalty(
                row_sum, torch.zeros(4, 2), torch.zeros(4, 3), torch.zeros(4)
            ),
            "one shape",
        ),
        (
            lambda: adv.gradient_penalty(
                row_sum, torch.zeros(4, 2), torch.zeros(4, 2), torch.zeros(4, 1)
            ),
            r"\(4,\), not \(4, 1\)",
        ),
        (
            lambda: adv.gradient_penalty(
                row_sum, torch.zeros(4, 2), torch.zeros(4, 2), torch.full((4,), 1.1)
            ),
            r"\[0, 1\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, said):
    with pytest.raises(InvalidValueError, match=said):
        call()


def test_rows_of_a_single_number_have_slopes_too():
    """A critic of one number, (B,) to (B,), as in the plane of the Dirac-GAN."""
    x = torch.tensor([1.0, -2.0])
    assert float(adv.zero_centred_penalty(lambda x: x**2, x).detach()) == 10  # mean of 4 and 16
