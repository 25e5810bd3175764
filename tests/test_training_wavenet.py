"""From clips to codes, from a WaveNet to sound."""

import math

import numpy as np
import pytest
import torch

from aigc_edu import corpora
from aigc_edu.checkpoints import CheckpointError, Trained
from aigc_edu.corpora.choosing import generation_split
from aigc_edu.dsp import mu_law_decode
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.running import export
from aigc_edu.kinds.wavenet_training import (
    NOISE,
    disturb,
    varied,
    wavenet_batches,
    wavenet_bits,
    wavenet_trainer,
)
from aigc_edu.models.wavenet import IGNORED, WaveNet, WaveNetConfig, load_wavenet, synthesise
from aigc_edu.models.wavenet.clips import (
    SILENCE,
    TAIL,
    conditions_of,
    encode_clips,
    pad_codes,
    typical_seconds,
)
from aigc_edu.models.wavenet.speaking import cut_tail
from aigc_edu.training import TrainingSettings


@pytest.fixture(scope="module")
def digits():
    return corpora.load("digits")


@pytest.fixture(scope="module")
def few(digits):
    return digits.select(speaker=digits.speakers[0])


@pytest.fixture(scope="module")
def trainer(few):
    settings = TrainingSettings(steps=3, warmup=1)
    return wavenet_trainer(few, settings=settings, batch_size=2, device="cpu")


def test_codes_begin_and_end_with_silence(few):
    codes = encode_clips(few)[0]
    assert len(codes) == 1 + len(few[0].samples) + TAIL
    assert int(codes[0]) == SILENCE and torch.all(codes[-TAIL:] == SILENCE)


def test_conditions_name_label_and_speaker(few):
    speakers = ["somebody else", few.speakers[0]]
    assert conditions_of(few, speakers).tolist() == [[clip.label, 1] for clip in few]
    with pytest.raises(InvalidValueError, match="does not know"):
        conditions_of(few, ["somebody else"])


def test_every_voice_can_be_asked_for(digits):
    split = generation_split(digits)
    assert set(split.test.speakers) <= set(split.train.speakers)
    assert not {c.key for c in split.train} & {c.key for c in split.test}


def test_bits_do_not_depend_on_the_batches(trainer, few):
    model = Trained(trainer.model.eval(), trainer.description)
    values = [wavenet_bits(model, few, size) for size in (1, 4, 30)]
    assert values == pytest.approx([values[0]] * 3, rel=1e-5)


def test_a_uniform_model_costs_eight_bits(few):
    model = WaveNet(WaveNetConfig(256, 4, 4, 1, 2, conditions=(10, 1)))
    for parameter in model.head[3].parameters():
        torch.nn.init.zeros_(parameter)
    assert wavenet_bits(Trained(model, {"speakers": few.speakers}), few[:5]) == pytest.approx(
        8.0, abs=1e-5
    )


def test_a_constant_clip_can_be_overfitted():
    model = WaveNet(WaveNetConfig(16, 8, 8, 1, 3))
    codes = (torch.arange(64) * 5 % 16)[None]
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(150):
        optimizer.zero_grad()
        loss = model.loss(codes)
        loss.backward()
        optimizer.step()
    assert float(loss) / math.log(2) < 0.05


def test_exported_weights_speak_as_before(trainer, tmp_path):
    trainer.run(progress=False)
    path = export(trainer, tmp_path / "model.safetensors", {"temperature": 0.5})
    loaded = load_wavenet(path)
    mine = Trained(trainer.model, trainer.description)
    for a, b in zip(
        synthesise(loaded, 3, 2, seed=4, seconds=0.02),
        synthesise(mine, 3, 2, seed=4, seconds=0.02, temperature=0.5),
        strict=True,
    ):
        assert np.array_equal(a, b)


def test_wrong_checkpoints_and_wishes_are_named(trainer, tmp_path):
    model = Trained(trainer.model.eval(), trainer.description)
    for label, count, speaker, message in [
        (10, 1, None, "between 0 and 9"),
        ([1, 2], 3, None, "3 labels"),
        (1, 0, None, "at least 1"),
        (1, 1, "nobody", "no speaker 'nobody'"),
    ]:
        with pytest.raises(InvalidValueError, match=message):
            synthesise(model, label, count, speaker=speaker, seconds=0.01)
    trainer.description, kept = {**trainer.description, "kind": "other"}, trainer.description
    path = export(trainer, tmp_path / "other.safetensors")
    trainer.description = kept
    with pytest.raises(CheckpointError, match="not a wavenet"):
        load_wavenet(path)


def test_silence_ends_a_clip_but_does_not_begin_it():
    sound = 0.1 * np.ones(50)
    x = np.concatenate([np.zeros(600), sound, np.zeros(100), sound, np.zeros(TAIL + 1), sound])
    assert len(cut_tail(x)) == 600 + 50 + 100 + 50
    assert len(cut_tail(np.zeros(900))) == 1
    assert len(cut_tail(sound)) == 50


def test_padding_is_never_scored(trainer, few):
    codes = encode_clips(few)[:2]
    both, conditions = pad_codes(codes), conditions_of(few, few.speakers)[:2]
    assert bool((both == IGNORED).any())
    with torch.inference_mode():
        single = [trainer.model.loss(c[None], conditions[i : i + 1]) for i, c in enumerate(codes)]
        together = trainer.model.loss(both, conditions)
    weights = [len(c) - 1 for c in codes]
    assert float(together) == pytest.approx(np.average([float(s) for s in single], weights=weights))


# ---------------------------------------------------------------- augmentation


def test_disturbed_codes_stay_near_and_the_start_and_the_padding_stay():
    codes = torch.tensor([[SILENCE, 0, 255, *range(60, 190), IGNORED, IGNORED]] * 40)
    heard = disturb(codes, np.random.default_rng(0))
    assert torch.equal(heard[:, 0], codes[:, 0])
    assert torch.equal(heard == IGNORED, codes == IGNORED)
    moved = (heard - codes).abs()
    assert moved.max() == NOISE and heard[codes >= 0].min() >= 0 and heard.max() <= 255
    each = moved.double().mean(dim=1)
    assert each.min() < 0.2 and each.max() > 1, "the strength differs from clip to clip"


def test_a_transposed_clip_is_told_the_pitch_that_it_has():
    told = torch.tensor([[0, 5], [1, 6], [12, 7], [24, 8]] * 50)
    after, speeds = varied(told, 25, 3, np.random.default_rng(0))
    shift = (after - told)[:, 0].numpy()
    assert torch.equal(after[:, 1], told[:, 1]) and after.dtype == torch.int64
    np.testing.assert_allclose(12 * np.log2(speeds), shift, atol=1e-12)
    assert set(shift[2::4]) == {-3, -2, -1, 0, 1, 2, 3}
    assert shift[0::4].min() == 0 and shift[3::4].max() == 0, "no label is left behind"


def test_where_nothing_is_transposed_speeds_vary_and_nothing_else():
    told = torch.tensor([[3, 1]] * 100)
    after, speeds = varied(told, 10, 0, np.random.default_rng(0))
    assert after is told and speeds.min() < 0.95 and speeds.max() > 1.05
    assert np.abs(speeds - 1).max() <= 0.08


def test_augmented_batches_depend_on_the_step_alone(few):
    speakers = few.speakers
    make = lambda: wavenet_batches(few, speakers, 2, seed=3, augment=True)  # noqa: E731
    one, other = make(), make()
    for step in (0, 1, 5, 1):
        for a, b in zip(one(step), other(step), strict=True):
            assert torch.equal(a, b)
    epoch = -(-len(few) // 2)
    lengths = [one(step)[0].shape[1] for step in range(4 * epoch)]
    assert len(set(lengths)) > epoch, "the same clips come at different speeds"


def test_what_is_heard_is_disturbed_and_what_is_scored_is_not(few):
    codes, condition, heard = wavenet_batches(few, few.speakers, 2, seed=3, augment=True)(0)
    assert heard.shape == codes[:, :-1].shape and not torch.equal(heard, codes[:, :-1])
    assert (heard - codes[:, :-1]).abs().max() <= NOISE
    torch.manual_seed(0)
    model = WaveNet(WaveNetConfig.tiny((10, len(few.speakers))))
    plain = model.loss(codes, condition)
    assert torch.equal(model.loss(codes, condition, codes[:, :-1]), plain)
    assert not torch.equal(model.loss(codes, condition, heard), plain)


def test_a_noise_floor_lies_under_all_but_the_start(few):
    plain, noisy = encode_clips(few)[0], encode_clips(few, floor=0.001)[0]
    assert int(noisy[0]) == SILENCE and len(noisy) == len(plain)
    tail = mu_law_decode(noisy[-TAIL:].numpy())
    assert 0.0008 < tail.std() < 0.0012 and torch.all(plain[-TAIL:] == SILENCE)
    assert torch.equal(noisy, encode_clips(few, floor=0.001)[0])


def test_a_clip_ends_when_most_training_clips_of_its_digit_have_ended(few, trainer):
    limits = typical_seconds(few)
    for label, limit in enumerate(limits):
        durations = [clip.duration for clip in few.select(label=label)]
        assert np.mean(np.array(durations) <= limit + 5e-4) >= 0.75
        assert limit <= max(durations) + 5e-4
    assert trainer.description["seconds"] == limits
    told = {**trainer.description, "seconds": [0.01 * (d + 1) for d in range(10)]}
    model = Trained(trainer.model, told)
    for label, clip in enumerate(synthesise(model, range(10), 10, seconds=0.05)):
        assert len(clip) <= 8000 * min(0.05, 0.01 * (label + 1))
