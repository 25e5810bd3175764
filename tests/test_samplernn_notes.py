"""A SampleRNN that plays notes: their pitches as labels, two judges of pitch, the card's scores."""

import numpy as np
import pytest
import torch

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained
from aigc_edu.cli import main
from aigc_edu.corpora.choosing import by_pitch, by_speakers, note_name
from aigc_edu.dsp import mu_law_decode
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.harmonic_sum import pitch_by_harmonic_sum
from aigc_edu.kinds import samplernn_notes
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.samplernn import HIGHEST, LOWEST, TRANSPOSE
from aigc_edu.kinds.samplernn_notes import (
    Played,
    lowest_pitch,
    measure_pitches,
    one_by_one,
    play_all,
    score_notes,
)
from aigc_edu.kinds.samplernn_training import samplernn_trainer
from aigc_edu.kinds.wavenet_training import wavenet_batches
from aigc_edu.models.samplernn import SampleRNNConfig
from aigc_edu.training import TrainingSettings

RATE = 8000
NAMES = "brass_synthetic_000,flute_synthetic_001"


def tone(frequency: float, strengths=(1, 0.6, 0.4), seconds: float = 0.5) -> np.ndarray:
    """Return harmonics of these strengths, in uneven phases."""
    t = np.arange(int(seconds * RATE)) / RATE
    parts = [a * np.sin(2 * np.pi * h * frequency * t + h) for h, a in enumerate(strengths, 1)]
    return 0.3 * np.sum(parts, axis=0)


@pytest.fixture(scope="module")
def split():
    return find_kind("samplernn").parts(by_speakers(corpora.load("notes", rate=RATE), NAMES))


# ---------------------------------------------------------------- a judge of pitch


@pytest.mark.parametrize("frequency", [65.4, 130.8, 261.6, 300.0, 523.3, 880.0])
@pytest.mark.parametrize("strengths", [(1,), (1, 0.5, 0.3), (0.2, 1, 0.5, 0.5), (0, 1, 1, 1, 1)])
def test_the_harmonic_sum_finds_a_tone_even_without_its_fundamental(frequency, strengths):
    heard = pitch_by_harmonic_sum(tone(frequency, strengths), RATE)
    assert abs(1200 * np.log2(heard / frequency)) < 5


def test_the_harmonic_sum_agrees_with_what_real_notes_are(split):
    for note in split.test + split.validation:
        heard = pitch_by_harmonic_sum(note.samples, RATE)
        assert abs(1200 * np.log2(heard / note.note.frequency)) < 20, note.key


def test_silence_has_no_pitch_and_bad_notes_are_named():
    assert np.isnan(pitch_by_harmonic_sum(np.zeros(4000), RATE))
    with pytest.raises(InvalidValueError, match="too short for 60 Hz"):
        pitch_by_harmonic_sum(tone(440)[:200], RATE)
    for low, high in ((0, 100), (200, 100), (60, 5000)):
        with pytest.raises(InvalidValueError, match="0 < low < high <= 4000"):
            pitch_by_harmonic_sum(tone(440), RATE, low, high)


# ---------------------------------------------------------------- pitches as labels


def test_the_labels_of_notes_are_their_pitches(split):
    assert split.train.labels[0] == "C3" and split.train.labels[-1] == "C5"
    assert len(split.train.labels) == HIGHEST - LOWEST + 1 and lowest_pitch(split.train) == LOWEST
    for part in split:
        assert all(clip.note.pitch == LOWEST + clip.label for clip in part)
    assert set(split.test.speakers) <= set(split.train.speakers)


def test_names_of_notes():
    assert [note_name(p) for p in (21, 60, 61, 69, 72)] == ["A0", "C4", "C#4", "A4", "C5"]


def test_what_is_no_note_has_no_pitch():
    with pytest.raises(InvalidValueError, match="the clips of drums are no notes"):
        by_pitch(corpora.load("drums")[:3], 48, 72)


def test_notes_are_transposed_by_whole_semitones(split, tmp_path):
    line = f"train samplernn --corpus notes --rate {RATE} --speakers {NAMES} --steps 1 --augment"
    assert main([*line.split(), "--batch-size", "1", "--out", str(tmp_path)]) == 0
    told = find_kind("samplernn").load(tmp_path / "model.safetensors").description
    assert told["transpose"] == TRANSPOSE and told["rate"] == RATE and told["labels"][12] == "C4"


def test_a_batch_of_transposed_notes_sounds_as_it_says(split):
    batch = wavenet_batches(split.train, split.train.speakers, 8, 0, augment=True, transpose=3)
    codes, told, _ = batch(0)
    for row, label in zip(codes, told[:, 0].tolist(), strict=True):
        x = mu_law_decode(row[row >= 0].numpy())
        heard = pitch_by_harmonic_sum(x, RATE)
        assert abs(12 * np.log2(heard / 440) + 69 - LOWEST - label) < 0.2


def test_a_rate_is_an_option_only_where_the_kind_has_none(capsys, tmp_path):
    with pytest.raises(SystemExit):
        main(["train", "vocoder", "--rate", "8000", "--out", str(tmp_path)])
    assert "--rate" in capsys.readouterr().err


# ---------------------------------------------------------------- the score


def test_in_tune_is_within_a_quarter_tone_and_sounds():
    asked = [60, 60, 60, 60, 72]
    c4 = 440 * 2 ** (-9 / 12)
    clips = [
        tone(c4),
        tone(c4 * 2 ** (40 / 1200)),
        tone(c4 * 2 ** (60 / 1200)),
        np.zeros(4000),
        tone(2 * c4)[:1000],
    ]
    tuned = score_notes(Played(clips, asked, ["x"] * 5), RATE)
    assert (tuned.count, tuned.silent, tuned.cut_off) == (5, 1, 1)
    for hits in tuned.hits.values():
        assert hits.tolist() == [True, True, False, False, False]


@pytest.fixture(scope="module")
def untrained(split):
    config = SampleRNNConfig(frame_sizes=(16, 4), width=8, embedding=4)
    settings = TrainingSettings(steps=1)
    trainer = samplernn_trainer(split.train, config=config, settings=settings, chunk=512)
    return Trained(trainer.model.eval(), trainer.description)


def test_every_pitch_is_asked_of_those_who_have_it(untrained, split, monkeypatch):
    asked = []

    def note(trained, labels, count, seed, *, speaker):
        asked.extend((speaker, label) for label in labels)
        return [tone(440 * 2 ** ((LOWEST + label - 69) / 12)) for label in labels]

    monkeypatch.setattr(samplernn_notes, "synthesise", note)
    played = play_all(untrained, split, {"each": 3})
    for name in untrained.description["speakers"]:
        own = [clip.label for clip in split.train.select(speaker=name)]
        labels = [label for speaker, label in asked if speaker == name]
        assert labels and min(labels) >= min(own) and max(labels) <= max(own)
    reachable = set(played.pitches)
    assert all(played.pitches.count(pitch) == 3 for pitch in reachable)
    assert score_notes(played, RATE).hits["yin"].all()
    measured = measure_pitches(untrained, split, {"each": 1}, {})
    assert measured.scores["in_tune_by_yin"] == measured.scores["in_tune_by_harmonic_sum"] == 1.0
    assert {"uniform", "histogram"} <= set(measured.anchors) and "0 are silent" in measured.says


def test_an_untrained_network_is_out_of_tune(untrained, split):
    torch.manual_seed(0)
    measured = measure_pitches(untrained, split, {"each": 1}, {"other": untrained})
    assert measured.scores["in_tune_by_harmonic_sum"] < 0.3
    rows = measured.tables[0].rows
    assert [row[0] for row in rows] == ["real test notes", "this checkpoint", "other"]
    assert rows[0][1].startswith("100")


def test_notes_one_by_one_do_not_overlap():
    track = one_by_one([np.ones(50, np.float32), np.ones(500, np.float32)], 200)
    assert len(track) == 400 and track[0] == 1 and not track[50:200].any()
    assert track[200] == 1 and track[380] == 1 and 0 < track[395] < 1 and track[399] == 0
