"""VITS: its parts are what the paper says they are, and it says whatever it is told."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu.checkpoints import CheckpointError, Trained, load_checkpoint, save_checkpoint
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.vits import (
    VITS,
    HiFiGAN,
    Manner,
    MeanCoupling,
    PriorFlow,
    ScaleCritic,
    StochasticDurationPredictor,
    VITSConfig,
    divergence,
    fit,
    input_of,
    linear_spectra,
    load_vits,
    manner_of,
    mask_of,
    say,
    say_phonemes,
    segments,
    vits_critic,
    what_ships,
    whole_frames,
)
from aigc_edu.models.vits.speaking import PIECE, decode_in_pieces
from aigc_edu.text import symbols_of

CONFIG = dataclasses.replace(
    *(VITSConfig.tiny(),),
    **{"hidden": 8, "filter": 16, "layers": 1, "posterior_layers": 1, "duration_filter": 8},
    **{"decoder_channels": 16, "decoder_blocks": 1, "segment": 4},
)


@pytest.fixture(scope="module")
def voice():
    torch.manual_seed(0)
    model = shaken(VITS(CONFIG)).eval()
    with torch.no_grad():
        model.deterministic.project.bias.fill_(1.5)
    return Trained(model, {"kind": "vits", "config": dataclasses.asdict(CONFIG), "corpus": "x"})


def shaken(module):
    """Give weights that begin at zero something to do."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module


# ---------------------------------------------------------------- the flows


def test_the_prior_s_flow_inverts_and_keeps_volumes():
    torch.manual_seed(0)
    flow = shaken(PriorFlow(dataclasses.replace(CONFIG, hidden=4))).double()
    x, mask = torch.randn(1, 4, 3, dtype=torch.float64), torch.ones(1, 1, 3, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(flow.inverse(flow(x, mask), mask), x)
    jacobian = torch.autograd.functional.jacobian(lambda x: flow(x, mask), x).reshape(12, 12)
    assert abs(torch.linalg.slogdet(jacobian)[1].item()) < 1e-9
    assert (jacobian - torch.eye(12)).abs().max() > 0.01


def test_a_coupling_begins_as_the_identity():
    x, mask = torch.randn(2, 4, 5), torch.ones(2, 1, 5)
    assert torch.equal(MeanCoupling(4, 1)(x, mask), x)


def test_the_durations_flow_inverts_and_its_determinant_is_right():
    torch.manual_seed(0)
    flow = shaken(StochasticDurationPredictor(CONFIG).flow).double()
    x, mask = torch.randn(1, 2, 3, dtype=torch.float64), torch.ones(1, 1, 3, dtype=torch.float64)
    told = torch.randn(1, 8, 3, dtype=torch.float64)
    with torch.no_grad():
        z, log_det = flow(x, mask, told)
        torch.testing.assert_close(flow.inverse(z, mask, told), x, rtol=0, atol=1e-9)
    jacobian = torch.autograd.functional.jacobian(lambda x: flow(x, mask, told)[0], x)
    wanted = torch.linalg.slogdet(jacobian.reshape(6, 6))[1]
    torch.testing.assert_close(log_det[0], wanted)


@pytest.mark.parametrize("duration", [1, 2, 3, 5])
def test_the_stochastic_bound_is_of_the_true_probability(duration):
    """Each draw's weight exp(-bound) has the probability of the duration as its mean.

    While all couplings are the identity, ln(d - u) is normal, so that probability is known: that
    of a log-normal number between d - 1 and d.
    """
    torch.manual_seed(0)
    predictor, draws = StochasticDurationPredictor(CONFIG).eval(), 20_000
    h, mask = torch.randn(1, 8, 1).expand(draws, -1, -1), torch.ones(draws, 1, 1)
    with torch.no_grad():
        bounds = predictor.bound(h, mask, torch.full((draws, 1), float(duration)))

    def below(x):  # the share of a log-normal distribution
        return 0.5 * (1 + math.erf(math.log(x) / math.sqrt(2))) if x else 0.0

    wanted = below(duration) - below(duration - 1)
    assert torch.exp(-bounds).mean().item() == pytest.approx(wanted, rel=0.1)
    assert bounds.std() > 0, "u and v are drawn"


def test_the_stochastic_predictor_learns_a_distribution():
    """Durations of 2 and 7, half of each: both are drawn, and hardly anything else."""
    torch.manual_seed(0)
    predictor = StochasticDurationPredictor(CONFIG)
    optimizer = torch.optim.Adam(predictor.parameters(), 2e-2)
    h, mask = torch.zeros(64, 8, 1), torch.ones(64, 1, 1)
    durations = torch.tensor([2.0, 7.0]).repeat(32)[:, None]
    for _ in range(60):
        loss = predictor.loss(h, mask, durations).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        drawn = predictor(h, mask, torch.randn(64, 2, 1)).exp().ceil()
    near = ((drawn - 2).abs() <= 1) | ((drawn - 7).abs() <= 1)
    assert near.float().mean() > 0.8
    assert 0.25 < (drawn < 4.5).float().mean() < 0.75
    assert loss < 2.5, "two of many cost about ln 2"


# ---------------------------------------------------------------- text encoder, losses


def test_a_row_s_padding_changes_nothing(voice):
    symbols = torch.randint(1, 40, (1, 9))
    longer = torch.cat([symbols, torch.randint(1, 40, (1, 4))], dim=1)
    with torch.no_grad():
        alone = voice.model.text(symbols, mask_of(torch.tensor([9]), 9))
        beside = voice.model.text(longer, mask_of(torch.tensor([9]), 13))
    for a, b in zip(alone, beside, strict=True):
        torch.testing.assert_close(b[..., :9], a, rtol=1e-4, atol=1e-5)
        assert not b[..., 9:].any()


def test_fit_is_the_log_density():
    z, mean, log_scale = torch.randn(2, 5, 7), torch.randn(2, 5, 3), 0.3 * torch.randn(2, 5, 3)
    normal = torch.distributions.Normal(mean[..., None], log_scale.exp()[..., None])
    wanted = normal.log_prob(z[:, :, None]).sum(dim=1)
    torch.testing.assert_close(fit(z, mean, log_scale), wanted)


def test_the_mean_fit_of_many_draws_is_computed_without_drawing():
    torch.manual_seed(0)
    z, log_spread = torch.randn(1, 3, 4), 0.3 * torch.randn(1, 3, 4)
    mean, log_scale = torch.randn(1, 3, 5), 0.3 * torch.randn(1, 3, 5)
    draws = [fit(z + torch.randn_like(z) * log_spread.exp(), mean, log_scale) for _ in range(4000)]
    near = torch.stack(draws).mean(dim=0)
    torch.testing.assert_close(fit(z, mean, log_scale, log_spread), near, atol=0.3, rtol=0.02)


def test_a_latent_that_says_nothing_favours_no_symbol():
    """By its mean alone the frame would go to the symbol with the smallest deviation."""
    flat, says_nothing = torch.zeros(1, 96, 2), torch.zeros(1, 96, 1)
    deviations = torch.stack([torch.zeros(96), torch.full((96,), -0.1)], dim=1)[None]
    by_mean = fit(says_nothing, flat, deviations)[0, :, 0]
    by_draws = fit(says_nothing, flat, deviations, says_nothing)[0, :, 0]
    assert by_mean[1] > by_mean[0] + 5 and by_draws[0] > by_draws[1]


def test_the_divergence_is_that_of_two_normal_distributions():
    """Without a flow, the mean over many draws is what is known in closed form."""
    torch.manual_seed(0)
    mean, log_scale, other, log_spread = (0.5 * torch.randn(1, 3, 2) for _ in range(4))
    first = torch.distributions.Normal(other, log_spread.exp())
    second = torch.distributions.Normal(mean, log_scale.exp())
    rows = first.sample((20_000,))[:, 0]
    told = (x.expand(20_000, -1, -1) for x in (log_spread, mean, log_scale))
    found = divergence(rows, *told, torch.ones(20_000, 1, 2)).mean()
    wanted = torch.distributions.kl_divergence(first, second).sum(dim=(1, 2)) / 2
    torch.testing.assert_close(found, wanted[0], rtol=0, atol=0.02)


def test_segments_and_spectra_agree_on_frames():
    hop, frame = 256, 1024
    x = torch.randn(2, 20 * hop)
    S = linear_spectra(x, frame, hop)
    assert S.shape == (2, 513, 20)
    pieces = segments(x[:, None], torch.tensor([3, 7]) * hop, 10 * hop)[:, 0]
    inner = segments(S, torch.tensor([3, 7]), 10)[..., 2:-2]
    torch.testing.assert_close(linear_spectra(pieces, frame, hop)[..., 2:-2], inner)
    tone = torch.sin(2 * math.pi * 40 / frame * torch.arange(8 * hop))[None]
    assert linear_spectra(tone, frame, hop)[0, 40, 4] == pytest.approx(frame / 4, rel=1e-3)
    assert (
        len(whole_frames(np.zeros(257), hop)) == 512 and len(whole_frames(np.zeros(0), 256)) == 256
    )
    with pytest.raises(InvalidValueError, match="fewer than a segment"):
        segments(S, torch.tensor([0, 0]), 21)
    with pytest.raises(InvalidValueError, match="multiple of 256"):
        linear_spectra(x[:, :300], frame, hop)


def test_a_training_pass_reaches_every_part(voice):
    model = VITS(CONFIG)
    symbols = torch.randint(1, 40, (2, 6))
    told = (torch.tensor([6, 4]), torch.rand(2, 513, 12), torch.tensor([12, 9]))
    learned = shaken(model).learn(symbols, *told, torch.tensor([3, 0]))
    assert learned.made.shape == (2, 4 * 256)
    assert learned.durations.sum(dim=1).tolist() == [12, 9]
    losses = learned.kl.sum() + learned.deterministic.sum() + learned.stochastic.sum()
    (losses + learned.made.square().sum()).backward()
    without = [name for name, p in model.named_parameters() if p.grad is None]
    assert without == []
    with pytest.raises(InvalidValueError, match="7 symbols cannot be aligned with 6 frames"):
        many = (torch.tensor([7]), torch.rand(1, 513, 6), torch.tensor([6]), torch.tensor([0]))
        model.learn(torch.ones(1, 7, dtype=torch.long), *many)


def test_durations_learn_nothing_into_the_text_encoder():
    model = VITS(CONFIG)
    told = (torch.tensor([5]), torch.rand(1, 513, 12), torch.tensor([12]), torch.tensor([0]))
    learned = model.learn(torch.randint(1, 40, (1, 5)), *told)
    (learned.deterministic + learned.stochastic).sum().backward()
    assert all(p.grad is None for p in model.text.parameters())


# ---------------------------------------------------------------- decoders and critics


def test_hifigan_makes_hop_samples_a_frame_and_its_gradients_stay_near():
    decoder = HiFiGAN(4, 16, (4, 2))
    assert decoder(torch.randn(2, 4, 9)).shape == (2, 72) and decoder.hop == 8
    with pytest.raises(InvalidValueError, match="multiple of 4"):
        HiFiGAN(4, 18, (4, 2))
    small = {"decoder": "hifigan", "decoder_channels": 16, "noise": 0, "spectrum_width": 0}
    model = VITS(dataclasses.replace(CONFIG, **small))
    assert model.decode(torch.randn(1, 8, 3)).shape == (1, 768)
    with pytest.raises(InvalidValueError, match="makes 256 samples, not 128"):
        VITS(dataclasses.replace(CONFIG, **small, hop=128))


def test_critics_hear_scales_and_periods():
    heard = ScaleCritic(3, width=2)(torch.randn(2, 4096))
    assert [h.scores.shape[0] for h in heard] == [2, 2, 2]
    assert [h.scores.shape[1] for h in heard] == [16, 9, 5]  # 4096 / 256, and halves
    assert len(vits_critic(CONFIG)(torch.randn(1, 1024))) == 5 + 3
    with pytest.raises(InvalidValueError):
        ScaleCritic(0)


def test_the_sizes_are_as_told():
    def weights(module):
        return sum(p.numel() for p in module.parameters())

    model = VITS(VITSConfig.trained())
    assert 4.6e6 < weights(model) < 4.9e6
    ships = what_ships(model.state_dict())
    assert sum(2 * x.numel() for x in ships.values()) < 8.2e6
    assert not [name for name in ships if name.startswith("posterior")]
    with torch.device("meta"):
        paper = VITS(VITSConfig.paper())
    assert 33e6 < weights(paper) < 40e6
    with pytest.raises(InvalidValueError, match="hifigan or spectral"):
        VITSConfig(decoder="x")


# ---------------------------------------------------------------- speaking


def test_the_same_seed_says_the_same_and_another_something_else(voice):
    one, two = (say(voice, "Hello there.", Manner(seed=3)) for _ in range(2))
    other = say(voice, "Hello there.", Manner(seed=4))
    assert np.array_equal(one, two) and len(one) and np.abs(one).max() <= 1
    assert len(one) != len(other) or not np.array_equal(one, other)


def test_speed_and_noise_do_what_they_say(voice):
    plain = {"durations": "deterministic", "noise": 0}
    lengths = [
        len(say(voice, "The boats came home before the storm.", Manner(speed=s, **plain)))
        for s in (0.5, 1, 2)
    ]
    assert lengths[0] > 1.6 * lengths[1] > 2 * lengths[2]
    for wrong in ({"speed": 0}, {"noise": -1}, {"duration_noise": math.nan}, {"seed": -1}):
        with pytest.raises(InvalidValueError):
            Manner(**wrong)
    with pytest.raises(InvalidValueError, match="stochastic or deterministic"):
        say(voice, "a", Manner(durations="x"))


def test_a_voice_has_a_manner_of_its_own(voice):
    """What its checkpoint says stands until it is told otherwise."""
    own = {"durations": "deterministic", "noise": 0.0}
    calm = voice._replace(description={**voice.description, "manner": own})
    assert manner_of(voice) == Manner() and manner_of(calm) == Manner(**own)
    assert manner_of(calm, noise=0.5, speed=None) == Manner(durations="deterministic", noise=0.5)
    assert np.array_equal(say(calm, "Hello."), say(voice, "Hello.", Manner(**own)))
    assert not np.array_equal(say(calm, "Hello."), say(voice, "Hello."))


def test_a_long_text_is_said_sentence_by_sentence(voice):
    """A sentence draws numbers of its own, and a pause stands between."""
    manner, rest = Manner(seed=5), round(0.25 * 16000)
    whole = say(voice, "One. ... Two!", manner)
    parts = [say_phonemes(voice, p, manner, i) for i, p in enumerate(("wˈʌn.", "tˈu!"))]
    assert len(whole) == sum(map(len, parts)) + rest
    np.testing.assert_array_equal(whole[: len(parts[0])], parts[0])
    assert not whole[len(parts[0]) :][:rest].any()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=25))
@settings(max_examples=25, deadline=None)
def test_any_text_gives_speech_or_one_clear_line(voice, text):
    try:
        x = say(voice, text)
    except InvalidValueError as error:
        assert "nothing to say" in str(error) and "\n" not in str(error)
    else:
        assert len(x) >= 3 * 256 and np.isfinite(x).all()


def test_the_empty_text_has_its_line(voice):
    for nothing in ("", "\n\n", "?!"):
        with pytest.raises(InvalidValueError, match="nothing to say"):
            say(voice, nothing)
    for nothing in ("", [], ["", ""], "..."):
        with pytest.raises(InvalidValueError, match="nothing to say: no phoneme"):
            say_phonemes(voice, nothing)


def test_pieces_sound_as_the_whole(voice):
    frames = PIECE + 100
    z, noise = torch.randn(1, 8, frames), torch.randn(1, CONFIG.noise, frames)
    with torch.no_grad():
        whole, pieces = voice.model.decode(z, noise)[0], decode_in_pieces(voice.model, z, noise)
    torch.testing.assert_close(pieces, whole, rtol=0, atol=1e-5)


def test_a_symbol_that_the_voice_lacks_is_named():
    config = dataclasses.replace(CONFIG, symbols=("", "_", "ə"))
    assert input_of(["", "ə", "ə", ""], config).tolist() == [0, 2, 1, 2, 0]
    with pytest.raises(InvalidValueError, match="doesn't know the symbol 't'"):
        input_of(symbols_of("tə"), config)


# ---------------------------------------------------------------- checkpoints


def test_a_voice_ships_in_half_precision_without_its_posterior(voice, tmp_path):
    def saved(name, tensors):
        named = {f"model.{k}": v for k, v in tensors.items()}
        return save_checkpoint(tmp_path / name, named, voice.description)

    state = voice.model.state_dict()
    whole = load_vits(saved("whole.safetensors", state))
    assert np.array_equal(say(whole, "A cat."), say(voice, "A cat."))
    path = saved("ships.safetensors", what_ships(state))
    assert {x.dtype for x in load_checkpoint(path)[0].values()} == {torch.float16}
    light = load_vits(path)
    assert light.model.posterior is None and not light.model.training
    assert light.model.text.embedding.weight.dtype == torch.float32
    assert len(say(light, "A cat.", Manner(noise=0)))
    told = (torch.tensor([2]), torch.rand(1, 513, 9), torch.tensor([9]))
    with pytest.raises(InvalidValueError, match="no posterior encoder"):
        light.model.align(torch.ones(1, 2, dtype=torch.long), *told)
    parts = {k: v for k, v in state.items() if not k.startswith("flow")}
    with pytest.raises(CheckpointError, match="no whole vits"):
        load_vits(saved("parts.safetensors", parts))
