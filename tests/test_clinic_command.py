"""The patients, made in three steps, and the check-up of checkpoints."""

from __future__ import annotations

import json
import math
import shutil

import numpy as np
import pytest
import torch

from aigc_edu.checkpoints import load_checkpoint, save_checkpoint
from aigc_edu.cli import main
from aigc_edu.clinic import shift_test
from aigc_edu.clinic.cases import CAUSES, PATIENTS, RUNS, find_run
from aigc_edu.clinic.evidence import (
    RATE,
    Evidence,
    clinic_dir,
    heard,
    is_made,
    load_evidence,
    save_evidence,
    thinned,
)
from aigc_edu.clinic.making import make
from aigc_edu.clinic.taps import apart, real_taps
from aigc_edu.clinic.words import Clips, spoken
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.checkup import check_up


def short(x: np.ndarray) -> np.ndarray:
    return x[:800]


@pytest.fixture
def brief(monkeypatch):
    """Let all words last a tenth of a second."""
    some = Clips([short(x) for x in spoken().learn], [short(x) for x in spoken().held[:2]])
    for name in ("words", "shift", "axis", "mask"):
        monkeypatch.setitem(RUNS[name].__dict__, "clips", lambda: some)


def test_every_patient_has_two_runs_and_a_cause_of_its_own():
    assert "".join(PATIENTS) == "ABCDEFGH"
    assert {case.cause for case in PATIENTS.values()} == set(CAUSES)
    used = {name for case in PATIENTS.values() for name in (case.broken, case.mended)}
    assert used == set(RUNS)
    with pytest.raises(InvalidValueError, match="there are words"):
        find_run("wurds")


def test_three_steps_make_evidence_and_the_command_goes_on(tmp_path, capsys):
    made = list(make(tmp_path, ["tokens", "state"], steps=3))
    assert [one.name for one in made] == ["tokens", "state"]
    first, other = made
    assert first.curves["train"] == other.curves["train"], "one training, two ways to generate"
    assert not np.array_equal(first.sound, other.sound)
    assert (
        first.first == pytest.approx(first.anchors["guess"], abs=0.5)
        and len(first.curves["held out"]) == 3
    )
    assert list(make(tmp_path, ["tokens"], steps=3)) == []
    assert main(["clinic", "make", "tokens", "--out", str(tmp_path), "--steps", "3"]) == 0
    assert capsys.readouterr().out == ""
    found = load_evidence("state", tmp_path)
    assert found.curves == other.curves and np.allclose(found.sound, other.sound, atol=1e-4)


def test_the_words_runs_differ_as_they_should(tmp_path, brief):
    words, axis = (RUNS[name](None, 2) for name in ("words", "axis"))
    assert words.first == pytest.approx(8, abs=0.1)
    length = 800
    assert axis.first == pytest.approx(math.log2(length), abs=0.2), "a guess among all times"
    assert words.anchors["guess"] == 8 > words.anchors["histogram"]


def test_the_losses_let_in_what_they_are_to_let_in():
    told = torch.zeros(1, 1, dtype=torch.long)
    for name, wrong in (
        ("words", ()),
        ("shift", ("total",)),
        ("axis", ("total", "earlier")),
        ("mask", ("total", "earlier")),
    ):
        run = RUNS[name]
        model = run.network()

        def costs(codes, run=run, model=model):
            return run.costs(model, codes, told.expand(len(codes), -1))

        found = shift_test(costs)
        assert found.passed == (not wrong), name
        assert (found.earlier > 0) == ("earlier" in wrong), name
    run = RUNS["tokens"]
    model = run.network(32).eval()
    assert shift_test(lambda codes: run.costs(model, codes), levels=32).passed


def test_what_was_done_to_the_clips_is_what_their_names_say():
    sound, cut = spoken(), RUNS["levels"].clips()
    assert np.mean(np.abs(cut.learn[1]) == 1) > 0.9
    slow = RUNS["rate"].clips()
    assert len(slow.learn[0]) == pytest.approx(2 * len(sound.learn[0]), rel=0.1)
    assert len(sound.learn) == 2 and len(sound.held) == 4


def test_the_two_games(tmp_path):
    for name in ("taps", "collapse"):
        made = RUNS[name](None, 2)
        assert set(made.curves) == {"critic", "generator"} and not made.anchors
        assert len(apart(made.sound)) == 16
    assert len(apart(real_taps(5))) == 5


def test_evidence_is_kept_whole(tmp_path):
    curves = {"train": thinned([float(n) for n in range(500)])}
    assert len(curves["train"]) == 120
    assert curves["train"][0] == (1, 0.0) and curves["train"][-1] == (500, 499.0)
    sound = heard(np.random.default_rng(0).uniform(-1, 1, RATE))
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.2, abs=1e-6)
    assert np.array_equal(heard(0.01 * sound), 0.01 * sound)
    evidence = Evidence("x", "WaveNet", "bits", 500, 1.0, curves, {"guess": 8.0}, sound)
    save_evidence(evidence, tmp_path)
    assert load_evidence("x", tmp_path).last == {"train": 499.0}
    assert is_made("x", tmp_path) and not is_made("x", tmp_path, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.flac", "x.json"]
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(InvalidValueError, match="no whole evidence"):
        load_evidence("x", tmp_path)


def test_an_unknown_run_is_refused_in_one_line(tmp_path, capsys):
    assert main(["clinic", "make", "wurds", "--out", str(tmp_path)]) == 2
    assert "there is no run 'wurds'" in capsys.readouterr().err


# ---------------------------------------------------------------- the check-up


@pytest.fixture
def checkpoint(tmp_path):
    tensors, description = load_checkpoint("wavegan-fsdd")
    return tmp_path, tensors, description


def test_broken_weights_and_a_diverged_curve_are_found(checkpoint):
    folder, tensors, description = checkpoint
    description = {**description, "corpus": "no-such"}
    name = next(name for name in tensors if name.startswith("model."))
    save_checkpoint(folder / "sound.safetensors", tensors, description)
    rows = [{"step": n + 1, "loss": value} for n, value in enumerate([2.0, 1.5, 40, 60, 90.0])]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "history.jsonl").write_text(text)
    found = {one.about: one for one in check_up(folder / "sound.safetensors")}
    assert found["weights"].state == "passed" and found["corpus"].state == "look"
    assert found["curve"].state == "wrong" and "diverged" in str(found["curve"])
    tensors[name] = torch.full_like(tensors[name], math.nan)
    save_checkpoint(folder / "bad.safetensors", tensors, description)
    first = next(iter(check_up(folder / "bad.safetensors")))
    assert first.state == "wrong" and name in first.text


def test_a_shipped_wavenet_passes_line_by_line(capsys):
    status = main(["clinic", "check", "--checkpoint", "wavenet-digits"])
    out, err = capsys.readouterr()
    assert status == 0, out + err
    lines = dict(line[6:].split(": ", 1) for line in out.splitlines())
    assert {"weights", "levels", "leaks", "what the loss lets in", "running free"} <= set(lines)
    assert "WRONG" not in out and "8.00" in lines["bits"]


def test_a_missing_checkpoint_is_one_line(capsys):
    assert main(["clinic", "check", "--checkpoint", "none"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_only_the_clinics_own_trainings_are_taken_away(tmp_path):
    """When all evidence is there, what was needed to go on goes; whatever else lies there stays."""
    for path in clinic_dir().glob("*.*"):
        shutil.copy(path, tmp_path)
    kept = [tmp_path / "work" / "thesis.txt", tmp_path / ".clinic" / "mine" / "thesis.txt"]
    gone = tmp_path / ".clinic" / "words" / "last.safetensors"
    for path in (*kept, gone):
        path.parent.mkdir(parents=True)
        path.write_text("mine")
    assert list(make(tmp_path)) == []
    assert all(path.read_text() == "mine" for path in kept) and not gone.parent.exists()
