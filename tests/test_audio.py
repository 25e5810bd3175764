"""Sound files: what is written is what is read, and a bad file is one clear sentence."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aigc_edu import audio
from aigc_edu.audio import AudioFileError
from aigc_edu.errors import InvalidValueError

PCM = 2.0**-15  # one step of 16 bits


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_sixteen_bits_come_back_exactly(tmp_path, ending):
    x = (np.random.default_rng(0).integers(-32768, 32768, 500) / 32768).astype(np.float32)
    y, rate = audio.read(audio.write(tmp_path / f"a.{ending}", x, 8000))
    assert rate == 8000 and y.dtype == np.float32
    assert np.array_equal(x, y)


@given(arrays(np.float32, st.integers(1, 60), elements=st.floats(-1, 1, width=32)))
@settings(max_examples=25)
def test_other_amplitudes_come_back_within_a_step(tmp_path_factory, x):
    path = tmp_path_factory.mktemp("sound") / "a.wav"
    y, _ = audio.read(audio.write(path, x, 16_000))
    assert np.abs(x - y).max() <= PCM


def test_channels_are_averaged_and_the_rate_is_changed(tmp_path):
    left = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    sf.write(tmp_path / "a.wav", np.stack([left, 0 * left], axis=1), 16_000, subtype="FLOAT")
    x, rate = audio.read(tmp_path / "a.wav")
    assert rate == 16_000 and np.allclose(x, left / 2, atol=1e-6)
    y, rate = audio.read(tmp_path / "a.wav", rate=8000)
    middle = slice(2000, 6000)
    wanted = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000) / 2
    assert rate == 8000 and len(y) == 8000
    assert np.allclose(y[middle], wanted[middle], atol=1e-3)


def test_resampling_keeps_low_tones_and_removes_what_would_fold():
    rate = 16_000
    x = np.sin(2 * np.pi * 5000 * np.arange(rate) / rate)
    assert np.abs(audio.resample(x, rate, 8000)[1000:-1000]).max() < 1e-3
    with pytest.raises(InvalidValueError, match="must be positive"):
        audio.resample(x, rate, 0)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(0), "N >= 1"),
        (np.zeros((2, 2)), r"shape \(N,\)"),
        (np.array([0.0, np.nan]), "NaN"),
        (np.array([0.0, -1.5]), r"the peak is 1\.500; scale"),
    ],
)
def test_samples_that_do_not_fit_leave_the_old_file(tmp_path, x, message):
    path = audio.write(tmp_path / "a.wav", np.zeros(10), 8000)
    before = path.read_bytes()
    with pytest.raises(AudioFileError, match=message):
        audio.write(path, x, 8000)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path], "a half-written file was left behind"


def test_an_unknown_format_leaves_nothing(tmp_path):
    with pytest.raises(AudioFileError, match="cannot be written"):
        audio.write(tmp_path / "a.xyz", np.zeros(10), 8000)
    assert not list(tmp_path.iterdir())


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(AudioFileError, match=r"gone\.wav: there is no such file"):
        audio.read(tmp_path / "gone.wav")
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(AudioFileError, match=r"text\.wav: not a readable sound file"):
        audio.read(tmp_path / "text.wav")
    sf.write(tmp_path / "empty.wav", np.zeros(0), 8000)
    with pytest.raises(AudioFileError, match="holds no samples"):
        audio.read(tmp_path / "empty.wav")
    sf.write(tmp_path / "nan.wav", np.array([np.nan]), 8000, subtype="FLOAT")
    with pytest.raises(AudioFileError, match="NaN"):
        audio.read(tmp_path / "nan.wav")
