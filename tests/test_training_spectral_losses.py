"""Losses of waveforms: by spectra at several scales, and by critics."""

import numpy as np
import pytest
import torch

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import Heard, PeriodCritic
from aigc_edu.training.spectral_losses import (
    MelLoss,
    STFTLoss,
    feature_matching,
    least_squares_critic_loss,
    least_squares_generator_loss,
    power_spectrum,
)

RATE = 8000
LOSSES = [MelLoss(RATE, (128, 256)), STFTLoss((64, 128))]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def sine(frequency, amplitude=1.0, count=2000):
    return amplitude * torch.sin(2 * np.pi * frequency * torch.arange(count) / RATE)[None]


@pytest.mark.parametrize("loss", LOSSES, ids=["mel", "stft"])
def test_equal_sounds_cost_nothing_and_others_do(loss):
    x = torch.randn(2, 1000)
    assert float(loss(x, x)) == 0
    costs = [float(loss(x + s * torch.randn(2, 1000), x)) for s in (0.03, 0.1, 0.3, 1.0)]
    assert costs == sorted(costs) and costs[0] > 0


@pytest.mark.parametrize("loss", LOSSES, ids=["mel", "stft"])
@pytest.mark.parametrize("length", [1, 40, 1000])
def test_slopes_are_finite_for_silence_and_for_equal_sounds(loss, length):
    for real in (torch.zeros(1, length), torch.randn(1, length)):
        made = real.clone().requires_grad_()
        loss(made, real).backward()
        assert made.grad.isfinite().all()
        quiet = torch.zeros(1, length, requires_grad=True)
        loss(quiet, real).backward()
        assert quiet.grad.isfinite().all()


@pytest.mark.parametrize("loss", LOSSES, ids=["mel", "stft"])
def test_the_phase_is_free(loss):
    """A shifted sine costs far less than one of another frequency."""
    x, shifted = sine(440), sine(440).roll(5, dims=1)
    assert float(loss(shifted, x)) < 0.1 * float(loss(sine(900), x))


def test_half_the_level_costs_its_logarithm():
    x = 0.1 * torch.randn(1, 4000)
    assert float(MelLoss(RATE)(x / 2, x)) == pytest.approx(np.log(2), rel=1e-3)
    # Spectral convergence adds a half.
    assert float(STFTLoss()(x / 2, x)) == pytest.approx(np.log(2) + 0.5, rel=1e-2)


def test_powers_are_those_of_the_stft_in_numpy():
    x = torch.randn(2, 500)
    power = power_spectrum(x, torch.hann_window(64))
    for mine, row in zip(power.numpy(), x.numpy(), strict=True):
        g = dsp.window("hann", 64)
        theirs = np.abs(dsp.stft(row, 64, 16) * 2 / g.sum()) ** 2
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
    top = power_spectrum(sine(1000, 0.5), torch.hann_window(64)).amax()
    assert float(top) == pytest.approx(0.25, rel=1e-3)


def test_mel_bands_are_means_over_their_bins():
    loss = MelLoss(RATE, (128,))
    filters = dsp.mel_filterbank(RATE, 128, 8)
    share = filters / filters.sum(axis=1, keepdims=True)
    x = torch.randn(1, 500)
    expected = np.log(share @ power_spectrum(x, torch.hann_window(128))[0].numpy() + 1e-10) / 2
    np.testing.assert_allclose(loss.log_mel(x, 128)[0].numpy(), expected, atol=1e-5)


def test_descending_a_loss_brings_the_sound_nearer():
    real, made = torch.randn(1, 2000), (0.1 * torch.randn(1, 2000)).requires_grad_()
    loss, optimizer = STFTLoss((256,)), torch.optim.Adam([made], 0.03)
    costs = []
    for _ in range(40):
        optimizer.zero_grad()
        cost = loss(made, real)
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    assert costs[-1] < 0.6 * costs[0]


def test_what_they_cannot_compare_is_said():
    for loss in LOSSES:
        with pytest.raises(InvalidValueError, match="one shape"):
            loss(torch.zeros(1, 10), torch.zeros(1, 11))
    with pytest.raises(InvalidValueError, match="multiples of 16"):
        STFTLoss((100,))
    with pytest.raises(InvalidValueError, match="multiples of 16"):
        MelLoss(RATE, ())


# ---------------------------------------------------------------- critics


def said(*values, features=(1.0,)):
    """Two rows, three places each, by as many critics as values."""
    return [Heard(torch.full((2, 3), v), [torch.full((2, 4), f) for f in features]) for v in values]


def test_least_squares_by_hand():
    assert float(least_squares_critic_loss(said(1.0, 1.0), said(0.0, 0.0))) == 0
    assert float(least_squares_critic_loss(said(0.5), said(0.5))) == pytest.approx(0.5)
    assert float(least_squares_critic_loss(said(0.0, 1.0), said(2.0, 0.0))) == pytest.approx(2.5)
    assert float(least_squares_generator_loss(said(1.0))) == 0
    assert float(least_squares_generator_loss(said(0.0, 3.0))) == pytest.approx(2.5)


def test_feature_matching_by_hand():
    real, made = said(0.0, features=(1.0, 4.0)), said(0.0, features=(2.0, 2.0))
    assert float(feature_matching(real, made)) == pytest.approx((1 + 2) / 2)
    assert float(feature_matching(real, made, relative=True)) == pytest.approx((1 + 0.5) / 2)
    assert float(feature_matching(made, made)) == 0


def test_only_what_was_made_learns_from_features():
    critic = PeriodCritic((2,), width=2)
    real, made = (torch.randn(2, 50, requires_grad=True) for _ in range(2))
    feature_matching(critic(real), critic(made)).backward()
    assert real.grad is None and made.grad.abs().max() > 0


def test_critics_must_be_the_same():
    for call in (least_squares_critic_loss, feature_matching):
        with pytest.raises(InvalidValueError, match="same critics"):
            call(said(1.0), said(1.0, 1.0))
    with pytest.raises(InvalidValueError):
        least_squares_generator_loss([])
