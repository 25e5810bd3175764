"""Flows: they invert, and their log-determinant is the Jacobian's."""

import math

import pytest
import torch
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import AffineCoupling, Flip, Flow, InvertibleLinear, MixtureCDF


def coupling(channels, seed=0, limit=2.0):
    torch.manual_seed(seed)
    a, b = channels // 2, channels - channels // 2
    network = nn.Sequential(nn.Conv1d(a, 8, 3, padding=1), nn.Tanh(), nn.Conv1d(8, 2 * b, 1))
    return AffineCoupling(network, limit).double()


def mixture(channels, seed=0):
    torch.manual_seed(seed)
    layer = MixtureCDF(channels, 5).double()
    for parameter in layer.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return layer


def flow(channels):
    torch.manual_seed(1)
    mix = InvertibleLinear(channels).double()
    mix.weight.data += 0.2 * torch.randn_like(mix.weight)
    return Flow([mixture(channels), coupling(channels), Flip(), mix, coupling(channels, 3)])


LAYERS = {
    "coupling": coupling,
    "flip": lambda channels: Flip(),
    "linear": lambda channels: InvertibleLinear(channels).double(),
    "mixture": mixture,
    "flow": flow,
}


@pytest.mark.parametrize("channels", [2, 3, 5])
@pytest.mark.parametrize("length", [1, 4])
@pytest.mark.parametrize("name", LAYERS)
def test_it_inverts(name, channels, length):
    layer = LAYERS[name](channels)
    x = 0.5 * torch.randn(3, channels, length).double()
    z, log_det = layer(x)
    assert z.shape == x.shape and log_det.shape == (3,)
    torch.testing.assert_close(layer.inverse(z), x, rtol=0, atol=1e-9)


@pytest.mark.parametrize("channels", [2, 3, 5])
@pytest.mark.parametrize("length", [1, 4])
@pytest.mark.parametrize("name", LAYERS)
def test_its_log_determinant_is_the_jacobians(name, channels, length):
    layer = LAYERS[name](channels)
    x = 0.5 * torch.randn(1, channels, length).double()
    jacobian = torch.autograd.functional.jacobian(lambda v: layer(v)[0], x)
    whole = jacobian.reshape(channels * length, channels * length)
    torch.testing.assert_close(layer(x)[1][0], torch.linalg.slogdet(whole)[1], rtol=0, atol=1e-9)


def test_a_mixtures_density_is_its_own():
    layer = mixture(1)
    x = torch.linspace(-12, 12, 20001).double()[:, None]
    density = Flow([layer]).log_prob(x).exp().detach()
    assert float(torch.trapezoid(density, x[:, 0])) == pytest.approx(1, abs=1e-4)
    z = torch.randn(200_000, 1, generator=torch.Generator().manual_seed(0)).double()
    drawn = layer.inverse(z)  # its samples have the distribution function that it states
    for place in (-0.5, 0.0, 0.7):
        stated = layer._mixture(torch.tensor([[place]]).double())[0]
        assert float((drawn < place).double().mean()) == pytest.approx(float(stated), abs=4e-3)


def test_a_flow_of_nothing_is_the_normal_distribution():
    x = torch.randn(4, 3, 2)
    normal = torch.distributions.Normal(0, 1).log_prob(x).sum(dim=(1, 2))
    torch.testing.assert_close(Flow([]).log_prob(x), normal)


def test_log_prob_changes_variables():
    layer = InvertibleLinear(2).double()
    layer.weight.data = torch.tensor([[2.0, 0.0], [0.0, 5.0]]).double()
    at_zero = Flow([layer]).log_prob(torch.zeros(1, 2).double())
    assert float(at_zero) == pytest.approx(math.log(10) - math.log(2 * math.pi))


def test_a_coupling_leaves_half_alone_and_bounds_its_scale():
    layer = coupling(4, limit=0.5)
    x = 100 * torch.randn(2, 4, 6).double()
    z, log_det = layer(x)
    assert torch.equal(z[:, :2], x[:, :2])
    assert float(log_det.abs().max()) <= 0.5 * 2 * 6


def test_gradients_reach_all_weights():
    model = flow(4)
    (-model.log_prob(0.3 * torch.randn(5, 4, 3).double()).mean()).backward()
    assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in model.parameters())


def test_wrong_shapes_are_named():
    with pytest.raises(InvalidValueError, match=r"C >= 2.*\(2, 1, 3\)"):
        coupling(4)(torch.zeros(2, 1, 3).double())
    with pytest.raises(InvalidValueError, match=r"\(2, 4, 3\).*\(2, 2, 3\)"):
        AffineCoupling(nn.Conv1d(2, 2, 1))(torch.zeros(2, 4, 3))
    with pytest.raises(InvalidValueError, match=r"\(B, 3, ...\).*\(2, 4\)"):
        InvertibleLinear(3)(torch.zeros(2, 4))
    with pytest.raises(InvalidValueError, match=r"\(B, 1, ...\).*\(2, 4\)"):
        MixtureCDF(1)(torch.zeros(2, 4))
    for wrong in (lambda: InvertibleLinear(0), lambda: MixtureCDF(1, 0), lambda: MixtureCDF(0)):
        with pytest.raises(InvalidValueError, match=">= 1"):
            wrong()
