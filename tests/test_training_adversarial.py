"""Learning with a critic: an equilibrium that is known, exact resuming, several processes."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from aigc_edu.errors import CourseError
from aigc_edu.training import Adversarial, DivergedError, Trainer, TrainingSettings
from aigc_edu.training.engine import Processes

TRUTH, ROWS = 1.5, 24
SLOW = ((0.9, 0.999), (0.9, 0.999))  # Adam with these is near to gradient descent


class Dirac(nn.Module):
    """The generator of Mescheder et al. 2018, arXiv:1801.04406: it always says the same number."""

    def __init__(self):
        super().__init__()
        self.says = nn.Parameter(torch.tensor([0.5]))

    def forward(self, noise):
        return self.says + 0 * noise


class Slope(nn.Module):
    """Its critic: a line through 0, counted from the truth."""

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([0.3]))

    def forward(self, x):
        return self.slope * (x - TRUTH)


def generator_loss(generator, critic, real, noise):
    return nn.functional.softplus(-critic(generator(noise))).mean()


def critic_loss(generator, critic, real, noise):
    fake = generator(noise).detach()
    return (nn.functional.softplus(-critic(real)) + nn.functional.softplus(critic(fake))).mean()


def zero_centred(generator, critic, real, noise):
    """R1, with weight 4: half the squared slope of the critic at real samples, times it."""
    x = real.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return 2 * slope.square().mean()


def batch(step):
    random = torch.Generator().manual_seed(step)
    return torch.full((ROWS, 1), TRUTH), torch.randn(ROWS, 1, generator=random)


def make(folder=None, steps=400, penalty=zero_centred, rate=0.02, data=batch, **options):
    torch.manual_seed(0)
    generator, critic = Dirac(), Slope()
    settings = TrainingSettings(steps=steps, learning_rate=rate, warmup=1, decay=0.01, ema=0.9)
    losses = generator_loss, critic_loss
    update = Adversarial(generator, critic, *losses, settings, penalty=penalty, **options)
    return Trainer(generator, update, data, settings, folder=folder)


def distance(trainer):
    """How far the generator is from the truth, and the critic from indifference."""
    says, slope = trainer.model.says, trainer.update.critic.slope
    return float(((says - TRUTH).square() + slope.square()).sqrt().detach())


def test_with_a_penalty_it_comes_to_rest_where_theory_says():
    """Mescheder et al. 2018, theorem 4.1: (truth, 0) is the only equilibrium, and attracts."""
    trainer = make(betas=SLOW, steps=1500, rate=0.01)
    before = distance(trainer)
    trainer.run(progress=False)
    assert before > 1 and distance(trainer) < 1e-3
    indifferent = torch.log(torch.tensor(2.0)).item()  # softplus(0)
    assert trainer.losses[-1] == pytest.approx(indifferent, abs=1e-3)
    assert trainer.figures["critic"][-1] == pytest.approx(2 * indifferent, abs=2e-3)


def test_without_it_goes_round_and_round():
    """Mescheder et al. 2018, lemma 2.3: unregularised, the two circle around it for ever."""
    trainer = make(betas=SLOW, penalty=None, steps=1500, rate=0.01)
    far = []
    for until in range(900, 1501, 50):
        trainer.run(until=until, progress=False)
        far.append(distance(trainer))
    assert min(far) > 0.8


def test_resumed_learning_equals_uninterrupted_learning(tmp_path):
    how = {
        "critic_steps": 3,
        "penalty_every": 4,
        "steps": 11,
    }  # 33 updates: not a round of penalties
    whole = make(tmp_path / "whole", **how)
    whole.run(progress=False)
    make(tmp_path / "parts", **how).run(until=5, progress=False)
    second = make(tmp_path / "parts", **how)
    assert second.resume()
    second.run(progress=False)
    for name, tensor in whole.update.tensors().items():
        assert torch.equal(tensor, second.update.tensors()[name]), name
    assert whole.figures.keys() == {"loss", "critic", "penalty"}
    for name, values in whole.figures.items():
        assert torch.equal(*(torch.tensor(x).nan_to_num() for x in (values, second.figures[name])))
    assert torch.equal(whole.average["says"], second.average["says"])


def test_the_penalty_comes_at_every_mth_update_and_counts_m_times():
    asked = []

    def penalty(generator, critic, real, noise):
        asked.append(trainer.update.critic_updates)
        return critic.slope.square().mean()

    trainer = make(steps=4, penalty=penalty, critic_steps=3, penalty_every=4)
    slopes = []
    trainer.update.critic_optimizer.register_step_pre_hook(
        lambda *_: slopes.append(trainer.update.critic.slope.item())
    )
    trainer.run(progress=False)
    assert asked == [0, 4, 8]
    assert trainer.figures["penalty"][0] == pytest.approx(4 * slopes[0] ** 2)


def test_each_update_of_the_critic_has_rows_of_its_own():
    seen = []

    def numbered(step):
        rows = torch.arange(6.0)[:, None]
        return rows, rows

    def watched(generator, critic, real, noise):
        seen.append(real[:, 0].tolist())
        return critic_loss(generator, critic, real, noise)

    trainer = make(steps=1, data=numbered, critic_steps=3)
    trainer.update.critic_loss = watched
    trainer.run(progress=False)
    assert seen == [[0, 3], [1, 4], [2, 5]]
    with pytest.raises(CourseError, match="6 rows cannot be shared among 4"):
        make(steps=1, data=numbered, critic_steps=4).run(progress=False)


def test_the_generator_step_leaves_the_critic_alone():
    trainer = make(steps=1)
    update, rows = trainer.update, batch(0)
    update.critic.slope.grad = None
    loss = update._mean_of(update.generator_loss, rows)
    assert loss.requires_grad
    before = update.critic.slope.detach().clone()
    update.penalty = None
    update._improve_critic = lambda rows, rate: {"critic": 0.0}
    trainer.run(progress=False)
    assert torch.equal(update.critic.slope, before) and update.critic.slope.grad is None
    assert update.critic.slope.requires_grad and trainer.model.says.item() != 0.5


@pytest.mark.parametrize("which", ["generator_loss", "critic_loss", "penalty"])
def test_a_loss_that_is_no_number_stops_with_the_weights_as_they_were(which):
    trainer = make(steps=9)
    trainer.run(until=3, progress=False)
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    setattr(
        trainer.update, which, lambda generator, critic, *rows: critic.slope.sum() * float("nan")
    )
    with pytest.raises(DivergedError, match="step 4: the figure .* is nan.*smaller learning rate"):
        trainer.run(progress=False)
    assert all(torch.equal(v, before[k]) for k, v in trainer.model.state_dict().items())
    assert trainer.step == 3


def test_a_gradient_that_is_no_number_stops_before_the_update():
    """The root of 0 is a number, and its slope is none: as of a penalty on a norm."""
    network, settings = Dirac(), TrainingSettings(steps=3)
    loss = lambda model, x: (0 * model.says).sqrt().sum()  # noqa: E731
    trainer = Trainer(network, loss, lambda step: (torch.ones(2, 1),), settings)
    with pytest.raises(DivergedError, match="step 1: the figure 'norm of the gradient'"):
        trainer.run(progress=False)
    assert torch.equal(network.says.detach(), torch.tensor([0.5]))
    trainer = make(steps=3)
    trainer.update.penalty = lambda generator, critic, *rows: (0 * critic.slope).sqrt().sum()
    with pytest.raises(DivergedError, match="norm of the gradient"):
        trainer.run(progress=False)
    assert torch.equal(trainer.update.critic.slope.detach(), torch.tensor([0.3]))


def test_what_is_frozen_in_the_critic_stays_frozen():
    trainer = make(steps=2)
    trainer.update.critic.frozen = nn.Parameter(torch.ones(1), requires_grad=False)
    trainer.run(progress=False)
    assert not trainer.update.critic.frozen.requires_grad
    assert trainer.update.critic.slope.requires_grad


class Halves(Processes):
    """Two processes in one: what the first would compute, and then the second, is averaged."""

    world = 2

    def rows(self, batch):
        return tuple(part[self.rank :: 2] for part in batch)

    def share(self, weigh, batch):
        return 1.0  # halves of equal size


def test_two_halves_give_the_gradient_of_the_whole():
    """What each process computes of its rows averages to what one computes of all."""
    grads = []
    for rank in (0, 1, None):
        trainer = make(steps=1, critic_steps=2)
        if rank is not None:
            trainer.update.processes = Halves()
            trainer.update.processes.rank = rank
        noise = torch.arange(8.0)[:, None] / 8
        rows = (noise + TRUTH, noise)
        trainer.update._mean_of(critic_loss, rows).backward()
        grads.append(trainer.update.critic.slope.grad)
    torch.testing.assert_close((grads[0] + grads[1]) / 2, grads[2])


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
import torch
from test_training_adversarial import SLOW, batch, make
from aigc_edu.training.engine import join
trainer = make(steps=6, critic_steps=2, penalty_every=2)
with torch.no_grad():  # as if the processes had begun with other weights
    trainer.update.critic.slope += join("cpu").rank
processes = join("cpu")
trainer.processes = processes
trainer.update.begin(torch.device("cpu"), processes)
trainer.run(progress=False)
if processes.main:
    torch.save(trainer.update.tensors(), {out!r})
processes.close()
"""


def test_two_processes_learn_against_a_critic_what_one_learns(tmp_path):
    out = tmp_path / "tensors.pt"
    script = tmp_path / "two.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent), out=str(out)))
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(script)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    one = make(steps=6, critic_steps=2, penalty_every=2)
    one.run(progress=False)
    for name, tensor in torch.load(out).items():
        expected = one.update.tensors()[name]
        torch.testing.assert_close(tensor, expected, rtol=1e-5, atol=1e-6, msg=name)
