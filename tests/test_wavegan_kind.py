"""WaveGAN as a kind: what it learns from, its two ways, exact resuming, and how it is judged."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from aigc_edu.checkpoints import Trained, load_checkpoint
from aigc_edu.corpora import Clip, Corpus, Split
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds import wavegan, wavegan_judging
from aigc_edu.kinds.base import Run
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.making import stage_options
from aigc_edu.kinds.wavegan_clips import PEAK, at_peak, placed, shake, wavegan_batches
from aigc_edu.kinds.wavegan_judging import Judged, judge_of
from aigc_edu.kinds.wavegan_scores import MINE, NOISE, PARROT, measure_clips
from aigc_edu.kinds.wavegan_training import WAYS, Game, wavegan_trainer
from aigc_edu.models.wavegan import Critic, Generator, WaveGANConfig, make_clips
from aigc_edu.training import DivergedError, TrainingSettings
from aigc_edu.training.adversarial import gradient_penalty, zero_centred_penalty
from aigc_edu.training.engine import Processes

RATE, LABELS = 8000, ("low", "high")
SMALL = WaveGANConfig(length=1024, width=1, latent=4, labels=2)
FEW = {"wgan-gp": {"critic_steps": 2}, "relativistic": {"penalty_every": 2}}


def tones(count=12, part="train", labels=LABELS):
    """Return tones, of which a label tells the pitch."""

    def clip(number):
        label = number % 2
        x = 0.4 * np.sin(2 * np.pi * (200, 700)[label] * np.arange(600 + 20 * number) / RATE)
        told = label if labels else None
        return Clip(f"{part}{number}", told, "ann", RATE, part, lambda: x)

    return Corpus("tones", RATE, labels, tuple(clip(i) for i in range(count)))


def trainer_of(way="relativistic", folder=None, steps=5, config=SMALL, **changes):
    settings = TrainingSettings(
        steps=steps, learning_rate=1e-3, warmup=1, ema=0.5, save_every=changes.pop("every", 100)
    )
    given = {"settings": settings, "batch_size": 4, "device": "cpu", "folder": folder}
    way = replace(WAYS[way], **FEW[way]) if isinstance(way, str) else way
    return wavegan_trainer(tones(), config, way, **given | changes)


# ---------------------------------------------------------------- what it learns from


@pytest.mark.parametrize("augment", [False, True])
def test_a_batch_is_a_function_of_its_step(augment):
    batch = wavegan_batches(tones(), SMALL, 6, 0, augment)
    again = wavegan_batches(tones(), SMALL, 6, 0, augment)
    other = wavegan_batches(tones(), SMALL, 6, 1, augment)
    for step in (0, 7):
        assert all(torch.equal(a, b) for a, b in zip(batch(step), again(step), strict=True))
        assert not any(torch.equal(batch(step)[i], other(step)[i]) for i in (0, 2, 3))
    x, label, z, mix = batch(3)
    assert x.shape == (6, 1024) and x.dtype == torch.float32 and label.dtype == torch.int64
    assert z.shape == (6, 4) and z.abs().max() <= 1 and mix.shape == (6,)
    assert 0 <= mix.min() and mix.max() < 1 and not torch.equal(z, batch(4)[2])


def test_a_clip_s_label_goes_with_it():
    x, label, *_ = wavegan_batches(tones(), SMALL, 32, 0)(0)
    crossings = (x[:, 1:] * x[:, :-1] < 0).sum(dim=1) / (x != 0).sum(dim=1)
    assert torch.equal(crossings > 0.1, label == 1) and 0 < label.sum() < 32


def test_clips_are_padded_or_faded_out_and_of_one_level():
    x = at_peak(np.array([0.1, -0.2, 0.05]))
    assert np.abs(x).max() == pytest.approx(PEAK) and not at_peak(np.zeros(3)).any()
    assert placed(np.ones(3), 6, 100, start=2).tolist() == [0, 0, 1, 1, 1, 0]
    cut = placed(np.ones(2000), 1000, 8000)
    assert len(cut) == 1000 and cut[-1] == 0 and (cut[:919] == 1).all()
    assert (np.diff(cut[920:]) < 0).all()
    assert placed(np.ones(5), 5, 100).tolist() == [1] * 5, "what fits is not faded"


def test_augmentation_varies_speed_level_and_beginning():
    tone = np.sin(2 * np.pi * 500 * np.arange(4000) / 8000)
    found = []
    for seed in range(40):
        x = shake(tone, 8000, 8192, np.random.default_rng(seed))
        there = np.flatnonzero(np.abs(x) > 1e-3)
        found.append((there[0], there[-1] - there[0], np.abs(x).max()))
    begins, lengths, peaks = np.array(found).T
    assert begins.min() < 40 and 150 < begins.max() <= 245
    assert 3650 < lengths.min() < 3850 and 4150 < lengths.max() < 4400
    assert 0.5 < peaks.min() < 0.6 and 0.9 < peaks.max() < 1.05


# ---------------------------------------------------------------- the two ways


def rows(count=4, config=SMALL):
    return wavegan_batches(tones(), config, count, 0)(0)


def networks(config=SMALL):
    torch.manual_seed(0)
    return Generator(config), Critic(replace(config, phase_shuffle=0))


def test_the_paper_s_way_is_wasserstein_s_loss_with_ten_times_the_penalty():
    generator, critic = networks()
    real, label, z, mix = batch = rows()
    game = Game(WAYS["wgan-gp"], told=True)
    made = generator(z, label)
    scores = critic(real, label), critic(made, label)
    expected = scores[1].mean() - scores[0].mean()
    torch.testing.assert_close(game.critic_loss(generator, critic, *batch), expected)
    slope = gradient_penalty(lambda x: critic(x, label), real, made, mix)
    torch.testing.assert_close(game.penalty(generator, critic, *batch), 10 * slope)
    torch.testing.assert_close(game.generator_loss(generator, critic, *batch), -scores[1].mean())
    assert WAYS["wgan-gp"].critic_steps == 5 and WAYS["wgan-gp"].betas == (0.5, 0.9)


def test_the_other_way_compares_pairs_and_holds_both_slopes():
    generator, critic = networks()
    real, label, z, _ = batch = rows()
    way = replace(WAYS["relativistic"], penalty=3.0)
    game, made = Game(way, told=True), generator(z, label)
    gap = critic(real, label) - critic(made, label)
    softplus = nn.functional.softplus
    torch.testing.assert_close(game.critic_loss(generator, critic, *batch), softplus(-gap).mean())
    r1, r2 = (zero_centred_penalty(lambda x: critic(x, label), x) for x in (real, made.detach()))
    torch.testing.assert_close(game.penalty(generator, critic, *batch), 3.0 * (r1 + r2))
    torch.testing.assert_close(game.generator_loss(generator, critic, *batch), softplus(gap).mean())


def test_a_critic_learns_names_of_real_clips_and_pays_for_made_ones():
    config = replace(SMALL, phase_shuffle=0)
    torch.manual_seed(0)
    generator, critic = Generator(config), Critic(config, names=True)
    real, label, z, _ = batch = rows()
    way = replace(WAYS["relativistic"], naming=3.0)
    named, plain = Game(way, told=True), Game(WAYS["relativistic"], told=True)
    for loss, x in (("critic_loss", real), ("generator_loss", generator(z, label))):
        logits = critic.judge(x, label)[1]
        other = critic.judge(x, (label + 1) % config.labels)[1]
        assert torch.equal(logits, other)  # it isn't told what it shall say
        extra = 3.0 * nn.functional.cross_entropy(logits, label)
        both = [getattr(game, loss)(generator, critic, *batch) for game in (named, plain)]
        torch.testing.assert_close(both[0], both[1] + extra)


def test_the_names_are_learned_and_are_the_critic_s_alone():
    way = replace(WAYS["relativistic"], **FEW["relativistic"], naming=1.0)
    trainer = trainer_of(way)
    before = trainer.update.critic.names.weight.clone()
    trainer.run(1, progress=False)
    assert not torch.equal(trainer.update.critic.names.weight, before)
    assert trainer.weights().keys() == trainer_of("relativistic").weights().keys()


def test_only_a_critic_that_is_told_labels_can_name_them():
    with pytest.raises(InvalidValueError, match="no labels"):
        Critic(replace(SMALL, labels=0), names=True)
    with pytest.raises(InvalidValueError, match="names=True"):
        Critic(SMALL).judge(torch.zeros(1, SMALL.length), torch.zeros(1, dtype=torch.long))


@pytest.mark.parametrize(("way", "expected"), [("relativistic", 1), ("wgan-gp", 3)])
def test_what_is_made_of_noise_is_made_once(way, expected):
    """Of two updates of the critic the last one's clips are made again, now with their graph."""
    trainer, calls = trainer_of(way), []
    trainer.model.register_forward_hook(lambda *_: calls.append(torch.is_grad_enabled()))
    trainer.run(1, progress=False)
    assert len(calls) == expected and calls[-1]
    assert calls.count(True) == 1


@pytest.mark.parametrize("way", list(WAYS))
def test_shared_clips_lead_to_the_weights_that_those_made_anew_lead_to(way):
    one, other = trainer_of(way), trainer_of(way)
    game = other.update.generator_loss.__self__
    shown = game.made.shown

    def anew(*arguments):
        game.made.kept = None
        return shown(*arguments)

    game.made.shown, game.made.learned_from = anew, lambda generator, *given: generator(*given)
    for trainer in (one, other):
        trainer.run(3, progress=False)
    for name, tensor in one.update.tensors().items():
        assert torch.equal(tensor, other.update.tensors()[name]), name


def test_both_ways_learn_a_tone():
    """After some steps more of a clip's energy is where all of the tones' is: below 1 kHz."""

    def low(model):
        clips = np.stack(make_clips(Trained(model.eval(), {}), [0, 1] * 8))
        power = np.square(np.abs(np.fft.rfft(clips))).sum(axis=0)
        return power[:128].sum() / power.sum()

    for way, rate in (("relativistic", 2e-3), ("wgan-gp", 2e-3)):
        # After 100 steps it depends on the processor's rounding; after 200 the worst of three
        # seeds is at 0.73.
        settings = TrainingSettings(steps=200, learning_rate=rate, warmup=1)
        trainer = trainer_of(way, config=replace(SMALL, width=4), settings=settings, batch_size=8)
        assert low(trainer.model) < 0.4
        trainer.run(progress=False)
        assert low(trainer.model) > 0.6, way


# ---------------------------------------------------------------- resuming, processes, diverging


@pytest.mark.parametrize("way", list(WAYS))
def test_resuming_is_exact_the_shifts_too(way, tmp_path):
    whole = trainer_of(way, tmp_path / "whole")
    whole.run(progress=False)
    trainer_of(way, tmp_path / "parts").run(until=2, progress=False)
    torch.manual_seed(99)
    second = trainer_of(way, tmp_path / "parts")
    assert second.resume()
    second.run(progress=False)
    tensors = whole.update.tensors()
    assert int(tensors["critic.shuffles.0.draws"][1]) > 5
    for name, tensor in tensors.items():
        assert torch.equal(tensor, second.update.tensors()[name]), name
    assert whole.losses == second.losses
    assert all(torch.equal(x, second.average[name]) for name, x in whole.average.items())


def in_double(trainer):
    """Let a trainer compute in float64: Adam makes of a rounded zero a step of full size."""
    single = trainer.batch
    trainer.batch = lambda step: tuple(
        x.double() if x.is_floating_point() else x for x in single(step)
    )
    trainer.model.double()
    trainer.update.critic.double()
    return trainer


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
import torch
from test_wavegan_kind import in_double, trainer_of
from aigc_edu.training.engine import join
processes = join("cpu")
trainer = in_double(trainer_of({way!r}, steps=3, processes=processes))
trainer.run(progress=False)
if processes.main:
    torch.save(trainer.update.tensors(), {out!r})
processes.close()
"""


@pytest.mark.parametrize("way", list(WAYS))
def test_two_processes_learn_what_one_learns(way, tmp_path):
    out, script = tmp_path / "tensors.pt", tmp_path / "two.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent), out=str(out), way=way))
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(script)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    one = in_double(trainer_of(way, steps=3))
    one.run(progress=False)
    for name, tensor in torch.load(out).items():
        expected = one.update.tensors()[name]
        torch.testing.assert_close(tensor, expected, rtol=1e-6, atol=1e-8, msg=name)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2e5])
def test_a_training_that_explodes_stops_and_the_last_good_checkpoint_stands(value, tmp_path):
    trainer = trainer_of(folder=tmp_path, steps=6, every=2)
    trainer.run(4, progress=False)
    trainer.update.critic_loss = lambda _, critic, *rows: value + 0 * critic.dense.bias.sum()
    good = load_checkpoint(tmp_path / "last.safetensors")
    with pytest.raises(DivergedError, match="step 5: .*'critic' is .*smaller learning rate"):
        trainer.run(progress=False)
    kept = load_checkpoint(tmp_path / "last.safetensors")
    assert kept[1] == good[1] and kept[1]["step"] == 4
    assert good[0].keys() == kept[0].keys()
    for name, x in good[0].items():
        torch.testing.assert_close(kept[0][name], x, rtol=0, atol=0, equal_nan=True)
    state = {name: x for name, x in kept[0].items() if not name.startswith("figure.")}
    assert all(bool(torch.isfinite(x).all()) for x in state.values() if x.is_floating_point())


def test_a_rate_that_is_far_too_large_is_noticed():
    settings = TrainingSettings(steps=200, learning_rate=3.0, warmup=1)
    trainer = trainer_of("wgan-gp", settings=settings)
    with pytest.raises(DivergedError):
        trainer.run(progress=False)


def test_the_best_one_by_the_judge_ships_not_the_last():
    likes = iter([3.0, 1.0, 2.0])
    settings = TrainingSettings(steps=3, learning_rate=1e-3, warmup=1, validate_every=1)
    trainer = trainer_of(settings=settings, validate=lambda model: next(likes))
    seen = []
    for step in (1, 2, 3):
        trainer.run(step, progress=False)
        seen.append({k: x.clone() for k, x in trainer.model.state_dict().items()})
    assert trainer.best == (2, 1.0)
    assert all(torch.equal(x, seen[1][name]) for name, x in trainer.weights().items())
    assert not torch.equal(seen[1]["dense.weight"], seen[2]["dense.weight"])


# ---------------------------------------------------------------- the judge


class Ear:
    """Stands for a judge: it hears a tone's label by its zero crossings, and how strong it is."""

    class Config:
        length, rate, nothing = 1024, RATE, None

    model = nn.Module()
    model.config = Config

    def features(self, clips, rate):
        return np.array([[np.mean(np.diff(np.sign(x)) != 0), np.std(x)] for x in clips])

    def recognise(self, clips, rate):
        from aigc_edu.evaluation import Verdicts

        high = self.features(clips, rate)[:, 0] > 0.12
        return Verdicts(high.astype(np.int64), np.eye(2, dtype=np.float32)[high.astype(int)])


class Tones(nn.Module):
    """A generator that needs no training; ``right`` or the wrong way round, or always the same."""

    def __init__(self, kind="right"):
        super().__init__()
        self.config, self.kind = SMALL, kind
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, z, label):
        pitch = {"right": label, "wrong": 1 - label, "same": 0 * label}[self.kind]
        hertz = torch.tensor([200.0, 700.0])[pitch][:, None]
        time = torch.arange(1024) / RATE
        return (0.3 + 0.1 * z[:, :1]) * torch.sin(2 * torch.pi * hertz * time)


@pytest.fixture
def ear(monkeypatch):
    monkeypatch.setattr("aigc_edu.evaluation.judge.Judge.load", lambda name: Ear())


def test_the_judge_likes_what_is_asked_for_and_varied(ear):
    judged = Judged("ear", tones(40, "validation"))
    right, wrong, same = (judged(Tones(kind)) for kind in ("right", "wrong", "same"))
    assert judged.scores(Trained(Tones("right"), {}))["heard"] == 1.0
    assert right < 0.2 and wrong > right + 0.9 and same > right + 0.4
    assert judged(Tones("right")) == right, "the seeds are its own"


def test_the_seeds_of_the_judge_are_held_out():
    z = make_clips(Trained(Tones(), {}), [0, 1], 0)
    held = make_clips(Trained(Tones(), {}), [0, 1], wavegan_judging.SEED)
    assert not np.allclose(z, held)


def test_a_card_shows_real_clips_noise_and_a_model_that_has_learned_by_heart(ear):
    split = Split(*(tones(40, part) for part in ("train", "validation", "test")))
    told = {"judges": ["ear", "other"], "each": 10, "shortest": 0.01}
    description = {"labels": list(LABELS), "rate": RATE}
    measured = measure_clips(Trained(Tones(), description), split, told, {})
    assert measured.scores["heard_by_other"] == 1.0
    assert measured.scores["inception"] == pytest.approx(2, abs=1e-3)
    assert measured.scores["inception_share"] == pytest.approx(1, abs=1e-3)
    names = [row[0] for row in measured.tables[1].rows]
    assert {MINE, NOISE, PARROT} <= set(names)
    parrot = measured.tables[1].rows[names.index(PARROT)]
    assert parrot[-1] == "100%" and float(parrot[-4]) == 0.0
    assert 0 <= measured.anchors["real test clips"] < measured.anchors[NOISE]
    assert [table.caption for table in measured.tables[2:]] == ["Each label:"]
    plain = measure_clips(
        Trained(Unlabelled(), {"labels": [], "rate": RATE}), split, {**told, "each": 2}, {}
    )
    assert "heard_by_other" not in plain.scores and plain.scores["frechet"] > 0


class Unlabelled(Tones):
    def __init__(self):
        super().__init__()
        self.config = replace(SMALL, labels=0)

    def forward(self, z, label=None):
        return super().forward(z, (z[:, 1] > 0).long())


# ---------------------------------------------------------------- the command line


def run_of(line, corpus=None, validation=None):
    options = stage_options(find_kind("wavegan"), {}, Path("nowhere"), line.split())
    settings = TrainingSettings(steps=1, validate_every=int(validation is not None))
    return Run(
        clips=corpus or tones(),
        validation=validation,
        settings=settings,
        batch_size=2,
        seed=0,
        options=options,
        processes=Processes("cpu"),
        folder=None,
    )


def test_options_become_networks_and_ways():
    line = "--size trained --length 2048 --width 3 --latent 7 --upsampling nearest --post-filter 8"
    trainer = find_kind("wavegan").trainer(
        run_of(f"{line} --way wgan-gp --critic-steps 3 --penalty 4 --phase-shuffle 1")
    )
    config = trainer.model.config
    assert (config.length, config.width, config.latent, config.labels) == (2048, 3, 7, 2)
    assert (config.upsampling, config.post_filter, config.phase_shuffle) == ("nearest", 8, 1)
    assert trainer.update.critic_steps == 3 and trainer.description["way"]["penalty"] == 4
    assert len(trainer.batch(0)[0]) == 6
    plain = find_kind("wavegan").trainer(run_of("--no-labelled --length 1024"))
    assert plain.model.config.labels == 0 and plain.description["labels"] == []
    plain.run(1, progress=False)
    assert find_kind("wavegan").learning_rate == 1e-4


def test_a_corpus_without_labels_or_without_a_judge():
    bare = tones(labels=())
    trainer = find_kind("wavegan").trainer(run_of("--length 1024", bare))
    trainer.run(1, progress=False)
    assert trainer.model.config.labels == 0
    assert judge_of(bare) is None
    with pytest.raises(InvalidValueError, match="no judge of tones ships; name one with --judge"):
        find_kind("wavegan").trainer(run_of("--length 1024", validation=tones(4)))
    with pytest.raises(InvalidValueError, match="a distance from one clip says nothing"):
        find_kind("wavegan").trainer(run_of("--length 1024", validation=tones(1)))


def test_labels_turn_where_none_is_asked_for_and_a_wrong_one_is_named():
    from argparse import Namespace

    trained = Trained(Tones(), {"labels": list(LABELS), "rate": RATE})
    told = Namespace(label=None, count=3, seed=0)
    names = [sound.name for sound in wavegan.KIND.generate(trained, told)]
    assert names == ["wavegan_0_seed0_000", "wavegan_1_seed0_001", "wavegan_0_seed0_002"]
    with pytest.raises(InvalidValueError, match="there are 2 labels, from 0 on; got 2"):
        list(wavegan.KIND.generate(trained, Namespace(label=2, count=1, seed=0)))
    with pytest.raises(InvalidValueError, match="needs a label for each clip, got 3"):
        make_clips(trained, 3)
    with pytest.raises(InvalidValueError, match="needs a number of clips, got"):
        make_clips(Trained(Unlabelled(), {}), [0])
    longer, shorter = make_clips(trained, [0] * 70), make_clips(trained, [0] * 3)
    assert len(longer) == 70 and np.array_equal(longer[:3], shorter)
