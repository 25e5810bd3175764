"""VITS as a kind: batches, losses, what it is chosen by, resuming, and what its card says."""

import dataclasses
import math
import random
import sys

import numpy as np
import pytest
import torch
from conftest import ROOT

from aigc_edu import corpora
from aigc_edu.checkpoints import CheckpointError, Trained, load_checkpoint, save_checkpoint
from aigc_edu.corpora import Clip, Corpus, Phoneme
from aigc_edu.corpora.choosing import no_longer
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import fidelity
from aigc_edu.kinds import vits_scores
from aigc_edu.kinds.running import begin_with
from aigc_edu.kinds.vits import KIND
from aigc_edu.kinds.vits_clips import (
    found_places,
    prepare_clip,
    prepare_clips,
    share_aligned,
    true_places,
    vits_batches,
)
from aigc_edu.kinds.vits_guesses import guess_durations
from aigc_edu.kinds.vits_scores import distance_db, duration_error, measure_vits, warped_db
from aigc_edu.kinds.vits_training import (
    Game,
    adopt_symbols,
    alignment_share,
    alignments_of,
    vits_trainer,
    vits_value,
)
from aigc_edu.models.vits import VITS, VITSConfig, linear_spectra, vits_critic
from aigc_edu.text.symbols import CONSONANTS, VOWELS
from aigc_edu.training import TrainingSettings

sys.path.insert(0, str(ROOT / "benchmarks"))
import vits_heard  # noqa: E402

SMALL = {"hidden": 16, "filter": 32, "layers": 1, "posterior_layers": 2, "duration_filter": 16}
SMALL |= {"decoder_channels": 32, "decoder_blocks": 1, "segment": 8, "mel_scales": (512,)}
CONFIG = dataclasses.replace(VITSConfig.tiny(), **SMALL)
TEXTS = ("a sea", "see a sea", "a")


BANDS = {"": (0.0, 1.0, 1e-3), "ɐ": (0.02, 0.1, 0.5), "ˈi": (0.3, 0.5, 0.3), "s": (0.6, 0.9, 0.2)}


def hiss(symbol, count, drawn):
    """White noise in a band of frequencies, in shares of the highest, at a level."""
    low, high, level = BANDS[symbol]
    X = np.fft.rfft(drawn.standard_normal(count))
    f = np.linspace(0, 1, len(X))
    x = np.fft.irfft(X * ((f >= low) & (f <= high)), count) + 1e-3 * drawn.standard_normal(count)
    return level * x / np.abs(x).max()


def spoken(text, number):
    """A made clip: each phoneme is a hiss in a band of its own, and its place is known."""
    drawn, parts, marks, at = np.random.default_rng(number), [], [], 0
    rows = [("", 0.1)]
    for word in text.split():
        rows += [("ɐ", 0.15)] if word == "a" else [("s", 0.2), ("ˈi", 0.2)]
    for symbol, seconds in [*rows, ("", 0.1)]:
        n = int(16000 * seconds)
        parts.append(hiss(symbol, n, drawn))
        marks.append(Phoneme(symbol, at, at + n))
        at += n
    x = np.concatenate(parts)
    return Clip(f"c{number}", None, "me", 16000, "train", lambda: x, tuple(marks), text)


@pytest.fixture(scope="module")
def corpus():
    return Corpus("made", 16000, (), tuple(spoken(t, i) for i, t in enumerate(TEXTS)))


@pytest.fixture(scope="module")
def clips(corpus):
    return prepare_clips(corpus, CONFIG)


def trainer_of(corpus, **told):
    steps = told.pop("steps", 6)
    settings = TrainingSettings(steps=steps, warmup=1, learning_rate=2e-3, ema=told.pop("ema", 0))
    told = {"batch_size": 2, "device": "cpu", "config": CONFIG, "settings": settings} | told
    return vits_trainer(corpus, **told)


# ---------------------------------------------------------------- batches


def test_a_batch_holds_a_clip_a_row(clips):
    batches = vits_batches(clips, CONFIG, 2, 0, critics_after=4)
    symbols, lengths, waves, frames, starts, active, *_ = batches(3)
    assert symbols.shape[0] == len(lengths) == len(waves) == 2
    assert waves.shape[1] == 256 * frames.max() and not active.any() and batches(4)[5].all()
    for i in range(2):
        own = [c for c in clips if torch.equal(c.symbols, symbols[i, : lengths[i]])]
        assert np.array_equal(own[0].samples(256), waves[i, : 256 * frames[i]])
        assert 0 <= starts[i] <= frames[i] - CONFIG.segment
    assert all(torch.equal(a, b) for a, b in zip(batches(3), batches(3), strict=True))


def test_what_it_cannot_learn_from_is_said(corpus, clips):
    with pytest.raises(InvalidValueError, match="16000 Hz"):
        prepare_clips(corpora.load("sentences")[:1], CONFIG)
    with pytest.raises(InvalidValueError, match="no text.*choose sentences-natural"):
        prepare_clips(corpora.load("digits", rate=16000)[:2], CONFIG)
    other = dataclasses.replace(corpus[0], speaker="you")
    with pytest.raises(InvalidValueError, match="made has 2 speakers.*one voice"):
        prepare_clips(dataclasses.replace(corpus, clips=(other, corpus[1])), CONFIG)
    dumb = dataclasses.replace(corpus[1], text="...")
    with pytest.raises(InvalidValueError, match="clip c1: there is nothing to say"):
        prepare_clips(dataclasses.replace(corpus, clips=(corpus[0], dumb)), CONFIG)
    short = dataclasses.replace(corpus[0], load=lambda: np.zeros(100), phonemes=())
    wordy = dataclasses.replace(short, text="one " * 40)
    both = dataclasses.replace(corpus, clips=(wordy, corpus[1]))
    assert len(prepare_clips(both, CONFIG)) == 1
    with pytest.raises(InvalidValueError, match="as many frames as symbols"):
        prepare_clips(dataclasses.replace(corpus, clips=(wordy,)), CONFIG)
    with pytest.raises(InvalidValueError, match="tiny, trained or paper"):
        vits_trainer(corpus, size="huge")


@pytest.mark.parametrize("blanks", [True, False])
def test_true_durations_give_true_places(corpus, blanks):
    """An alignment made of the corpus's own places is found to be right, a late one isn't."""
    config = dataclasses.replace(CONFIG, blanks=blanks)
    one = prepare_clip(corpus[1], config)
    numbers, ends = true_places(one, 256)
    assert [one.match.symbols[i] for i in numbers] == ["", "s", "ˈi", "ɐ", "s", "ˈi", ""]
    frames = np.round(ends).astype(int)
    inputs = list(one.symbols)
    durations, own, at = np.zeros(len(inputs), int), 0, 0
    places = {config.symbols[int(n)] for n in inputs}
    assert ("_" in places) == blanks
    for i, number in enumerate(inputs):
        symbol = config.symbols[int(number)]
        if symbol in ("_", " "):
            durations[i], at = 1, at + 1
        else:
            durations[i] = max(1, frames[own] - at - (symbol != ""))
            at, own = at + durations[i], own + 1
    found = found_places(durations, one, config)[numbers]
    assert np.abs(found - ends).max() < 1.6
    assert share_aligned(found, ends, 256, 16000) == 1
    assert share_aligned(found + 6, ends, 256, 16000) == 0
    assert np.isnan(share_aligned(ends[:0], ends[:0], 256, 16000))


# ---------------------------------------------------------------- losses


def test_each_loss_reaches_its_own_side(corpus, clips):
    torch.manual_seed(0)
    model, critic, game = VITS(CONFIG), vits_critic(CONFIG), Game(CONFIG)
    rows = vits_batches(clips, CONFIG, 2, 0)(0)
    loss = game.critic_loss(model, critic, *rows)
    loss.backward()
    assert all(p.grad is None for p in model.parameters())
    assert all(p.grad is not None for p in critic.parameters())
    assert loss.item() == pytest.approx(8, abs=2), "eight critics that know nothing yet"
    kept = game.kept[1].made
    critic.requires_grad_(False)
    total = game.generator_loss(model, critic, *rows)
    total.backward()
    assert kept.grad_fn is not None and game.kept is None
    assert model.decoder.head.weight.grad.abs().max() > 0
    parts = game.figures
    sums = 45 * parts["mel"] + parts["kl"] + parts["deterministic"] + parts["stochastic"]
    assert total.item() == pytest.approx(sums + parts["fooled"] + 2 * parts["matched"], rel=1e-5)


def test_both_sides_look_at_one_pass(clips, monkeypatch):
    """Also where each call gets tensors of its own; of another batch, a pass is made anew."""
    batches, model, critic = vits_batches(clips, CONFIG, 2, 0), VITS(CONFIG), vits_critic(CONFIG)
    passes, learn = [], model.learn
    monkeypatch.setattr(model, "learn", lambda *a, **k: passes.append(1) or learn(*a, **k))
    for second, wanted in ([part.clone() for part in batches(0)], 1), (batches(1), 2):
        passes.clear()
        game = Game(CONFIG)
        game.critic_loss(model, critic, *batches(0))
        game.generator_loss(model, critic, *second)
        assert len(passes) == wanted


def test_the_divergence_gets_its_weight_step_by_step(clips):
    batches = vits_batches(clips, CONFIG, 2, 0, settle=4)
    assert [float(batches(step)[6][0]) for step in (0, 1, 3, 9)] == [0.25, 0.5, 1, 1]
    model, rows = VITS(CONFIG).eval(), batches(9)
    for weight in (0.0, 0.5):
        game = Game(CONFIG)
        told = (*rows[:5], 0 * rows[5], weight + 0 * rows[6], rows[7])
        loss, parts = game.generator_loss(model, lambda x: None, *told).item(), game.figures
        rest = 45 * parts["mel"] + parts["deterministic"] + parts["stochastic"]
        assert loss - rest == pytest.approx(weight * parts["kl"], abs=1e-3)


def test_critics_may_come_later(corpus):
    trainer = trainer_of(corpus, critics_after=2, steps=3)
    before = [p.clone() for p in trainer.update.critic.parameters()]
    trainer.run(until=2, progress=False)
    after = trainer.update.critic.parameters()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert trainer.figures["critic"] == [0, 0] and "fooled" not in trainer.figures
    trainer.run(progress=False)
    assert trainer.figures["critic"][2] > 1 and len(trainer.figures["fooled"]) == 3
    changed = zip(before, trainer.update.critic.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in changed)


# ---------------------------------------------------------------- learning


class LevelsInBands(torch.nn.Module):
    """A posterior that has nothing to learn: the latent's mean is the level in four bands."""

    def forward(self, spectra, mask):
        bands = [part.square().mean(dim=1) for part in spectra.split([40, 110, 130, 233], dim=1)]
        mean = (torch.stack(bands, dim=1) + 1e-4).log().repeat(1, 4, 1) / 3 * mask
        log_scale = -mask.expand_as(mean)
        return (mean + torch.randn_like(mean) * log_scale.exp()) * mask, mean, log_scale


def shares_by(durations, clips, config):
    """Return the share of borders within 50 ms by durations of each clip."""
    hits = count = 0
    for one, found in zip(clips, durations, strict=True):
        numbers, true = true_places(one, config.hop)
        ends = found_places(found.numpy(), one, config)[numbers]
        hits += len(numbers) * share_aligned(ends, true, config.hop, config.rate)
        count += len(numbers)
    return hits / count


def two_words(config, count=24):
    """Return clips of texts of one to five words, each one of two."""
    draw = random.Random(0)
    texts = [
        " ".join(draw.choice(["a", "see"]) for _ in range(draw.randint(1, 5))) for _ in range(count)
    ]
    clips = tuple(spoken(text, i) for i, text in enumerate(texts))
    return prepare_clips(Corpus("made", 16000, (), clips), config)


@pytest.mark.parametrize("blanks", [True, False])
def test_a_guess_finds_the_phonemes_without_a_network(blanks):
    config = dataclasses.replace(CONFIG, blanks=blanks)
    clips = two_words(config)
    guesses = guess_durations(clips, config)
    for one, guess in zip(clips, guesses, strict=True):
        silent = one.symbols == config.symbols.index("_")
        assert int(guess.sum()) == one.frames
        assert (guess[silent] == 0).all() and (guess[~silent] >= 1).all()
    even = guess_durations(clips, config, rounds=0)
    assert shares_by(even, clips, config) < 0.75
    assert shares_by(guesses, clips, config) > 0.9


def test_a_search_that_is_guided_follows_the_guess(clips):
    torch.manual_seed(0)
    model = VITS(CONFIG).eval()
    guesses = guess_durations(clips, CONFIG)
    batch = vits_batches(clips, CONFIG, 3, 0, settle=100, guesses=guesses)(0)
    symbols, lengths, waves, frames, starts, _, _, guess = batch
    spectra = linear_spectra(waves, CONFIG.frame, CONFIG.hop)
    told = symbols, lengths, spectra, frames, starts, torch.full((3,), 9.0), guess
    found = model.learn(*told).durations
    off = (found.cumsum(1) - guess.cumsum(1)).abs().max()
    assert guess.sum(1).tolist() == frames.tolist() and off <= 3  # a blank takes a frame of its own
    assert (model.learn(*told[:-2]).durations.cumsum(1) - guess.cumsum(1)).abs().max() > off


def test_alignment_emerges_from_the_divergence_alone():
    """Where the latent tells sounds apart: 24 texts of two words, and nobody says what is where."""
    config = dataclasses.replace(CONFIG, dropout=0.0, segment=1)
    clips = two_words(config)
    torch.manual_seed(0)
    model, batch = VITS(config), vits_batches(clips, config, 8, 0, settle=40)
    model.posterior = LevelsInBands()
    optimizer, before = torch.optim.Adam(model.parameters(), 1e-2), alignment_share(model, clips)
    for step in range(75):
        symbols, lengths, waves, frames, starts, _, weight, _ = batch(step)
        spectra = linear_spectra(waves, config.frame, config.hop)
        learned = model.learn(symbols, lengths, spectra, frames, starts, guide=1 - weight)
        optimizer.zero_grad()
        learned.kl.mean().backward()
        optimizer.step()
    assert before < 0.5 and alignment_share(model.eval(), clips) > 0.85


@pytest.fixture(scope="module")
def learned(corpus):
    """A trainer that has seen three made clips some dozens of times."""
    settings = {"steps": 70, "critics_after": 10**6, "batch_size": 3, "settle": 40}
    trainer = trainer_of(corpus, **settings)
    trainer.run(progress=False)
    return trainer


def test_it_learns_clips_by_heart(learned, clips):
    mel, kl = learned.figures["mel"], learned.figures["kl"]
    assert np.mean(mel[-10:]) < 0.93 * np.mean(mel[:5])
    assert np.mean(kl[-10:]) < 0.5 * kl[0]
    for one, durations in zip(clips, alignments_of(learned.model, clips), strict=True):
        assert durations.sum() == one.frames and durations.min() >= 1


def test_what_is_learned_is_chosen_and_near(learned, clips):
    torch.manual_seed(1)
    fresh = Trained(VITS(CONFIG).eval(), {})
    taught = Trained(learned.model, learned.description)
    assert vits_value(taught.model, clips) < 0.95 * vits_value(fresh.model, clips)
    assert 0 < distance_db(taught, clips) == distance_db(taught, clips)
    for way in ("deterministic", "stochastic"):
        assert duration_error(taught, clips, way) < duration_error(fresh, clips, way)


def test_a_card_tells_what_was_measured(learned, corpus):
    split = corpora.Split(corpus, corpus[:2], corpus[1:])
    taught = Trained(learned.model, {**learned.description, "aligned": 0.5})
    told = measure_vits(taught, split, {"clips": 2}, {"other": taught})
    assert [row[0] for row in told.tables[0].rows] == ["this checkpoint", "other"]
    assert told.scores["aligned"] == 0.5 and told.scores["words_as_spoken"] == 1
    assert told.scores["real_time"] > 1 and "mel bands" in told.says
    validated = vits_value(learned.model, prepare_clips(corpus[:2], CONFIG))
    assert told.anchors == {"other": validated}, "as the curve beside it: of validation clips"
    empty = corpora.Split(corpus, corpus[:0], corpus)
    assert measure_vits(taught, empty, {"clips": 1}, {"other": taught}).anchors == {}
    assert KIND.scores(taught, corpora.Split(corpus, corpus, corpus[:0])) == {}


def test_each_network_is_measured_with_symbols_of_its_own(learned, corpus):
    """A network without blanks beside one with them gets what it would get alone."""
    torch.manual_seed(2)
    bare = VITS(dataclasses.replace(CONFIG, blanks=False, symbols=CONFIG.symbols[::-1])).eval()
    split, other = corpora.Split(corpus, corpus, corpus), Trained(bare, {})
    row = measure_vits(Trained(learned.model, {}), split, {}, {"other": other}).tables[0].rows[1]
    error = duration_error(other, prepare_clips(corpus, bare.config), "deterministic")
    assert row[2] == f"{error:.0f} ms"


def test_speed_is_measured_on_the_cpu(monkeypatch):
    class Elsewhere(torch.nn.Module):
        config, where = CONFIG, "far"

        def cpu(self):
            self.where = "cpu"
            return self

    def say(trained, text):
        assert trained.model.where == "cpu"
        return np.zeros(10**6)

    far = Elsewhere()
    monkeypatch.setattr(vits_scores, "say", say)
    assert vits_scores.times_real_time(Trained(far, {})) > 0 and far.where == "far"


def test_what_is_below_the_floor_counts_as_silence():
    """The floor is 80 dB below a sine of amplitude 1, as everywhere in the course."""
    noise = 1e-4 * np.random.default_rng(0).standard_normal(16000)  # -108 dB a bin
    assert warped_db(noise, np.zeros(16000), 16000) == 0
    assert np.all(fidelity.levels_db(noise, 16000, 1024, 256, 80) == -80)


def test_a_slower_copy_is_as_near_and_noise_is_far():
    x = spoken("see a sea", 0).samples.astype(float)
    slow = np.interp(np.arange(0, len(x), 0.9), np.arange(len(x)), x)
    assert warped_db(x, x, 16000) == 0
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(x))
    assert warped_db(0.5 * x, x, 16000) < 3.5 < warped_db(noise, x, 16000)
    assert warped_db(slow, x, 16000) < 0.8 * warped_db(noise, x, 16000)


# ---------------------------------------------------------------- going on


def test_resuming_is_exact(corpus, tmp_path):
    def trainer_in(folder):
        return trainer_of(corpus, folder=folder, seed=3, steps=3, ema=0.5, critics_after=1)

    whole = trainer_in(tmp_path / "whole")
    whole.run(progress=False)
    trainer_in(tmp_path / "parts").run(until=2, progress=False)
    torch.manual_seed(99)
    second = trainer_in(tmp_path / "parts")
    assert second.resume()
    second.run(progress=False)
    ours, theirs = whole.update.tensors(), second.update.tensors()
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []
    assert whole.figures.keys() == second.figures.keys()
    for name, values in whole.figures.items():
        np.testing.assert_array_equal(values, second.figures[name])


def test_what_ships_tells_the_alignment_of_its_own_weights(learned, corpus, clips):
    """Also after a resumed run: it is measured of the weights that ship, when they ship."""
    taught, split = Trained(learned.model, {}), corpora.Split(corpus, corpus, corpus)
    assert "aligned" not in learned.description
    assert KIND.tells(taught, split) == {"aligned": alignment_share(learned.model, clips)}
    light = VITS(CONFIG, False)
    assert KIND.tells(Trained(light, {}), split) == {}
    unmarked = dataclasses.replace(
        corpus, clips=tuple(dataclasses.replace(clip, phonemes=()) for clip in corpus)
    )
    assert KIND.tells(taught, corpora.Split(corpus, corpus, unmarked)) == {}


def test_a_run_that_knew_no_settling_goes_on(corpus, tmp_path):
    path = tmp_path / "last.safetensors"
    trainer_of(corpus, folder=tmp_path, steps=2).run(until=1, progress=False)
    tensors, told = load_checkpoint(path)
    assert told.pop("settle") == 0
    save_checkpoint(path, tensors, told)
    assert trainer_of(corpus, folder=tmp_path, steps=2).resume()
    with pytest.raises(CheckpointError, match="settle = None, not 5"):
        trainer_of(corpus, folder=tmp_path, steps=2, settle=5).resume()


def test_a_voice_as_it_ships_is_no_beginning(corpus, tmp_path):
    trainer = trainer_of(corpus)
    weights = {f"model.{k}": v for k, v in KIND.ships(trainer.model.state_dict()).items()}
    path = save_checkpoint(tmp_path / "voice.safetensors", weights, trainer.description)
    with pytest.raises(InvalidValueError, match="without the posterior encoder"):
        begin_with(KIND, trainer, str(path))


def test_another_run_s_symbols_are_matched_by_name():
    rows = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    weights = {"text.embedding.weight": rows.clone(), "posterior.x": rows}
    theirs = {"config": {"symbols": ["a", "b"]}}
    adopt_symbols(weights, theirs, {"config": {"symbols": ["b", "new", "a"]}})
    wanted = torch.stack([rows[1], rows.mean(dim=0), rows[0]])
    assert torch.equal(weights["text.embedding.weight"], wanted)
    with pytest.raises(InvalidValueError, match="no table of symbols"):
        adopt_symbols({}, theirs, theirs)


# ---------------------------------------------------------------- what a public recogniser hears


def test_sentences_that_a_voice_is_heard_with_are_there_and_new(corpus, tmp_path):
    parts = corpora.Split(corpus[:1], corpus[1:2], corpus[2:])
    texts, recordings = vits_heard.unheard(parts, 2, None)
    assert texts == list(TEXTS[1:]) and len(recordings) == 2
    with pytest.raises(SystemExit, match="3 sentences are asked for, 2 are held out"):
        vits_heard.unheard(parts, 3, None)
    file = tmp_path / "texts.txt"
    file.write_text("A new one.\n\nAnother.\nA sea!\n", encoding="utf-8")
    assert vits_heard.unheard(parts, 2, file) == (["A new one.", "Another."], None)
    with pytest.raises(SystemExit, match="has learned from 'A sea!'"):
        vits_heard.unheard(parts, 3, file)
    for count in (0, 4):
        with pytest.raises(SystemExit, match=f"{count} sentences are asked for, 3 are in"):
            vits_heard.unheard(parts, count, file)
    with pytest.raises(SystemExit, match="cannot be read"):
        vits_heard.unheard(parts, 1, tmp_path)


def test_without_the_recogniser_there_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(vits_heard, "find_spec", lambda name: None)
    monkeypatch.setattr("sys.argv", ["vits_heard.py", "--whisper", "x"])
    with pytest.raises(SystemExit, match="pip install faster-whisper"):
        vits_heard.main()
    monkeypatch.setattr("sys.argv", ["vits_heard.py"])
    with pytest.raises(SystemExit, match="nobody is asked to listen"):
        vits_heard.main()


def test_what_is_heard_is_counted_in_words_or_in_phonemes():
    assert vits_heard.sphinx_phonemes("The bird joins us.") == "DH AH B ER D JH OY N Z AH S".split()
    assert set(vits_heard.SPHINX) == {*VOWELS, *CONSONANTS}
    told = {"One, 2 three": "one too three", "four": "four"}
    sounds = [np.zeros(1), np.ones(1)]
    written = iter(told.values())

    def hear(x, rate):
        return next(written)

    wrong = vits_heard.errors(hear, vits_heard.words_of, list(told), sounds, 16000, 0)
    assert wrong == 1 / 4
    few, read = ["The bird"], vits_heard.sphinx_phonemes
    wrong = vits_heard.errors(lambda x, rate: "DH AH B D", read, few, sounds[:1], 1, 0, str.split)
    assert wrong == 1 / 5


def test_only_clips_that_are_short_enough_are_learned_from(corpus):
    seconds = sorted(clip.duration for clip in corpus)
    longest = seconds[len(seconds) // 2]
    kept = no_longer(corpus, longest)
    assert kept.clips == tuple(clip for clip in corpus if clip.duration <= longest)
    assert 0 < len(kept) < len(corpus) and no_longer(corpus, math.inf).clips == corpus.clips
    with pytest.raises(InvalidValueError, match=f"no clip of made.*shortest {seconds[0]:.1f} s"):
        no_longer(corpus, seconds[0] / 2)
