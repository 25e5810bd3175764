"""The small generators of the four ways: their formulas, and that they learn."""

import math

import numpy as np
import pytest
import torch
from torch import distributions

from aigc_edu.models.four_ways import (
    VAE,
    Discriminator,
    Gated,
    Generator,
    NextSample,
    Velocity,
    coupling_flow,
    discriminator_loss,
    fit,
    follow,
    generator_loss,
    log_prob_along,
    many_guesses,
    matching_loss,
    next_loss,
    play,
)
from aigc_edu.models.four_ways import bird as world
from aigc_edu.models.four_ways.next_sample import to_amplitudes, to_codes
from aigc_edu.models.four_ways.taps import SIZE, examine, in_a_row, tap, truth, which_bar


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_birds_density_and_song():
    x = torch.linspace(-2, 2, 4001, dtype=torch.float64)
    p = world.bird().log_prob(x).exp()
    assert float(p.sum() * 0.001) == pytest.approx(1, abs=1e-6)
    song = world.sing([0.0, 1.0])
    first, second = np.abs(np.fft.rfft(song.reshape(2, -1)))
    assert (first.argmax() / 0.15, second.argmax() / 0.15) == pytest.approx((440, 880), abs=4)


def test_the_true_velocity_leads_to_the_bird_and_back_to_its_density():
    drawn = follow(world.true_velocity, torch.randn(4000, 1), 100)[:, 0]
    real = world.bird().sample((4000,))
    assert float((drawn.sort().values - real.sort().values).abs().mean()) < 0.03
    x = world.bird().sample((200, 1))
    found = log_prob_along(world.true_velocity, x)
    assert torch.allclose(found, world.bird().log_prob(x)[:, 0], atol=0.06)


def test_fit_and_matching_find_a_shifted_normal():
    velocity, data = Velocity(1, 16), torch.randn(4000, 1) * 0.3 + 1
    before = float(matching_loss(velocity, data))
    fit(velocity.parameters(), lambda x: matching_loss(velocity, x), data, 300, 128, 0.01)
    assert float(matching_loss(velocity, data)) < 0.7 * before
    drawn = follow(velocity, torch.randn(2000, 1), 32)
    assert float(drawn.mean()) == pytest.approx(1, abs=0.1)


def test_a_velocity_without_its_network_is_that_of_normal_data():
    velocity, x = Velocity(2, 4), torch.randn(5, 2)
    torch.nn.init.zeros_(velocity.network.out.weight)
    torch.nn.init.zeros_(velocity.network.out.bias)
    assert torch.allclose(velocity(x, torch.ones(5, 1)), x)  # all noise: v = x
    assert torch.allclose(velocity(x, torch.zeros(5, 1)), -x)


def test_more_guesses_come_closer_and_stay_below():
    vae, x = VAE(1, 1, 8), torch.randn(500, 1)
    z = torch.linspace(-6, 6, 2001)
    weight = distributions.Normal(0.0, 1.0).log_prob(z) + math.log(12 / 2000)
    with torch.no_grad():
        around = distributions.Normal(vae.decoder(z[:, None])[:, 0], vae.log_std.exp())
        exact = (around.log_prob(x) + weight).logsumexp(dim=1).mean()
        bound = torch.stack([vae.elbo(x) for _ in range(50)]).mean()
        closer = many_guesses(vae, x).mean()
    assert bound < closer < exact + 0.01


def test_the_players_losses_and_a_game_of_two_steps():
    real, made = torch.tensor([1.0, 2.0]), torch.tensor([-1.0, 0.5])
    sig = torch.sigmoid
    wanted = -sig(real).log().mean() - (1 - sig(made)).log().mean()
    assert torch.allclose(discriminator_loss(real, made), wanted)
    assert torch.allclose(generator_loss(made), -sig(made).log().mean())
    players = Generator(8, width=4), Discriminator(8, together=2, width=4)
    before = [p.clone() for player in players for p in player.parameters()]

    def loss(real, fake):
        return discriminator_loss(players[1](real), players[1](fake))

    play(*players, players[0], loss, torch.randn(20, 8), steps=2, batch=4)
    after = [p for player in players for p in player.parameters()]
    assert any(not torch.equal(a, b) for a, b in zip(before[:4], after[:4], strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(before[-4:], after[-4:], strict=True))
    assert players[1](torch.randn(4, 8)).shape == (2, 1)


def test_a_flow_begins_as_a_shuffle_and_comes_back():
    flow, x = coupling_flow(6, 3, 8), torch.randn(4, 6)
    z, log_det = flow(x)
    assert torch.allclose(z.sort(dim=1).values, x.sort(dim=1).values) and not log_det.any()
    for parameter in flow.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    assert torch.allclose(flow.inverse(flow(x)[0]), x, atol=1e-4)


def test_the_next_sample_sees_129_and_nothing_later():
    model, x = NextSample(4), torch.randn(1, 200) / 10
    changed = x.clone()
    changed[0, 150] += 1
    moved = (model(x) != model(changed)).any(dim=1)[0]
    assert not moved[:150].any() and moved[150]
    assert moved[150 : 150 + 129].any() and not (model(x) != model(changed))[0, :, 279:].any()


def test_drawing_with_buffers_is_drawing_from_the_network():
    model = NextSample(4)
    clips = model.draw(3, 20)
    assert torch.allclose(to_amplitudes(to_codes(clips)), clips)
    assert next_loss(model, clips) < 2 * math.log(256)
    with torch.no_grad():  # the streams' logits are those of the whole
        torch.manual_seed(1)
        first = model.draw(1, 5)
        past = torch.nn.functional.pad(first, (1, 0))[:, :5]
        torch.manual_seed(1)
        drawn = []
        for n in range(5):
            p = model(past[:, : n + 1])[:, :, -1].softmax(dim=1)
            drawn.append(to_amplitudes(torch.multinomial(p, 1)))
    assert torch.equal(torch.cat(drawn, dim=1), first)


def test_the_taps_judge_is_perfect_and_the_truth_has_zeros():
    clips, k = tap(2000)
    assert float((which_bar(clips) == k).float().mean()) > 0.99
    found = examine(clips)
    assert found.coverage > 4.9 and found.jumps < 1e-4
    assert abs(found.tone) < 0.4 and abs(found.noise) < 0.1
    assert truth().log_prob(clips).shape == (2000,)
    assert in_a_row(clips[:3]).shape == (3 * 480,)


def test_the_gate_and_the_gain():
    gated, u = Gated(2, 3, 4, gain=2.0), torch.randn(5, 2)
    wanted = gated.out(gated.values(2 * u) * torch.sigmoid(gated.gate(2 * u)))
    assert torch.allclose(gated(u), wanted) and SIZE == 128
