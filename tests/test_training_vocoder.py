"""The vocoder's training: frames, pieces, what is scored, what it learns, and back to sound."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from aigc_edu.checkpoints import CheckpointError, Trained
from aigc_edu.corpora import Clip, Corpus, Split
from aigc_edu.dsp import mu_law_decode, mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.running import export
from aigc_edu.kinds.vocoder import (
    a_copy,
    vocoder_batches,
    vocoder_bits,
    vocoder_loss,
    vocoder_trainer,
)
from aigc_edu.models.wavenet import (
    IGNORED,
    WaveNet,
    WaveNetConfig,
    copy_synthesis,
    load_vocoder,
    load_wavenet,
    mel_frames,
    vocode,
)
from aigc_edu.models.wavenet.clips import SILENCE
from aigc_edu.models.wavenet.vocoding import BANDS, HOP, RATE, encode_for_vocoder
from aigc_edu.training import TrainingSettings

FIELD = 24
SMALL = WaveNetConfig(
    channels=12,
    skip_channels=24,
    blocks=1,
    layers_per_block=4,
    condition_channels=12,
    local_channels=BANDS,
    clock_hop=HOP,
)


def corpus_of(*sounds, rate=RATE):
    clips = [
        Clip(str(i), None, "nobody", rate, "train", lambda x=x: np.asarray(x, np.float32))
        for i, x in enumerate(sounds)
    ]
    return Corpus("toy", rate, (), tuple(clips))


def clicks(frames, seed=0):
    """Return near silence with a click at the very sample that some frames are around."""
    x = np.zeros(frames * HOP)
    gaps = np.random.default_rng(seed).integers(6, 10, frames)
    places = [int(k) for k in np.cumsum(gaps) if k < frames]
    x[np.array(places) * HOP] = 0.9
    return x


def bursts(seed, frames=24):
    """Return noise whose loudness changes from frame to frame."""
    random = np.random.default_rng(seed)
    loudness = np.repeat(random.choice([0.003, 0.3], frames), HOP)
    return loudness * np.clip(random.standard_normal(frames * HOP), -3, 3)


# ---------------------------------------------------------------- frames


@pytest.mark.parametrize("length", [1, 255, 256, 257, 1024, 5000])
def test_there_is_a_frame_for_every_hop(length):
    frames = mel_frames(0.1 * np.random.default_rng(0).standard_normal(length))
    assert frames.shape == (BANDS, math.ceil(length / HOP)) and frames.dtype == torch.float32
    assert -1 <= frames.min() and frames.max() <= 1


def test_frames_are_decibels_from_the_floor_to_full_scale():
    silence = mel_frames(np.zeros(4096))
    assert torch.equal(silence, torch.full_like(silence, -1))
    tone = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(8192) / RATE)
    quiet, loud = mel_frames(tone), mel_frames(10 * tone)
    band = int(loud[:, 16].argmax())
    assert float(loud[band, 16] - quiet[band, 16]) == pytest.approx(20 * 2 / 100, abs=1e-4)
    with pytest.raises(InvalidValueError, match="16000 Hz, got 8000 Hz"):
        mel_frames(tone, 8000)


def test_codes_start_with_silence_and_frames_fit():
    sounds = [bursts(0, 8)[:-100], bursts(1, 5)]
    for (codes, frames), x in zip(encode_for_vocoder(corpus_of(*sounds)), sounds, strict=True):
        assert int(codes[0]) == SILENCE and len(codes) == 1 + len(x)
        assert frames.shape[1] == math.ceil(len(x) / HOP)
        assert np.abs(mu_law_decode(codes[1:].numpy()) - np.clip(x, -1, 1)).max() < 0.03


# ---------------------------------------------------------------- pieces


def test_frame_t_over_hop_belongs_to_the_sample_that_is_scored_at_t():
    batch = vocoder_batches(corpus_of(clicks(200)), FIELD, 8, 32 * HOP, seed=0)
    found = 0
    for step in range(3):
        for codes, heard, frames in zip(*batch(step), strict=True):
            assert torch.equal(heard[FIELD:], codes[FIELD:-1])
            loudness = frames.mean(dim=0)
            for t in np.flatnonzero(codes[1:].numpy() > 240).tolist():
                assert t % HOP == 0
                frame = t // HOP
                if 0 < frame < len(loudness) - 1:
                    assert loudness[frame] > loudness[[frame - 1, frame + 1]].max() + 0.01
                    found += 1
    assert found > 40


def test_only_what_has_a_whole_receptive_field_is_scored():
    x = bursts(3, 40)
    whole = encode_for_vocoder(corpus_of(x))[0][0]
    batch = vocoder_batches(corpus_of(x), FIELD, 16, 8 * HOP, seed=0)
    starts = set()
    for codes, heard, _ in (row for step in range(8) for row in zip(*batch(step), strict=True)):
        pieces = whole.unfold(0, 8 * HOP, HOP)  # all that there can be
        start = int((pieces == heard).all(dim=1).nonzero()[0])
        starts.add(start)
        unscored = FIELD - 1 if start else 0
        assert torch.all(codes[1 : 1 + unscored] == IGNORED)
        assert torch.equal(codes[1 + unscored :], whole[start * HOP :][1 + unscored : 1 + 8 * HOP])
    assert starts == set(range(33)), "the first piece of the clip and the last, and all between"


def test_a_batch_depends_on_seed_and_step_alone():
    corpus = corpus_of(bursts(0, 60), bursts(1, 50))
    one, two = (vocoder_batches(corpus, FIELD, 3, 8 * HOP, seed=5) for _ in range(2))
    for step in (4, 0, 4):
        assert all(torch.equal(a, b) for a, b in zip(one(step), two(step), strict=True))
    other = vocoder_batches(corpus, FIELD, 3, 8 * HOP, seed=6)
    for batch in (one(1), other(0)):
        assert not torch.equal(batch[1], one(0)[1])
    codes, heard, frames = one(0)
    assert codes.shape == (3, 8 * HOP + 1) and heard.shape == (3, 8 * HOP)
    assert frames.shape == (3, BANDS, 9)  # one more, for the last one's right neighbour


def test_long_clips_come_more_often_and_short_ones_never():
    levels = (0.9, -0.9, 0.3)
    sounds = [np.full(frames * HOP, x) for frames, x in zip((8, 20, 50), levels, strict=True)]
    batch = vocoder_batches(corpus_of(*sounds), FIELD, 50, 10 * HOP, seed=0)
    last = torch.cat([batch(step)[0][:, -1] for step in range(20)])
    codes = mu_law_encode(np.array(levels)).tolist()
    shares = [float(((last - code).abs() < 5).double().mean()) for code in codes]
    assert shares == pytest.approx([0, 11 / 52, 41 / 52], abs=0.04)  # by the number of pieces


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (1000, "length must be a multiple of 256 above 300, got 1000"),
        (256, "length must be a multiple of 256 above 300, got 256"),
        (256 * 100, "no clip has 25600 samples"),
    ],
)
def test_impossible_pieces_are_named(length, message):
    with pytest.raises(InvalidValueError, match=message):
        vocoder_batches(corpus_of(bursts(0)), 300, 2, length, seed=0)


def test_another_sampling_rate_is_named():
    with pytest.raises(InvalidValueError, match="load the corpus at 16000 Hz, got 8000 Hz"):
        vocoder_trainer(corpus_of(bursts(0), rate=8000))


# ---------------------------------------------------------------- learning


def deaf(model, codes, heard, frames):
    """The loss of a vocoder that hears nothing but silence in the first piece of a batch.

    The past tells so much of a noise's loudness that it would soon rely on that alone.
    """
    heard = heard.clone()
    heard[0] = SILENCE
    return vocoder_loss(model, codes, heard, frames)


def as_loaded(trainer):
    return Trained(trainer.model, trainer.description)


@pytest.fixture(scope="module")
def trained():
    corpus = corpus_of(*(bursts(seed, 40) for seed in range(3)))
    settings = TrainingSettings(steps=120, learning_rate=5e-3, warmup=5, validate_every=40)
    trainer = vocoder_trainer(
        corpus, settings, 2, 8 * HOP, device="cpu", config=SMALL, validation=corpus_of(bursts(9))
    )
    trainer.update.loss = deaf
    trainer.run(progress=False)
    return trainer


def test_a_small_vocoder_learns(trained):
    assert trained.losses[0] == pytest.approx(math.log(256), abs=0.2)
    assert np.mean(trained.losses[-5:]) < trained.losses[0] - 0.6
    assert [step for step, _ in trained.validation] == [40, 80, 120] and trained.best[0] == 120
    assert trained.best[1] == vocoder_bits(trained.model, corpus_of(bursts(9))) < 7.2


def test_it_is_told_the_frames_that_belong_to_what_it_predicts(trained):
    codes, frames = encode_for_vocoder(corpus_of(bursts(11, 60)))[0]
    silence, costs = torch.full((1, len(codes) - 1), SILENCE), {}
    with torch.inference_mode():
        for shift in (-2, -1, 0, 1, 2):
            local = frames.roll(shift, dims=1)[None]
            costs[shift] = float(trained.model.loss(codes[None], None, silence, local))
    assert costs[0] < min(costs[-1], costs[1]) - 0.04, costs
    assert min(costs[-2], costs[2]) > costs[0] + 0.2, costs


def test_bits_are_the_mean_over_samples_not_over_clips(trained):
    model = trained.model
    long, short = bursts(5, 30), 0.2 * bursts(6, 4)
    each = [vocoder_bits(model, corpus_of(x)) for x in (long,)]
    codes, frames = encode_for_vocoder(corpus_of(long, short))[1]
    with torch.inference_mode():
        each.append(float(model.loss(codes[None], local=frames[None])) / math.log(2))
    mean = np.average(each, weights=[30, 4])
    assert vocoder_bits(model, corpus_of(long, short)) == pytest.approx(mean, rel=1e-6)
    assert abs(each[0] - each[1]) > 0.05
    with pytest.raises(InvalidValueError, match="no clips to score"):
        vocoder_bits(model, corpus_of())


# ---------------------------------------------------------------- back to sound


def test_vocode_returns_a_hop_for_every_frame(trained):
    frames = mel_frames(bursts(12, 5))
    x = vocode(trained.model, frames, seed=1)
    assert x.shape == (5 * HOP,) and x.dtype == np.float32 and np.abs(x).max() <= 1
    assert np.array_equal(x, vocode(trained.model, frames, seed=1))
    assert not np.array_equal(x, vocode(trained.model, frames, seed=2))
    cold = [vocode(trained.model, frames, seed, temperature=0) for seed in (1, 2)]
    assert np.array_equal(*cold)


def test_a_copy_of_a_loud_sound_is_loud(trained):
    noise = np.random.default_rng(0).standard_normal(3000)
    loud, quiet = (copy_synthesis(as_loaded(trained), level * noise) for level in (0.3, 0.003))
    assert loud.shape == quiet.shape == (3000,) and loud.dtype == np.float32
    assert 0.1 < loud.std() and 5 * quiet.std() < loud.std()


def test_the_sound_of_a_card_is_a_copy_of_the_held_out_clip_that_is_asked_for(trained):
    parts = corpus_of(bursts(1)), corpus_of(bursts(2)), corpus_of(bursts(3, 4), bursts(4, 6))
    for told, frames in (({}, 4), ({"clip": 1}, 6)):
        sound = a_copy(as_loaded(trained), Split(*parts), told)
        clip = parts[2][told.get("clip", 0)]
        assert sound.rate == RATE and len(sound.samples) == len(clip.samples) == frames * HOP
        assert np.array_equal(sound.samples, copy_synthesis(as_loaded(trained), clip.samples))


def test_an_exported_vocoder_sounds_as_before(trained, tmp_path):
    path = export(trained, tmp_path / "model.safetensors", {"temperature": 0.5})
    loaded = load_vocoder(path)
    assert not loaded.model.training and loaded.description["step"] == trained.best[0]
    trained.model.load_state_dict(trained.weights())
    x = bursts(14, 3)
    expected = copy_synthesis(as_loaded(trained), x, seed=3, temperature=0.5)
    assert np.array_equal(copy_synthesis(loaded, x, seed=3), expected)
    assert not np.array_equal(copy_synthesis(loaded, x, seed=3, temperature=1.0), expected)
    with pytest.raises(CheckpointError, match="holds a vocoder, not a wavenet"):
        load_wavenet(path)


def test_the_default_network_is_told_every_band():
    trainer = vocoder_trainer(corpus_of(bursts(0, 40)), device="cpu")
    config = trainer.model.config
    assert (config.local_channels, config.clock_hop, config.conditions) == (BANDS, HOP, ())
    assert isinstance(trainer.model, WaveNet) and trainer.description["length"] == 8192
    assert all(a < b for a, b in pairwise([HOP, config.receptive_field, 8192]))


def test_a_piece_is_predicted_as_in_its_clip():
    x = np.random.default_rng(0).uniform(-0.5, 0.5, 12 * HOP + 7)
    corpus = corpus_of(x)
    torch.manual_seed(0)
    model = WaveNet(SMALL)
    ((codes, frames),) = encode_for_vocoder(corpus)
    field = HOP + SMALL.receptive_field  # in the first frame, the left neighbour is missing
    batch = vocoder_batches(corpus, field, 1, 4 * HOP, seed=0)
    with torch.no_grad():
        whole = model(codes[None, :-1], None, frames[None])[0]
        for step in range(8):
            _, heard, local = batch(step)
            starts = (i for i in range(9) if torch.equal(codes[i * HOP :][: 4 * HOP], heard[0]))
            first = next(starts) * HOP
            piece = model(heard, None, local)[0][:, field - 1 :]
            expected = whole[:, first + field - 1 : first + 4 * HOP]
            torch.testing.assert_close(piece, expected, rtol=0, atol=1e-4)
