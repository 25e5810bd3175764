"""SampleRNN as a kind: settings, what a run begins with, other corpora and rates, its benchmark."""

import sys
from argparse import Namespace

import numpy as np
import pytest
import torch
from conftest import ROOT

from aigc_edu import audio
from aigc_edu.checkpoints import CheckpointError, Trained, load_checkpoint, save_checkpoint
from aigc_edu.cli import main
from aigc_edu.corpora import Clip, Corpus
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import DigitScore
from aigc_edu.evaluation.digits import _heard
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.heard_scores import by_group
from aigc_edu.kinds.running import begin_with
from aigc_edu.kinds.samplernn_training import samplernn_trainer
from aigc_edu.kinds.wavenet_training import wavenet_bits, wavenet_trainer
from aigc_edu.models.samplernn import SampleRNNConfig, load_samplernn
from aigc_edu.models.samplernn.loading import samplernn_from_config
from aigc_edu.training import TrainingSettings

sys.path.insert(0, str(ROOT / "benchmarks"))
import samplernn_bits  # noqa: E402

KIND = find_kind("samplernn")
SMALL = SampleRNNConfig(frame_sizes=(16, 4), width=8, embedding=8)
LABELS = ("kick", "snare")


def clips_by(*speakers, rate=8000, seconds=0.06):
    """Return two clips of noise of each label by each speaker."""
    random = np.random.default_rng(0)

    def clip(number, label, speaker):
        x = 0.3 * random.uniform(-1, 1, round(seconds * rate))
        return Clip(f"{number}", label, speaker, rate, "train", lambda: x)

    made = [(label, speaker) for speaker in speakers for label in (0, 1, 0, 1)]
    return Corpus("own", rate, LABELS, tuple(clip(i, *told) for i, told in enumerate(made)))


def trainer_of(corpus, **changes):
    settings = TrainingSettings(steps=1, warmup=1, decay=0.0)
    given = {"settings": settings, "batch_size": 2, "chunk": 64, "device": "cpu", "config": SMALL}
    return samplernn_trainer(corpus, **given | changes)


def saved(trainer, path):
    """Write a trainer's weights as a checkpoint; return its path as text."""
    weights = {f"model.{name}": x for name, x in trainer.model.state_dict().items()}
    return str(save_checkpoint(path, weights, {**trainer.description, "step": 0}))


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"frame_sizes": (16.0, 4.0)}, r"tuple of whole numbers, got \(16.0, 4.0\)"),
        ({"frame_sizes": 16}, "tuple of whole numbers, got 16"),
        ({"frame_sizes": "64"}, "tuple of whole numbers, got '64'"),
        ({"frame_sizes": ("16", "4")}, "tuple of whole numbers"),
        ({"width": 8.5}, "width must be a whole number, got 8.5"),
        ({"rnn_layers": None}, "rnn_layers must be a whole number, got None"),
        ({"embedding": "256"}, "embedding must be a whole number"),
        ({"levels": 1}, "levels must be at least 2, got 1"),
    ],
)
def test_settings_of_a_wrong_type_are_named(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        SampleRNNConfig(**wrong)


@pytest.mark.parametrize("config", [None, [], {"widths": 8}, {"frame_sizes": [3, 2]}])
def test_a_file_that_describes_no_network_is_named(config, tmp_path):
    path = tmp_path / "odd.safetensors"
    save_checkpoint(path, {}, {"kind": "samplernn", "step": 0, "config": config})
    with pytest.raises(CheckpointError, match="no whole samplernn"):
        load_samplernn(path)


def test_what_json_made_of_a_description_is_the_same_network():
    model = samplernn_from_config({**SMALL.__dict__, "frame_sizes": [16, 4], "conditions": [2, 1]})
    assert model.config.frame_sizes == (16, 4) and model.config.conditions == (2, 1)


# ---------------------------------------------------------------- what a run begins with


def test_speakers_are_matched_by_name_and_a_new_clock_says_nothing(tmp_path):
    old = trainer_of(clips_by("ann", "bob"))
    path = saved(old, tmp_path / "old.safetensors")
    new = trainer_of(clips_by("bob", "cleo"), word_clock=True, seed=1)
    torch.nn.init.ones_(new.model.clock.weight)
    begin_with(KIND, new, path)
    voices, before = new.model.embeddings[1].weight, old.model.embeddings[1].weight
    assert torch.equal(voices[0], before[1])  # bob
    assert torch.allclose(voices[1], before.mean(dim=0))  # cleo
    assert not new.model.clock.weight.any()
    tiers = [trainer.model.tiers[0].expand.weight for trainer in (old, new)]
    assert torch.equal(*tiers)
    assert new.description["init"]["step"] == 0


@pytest.mark.parametrize("changes", [{"frame_sizes": (16, 8)}, {"width": 16}, {"rnn_layers": 2}])
def test_another_network_is_no_beginning(changes, tmp_path):
    path = saved(trainer_of(clips_by("ann")), tmp_path / "old.safetensors")
    new = trainer_of(clips_by("ann"), config=SampleRNNConfig(**{**SMALL.__dict__, **changes}))
    with pytest.raises(CheckpointError, match="its layers differ"):
        begin_with(KIND, new, path)


def test_a_wavenet_is_no_beginning(tmp_path):
    path = saved(
        wavenet_trainer(clips_by("ann"), batch_size=2, device="cpu"), tmp_path / "w.safetensors"
    )
    with pytest.raises(CheckpointError, match="its kind is 'wavenet', not 'samplernn'"):
        begin_with(KIND, trainer_of(clips_by("ann")), path)


# ---------------------------------------------------------------- other corpora, other rates


@pytest.mark.parametrize(
    ("corpus", "option", "message"),
    [
        ("sentences", "", "the clips of sentences have no labels"),
        ("drums", "--word-clock", "the clock of the word is for 8000 Hz, got 16000 Hz"),
        ("drums", "--chunk 24", "chunk must be a multiple of the slowest frame, 16 samples"),
    ],
)
def test_a_corpus_that_does_not_fit_is_named_before_anything_is_written(
    corpus, option, message, tmp_path, capsys
):
    line = f"train samplernn --corpus {corpus} {option} --steps 1 --batch-size 1 --device cpu --out"
    assert main([*line.split(), str(tmp_path / "run")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_drums_are_learned_and_sound_at_their_own_rate(tmp_path, capsys):
    line = "train samplernn --corpus drums --speakers kit00 --takes 1 --steps 1 --batch-size 1"
    assert main([*line.split(), "--device", "cpu", "--out", str(tmp_path / "run")]) == 0
    file = tmp_path / "run" / "model.safetensors"
    told = load_checkpoint(file)[1]
    assert told["rate"] == 16000 and told["labels"][1] == "snare"
    wishes = f"generate samplernn --checkpoint {file} --label 1 --seconds 0.01 --out"
    assert main([*wishes.split(), str(tmp_path / "sounds")]) == 0
    (sound,) = (tmp_path / "sounds").iterdir()
    x, rate = audio.read(sound)
    assert rate == 16000 and len(x) <= 160
    assert main([*wishes.replace("--label 1", "--label 8").split(), str(tmp_path / "none")]) == 2
    assert "label must be between 0 and 7" in capsys.readouterr().err


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_clip_is_cut_after_a_second_whatever_its_rate(rate):
    trainer = trainer_of(clips_by("ann", rate=rate, seconds=1.5))
    codes = trainer.batch(0)[0]
    assert codes.shape == (2, 1 + rate)
    tail = round(0.06 * rate)
    assert (codes[:, -tail:] == 128).all() and not (codes[:, -2 * tail : -tail] == 128).all()


@pytest.mark.parametrize(("codes", "length"), [(38, 48), (49, 48), (2, 16), (1, None)])
def test_a_chunk_longer_than_the_clips_is_not_filled_up(codes, length):
    """Ten million samples are a way to say: all of a clip; its padding would fill the memory."""
    model = samplernn_from_config(SMALL.__dict__)
    made = list(model.chunks(16 * 10**6, torch.zeros(2, codes, dtype=torch.long)))
    assert [wanted.shape for _, _, wanted, *_ in made] == ([(2, length)] if length else [])
    assert [heard.shape[1] for _, heard, *_ in made] == ([length + 15] if length else [])


def test_a_card_names_the_labels_of_its_corpus():
    heard = _heard(np.array([0, 0, 1]), np.array([0, 1, 1]), ["ann", "ann", "bob"])
    labels, voices = by_group(DigitScore(3, 0, 0, {"judge": heard}), LABELS)
    assert labels.caption == "Each label:"
    assert labels.rows == [["kick", "100%"], ["snare", "50%"]]
    assert voices.rows == [["ann", "50%"], ["bob", "100%"]]


# ---------------------------------------------------------------- the benchmark of bits


BENCH = "--peer nowhere --frame-sizes 16 4 --width 8 --chunk 512 --steps 1 --batch-size 2".split()


def test_bits_of_clips_are_those_of_whole_clips_without_their_padding():
    corpus = sum((clips_by("ann", seconds=s)[:1] for s in (0.03, 0.05)), clips_by("ann")[:1])
    told = samplernn_bits.read_arguments(BENCH)
    torch.manual_seed(0)
    model = samplernn_bits.Ours(samplernn_bits.config_of(told), "")
    for tier in model.network.tiers:
        torch.nn.init.normal_(tier.start)
    rows = samplernn_bits.bits_of_clips(model, corpus, lambda c: model.network.chunks(64, c))
    assert sorted(rows[:, 1].tolist()) == [240 + 480, 400 + 480, 480 + 480]
    whole = {"conditions": (), "speakers": ["ann"], "floor": 0.0}

    class Untold(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = model.network

        def loss(self, codes, condition, local):
            return self.network.loss(codes)

    bits = wavenet_bits(Trained(Untold(), whole), corpus)
    assert float(rows[:, 0].sum() / rows[:, 1].sum()) == pytest.approx(bits, rel=1e-5)


def test_the_validation_clips_choose_the_rate_and_the_test_clips_nothing(monkeypatch, capsys):
    """Of each rate a network is trained; the rate 2e-3 is best, and seeds 3 and 4 are tested."""
    trained = []

    def train(kind, rate, clips, cut, seed, told):
        trained.append((clips, rate, seed))
        return samplernn_bits.Ours(SMALL, "") if rate == 2e-3 else torch.nn.Linear(1, 1)

    def bits(model, corpus, cut):
        good = isinstance(model, samplernn_bits.Ours)
        return torch.tensor([[1.0 if good == (corpus == "validation") else 9.0, 1.0]])

    monkeypatch.setattr(samplernn_bits, "train", train)
    monkeypatch.setattr(samplernn_bits, "bits_of_clips", bits)
    told = Namespace(seeds=[3, 4], rates=[1e-3, 2e-3, 5e-4])
    rows = samplernn_bits.tested(samplernn_bits.Ours, ("train", "validation", "test"), None, told)
    assert [row.tolist() for row in rows] == [[[9.0, 1.0]]] * 2
    assert trained == [("train", r, 3) for r in told.rates] + [("train", 2e-3, 4)]
    assert "learning rate 0.002, seed 4: test 9.000 bits" in capsys.readouterr().out


def test_the_scatter_is_the_standard_error_of_a_mean_for_equal_clips():
    random = np.random.default_rng(0)
    bits, samples = random.normal(400, 30, 50), np.full(50, 100.0)
    ours = torch.tensor(np.stack([bits, samples], axis=1))
    peer = torch.tensor(np.stack([np.full(50, 380.0), samples], axis=1))
    expected = (bits / 100).std() / 50**0.5
    assert samplernn_bits.scatter_of_clips(ours, peer) == pytest.approx(expected)


def test_the_benchmark_trains_scores_and_prints(monkeypatch, capsys):
    class Second(samplernn_bits.Ours):
        """Stands for the peer, which is not at hand: another network of ours."""

    monkeypatch.setattr(samplernn_bits, "Peer", Second)
    line = "--corpus digits --speakers en-us+Alex --clips 1 1 --rates 1e-3 2e-3 --seeds 0"
    samplernn_bits.main([*BENCH, *line.split()])
    said = capsys.readouterr().out
    assert said.count("validation") == 4 and said.count("Second") == 3
    assert "scored on 1 and 1" in said and "ours - peer: +0.000 bits per sample" in said
