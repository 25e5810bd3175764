"""Words cut into states, and a WaveNet whose clock follows them."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from aigc_edu.corpora import Clip, Corpus
from aigc_edu.dsp import mu_law_decode
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.running import export
from aigc_edu.kinds.wavenet_training import wavenet_batches, wavenet_bits, wavenet_trainer
from aigc_edu.models.wavenet import IGNORED, load_wavenet, synthesise
from aigc_edu.models.wavenet.clips import LONGEST, TAIL
from aigc_edu.models.wavenet.word_clock import (
    HOP,
    STATES,
    TRACKS,
    WordClock,
    align,
    at_speed,
    evenly_spread,
    fit_word_clock,
    pad_positions,
    positions_to_follow,
)
from aigc_edu.training import TrainingSettings


def test_align_finds_the_cheapest_path_of_all():
    random = np.random.default_rng(0)
    for frames, states in [(4, 4), (7, 3), (9, 4), (6, 1), (8, 2)]:
        for _ in range(10):
            costs = random.integers(0, 20, (frames, states)).astype(float)
            found = align(costs)
            assert found[0] == 0 and found[-1] == states - 1
            assert set(np.diff(found).tolist()) <= {0, 1}
            every = [
                costs[np.arange(frames), np.repeat(np.arange(states), durations)].sum()
                for durations in itertools.product(range(1, frames + 1), repeat=states)
                if sum(durations) == frames
            ]
            assert costs[np.arange(frames), found].sum() == min(every)


def test_too_few_frames_are_named():
    with pytest.raises(InvalidValueError, match="3 frames cannot pass through 4 states"):
        align(np.zeros((3, 4)))


def test_evenly_spread_states_last_equally_long():
    assert evenly_spread(8, 4).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert evenly_spread(3, 16).tolist() == [2, 8, 13]


def tones(random, label):
    """Return three tones, one after the other, and how many frames each lasts."""
    durations = random.integers(6, 20, 3)
    pitches = np.repeat((440, 880, 1760) if label else (2500, 600, 1500), HOP * durations)
    x = np.sin(2 * np.pi * np.cumsum(pitches) / 8000) + 0.001 * random.standard_normal(len(pitches))
    return 0.5 * x.astype(np.float32), durations


@pytest.fixture(scope="module")
def corpus():
    """Return two words of three tones by two voices, 8 clips each."""
    random = np.random.default_rng(0)
    clips = []
    for i in range(32):
        x, _ = tones(random, i % 2)
        name = f"{i}"
        clips.append(Clip(name, i % 2, "ab"[i // 2 % 2], 8000, "train", lambda x=x: x))
    return Corpus("tones", 8000, ("low", "high"), tuple(clips))


@pytest.fixture(scope="module")
def clock(corpus):
    return fit_word_clock(corpus, corpus.speakers, LONGEST - TAIL)


def test_the_same_states_stand_for_the_same_tone_in_every_clip(clock):
    random = np.random.default_rng(1)
    belongs = [set(), set(), set()]  # the states met in each tone, of clips never seen
    for _ in range(10):
        x, durations = tones(random, 1)
        states = clock.positions(x, 8000, 1)
        assert len(states) == durations.sum() and (states[0], states[-1]) == (0, STATES - 1)
        ends = np.cumsum(durations)
        for tone, first, last in zip(belongs, [0, *ends[:2]], ends, strict=True):
            tone.update(states[first + 3 : last - 3].tolist())  # away from the seams
    assert not belongs[0] & belongs[1] and not belongs[1] & belongs[2] and all(belongs)


def test_loudness_does_not_move_the_states(clock, corpus):
    x = corpus[0].samples
    assert np.array_equal(clock.positions(x, 8000, 0), clock.positions(0.01 * x, 8000, 0))


def test_tracks_are_durations_of_training_clips(clock, corpus):
    for word, voice in itertools.product(range(2), range(2)):
        mine = corpus.select(label=word, speaker="ab"[voice])
        known = [
            np.bincount(clock.positions(c.samples, 8000, word), minlength=STATES).tolist()
            for c in mine
        ]
        chosen = clock.tracks[word][voice]
        assert len(chosen) == TRACKS and all(track in known for track in chosen)
        lengths = [sum(track) for track in known]
        assert all(min(lengths) < sum(track) < max(lengths) for track in chosen)
        assert np.bincount(clock.track(word, voice, 5)).tolist() == chosen[5 % TRACKS]


def test_a_voice_without_a_track_follows_another_voice(clock):
    tracks = [[[], [[1] * STATES, [2] * STATES]]]
    lengths = [len(replace(clock, tracks=tracks).track(0, 0, seed)) for seed in (0, 1)]
    assert lengths == [STATES, 2 * STATES]


def test_a_voice_without_a_word_borrows_tracks_and_a_word_without_clips_has_some(corpus):
    some = corpus.select(label=0) + corpus.select(label=1, speaker="a")
    some = Corpus("tones", 8000, ("low", "high", "none"), some.clips)
    clock = fit_word_clock(some, ("a", "b"), LONGEST)
    assert len(clock.tracks[1][1]) == len(clock.tracks[2][0]) == TRACKS


def test_a_clock_comes_back_from_its_description(clock, corpus):
    again = WordClock.from_description(json.loads(json.dumps(clock.described())))
    for clip in corpus[:4]:
        wanted = clock.positions(clip.samples, 8000, clip.label)
        assert np.array_equal(again.positions(clip.samples, 8000, clip.label), wanted)
    assert again.tracks == clock.tracks


def test_short_and_silent_clips_have_positions_too(clock):
    for samples in (1, 5 * HOP, 3000):
        states = clock.positions(np.zeros(samples, np.float32), 8000, 0)
        assert len(states) == -(-samples // HOP) and set(np.diff(states)) <= set(range(17))


def test_positions_follow_the_speed():
    positions = np.repeat([0, 1, 2], [10, 20, 10])
    assert np.array_equal(at_speed(positions, 1.0), positions)
    assert np.bincount(at_speed(positions, 2.0)).tolist() == [5, 10, 5]
    assert np.bincount(at_speed(positions, 0.5)).tolist() == [20, 40, 20]
    assert len(at_speed(positions, 1.08)) == 38


def test_what_follows_a_word_has_a_position_of_its_own():
    rows = [np.array([0, 1]), np.array([0, 1, 2, 3, 4])]
    assert pad_positions(rows, 3 * HOP + 1).tolist() == [[0, 1, STATES, STATES], [0, 1, 2, 3]]


@pytest.mark.parametrize("augment", [False, True])
def test_batches_put_each_position_beside_its_samples(clock, corpus, augment):
    batch = wavenet_batches(corpus, corpus.speakers, 4, 0, augment, clock=clock)
    for codes, condition, heard, positions in map(batch, range(8)):
        assert heard.shape == codes[:, 1:].shape
        assert positions.shape == (4, -(-heard.shape[1] // HOP))
        for row, told, places in zip(codes, condition.tolist(), positions.numpy(), strict=True):
            length = int((row != IGNORED).sum()) - 1 - TAIL
            word = -(-length // HOP)
            assert (places[word + 1 :] == STATES).all() and abs(places[word - 2] - STATES) <= 2
            x = mu_law_decode(row[1 : 1 + length].numpy())
            own = clock.positions(x, 8000, told[0])
            assert np.abs(own - places[: len(own)]).mean() < (1.5 if augment else 0.3)


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    """Return a trainer after a step, and the file of its weights."""
    folder = tmp_path_factory.mktemp("run")
    settings = TrainingSettings(steps=1, validate_every=1)
    trainer = wavenet_trainer(corpus, "trained", settings, 2, 0, "cpu", validation=corpus[:2])
    trainer.run(progress=False)
    return trainer, export(trainer, folder / "model.safetensors")


def test_bits_are_the_same_in_training_and_from_a_file(trained, corpus):
    trainer, path = trained
    assert wavenet_bits(load_wavenet(path), corpus[:2]) == pytest.approx(trainer.best[1], rel=1e-5)


def test_clips_end_where_their_tracks_end(trained, clock):
    model = load_wavenet(trained[1])
    clips = synthesise(model, [0, 1, 1], 3, seed=1, temperature=1)
    wanted = [(0, 1, 1), (1, 0, 1), (1, 1, 1)]  # word, voice and seed of each
    assert [len(x) for x in clips] == [HOP * len(clock.track(*track)) for track in wanted]
    told = torch.tensor([[1, 0], [1, 1], [1, 0], [1, 0]])  # one voice's tracks take turns
    followed = positions_to_follow({"words": clock.described()}, told, 5)
    turns = [clock.track(1, voice, seed) for voice, seed in ((0, 5), (1, 5), (0, 6), (0, 7))]
    assert all(map(np.array_equal, followed, turns))
    again = synthesise(model, [0, 1, 1], 3, seed=1, temperature=1)
    assert all(map(np.array_equal, clips, again))
    assert len(synthesise(model, 0, seconds=0.05)[0]) == 400


def test_a_description_stays_short(trained):
    words = trained[0].description["words"]
    assert len(json.dumps(words)) * 10 / 2 < 60_000, "ten words by two voices"


def test_runs_go_on_with_the_same_clock(corpus, tmp_path):
    def run(until, steps=2):
        trainer = wavenet_trainer(
            corpus, "trained", TrainingSettings(steps=2), 2, 0, "cpu", tmp_path / str(steps), True
        )
        trainer.resume()
        return trainer.run(until, progress=False)

    run(1)
    assert run(2) == run(2, steps=3)
