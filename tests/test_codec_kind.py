"""The codec as a kind: batches, losses with and without critics, scores, sounds."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aigc_edu import audio, corpora
from aigc_edu.checkpoints import Trained, save_checkpoint
from aigc_edu.cli import main
from aigc_edu.corpora.choosing import generation_split
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.fidelity import log_mel_distance
from aigc_edu.kinds.codec import KIND
from aigc_edu.kinds.codec_scores import Copies, alive, copies, helping, measure_codec
from aigc_edu.kinds.codec_training import (
    QUIETEST,
    Game,
    codec_batches,
    codec_distance,
    codec_trainer,
    distance_at,
    piece_of,
    pieces_for,
)
from aigc_edu.models.codec import Codec, CodecConfig, decode, encode
from aigc_edu.models.codec.config import STRIDES
from aigc_edu.nn import CriticsTogether, PeriodCritic, SpectrumCritic
from aigc_edu.training import TrainingSettings
from aigc_edu.training.spectral_losses import MelLoss

CONFIG = CodecConfig(
    width=4, code_channels=16, books=3, entries=16, decoder_channels=32, decoder_blocks=2
)


@pytest.fixture(scope="module")
def digits():
    return generation_split(corpora.load("digits"))


@pytest.fixture(scope="module")
def learned(digits):
    """A codec after a few seconds' training."""
    settings = TrainingSettings(steps=150, warmup=10, learning_rate=2e-3)
    told = {"settings": settings, "seconds": 0.32, "config": CONFIG, "device": "cpu"}
    trainer = codec_trainer(digits.train[:80], batch_size=6, **told)
    trainer.run(progress=False)
    return Trained(trainer.model.eval(), trainer.description)


def a_game(weight=1.0):
    torch.manual_seed(0)
    critic = CriticsTogether(PeriodCritic((2, 3), width=1), SpectrumCritic((64,), width=2))
    return Game(MelLoss(8000, (128,)), weight), Codec(CONFIG).train(), critic


# ---------------------------------------------------------------- batches


def test_a_batch_depends_on_the_seed_and_the_step_alone(digits):
    batches = codec_batches(digits.train[:20], CONFIG, 5, 1600, seed=3, begin=10)
    x, kept, heard = batches(4)
    assert x.shape == (5, 1600) and x.dtype == torch.float32
    assert kept.dtype == torch.int64 and heard.tolist() == [0.0] * 5
    assert all(torch.equal(a, b) for a, b in zip(batches(4), (x, kept, heard), strict=True))
    assert not torch.equal(batches(5)[0], x) and batches(10)[2].tolist() == [1.0] * 5
    many = torch.cat([batches(step)[1] for step in range(100)])
    assert set(many.tolist()) == {1, 2, 3}
    assert float((many == 3).float().mean()) == pytest.approx(0.5 + 0.5 / 3, abs=0.07)


def ramp(*sizes):
    """Clips that count on from clip to clip: 1, 2, 3 ... in thousandths."""
    ends = np.cumsum([0, *sizes])
    ramps = (np.arange(a + 1, b + 1) / 1000 for a, b in zip(ends, ends[1:], strict=False))
    return [SimpleNamespace(samples=x) for x in ramps]


@pytest.mark.parametrize("sizes", [(1,), (99,), (100,), (101,), (700, 20, 3)])
def test_a_piece_is_full_of_clips_in_their_order(sizes):
    clips, random = ramp(*sizes), np.random.default_rng(0)
    share = np.full(len(sizes), 1 / len(sizes))
    for _ in range(20):
        piece = piece_of(clips, share, 100, random)
        assert piece.shape == (100,) and piece.dtype == np.float32 and piece.min() >= 0
        steps = np.diff(piece)
        joints = np.flatnonzero(~np.isclose(steps[1:], steps[:-1], rtol=0.05, atol=1e-9))
        assert len(joints) <= 2 * (99 // min(sizes) + 1)


def test_pieces_are_quieter_now_and_then_and_seldom_silent():
    random, one = np.random.default_rng(0), ramp(1)
    gains = np.array([piece_of(one, np.ones(1), 1, random)[0] for _ in range(1000)]) * 1000
    assert np.mean(gains == 0) == pytest.approx(0.05, abs=0.02)
    loud, least = gains[gains > 0], 10 ** (QUIETEST / 20)
    assert 0.999 * least <= loud.min() < 1.1 * least and 0.95 < loud.max() <= 1


def test_what_it_cannot_learn_from_is_said(digits):
    with pytest.raises(InvalidValueError, match="8000 Hz"):
        codec_batches(corpora.load("notes")[:2], CONFIG, 2, 1600, 0)
    with pytest.raises(InvalidValueError, match="multiple of 160"):
        codec_batches(digits.train[:2], CONFIG, 2, 1000, 0)
    with pytest.raises(InvalidValueError, match="tiny, trained or paper"):
        codec_trainer(digits.train[:2], size="huge")
    with pytest.raises(InvalidValueError, match="not 0"):
        pieces_for(digits.train[:0], CONFIG)


# ---------------------------------------------------------------- losses


def touched(network):
    return {n for n, p in network.named_parameters() if p.grad is not None and p.grad.any()}


def test_the_critics_learn_from_made_sounds_and_the_codec_from_the_critics(digits):
    game, model, critic = a_game()
    batch = codec_batches(digits.train[:20], CONFIG, 4, 1600, 0)(0)
    game.critic_loss(model, critic, *batch).backward()
    assert not touched(model) and touched(critic) == {n for n, _ in critic.named_parameters()}
    critic.requires_grad_(False)
    game.generator_loss(model, critic, *batch).backward()
    assert touched(model) == {n for n, _ in model.named_parameters()}
    with torch.no_grad():
        args = (model.eval(), critic, *batch)
        weights = [Game(game.spectral, w).generator_loss(*args).item() for w in (0.0, 1.0, 2.0)]
    assert weights[2] - weights[1] == pytest.approx(weights[1] - weights[0], rel=1e-3)
    assert weights[1] > weights[0]


def test_critics_are_not_asked_before_they_take_part(digits):
    game, model, critic = a_game()
    x, kept, heard = codec_batches(digits.train[:20], CONFIG, 4, 1600, 0, begin=1)(0)
    loss = game.critic_loss(model, critic, x, kept, heard)
    loss.backward()
    assert loss.item() == 0 and not touched(critic)
    model.eval()
    game.made = None
    without = game.generator_loss(model, None, x, kept, heard).item()
    assert without == pytest.approx(game.alone(model, x, kept, heard).item(), rel=1e-5)


@pytest.mark.parametrize("rate", sorted(STRIDES))
def test_the_loss_hears_from_milliseconds_to_an_eighth_of_a_second(rate):
    scales = distance_at(rate).scales
    assert scales[0] / rate < 0.006 and 0.1 < scales[-1] / rate < 0.18
    assert all(b == 2 * a for a, b in zip(scales, scales[1:], strict=False))


def test_short_frames_hear_what_long_ones_miss():
    """100 pulses a second, and the same harmonics with their phases shuffled."""
    x = torch.zeros(1, 8000)
    x[0, ::80] = 0.5
    X = torch.fft.rfft(x)
    p = 2 * np.pi * torch.rand(X.shape, generator=torch.Generator().manual_seed(0))
    y = torch.fft.irfft(torch.polar(X.abs(), p * (X.imag.abs() + X.real.abs() > 0)), 8000)
    loss = distance_at(8000)
    heard = {frame: float(loss._at(y, x, frame)) for frame in loss.scales}
    assert heard[32] > 1 and heard[64] > 1 and max(heard[512], heard[1024]) < 0.1, heard


def test_codebooks_follow_once_in_a_step(digits, monkeypatch):
    game, model, critic = a_game()
    batch = codec_batches(digits.train[:20], CONFIG, 4, 1600, 0)(0)
    calls = []
    monkeypatch.setattr(Codec, "features", lambda self, x: calls.append(1) or self.encoder(x))
    game.critic_loss(model, critic, *batch)
    game.generator_loss(model, critic, *[part.clone() for part in batch])
    assert len(calls) == 1
    game.generator_loss(model, critic, *batch)  # of no critic's turn before it
    assert len(calls) == 2


def test_with_critics_it_goes_on_where_it_stopped(digits, tmp_path):
    def trainer_in(folder):
        settings = TrainingSettings(steps=4, warmup=1, ema=0.5)
        told = {"settings": settings, "batch_size": 2, "device": "cpu", "config": CONFIG}
        told |= {"critics": 0.1, "critics_from": 1, "seconds": 0.1, "folder": folder, "seed": 3}
        return codec_trainer(digits.train[:10], **told)

    whole = trainer_in(tmp_path / "whole")
    first = {k: v.clone() for k, v in whole.update.critic.state_dict().items()}
    whole.run(until=1, progress=False)
    assert all(torch.equal(v, first[k]) for k, v in whole.update.critic.state_dict().items())
    whole.run(progress=False)
    assert any(not torch.equal(v, first[k]) for k, v in whole.update.critic.state_dict().items())
    trainer_in(tmp_path / "parts").run(until=2, progress=False)
    torch.manual_seed(99)
    second = trainer_in(tmp_path / "parts")
    assert second.resume()
    second.run(progress=False)
    for name, tensor in whole.update.tensors().items():
        assert torch.equal(tensor, second.update.tensors()[name]), name
    assert whole.losses == second.losses


@pytest.mark.parametrize("told", [{"decoder": "transposed"}, {"quantiser": "scalar"}])
def test_the_other_ways_run_and_validate(digits, told):
    settings = TrainingSettings(steps=3, warmup=1, validate_every=3)
    config = replace(CONFIG, **told)
    options = {"settings": settings, "batch_size": 2, "device": "cpu", "seconds": 0.1}
    options |= {"config": config, "validation": digits.validation[:3]}
    trainer = codec_trainer(digits.train[:10], **options)
    trainer.run(progress=False)
    assert np.isfinite(trainer.validation[0][1])
    held = pieces_for(digits.validation[:3], config)
    distance = codec_distance(trainer.model, held, distance_at(8000))
    assert distance == pytest.approx(trainer.validation[0][1], rel=1e-5)


# ---------------------------------------------------------------- what it has learned


def test_it_learns_to_copy_better_than_silence(learned, digits):
    for clip in digits.test[:4]:
        x = clip.samples.astype(float)
        copy = decode(learned.model, encode(learned.model, x, 8000)).astype(float)
        assert log_mel_distance(x, copy, 8000) < 0.8 * log_mel_distance(x, 0 * x, 8000)


def test_silence_gives_silence(learned):
    """Nearly so after a few seconds' training."""
    x = corpora.load("digits")[0].samples
    speech, silence = (decode(learned.model, encode(learned.model, y, 8000)) for y in (x, 0 * x))
    assert np.std(silence) < 0.2 * np.std(speech)


def test_each_book_leaves_less_of_the_features(learned, digits):
    """Whether that is heard, the decoder has to learn, which takes longer."""
    x = torch.from_numpy(np.stack([clip.samples[:1600] for clip in digits.test[:8]])).float()
    with torch.inference_mode():
        features = learned.model.features(x)
        books = learned.model.quantiser
        codes = books.encode(features)
        rests = [float((features - books.decode(codes[:, :n])).var()) for n in (1, 2, 3)]
    assert rests[0] > 1.2 * rests[1] and rests[1] > 1.1 * rests[2], rests


def test_a_card_says_how_each_book_helps(learned, digits):
    told = measure_codec(learned, digits, {"clips": 12}, {"other": learned})
    assert len(told.tables[0].rows) == 3
    assert {"log_mel_db_1", "log_mel_db_3", "stoi_2", "si_sdr_1", "alive", "helping"} <= set(
        told.scores
    )
    assert len({told.scores[f"log_mel_db_{n}"] for n in (1, 2, 3)}) == 3
    assert 0 < told.scores["alive"] <= 1 and np.isfinite(list(told.scores.values())).all()
    assert set(told.anchors) == {"other"} and "3 books" in told.says
    rates = [row[1] for row in told.tables[0].rows]
    assert rates == ["0.20", "0.40", "0.60"]
    json.dumps(told.scores)


def test_few_short_clips_have_no_intelligibility(learned, digits):
    row = copies(learned.model, digits.test[:1], [3])[0]
    assert row.stoi is None and row.log_mel > 0
    assert len(alive(learned.model, digits.test[:1])) == 3


def test_a_book_helps_if_all_measures_say_so():
    rows = [Copies(n, 0.1, d, s, 0.0) for n, d, s in ((1, 9.0, 0.5), (2, 8.0, 0.6), (3, 7.0, 0.6))]
    assert helping(rows) == 0.5 and helping(rows[:1]) == 1
    assert helping([row._replace(stoi=None) for row in rows]) == 1


def test_what_ships_is_half_as_large_and_nearly_the_same(learned, digits, tmp_path):
    weights = {f"model.{k}": v for k, v in KIND.ships(learned.model.state_dict()).items()}
    path = save_checkpoint(tmp_path / "half.safetensors", weights, learned.description)
    model, _ = KIND.load(path)
    assert path.stat().st_size < 0.6 * 4 * sum(v.numel() for v in weights.values())
    x = digits.test[0].samples.astype(float)
    exact, half = (decode(m, encode(m, x, 8000)).astype(float) for m in (learned.model, model))
    assert log_mel_distance(exact, half, 8000) < 1


def test_the_command_line_writes_a_copy_for_each_number_of_books(learned, tmp_path):
    weights = {f"model.{k}": v for k, v in learned.model.state_dict().items()}
    path = save_checkpoint(tmp_path / "codec.safetensors", weights, learned.description)
    wav = audio.write(tmp_path / "in.wav", 0.1 * np.ones(100), 16_000)  # shorter than a frame
    command = ["generate", "codec", "--checkpoint", str(path), "--out"]
    assert main([*command, str(tmp_path / "all"), "--wav", str(wav)]) == 0
    made = sorted((tmp_path / "all").iterdir())
    assert [p.name for p in made] == [f"codec_in_{n:02d}_of_03.wav" for n in (1, 2, 3)]
    x, rate = audio.read(made[0])
    assert (len(x), rate) == (50, 8000)
    assert main([*command, str(tmp_path / "one"), "--clip", "1", "--books", "2"]) == 0
    assert len(list((tmp_path / "one").iterdir())) == 1
    for wrong in (["--books", "4"], ["--clip", "99999"]):
        assert main([*command, str(tmp_path / "none"), *wrong]) == 2
