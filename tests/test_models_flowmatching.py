"""Flow matching: the path, the way along it, guidance, mean velocities, the networks."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from aigc_edu.checkpoints import Trained, save_checkpoint
from aigc_edu.errors import CourseError, InvalidValueError
from aigc_edu.evaluation.notes import share_in_tune
from aigc_edu.models.flowmatching import (
    ANY,
    FlowMatching,
    FlowMatchingConfig,
    copies,
    draw_frames,
    field_of,
    follow,
    guided,
    harmonic_source,
    levels_of,
    load_flowmatching,
    matching_loss,
    mean_flow_loss,
    mixture,
    path_velocity,
    play,
)

CONFIG = FlowMatchingConfig(
    channels=8, hidden=16, blocks=2, condition=8, decoder_channels=8, decoder_blocks=1, bands=32
)


@pytest.fixture(scope="module")
def model():
    """A network that hears its conditions: what begins at zero is given numbers."""
    torch.manual_seed(0)
    network = FlowMatching(CONFIG).eval()
    for block in network.velocity.blocks:
        nn.init.normal_(block.condition.weight, std=0.3)
    nn.init.normal_(network.velocity.end.weight, std=0.3)
    return network


def pair(*shape):
    random = torch.Generator().manual_seed(1)
    return (torch.randn(*shape, generator=random, dtype=torch.float64) for _ in range(2))


# ---------------------------------------------------------------- the path


@pytest.mark.parametrize("least", [0.0, 0.1])
def test_the_velocity_is_the_path_s_derivative(least):
    x, noise = pair(3, 4, 5)
    tau, h = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64), 1e-6
    slope = (mixture(x, noise, tau + h, least) - mixture(x, noise, tau - h, least)) / (2 * h)
    torch.testing.assert_close(slope, path_velocity(x, noise, least), rtol=0, atol=1e-9)


@pytest.mark.parametrize("least", [0.0, 0.1])
def test_the_path_leads_from_noise_to_data(least):
    x, noise = pair(2, 7)
    torch.testing.assert_close(mixture(x, noise, torch.ones(2), least), noise)
    torch.testing.assert_close(mixture(x, noise, torch.zeros(2), least), x + least * noise)


def test_the_true_velocity_has_no_error_and_nothing_else_has_less():
    x, noise = pair(6, 5)
    tau = torch.rand(6, dtype=torch.float64)

    def true(z, tau):
        return path_velocity(x, noise)

    assert matching_loss(true, x, noise, tau) == 0
    assert matching_loss(lambda z, tau: true(z, tau) + 2, x, noise, tau).item() == pytest.approx(4)


def test_a_time_for_each_row_is_asked_for():
    x, noise = pair(6, 5)
    with pytest.raises(InvalidValueError, match="a time for each of 6 rows"):
        mixture(x, noise, torch.rand(5))


# ---------------------------------------------------------------- following it


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("method", ["euler", "midpoint"])
def test_a_straight_path_is_followed_exactly_in_any_number_of_steps(method, steps):
    x, noise = pair(4, 3)
    there = follow(lambda z, tau: path_velocity(x, noise), noise, steps, method)
    torch.testing.assert_close(there, x)


def test_a_velocity_linear_in_time_is_exact_at_the_midpoint():
    x = torch.zeros(2, 3, dtype=torch.float64)
    field = lambda z, tau: (2 * tau[:, None]).expand_as(z)  # noqa: E731
    torch.testing.assert_close(follow(field, x, 1, "midpoint"), x - 1)
    torch.testing.assert_close(follow(field, x, 1, "euler"), x - 2)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("midpoint", 2)])
def test_the_order_of_convergence(method, order):
    """dx/dtau = (1 + tau) x from 1 to 0: x(0) = x(1) exp(-3 / 2)."""
    x = torch.tensor([[1.0], [-2.0]], dtype=torch.float64)
    true = x * math.exp(-1.5)

    def field(z, tau):
        return (1 + tau[:, None]) * z

    errors = [(follow(field, x, n, method) - true).abs().max().item() for n in (32, 64, 128)]
    seen = [math.log2(a / b) for a, b in zip(errors, errors[1:], strict=False)]
    assert seen == pytest.approx([order, order], abs=0.1)


def test_there_is_no_way_without_steps_or_by_another_method():
    with pytest.raises(InvalidValueError, match="steps must be at least 1, got 0"):
        follow(lambda z, tau: z, torch.zeros(1, 1), 0)
    with pytest.raises(InvalidValueError, match="euler or midpoint, got 'heun'"):
        follow(lambda z, tau: z, torch.zeros(1, 1), 1, "heun")


# ---------------------------------------------------------------- known transports


class Affine(nn.Module):
    """What the velocity of one normal distribution is: at each time linear in x."""

    def __init__(self, size):
        super().__init__()
        layers = [nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh()]
        self.layers = nn.Sequential(*layers, nn.Linear(64, size * size + size))
        self.size = size

    def forward(self, x, tau):
        both = self.layers(tau[:, None])
        a, b = both.split([self.size**2, self.size], dim=1)
        return (a.reshape(-1, self.size, self.size) @ x[..., None])[..., 0] + b


def learn(velocity, draw, steps=400, loss=matching_loss, count=128):
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(velocity.parameters(), 5e-3)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 5e-3 * (1 - step / steps)
        x = draw(count)
        late = torch.rand(count)
        arguments = (x, torch.randn_like(x), late)
        if loss is mean_flow_loss:
            arguments += (late * torch.rand(count) * (torch.rand(count) < 0.5),)
        optimizer.zero_grad()
        loss(velocity, *arguments).backward()
        optimizer.step()
    return velocity


def test_a_normal_distribution_is_reached_by_the_transport_that_is_known():
    """From N(0, 1) to N(m, S): the flow is x -> m + S^(1/2) x, whatever way it takes there."""
    mean, root = torch.tensor([1.0, -2.0]), torch.tensor([[1.5, 0.4], [0.4, 0.3]])
    velocity = learn(Affine(2), lambda n: mean + torch.randn(n, 2) @ root)
    noise = torch.randn(500, 2)
    made = follow(velocity, noise, 50, "midpoint")
    assert (made - (mean + noise @ root)).square().mean().sqrt() < 0.1


def test_a_point_is_reached_from_anywhere_in_one_step():
    """Data without a spread: v = (z - point) / tau, and its first step, at tau = 1, is the last."""
    point = torch.tensor([0.5, -1.0, 2.0])
    velocity = learn(Affine(3), lambda n: point.expand(n, 3), 400)
    made = follow(velocity, torch.randn(100, 3), 1)
    assert (made - point).square().mean().sqrt() < 0.15


# ---------------------------------------------------------------- mean velocities


def exact_mean(sigma):
    """Return u(z, tau, span) for data from N(0, sigma^2): z moves as sqrt(a(tau)) does."""

    def scale(tau):
        return torch.sqrt((1 - tau) ** 2 * sigma**2 + tau**2)

    def u(z, tau, span):
        # Not 0 / 0 without a span: the ratio's limit is the derivative's.
        late, early = scale(tau)[:, None], scale(tau - span)[:, None]
        speed = ((2 * tau - 1 + (tau - 1) * (sigma**2 - 1)) / scale(tau) ** 2)[:, None]
        goes = span[:, None] > 0
        far = torch.where(goes, span[:, None], torch.ones_like(late))
        return z * torch.where(goes, (1 - early / late) / far, speed)

    return u


def test_the_mean_velocity_s_equation_holds_for_a_flow_that_is_known():
    """u = v - span du/dtau with the marginal velocity v; here by the jvp that the loss takes."""
    sigma, tau = 0.5, torch.tensor([0.3, 0.7, 0.95], dtype=torch.float64)
    span = torch.tensor([0.2, 0.7, 0.4], dtype=torch.float64)
    z, u = torch.tensor([[1.0], [-0.5], [2.0]], dtype=torch.float64), exact_mean(sigma)
    v = u(z, tau, torch.zeros_like(tau))
    ones = torch.ones_like(tau)
    mean, along = torch.func.jvp(u, (z, tau, span), (v, ones, ones))
    torch.testing.assert_close(mean, v - span[:, None] * along)


def test_without_a_span_the_mean_velocity_learns_the_velocity():
    """The gradient has matching_loss's direction; each row is weighed by its own error."""
    velocity = Affine(2).double()
    x, noise = pair(1, 2)
    tau, span = torch.tensor([0.4], dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    plain = matching_loss(velocity, x, noise, tau)
    first = torch.autograd.grad(plain, velocity.parameters())
    mean = mean_flow_loss(lambda z, t, s: velocity(z, t), x, noise, tau, span)
    second = torch.autograd.grad(mean, velocity.parameters())
    weight = 1 / (plain.item() + 1e-3)
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(weight * a, b)


class MeanAffine(Affine):
    """The same, told the span."""

    def __init__(self, size):
        super().__init__(size)
        self.layers[0] = nn.Linear(2, 64)

    def forward(self, x, tau, span):
        both = self.layers(torch.stack([tau, span], dim=1))
        a, b = both.split([self.size**2, self.size], dim=1)
        return (a.reshape(-1, self.size, self.size) @ x[..., None])[..., 0] + b


def test_one_step_is_enough_for_a_mean_velocity_and_not_for_a_velocity():
    """Data from N(1, 0.3^2): the flow is x -> 1 + 0.3 x, and Euler's first step goes to 1."""
    draw = lambda n: 1 + 0.3 * torch.randn(n, 1)  # noqa: E731
    mean = learn(MeanAffine(1), draw, 600, mean_flow_loss)
    velocity = learn(Affine(1), draw, 200)
    noise = torch.linspace(-2, 2, 41)[:, None]
    true = 1 + 0.3 * noise
    one = follow(lambda z, tau: mean(z, tau, torch.ones_like(tau)), noise, 1)
    assert (one - true).abs().mean() < 0.08
    assert (follow(velocity, noise, 1) - true).abs().mean() > 0.2


# ---------------------------------------------------------------- guidance and conditions


def test_guidance_of_one_is_the_conditional_model_and_of_zero_the_other(model):
    noise = torch.randn(2, 32, 64, generator=torch.Generator().manual_seed(0))
    family, pitch, tau = torch.tensor([1, 4]), torch.tensor([20, 30]), torch.tensor([0.7, 0.7])
    none = torch.full_like(family, 11), torch.full_like(pitch, 61)
    told, untold = model.velocity(noise, tau, family, pitch), model.velocity(noise, tau, *none)
    assert (told - untold).abs().max() > 1e-3
    for weight, wanted in ((1.0, told), (0.0, untold), (3.0, untold + 3 * (told - untold))):
        seen = field_of(model, family, pitch, 1, weight)(noise, tau)
        torch.testing.assert_close(seen, wanted)
    torch.testing.assert_close(guided(told, untold, 1.0), told, rtol=0, atol=0)


def test_all_that_is_told_is_heard(model):
    noise = torch.zeros(1, 32, 64)
    usual = {"tau": torch.tensor([0.5]), "family": torch.tensor([1]), "pitch": torch.tensor([20])}
    first = model.velocity(noise, **usual)
    for name, value in (("tau", 0.6), ("family", 2), ("pitch", 21)):
        other = model.velocity(noise, **{**usual, name: torch.tensor([value])})
        assert (first - other).abs().max() > 1e-4, name


def test_the_same_seed_makes_the_same_notes_and_another_others(model):
    trained = Trained(model, {})
    one, two, other = (play(trained, [1, 2], [60, 64], seed=s, steps=2) for s in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert one[0].shape == (16384,) and one[0].dtype == np.float32
    assert not np.array_equal(one[0], other[0])
    frames = draw_frames(model, [1], [60], seed=3, steps=2)
    torch.testing.assert_close(frames[0], draw_frames(model, [1, 2], [60, 64], seed=3, steps=2)[0])


def test_a_checkpoint_may_have_a_guidance_of_its_own(model):
    plain, own = Trained(model, {}), Trained(model, {"guidance": 3.0})
    three = play(plain, [1], [60], steps=1, guidance=3.0)[0]
    assert np.array_equal(play(own, [1], [60], steps=1)[0], three)
    assert np.array_equal(
        play(own, [1], [60], steps=1, guidance=1.0)[0], play(plain, [1], [60], steps=1)[0]
    )
    assert not np.array_equal(three, play(plain, [1], [60], steps=1)[0])


def test_what_cannot_be_asked_for_is_said_in_a_line(model):
    trained = Trained(model, {})
    for families, pitches, said in (
        ([11], [60], "families are numbers from 0 to 10, or -1 for any, got 11"),
        ([-2], [60], "got -2"),
        ([0], [27], "this network knows the pitches 28 to 88, got 27"),
        ([0], [89], "got 89"),
        ([0, 1], [60], "there are 2 families for 1 pitches"),
        ([], [], "there are 0 families for 0 pitches"),
    ):
        with pytest.raises(InvalidValueError, match=said):
            play(trained, families, pitches)
    with pytest.raises(InvalidValueError, match="at most 64 frames"):
        model.velocity(torch.zeros(1, 32, 65), *(torch.zeros(1),), *(torch.zeros(1).long(),) * 2)
    assert len(play(trained, [ANY], [60], steps=1)) == 1


@pytest.mark.parametrize(
    "wrong", [{"channels": 0}, {"condition": 7}, {"quietest": 3.0}, {"noise": -1}, {"frames": 0}]
)
def test_sizes_that_cannot_be_are_refused(wrong):
    with pytest.raises(CourseError):
        FlowMatchingConfig(**wrong)


# ---------------------------------------------------------------- levels and the decoder


def sine(pitch, level=0.5, count=16384):
    return level * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * np.arange(count) / 16000)


def test_levels_are_those_of_the_frames_that_the_decoder_makes():
    """A click in the middle of frame 9 is loudest there, and a sine has the level of its RMS."""
    x = np.zeros(16384)
    x[9 * 256 + 128] = 1
    levels = levels_of(x, CONFIG)
    assert levels.shape == (32, 64) and levels.dtype == np.float32
    assert set(levels.argmax(axis=1)) == {9} and levels.min() == CONFIG.quietest
    np.testing.assert_allclose(levels[:, 8], levels[:, 10], atol=0.01)
    assert (levels_of(np.zeros(3), CONFIG) == CONFIG.quietest).all()
    loud = levels_of(sine(60, 1.0), CONFIG)[:, 20:40].max()
    assert -9 < loud <= -3  # a band is wider than a sine's peak
    assert levels_of(sine(60, 0.1), CONFIG)[:, 30].max() == pytest.approx(loud - 20, abs=0.1)


@pytest.mark.parametrize("frame", [0, 1, 2, 62, 63])
def test_the_levels_of_an_attack_are_those_of_any_other_frame(frame):
    """Wherever a click is, its frame shows it alike: nothing of the first samples is lost."""
    heard = {}
    for m in (9, frame):
        x = np.zeros(16384)
        x[m * 256 + 128] = 1
        heard[m] = levels_of(x, CONFIG)[:, m]
    np.testing.assert_allclose(heard[frame], heard[9], atol=0.01)
    x = np.zeros(16384)
    x[frame * 256 : frame * 256 + 100] = 1  # in the first half of the frame's samples
    assert levels_of(x, CONFIG)[:, frame].max() > -40


def test_the_source_is_the_spectrum_of_all_harmonics():
    """Of equal cosines of 440 Hz's harmonics; where they overlap little, it is their STFT."""
    source = harmonic_source(torch.tensor([69]), 12, CONFIG)[0]
    assert source.shape == (513, 12) and source.dtype == torch.complex64
    t = np.arange(12 * 256 + 1024) / 16000
    x = sum(np.cos(2 * np.pi * 440 * k * (t - 384 / 16000)) for k in range(1, 18))
    starts = range(0, 12 * 256, 256)  # a frame's middle, less half a frame, plus the 384
    window = np.hanning(1025)[:-1]
    real = np.stack([np.fft.rfft(window * x[i : i + 1024]) for i in starts], axis=1)
    loud = np.abs(real) > 0.5 * np.abs(real).max()
    ratio = real[loud] / source.numpy()[loud]
    assert np.abs(ratio / ratio.mean() - 1).max() < 0.05
    assert ratio.mean().real == pytest.approx(1024 / 4 / 4, rel=0.02)
    between = np.abs(source.numpy()[int(660 / 15.625)])
    np.testing.assert_allclose(between, 0.03 * 4, rtol=1e-5)


def test_a_decoder_that_has_learned_nothing_is_in_tune_already():
    """Frames that are all alike would be a buzz at rate / hop; the source makes them a note."""
    decoder = FlowMatching(CONFIG).decoder
    nn.init.zeros_(decoder.filter.head.weight)
    with torch.no_grad():  # the harmonics of an instrument: the higher, the weaker
        decoder.filter.head.bias.copy_(torch.cat([torch.linspace(0, -6, 513), torch.zeros(513)]))
    pitches = torch.arange(40, 89, 6)
    with torch.no_grad():
        clips = decoder(torch.zeros(len(pitches), 32, 64), pitches - CONFIG.lowest).numpy()
    assert share_in_tune(list(clips), pitches.tolist(), 16000) == 1


def test_copies_have_the_length_of_notes_and_are_the_same_each_time(model):
    trained = Trained(model, {})
    one, two = (copies(trained, [sine(60), sine(64)[:9000]], [60, 64]) for _ in range(2))
    assert [len(x) for x in one] == [16384, 16384]
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_normalising_can_be_undone():
    network = FlowMatching(CONFIG, torch.arange(32.0), torch.arange(1.0, 33.0))
    levels = torch.randn(2, 32, 5)
    torch.testing.assert_close(network.levels(network.normalised(levels)), levels)


def test_a_checkpoint_is_whole_and_needs_no_corpus(model, tmp_path):
    from dataclasses import asdict

    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    told = {"kind": "flowmatching", "config": asdict(CONFIG), "rate": 16000}
    path = save_checkpoint(tmp_path / "notes.safetensors", tensors, told)
    again = load_flowmatching(path)
    one, two = (play(t, [3], [60], steps=2)[0] for t in (Trained(model, {}), again))
    assert np.array_equal(one, two) and not again.model.training


def test_the_sizes_have_their_order():
    counts = []
    for size in ("tiny", "trained"):
        network = FlowMatching(getattr(FlowMatchingConfig, size)())
        counts.append(sum(p.numel() for p in network.parameters()))
    assert counts[0] < 500_000 < counts[1] < 4_000_000  # 8 MB in float16
    with torch.device("meta"):
        assert sum(p.numel() for p in FlowMatching(FlowMatchingConfig.paper()).parameters()) > 3e7
