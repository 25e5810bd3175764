"""The commands audiobook, dub and assistant, as a reader gives them."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
from speakers import RATE, Humming

from aigc_edu.audio import read
from aigc_edu.cli import main
from aigc_edu.saving import read_marks, read_tags
from aigc_edu.speaking import commands, read_script
from aigc_edu.speaking.commands import shipped_or


@pytest.fixture(autouse=True)
def humming(monkeypatch):
    monkeypatch.setattr(commands, "Network", lambda name: Humming())


@pytest.fixture
def play(tmp_path):
    path = tmp_path / "play.txt"
    path.write_text("title: Two\nvoice A: pitch 2\n# One\nA: one two\n# Two\nthree four\n", "utf-8")
    return path


def test_an_audiobook_is_made_by_one_command(play, tmp_path, capsys):
    out = tmp_path / "two.mp3"
    assert main(["audiobook", str(play), "--out", str(out), "--loudness", "-20"]) == 0
    assert "2 chapters" in capsys.readouterr().out
    assert [mark.title for mark in read_marks(out)] == ["One", "Two"]
    assert "VITS" in read_tags(out).network
    assert main(["audiobook", str(play), "--out", str(out)]) == 2
    assert "--replace" in capsys.readouterr().err
    assert main(["audiobook", str(play), "--out", str(out), "--replace"]) == 0


def test_a_table_is_dubbed_and_what_does_not_fit_is_told(tmp_path, capsys):
    table = tmp_path / "t.csv"
    table.write_text("# voice A: pitch 2\nkey,who,says,seconds\na,A,one two,2\n", "utf-8")
    assert main(["dub", str(table), "--out", str(tmp_path / "out"), "--to", "flac"]) == 0
    assert read(tmp_path / "out" / "a.flac")[1] == RATE
    table.write_text(table.read_text("utf-8") + "b,A,one two three four five,0.3\n", "utf-8")
    (tmp_path / "out" / "b.wav").write_bytes(b"mine")
    assert main(["dub", str(table), "--out", str(tmp_path / "out")]) == 2
    assert "--replace" in capsys.readouterr().err
    assert (tmp_path / "out" / "b.wav").read_bytes() == b"mine"
    assert main(["dub", str(table), "--out", str(tmp_path / "out"), "--replace"]) == 1
    told = capsys.readouterr()
    assert "2 lines" in told.out and "line 4: b: " in told.err and "cut about" in told.err


def test_an_assistant_answers_and_keeps_the_dialogue(tmp_path, capsys, monkeypatch):
    out = tmp_path / "talk.flac"
    asked = ["assistant", "robin", "--out", str(out)]
    assert main([*asked, "--ask", "Hello", "--ask", "Thank you"]) == 0
    assert capsys.readouterr().out.count("first sound after") == 2 and out.is_file()
    assert main([*asked, "--ask", "Hello"]) == 2
    said = iter(["Hello", ""])
    monkeypatch.setattr(builtins, "input", lambda prompt: next(said))
    assert main(["assistant", "robin"]) == 0
    assert "Hello, Kim." in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["audiobook", "lighthouse"], ["dub", "gate"], ["assistant", "robin"]],
)
def test_the_examples_that_ship_are_whole_and_a_way_out_is_asked_for(arguments, capsys):
    assert main([*arguments, "--check"]) == 0
    assert "nothing is wrong" in capsys.readouterr().out
    if arguments[0] != "assistant":
        assert main(arguments) == 2
        assert "--out" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["audiobook", "dub", "assistant"])
def test_a_missing_file_and_a_wrong_loudness_are_told_in_one_line(command, tmp_path, capsys):
    assert main([command, str(tmp_path / "none.txt"), "--check"]) == 2
    assert "no such file" in capsys.readouterr().err
    if command == "audiobook":
        assert main([command, "lighthouse", "--loudness", "-3", "--check"]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_the_play_that_ships_has_chapters_voices_and_rooms():
    script = read_script(shipped_or("lighthouse"))
    assert len(script.chapters) == 3 and script.stereo
    assert shipped_or("none") == Path("none")
