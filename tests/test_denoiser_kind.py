"""The denoiser as a kind: pairs, what it is trained on, scores, sounds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aigc_edu import audio, corpora, dsp
from aigc_edu.checkpoints import Trained, save_checkpoint
from aigc_edu.cli import main
from aigc_edu.corpora import Split
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.denoiser import KIND
from aigc_edu.kinds.denoiser_pairs import (
    LEVELS,
    RATIOS,
    Mixer,
    in_a_room,
    noise_bank,
    through_a_microphone,
)
from aigc_edu.kinds.denoiser_scores import (
    how_near,
    measure_denoiser,
    one_cleaned,
    pairs_with,
    ways_of,
)
from aigc_edu.kinds.denoiser_training import (
    denoiser_trainer,
    held_pairs,
    lost_db,
    pair_of,
    training_clips,
)
from aigc_edu.models.denoiser import Denoiser, DenoiserConfig, clean
from aigc_edu.training import TrainingSettings

RATE = 16_000
SMALL = DenoiserConfig(frame=256, width=24, layers=1)


@pytest.fixture(scope="module")
def sentences():
    return KIND.parts(corpora.load("sentences"))


def tones(count=3, seconds=0.4):
    return [dsp.sine(200 + 100 * n, seconds, RATE) for n in range(count)]


def mixer(vary=True, seed=0):
    return Mixer(tones(), noise_bank(RATE, 5, 6, 0.5), RATE, seed, vary)


def powers(x):
    return np.sum(np.asarray(x, float) ** 2, axis=-1)


# ---------------------------------------------------------------- pairs


@pytest.mark.parametrize("vary", [True, False])
def test_a_batch_depends_on_the_seed_and_the_step_alone(vary):
    batch = mixer(vary).batches(3, 5000)
    noisy, wanted = batch(7)
    assert noisy.shape == wanted.shape == (3, 5000) and noisy.dtype == torch.float32
    assert all(torch.equal(a, b) for a, b in zip(batch(7), (noisy, wanted), strict=True))
    assert not torch.equal(batch(8)[0], noisy)
    assert not torch.equal(mixer(vary, seed=1).batches(3, 5000)(7)[0], noisy)


def test_ratios_and_levels_are_spread_over_their_ranges():
    noisy, wanted = (x.numpy() for x in mixer().batches(200, 2000)(0))
    ratios = 10 * np.log10(powers(wanted) / powers(noisy - wanted))
    assert RATIOS[0] - 0.1 < ratios.min() < 0 and 15 < ratios.max() < RATIOS[1] + 0.1
    assert np.mean(ratios) == pytest.approx(np.mean(RATIOS), abs=2)
    levels = 10 * np.log10(powers(noisy) / 2000)
    assert LEVELS[0] - 0.1 < levels.min() and levels.max() < LEVELS[1] + 0.1
    assert max(np.abs(noisy).max(), np.abs(wanted).max()) <= 1


def test_without_variation_the_speech_is_that_of_the_clips():
    clips = tones(1)
    one = Mixer(clips, noise_bank(RATE, 5, 2, 0.5), RATE, vary=False)
    pair = one.pair(3000, np.random.default_rng(0))
    scale = np.abs(pair.clean).max()
    shifts = [np.abs(pair.clean / scale - clips[0][s : s + 3000]).max() for s in range(80)]
    assert min(shifts) < 0.01


def test_speech_is_faster_or_slower_and_has_pauses():
    random = np.random.default_rng(0)
    heard = [mixer()._speech(16_000, random) for _ in range(12)]
    assert any(np.mean(np.abs(x) < 1e-9) > 0.1 for x in heard)  # those in no room
    peaks = set()
    for x in heard:
        X = np.abs(np.fft.rfft(x[:3000] * np.hanning(3000)))
        peaks.add(round(X.argmax() * RATE / 3000 / 10))
    assert len(peaks) > 4  # of three tones


def test_a_room_and_a_microphone_change_a_sound_but_not_much():
    random = np.random.default_rng(0)
    x = np.random.default_rng(1).standard_normal(4000)
    for changed in (in_a_room(x, 0.3, RATE, random), through_a_microphone(x, random)):
        assert changed.shape == x.shape and not np.allclose(changed, x, atol=0.05)
        assert 0.3 < powers(changed) / powers(x) < 3
    click = np.zeros(4000)
    click[100] = 1
    h = in_a_room(click, 0.2, RATE, random)
    assert h[100] == pytest.approx(1) and not np.abs(h[:100]).max() > 1e-9
    assert np.abs(h[140:200]).max() > 10 * np.abs(h[2700:3200]).max()


def test_a_bank_has_all_kinds_and_other_seeds_other_noises():
    one, other = noise_bank(RATE, 1, 15, 0.2), noise_bank(RATE, 2, 15, 0.2)
    assert len(one) == 15 and not any(np.allclose(a, b) for a, b in zip(one, other, strict=True))
    assert np.array_equal(one[0], dsp.background("hiss", 0.2, RATE, [1, 0]))


def test_nothing_to_mix_is_refused():
    with pytest.raises(InvalidValueError, match="some speech and some noise"):
        Mixer([], tones(), RATE)
    silent = Mixer([np.zeros(500)], [np.zeros(500)], RATE, vary=False)
    pair = silent.pair(300, np.random.default_rng(0))
    assert not pair.noisy.any() and not pair.clean.any()


# ---------------------------------------------------------------- training


def test_what_it_cannot_learn_from_is_said(sentences):
    with pytest.raises(InvalidValueError, match="16000 Hz"):
        denoiser_trainer(corpora.load("digits"), device="cpu")
    with pytest.raises(InvalidValueError, match="pairs of 160"):
        denoiser_trainer(sentences.train[:2], seconds=0.01, device="cpu")
    with pytest.raises(InvalidValueError, match="tiny, trained or paper"):
        denoiser_trainer(sentences.train[:2], size="huge", device="cpu")


@pytest.fixture(scope="module")
def learned(sentences):
    """A denoiser after some seconds' training, in hiss alone."""
    told = {"settings": TrainingSettings(steps=120, warmup=10, learning_rate=1e-2)}
    told |= {"seconds": 0.5, "config": SMALL, "device": "cpu", "batch_size": 8}
    trainer = denoiser_trainer(sentences.train[:40], **told)
    trainer.run(progress=False)
    return Trained(trainer.model.eval(), trainer.description)


def test_it_learns_to_win_some_decibels(learned, sentences):
    pairs, ways = pairs_with(sentences.test[:4], "white"), ways_of(learned.model)
    before, after = (how_near(pairs, ways[name], RATE) for name in ("as it is", "network"))
    assert before.ratio == pytest.approx(5, abs=0.2) and after.ratio > before.ratio + 2


def test_more_corpora_can_be_learned_from(sentences):
    digits = training_clips(["digits"], RATE)
    told = {"config": SMALL, "device": "cpu", "also": ["digits"]}
    trainer = denoiser_trainer(sentences.train[:3], **told)
    assert trainer.description["clips"] == 3 + len(digits) > 1000
    assert trainer.description["also"] == ["digits"]


def test_the_weights_are_chosen_by_the_ratio_of_held_out_pairs(sentences):
    held = held_pairs(sentences.validation[:3])
    torch.manual_seed(0)
    model = Denoiser(SMALL).eval()
    by_hand = [
        10 * np.log10(powers(p * s) / powers(y - p * s))
        for s, y in ((x.clean.astype(float), clean(model, x.noisy, RATE)) for x in held)
        for p in [np.dot(s, y) / np.dot(s, s)]
    ]
    assert lost_db(model, held) == pytest.approx(-np.mean(by_hand), rel=1e-4)
    same, other = (pair_of(tones()[0], "keys", RATE, 5, seed) for seed in (0, 1))
    assert np.array_equal(same.noisy, pair_of(tones()[0], "keys", RATE, 5, 0).noisy)
    assert not np.array_equal(same.noisy, other.noisy)


# ---------------------------------------------------------------- scores and sounds


def test_scores_are_means_of_what_the_table_says(learned, sentences):
    few = Split(sentences.train[:2], sentences.validation[:2], sentences.test[:2])
    anchors = {"other": Trained(Denoiser(SMALL).eval(), {})}
    told = measure_denoiser(learned, few, {"clips": 2}, anchors)
    (table,) = told.tables
    assert [row[0] for row in table.rows] == ["white", *dsp.BACKGROUNDS]
    rows = [[float(text.removesuffix(" dB")) for text in row[1:]] for row in table.rows]
    assert len(table.columns) == 7 and all(row[0] == pytest.approx(5, abs=0.3) for row in rows)
    won = np.mean([row[4] - row[0] for row in rows])
    assert told.scores["won_db_network"] == pytest.approx(won, abs=0.1)
    assert told.scores["won_db_in_white"] == pytest.approx(rows[0][4] - rows[0][0], abs=0.11)
    assert f"{told.scores['won_db_network']:.1f} dB" in told.says
    assert set(told.anchors) == {"other"} and told.anchors["other"] < 0
    assert KIND.scores(learned, few)["won_db"] > 0
    assert KIND.scores(learned, Split(few.train, few.validation, few.test[:0])) == {}


def test_the_sample_is_a_sentence_in_noise_cleaned(learned, sentences):
    sound = one_cleaned(learned, sentences, {"clip": 1, "noise": "fan"})
    assert sound.rate == RATE and len(sound.samples) == len(sentences.test[1].samples)
    assert np.abs(sound.samples).max() > 0.05


def test_a_users_own_file_is_cleaned(learned, tmp_path):
    weights = {f"model.{k}": v for k, v in learned.model.state_dict().items()}
    file = save_checkpoint(tmp_path / "it.safetensors", weights, learned.description)
    stereo = 0.3 * np.random.default_rng(0).uniform(-1, 1, (2, 4410))
    wav = audio.write(tmp_path / "mine.wav", stereo, 44_100)
    command = ["generate", "denoiser", "--checkpoint", str(file), "--wav", str(wav)]
    assert main([*command, "--left", "0.1", "--out", str(tmp_path / "out")]) == 0
    x, rate = audio.read(tmp_path / "out" / "denoiser_mine.wav")
    assert rate == RATE and len(x) == 1600
    assert main([*command[:-1], str(tmp_path / "absent.wav"), "--out", str(tmp_path)]) == 2
