"""The clinic's measurements: each passes what is sound, and names what isn't."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from aigc_edu.clinic import (
    anchors,
    leaks,
    levels,
    overfit_one_clip,
    read_curve,
    running_test,
    shift_test,
    spread,
)
from aigc_edu.dsp import mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.likelihood import entropy_given_previous
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.models.wavenet import WaveNet, WaveNetConfig
from aigc_edu.nn.transformer import CausalTransformer, CausalTransformerConfig

RATE = 8000


def tone(frequency: float, seconds: float = 0.5, seed: int = 0) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(t))
    return 0.4 * np.sin(2 * np.pi * frequency * t) * np.exp(-3 * t) + 0.02 * noise


def take(pitch: float, seed: int) -> np.ndarray:
    """Return a take of a word: harmonics whose pitch wanders in a way of its own."""
    random = np.random.default_rng(seed)
    bends = np.convolve(random.standard_normal(4000), np.hanning(800), "same") / 20
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.05 * bends)) / RATE
    return 0.1 * sum(np.sin(k * phase + random.uniform(0, 6)) / k for k in range(1, 8))


# ---------------------------------------------------------------- anchors and curves


def test_the_code_before_is_worth_what_pairs_say():
    cycle = np.tile([0, 1, 2, 3], 50)
    assert entropy_given_previous([cycle], 4) == pytest.approx(0)
    coins = np.random.default_rng(0).integers(0, 2, 20_000)
    assert entropy_given_previous([coins], 2) == pytest.approx(1, abs=0.01)
    halves = [np.zeros(9, int), np.ones(9, int)]  # no pair across two clips
    assert entropy_given_previous(halves, 2) == 0
    with pytest.raises(InvalidValueError, match="two codes"):
        entropy_given_previous([np.array([1])])
    with pytest.raises(InvalidValueError, match="255"):
        entropy_given_previous([np.array([1, 256])])


def test_anchors_are_in_order():
    found = anchors([mu_law_encode(tone(300)), mu_law_encode(tone(500))])
    assert found.guess == 8 > found.histogram > found.previous > 0
    assert "8.00" in str(found)
    with pytest.raises(InvalidValueError):
        anchors([])


def falling(start, end, count=100):
    return end + (start - end) * np.exp(-np.arange(count) / 10)


@pytest.mark.parametrize(
    ("losses", "held_out", "word"),
    [
        (falling(8, 3), None, "learns"),
        (falling(8, 3), 3.5, "learns"),
        (falling(8, 0.01), None, "too good"),
        (falling(8, 0.01), 4.0, "learns"),
        (falling(8, 5.95), None, "hears nothing"),
        (falling(11, 3), None, "wrong start"),
        ([8, 7, 9, 60, 30, 25, 20, 14, 13, 12], None, "diverged"),
        ([8, 7, math.nan], None, "diverged"),
    ],
)
def test_a_curve_is_read_against_its_anchors(losses, held_out, word):
    at = anchors([np.random.default_rng(0).integers(0, 64, 50_000)], 256)
    assert read_curve(losses, at, held_out).word == word


def test_little_data_is_told_from_a_good_model():
    silence = np.where(np.arange(5000) % 100, 128, np.arange(5000) % 256)
    reading = read_curve(falling(8, 0.05), anchors([silence]))
    assert reading.word == "little data" and "histogram" in str(reading)
    with pytest.raises(InvalidValueError):
        read_curve([], anchors([silence]))


# ---------------------------------------------------------------- what the loss lets in


def small() -> WaveNet:
    torch.manual_seed(0)
    return WaveNet(WaveNetConfig(channels=4, skip_channels=8, blocks=1, layers_per_block=4))


def cost_of(network, shift=1, axis=1):
    """Return costs (B, T) as a training with these mistakes computes them."""

    def costs(codes):
        logits = network(codes[:, :-1])
        wanted = codes[:, 1:] if shift else codes[:, :-1]
        return -logits.log_softmax(dim=axis).gather(1, wanted[:, None])[:, 0]

    return costs


def test_sound_models_pass():
    torch.manual_seed(0)
    rnn = SampleRNN(SampleRNNConfig(frame_sizes=(8, 4), width=8, embedding=4))
    seer = CausalTransformer(CausalTransformerConfig(16, channels=8, heads=2, layers=1))
    found = shift_test(cost_of(small()))
    assert found.passed and found.later > 8
    assert abs(found.total - 1) < 1e-3 and str(found).startswith("passed")
    assert shift_test(cost_of(rnn)).passed
    assert shift_test(cost_of(lambda codes: seer(codes).transpose(1, 2)), levels=16).passed


def test_a_target_that_is_not_shifted_does_not_add_up():
    found = shift_test(cost_of(small(), shift=0))
    assert not found.passed and not found.earlier and not found.others
    assert "add up" in str(found)


def test_a_mask_that_lets_the_future_in_is_found():
    torch.manual_seed(0)
    seer = CausalTransformer(CausalTransformerConfig(16, channels=8, heads=2, layers=1))

    def open_mask(codes):
        size = codes.shape[1]
        return seer(codes, mask=torch.ones(size, size, dtype=torch.bool)).transpose(1, 2)

    found = shift_test(cost_of(open_mask), levels=16)
    assert found.earlier > 10 and not found.others and "future" in str(found)


def test_a_softmax_over_time_is_found():
    found = shift_test(cost_of(small(), axis=2))
    assert found.earlier > 10 and abs(found.total - 1) > 0.05


def test_a_batch_taken_for_time_is_found():
    torch.manual_seed(0)
    table, rnn, out = nn.Embedding(16, 8), nn.GRU(8, 8), nn.Linear(8, 16)  # not batch_first

    def network(codes):
        return out(rnn(table(codes))[0]).transpose(1, 2)

    found = shift_test(cost_of(network), levels=16)
    assert found.others and found.later == 1 and "other clips" in str(found)


def test_a_network_that_hears_nothing_is_found():
    deaf = nn.Parameter(torch.randn(16))

    def network(codes):
        return deaf[None, :, None].expand(len(codes), -1, codes.shape[1])

    found = shift_test(cost_of(network), levels=16)
    assert found.total == pytest.approx(1, abs=1e-4) and "hears nothing" in str(found)


def test_costs_of_another_shape_are_refused():
    with pytest.raises(InvalidValueError, match="one number for each target"):
        shift_test(lambda codes: torch.zeros(codes.shape))
    with pytest.raises(InvalidValueError, match="NaN"):
        shift_test(lambda codes: torch.full((len(codes), codes.shape[1] - 1), math.nan))


# ---------------------------------------------------------------- learning by heart


def loss_of(model, codes):
    return F.cross_entropy(model(codes[:, :-1]), codes[:, 1:])


def test_one_clip_is_learned_by_heart_and_the_model_stays_as_it_was():
    model = small()
    before = {name: x.clone() for name, x in model.state_dict().items()}
    codes = torch.from_numpy(mu_law_encode(tone(400, 0.02)))[None]
    losses = overfit_one_clip(model, loss_of, codes, steps=60, rate=0.03)
    assert len(losses) == 60 and losses[0] == pytest.approx(math.log(256), abs=0.3)
    assert losses[-1] < 0.25 * losses[0]
    assert all(torch.equal(before[name], x) for name, x in model.state_dict().items())


def test_a_broken_loss_is_not_learned_and_a_divergence_ends_it():
    codes = torch.from_numpy(mu_law_encode(tone(400, 0.02)))[None]

    def twice(model, codes):
        return F.cross_entropy(model(codes[:, :-1]).softmax(dim=1), codes[:, 1:])

    stuck = overfit_one_clip(small(), twice, codes, steps=40, rate=0.03)
    assert min(stuck) > math.log((math.e + 255) / math.e) - 1e-6
    ended = overfit_one_clip(small(), lambda m, c: loss_of(m, c) * math.nan, codes, steps=9)
    assert len(ended) == 1
    with pytest.raises(InvalidValueError):
        overfit_one_clip(small(), loss_of, codes, steps=0)


# ---------------------------------------------------------------- the data


def test_levels_of_a_sine_are_known():
    x = 0.5 * np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)
    found = levels([x, np.zeros(RATE)], RATE)
    assert found.peak == pytest.approx(-6.02, abs=0.01)
    assert found.rms == pytest.approx(-9.03 - 3.01, abs=0.01)
    assert found.silent == 0.5 and found.clipped == 0 and found.seconds == 1
    assert found.spread == 0 and abs(found.offset) < 1e-6
    assert 490 < found.highest < 560
    assert levels([np.zeros(100)], RATE).highest == 0


def test_levels_find_what_was_done_to_clips():
    x = tone(300)
    loud = np.clip(20 * x, -1, 1)
    assert levels([loud], RATE).clipped > 0.3 > 0.01 > levels([x], RATE).clipped
    assert levels([x, 0.1 * x], RATE).spread == pytest.approx(20, abs=0.01)
    assert levels([x + 0.2], RATE).offset == pytest.approx(0.2, abs=0.01)
    padded = np.pad(x, (0, 4 * len(x)))
    assert levels([padded], RATE).silent == pytest.approx(0.8, abs=0.01)
    with pytest.raises(InvalidValueError):
        levels([], RATE)


def test_leaks_are_found_at_any_level_and_place_and_takes_are_none():
    known = [take(110 + 5 * n, seed=n) for n in range(4)]
    moved = np.pad(0.3 * known[2], (150, 20))
    another = take(115, seed=9)
    found = leaks(known, [another, moved, np.zeros(100)], RATE)
    assert [(leak.held_out, leak.learned) for leak in found] == [(1, 2)]
    assert found[0].likeness == pytest.approx(1, abs=1e-6)
    assert leaks([], known, RATE) == [] == leaks(known, [], RATE)
    with pytest.raises(InvalidValueError):
        leaks(known, known, RATE, at_least=0)


# ---------------------------------------------------------------- running, and the spread


def test_honest_draws_pass_and_others_do_not():
    model = small()
    for parameter in model.parameters():
        parameter.data *= 2.5  # so that it has an opinion
    start = torch.full((4, 1), 128)

    def drawn(temperature):
        random = torch.Generator().manual_seed(0)
        new = model.generate(start, 300, None, temperature, generator=random, compiled=False)
        return torch.cat([start, new], dim=1)

    honest = running_test(model, drawn(1.0))
    assert honest.passed and str(honest).startswith("passed")
    cold, hot = running_test(model, drawn(0.5)), running_test(model, drawn(2.0))
    assert cold.deviation < -5 and "temperature is below 1" in str(cold)
    assert hot.deviation > 5 and "something else" in str(hot)
    with pytest.raises(InvalidValueError):
        running_test(model, start)


def test_one_sound_again_and_again_is_a_collapse():
    real = [tone(f, 0.1, seed=i) for i, f in enumerate((250, 400, 600, 900, 1300))]
    same = [tone(400, 0.1, seed=9 + i) for i in range(5)]
    assert spread(real, real[::-1]).share == pytest.approx(1)
    assert not spread(same, real).passed and "collapsed" in str(spread(same, real))
    louder = spread([3 * x for x in real], real)
    assert louder.made == pytest.approx(louder.real)
    with pytest.raises(InvalidValueError):
        spread(real[:1], real)
