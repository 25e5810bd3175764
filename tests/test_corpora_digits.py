"""The built-in digits that ship: their index against their sound, sizes, splits, damage."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.audio import read
from aigc_edu.corpora import CorpusError
from aigc_edu.paths import data_dir

FOLDER = data_dir() / "digits"


@pytest.fixture(scope="module")
def digits():
    return corpora.load("digits", rate=16000)


@pytest.fixture(scope="module")
def index():
    return json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "digits")
    return tmp_path / "digits"


def test_size_of_what_ships():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 12e6


def test_how_many(digits):
    assert len(digits) >= 1900
    assert len(digits.speakers) >= 60
    names = {voice.split("+")[1] for voice in digits.speakers}
    assert len(names) == len(digits.speakers)  # distinct voices, not one in several accents
    unwanted = ("whisper", "robosoft", "demonic", "unirobot", "anikarobot", "croak", "tweaky")
    assert not [n for n in names if n.lower().startswith((*unwanted, "fast", "caleb"))]


def test_every_voice_says_every_digit_equally_often(digits):
    for speaker in digits.speakers:
        said = [clip.label for clip in digits.select(speaker=speaker)]
        assert sorted(said) == [label for label in range(10) for _ in range(len(said) // 10)]


def test_no_voice_is_in_two_parts(digits):
    parts = digits.split("official")
    voices = [voice for part in parts for voice in part.speakers]
    assert len(voices) == len(set(voices)) == len(digits.speakers)
    for held in (parts.validation, parts.test):
        assert 0.08 <= len(held.speakers) / len(voices) <= 0.12
        assert len({voice.split("+")[0] for voice in held.speakers}) >= 4  # accents
    for one, other in zip(parts, digits.split("speaker"), strict=True):
        assert one.clips == other.clips  # the official split is by voice already


def test_the_index_covers_the_sound_files(index):
    for part in corpora.Split._fields:
        rows = [row for row in index["clips"] if row["part"] == part]
        ends = [row["start"] + row["length"] for row in rows]
        assert [row["start"] for row in rows] == [0, *ends[:-1]]  # no gap, no overlap
        x, rate = read(FOLDER / f"{part}.flac")
        assert (len(x), rate) == (ends[-1], index["rate"])


def test_levels_and_durations(digits):
    for clip in digits:
        assert 0.15 <= clip.duration <= 1.2, clip.key
        assert 0.1 <= np.abs(clip.samples).max() <= 0.75, clip.key
        assert np.abs(clip.samples[[0, -1]]).max() < 0.02, clip.key  # no click at the ends
    loudest = [
        max(np.abs(clip.samples).max() for clip in digits.select(speaker=speaker))
        for speaker in digits.speakers
    ]
    assert np.allclose(loudest, 0.7, atol=0.05)


def test_silence_is_trimmed(digits):
    for clip in digits[::7]:
        x = clip.samples
        loud = np.flatnonzero(np.abs(x) > 0.01 * np.abs(x).max())
        assert loud[0] < 0.06 * clip.rate and len(x) - loud[-1] < 0.06 * clip.rate, clip.key


def test_phonemes_follow_each_other_inside_the_clip(digits):
    for clip in digits:
        marks = clip.phonemes
        assert len(marks) >= 2 and all(p.symbol for p in marks), clip.key
        assert 0 <= marks[0].start and marks[-1].stop <= len(clip.samples), clip.key
        for one, following in zip(marks, marks[1:], strict=False):
            assert one.start < one.stop == following.start, clip.key


def test_phonemes_fit_the_sound(digits):
    # A hiss has its energy high, a vowel has it low: the marks must tell the two apart.
    for clip in digits.select(label=6)[::5]:
        hiss, vowel = (_centre(clip, clip.phonemes[i]) for i in (0, 1))
        assert clip.phonemes[0].symbol == "s" and clip.phonemes[1].symbol.startswith("ˈ")
        assert hiss > 2 * vowel, clip.key


def _centre(clip, phoneme):
    x = clip.samples[phoneme.start : phoneme.stop]
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
    return float((np.fft.rfftfreq(len(x), 1 / clip.rate) * power).sum() / power.sum())


def test_8_khz_is_the_same_sound(digits):
    slow = corpora.load("digits")
    assert slow.rate == 8000 and [c.key for c in slow] == [c.key for c in digits]
    for one, other in zip(slow[::41], digits[::41], strict=True):
        assert abs(len(one.samples) - len(other.samples) / 2) <= 1
        assert abs(one.samples).max() <= 1
        assert one.phonemes[-1].stop <= len(one.samples)
        for a, b in zip(one.phonemes, other.phonemes, strict=True):
            assert a.symbol == b.symbol and abs(a.start - b.start / 2) <= 0.5
        padded = np.zeros(2 * len(one.samples))
        padded[: len(other.samples)] = other.samples
        difference = _below_3_khz(padded, 16000) - _below_3_khz(one.samples, 8000)
        assert np.abs(difference).max() < 0.02 * np.abs(one.samples).max(), one.key


def _below_3_khz(x, rate):
    """Keep a band that both rates hold, and take it at 8 kHz."""
    count = len(x) * 8000 // rate
    spectrum = np.fft.rfft(x)[: count * 3 // 8]
    return np.fft.irfft(spectrum, count) * 8000 / rate


def test_no_two_voices_are_the_same(digits):
    first = {v: digits.select(speaker=v, label=7)[0].samples for v in digits.speakers}
    assert len({x.tobytes() for x in first.values()}) == len(first)


def test_loading_twice_gives_equal_samples():
    one, other = corpora.load("digits")[100], corpora.load("digits")[100]
    assert one.samples is not other.samples
    assert np.array_equal(one.samples, other.samples)


def test_it_needs_no_variable_and_no_recipe(tmp_path):
    code = (
        "import sys; sys.modules['espeakng_loader'] = None\n"
        "from aigc_edu import corpora\n"
        "assert corpora.load('digits')[0].samples.any()\n"
        "assert 'aigc_edu.corpora.recipes' not in sys.modules and 'torch' not in sys.modules\n"
    )
    environment = {**os.environ, "AIGC_EDU_DATA": str(tmp_path / "nowhere")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


# Damage


def damaged(copy, says, **options):
    with pytest.raises(CorpusError, match=says) as caught:
        corpora.load("digits", root=copy, **options)[-1].samples  # noqa: B018 (reading is the act)
    assert "\n" not in str(caught.value)


def test_a_copy_loads_from_its_folder_or_the_one_above(copy):
    assert len(corpora.load("digits", root=copy)) == len(corpora.load("digits", root=copy.parent))


def test_a_missing_index(copy):
    (copy / "index.json").unlink()
    damaged(copy, "not in .* corpora build digits")


def test_an_index_that_is_no_json(copy):
    (copy / "index.json").write_text("{")
    damaged(copy, "index.json cannot be read")


@pytest.mark.parametrize("field", ["clips", "labels", "rate"])
def test_an_index_without_a_field(copy, index, field):
    (copy / "index.json").write_text(json.dumps({**index, field: None}))
    damaged(copy, "index.json is damaged")


@pytest.mark.parametrize("field", ["label", "voice", "start", "length", "part", "phonemes"])
def test_a_row_without_a_field(copy, index, field):
    row = {k: v for k, v in index["clips"][-1].items() if k != field}
    (copy / "index.json").write_text(json.dumps({**index, "clips": [row]}))
    damaged(copy, "index.json is damaged")


def test_a_sound_file_that_is_too_short(copy):
    shutil.copy(copy / "validation.flac", copy / "test.flac")
    index = json.loads((copy / "index.json").read_text(encoding="utf-8"))
    index["clips"][-1]["start"] += 10**6
    (copy / "index.json").write_text(json.dumps(index))
    damaged(copy, "shorter than the index says")


def test_a_missing_sound_file(copy):
    (copy / "test.flac").unlink()
    with pytest.raises(CorpusError, match="test.flac"):
        corpora.load("digits", root=copy)  # at once, not when the first clip of it is wanted


def test_another_rate_than_the_index_says(copy, index):
    (copy / "index.json").write_text(json.dumps({**index, "rate": 22050}))
    damaged(copy, "16000 Hz, but the index says 22050 Hz")
