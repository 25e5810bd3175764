"""Finite scalar quantisation, and what a residual quantiser's rows keep."""

import pytest
import torch
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import ResidualCodebook
from aigc_edu.nn.codebook import share_alive
from aigc_edu.nn.scalar_codes import ScalarQuantiser
from aigc_edu.nn.standardising import standardise


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def bare(count, levels):
    """A quantiser whose linear layers do nothing: its features are its numbers."""
    quantiser = ScalarQuantiser(count, levels, count * len(levels))
    with torch.no_grad():
        for layer in (quantiser.inward, quantiser.outward):
            layer.weight.copy_(torch.eye(len(layer.weight))[:, :, None])
            layer.bias.zero_()
    return quantiser


@pytest.mark.parametrize("levels", [(2,), (3,), (4, 4), (5, 3, 2), (8, 5, 5)])
def test_each_code_has_features_of_its_own_and_all_can_be_reached(levels):
    quantiser = bare(1, levels)
    codes = torch.arange(quantiser.size)[None, None]
    features = quantiser.decode(codes)[0].T  # (codes, d)
    assert len(torch.unique(features, dim=0)) == quantiser.size and features.abs().max() <= 1
    wide = torch.randn(1, len(levels), 20_000) * 3
    assert share_alive(quantiser.encode(wide), quantiser.size) == 1


@pytest.mark.parametrize("base", [2, 3, 4, 5, 8])
def test_the_nearest_level_is_taken_and_nothing_is_at_nothing(base):
    quantiser, x = bare(1, (base,)), torch.linspace(-6, 6, 301)[None, None]
    bounded = quantiser._bounded(x)[0, 0, 0]
    levels = torch.arange(base) - base // 2
    nearest = (bounded[:, None] - levels).abs().argmin(dim=1)
    assert torch.equal(quantiser.encode(x)[0, 0], nearest)
    assert torch.equal(nearest, nearest.sort().values), "larger numbers, higher levels"
    assert quantiser._bounded(torch.zeros(1, 1, 1)).abs() < 1e-6
    assert (nearest.min(), nearest.max()) == (0, base - 1)


def test_a_code_is_its_digits():
    quantiser = bare(1, (4, 3, 2))
    digits = quantiser.decode(torch.tensor([[[1 + 4 * 2 + 12 * 0]]]))[0, :, 0]
    torch.testing.assert_close(digits, torch.tensor([(1 - 2) / 2, (2 - 1) / 1, (0 - 1) / 1]))


@pytest.mark.parametrize("make", [lambda: ScalarQuantiser(3, (4, 4), 5),
                                  lambda: ResidualCodebook(3, 16, 5)],
                         ids=["scalar", "residual"])  # fmt: skip
def test_both_quantisers_agree_with_themselves(make):
    """What is trained on is what the codes give, whole and with the first few books alone."""
    quantiser, x = make().eval(), torch.randn(4, 5, 7)
    kept = torch.tensor([1, 2, 3, 3])
    quantised, codes, commitment = quantiser(x, kept)
    assert torch.equal(codes, quantiser.encode(x)) and codes.dtype == torch.int64
    assert codes.shape == (4, 3, 7) and 0 <= codes.min() and codes.max() < 16
    for row, count in enumerate(kept.tolist()):
        expected = quantiser.decode(codes[row : row + 1, :count])
        torch.testing.assert_close(quantised[row : row + 1], expected, atol=1e-5, rtol=1e-5)
    assert torch.equal(quantiser(x, torch.full((4,), 3))[0], quantiser(x)[0])
    assert commitment.dim() == 0


def test_a_gradient_passes_the_rounding():
    quantiser, x = bare(2, (4, 4)), torch.zeros(1, 4, 3, requires_grad=True)
    quantiser(x, torch.tensor([1]))[0].sum().backward()
    assert (x.grad[:, :2] > 0.1).all() and (x.grad[:, 2:] == 0).all()
    book, y = ResidualCodebook(3, 8, 4).eval(), torch.randn(2, 4, 5, requires_grad=True)
    weights = torch.randn(2, 4, 5)
    (book(y, torch.tensor([1, 3]))[0] * weights).sum().backward()
    torch.testing.assert_close(y.grad, weights)


def test_a_start_on_the_data_beats_noise_and_each_book_helps():
    x = torch.randn(4, 6, 200) * 5 + 3
    book = ResidualCodebook(4, 32, 6).eval()
    before = float((book(x)[0] - x).square().mean())
    book.start(x)
    codes = book.encode(x)
    rests = [float((book.decode(codes[:, :n]) - x).square().mean()) for n in (1, 2, 3, 4)]
    assert rests == sorted(rests, reverse=True) and rests[-1] < 0.5 * before


def test_a_convolution_is_fitted_to_data():
    layer, x = nn.Conv1d(3, 4, 5), 1e-3 * torch.randn(8, 3, 50) + 2
    expected = standardise(layer, layer(x))
    torch.testing.assert_close(layer(x), expected, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(expected.mean(dim=(0, 2)), torch.zeros(4), atol=1e-3, rtol=0)
    torch.testing.assert_close(expected.std(dim=(0, 2)), torch.ones(4), atol=1e-3, rtol=0)


def test_a_constant_channel_is_shifted_and_not_stretched():
    layer, x = nn.Conv1d(2, 4, 1), torch.randn(3, 2, 50)
    with torch.no_grad():
        layer.weight[1:] = torch.tensor([[0.0], [1e-9], [0.0]])[:, None]
        layer.bias.copy_(torch.tensor([0.0, 0.1, 0.0, 1000.1]))
    weight = layer.weight.clone()
    made = standardise(layer, layer(x))
    assert torch.equal(layer.weight[1:], weight[1:]), "constant channels keep their weights"
    assert made[:, 1:].abs().max() < 1e-3
    torch.testing.assert_close(made[:, 0].std(), torch.tensor(1.0))
    torch.testing.assert_close(layer(x), made, atol=1e-4, rtol=1e-4)


def test_a_scalar_quantiser_fitted_to_faint_features_uses_its_codes():
    quantiser, x = ScalarQuantiser(2, (4, 4), 6), 1e-3 * torch.randn(4, 6, 500) + 5
    before = share_alive(quantiser.encode(x)[:, 0], 16)
    quantiser.start(x)
    after = [share_alive(codes, 16) for codes in quantiser.encode(x).unbind(dim=1)]
    assert before < 0.2 and min(after) > 0.9


def test_all_books_learn_whatever_rows_keep():
    book, x = ResidualCodebook(2, 4, 3).train(), torch.randn(2, 3, 9)
    other = ResidualCodebook(2, 4, 3).train()
    other.load_state_dict(book.state_dict())
    book(x, torch.tensor([1, 1]))
    other(x)
    assert all(torch.equal(v, other.state_dict()[k]) for k, v in book.state_dict().items())


def test_what_they_cannot_take_is_said():
    with pytest.raises(InvalidValueError, match="levels"):
        ScalarQuantiser(1, (1,), 4)
    quantiser, x = ScalarQuantiser(2, (4,), 5), torch.zeros(2, 5, 3)
    for kept in (torch.tensor([1]), torch.tensor([0, 1]), torch.tensor([1, 3]), torch.ones(2)):
        with pytest.raises(InvalidValueError):
            quantiser(x, kept)
        with pytest.raises(InvalidValueError):
            ResidualCodebook(2, 4, 5)(x, kept)
    with pytest.raises(InvalidValueError, match="features"):
        quantiser.encode(x[:, :4])
    with pytest.raises(InvalidValueError, match="0 ... 3"):
        quantiser.decode(torch.full((1, 1, 1), 4))
    with pytest.raises(InvalidValueError, match="shape"):
        quantiser.decode(torch.zeros(1, 3, 1, dtype=torch.long))
    with pytest.raises(InvalidValueError, match="no codes"):
        share_alive(torch.zeros(0), 4)
