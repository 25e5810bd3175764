"""Converting files and folders: nothing lost, nothing overwritten, one line for what goes wrong."""

from __future__ import annotations

import dataclasses
import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from test_saving import burst, lateness

from aigc_edu import audio
from aigc_edu.audio import AudioFileError, loudness
from aigc_edu.cli import main
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving import (
    Coding,
    Conversion,
    Mark,
    Tags,
    convert,
    export,
    read_marks,
    read_tags,
    true_peak_db,
)
from aigc_edu.saving.batch import plan
from aigc_edu.saving.by_av import m4b_blocks

ENDINGS = (".wav", ".flac", ".ogg", ".opus", ".mp3")


def source(folder, name="in.wav", rate=22_050, channels=1, **tags):
    path = folder / name
    return export(path, burst(rate, 1.3, channels), rate, Coding(dither=None), Tags(**tags))


# ---------------------------------------------------------------- one file


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("first", [".wav", ".ogg", ".mp3"])
def test_any_format_becomes_any_other_in_its_place(tmp_path, first, ending):
    old = source(tmp_path, f"in{first}", title="Ein Lied", network="a net")
    done = convert(old, tmp_path / f"out{ending}")
    x, rate = audio.read(old, rate=24_000 if ending == ".opus" else None)
    y, own = audio.read(done.path)
    assert own == rate and len(y) == len(x) and abs(lateness(x, y)) <= 1
    assert done.seconds == pytest.approx(len(x) / rate)
    assert read_tags(done.path) == Tags(title="Ein Lied", network="a net")


def test_without_a_change_the_samples_are_the_very_same(tmp_path):
    for ending in (".wav", ".flac"):
        old = source(tmp_path, f"in{ending}", channels=2)
        for new in (".flac", ".wav"):
            done = convert(old, tmp_path / f"out{ending}{new}")
            assert done.gain_db == 0 and not done.note
            assert np.array_equal(
                audio.read(old, None, "keep")[0], audio.read(done.path, None, "keep")[0]
            )
    deep = export(tmp_path / "deep.wav", burst(8000), 8000, Coding(bits=24))
    shallow = convert(deep, tmp_path / "shallow.wav").path  # 24 bits to 16: new samples, dithered
    plain = export(tmp_path / "plain.wav", audio.read(deep)[0], 8000, Coding(dither=None))
    steps = 2**15 * (audio.read(shallow)[0] - audio.read(plain)[0])
    assert set(np.round(steps)) <= {-1, 0, 1} and np.mean(steps != 0) > 0.2


def test_rate_and_channels(tmp_path):
    old = source(tmp_path, channels=2)
    done = convert(old, tmp_path / "a.wav", Conversion(rate=16_000, channels="mix"))
    x, rate = audio.read(done.path, channels="keep")
    assert rate == 16_000 and len(x) == 1
    wanted, _ = audio.read(old, rate=16_000)
    assert x.shape[1] == len(wanted) and np.abs(x[0] - wanted).max() < 2**-14


@pytest.mark.parametrize("ending", ENDINGS)
def test_loudness_is_kept_within_a_tenth(tmp_path, ending):
    old = source(tmp_path, rate=44_100)
    done = convert(old, tmp_path / f"a{ending}", Conversion(loudness=-20))
    x, rate = audio.read(done.path)
    assert abs(loudness(x, rate) + 20) < 0.1
    low = {".mp3": Coding(kbps=32), ".opus": Coding(kbps=12), ".ogg": Coding(quality=0)}
    if ending in low:  # where highs are lost, the rest is made up for it
        done = convert(old, tmp_path / f"b{ending}", Conversion(loudness=-20, coding=low[ending]))
        x, rate = audio.read(done.path)
        assert abs(loudness(x, rate) + 20) < 0.1


def test_an_m4bs_loudness_too(tmp_path):
    pytest.importorskip("av")
    done = convert(source(tmp_path), tmp_path / "a.m4b", Conversion(loudness=-20))
    x = np.concatenate([block for block, _ in m4b_blocks(done.path)], axis=1)
    assert abs(loudness(x, 22_050) + 20) < 0.1


def test_the_true_peak_is_kept_or_the_loudness_refused(tmp_path):
    rate = 44_100
    x = np.hanning(2 * rate) * np.cos(np.pi / 2 * np.arange(2 * rate) + np.pi / 4) / np.sqrt(2)
    old = export(tmp_path / "a.wav", 0.3 * x, rate, Coding(bits=32))
    with pytest.raises(InvalidValueError, match=r"at -2 LUFS its true peak would pass -1 dBTP"):
        convert(old, tmp_path / "b.wav", Conversion(loudness=-2))
    done = convert(old, tmp_path / "b.wav", Conversion(loudness=-2, over="reduce"))
    y, _ = audio.read(done.path)
    assert true_peak_db(y, rate) == pytest.approx(-1, abs=0.01) and "LUFS" in done.note
    assert audio.peak_db(y) == pytest.approx(-4, abs=0.05)  # the samples don't show it
    assert not list(tmp_path.glob(".*"))


def test_marks_that_are_given_take_the_place_of_the_files_own(tmp_path):
    own, given = [Mark(0, "One"), Mark(0.5, "Two")], [Mark(0, "All"), Mark(0.7, "of it")]
    old = export(tmp_path / "a.mp3", burst(24_000), 24_000, marks=own)
    assert read_marks(convert(old, tmp_path / "b.mp3", marks=given).path) == given
    assert read_marks(convert(old, tmp_path / "c.mp3", marks=[]).path) == []
    plain = source(tmp_path)
    assert read_marks(convert(plain, tmp_path / "d.mp3", marks=given).path) == given


def test_making_up_for_what_coding_took_keeps_the_peak_too(tmp_path):
    rate = 24_000
    hiss = np.diff(np.random.default_rng(0).normal(size=2 * rate + 1))  # a low rate loses its highs
    old = export(tmp_path / "a.wav", 0.1 * hiss / np.abs(hiss).max(), rate, Coding(bits=32))
    x, _ = audio.read(old)
    most = loudness(x, rate) - true_peak_db(x, rate) - 1  # LUFS at the highest peak
    how = Conversion(loudness=most - 0.01, coding=Coding(kbps=8))
    with pytest.raises(InvalidValueError, match=r"a\.wav: coding makes it softer.*-1 dBTP"):
        convert(old, tmp_path / "b.mp3", how)
    done = convert(old, tmp_path / "b.mp3", dataclasses.replace(how, over="reduce"))
    assert "softer than" in done.note and list(tmp_path.glob(".*")) == []
    assert done.gain_db == pytest.approx(-1 - true_peak_db(x, rate), abs=1e-3)


def test_chapter_marks_go_along_where_they_can(tmp_path):
    marks = [Mark(0, "One"), Mark(0.5, "Two")]
    old = export(tmp_path / "a.mp3", burst(24_000), 24_000, marks=marks)
    new = convert(old, tmp_path / "b.opus", Conversion(loudness=-20))
    assert read_marks(new.path) == marks and not new.note
    assert read_marks(convert(new.path, tmp_path / "c.mp3").path) == marks
    assert "no chapter marks: 2 are left behind" in convert(old, tmp_path / "d.flac").note
    data = old.read_bytes().replace((500).to_bytes(4, "big"), bytes(4))  # both at 0 s
    (tmp_path / "e.mp3").write_bytes(data)
    done = convert(tmp_path / "e.mp3", tmp_path / "e.opus")
    assert "left behind" in done.note and not read_marks(done.path)


def test_peaks_beyond_full_scale_make_a_file_softer_and_say_so(tmp_path):
    old = export(tmp_path / "a.wav", 2 * burst(8000), 8000, Coding(bits=32))
    done = convert(old, tmp_path / "b.flac")
    peak = np.abs(2 * burst(8000)).max()
    assert done.gain_db == pytest.approx(-20 * math.log10(peak), abs=0.01)
    assert "softer: its peak passed full scale" in done.note
    y, _ = audio.read(done.path)
    assert 0.999 < np.abs(y).max() <= 1
    kept = convert(old, tmp_path / "b.wav", Conversion(coding=Coding(bits=32)))
    assert np.array_equal(audio.read(kept.path)[0], audio.read(old)[0])


def test_what_is_silent_or_makes_no_sense_is_told(tmp_path):
    silent = export(tmp_path / "a.wav", np.zeros(8000), 8000, Coding(dither=None))
    with pytest.raises(InvalidValueError, match="silent"):
        convert(silent, tmp_path / "b.wav", Conversion(loudness=-20))
    for wrong, message in (
        ({"loudness": 3.0}, "loudness is a number of dB up to 0"),
        ({"peak": math.nan}, "peak is a number"),
        ({"over": "clip"}, "over is 'refuse' or 'reduce'"),
    ):
        with pytest.raises(InvalidValueError, match=message):
            Conversion(**wrong)


def test_a_file_is_not_overwritten_and_never_by_itself(tmp_path):
    old = source(tmp_path)
    before = old.read_bytes()
    with pytest.raises(AudioFileError, match="in.wav: there is such a file already"):
        convert(old, old)
    with pytest.raises(AudioFileError, match="would take its own place"):
        convert(old, old, replace=True)
    other = export(tmp_path / "b.wav", np.zeros(100), 8000)
    with pytest.raises(AudioFileError, match="b.wav: there is such a file already"):
        convert(old, other)
    assert len(audio.read(convert(old, other, replace=True).path)[0]) == len(burst(22_050, 1.3))
    assert old.read_bytes() == before and not list(tmp_path.glob(".*"))


def test_a_file_without_links_is_put_in_its_place_too(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    old = source(tmp_path)
    assert convert(old, tmp_path / "b.flac").path.is_file()
    with pytest.raises(AudioFileError, match="already"):
        convert(old, tmp_path / "b.flac")


# ---------------------------------------------------------------- folders


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three sounds in two folders, a broken one, and what is none."""
    here = tmp_path / "in"
    (here / "sub").mkdir(parents=True)
    (here / ".hidden").mkdir()
    source(here, "a.wav")
    source(here / "sub", "b.flac", 44_100, 2)
    source(here / "sub", "take 1.5.mp3", artist="somebody")
    whole = (here / "a.wav").read_bytes()
    (here / "sub" / "cut.wav").write_bytes(whole[:9000])
    (here / "notes.txt").write_text("no sound")
    (here / ".hidden" / "c.wav").write_bytes(whole)
    (here / ".d.wav").write_bytes(whole)
    return here


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_a_folder_keeps_its_order_and_a_broken_file_gets_one_line(folder, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["convert", str(folder), "--to", "ogg", "--out", str(out), "--quality", "0.2"]
    assert main([*command, "--tag", "artist=A network", "--tag", "network=x=1"]) == 1
    told = capsys.readouterr()
    assert names(out) == ["a.ogg", "sub/b.ogg", "sub/take 1.5.ogg"]
    assert told.err.count("\n") == 1 and "cut.wav: not a readable sound file" in told.err
    assert "3 written, 1 failed" in told.out
    assert read_tags(out / "a.ogg") == Tags(artist="A network", network="x=1")
    assert read_tags(out / "sub" / "take 1.5.ogg").artist == "A network"
    assert sf.info(str(out / "sub" / "b.ogg")).channels == 2


def test_what_is_there_stays_and_the_rest_is_made(folder, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["convert", str(folder), "--to", "flac", "--out", str(out)]
    main(command)
    first = {name: (out / name).stat().st_mtime_ns for name in names(out)}
    (out / "a.flac").unlink()
    (out / "sub" / "b.flac").write_bytes(b"mine")
    capsys.readouterr()
    assert main(command) == 1
    assert "1 written, 2 kept as they were, 1 failed (--replace makes" in capsys.readouterr().out
    assert (out / "sub" / "b.flac").read_bytes() == b"mine"
    kept = "sub/take 1.5.flac"
    assert (out / kept).stat().st_mtime_ns == first[kept]
    main([*command, "--replace"])
    assert "3 written, 1 failed" in capsys.readouterr().out
    assert sf.info(str(out / "sub" / "b.flac")).frames


def test_a_batch_that_is_stopped_leaves_no_pieces(folder, tmp_path, monkeypatch):
    """What is killed in the middle has whole files or none; the same command ends it."""
    out, count = tmp_path / "out", []
    real = sf.SoundFile.write

    def stopping(self, data):
        count.append(1)
        if len(count) > 3:
            raise KeyboardInterrupt
        return real(self, data)

    command = ["convert", str(folder), "--to", "flac", "--out", str(out)]
    monkeypatch.setattr(sf.SoundFile, "write", stopping)
    assert main(command) == 130
    monkeypatch.undo()
    there = [path for path in out.rglob("*") if path.is_file()]
    assert len(there) < 3 and all(len(audio.read(path)[0]) for path in there)
    assert main(command) == 1 and len(names(out)) == 3


def test_results_within_the_folder_are_no_sources(folder):
    out = folder / "out"
    assert main(["convert", str(folder), "--to", "wav", "--out", str(out)]) == 1
    assert {job.source for job in plan([folder], out, ".flac")} == {
        folder / "a.wav",
        folder / "sub" / "b.flac",
        folder / "sub" / "cut.wav",
        folder / "sub" / "take 1.5.mp3",
    }


def test_converting_a_folder_into_itself_leaves_the_sources(folder, capsys):
    before = (folder / "a.wav").read_bytes()
    main(["convert", str(folder), "--to", "wav", "--out", str(folder), "--rate", "8000"])
    assert (folder / "a.wav").read_bytes() == before
    main(["convert", str(folder / "a.wav"), "--to", "wav", "--out", str(folder), "--replace"])
    assert "take its own place" in capsys.readouterr().err
    assert (folder / "a.wav").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--to", "mp3", "--rate", "10000"], "MP3 has no rate of 10000 Hz"),
        (["--to", "mp3", "--bits", "16"], "no bits a sample"),
        (["--to", "ogg", "--kbps", "64"], "told a quality"),
        (["--to", "flac", "--tag", "mood=sad"], "no tag 'mood'; there are title, artist"),
        (["--to", "flac", "--tag", "title"], "--tag takes NAME=TEXT"),
        (["--to", "flac", "--loudness", "5"], "loudness is a number of dB up to 0"),
        (["--to", "m4b"], "M4B files need PyAV"),
    ],
)
def test_a_wish_that_cannot_be_met_is_one_line_before_any_work(
    folder, tmp_path, capsys, monkeypatch, more, message
):
    monkeypatch.setitem(sys.modules, "av", None)
    assert main(["convert", str(folder), "--out", str(tmp_path / "out"), *more]) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1 and not (tmp_path / "out").exists()


def test_two_files_that_would_become_one_are_named(folder, tmp_path, capsys):
    source(folder, "a.flac")
    assert main(["convert", str(folder), "--to", "ogg", "--out", str(tmp_path / "out")]) == 2
    assert "a.flac and" in capsys.readouterr().err and not (tmp_path / "out").exists()
    jobs = plan([folder / "a.wav", folder / "a.wav"], tmp_path / "out", ".ogg")
    assert [job.source.name for job in jobs] == ["a.wav"]


def test_what_is_not_there_is_named(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    for given, message in (("none", "no such file or folder"), ("empty", "no sound file")):
        arguments = ["convert", str(tmp_path / given), "--to", "wav", "--out", str(tmp_path / "o")]
        assert main(arguments) == 2
        assert message in capsys.readouterr().err


def test_the_help_names_the_flags(capsys):
    with pytest.raises(SystemExit):
        main(["convert", "--help"])
    told = capsys.readouterr().out
    for flag in ("--to", "--rate", "--loudness", "--out", "--kbps", "--bits", "--replace", "--tag"):
        assert flag in told
