"""The denoiser: exact in time, causal, the same live as at once; its loss and its sizes."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from aigc_edu import dsp
from aigc_edu.checkpoints import CheckpointError, save_checkpoint
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.denoiser import (
    Denoiser,
    DenoiserConfig,
    Live,
    clean,
    denoising_loss,
    load_denoiser,
)
from aigc_edu.models.denoiser.network import Neighbours

SMALL = DenoiserConfig(frame=64, width=8, layers=2, after=(12,))


@pytest.fixture(params=[(0, 0), (3, 0), (3, 2)], ids=["bare", "sharpened", "ahead"])
def model(request):
    torch.manual_seed(0)
    local, ahead = request.param
    return Denoiser(replace(SMALL, local=local, ahead=ahead)).eval()


class Open(Denoiser):
    """A denoiser that lets everything through, or half of it."""

    share = 1.0

    def mask(self, h, X):
        return self.share * torch.ones(X.shape)


def noise(count, seed=0):
    return 0.1 * torch.randn(2, count, generator=torch.Generator().manual_seed(seed))


# ---------------------------------------------------------------- the network


@pytest.mark.parametrize("ahead", [0, 3])
@pytest.mark.parametrize("count", [1, 31, 32, 33, 64, 500])
def test_with_a_mask_of_one_the_sound_comes_back(count, ahead):
    x, through = noise(count), Open(replace(SMALL, ahead=ahead))
    assert torch.allclose(through(x), x, atol=1e-6)
    through.share = 0.5
    assert torch.allclose(through(x), x / 2, atol=1e-6)


def test_what_is_to_come_changes_nothing_that_was(model):
    """Up to the frames that hold the change: a frame of 64 samples reaches 63 back."""
    x = noise(700)
    other = x.clone()
    other[:, 400:] = 0
    changed = (model(x) - model(other)).abs().amax(dim=0) > 1e-7
    reach = 63 + 32 * model.config.ahead
    assert not changed[: 400 - reach].any() and changed[400 - reach + 23 :].any()
    assert changed[: 400 - 64].any() == (model.config.ahead > 0)


def test_the_mask_lies_between_0_and_1_and_it_remembers(model):
    X = model.analyse(noise(640).unfold(1, 64, 32))
    Y, state = model.clean(X)
    late = model.config.ahead
    gain = Y[:, late:].abs() / X[:, : X.shape[1] - late].abs()
    assert Y.shape == X.shape and 0 < gain.min() < gain.max() < 1 and not Y[:, :late].any()
    assert state.memory.shape == (2, 2, 8) and torch.equal(state.late, X[:, X.shape[1] - late :])
    first, between = model.clean(X[:, :7])
    rest, last = model.clean(X[:, 7:], between)
    assert torch.allclose(torch.cat([first, rest], 1), Y, atol=1e-6)
    assert torch.allclose(last.memory, state.memory, atol=1e-6)
    assert not torch.allclose(model.clean(X[:, 7:])[0], rest, atol=1e-5)


def test_features_are_log_magnitudes_against_a_full_sine():
    big = Denoiser(DenoiserConfig(frame=512, width=4))
    x = torch.from_numpy(dsp.sine(1000, 0.1, 16_000)).float()  # bin 32
    f = big.features(big.analyse(x[None].unfold(1, 512, 256)))
    assert torch.allclose(f[..., 32] * 3 - 6, torch.zeros(()), atol=0.01)
    silent = big.features(torch.zeros(1, 1, 257, dtype=torch.complex64))
    assert torch.allclose(silent, torch.tensor((np.log(1e-5) + 6) / 3).float())


def test_a_sharpened_mask_moves_with_the_frequencies():
    """Away from the edges, the two convolutions do the same at every bin."""
    torch.manual_seed(0)
    layer = Neighbours(4)
    said, f = torch.randn(1, 2, 66), torch.randn(1, 2, 33)
    moved = layer(said.view(1, 2, 2, 33).roll(3, -1).flatten(2), f.roll(3, -1))
    assert torch.allclose(moved[..., 8:-4], layer(said, f).roll(3, -1)[..., 8:-4], atol=1e-6)


def test_presets_have_the_sizes_that_they_say():
    sizes = {
        name: sum(p.numel() for p in Denoiser(getattr(DenoiserConfig, name)()).parameters())
        for name in ("tiny", "trained", "paper")
    }
    assert sizes == {"tiny": 105_569, "trained": 987_987, "paper": 2_687_561}
    assert DenoiserConfig().hop == 256 and DenoiserConfig().bins == 257


# ---------------------------------------------------------------- the loss


def test_an_error_in_decibels_and_no_more_than_30():
    model, x = Open(SMALL), noise(640, 1)
    assert denoising_loss(x, x, model).item() == pytest.approx(-30, abs=1e-3)
    at_all = denoising_loss(0 * x, x, model).item()
    assert at_all > 0  # no speech: the error is the speech, 0 dB, and the soft part besides
    levels = [denoising_loss(x + a * noise(640, 2), x, model).item() for a in (0.01, 0.1, 1)]
    assert levels == sorted(levels)


def test_silence_is_compared_too():
    model, silent = Open(SMALL), torch.zeros(2, 640)
    x = noise(640).requires_grad_()
    loss = denoising_loss(x, silent, model)
    loss.backward()
    assert 0 < loss.item() < 100 and torch.isfinite(x.grad).all() and x.grad.any()
    assert denoising_loss(silent, silent, model).item() == 0


def test_it_learns(model):
    """A tone in noise: after some steps less of the noise is left."""
    torch.manual_seed(0)
    t = torch.arange(2000) / 16_000
    tone = 0.3 * torch.sin(2 * torch.pi * 1000 * t).repeat(2, 1)
    adam = torch.optim.Adam(model.train().parameters(), 0.01)
    losses = []
    for step in range(60):
        loss = denoising_loss(model(tone + noise(2000, step)), tone, model)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < np.mean(losses[:5]) - 3


# ---------------------------------------------------------------- whole sounds, and live


@pytest.mark.parametrize(
    "sizes", [[700], [1] * 40 + [660], [32] * 21 + [28], [5, 0, 300, 395], [63, 1, 636]]
)
def test_live_it_is_the_same_as_at_once(model, sizes):
    x = noise(700)[0].numpy()
    with torch.no_grad():
        whole = model(torch.from_numpy(x)[None])[0].numpy()
    live, parts, late = Live(model), [], []
    for begin, size in zip(np.cumsum([0, *sizes]), sizes, strict=False):
        parts.append(live.push(x[begin : begin + size]))
        late.append(begin + size - sum(map(len, parts)))
    assert max(late) < model.config.latency
    assert np.allclose(np.concatenate([*parts, live.rest()]), whole, atol=1e-6)
    assert np.allclose(np.concatenate([live.push(x), live.rest()]), whole, atol=1e-6)  # anew


def test_a_long_sound_is_cleaned_piece_by_piece(model, monkeypatch):
    x = noise(900)[0].numpy()
    whole = clean(model, x, 16_000)
    monkeypatch.setattr("aigc_edu.models.denoiser.generation.AT_ONCE", 100 / 16_000)
    assert np.allclose(clean(model, x, 16_000), whole, atol=1e-6)
    assert whole.dtype == np.float32 and whole.shape == x.shape


def test_a_share_of_the_noise_can_stay(model):
    x = noise(600)[0].numpy()
    none, half, all_of_it = (clean(model, x, 16_000, left) for left in (0, 0.5, 1))
    assert np.allclose(all_of_it, x, atol=1e-6) and not np.allclose(none, x, atol=0.01)
    assert np.allclose(half, (none + all_of_it) / 2, atol=1e-6)


def test_what_it_cannot_clean_is_said(model):
    for told, complaint in (
        ((np.zeros(9), 8000), "for 16000 Hz, not 8000"),
        ((np.zeros(0), 16_000), "N >= 1"),
        ((np.full(9, np.nan), 16_000), "finite"),
        ((np.full(9, 1.5), 16_000), "-1, 1"),
        ((np.zeros(9), 16_000, 2), "left"),
    ):
        with pytest.raises(InvalidValueError, match=complaint):
            clean(model, *told)
    with pytest.raises(InvalidValueError, match="B, N"):
        model(torch.zeros(5))
    for wrong in ({"frame": 63}, {"width": 0}, {"after": (0,)}, {"local": -1}, {"ahead": -1}):
        with pytest.raises(InvalidValueError):
            replace(SMALL, **wrong)


def test_a_file_gives_the_network_back(model, tmp_path):
    weights = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    told = {"kind": "denoiser", "config": asdict(model.config)}
    path = save_checkpoint(tmp_path / "it.safetensors", weights, told)
    again = load_denoiser(path)
    x = noise(300)
    with torch.no_grad():
        assert torch.equal(again.model(x), model(x)) and not again.model.training
    save_checkpoint(path, weights, told | {"kind": "codec"})
    with pytest.raises(CheckpointError, match="holds a codec"):
        load_denoiser(path)
