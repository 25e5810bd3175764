"""The checks of the chapter on WaveGAN's training name the mistake that was made."""

import numpy as np
import pytest
import torch

from aigc_edu.checks.adversarial.wavegan_training import FAULTS, STATES, updates
from aigc_edu.teaching import check
from aigc_edu.training import Adversarial, Trainer, TrainingSettings


def lazy(updates, every):
    return np.where(np.arange(updates) % every == 0, every, 0)


def test_lazy_counts_as_the_library_does():
    got = []

    def penalty(generator, critic, x):
        return critic(x).sum() * 0 + 1.0

    def loss(generator, critic, x):
        return critic(generator(x)).mean() * 0

    pair = Adversarial(
        torch.nn.Linear(2, 2),
        torch.nn.Linear(2, 1),
        loss,
        loss,
        TrainingSettings(),
        penalty=penalty,
        penalty_every=3,
    )
    trainer = Trainer(pair.model, pair, lambda step: (torch.ones(4, 2),), TrainingSettings(steps=7))
    trainer.run(progress=False)
    got = np.nan_to_num(trainer.figures["penalty"])
    assert np.array_equal(np.pad(got, (0, 7 - len(got))), lazy(7, 3))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n, k: lazy(n, k) / k, "too weak by that number"),
        (lambda n, k: lazy(n, k) / k**2, "even weaker"),
        (lambda n, k: np.where((np.arange(n) + 1) % k == 0, k, 0), "from the beginning"),
        (lambda n, k: np.ones(n), "updates between"),
        (lambda n, k: lazy(n + 1, k), "shape"),
        (lambda n, k: 2 * lazy(n, k), "it counts `every` times"),
    ],
)
def test_lazy_names_the_mistake(answer, hint):
    assert check("wavegan-lazy", lazy).passed
    assert hint in check("wavegan-lazy", answer).hint


def average(weights, most, factor=lambda n, most: min(most, (1 + n) / (10 + n))):
    mean = weights[0].copy()
    for n in range(1, len(weights)):
        f = factor(n, most)
        mean = f * mean + (1 - f) * weights[n]
    return mean


def test_the_average_is_the_trainer_s():
    network, seen = torch.nn.Linear(1, 1, bias=False), []

    def loss(model, x):
        if len(seen) < trainer.step:
            seen.append(model.weight.detach().clone().ravel())
        return (model(x) - x).square().mean()

    settings = TrainingSettings(steps=30, learning_rate=0.1, warmup=1, ema=0.6)
    trainer = Trainer(network, loss, lambda step: (torch.ones(2, 1),), settings)
    trainer.run(progress=False)
    seen.append(network.weight.detach().clone().ravel())
    rows = torch.stack(seen).double().numpy()
    assert len(rows) == 30
    assert np.allclose(average(rows, 0.6), trainer.average["weight"].ravel(), atol=1e-5)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda w, f: w[-1], "no average"),
        (lambda w, f: w.mean(axis=0), "plain mean"),
        (lambda w, f: average(w, f, lambda n, most: most), "smaller in the beginning"),
        (lambda w, f: average(w, f, lambda n, m: 1 - min(m, (1 + n) / (10 + n))), "the reverse"),
        (lambda w, f: average(w, f, lambda n, m: max(m, (1 + n) / (10 + n))), "smaller of the two"),
        (lambda w, f: average(w, f, lambda n, m: min(m, (2 + n) / (11 + n))), "counted from 0"),
        (lambda w, f: average(w, f, lambda n, m: min(m, n / (9 + n))), "counted from 0"),
        (lambda w, f: average(np.concatenate([0 * w[:1], w]), f), "begin with the weights"),
        (lambda w, f: average(w, f)[:1], "shape"),
    ],
)
def test_average_names_the_mistake(answer, hint):
    assert check("wavegan-average", average).passed
    assert hint in check("wavegan-average", answer).hint


def fault(of_critic, of_generator, generator, critic, x, z):
    def copied(network):
        return [p.detach().clone() for p in network.parameters()]

    def moved(network, before):
        return any((a != b).any() for a, b in zip(network.parameters(), before, strict=True))

    before = copied(generator)
    of_critic(generator, critic, x, z)
    if moved(generator, before):
        return "leaks"
    g, c = copied(generator), copied(critic)
    of_generator(generator, critic, x, z)
    if moved(critic, c):
        return "drags"
    return "none" if moved(generator, g) else "cut"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *given: "broken", "return one of"),
        (lambda *given: "leaks", "before an update"),
        (lambda *given: "none", "before and after the *critic's* update"),
        (lambda *given: {"cut": "none"}.get(fault(*given), fault(*given)), "its own update"),
        (lambda *given: {"drags": "none"}.get(fault(*given), fault(*given)), "*generator's*"),
    ],
)
def test_step_names_the_mistake(answer, hint):
    assert check("wavegan-step", fault).passed
    assert hint in check("wavegan-step", answer).hint


def test_the_faulty_updates_do_what_their_names_say():
    for name in FAULTS:
        torch.manual_seed(0)
        generator = torch.nn.Linear(3, 8)
        critic = torch.nn.Sequential(torch.nn.Linear(8, 1), torch.nn.Flatten(0))
        assert (
            fault(*updates(name), generator, critic, torch.randn(5, 8), torch.randn(5, 3)) == name
        )


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"A": "healthy"}, "whether the distance falls"),
        ({"B": "critic too weak"}, "can't tell"),
        ({"C": "healthy"}, "has not learned from"),
        ({"D": "critic too weak"}, "reach the last step"),
        ({"E": "diverged"}, "critic's loss ends"),
        ({"E": "tired"}, "the states are"),
    ],
)
def test_states_name_the_mistake(change, hint):
    assert check("wavegan-states", STATES).passed
    assert hint in check("wavegan-states", STATES | change).hint
    assert "missing" in check("wavegan-states", {"A": "healthy"}).hint
