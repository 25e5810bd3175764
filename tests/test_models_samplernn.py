"""SampleRNN's claims: causality, clocks, carried states, one code at a time, weight norm."""

import dataclasses
import math

import pytest
import torch
from torch.nn.utils import parametrize

from aigc_edu.dsp import mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.models.samplernn.stream import SampleRNNStream
from aigc_edu.nn.reach import sees_future

SMALL = SampleRNNConfig(
    levels=16,
    frame_sizes=(12, 4),
    width=10,
    rnn_layers=2,
    embedding=5,
    conditions=(10, 3),
    condition_channels=6,
    clock_frames=5,
    clock_hop=4,
)
FREE = dataclasses.replace(SMALL, conditions=(), clock_frames=0)
SIZES = [(12, 4), (4,), (1,), (8, 2), (18, 6, 2), (24, 4, 1)]


def made(config, seed=0):
    """Return a network in float64 with weights that are far from zero, biases and starts too."""
    torch.manual_seed(seed)
    model = SampleRNN(config).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.4 * torch.randn_like(parameter))
    return model


@pytest.fixture
def network():
    return made(SMALL)


def inputs(batch=2, length=40):
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, SMALL.levels, (batch, length), generator=generator)
    return codes, torch.tensor([[3, 1], [9, 2], [0, 0], [5, 1]])[:batch]


# ---------------------------------------------------------------- what each sample hears of


@pytest.mark.parametrize("sizes", SIZES)
def test_logits_up_to_t_do_not_change_with_the_codes_after_t(sizes):
    model, codes = made(dataclasses.replace(FREE, frame_sizes=sizes)), inputs(1, 60)[0]
    with torch.no_grad():
        before = model(codes)
        for t in range(1, 60):
            changed = codes.clone()
            changed[:, t:] = (changed[:, t:] + 5) % SMALL.levels
            after = model(changed)
            assert torch.equal(before[:, :, :t], after[:, :, :t]), t
            assert not torch.allclose(before[:, :, t], after[:, :, t]), t


def test_no_condition_of_a_later_frame_is_heard_and_no_dead_unit_hides_it():
    """`sees_future` wants real numbers: here, those of a local condition, a frame a sample."""
    config = dataclasses.replace(FREE, local_channels=3, clock_hop=1)
    model, codes = made(config), inputs(1, 36)[0]

    def over(local):  # (B, 3, T) -> (B, q, T); the convolution over frames looks one ahead
        return model(codes.expand(len(local), -1), local=local)

    with torch.no_grad():
        model.local.weight[:, :, 2] = 0  # now it looks at the present frame and the one before
    torch.manual_seed(0)
    double = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert not sees_future(over, 3, 36).any()
        # Told in the same step: a leak by design, which shows that the measure can see one.
        assert sees_future(over, 3, 36, shift=1)[::12].all()
    finally:
        torch.set_default_dtype(double)


def test_every_code_of_the_past_reaches_the_last_logits(network):
    codes, condition = inputs(1, 61)
    with torch.no_grad():
        last = network(codes, condition)[0, :, -1]
        for t in range(61):
            other = codes.clone()
            other[0, t] = (other[0, t] + 7) % SMALL.levels
            moved = (network(other, condition)[0, :, -1] - last).abs().max()
            assert moved > 0, f"code {t} is not heard"


@pytest.mark.parametrize("sizes", SIZES)
def test_without_states_a_sample_hears_whole_frames_and_its_last_codes(sizes):
    """Cut the GRUs: what is left is exactly the frames that were read last, and S codes."""
    model, codes = made(dataclasses.replace(FREE, frame_sizes=sizes)), inputs(1, 61)[0]
    with torch.no_grad():
        for tier in model.tiers:
            for name, weight in tier.rnn.named_parameters():
                if name.startswith("weight_hh"):
                    weight.zero_()
                if name.startswith("bias_ih"):  # the update gate shut: nothing is carried on
                    weight[10:20] = -100.0
        for t in (0, 5, 23, 24, 47, 60):
            base = model(codes)[0, :, t]
            heard = set()
            for s in range(t + 1):
                other = codes.clone()
                other[0, s] = (other[0, s] + 7) % SMALL.levels
                if not torch.equal(model(other)[0, :, t], base):
                    heard.add(s)
            expected = set(range(max(0, t - sizes[-1] + 1), t + 1))
            for size in sizes:
                tick = t // size * size  # this tier moved last when code ``tick`` had come
                expected |= set(range(max(0, tick - size + 1), tick + 1))
            assert heard == expected, t


def test_logits_at_t_are_scored_on_the_code_at_t_plus_1(network):
    codes, condition = inputs(length=13)
    log_p = torch.log_softmax(network(codes, condition), dim=1)
    scores = [-log_p[b, codes[b, t + 1], t] for b in range(2) for t in range(12)]
    expected = torch.stack(scores).mean().item()
    assert network.loss(codes, condition).item() == pytest.approx(expected, rel=1e-6)


def test_ignored_targets_are_not_scored(network):
    codes, condition = inputs(length=13)
    padded = torch.cat([codes, torch.full((2, 5), IGNORED)], dim=1)
    torch.testing.assert_close(network.loss(padded, condition), network.loss(codes, condition))


# ---------------------------------------------------------------- lengths, silence, offset


def test_a_clip_of_any_length_gets_the_logits_of_the_longer_one_that_it_begins(network):
    codes, condition = inputs(length=40)
    with torch.no_grad():
        whole = network(codes, condition)
        for length in (1, 3, 4, 5, 11, 12, 13, 36, 39):  # shorter than a frame, and no multiple
            part = network(codes[:, :length], condition)
            assert part.shape == (2, SMALL.levels, length)
            torch.testing.assert_close(part, whole[:, :, :length], rtol=0, atol=1e-12)


@pytest.mark.parametrize("level", [0.0, 0.3, -1.0, 1.0])
def test_silence_and_offsets_give_finite_logits_losses_and_gradients(level):
    model = SampleRNN(SampleRNNConfig.tiny())
    codes = torch.from_numpy(mu_law_encode(torch.full((1, 100), level).numpy()))
    loss = model.loss(codes)
    loss.backward()
    assert math.isfinite(loss.item())
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_silence_is_zero_and_codes_lie_evenly_from_minus_2_to_2():
    model = SampleRNN(SampleRNNConfig.tiny())
    real = model.real(torch.arange(256))
    assert real[0] == -2 and real[128] == 0 and real[255] == 2 - 1 / 64
    assert torch.equal(real.diff(), torch.full((255,), 1 / 64))


def test_silence_before_a_clip_is_what_is_before_a_clip():
    """The codes before the first are those of silence: said once more, only the state knows."""
    model = made(dataclasses.replace(FREE, rnn_layers=1))
    codes = inputs(2, 24)[0]
    silence = torch.full((2, 11), FREE.levels // 2)
    with torch.no_grad():
        logits, _ = model.advance(torch.cat([silence, codes], dim=1), model.begin(2))
    torch.testing.assert_close(logits.transpose(1, 2), model(codes), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (torch.zeros(2, 0, dtype=torch.long), "got 0 samples"),
        (torch.zeros(7, dtype=torch.long), r"shape \(B, T\)"),
        (torch.tensor([[3, 16, 2]]), "0 ... 15, got 2 to 16"),
        (torch.tensor([[3, IGNORED, 2]]), "0 ... 15, got -1 to 8"),
    ],
)
def test_codes_that_are_none_are_refused(codes, message):
    with pytest.raises(InvalidValueError, match=message):
        made(FREE)(codes)


@pytest.mark.parametrize("length", [0, 5, 13])
def test_a_chunk_of_broken_frames_is_refused(network, length):
    heard = torch.zeros(2, network.frame - 1 + length, dtype=torch.long)
    h = network.embed_condition(inputs()[1], 2)
    with pytest.raises(InvalidValueError, match=f"whole frames of 12 samples, got {length}"):
        network.advance(heard, network.begin(2), h)


# ---------------------------------------------------------------- one code at a time, chunks


def stream_logits(network, codes, condition):
    stream = SampleRNNStream(network, len(codes), network.embed_condition(condition, len(codes)))
    return torch.stack([stream.step(codes[:, t]) for t in range(codes.shape[1])], dim=-1)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("sizes", SIZES)
def test_one_code_at_a_time_gives_the_logits_of_all_at_once(sizes, batch):
    network = made(dataclasses.replace(SMALL, frame_sizes=sizes))
    codes, condition = inputs(batch, 61)
    with torch.no_grad():
        parallel, cached = network(codes, condition), stream_logits(network, codes, condition)
    torch.testing.assert_close(cached, parallel, rtol=1e-9, atol=1e-9)


def test_one_code_at_a_time_agrees_to_1e_5_in_single_precision():
    torch.manual_seed(0)
    network = SampleRNN(SampleRNNConfig.tiny())
    codes = torch.randint(0, 256, (2, 500), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        parallel, cached = network(codes), stream_logits(network, codes, None)
    assert parallel.dtype == torch.float32
    torch.testing.assert_close(cached, parallel, rtol=0, atol=1e-5)


def test_generation_is_what_the_parallel_network_would_have_drawn(network):
    start, condition = inputs(length=5)
    codes = network.generate(start, 30, condition, temperature=0)
    whole = torch.cat([start, codes], dim=1)
    with torch.no_grad():
        greedy = network(whole, condition).argmax(dim=1)  # (B, T)
    assert torch.equal(greedy[:, 4:-1], codes)


@pytest.mark.parametrize("pieces", [(12, 24, 36), (60, 12), (24, 24, 24), (72,)])
@pytest.mark.parametrize("told", ["conditions", "clock", "local"])
def test_chunks_with_carried_states_are_one_long_run(pieces, told):
    changes = {
        "conditions": {"clock_frames": 0},
        "clock": {"clock_frames": 9, "clock_hop": 8},
        "local": {"conditions": (), "clock_frames": 0, "local_channels": 3, "clock_hop": 5},
    }[told]
    network = made(dataclasses.replace(SMALL, **changes))
    codes, condition = inputs(2, 72)
    torch.manual_seed(2)
    local = torch.randn(2, 3, 15).double() if told == "local" else None
    condition = None if told == "local" else condition
    with torch.no_grad():
        whole = network(codes, condition, local)
        h, states, time, parts = network.embed_condition(condition, 2, local), None, 0, []
        heard = torch.cat([torch.full((2, network.frame - 1), SMALL.levels // 2), codes], dim=1)
        states = network.begin(2)
        for length in pieces:
            part = heard[:, time : time + network.frame - 1 + length]
            logits, states = network.advance(part, states, h, time)
            parts.append(logits)
            time += length
    together = torch.cat(parts, dim=1).transpose(1, 2)
    torch.testing.assert_close(together, whole, rtol=0, atol=1e-10)


def test_clips_of_a_batch_do_not_hear_each_other(network):
    codes, condition = inputs(3, 40)
    with torch.no_grad():
        together = network(codes, condition)
        for b in range(3):
            alone = network(codes[b : b + 1], condition[b : b + 1])
            torch.testing.assert_close(together[b : b + 1], alone, rtol=0, atol=1e-12)
    embedded = made(FREE)
    states = tuple(s.detach().requires_grad_() for s in embedded.begin(3))
    heard = torch.zeros(3, 11 + 24, dtype=torch.long)
    logits, after = embedded.advance(heard, states)
    (logits[1].sum() + after[0][:, 1].sum()).backward()
    for state in states:
        assert state.grad[:, 1].any() and not state.grad[:, [0, 2]].any()


# ---------------------------------------------------------------- what is learned


def test_the_states_before_the_first_sample_matter_and_are_learned(network):
    codes, condition = inputs()
    network.loss(codes, condition).backward()
    before = network(codes, condition)
    for tier in network.tiers:
        assert tier.start.grad.abs().min() > 0, "each entry of each layer's start is learned"
        with torch.no_grad():
            tier.start.add_(1.0)
        after = network(codes, condition)
        assert not torch.allclose(after[:, :, 0], before[:, :, 0])
        before = after


def test_all_weights_get_gradients(network):
    network.loss(*inputs(4, 60)).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name


def test_conditions_are_heard_and_their_shape_is_checked(network):
    codes, condition = inputs()
    with torch.no_grad():
        assert not torch.allclose(network(codes, condition), network(codes, condition.flip(0)))
    for wrong in (None, condition[:, :1], condition[:1]):
        with pytest.raises(InvalidValueError, match=r"\(2, 2\)"):
            network(codes, wrong)
    with pytest.raises(InvalidValueError, match="nothing of the whole clip"):
        made(FREE)(codes, condition)


def test_upsampling_is_r_separate_projections(network):
    tier, ratio, width = network.tiers[0], 3, SMALL.width
    frames = torch.randn(2, 5, 12).double()
    h = torch.randn(2, 5, 6).double()
    with torch.no_grad():
        said, _ = tier(frames, None, h, tier.begin(2))
        x = tier.expand(frames) + tier.condition(h)
        y, _ = tier.rnn(x, tier.begin(2))
        matrices = tier.upsample.weight.unflatten(0, (ratio, width))
        biases = tier.upsample.bias.unflatten(0, (ratio, width))
        for j in range(ratio):
            torch.testing.assert_close(said[:, j::ratio], y @ matrices[j].T + biases[j])
        assert not torch.allclose(said[:, 0::3], said[:, 1::3])


def test_the_table_is_embedding_times_matrix(network):
    samples = network.samples
    windows = torch.randint(0, SMALL.levels, (2, 7, 4))
    above = torch.randn(2, 7, SMALL.width).double()
    with torch.no_grad():
        embedded = samples.embedding(windows).flatten(2)  # (B, T, S e)
        x = torch.relu(samples.input(embedded) + above)
        expected = samples.output(torch.relu(samples.hidden(x)))
        torch.testing.assert_close(samples(windows, above), expected)
    assert samples.table().shape == (4, SMALL.levels, SMALL.width)


# ---------------------------------------------------------------- weight norm


def matrices(network):
    """Return every weight-normalised layer of a network."""
    return [m for m in network.modules() if parametrize.is_parametrized(m)]


def test_weight_norm_is_g_v_over_its_length(network):
    layers = matrices(network)
    assert len(layers) == 2 * len(network.tiers) + 3
    for layer in layers:
        g, v = layer.parametrizations.weight.original0, layer.parametrizations.weight.original1
        expected = g * v / v.norm(dim=1, keepdim=True)
        torch.testing.assert_close(layer.weight, expected)
    assert not any(parametrize.is_parametrized(tier.rnn) for tier in network.tiers)


def test_folded_weights_are_the_same_network_without_weight_norm(network):
    plain = made(dataclasses.replace(SMALL, weight_norm=False), seed=3)
    assert not matrices(plain)
    codes, condition = inputs()
    with torch.no_grad():
        before = network(codes, condition)
        for layer in matrices(network):
            parametrize.remove_parametrizations(layer, "weight")
        plain.load_state_dict(network.state_dict())
        torch.testing.assert_close(plain(codes, condition), before, rtol=0, atol=1e-12)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"frame_sizes": ()}, "one frame tier or more"),
        ({"frame_sizes": (8, 0)}, "at least 1"),
        ({"frame_sizes": (8, 3)}, r"multiple of the next, slowest first, got \(8, 3\)"),
        ({"frame_sizes": (4, 16)}, "slowest first"),
        ({"frame_sizes": (8, 8)}, "slowest first"),
        ({"width": 0}, "at least 1"),
        ({"rnn_layers": 0}, "at least 1"),
        ({"embedding": 0}, "at least 1"),
        ({"clock_hop": 0}, "clock_hop"),
        ({"clock_frames": 5}, "first condition"),
        ({"clock": "word"}, "clock_frames"),
    ],
)
def test_settings_of_no_network_are_named(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        SampleRNNConfig(**wrong)


def test_ratios_are_steps_of_the_tier_below():
    assert SampleRNNConfig(frame_sizes=(64, 16)).ratios == (4, 16)
    assert SampleRNNConfig.paper().ratios == (4, 2)
    assert SampleRNNConfig(frame_sizes=(16,)).ratios == (16,)
    assert all(math.prod(SampleRNNConfig(frame_sizes=s).ratios) == s[0] for s in SIZES)
