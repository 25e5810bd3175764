"""Sound files: what is written is what is read, and a bad file is one clear sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize(("ending", "subtype", "bits"), [("wav", "PCM_U8", 8), ("flac", None, 16)])
def test_rounding_goes_to_the_nearest_and_not_downwards(tmp_path, ending, subtype, bits):
    """Rounding down, as libsndfile does by itself, is off by a step and lowers the mean."""
    x = np.random.default_rng(4).uniform(-0.99, 0.99, 4000)
    y, _ = audio.read(audio.write(tmp_path / f"a.{ending}", x, 8000, subtype))
    error = (y - x) * 2 ** (bits - 1)  # in steps
    assert np.abs(error).max() <= 0.5 + 1e-3
    assert abs(error.mean()) < 0.03  # five times the deviation of a mean of 4,000 even draws
    again, _ = audio.read(audio.write(tmp_path / f"b.{ending}", y, 8000, subtype))
    assert np.array_equal(again, y)


@given(arrays(np.float32, st.integers(1, 60), elements=st.floats(-1, 1, width=32)))
@settings(max_examples=25, deadline=None)
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


def test_channels_can_be_kept(tmp_path):
    x = (np.random.default_rng(1).integers(-32768, 32768, (3, 400)) / 32768).astype(np.float32)
    path = audio.write(tmp_path / "a.wav", x, 8000)
    kept, _ = audio.read(path, channels="keep")
    assert np.array_equal(kept, x) and kept.flags.c_contiguous
    assert np.allclose(audio.read(path)[0], x.mean(axis=0), atol=1e-7)
    half, rate = audio.read(path, rate=4000, channels="keep")
    assert half.shape == (3, 200) and rate == 4000
    for row, whole in zip(half, x, strict=True):
        assert np.array_equal(row, audio.resample(whole, 8000, 4000))
    mono = audio.write(tmp_path / "b.wav", x[0], 8000)
    assert audio.read(mono, channels="keep")[0].shape == (1, 400)
    with pytest.raises(InvalidValueError, match="'mix' or 'keep'"):
        audio.read(path, channels="left")


@pytest.mark.parametrize(
    ("ending", "subtype", "tolerance"),
    [
        ("wav", "PCM_U8", 2.0**-7),
        ("wav", "PCM_24", 2.0**-23),
        ("wav", "PCM_32", 2.0**-24),
        ("wav", "FLOAT", 0),
        ("wav", "DOUBLE", 0),
        ("flac", "PCM_24", 2.0**-23),
    ],
)
def test_subtypes_keep_what_they_can(tmp_path, ending, subtype, tolerance):
    x = np.random.default_rng(2).uniform(-1, 1, (2, 501)).astype(np.float32)
    y, _ = audio.read(audio.write(tmp_path / f"a.{ending}", x, 44_100, subtype), channels="keep")
    assert np.abs(x - y).max() <= tolerance


def test_float_files_may_pass_full_scale_and_others_may_not(tmp_path):
    x = np.array([0.0, 3.5, -2.0])
    assert np.array_equal(audio.read(audio.write(tmp_path / "a.wav", x, 8000, "FLOAT"))[0], x)
    with pytest.raises(AudioFileError, match=r"the peak is 3\.500"):
        audio.write(tmp_path / "a.wav", x, 8000, "PCM_24")


@pytest.mark.parametrize("ending", ["ogg", "opus", "mp3"])
@pytest.mark.parametrize("size", [700, 48_000, 400_000])
def test_lossy_formats_keep_a_tone(tmp_path, ending, size):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(size) / 48_000)
    y, rate = audio.read(audio.write(tmp_path / f"a.{ending}", tone, 48_000))
    assert rate == 48_000 and len(y) == size
    assert np.abs(y - tone)[size // 4 : -size // 4].max() < 0.1


def test_long_files_are_decoded_in_blocks_without_a_seam(tmp_path, monkeypatch):
    from aigc_edu.audio import decoding

    x = np.random.default_rng(3).normal(size=30_000) * 0.1
    for ending in ("wav", "flac", "ogg", "mp3"):
        path = audio.write(tmp_path / f"a.{ending}", x, 16_000)
        whole, _ = audio.read(path)
        monkeypatch.setattr(decoding, "_BLOCK", 4096)
        blocks, _ = audio.read(path)
        monkeypatch.undo()
        assert np.allclose(whole, blocks, atol=1e-6) and len(whole) == len(x)


def test_resampling_keeps_low_tones_and_removes_what_would_fold():
    rate = 16_000
    x = np.sin(2 * np.pi * 5000 * np.arange(rate) / rate)
    assert np.abs(audio.resample(x, rate, 8000)[1000:-1000]).max() < 1e-3


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ((16_000, 0), "positive whole numbers"),
        ((16_000, -8000), "positive whole numbers"),
        ((16_000.5, 8000), "positive whole numbers"),
        ((16_000, np.nan), "positive whole numbers"),
        ((16_000, 10**7), "positive whole numbers up to 1000000"),
        ((10, 192_000), "more than a factor of 1000 apart"),
        ((192_000, 400), "last less than one"),
    ],
)
def test_rates_that_make_no_sense_are_refused(tmp_path, rates, message):
    with pytest.raises(InvalidValueError, match=message):
        audio.resample(np.ones(100), *rates)


def test_extreme_rates_and_strange_samples(tmp_path):
    assert audio.resample(np.ones(5000), 192_000, 192).shape == (5,)
    assert audio.resample(np.ones((2, 5)), 192, 192_000).shape == (2, 5000)
    assert audio.resample(np.ones(50), 16_000.0, 8000.0).shape == (25,)
    lying = np.zeros((8000, 2))
    for x, message in (
        (np.zeros(0), "N >= 1"),
        (np.array([np.inf]), "NaN or infinite"),
        (lying, r"did you mean x\.T"),
    ):
        with pytest.raises(InvalidValueError, match=message):
            audio.resample(x, 8000, 16_000)
    path = audio.write(tmp_path / "short.wav", np.ones(3), 48_000)
    with pytest.raises(AudioFileError, match=r"short\.wav: cannot be resampled .*less than one"):
        audio.read(path, rate=100)
    with pytest.raises(InvalidValueError, match="positive whole"):
        audio.read(path, rate=0)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(0), "N >= 1"),
        (np.zeros((2, 2, 2)), r"shape \(N,\) or \(C, N\)"),
        (np.zeros((1000, 2)), r"1000 channels; the channels come first"),
        (np.zeros((2, 0)), "N >= 1"),
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


# ---------------------------------------------------------------- writing, whole or not at all


def test_new_files_have_the_rights_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        path = audio.write(tmp_path / "a.wav", np.zeros(9), 8000)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg"])
@pytest.mark.parametrize("missing", [10, 100_000])
def test_a_disk_that_is_full_leaves_the_old_file(tmp_path, ending, missing):
    """A limit on the size of files stands for the disk; it holds for a process of its own."""
    x = np.random.default_rng(0).uniform(-1, 1, 200_000)
    whole = audio.write(tmp_path / f"a.{ending}", x, 8000).stat().st_size
    path = audio.write(tmp_path / f"a.{ending}", np.zeros(100), 8000)
    before = path.read_bytes()
    code = (
        "import resource, signal, numpy as np; from aigc_edu import audio\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "x = np.random.default_rng(0).uniform(-1, 1, 200_000)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({whole - missing}, {whole - missing}))\n"
        f"audio.write({str(path)!r}, x, 8000)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    error = ran.stderr.strip().splitlines()[-1]
    assert "AudioFileError" in error and f"a.{ending}: cannot be written" in error
    assert "the disk is full" in error
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path], "a half-written file was left behind"


def test_places_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.wav").mkdir()
    places = ["file/a.wav", "folder.wav", "n" * 300 + ".wav", "null\0.wav"]
    for name in places:
        with pytest.raises(AudioFileError, match="cannot be written"):
            audio.write(tmp_path / name, np.zeros(9), 8000)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.wav"]


@pytest.mark.parametrize(
    ("name", "rate", "subtype"),
    [
        ("a.wav", 0, None),
        ("a.wav", 8000.5, None),
        ("a.wav", 8000, "PCM_17"),
        ("a.flac", 8000, "FLOAT"),
        ("a.mp3", 192_000, None),
        ("a", 8000, None),
    ],
)
def test_what_a_format_cannot_hold(tmp_path, name, rate, subtype):
    with pytest.raises(AudioFileError, match=f"{name}: cannot be written"):
        audio.write(tmp_path / name, np.zeros(9), rate, subtype)
    assert not list(Path(tmp_path).iterdir())
