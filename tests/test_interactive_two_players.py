"""The figure of two players: its gradients against the library's losses, and how its games end."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_interactive_browser import PATIENCE, opened  # noqa: F401

from aigc_edu.models.four_ways.adversarial import discriminator_loss, generator_loss
from aigc_edu.teaching.interactive import FIGURES
from aigc_edu.teaching.interactive import two_players as _call
from aigc_edu.teaching.interactive.two_players import (
    _CENTRES,
    _GAMMA,
    _LAMBDA,
    _MIXES,
    _WIDTH,
    PLACES,
    TURNS,
    _critic_pull,
    _curve,
    _generator_pull,
    _losses,
    density,
    game,
    real_notes,
)
from aigc_edu.training import adversarial as adv

FIGURE = FIGURES["two_players"]
LOSSES = FIGURE.controls[1].values
RATIOS = FIGURE.controls[2].values


def bumps(weights: torch.Tensor):
    """Return the critic with these weights, (B,) to (B,), as a function of the notes."""
    centres = torch.tensor(_CENTRES)
    return lambda x: torch.exp(-0.5 * ((x[:, None] - centres) / _WIDTH) ** 2) @ weights


def losses_of_the_library(loss: str, critic, real, made):
    """Return the critic's loss, its penalty and the generator's loss, by PyTorch."""
    up, down = critic(real), critic(made)
    if loss == "logistic":
        return discriminator_loss(up, down), 0.0, generator_loss(down)
    if loss == "wasserstein":
        mixes = [torch.full((len(real),), mix, dtype=real.dtype) for mix in _MIXES]
        penalty = sum(adv.gradient_penalty(critic, real, made, mix) for mix in mixes) / len(mixes)
        losses = adv.wasserstein_critic_loss(up, down), adv.wasserstein_generator_loss(down)
        return losses[0], _LAMBDA * penalty, losses[1]
    r1, r2 = (adv.zero_centred_penalty(critic, x) for x in (real, made))
    every = up[:, None].expand(-1, len(made)).flatten(), down.repeat(len(real))
    relativistic = adv.relativistic_critic_loss(*every), adv.relativistic_generator_loss(*every)
    return relativistic[0], _GAMMA / 2 * (r1 + r2), relativistic[1]


@pytest.mark.parametrize("loss", LOSSES)
def test_the_pulls_are_the_gradients_of_the_librarys_losses(loss):
    random = np.random.default_rng(0)
    weights, knots = random.normal(size=21), random.normal(size=13)
    critic = torch.tensor(weights, requires_grad=True)
    generator = torch.tensor(knots, requires_grad=True)
    made = torch.tensor(_curve()) @ generator
    real = torch.tensor(real_notes())
    own, penalty, other = losses_of_the_library(loss, bumps(critic), real, made)
    (wanted,) = torch.autograd.grad(own + penalty, critic, retain_graph=True)
    got = _critic_pull(loss, weights, _curve() @ knots)
    assert np.allclose(got, wanted.numpy(), atol=1e-10)
    (wanted,) = torch.autograd.grad(other, generator)
    got = _generator_pull(loss, weights, _curve() @ knots)
    assert np.allclose(got, wanted.numpy(), atol=1e-10)
    assert _losses(loss, weights, _curve() @ knots) == pytest.approx((own.item(), other.item()))


def test_real_notes_lie_as_their_density_says():
    x = np.linspace(-1.5, 1.5, 3001)
    assert np.trapezoid(density(x), x) == pytest.approx(1, abs=1e-6)
    near = np.abs(real_notes() - PLACES[:, None]) < 0.2
    assert near.sum(axis=1).tolist() == [12, 24, 12]


def test_all_losses_begin_where_the_critic_says_nothing():
    wanted = {"logistic": (2 * np.log(2), np.log(2)), "wasserstein": (0, 0)}
    for loss in LOSSES:
        first = game(loss, 1.0)["losses"][0]
        assert first == pytest.approx(wanted.get(loss, (np.log(2), np.log(2))))
        assert np.array_equal(game(loss, 1.0)["made"][0], game(LOSSES[0], 16.0)["made"][0])


def shares(loss: str, ratio: float) -> np.ndarray:
    return FIGURE.curves(turn=400, loss=loss, ratio=ratio)["hit"]


def test_how_the_games_end_is_what_the_chapter_says():
    for ratio in RATIOS:
        assert np.abs(shares("relativistic", ratio) - [0.25, 0.5, 0.25]).max() < 0.1
        assert game("relativistic", ratio)["distance"][-1] < 0.05
    assert shares("logistic", 16.0)[2] == 0 and shares("logistic", 1.0)[2] > 0.2
    assert shares("wasserstein", 1.0)[2] > 0.2
    for ratio in (0.25, 0.5):  # the notes run after a critic that is too slow
        assert game("wasserstein", ratio)["distance"][-20:].max() > 0.2
    assert game("logistic", 16.0)["losses"][-20:].std(axis=0).max() < 0.05  # calm, and wrong


def test_each_note_that_is_heard_is_one_that_was_made():
    x = FIGURE.samples(turn=392, loss="relativistic", ratio=1.0)
    assert len(x) == 13 * 880  # one for the last eight turns, twelve of the end
    crossings = [np.sum(np.diff(np.sign(note)) != 0) / 2 / 0.11 for note in x.reshape(-1, 880)]
    made = np.clip(game("relativistic", 1.0)["made"][-1], -2, 2)
    for pitch in crossings[1:]:
        assert np.abs(440 * 2**made - pitch).min() < 15
    assert len(set(np.round(crossings[1:], -2))) >= 3, "all three notes are heard"


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    _call(loss="relativistic")
    assert shown[0].values == {"turn": 40, "loss": "relativistic", "ratio": 1.0}


# ---------------------------------------------------------------- in a browser

TURN = "() => Number(document.querySelector('[name=turn]').value)"


def test_playing_moves_the_turn_and_stopping_leaves_it_there(opened):  # noqa: F811
    here = opened(FIGURE)
    here.page.get_by_role("button", name="Play").click()
    here.page.wait_for_function(f"() => ({TURN})() >= 3", timeout=PATIENCE)
    here.page.get_by_role("button", name="Stop").click()
    here.page.wait_for_timeout(200)
    stopped = here.page.evaluate(TURN)
    assert stopped >= 3
    reading = here.page.locator(".aigc-reading")
    assert reading.text_content().startswith(f"Turn {TURNS[stopped]}:")
    assert reading.get_attribute("aria-live") == "polite"
    here.page.get_by_role("button", name="Play").click()  # and goes on from there
    here.page.wait_for_timeout(200)
    assert here.page.evaluate(TURN) >= stopped
    here.page.locator("[name=loss]").select_option("relativistic, R1 and R2")
    here.page.wait_for_timeout(200)
    assert here.page.evaluate(TURN) >= stopped
    assert here.page.evaluate("() => aigcFigures.sound.owner !== null"), "it plays on"
    assert not here.errors


def test_at_its_end_the_game_rests_at_the_last_turn(opened):  # noqa: F811
    here = opened(FIGURE)
    here.move(turn=48)
    here.page.get_by_role("button", name="Play").click()
    here.page.wait_for_function("() => aigcFigures.sound.owner === null", timeout=PATIENCE)
    here.page.wait_for_timeout(200)
    assert here.page.evaluate(TURN) == 50
    text = here.page.locator(".aigc-controls output").first.text_content()
    assert text == "400" and here.move()["values"]["turn"] == 400
