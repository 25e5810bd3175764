"""The command line: what it writes, and one line for every mistake."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from aigc_edu import audio, corpora
from aigc_edu.checkpoints import load_checkpoint
from aigc_edu.cli import main
from aigc_edu.corpora import Clip, Corpus
from aigc_edu.corpora.choosing import first_takes, generation_split, spread_evenly


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "aigc_edu", *arguments], capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["corpora"],
        ["train"],
        ["generate"],
        ["generate", "wavenet"],
        ["generate", "vocoder"],
        ["info"],
    ],
)
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


@pytest.mark.parametrize("option", [["--top-k", "1"], ["--top-p", "1e-6"]])
def test_the_most_probable_code_alone_is_temperature_0(checkpoint, tmp_path, option):
    for folder, more in (("a", option), ("b", ["--temperature", "0"]), ("c", [])):
        generate(checkpoint, tmp_path / folder, *more)
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


# ---------------------------------------------------------------- validation


ONE_VOICE = "train wavenet --corpus digits --speakers en+m3 --takes 1 --batch-size 1 --device cpu"


def history(folder):
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def test_training_stops_early_and_the_best_weights_are_exported(tmp_path, monkeypatch, capsys):
    def bits(trained, clips):
        seen.append(([clip.key for clip in clips], trained.model.head[3].bias.clone()))
        return [7.0, 5.0, 6.0, 5.5, 1.0][len(seen) - 1]

    seen = []
    monkeypatch.setattr("aigc_edu.kinds.wavenet_training.wavenet_bits", bits)
    options = "--steps 9 --validate-every 1 --patience 2 --validation-clips 2 --learning-rate 0.1"
    assert main([*ONE_VOICE.split(), *options.split(), "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "stopped early, after step 4" in said
    assert "the best validation was 5.0000, after step 2" in said
    assert [line["validation"] for line in history(tmp_path)] == [7.0, 5.0, 6.0, 5.5]
    tensors, description = load_checkpoint(tmp_path / "model.safetensors")
    assert description["step"] == 2
    assert np.array_equal(tensors["model.head.3.bias"], seen[1][1])
    assert not np.array_equal(tensors["model.head.3.bias"], seen[3][1])
    held = generation_split(corpora.load("digits").select(speaker="en+m3")).validation
    assert len(held) == 4 and seen[0][0] == [held[0].key, held[-1].key]


def test_the_clips_to_validate_with_are_picked_evenly():
    corpus = corpora.load("digits")
    keys = [clip.key for clip in corpus]
    for length, count in ((100, 7), (100, 100), (100, 99), (5, 8), (5, 1), (0, 3)):
        picked = [keys.index(clip.key) for clip in spread_evenly(corpus[:length], count)]
        assert len(picked) == min(length, count) and picked == sorted(set(picked))
        if count > 1 and length:
            assert picked[0] == 0 and picked[-1] == length - 1
            assert max(np.diff(picked)) - min(np.diff(picked)) <= 1


# ---------------------------------------------------------------- the vocoder


@pytest.fixture
def sentences(monkeypatch):
    """Short noises in place of the built-in sentences, and what was asked for."""

    def noise(seed):
        return lambda: 0.1 * np.random.default_rng(seed).standard_normal(3000).astype(np.float32)

    def load(name=None, root=None, rate=None):
        asked.append((name, root, rate))
        parts = ["train", "train", "validation", "test"]
        clips = [Clip(str(i), None, "v", 16000, p, noise(i)) for i, p in enumerate(parts)]
        return Corpus("sentences", 16000, (), tuple(clips))

    asked = []
    monkeypatch.setattr(corpora, "load", load)
    return asked


def test_a_vocoder_is_trained_and_copies_a_sound(sentences, tmp_path, capsys):
    command = f"train vocoder --steps 2 --length 2304 --validate-every 2 --out {tmp_path / 'run'}"
    assert main([*command.split(), "--device", "cpu"]) == 0
    assert sentences == [("sentences", None, 16000)]
    _, description = load_checkpoint(tmp_path / "run" / "model.safetensors")
    assert (description["kind"], description["batch_size"], description["length"]) == (
        "vocoder",
        2,
        2304,
    )
    assert description["clips"] == 2, "the official training part"
    assert description["validation_bits"] == history(tmp_path / "run")[-1]["validation"]
    x = 0.1 * np.random.default_rng(0).standard_normal((2, 4410))
    audio.write(tmp_path / "in.wav", x, 44100)
    command = f"generate vocoder --checkpoint {tmp_path}/run/model.safetensors --wav {tmp_path}"
    for out, seed in (("a", 3), ("b", 3), ("c", 4)):
        more = f"/in.wav --seed {seed} --out {tmp_path / out}"
        assert main((command + more).split()) == 0
    files = [next((tmp_path / out).iterdir()) for out in "abc"]
    assert [file.name for file in files] == [f"vocoder_in_seed{seed}.wav" for seed in (3, 3, 4)]
    copy, rate = audio.read(files[0])
    assert rate == 16000 and copy.shape == (1600,)
    a, b, c = (file.read_bytes() for file in files)
    assert a == b != c


def test_takes_are_of_a_speaker_where_there_are_no_labels(sentences):
    assert [clip.key for clip in first_takes(corpora.load(), 3)] == ["0", "1", "2"]


def test_the_command_line_states_every_setting_of_a_vocoder_s_run(sentences, tmp_path, capsys):
    command = (
        "train vocoder --corpus sentences --steps 1 --batch-size 3 --length 2560 --seed 4 "
        "--ema 0.9 --learning-rate 1e-3 --save-every 50 --bfloat16 --device cpu"
    )
    assert main([*command.split(), "--out", str(tmp_path)]) == 0
    state = load_checkpoint(tmp_path / "last.safetensors")[1]
    said = {key: state[key] for key in ("batch_size", "length", "seed", "corpus")}
    assert said == {"batch_size": 3, "length": 2560, "seed": 4, "corpus": "sentences"}
    expected = {"steps": 1, "learning_rate": 1e-3, "save_every": 50, "ema": 0.9, "bfloat16": True}
    assert expected.items() <= state["settings"].items()


# ---------------------------------------------------------------- mistakes


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
        ("train wavenet --patience 3 --out x", "patience counts validations"),
        ("train recogniser --validate-every 5 --out x", "leave --validate-every out"),
        ("train wavenet --processes 0 --out x", "from 1 to 10,000,000, got 0"),
        ("train wavenet --processes 4 --batch-size 3 --out x", "a batch of 3 has no rows for some"),
        ("train vocoder --processes 3 --out x", "a batch of 2 has no rows for some of 3 processes"),
        ("train recogniser --processes 2 --out x", "trained in one process"),
        ("train wavenet --processes 2 --device cuda:1 --out x", "auto, cpu or cuda, got 'cuda:1'"),
        ("train vocoder --length 1000 --out x", "length must be a multiple of 256"),
        ("generate", "required: MODEL"),
        ("generate vocoder --out x", "required: --wav"),
        ("generate vocoder --wav a.wav --checkpoint wavenet-fsdd --out x", "not a vocoder"),
        ("generate wavenet --label 7 --top-p 0 --out x", "to 1, got 0"),
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


@pytest.mark.parametrize("command", [["--version"], ["--help"], ["corpora", "list"]])
def test_what_needs_no_network_imports_no_torch(command):
    script = (
        "import sys\nfrom aigc_edu.cli import main\n"
        f"try:\n    main({command})\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'numba', 'librosa', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
