"""AudioLM as a kind: strings, batches, training, what is heard and whose voice it is."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from stub_codec import open_stub, save_stub

from aigc_edu import corpora
from aigc_edu.audio import sounding_parts
from aigc_edu.checkpoints import CheckpointError, Trained, load_checkpoint
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import NOTHING
from aigc_edu.evaluation.voices import Voices, voice_features
from aigc_edu.kinds import audiolm_scores as scores
from aigc_edu.kinds.audiolm import KIND
from aigc_edu.kinds.audiolm_strings import BANDS, COLOUR, PEAK, Strings, coloured, strings_of
from aigc_edu.kinds.audiolm_training import Crops, Tokens, audiolm_batches, audiolm_trainer, bits_of
from aigc_edu.kinds.running import export
from aigc_edu.models.audiolm import (
    AudioLM,
    AudioLMConfig,
    codec_of,
    collapse,
    continue_sound,
    load_audiolm,
)
from aigc_edu.models.audiolm.sequences import IGNORED
from aigc_edu.training import TrainingSettings

CONFIG = AudioLMConfig(semantic=8, channels=16, heads=2, layers=1, window=1.0, fine_window=0.2)


@pytest.fixture(scope="module")
def digits():
    corpus = corpora.load("digits")
    names = corpus.speakers[:3]
    return sum((corpus.select(speaker=name) for name in names), start=corpus[:0])


@pytest.fixture(scope="module")
def stub(tmp_path_factory):
    """The file of a codec; models find it as they find real ones."""
    with pytest.MonkeyPatch.context() as patched:
        for module in ("models.audiolm.acoustic", "kinds.audiolm_training"):
            patched.setattr(f"aigc_edu.{module}.open_codec", open_stub)
        yield save_stub(tmp_path_factory.mktemp("codec") / "codec.safetensors")


def trainer_of(clips, stub, folder=None, **told):
    settings = TrainingSettings(steps=6, warmup=1, ema=0.5, validate_every=6)
    told = {"settings": settings, "batch_size": 3, "strings": 4, "config": CONFIG, **told}
    return audiolm_trainer(
        clips, stub, "recogniser-digits", device="cpu", folder=folder, validation=clips, **told
    )


@pytest.fixture(scope="module")
def made(digits, stub, tmp_path_factory):
    """A short training's result, as a file."""
    trainer = trainer_of(digits, stub)
    trainer.run(progress=False)
    path = tmp_path_factory.mktemp("audiolm") / "model.safetensors"
    return export(trainer, path), trainer


# ---------------------------------------------------------------- strings


def test_strings_are_one_speaker_s_clips_with_silence_between(digits):
    by_key = {clip.key: clip for clip in digits}
    for string in strings_of(digits, 6, 4.0, seed=1):
        assert len(string.samples) == 32000 and string.samples.dtype == np.float32
        assert np.abs(string.samples).max() == pytest.approx(PEAK, abs=1e-3)
        places = [*string.starts, 32000]
        for key, a, b in zip(string.keys, places, places[1:], strict=False):
            clip = by_key[key]
            assert clip.speaker == string.speaker
            x = clip.samples * (PEAK / np.abs(clip.samples).max())
            piece = string.samples[a:b]
            np.testing.assert_allclose(piece[: len(x)], x[: len(piece)], atol=1e-6)
            assert not piece[len(x) :].any() and (b == 32000 or len(piece) - len(x) >= 1200)
    assert {s.speaker for s in strings_of(digits, 3, 1.0, 0)} == set(digits.speakers)


def test_strings_follow_the_seed_and_their_number_alone(digits):
    three, five = (strings_of(digits, n, 1.0, seed=4) for n in (3, 5))
    for a, b in zip(three, five, strict=False):
        np.testing.assert_array_equal(a.samples, b.samples)
    other = strings_of(digits, 3, 1.0, seed=5)
    assert any(a.keys != b.keys for a, b in zip(three, other, strict=True))
    varied = strings_of(digits, 3, 1.0, seed=4, vary=True)
    assert all(len(s.samples) == 8000 for s in varied)
    with pytest.raises(InvalidValueError, match="no clips"):
        strings_of(digits[:0], 1, 1.0, 0)


def test_a_colour_is_a_filter_with_the_gains_that_were_drawn():
    """Tones at the bands come out by their gains; in between and beyond there is nothing new."""
    t, rate = np.arange(8000) / 8000, 8000
    drawn = np.random.default_rng(3)
    deviation = drawn.uniform(0, COLOUR)
    gains = deviation * drawn.standard_normal(len(BANDS))
    for hertz, gain in zip(BANDS[:-1], gains, strict=False):
        x = np.sin(2 * np.pi * hertz * t)
        y = coloured(x, rate, np.random.default_rng(3))
        np.testing.assert_allclose(y, 10 ** (gain / 20) * x, atol=1e-9)
    many = [np.random.default_rng(i).uniform(0, COLOUR) for i in range(20)]
    assert min(many) < 1 and max(many) > 3, "some strings stay nearly as they are"


def test_varied_strings_keep_their_level_and_differ_in_colour(digits):
    voice = digits.select(speaker=digits.speakers[0])
    levels = []
    for string in strings_of(voice, 6, 4.0, seed=2, vary=True):
        assert 0.4 < np.abs(string.samples).max() <= PEAK + 1e-6
        power = np.abs(np.fft.rfft(string.samples)) ** 2
        levels.append(10 * np.log10(power[8000:].sum() / power[:4000].sum()))
    assert np.ptp(levels) > 3


def test_strings_are_made_when_their_turn_comes(digits):
    """A million of them are at hand, and the first ones are those of a short list."""
    many = Strings(digits, 1_000_000, 1.0, 4, vary=True)
    for _ in range(2):
        for a, b in zip(many, strings_of(digits, 3, 1.0, 4, vary=True), strict=False):
            np.testing.assert_array_equal(a.samples, b.samples)
    with pytest.raises(InvalidValueError, match="no clips"):
        Strings(digits[:0], 1, 1.0, 0)


def test_notes_walk_through_the_instrument_s_pitches():
    corpus = corpora.load("notes").select(family="flute")
    pitch = {clip.key: clip.note.pitch for clip in corpus}
    for string in strings_of(corpus, 4, 4.0, seed=0):
        own = sorted({p for key, p in pitch.items() if key.startswith(string.speaker)})
        places = [own.index(pitch[key]) for key in string.keys]
        assert len(places) >= 8
        assert {abs(a - b) for a, b in zip(places, places[1:], strict=False)} <= {1, 2}
        lasting = np.diff(string.starts) / 16000
        assert lasting.min() >= 0.24 and lasting.max() <= 0.51


# ---------------------------------------------------------------- batches


def test_crops_are_of_one_time_in_all_streams():
    """Tokens that tell their own time: what is said and how it sounds belong together."""
    config = replace(CONFIG, semantic=500, books=4, entries=500)  # 50 frames in a window
    frames = torch.arange(75)
    string = Tokens(frames.repeat(4, 1), torch.arange(38))  # 25 semantic tokens a second, all new
    crops = Crops(config, 25.0, [string], np.random.default_rng(0))
    bare = 0
    for _ in range(200):
        row, given = crops.coarse()
        whole = config.parts["coarse"].whole(row)
        acoustic = config.vocabulary.unflatten(whole[given:], 1, 2)
        assert torch.equal(acoustic[0], acoustic[1]) and (acoustic[0].diff() == 1).all()
        start, stop = int(acoustic[0, 0]), int(acoustic[0, -1]) + 1
        assert 12 <= stop - start <= 50
        if given == 2:
            bare += 1
            continue
        said = config.vocabulary.codes(whole[1 : given - 1], 0)
        assert abs(int(said[0]) - start / 2) <= 1
        assert stop / 2 - 1 <= int(said[-1]) + 1 <= min(38, stop / 2 + 12.5 + 1)
        row, given = crops.fine()
        whole = config.parts["fine"].whole(row)
        coarse = config.vocabulary.unflatten(whole[1 : given - 1], 1, 2)
        fine = config.vocabulary.unflatten(whole[given:], 3, 2)
        assert torch.equal(coarse, fine) and 2 <= fine.shape[1] <= 10
    assert 5 < bare < 45  # a tenth


def test_a_step_s_batch_follows_from_the_seed_and_the_step(digits, stub):
    model, codec = AudioLM(replace(CONFIG, books=4, entries=16)), open_stub(stub)
    clips = [s.samples for s in strings_of(digits, 4, 1.5, 0)]
    model.tokens.fit(clips, 0)
    first, second = (audiolm_batches(model, codec, clips, 3, 7) for _ in range(2))
    second(5)
    for a, b in zip(first(2), second(2), strict=True):
        assert torch.equal(a, b) and len(a) == 3
    assert len(first(2)) == 6
    assert not all(torch.equal(a, b) for a, b in zip(first(2), first(3), strict=True))


def test_a_batch_s_crops_are_of_one_length_and_the_next_one_s_of_another(digits, stub):
    """Nothing is read that is only filling: acoustic rows end together, up to the words' number."""
    model, codec = AudioLM(replace(CONFIG, books=4, entries=16)), open_stub(stub)
    clips = [s.samples for s in strings_of(digits, 4, 1.5, 0)]
    model.tokens.fit(clips, 0)
    batch = audiolm_batches(model, codec, clips, 3, 7)
    frames = set()
    for step in range(6):
        scored = (batch(step)[3] != IGNORED).sum(dim=1)
        assert len(set(scored.tolist())) == 1
        assert (batch(step)[5] != IGNORED).all(dim=1).sum() == 0, "what is given isn't scored"
        frames.add(int(scored[0]) // 2)
    assert len(frames) > 2 and 12 <= min(frames) <= max(frames) <= 50


# ---------------------------------------------------------------- training


def test_all_stages_learn_and_the_tokens_stay(digits, stub, made):
    trainer = trainer_of(digits, stub)
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    after = made[1].model.state_dict()
    for name, tensor in after.items():
        same = torch.equal(before[name], tensor)
        assert same == name.startswith("tokens."), name
    assert len(made[1].validation) == 1 and np.isfinite(made[1].validation[0][1])


def test_resuming_is_exact(digits, stub, made, tmp_path):
    trainer_of(digits, stub, tmp_path).run(until=3, progress=False)
    torch.manual_seed(99)
    second = trainer_of(digits, stub, tmp_path)
    assert second.resume()
    second.run(progress=False)
    for name, tensor in made[1].update.tensors().items():
        assert torch.equal(tensor, second.update.tensors()[name]), name
    assert made[1].losses == second.losses


def test_it_learns_strings_that_say_little(digits, stub):
    """Of one clip, over and over, the stages soon know what comes next."""
    settings = TrainingSettings(steps=40, warmup=1, learning_rate=1e-2)
    trainer = trainer_of(digits[:1], stub, settings=settings)
    losses = trainer.run(progress=False)
    assert np.mean(losses[-5:]) < 0.7 * losses[0]


def test_notes_are_learned_from_chroma(stub, tmp_path):
    """On an instrument's notes, with the first books of a codec alone, to the file and back."""
    flutes = corpora.load("notes").select(family="flute")[:30]
    wide = save_stub(tmp_path / "wide.safetensors", rate=16000, hop=320)
    settings = TrainingSettings(steps=2, warmup=1)
    config = replace(CONFIG, books=3)
    told = {"settings": settings, "batch_size": 2, "strings": 3, "device": "cpu"}
    trainer = audiolm_trainer(flutes, wide, "chroma", config, **told)
    trainer.run(progress=False)
    loaded = load_audiolm(export(trainer, tmp_path / "model.safetensors"))
    assert loaded.model.config.hearing is None and loaded.model.config.books == 3
    made = continue_sound(loaded.model, codec_of(loaded).model, flutes[0].samples, 0.2)
    assert made.tokens.shape == (3, 52 + 10) and len(made.new) == 3200
    heard = loaded.model.tokens(torch.tensor(flutes[0].samples)[None])
    assert heard.shape[1] == 25 and len(collapse(heard[0])[0]) < 20


def test_a_checkpoint_holds_all_but_the_codec(digits, stub, made, monkeypatch):
    path, trainer = made
    monkeypatch.setattr(corpora, "load", None)
    loaded = load_audiolm(path)
    assert not loaded.model.training
    assert loaded.description["codec"]["name"] == str(stub)
    tensors, _ = load_checkpoint(path)
    assert any(name.startswith("model.tokens.network.convolutions") for name in tensors)
    x = torch.tensor(digits[0].samples)[None]
    assert torch.equal(loaded.model.tokens(x), trainer.model.tokens(x))
    assert codec_of(loaded).model.books == 4


def test_a_codec_that_differs_is_refused(made, stub, tmp_path):
    loaded = load_audiolm(made[0])
    other = save_stub(tmp_path / "other.safetensors", seed=1)
    with pytest.raises(CheckpointError, match="fingerprint"):
        codec_of(loaded, other)
    copy = save_stub(tmp_path / "moved.safetensors")
    assert codec_of(loaded, copy).model.books == 4, "the same codec from another place"


def test_what_does_not_fit_is_said(digits, stub, tmp_path):
    fast = save_stub(tmp_path / "fast.safetensors", rate=16000)
    with pytest.raises(InvalidValueError, match="16000 Hz and the corpus of 8000 Hz"):
        trainer_of(digits, fast)
    with pytest.raises(InvalidValueError, match="no recogniser"):
        audiolm_trainer(digits, stub, "listener-digits", device="cpu")


def test_bits_are_those_of_a_guess_before_learning(digits, stub):
    model = trainer_of(digits, stub).model.eval()
    clips = [s.samples for s in strings_of(digits, 4, 1.5, 1)]
    bits = bits_of(model, open_stub(stub), clips)
    assert set(bits) == {"semantic", "coarse", "fine"}
    guesses = {stage: np.log2(len(part)) for stage, part in model.parts.items()}
    for stage, value in bits.items():
        assert value == pytest.approx(guesses[stage], abs=1.0)
    assert bits == bits_of(model, open_stub(stub), clips)
    assert (audiolm_batches(model, open_stub(stub), clips, 2, 0)(0)[1] == IGNORED).any()


# ---------------------------------------------------------------- scores


def test_parts_lie_between_silences():
    x = np.zeros(8000)
    x[800:1600] = x[4000:5600] = 0.5
    x[5600:6000], x[6400:6800] = 0, 0.2  # a closure of a tenth of a second parts nothing
    x[7940:7960] = 0.5  # a click
    assert sounding_parts(x, 8000) == [(800, 1600), (4000, 6800)]
    three = [(800, 1600), (4000, 5600), (6400, 6800)]
    assert sounding_parts(x, 8000, gap=0.05, shortest=0.05) == three
    assert sounding_parts(x, 8000, gap=0.05) == three[:2]
    assert sounding_parts(x, 8000, threshold_db=-6)[1] == (4000, 5600)
    assert sounding_parts(np.zeros(500), 8000) == [] == sounding_parts(np.zeros(0), 8000)
    for wrong in ({"gap": 0}, {"threshold_db": 0}, {"rate": 10}):
        with pytest.raises(InvalidValueError):
            sounding_parts(x, **{"rate": 8000, **wrong})


class Hears:
    """A judge that hears a digit in whatever is loud enough."""

    def recognise(self, clips, rate):
        labels = np.array([3 if np.abs(c).max() > 0.2 else NOTHING for c in clips])
        return type("Verdicts", (), {"labels": labels})


def test_silence_and_nothing_count_as_failures():
    loud, soft = np.full(1600, 0.5), np.full(1600, 0.1)
    gap = np.zeros(1600)
    clips = [np.concatenate([loud, gap, soft, gap]), np.zeros(4000), np.zeros(0)]
    parts = [part for clip in clips for part in scores.parts_to_hear(clip, 8000)]
    assert [len(part) > 0 for part in parts] == [True, True, False, False]
    assert scores.heard_in(parts, Hears(), 8000).tolist() == [True, False, False, False]


def test_a_word_cut_off_by_the_end_is_not_counted():
    loud, gap = np.full(1600, 0.5), np.zeros(1600)
    assert len(scores.parts_to_hear(np.concatenate([loud, gap, loud]), 8000)) == 1
    assert len(scores.parts_to_hear(np.concatenate([gap, loud]), 8000)) == 1, "the only one counts"


def test_voices_are_told_apart_and_levels_do_not_matter(digits):
    groups = {n: [c.samples for c in digits if c.speaker == n] for n in digits.speakers}
    known = Voices({n: clips[::2] for n, clips in groups.items()}, 8000)
    hits = [known.nearest(x) == n for n, clips in groups.items() for x in clips[1::2]]
    assert np.mean(hits) > 0.8
    x = groups[digits.speakers[0]][1]
    np.testing.assert_allclose(voice_features(x, 8000), voice_features(0.01 * x, 8000), atol=0.01)
    assert min(known.distances(x), key=known.distances(x).get) == known.nearest(x)
    for wrong in (np.zeros(8000), np.ones(10)):
        with pytest.raises(InvalidValueError):
            voice_features(wrong, 8000)
    with pytest.raises(InvalidValueError):
        Voices({"one": [x, x]}, 8000)


def test_a_mahalanobis_distance_by_hand(digits):
    groups = {n: [c.samples for c in digits if c.speaker == n] for n in digits.speakers}
    known = Voices(groups, 8000)
    rows = {n: np.stack([voice_features(x, 8000) for x in clips]) for n, clips in groups.items()}
    x = rows[known.names[0]][3]
    off = x - rows[known.names[1]].mean(axis=0)
    far = known.distances(groups[known.names[0]][3])[known.names[1]]
    assert far == pytest.approx(np.sqrt(off @ known.weights @ off))


def test_the_test_s_voices_are_unheard_where_there_are_many():
    corpus = corpora.load("digits")
    train, validation, test = KIND.parts(corpus)
    assert set(test.speakers) == set(corpus.split("official").test.speakers)
    assert not set(test.speakers) & set(train.speakers)
    assert set(validation.speakers) <= set(train.speakers)
    assert sum(map(len, (train, validation, test))) == len(corpus)
    assert not {c.key for c in train} & {c.key for c in validation}
    known = scores.voices_of(type("S", (), {"train": test[:60], "test": test}), 1.0)
    assert known.names == sorted(test.speakers)


def test_prompts_end_where_a_clip_ends(digits):
    for prompt in scores.prompts_of(digits, 4, 1.0, seed=0):
        assert len(prompt.samples) >= 1.5 * 8000 and len(prompt.after) == 8000
        assert not prompt.samples[-1200:].any() and prompt.speaker in digits.speakers
        assert prompt.after[:400].any()


def test_clips_of_any_length_make_prompts_and_what_comes_after_them(digits):
    """A clip that begins just before the prompt's end, and is longer than all the rest."""
    for seconds in (0.1, 1.45, 4.0, 7.0):
        long = [np.resize(clip.samples, round(seconds * 8000)) for clip in digits[:6]]
        pairs = zip(digits[:6], long, strict=True)
        clips = tuple(replace(clip, load=lambda x=x: x) for clip, x in pairs)
        for prompt in scores.prompts_of(replace(digits, clips=clips), 4, 1.0, seed=0):
            assert len(prompt.samples) >= 1.5 * 8000 and len(prompt.after) == 8000


def test_a_network_to_compare_with_is_heard_by_its_own_codec(digits, stub, made, tmp_path):
    loaded = load_audiolm(made[0])
    told = {**loaded.description["codec"], "fingerprint": "another"}
    other = Trained(loaded.model, {**loaded.description, "codec": told})
    split = type("Split", (), {"train": digits, "validation": digits[:0], "test": digits})
    with pytest.raises(CheckpointError, match="fingerprint"):
        scores.measure_strings(loaded, split, {"prompts": 1, "seconds": 0.2}, {"other": other})


def test_the_card_compares_what_each_stage_adds(digits, stub, made):
    split = type("Split", (), {"train": digits, "validation": digits, "test": digits})
    loaded = load_audiolm(made[0])
    told = {"prompts": 3, "seconds": 0.5, "judges": ["recogniser-digits", "listener-digits"]}
    measured = scores.measure_strings(loaded, split, told, {"tiny": loaded})
    rows = {row[0]: row for row in measured.tables[0].rows}
    assert list(rows) == [
        scores.REAL,
        scores.CODED,
        "this checkpoint",
        "without the semantic stage",
        "without the fine stage",
        "tiny",
    ]
    assert rows["tiny"][1:] == rows["this checkpoint"][1:]
    assert measured.scores["prompts"] == 3 and 0 <= measured.scores["heard_by_both"] <= 1
    assert measured.anchors["tiny"] == pytest.approx(
        sum(measured.scores[f"{s}_bits"] for s in ("semantic", "coarse", "fine"))
    )
    notes = scores.measure_strings(loaded, split, {"prompts": 2, "seconds": 0.5}, {})
    assert "heard_by_both" not in notes.scores and len(notes.tables[0].columns) == 4
    sound = KIND.sample(loaded, split, {})
    assert sound.rate == 8000 and len(sound.samples) >= 4.5 * 8000


def test_temperatures_are_the_checkpoint_s_own(made):
    loaded = load_audiolm(made[0])
    assert scores.sampling_of(loaded).temperatures == (0.6, 0.8, 0.6)
    told = Trained(loaded.model, {**loaded.description, "temperatures": [0.1, 0.2, 0.3]})
    assert scores.sampling_of(told, seed=3).temperature("coarse") == 0.2


def test_the_tempo_is_that_of_tokens_without_repetitions(digits, stub):
    model = trainer_of(digits, stub).model
    clips = [s.samples for s in strings_of(digits, 4, 1.5, 0)]
    changes = [len(collapse(model.tokens(torch.tensor(c)[None])[0])[0]) for c in clips]
    assert float(model.tokens.tempo) == pytest.approx(sum(changes) / (4 * 1.48), rel=0.02)
