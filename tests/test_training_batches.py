"""What a WaveNet is trained on: each clip with its label, at one level, by its own speaker."""

import numpy as np
import pytest
import torch

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Clip, Corpus
from aigc_edu.dsp import mu_law_decode
from aigc_edu.kinds.running import begin_with, export
from aigc_edu.kinds.wavenet import KIND
from aigc_edu.kinds.wavenet_training import wavenet_batches, wavenet_bits, wavenet_trainer
from aigc_edu.models.wavenet import IGNORED
from aigc_edu.models.wavenet.clips import LONGEST, PEAK, TAIL, encode_clips
from aigc_edu.models.wavenet.speaking import _asked_for, _clip


def clip(name, label, speaker, samples):
    return Clip(name, label, speaker, 8000, "train", lambda: np.asarray(samples, np.float32))


def toy(voices=("a", "b"), labels=5):
    """A corpus in which a clip of label d has 1000 (d + 1) samples."""
    clips = [
        clip(f"{v}{d}", d, v, np.full(1000 * (d + 1), 0.1)) for v in voices for d in range(labels)
    ]
    return Corpus("toy", 8000, tuple(map(str, range(labels))), tuple(clips))


@pytest.mark.parametrize("augment", [False, True])
def test_each_clip_comes_with_its_own_label(augment):
    corpus = toy()
    batch = wavenet_batches(corpus, corpus.speakers, 3, seed=3, augment=augment)
    for step in range(8):
        codes, condition, *_ = batch(step)
        lengths = (codes != IGNORED).sum(1) - 1 - TAIL
        assert torch.equal((lengths / 1000).round().long() - 1, condition[:, 0])


def test_long_clips_are_cut_and_all_have_one_peak():
    x = 0.01 * np.sin(np.arange(9000))
    (codes,) = encode_clips(Corpus("toy", 8000, ("0",), (clip("x", 0, "a", x),)))
    assert len(codes) == 1 + LONGEST
    assert np.abs(mu_law_decode(codes.numpy())).max() == pytest.approx(PEAK, abs=0.02)


def test_augmented_clips_have_the_floor_too():
    corpus = toy()
    codes = wavenet_batches(corpus, corpus.speakers, 2, 3, augment=True, floor=0.01)(0)[0][0]
    assert len(codes[codes != IGNORED][-TAIL:].unique()) > 10


def test_floor_is_by_default_the_models_own():
    corpus = toy(("a",))
    trainer = wavenet_trainer(corpus, batch_size=2, device="cpu", floor=0.01)
    model = Trained(trainer.model, trainer.description)
    own = wavenet_bits(model, corpus)
    assert own == wavenet_bits(model, corpus, floor=0.01) != wavenet_bits(model, corpus, floor=0.0)


def test_the_voice_that_is_asked_for_speaks():
    told = {"labels": ["0", "1"], "speakers": ["a", "b", "c"]}
    assert _asked_for(told, 1, 3, 6, "b").tolist() == [[1, 1]] * 3
    assert _asked_for(told, [0, 1, 1], 3, 7, None).tolist() == [[0, 1], [1, 2], [1, 0]]


def test_a_clip_over_a_floor_ends_where_only_the_floor_is_left():
    loud = torch.full((500,), 200)
    codes = torch.cat([loud, 128 + (torch.arange(2000) % 3 - 1)])  # silence, and one code beside it
    assert len(_clip(codes, 0, {"floor": 0.001, "rate": 8000})) == 500
    assert len(_clip(codes, 0, {"rate": 8000})) > 2000


def test_speakers_are_matched_by_name(tmp_path):
    old = wavenet_trainer(toy(("a", "b", "c")), batch_size=2, device="cpu")
    path = export(old, tmp_path / "m.safetensors")
    new = wavenet_trainer(toy(("c", "z")), batch_size=2, seed=9, device="cpu")
    begin_with(KIND, new, path)
    table, before = new.model.embeddings[1].weight, old.model.embeddings[1].weight
    assert torch.equal(table[0], before[2])
    torch.testing.assert_close(table[1], before.mean(0))
