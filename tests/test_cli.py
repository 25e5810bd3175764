"""The command line: what it writes, and one line for every mistake."""

import re
import subprocess
import sys

import pytest

from aigc_edu import audio
from aigc_edu.training import load_checkpoint
from aigc_edu.training.cli import main


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "aigc_edu", *arguments], capture_output=True, text=True
    )


@pytest.mark.parametrize("command", [[], ["corpora"], ["train"], ["generate"], ["info"]])
def test_help_names_every_argument(command):
    done = run(*command, "--help")
    assert done.returncode == 0 and "usage: python -m aigc_edu" in done.stdout


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    arguments = f"train wavenet --corpus digits --steps 2 --batch-size 1 --device cpu --out {out}"
    assert main(arguments.split()) == 0
    return out / "model.safetensors"


def generate(checkpoint, out, *more):
    arguments = ["generate", "wavenet", "--checkpoint", str(checkpoint), "--label", "7"]
    return main([*arguments, "--seconds", "0.05", "--out", str(out), *more])


def test_generate_writes_as_many_files_as_asked(checkpoint, tmp_path):
    assert generate(checkpoint, tmp_path, "--count", "3", "--seed", "11") == 0
    files = sorted(tmp_path.iterdir())
    assert [f.name for f in files] == [f"wavenet_7_seed11_{i:03d}.wav" for i in range(3)]
    x, rate = audio.read(files[0])
    assert rate == 8000 and 1 <= len(x) <= 400


def test_generate_repeats_with_its_seed(checkpoint, tmp_path):
    for folder, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        generate(checkpoint, tmp_path / folder, "--seed", seed)
    a, b, c = (next((tmp_path / f).iterdir()).read_bytes() for f in "abc")
    assert a == b != c


def test_training_again_in_the_same_folder_resumes(checkpoint, capsys):
    arguments = "train wavenet --corpus digits --steps 3 --batch-size 1 --device cpu --out"
    assert main([*arguments.split(), str(checkpoint.parent)]) == 0
    assert "continuing after step 2" in capsys.readouterr().out


def test_a_run_can_begin_with_another_s_weights(checkpoint, tmp_path, capsys):
    arguments = (
        "train wavenet --corpus digits --steps 1 --batch-size 1 --device cpu --seed 5 --init"
    )
    assert main([*arguments.split(), str(checkpoint), "--out", str(tmp_path / "b")]) == 0
    old, new = (load_checkpoint(p)[0] for p in (checkpoint, tmp_path / "b" / "model.safetensors"))
    name = "model.input.weight"
    assert (new[name] - old[name]).abs().max() < 0.01  # one small step away, not a new draw
    arguments += f" {checkpoint} --size trained --out {tmp_path / 'c'}"
    assert main(arguments.split()) == 2
    assert "cannot be the beginning" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "required: COMMAND"),
        ("fly", "invalid choice: 'fly'"),
        ("generate wavenet --label 7", "required: --out"),
        ("generate wavenet --label seven --out x", "--label: invalid int value: 'seven'"),
        ("generate wavenet --label 7 --count 0 --out x", "from 1 to 10,000,000, got 0"),
        ("generate wavenet --label 7 --checkpoint nope --out x", "no checkpoint 'nope'"),
        ("generate wavenet --label 12 --out x", "label must be between 0 and 9, got 12"),
        ("train wavenet --corpus birds --out x", "birds"),
        ("train wavenet --corpus fsdd --root nowhere --out x", "corpora fetch fsdd"),
        ("train wavenet --size huge --out x", "tiny, trained or paper"),
        ("train wavenet --device abacus --out x", "abacus"),
        ("corpora build fsdd --out x", "fetch"),
        ("info --checkpoint nope", "no checkpoint 'nope'"),
    ],
)
def test_bad_arguments_get_one_line_and_no_files(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        code = main(arguments.split())
    except SystemExit as stop:
        code = stop.code
    text = capsys.readouterr().err
    assert code == 2 and message in text
    assert text.count("\n") == 1 and "Traceback" not in text
    assert list(tmp_path.iterdir()) == []


def test_info_and_corpora_list_tell_what_is_there(capsys):
    assert main(["info"]) == 0 and main(["corpora", "list"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"aigc_edu \d+\.\d+", text) and "fsdd" in text and "digits" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "wavenet", "--label", "7", "--seconds", "nan"],
        ["generate", "wavenet", "--label", "7", "--seconds", "1e13"],
        ["generate", "wavenet", "--label", "7", "--temperature", "nan"],
        ["generate", "wavenet", "--label", "7", "--count", "99999999999999"],
        ["generate", "wavenet", "--label", "7", "--seed", "99999999999999999999999"],
        ["train", "wavenet", "--steps", "abc"],
        ["train", "wavenet", "--learning-rate", "-1"],
        ["train", "wavenet", "--seed", "4294967296"],
    ],
)
def test_a_number_out_of_bounds_is_one_line_before_any_work(arguments, tmp_path):
    done = run(*arguments, "--out", str(tmp_path / "out"))
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "expected a" in done.stderr and arguments[-1] in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_found_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    done = run("train", "wavenet", "--steps", "9000", "--out", str(tmp_path / "file"))
    assert done.returncode == 2 and "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_speaker_without_test_clips_is_no_reason_to_lose_the_training(tmp_path):
    out = str(tmp_path / "run")
    options = ["--speakers", "en-us+Alex", "--takes", "1", "--steps", "1", "--batch-size", "2"]
    done = run("train", "recogniser", *options, "--out", out)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "model.safetensors").is_file()
