"""ConvNeXt blocks, the decoder by an inverse STFT, and critics of waveforms."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import (
    ConvNeXtBlock,
    CriticsTogether,
    LayerNorm,
    PeriodCritic,
    SpectralDecoder,
    SpectrumCritic,
    inverse_stft,
    stft_of_hops,
)
from aigc_edu.nn.wave_critics import folded


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


# ---------------------------------------------------------------- ConvNeXt


def test_a_block_is_the_formula():
    block, x = ConvNeXtBlock(5, 12, kernel=3, scale=0.5), torch.randn(2, 5, 9)
    norm = LayerNorm(5)
    norm.load_state_dict(block.norm.state_dict())
    around = F.pad(x, (1, 1))
    w, b = block.depthwise.weight[:, 0], block.depthwise.bias
    h = sum(w[:, i, None] * around[:, :, i : i + 9] for i in range(3)) + b[:, None]
    h = block.linear2(F.gelu(block.linear1(norm(h.transpose(1, 2)))))
    torch.testing.assert_close(block(x), x + 0.5 * h.transpose(1, 2))


def test_a_block_sees_as_far_as_its_kernel_and_keeps_channels_apart_in_time():
    block, x = ConvNeXtBlock(4, 8, kernel=5), torch.randn(1, 4, 20)
    changed = x.clone()
    changed[0, 2, 10] += 1
    moved = (block(changed) - block(x)).abs().amax(dim=(0, 1)) > 1e-6
    assert moved.nonzero().flatten().tolist() == [8, 9, 10, 11, 12]


def test_a_new_block_does_not_hear_its_condition_and_learns_to():
    block, x, c = ConvNeXtBlock(4, 8, condition=3), torch.randn(2, 4, 6), torch.randn(2, 3)
    torch.testing.assert_close(block(x, c), block(x, -c))
    block(x, c).square().sum().backward()
    assert block.condition.weight.grad.abs().max() > 0
    with torch.no_grad():
        block.condition.bias[:4] = -1  # 1 + a = 0: only b is left, and b is 0
        same = block(x, c) - x
    torch.testing.assert_close(same, same[:1, :, :1].expand_as(same))


def test_each_row_hears_its_own_condition():
    block, x, c = ConvNeXtBlock(4, 8, condition=3), torch.randn(1, 4, 6), torch.randn(2, 3)
    nn.init.normal_(block.condition.weight)
    both = block(x.expand(2, -1, -1), c)
    for i in range(2):
        torch.testing.assert_close(both[i : i + 1], block(x, c[i : i + 1]))
    assert not torch.allclose(both[0], both[1])


def test_what_a_block_cannot_be_given_is_said():
    for wrong in ({"kernel": 4}, {"hidden": 0}, {"condition": -1}):
        with pytest.raises(InvalidValueError):
            ConvNeXtBlock(**{"channels": 4, "hidden": 8, **wrong})
    x, c = torch.zeros(2, 4, 6), torch.zeros(2, 3)
    with pytest.raises(InvalidValueError, match="no condition"):
        ConvNeXtBlock(4, 8)(x, c)
    with pytest.raises(InvalidValueError, match="a condition"):
        ConvNeXtBlock(4, 8, condition=3)(x)
    with pytest.raises(InvalidValueError, match=r"\(2, 3\)"):
        ConvNeXtBlock(4, 8, condition=3)(x, c[:1])
    with pytest.raises(InvalidValueError, match=r"\(B, 4, T\)"):
        ConvNeXtBlock(4, 8)(x[:, :3])


# ---------------------------------------------------------------- the inverse STFT


@pytest.mark.parametrize(("frame", "hop", "count"), [(16, 4, 1), (64, 16, 9), (40, 12, 7)])
def test_it_equals_the_numpy_one(frame, hop, count):
    random = np.random.default_rng(0)
    X = random.standard_normal((2, frame // 2 + 1, count, 2)) @ np.array([1, 1j])
    y = inverse_stft(torch.from_numpy(X), torch.hann_window(frame, dtype=torch.double), hop)
    assert y.shape == (2, count * hop)
    beside = (frame - hop) // 2
    for mine, spectrum in zip(y.numpy(), X, strict=True):
        theirs = dsp.istft(spectrum, hop, centre=False)[beside : beside + count * hop]
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_it_undoes_torch_s_stft():
    """A signal's frames, centred where the decoder's are, give the signal back."""
    x, window = torch.randn(3, 80), torch.hann_window(32)
    spread = F.pad(x, (12, 12))  # (32 - 8) / 2 on each side
    X = torch.stft(spread, 32, 8, window=window, center=False, return_complex=True)
    assert X.shape[2] == 10
    torch.testing.assert_close(inverse_stft(X, window, 8), x, atol=1e-5, rtol=0)


def test_it_equals_torch_s_istft_away_from_the_ends():
    X = torch.randn(1, 17, 12, dtype=torch.cfloat)
    window = torch.hann_window(32)
    theirs = torch.istft(X, 32, 8, window=window)  # from the middle of frame 0 on
    mine = inverse_stft(X, window, 8)[:, 4:]
    torch.testing.assert_close(mine[:, : theirs.shape[1]], theirs, atol=1e-5, rtol=1e-4)


# ---------------------------------------------------------------- the decoder


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_decoder_makes_hop_samples_of_each_frame(count):
    decoder = SpectralDecoder(3, 8, 2, frame=16, hop=4)
    y = decoder(torch.randn(2, 3, count))
    assert y.shape == (2, 4 * count) and y.dtype == torch.float32 and y.isfinite().all()


def test_the_head_gives_magnitude_and_phase():
    """With the head's weights at zero, its bias is the spectrum: one sine, as told."""
    decoder, m, p = SpectralDecoder(2, 8, 1, frame=16, hop=4), torch.full((9,), -30.0), 1.25
    m[3] = 0.5
    with torch.no_grad():
        decoder.head.weight.zero_()
        decoder.head.bias.copy_(torch.cat([m, torch.full((9,), p)]))
    X = decoder.spectrum(torch.randn(1, 2, 5))
    assert X.shape == (1, 9, 5)
    expected = np.exp(0.5) * np.exp(1j * p)
    np.testing.assert_allclose(X[0, 3].detach().numpy(), expected, rtol=1e-5)
    assert X[0, [0, 1, 2, 4]].abs().max() < 1e-12
    with torch.no_grad():
        decoder.head.bias[:9] = 200.0  # its exponential is no finite number
    loud = decoder.spectrum(torch.randn(1, 2, 5)).abs()
    assert float(loud.detach().max()) == pytest.approx(100, rel=1e-5)
    loud.sum().backward()
    assert decoder.head.bias.grad.isfinite().all()


def test_gradients_reach_every_weight_and_the_frames():
    decoder = SpectralDecoder(3, 8, 2, frame=16, hop=4, noise=1, condition=2)
    frames = torch.randn(2, 3, 6, requires_grad=True)
    decoder(frames, torch.randn(2, 2)).square().sum().backward()
    assert frames.grad.abs().min() > 0
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in decoder.parameters())


def test_a_decoder_learns_a_sine():
    decoder = SpectralDecoder(1, 16, 2, frame=32, hop=8)
    target = torch.sin(torch.arange(80) * 2 * np.pi / 16)[None]
    optimizer = torch.optim.Adam(decoder.parameters(), 1e-2)
    frames, losses = torch.ones(1, 1, 10), []
    for _ in range(60):
        loss = F.mse_loss(decoder(frames), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0]


def test_noise_is_heard_only_where_there_is_some():
    frames = torch.randn(2, 3, 6)
    silent, noisy = (SpectralDecoder(3, 8, 1, 16, 4, noise=n) for n in (0, 2))
    assert torch.equal(silent(frames), silent(frames))
    assert not torch.equal(noisy(frames), noisy(frames))
    noise = torch.randn(2, 2, 6)
    assert torch.equal(noisy(frames, noise=noise), noisy(frames, noise=noise))


def test_it_looks_both_ways_but_no_further_than_its_layers():
    """Frame t is in samples around it, as far as convolutions and overlapping frames reach."""
    decoder, x = SpectralDecoder(2, 4, 1, frame=16, hop=4, kernel=3), torch.randn(1, 2, 30)
    changed = x.clone()
    changed[0, :, 15] += 1
    moved = ((decoder(changed) - decoder(x)).abs() > 1e-6)[0].nonzero().flatten() // 4
    # Two convolutions see a frame further each; a window begins and ends a frame and a half away.
    assert (moved.min(), moved.max()) == (15 - 2 - 2, 15 + 2 + 2)


def test_it_is_the_same_in_bfloat16_up_to_rounding():
    decoder, x = SpectralDecoder(2, 8, 1, frame=16, hop=4), torch.randn(1, 2, 9)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = decoder(x)
    assert y.dtype == torch.float32
    torch.testing.assert_close(y, decoder(x), atol=0.05, rtol=0.05)


def test_what_a_decoder_cannot_be_given_is_said():
    for frame, hop in [(16, 10), (15, 4), (16, 0), (16, 5)]:
        with pytest.raises(InvalidValueError, match="frame"):
            SpectralDecoder(2, 8, 1, frame, hop)
    with pytest.raises(InvalidValueError, match="blocks"):
        SpectralDecoder(2, 8, 0, 16, 4)
    decoder = SpectralDecoder(2, 8, 1, 16, 4, noise=1)
    for wrong in [(1, 3, 5), (1, 2, 0), (2, 5)]:
        with pytest.raises(InvalidValueError, match="frames"):
            decoder(torch.zeros(wrong))
    with pytest.raises(InvalidValueError, match="noise"):
        decoder(torch.zeros(1, 2, 5), noise=torch.zeros(1, 1, 4))
    with pytest.raises(InvalidValueError, match="bins"):
        inverse_stft(torch.zeros(1, 8, 3, dtype=torch.cfloat), torch.hann_window(16), 4)


# ---------------------------------------------------------------- critics


def both():
    return CriticsTogether(PeriodCritic((2, 3), width=2), SpectrumCritic((64, 32), width=3))


@pytest.mark.parametrize("length", [1, 5, 600])
def test_critics_hear_sounds_of_any_length(length):
    heard = both()(torch.randn(3, length))
    assert len(heard) == 4
    for scores, features in heard:
        assert scores.shape[0] == 3 and scores.dim() == 2 and scores.shape[1] >= 1
        assert len(features) == 5 and all(f.dim() == 4 and len(f) == 3 for f in features)
    assert [f.shape[1] for f in heard[0].features] == [2, 8, 32, 64, 64]
    assert [f.shape[1] for f in heard[2].features] == [3] * 5


def test_a_folded_waveform_has_a_period_in_each_row():
    x = torch.arange(7.0)[None]
    assert folded(x, 3)[0, 0].tolist() == [[0, 1, 2], [3, 4, 5], [6, 0, 0]]


def test_a_period_critic_keeps_its_columns_apart():
    """A change of one sample moves only what is in its column."""
    critic, x = PeriodCritic((3,), width=2), torch.randn(1, 99)
    changed = x.clone()
    changed[0, 30] += 1  # column 0
    moved = (critic(changed)[0].features[-1] - critic(x)[0].features[-1]).abs().amax(dim=(0, 1, 2))
    assert moved[0] > 0 and moved[1:].max() == 0


def test_a_spectrum_critic_sees_the_stft():
    critic, x = SpectrumCritic((32,), width=2), torch.randn(1, 200)
    image = critic._spectrum(x, 32)[0].numpy()  # (2, frames, bins)
    X = dsp.stft(x[0].numpy(), 32, 8).T / np.sqrt(32)
    np.testing.assert_allclose(image[0] + 1j * image[1], X, atol=1e-5)


def test_rows_are_heard_by_themselves_and_gradients_flow():
    critic, x = both(), torch.randn(2, 300, requires_grad=True)
    heard, alone = critic(x), critic(x[:1])
    for a, b in zip(heard, alone, strict=True):
        torch.testing.assert_close(a.scores[:1], b.scores, atol=1e-5, rtol=1e-4)
    sum(h.scores.square().sum() for h in heard).backward()
    assert x.grad.abs().max() > 0
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in critic.parameters())


def test_what_a_critic_cannot_be_given_is_said():
    with pytest.raises(InvalidValueError, match="multiples of 4"):
        SpectrumCritic((30,))
    with pytest.raises(InvalidValueError, match="periods"):
        PeriodCritic((0,))
    for wrong in [(2, 1, 9), (2, 0), (9,)]:
        with pytest.raises(InvalidValueError, match="waveforms"):
            both()(torch.zeros(wrong))


@pytest.mark.parametrize(("frame", "hop", "count"), [(8, 4, 1), (16, 4, 5), (64, 16, 3)])
def test_spectra_of_hops_go_back_to_the_waveform_from_the_first_sample_to_the_last(
    frame, hop, count
):
    x = torch.randn(2, count * hop, dtype=torch.float64)
    window = torch.hann_window(frame, dtype=torch.float64)
    X = stft_of_hops(x, window, hop)
    assert X.shape == (2, frame // 2 + 1, count)
    torch.testing.assert_close(inverse_stft(X, window, hop), x)


def test_only_whole_hops_have_spectra():
    for wrong in (torch.zeros(1, 7), torch.zeros(1, 0), torch.zeros(8)):
        with pytest.raises(InvalidValueError, match="a multiple of 4"):
            stft_of_hops(wrong, torch.hann_window(8), 4)
