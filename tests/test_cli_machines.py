"""The command line on machines and with habits that users reported."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from aigc_edu import audio, corpora, paths
from aigc_edu.__main__ import PatientOutput
from aigc_edu.cli import main
from aigc_edu.corpora import CorpusError
from aigc_edu.corpora.places import place_for
from aigc_edu.errors import CourseError
from aigc_edu.kinds import running, wavenet
from aigc_edu.seeds import has_bfloat16
from aigc_edu.training.launching import _here


@pytest.fixture
def homeless(monkeypatch, tmp_path):
    """A user id that the system does not know, as in many containers."""

    def no_home(name):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(paths.pooch, "os_cache", no_home)
    monkeypatch.setattr(paths.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.delenv("AIGC_EDU_DATA", raising=False)
    return tmp_path


def test_without_a_home_the_cache_is_among_the_temporary_files(homeless, capsys):
    assert paths.cache_dir().parent == homeless
    assert main(["corpora", "list"]) == 0 and main(["info"]) == 0
    assert str(homeless) in capsys.readouterr().out
    assert len(corpora.load("drums")[0].samples) > 100
    assert list(homeless.rglob("*.flac"))


def test_a_home_that_is_not_writable_names_the_variable(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(paths.pooch, "os_cache", lambda name: str(tmp_path / "file" / name))
    with pytest.warns(UserWarning, match="XDG_CACHE_HOME"):
        assert len(corpora.load("drums")[1].samples) > 100


def test_a_relative_data_folder_is_refused_with_the_way_to_say_it(monkeypatch, capsys):
    monkeypatch.setenv("AIGC_EDU_DATA", "my/sets")
    assert main(["corpora", "list"]) == 2
    assert 'export AIGC_EDU_DATA="$PWD/my/sets"' in capsys.readouterr().err
    with pytest.raises(CourseError, match="whole"):
        corpora.load("fsdd")


def test_a_user_who_does_not_exist_is_told(monkeypatch):
    with pytest.raises(CourseError, match="~nobody-of-that-name.*write the folder out"):
        paths.home_expanded("~nobody-of-that-name/data")
    with pytest.raises(CourseError, match="nobody-of-that-name"):
        corpora.load("digits", root="~nobody-of-that-name/data")


# ---------------------------------------------------------------- nothing of somebody's is touched


def test_a_corpus_gets_a_folder_of_its_own(tmp_path):
    (tmp_path / "index.json").write_text('{"mine": 1}')
    folder = corpora.fetch("drums", tmp_path)
    assert folder == tmp_path / "drums"
    assert (tmp_path / "index.json").read_text() == '{"mine": 1}'
    assert corpora.load("drums", root=tmp_path)[0].samples.size
    assert corpora.fetch("drums", tmp_path) == folder  # again, in its own folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("thesis.txt", "all of it"),
        ("index.json", '{"clips": []}'),
        ("index.json", '{"clips": [], "name": "notes"}'),
        ("index.json", "no json"),
    ],
)
def test_a_folder_with_other_files_stays_as_it_is(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(CorpusError, match=f"such as {name}, and stays as it is"):
        corpora.build("drums", out=tmp_path)
    assert (tmp_path / name).read_text() == content and len(list(tmp_path.iterdir())) == 1


def test_an_earlier_making_may_be_replaced_and_a_hidden_file_is_no_content(tmp_path):
    (tmp_path / ".DS_Store").touch()
    assert place_for("drums", tmp_path) == tmp_path
    (tmp_path / "index.json").write_text(json.dumps({"clips": [], "name": "drums"}))
    assert place_for("drums", tmp_path) == tmp_path


def test_a_sound_never_takes_the_place_of_another(tmp_path):
    one, other = np.full(100, 0.5), np.full(100, 0.25)
    first = audio.write_new(tmp_path / "a.wav", one, 8000)
    second = audio.write_new(tmp_path / "a.wav", other, 8000)
    assert (first.name, second.name) == ("a.wav", "a-2.wav")
    assert audio.write_new(tmp_path / "a.wav", one, 8000) == first  # it is there already
    assert audio.write_new(tmp_path / "a.wav", other, 8000) == second
    assert np.allclose(audio.read(first)[0], 0.5) and np.allclose(audio.read(second)[0], 0.25)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-2.wav", "a.wav"]


# ---------------------------------------------------------------- many clips, pipes, letters


def test_many_clips_are_drawn_a_few_at_a_time_and_written_as_they_come(monkeypatch, tmp_path):
    """Before the last batch is drawn, the clips of those before it are on the disk."""
    seen = []

    def draw(trained, label, count, seed, **wishes):
        seen.append((count, seed, len(list(tmp_path.glob("*.wav")))))
        return [np.full(80, (seed + i) / 1000, np.float32) for i in range(count)]

    monkeypatch.setattr(wavenet, "synthesise", draw)
    line = ["generate", "wavenet", "--label", "7", "--count", "130", "--seed", "3"]
    assert main([*line, "--out", str(tmp_path)]) == 0
    assert seen == [(64, 3, 0), (64, 67, 64), (2, 131, 128)]
    assert len(list(tmp_path.glob("wavenet_7_seed3_*.wav"))) == 130


def test_the_voice_is_in_the_name(monkeypatch, tmp_path):
    monkeypatch.setattr(wavenet, "synthesise", lambda *a, **k: [np.full(80, 0.1, np.float32)])
    line = ["generate", "wavenet", "--label", "7", "--out", str(tmp_path), "--speaker"]
    main([*line, "george"])
    main([*line, "../../theo"])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["wavenet_7_..-..-theo_seed0_000.wav", "wavenet_7_george_seed0_000.wav"]


def test_a_reader_who_goes_away_stops_nothing(tmp_path):
    """The pipe is closed after a line; the program says nothing and ends with 0."""
    code = (
        "import sys; from aigc_edu.__main__ import PatientOutput as P\n"
        "sys.stdout = P(sys.stdout)\n"
        "for i in range(100_000): print('a line', i)\n"
        f"open({str(tmp_path / 'done')!r}, 'w').close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0 and (tmp_path / "done").exists()


def test_a_letter_that_the_encoding_lacks_is_written_as_a_number(tmp_path):
    with open(tmp_path / "out", "w", encoding="ascii") as file:
        print("ünder 日本", file=PatientOutput(file))
    assert (tmp_path / "out").read_text() == "\\xfcnder \\u65e5\\u672c\n"


def test_processes_meet_at_the_loopback_address(monkeypatch):
    monkeypatch.delenv("GLOO_SOCKET_IFNAME", raising=False)
    assert {"--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1"} <= set(_here())
    assert os.environ["GLOO_SOCKET_IFNAME"] in ("lo", "lo0")
    monkeypatch.delenv("GLOO_SOCKET_IFNAME")


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16\n", True),
        ("flags\t\t: fpu avx2 avx512f\n", False),
        ("Features\t: fp asimd bf16\n", True),
        ("Features\t: fp asimd\n", False),
        ("something else\n", True),
        (None, True),
    ],
)
def test_a_processor_without_bfloat16_is_known(text, has, tmp_path):
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text)
    assert has_bfloat16(tmp_path / "cpuinfo") is has


@pytest.mark.parametrize("has", [True, False])
def test_training_says_that_bfloat16_will_be_slow(has, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(running, "has_bfloat16", lambda: has)
    line = ["train", "wavenet", "--steps", "1", "--batch-size", "1", "--bfloat16", "--takes", "1"]
    assert main([*line, "--device", "cpu", "--out", str(tmp_path)]) == 0
    assert ("five times slower" in capsys.readouterr().out) is not has
