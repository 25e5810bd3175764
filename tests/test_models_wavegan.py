"""WaveGAN's networks: shapes, sizes, what the phase shuffle does, what a label changes."""

import pytest
import torch
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavegan import Critic, Generator, WaveGANConfig
from aigc_edu.models.wavegan.network import Nearest, PostFilter, Transposed
from aigc_edu.nn import PhaseShuffle, conv_transpose1d, shifted


def small(**changes):
    return WaveGANConfig(**{"length": 2048, "width": 2, "latent": 6} | changes)


def noise(count, config, seed=0):
    return torch.randn(count, config.latent, generator=torch.Generator().manual_seed(seed))


def weights_of(network):
    return sum(p.numel() for p in network.parameters())


# ---------------------------------------------------------------- shapes and sizes


@pytest.mark.parametrize("length", [1024, 2048, 3072, 8192])
@pytest.mark.parametrize("upsampling", ["transposed", "nearest"])
@pytest.mark.parametrize("labels", [0, 3])
def test_noise_becomes_clips_and_clips_become_scores(length, upsampling, labels):
    config = small(length=length, upsampling=upsampling, labels=labels)
    label = torch.tensor([0, 2]) if labels else None
    clips = Generator(config)(noise(2, config), label)
    assert clips.shape == (2, length) and clips.abs().max() <= 1
    assert Critic(config)(clips, label).shape == (2,)


def test_the_paper_s_networks_have_the_weights_of_its_tables():
    """Donahue et al. 2019, tables 3 and 4: shapes of all kernels and biases, d = 64."""
    config = WaveGANConfig.paper()
    d, z = 64, 100
    up = [(16, 8), (8, 4), (4, 2), (2, 1)]
    generator = z * 256 * d + 256 * d + sum(25 * a * d * b * d + b * d for a, b in up)
    critic = 25 * d + d + sum(25 * b * d * a * d + a * d for a, b in up) + 256 * d + 1
    assert weights_of(Generator(config)) == generator + 25 * d + 1 == 19_065_345
    assert weights_of(Critic(config)) == critic == 17_427_969


def test_the_layers_are_as_long_and_as_wide_as_in_the_paper_s_tables():
    network, seen = Generator(WaveGANConfig(width=4)), []
    for layer in network.layers:
        layer.register_forward_hook(lambda _, x, y: seen.append((x[0].shape[1:], y.shape[1:])))
    network(torch.zeros(1, 100))
    lengths, widths = [16, 64, 256, 1024, 4096, 16384], [64, 32, 16, 8, 4, 1]
    assert seen == [((widths[i], lengths[i]), (widths[i + 1], lengths[i + 1])) for i in range(5)]


def test_presets_are_sizes_with_labels():
    tiny, trained, paper = (
        getattr(WaveGANConfig, name)(labels=10) for name in ("tiny", "trained", "paper")
    )
    assert tiny.labels == trained.labels == paper.labels == 10
    assert tiny.width < trained.width < paper.width == 64
    assert paper.length == 16384 and tiny.length == trained.length == 8192
    assert 4 * weights_of(Generator(trained)) < 8 * 2**20


def test_there_is_no_batch_normalisation():
    """What a row becomes does not depend on the others."""
    config = small(labels=2)
    z, label = noise(3, config), torch.tensor([0, 1, 1])
    generator, critic = Generator(config), Critic(config).eval()
    clips = generator(z, label)
    torch.testing.assert_close(generator(z[1:2], label[1:2]), clips[1:2])
    torch.testing.assert_close(critic(clips[1:2], label[1:2]), critic(clips, label)[1:2])


@pytest.mark.parametrize(("kernel", "stride"), [(25, 4), (9, 2), (8, 4), (4, 4)])
def test_a_layer_up_is_the_course_s_transposed_convolution(kernel, stride):
    layer = Transposed(3, 2, kernel, stride)
    x = torch.randn(2, 3, 8)
    padding, odd = layer.padding[0], layer.output_padding[0]
    by_hand = conv_transpose1d(x, layer.weight, layer.bias, stride)
    expected = by_hand[..., padding : by_hand.shape[-1] - padding + odd]
    assert layer(x).shape == (2, 2, 8 * stride)
    torch.testing.assert_close(layer(x), expected)


def test_nearest_repeats_and_then_convolves():
    layer = Nearest(3, 2, 25, 4)
    x = torch.randn(2, 3, 8)
    repeated = F.interpolate(x, scale_factor=4, mode="nearest")
    expected = F.conv1d(repeated, layer.weight, layer.bias, padding=12)
    torch.testing.assert_close(layer(x), expected)


def test_all_weights_of_both_networks_learn():
    for upsampling in ("transposed", "nearest"):
        config = small(labels=3, post_filter=16, upsampling=upsampling)
        label = torch.tensor([0, 1, 2])
        generator, critic = Generator(config), Critic(config)
        critic(generator(noise(3, config), label), label).sum().backward()
        for network in (generator, critic):
            for name, parameter in network.named_parameters():
                assert parameter.grad.abs().max() > 0, name


def test_the_post_filter_begins_as_a_wire_and_can_become_any_filter():
    config = small(post_filter=512)
    generator, z = Generator(config), noise(2, config)
    whole = generator(z)
    generator.post = None
    torch.testing.assert_close(whole, generator(z))
    with torch.no_grad():
        generator.post = PostFilter(512)
        generator.post.weight.zero_()
        generator.post.weight[0, 0, 255 - 7] = 0.5  # half of what was seven samples ago
    later = generator(z)
    torch.testing.assert_close(later[:, 7:], 0.5 * whole[:, :-7])


# ---------------------------------------------------------------- the phase shuffle


@pytest.mark.parametrize("shift", [-3, -1, 0, 1, 3])
def test_a_shift_moves_every_sample_and_mirrors_the_ends(shift):
    x = torch.arange(8.0).expand(2, 3, 8)
    mirror = {-1: 1, -2: 2, -3: 3, 8: 6, 9: 5, 10: 4}
    expected = [float(mirror.get(t - shift, t - shift)) for t in range(8)]
    y = shifted(x, shift)
    assert y.shape == x.shape and y[1, 2].tolist() == expected


def test_phase_shuffle_draws_every_shift_equally_often_and_one_a_batch():
    torch.manual_seed(0)
    shuffle, x = PhaseShuffle(2), torch.arange(9.0).expand(4, 2, 9)
    seen = []
    for _ in range(500):
        y = shuffle(x)
        assert (y == y[:1, :1]).all(), "one shift for the whole batch"
        seen.append(int(4 - y[0, 0, 4]))
    counts = [seen.count(shift) for shift in range(-2, 3)]
    assert sum(counts) == 500 and min(counts) > 70 and max(counts) < 130
    assert seen[:250] != seen[250:]


def test_in_evaluation_nothing_moves():
    x = torch.randn(2, 3, 9)
    assert torch.equal(PhaseShuffle(2).eval()(x), x) and torch.equal(PhaseShuffle(0)(x), x)


def test_the_critic_sees_something_else_each_time_it_is_trained_through():
    config = small(length=4096, phase_shuffle=2)
    critic, x = Critic(config), torch.randn(2, 4096)
    scores = {tuple(critic(x).tolist()) for _ in range(20)}
    assert len(scores) > 10
    critic.eval()
    assert len({tuple(critic(x).tolist()) for _ in range(5)}) == 1
    plain = Critic(small(length=4096, phase_shuffle=0))
    assert len({tuple(plain(x).tolist()) for _ in range(5)}) == 1


def test_what_the_critic_s_second_layer_hears_is_the_first_s_moved():
    critic, heard, given = Critic(small(length=4096)), [], []
    critic.layers[0].register_forward_hook(lambda _, x, y: given.append(F.leaky_relu(y, 0.2)))
    critic.layers[1].register_forward_pre_hook(lambda _, x: heard.append(x[0]))
    shifts = set()
    for _ in range(30):
        critic(torch.randn(1, 4096))
        matching = [n for n in range(-2, 3) if torch.equal(heard[-1], shifted(given[-1], n))]
        assert len(matching) == 1
        shifts |= set(matching)
    assert shifts == {-2, -1, 0, 1, 2}


def test_the_shifts_go_on_where_a_saved_network_stood():
    first = Critic(small())
    x = torch.randn(2, 2048)
    for _ in range(3):
        first(x)
    second = Critic(small())
    second.load_state_dict(first.state_dict())
    torch.manual_seed(1)  # they do not come from torch's generator
    ahead = [first(x) for _ in range(5)]
    torch.manual_seed(2)
    assert all(torch.equal(score, second(x)) for score in ahead)


def test_a_shift_as_long_as_the_layer_is_refused():
    with pytest.raises(InvalidValueError, match="4 samples cannot be moved by -4"):
        shifted(torch.zeros(1, 1, 4), -4)
    with pytest.raises(InvalidValueError, match="phase_shuffle must be below 8"):
        small(phase_shuffle=8)
    Critic(small(phase_shuffle=7))(torch.zeros(1, 2048))
    with pytest.raises(InvalidValueError, match="whole number >= 0, got -1"):
        PhaseShuffle(-1)


# ---------------------------------------------------------------- labels


def test_another_label_is_another_clip_and_another_score():
    config = small(labels=3)
    generator, critic, z = Generator(config), Critic(config).eval(), noise(1, config)
    clips = [generator(z, torch.tensor([label])) for label in range(3)]
    scores = [critic(clips[0], torch.tensor([label])).item() for label in range(3)]
    assert len(set(scores)) == 3
    assert all((clips[i] - clips[j]).abs().max() > 1e-4 for i, j in ((0, 1), (0, 2), (1, 2)))


def test_the_critic_s_label_is_a_projection():
    """Miyato and Koyama 2018: the part of the score that depends on the label is <v(y), h(x)>."""
    config = small(labels=2)
    critic, seen = Critic(config).eval(), []
    critic.dense.register_forward_hook(lambda _, x, y: seen.append((x[0], y)))
    score = critic(torch.randn(3, 2048), torch.tensor([1, 0, 1]))
    h, plain = seen[0]
    told = (critic.embedding.weight[[1, 0, 1]] * h).sum(dim=1)
    torch.testing.assert_close(score, plain[:, 0] + told)


@pytest.mark.parametrize(
    ("labels", "label", "message"),
    [
        (0, torch.tensor([0, 0]), "told no label"),
        (3, None, r"int64 of shape \(2,\), got None"),
        (3, torch.tensor([0]), r"shape \(2,\), got torch.int64 \(1,\)"),
        (3, torch.tensor([0.0, 1.0]), "got torch.float32"),
        (3, torch.tensor([0, 3]), r"labels lie in 0 ... 2, got \[0, 3\]"),
        (3, torch.tensor([-1, 2]), r"labels lie in 0 ... 2, got \[-1, 2\]"),
    ],
)
def test_a_wrong_label_is_named(labels, label, message):
    config = small(labels=labels)
    for call in (
        lambda: Generator(config)(noise(2, config), label),
        lambda: Critic(config)(torch.zeros(2, 2048), label),
    ):
        with pytest.raises(InvalidValueError, match=message):
            call()


def test_a_wrong_shape_is_named():
    with pytest.raises(InvalidValueError, match=r"noise of shape \(B, 6\), got \(2, 5\)"):
        Generator(small())(torch.zeros(2, 5))
    with pytest.raises(InvalidValueError, match=r"clips of shape \(B, 2048\), got \(2, 1, 2048\)"):
        Critic(small())(torch.zeros(2, 1, 2048))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"length": 8000}, "multiple of 4^5 = 1024 samples, got 8000"),
        ({"length": 0}, "length must be a whole number >= 1"),
        ({"width": 2.5}, "width must be a whole number >= 1, got 2.5"),
        ({"labels": 1}, "one label says nothing"),
        ({"kernel": 3}, "a kernel of 3 leaves gaps"),
        ({"upsampling": "linear"}, "transposed or nearest, got 'linear'"),
        ({"stride": 1}, "stride must be a whole number >= 2"),
        ({"post_filter": -1}, "post_filter must be a whole number >= 0"),
    ],
)
def test_settings_that_make_no_network_are_named(wrong, message):
    with pytest.raises(InvalidValueError) as caught:
        small(**wrong)
    assert message in str(caught.value)
