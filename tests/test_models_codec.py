"""The codec: exact lengths, tokens and back, files of tokens."""

import itertools
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from aigc_edu.checkpoints import CheckpointError, save_checkpoint
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.codec import (
    Codec,
    CodecConfig,
    Tokens,
    decode,
    encode,
    load_codec,
    load_tokens,
    save_tokens,
)
from aigc_edu.models.codec.config import LEVELS, STRIDES, strides_for
from aigc_edu.models.codec.network import Downsampling, Upsampling

SMALL = CodecConfig(
    strides=(2, 3, 4), width=4, code_channels=6, books=3, entries=16, decoder_channels=8,
    decoder_blocks=1, frame=96,
)  # fmt: skip
VARIANTS = [
    replace(SMALL, decoder=d, quantiser=q)
    for d, q in itertools.product(("spectral", "transposed"), ("residual", "scalar"))
]
IDS = [f"{config.decoder}-{config.quantiser}" for config in VARIANTS]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.fixture(scope="module", params=VARIANTS, ids=IDS)
def codec(request):
    torch.manual_seed(0)
    model = Codec(request.param)
    model.start(torch.randn(4, 240))
    return model.eval()


def test_presets_have_50_or_75_frames_a_second():
    for rate, size in itertools.product(STRIDES, ("tiny", "trained", "paper")):
        config = getattr(CodecConfig, size)(rate)
        assert config.rate / config.hop == (75 if rate == 24_000 else 50)
        assert config.frame == 4 * config.hop
        bits = config.rate / config.hop * config.books * np.log2(config.entries)
        assert config.bits_per_second == bits
    assert CodecConfig.trained(8000).bits_per_second == 2100
    assert CodecConfig.trained(16_000).bits_per_second == 3200


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_what_the_course_trains_can_ship_in_half_precision(rate):
    tensors = Codec(CodecConfig.trained(rate)).state_dict().values()
    assert 2 * sum(x.numel() for x in tensors) < 7.9 * 2**20


def test_scalar_levels_cost_as_many_bits():
    assert all(np.prod(levels) == entries for entries, levels in LEVELS.items())


@pytest.mark.parametrize("stride", [2, 3, 4, 5])
def test_strides_are_those_of_torch(stride):
    x = torch.randn(2, 3, 20 * stride)
    down, up = Downsampling(3, 4, stride), Upsampling(4, 3, stride)
    y, s = down(x), stride
    padded = F.pad(x, (s // 2, s - s // 2))
    torch.testing.assert_close(y, F.conv1d(padded, down.weight, down.bias, s))
    whole = F.conv_transpose1d(y, up.weight, up.bias, s)[:, :, s // 2 :][:, :, : s * y.shape[2]]
    torch.testing.assert_close(up(y), whole)
    assert y.shape[2] == 20 and up(y).shape == x.shape


def test_what_is_trained_is_what_is_written_and_read(codec):
    x = torch.randn(2, 24 * 7)
    with torch.no_grad():
        whole, tokens, _ = codec(x)
        few = codec(x, torch.tensor([2, 2])).waveform
    assert torch.equal(tokens, codec.encode(x)) and tokens.shape == (2, 3, 7)
    torch.testing.assert_close(codec.decode(tokens), whole, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(codec.decode(tokens[:, :2]), few, atol=1e-5, rtol=1e-4)
    assert whole.shape == x.shape and not torch.allclose(whole, few)


def test_gradients_reach_the_encoder_and_the_decoder():
    for config in VARIANTS:
        model = Codec(config)
        model.start(torch.randn(4, 240))
        made = model(torch.randn(2, 240))
        (made.waveform.square().mean() + made.commitment).backward()
        silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
        assert not silent, (config.decoder, config.quantiser)


def test_a_sound_that_is_a_frame_later_has_the_same_tokens_a_frame_later(codec):
    x = torch.randn(1, 24 * 40)
    tokens, later = codec.encode(x), codec.encode(torch.roll(x, 24, dims=1))
    assert torch.equal(tokens[:, :, 10:-11], later[:, :, 11:-10])


@pytest.mark.parametrize("length", [1, 23, 24, 25, 500])
def test_any_length_comes_out_as_it_went_in(codec, length):
    x = 0.1 * np.random.default_rng(0).standard_normal(length)
    tokens = encode(codec, x, 8000)
    assert tokens.codes.shape == (3, -(-length // 24)) and tokens.length == length
    assert 0 <= tokens.codes.min() and tokens.codes.max() < 16
    for books in (1, 2, 3, None):
        y = decode(codec, tokens, books)
        assert y.shape == (length,) and np.isfinite(y).all() and np.abs(y).max() <= 1
    np.testing.assert_array_equal(decode(codec, tokens, 2), decode(codec, tokens.first(2)))


def test_what_tokens_cost():
    tokens = Tokens(np.zeros((3, 50), np.int64), 24 * 50, 1200, 16)
    assert tokens.bits == 3 * 50 * 4 and tokens.bits_per_second == 600
    assert tokens.first(1).bits_per_second == 200
    for wrong in (0, 4):
        with pytest.raises(InvalidValueError, match="1 ... 3"):
            tokens.first(wrong)


def test_tokens_in_a_file(codec, tmp_path):
    tokens = encode(codec, np.random.default_rng(1).uniform(-1, 1, 777), 8000)
    path = save_tokens(tmp_path / "sound.safetensors", tokens)
    back = load_tokens(path)
    np.testing.assert_array_equal(back.codes, tokens.codes)
    assert back.codes.dtype == np.int64
    assert (back.length, back.rate, back.entries) == (777, 8000, 16)
    np.testing.assert_array_equal(decode(codec, back), decode(codec, tokens))
    other = save_checkpoint(tmp_path / "other.safetensors", {}, {"kind": "codec"})
    with pytest.raises(CheckpointError, match="no tokens"):
        load_tokens(other)


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({}, {}),
        ({"codes": torch.zeros(6, dtype=torch.int16)}, {}),
        ({"codes": torch.zeros(3, 2)}, {}),
        ({"codes": torch.zeros(3, 0, dtype=torch.int16)}, {}),
        ({"codes": torch.full((3, 2), 16, dtype=torch.int16)}, {}),
        ({"codes": torch.full((3, 2), -1, dtype=torch.int16)}, {}),
        (None, {"length": None}),
        (None, {"length": 0}),
        (None, {"length": "long"}),
        (None, {"rate": 0}),
        (None, {"entries": 16.5}),
        (None, {"more": 1}),
        (None, {"rate": ...}),
    ],
)
def test_a_damaged_file_of_tokens_is_said_in_a_line(tmp_path, tensors, told):
    whole = {"kind": "tokens", "length": 40, "rate": 8000, "entries": 16, **told}
    told = {key: value for key, value in whole.items() if value is not ...}
    tensors = {"codes": torch.zeros(3, 2, dtype=torch.int16)} if tensors is None else tensors
    path = save_checkpoint(tmp_path / "x.safetensors", tensors, told)
    with pytest.raises(CheckpointError, match=r"x\.safetensors holds") as said:
        load_tokens(path)
    assert "\n" not in str(said.value)


def test_tokens_of_no_sound_are_refused():
    usual = {"length": 30, "rate": 8000, "entries": 16}
    for wrong in ({"length": 0}, {"length": -3}, {"rate": 0}, {"entries": 0}, {"length": 2.5}):
        with pytest.raises(InvalidValueError, match=f"{next(iter(wrong))} must be a whole number"):
            Tokens(np.zeros((3, 2), np.int64), **{**usual, **wrong})


def test_a_checkpoint_can_be_loaded(codec, tmp_path):
    weights = {f"model.{k}": v for k, v in codec.state_dict().items()}
    told = {"kind": "codec", "config": asdict(codec.config)}
    path = save_checkpoint(tmp_path / "codec.safetensors", weights, told)
    model, _ = load_codec(path)
    assert model.config == codec.config and not model.training
    x = np.random.default_rng(2).uniform(-1, 1, 300)
    np.testing.assert_array_equal(encode(model, x, 8000).codes, encode(codec, x, 8000).codes)
    assert (model.rate, model.hop, model.books, model.entries) == (8000, 24, 3, 16)


def test_what_a_codec_cannot_take_is_said(codec):
    with pytest.raises(InvalidValueError, match="8000 Hz, not 16000"):
        encode(codec, np.zeros(100), 16_000)
    for wrong in (np.zeros(0), np.zeros((2, 9)), np.array([0.0, np.nan])):
        with pytest.raises(InvalidValueError, match="finite samples"):
            encode(codec, wrong, 8000)
    for wrong in ((1, 25), (1, 0), (24,)):
        with pytest.raises(InvalidValueError, match="multiple of 24"):
            codec.features(torch.zeros(wrong))
    codes = np.zeros((3, 2), np.int64)
    for wrong in (Tokens(codes, 30, 16_000, 16), Tokens(codes, 30, 8000, 32)):
        with pytest.raises(InvalidValueError, match="16 entries at 8000 Hz"):
            decode(codec, wrong)
    with pytest.raises(InvalidValueError, match="frames"):
        decode(codec, Tokens(codes, 60, 8000, 16))
    with pytest.raises(InvalidValueError, match="0 ... 15"):
        decode(codec, Tokens(codes + 16, 30, 8000, 16))


def test_a_new_encoder_is_fitted_to_faint_sounds():
    model, x = Codec(SMALL), 0.01 * torch.randn(4, 480)
    model.start(x)
    features = model.features(x)
    torch.testing.assert_close(features.std(dim=(0, 2)), torch.ones(6), atol=0.02, rtol=0)
    codes = model.encode(x)
    assert min(len(torch.unique(codes[:, n])) for n in range(3)) > 8
    assert not any(layer._forward_hooks for layer in model.modules())


def test_what_no_codec_can_be_is_said():
    for wrong in ({"strides": ()}, {"strides": (1,)}, {"books": 0}, {"decoder": "magic"},
                  {"quantiser": "magic"}, {"quantiser": "scalar", "entries": 17}):  # fmt: skip
        with pytest.raises(InvalidValueError):
            replace(SMALL, **wrong)
    with pytest.raises(InvalidValueError, match="11025"):
        strides_for(11_025)
