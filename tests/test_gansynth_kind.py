"""GANSynth as a kind: who learns what from whom, how weights are chosen, what the card says."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import diversity
from aigc_edu.evaluation import notes as scores
from aigc_edu.kinds.gansynth import KIND
from aigc_edu.kinds.gansynth_game import Game
from aigc_edu.kinds.gansynth_scores import a_scale, in_turn, measure_notes
from aigc_edu.kinds.gansynth_training import (
    gansynth_batches,
    gansynth_trainer,
    levelled,
    note_value,
    notes_for,
)
from aigc_edu.models.gansynth import Critic, GANSynthConfig, Generator, image_of
from aigc_edu.training import TrainingSettings
from aigc_edu.training.adversarial import contrast

CONFIG = GANSynthConfig(latent=4, channels=(8, 4))
SINES = tuple(range(48, 84, 3))


@pytest.fixture(scope="module")
def flutes():
    return notes_for(corpora.load("notes").select(family="flute")[:40], CONFIG)


@pytest.fixture
def game(flutes):
    torch.manual_seed(0)
    return Generator(CONFIG), Critic(CONFIG), gansynth_batches(flutes, CONFIG, 4, 0)(3)


def sine(pitch, seconds=1.024):
    return 0.3 * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * np.arange(16384) / 16000)


def test_a_batch_pairs_a_real_note_with_its_pitch(flutes):
    batches = gansynth_batches(flutes, CONFIG, 4, 0)
    images, pitches, z, players = batches(3)
    assert images.shape == (4, 2, 128, 32) and z.shape == (4, 4) and players.shape == (4,)
    for image, pitch in zip(images, pitches, strict=True):
        known = [image_of(levelled(c.samples), CONFIG) for c in flutes if c.note.pitch == pitch]
        assert any(np.array_equal(image, one) for one in known)
    assert all(
        torch.equal(a, b) for a, b in zip(batches(3), (images, pitches, z, players), strict=True)
    )
    assert not torch.equal(batches(4)[2], z)


def test_the_rows_of_a_pair_share_instrument_latent_and_strength_but_not_the_pitch(flutes):
    struck = {image_of(levelled(c.samples), CONFIG).tobytes(): c.note for c in flutes}
    batches = gansynth_batches(flutes, CONFIG, 4, 0)
    for step in range(20):
        images, pitches, z, players = batches(step)
        assert torch.equal(z[:2], z[2:]) and not torch.equal(z[0], z[1])
        assert torch.equal(players[:2], players[2:]) and (pitches[:2] != pitches[2:]).all()
        notes = [struck[image.numpy().tobytes()] for image in images]
        for one, other in zip(notes[:2], notes[2:], strict=True):
            fellows = [c.note for c in flutes if c.note.instrument == one.instrument]
            could = any(n.velocity == one.velocity and n.pitch != one.pitch for n in fellows)
            assert one.instrument == other.instrument
            assert one.velocity == other.velocity or not could
    with pytest.raises(InvalidValueError, match="pairs of notes"):
        gansynth_batches(flutes, CONFIG, 3, 0)


def test_a_note_without_a_fellow_is_its_own(flutes):
    images, pitches, _, _ = gansynth_batches(flutes[:1], CONFIG, 2, 0)(0)
    assert torch.equal(images[0], images[1]) and pitches[0] == pitches[1]


def touched(network):
    """Return the names of the parameters that have a gradient other than 0."""
    given = network.named_parameters()
    return {name for name, p in given if p.grad is not None and p.grad.abs().max() > 0}


def test_the_classifier_learns_on_real_notes_and_the_generator_on_its_word(game):
    """The critic's loss doesn't reach the generator; made notes don't reach the classifier."""
    model, critic, (images, pitch, z, player) = game
    Game().critic_loss(model, critic, images, pitch, z, player).backward()
    heads = {"name.weight", "score.weight", "timbre.2.weight"}
    assert not touched(model) and heads <= touched(critic)
    with torch.no_grad():
        two = (z, z.flip(0) + 1)
        for one in (Game(told=1e6), Game(holding=1e6)):
            told = [float(one.critic_loss(model, critic, images, pitch, x, player)) for x in two]
            assert told[0] == pytest.approx(told[1], rel=1e-4), "it names made notes too"
    model.zero_grad()
    Game().generator_loss(model, critic, images, pitch, z, player).backward()
    assert {"begin.weight", "draw.weight"} <= touched(model)


def test_the_generator_is_paid_for_one_timbre_of_one_latent(game):
    """Fellows are rows of one latent, wherever they lie, and not those of the real instruments."""
    model, critic, (images, pitch, z, _) = game
    z, player = z[[0, 1, 1, 0]], torch.tensor([0, 0, 1, 1])

    def paid(loss, holding):
        with torch.no_grad():
            play = getattr(Game(holding=holding), loss)
            return float(play(model, critic, images, pitch, z, player))

    with torch.no_grad():
        made, real = critic(model(z, pitch)).timbre, critic(images).timbre
    torch.testing.assert_close(made.norm(dim=1), torch.ones(4))
    for loss, timbre, who in (
        ("generator_loss", made, torch.tensor([0, 1, 1, 0])),
        ("critic_loss", real, player),
    ):
        held = float(contrast(timbre, who))
        assert paid(loss, 3.0) - paid(loss, 0.0) == pytest.approx(3 * held, rel=1e-4)


def test_the_slopes_are_those_of_the_score(game):
    model, critic, (images, pitch, z, player) = game

    def slope(gamma):
        return Game(gamma).penalty(model, critic, images, pitch, z, player).item()

    one = slope(1.0)
    assert slope(3.0) == pytest.approx(3 * one)
    with torch.no_grad():
        critic.score.weight.mul_(2)
    assert slope(1.0) == pytest.approx(4 * one, rel=1e-3)


def test_a_few_steps_run_and_validate(flutes):
    settings = TrainingSettings(steps=9, warmup=1, validate_every=9)
    trainer = gansynth_trainer(
        flutes, settings=settings, batch_size=4, device="cpu", config=CONFIG, validation=flutes[:4]
    )
    before = trainer.model.draw.weight.clone()
    trainer.run(progress=False)
    assert not torch.equal(before, trainer.model.draw.weight)
    assert len(trainer.validation) == 1 and np.isfinite(trainer.validation[0][1])
    assert len(trainer.figures["penalty"]) == 9


def test_resuming_is_exact(flutes, tmp_path):
    """Also where weights lie in memory in another order than files hold them."""

    def trainer_in(folder):
        settings = TrainingSettings(steps=6, warmup=1, ema=0.5, learning_rate=1e-3)
        told = {"settings": settings, "batch_size": 4, "device": "cpu", "config": CONFIG}
        return gansynth_trainer(flutes, folder=folder, seed=3, **told)

    whole = trainer_in(tmp_path / "whole")
    whole.run(progress=False)
    trainer_in(tmp_path / "parts").run(until=3, progress=False)
    torch.manual_seed(99)
    second = trainer_in(tmp_path / "parts")
    assert second.resume()
    second.run(progress=False)
    for name, tensor in whole.update.tensors().items():
        assert torch.equal(tensor, second.update.tensors()[name]), name
    assert whole.losses == second.losses


def test_what_it_cannot_learn_from_is_said(flutes):
    with pytest.raises(InvalidValueError, match="no notes"):
        notes_for(corpora.load("drums")[:2], CONFIG)
    with pytest.raises(InvalidValueError, match="16000 Hz"):
        notes_for(corpora.load("notes", rate=8000)[:2], CONFIG)
    with pytest.raises(InvalidValueError, match="tiny, trained or paper"):
        gansynth_trainer(flutes, size="huge")
    low = [clip.note.pitch for clip in notes_for(corpora.load("notes"), CONFIG)]
    assert (min(low), max(low)) == (48, 83)


# ---------------------------------------------------------------- scores


def test_sines_are_in_tune_and_a_semitone_is_not():
    clips = [sine(pitch) for pitch in SINES]
    assert scores.share_in_tune(clips, SINES, 16000) == 1
    assert scores.share_in_tune(clips, [p + 1 for p in SINES], 16000) == 0
    assert scores.cents_off(clips, [p - 12 for p in SINES], 16000) == pytest.approx(1200, abs=20)
    silent = scores.cents_off([np.zeros(16384)], [60], 16000)
    assert np.isinf(silent).all()


def test_the_end_of_a_decay_does_not_decide():
    x = sine(60) * np.exp(-np.arange(16384) / 1500)
    x += 1e-4 * np.random.default_rng(0).standard_normal(16384)
    assert scores.share_in_tune([x], [60], 16000) == 1


def test_features_of_equal_notes_are_equal_and_distances_are_distances():
    features = scores.note_features([sine(60), sine(60), 0.1 * sine(60), sine(72)], 16000)
    assert features.shape == (4, 192)
    np.testing.assert_array_equal(features[0], features[1])
    assert features[0].max() - features[2].max() == pytest.approx(2, abs=0.01)  # 20 dB
    assert scores.spread(features[:2]) == 0 and diversity.pairwise_distance(features[:2]) == 0
    apart = np.linalg.norm(features[0] - features[3])
    assert diversity.pairwise_distance(features[[0, 3]]) == pytest.approx(apart)
    assert diversity.nearest_distances(features[[3]], features[:3])[0] == pytest.approx(
        min(apart, np.linalg.norm(features[2] - features[3]))
    )


def test_a_timbre_is_held_or_not():
    """Sources that stand apart by 10 and move by 1 a semitone; then each note by another player."""
    pitches, who = [60, 61, 62] * 2, ["a"] * 3 + ["b"] * 3
    features = np.array([[p - 60, 10.0 * (w == "b")] for p, w in zip(pitches, who, strict=True)])
    assert scores.timbre_held(features, pitches, who) == (1, 10)
    mixed = scores.timbre_held(features, pitches, ["a", "b", "a", "b", "a", "b"])
    assert mixed == pytest.approx((101**0.5, 10))
    assert np.isnan(scores.timbre_held(features[:1], [60], ["a"])).all()
    with pytest.raises(InvalidValueError, match="6 notes, 5 pitches"):
        scores.timbre_held(features, pitches[1:], who)


class Replays:
    """A network that draws real notes of the pitches asked for, or always the same one."""

    def __init__(self, notes, same=False):
        self.config, self.notes, self.same = CONFIG, list(notes), same

    def parameters(self):
        return iter([torch.zeros(1)])

    def __call__(self, z, pitch):
        images = []
        for i, wanted in enumerate(pitch):
            fits = [c for c in self.notes if c.note.pitch == wanted] or self.notes
            clip = fits[0 if self.same else i % len(fits)]
            images.append(image_of(levelled(clip.samples), CONFIG))
        return torch.from_numpy(np.stack(images))


def test_real_notes_are_chosen_before_noise(flutes):
    untrained = Trained(Generator(CONFIG).eval(), {})
    real = note_value(Trained(Replays(flutes), {}), flutes[:20])
    assert real < 0.5 < note_value(untrained, flutes[:20])


def test_a_model_that_repeats_its_training_notes_is_found_out(flutes):
    """In the parts that the kind itself makes: instruments and pitches are known, strengths new."""
    split = KIND.parts(notes_for(corpora.load("notes").select(family="flute"), CONFIG))
    learned = Trained(Replays(split.train), {"rate": 16000})
    told = measure_notes(learned, split, {"each": 1}, {})
    table, holding = told.tables
    assert [row[0] for row in holding.rows] == ["this checkpoint", "real instruments"]
    on, other = map(float, holding.rows[1][1:])
    assert on < other / 1.2  # flutes, all of them
    parrot = "training notes, learned by heart"
    real = "real test notes, through their images"
    names = ["this checkpoint", real, parrot, "white noise"]
    assert [row[0] for row in table.rows] == names
    nearest = {row[0]: float(row[3]) for row in table.rows}
    assert nearest[parrot] == nearest["this checkpoint"] == 0
    assert 0 < nearest[real] < nearest["white noise"]
    copied = {row[0]: row[-1] for row in table.rows}
    assert copied["this checkpoint"] == copied[parrot] == "100%"
    assert copied[real] == "10%" and copied["white noise"] == "0%"  # one of ten
    assert told.scores["notes"] == 36 and "quarter tone" in told.says


def test_a_scale_is_played_in_turn():
    told = SimpleNamespace(model=Generator(CONFIG).eval())
    sound = a_scale(told, None, {"seed": 1})
    assert len(sound.samples) == 7 * 8000 + 16384 and np.abs(sound.samples).max() <= 1
    np.testing.assert_array_equal(in_turn([np.ones(3), np.ones(3)], 2) * 2, [1, 1, 2, 1, 1])
