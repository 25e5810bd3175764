"""Every kind in the catalogue does what a kind must; a new one needs a module and a line."""

import argparse
import dataclasses
import json
import re
import sys
import types

import numpy as np
import pytest
import torch
from conftest import ROOT
from torch import nn

from aigc_edu import audio, corpora
from aigc_edu.checkpoints import (
    CheckpointError,
    Trained,
    in_float16,
    load_checkpoint,
    load_model,
    save_checkpoint,
    shipped_checkpoints,
)
from aigc_edu.cli import main
from aigc_edu.errors import CourseError
from aigc_edu.kinds import catalogue
from aigc_edu.kinds.base import Kind, Measured, Sound, Table
from aigc_edu.kinds.cards import changed, files_beside, read_measurements, with_measurements
from aigc_edu.kinds.catalogue import KINDS, Entry, find_kind
from aigc_edu.kinds.making import file_hash, stage_options
from aigc_edu.kinds.options import add_drawing, several
from aigc_edu.kinds.recipes import read_recipe, recipe_names
from aigc_edu.kinds.running import prepare
from aigc_edu.models.codec import Codec, CodecConfig
from aigc_edu.training import Trainer
from aigc_edu.training.engine import Processes

LARGEST = 8 * 2**20  # bytes of a checkpoint
QUICK = {
    "vocoder": "--length 2304",
    "gansynth": "--speakers flute_synthetic_000",
    "flowmatching": "--speakers flute_synthetic_000",
    "audiolm": "--speakers en-us+Alex --strings 4 --codec {codec}",
    "vits": "",
    "denoiser": "--seconds 0.3",
    "composer": "--speakers waltz --takes 4",
    "default": "--speakers en-us+Alex --takes 1",
}
SPOKEN = "--label 3 --seconds 0.02"
WISHES = {
    "wavenet": SPOKEN,
    "samplernn": SPOKEN,
    "wavegan": "--label 3",
    "vocoder": "--wav {wav}",
    "denoiser": "--wav {wav}",
}
NAMES = list(KINDS)


def quick_options(name, folder):
    """Return a kind's options of a quick run as words; a codec that it needs is made there."""
    told, path = QUICK.get(name, QUICK["default"]), folder / "codec.safetensors"
    if "{codec}" in told and not path.is_file():
        torch.manual_seed(0)
        codec, config = Codec(CodecConfig.tiny()), dataclasses.asdict(CodecConfig.tiny())
        weights = {f"model.{name}": tensor for name, tensor in codec.state_dict().items()}
        save_checkpoint(path, weights, {"kind": "codec", "config": config})
    return told.format(codec=path).split()


def train(name, out, *more):
    quick = quick_options(name, out.parent)
    command = ["train", name, "--steps", "4", "--batch-size", "2", "--device", "cpu", *quick]
    return main([*command, "--ema", "0.9", "--out", str(out), *more])


@pytest.fixture(scope="module", params=NAMES)
def run(request, tmp_path_factory):
    """The folder of a run of four steps by the command line."""
    folder = tmp_path_factory.mktemp(request.param)
    assert train(request.param, folder / "whole") == 0
    return request.param, folder


def test_resuming_is_exact(run):
    """Two steps, and in another trainer the rest: all that is saved is as in one go."""
    name, folder = run
    line = "--steps 4 --batch-size 2 --ema 0.9 --device cpu".split()
    line += quick_options(name, folder)
    for until in (2, 4):
        options = stage_options(find_kind(name), {}, folder / "parts", line)
        trainer, _ = prepare(find_kind(name), options, Processes("cpu"))
        assert trainer.resume() == (until == 4)
        trainer.run(until, progress=False)
    whole, parts = (load_checkpoint(folder / p / "last.safetensors")[0] for p in ("whole", "parts"))
    assert whole.keys() == parts.keys() and len(whole["losses"]) == 4
    assert [k for k in whole if not torch.equal(whole[k], parts[k])] == []


def test_what_is_exported_can_be_loaded(run):
    name, folder = run
    kind = find_kind(name)
    model, description = kind.load(folder / "whole" / "model.safetensors")
    assert kind.name == name == description["kind"] and not model.training
    tensors = load_checkpoint(folder / "whole" / "model.safetensors")[0]
    assert all(torch.equal(v, tensors[f"model.{k}"]) for k, v in model.state_dict().items())


def test_it_makes_sound_or_says_that_it_makes_none(run, tmp_path, capsys):
    name, folder = run
    checkpoint = ["--checkpoint", str(folder / "whole" / "model.safetensors")]
    wav = audio.write(tmp_path / "in.wav", np.zeros(2000), 16000)
    wishes = WISHES.get(name, "").format(wav=wav).split()
    if find_kind(name).wishes is None:
        with pytest.raises(SystemExit):
            main(["generate", name, "--out", str(tmp_path / "out")])
        assert "makes no sound" in capsys.readouterr().err
        return
    assert main(["generate", name, *checkpoint, *wishes, "--out", str(tmp_path / "out")]) == 0
    x, _ = audio.read(next((tmp_path / "out").glob("*.wav")))
    assert len(x) > 0


def flags_of(name, command):
    """Return the flags that a kind's command shows in its help."""
    import contextlib
    import io

    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        main([command, name, "--help"])
    return set(re.findall(r"--[a-z0-9-]+", text.getvalue()))


@pytest.mark.parametrize("name", NAMES)
def test_another_kind_s_flag_is_refused_and_not_shown(name, tmp_path, capsys):
    own = flags_of(name, "train")
    foreign = set().union(*(flags_of(other, "train") for other in NAMES)) - own
    assert foreign, "kinds differ in their flags"
    for flag in sorted(foreign):
        with pytest.raises(SystemExit) as stop:
            main(["train", name, "--out", str(tmp_path / "x"), flag, "1"])
        assert stop.value.code == 2 and flag in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


# ---------------------------------------------------------------- what ships


@pytest.mark.parametrize("name", shipped_checkpoints())
def test_a_shipped_checkpoint_is_whole(name, monkeypatch):
    def absent(*arguments, **options):
        raise AssertionError("a checkpoint must load without its corpus")

    monkeypatch.setattr(corpora, "load", absent)
    folder = ROOT / "data" / "checkpoints"
    assert (folder / f"{name}.safetensors").stat().st_size <= LARGEST
    assert (folder / f"{name}.md").is_file() and (folder / f"{name}.toml").is_file()
    book = (ROOT / "book" / "checkpoints.md").read_text(encoding="utf-8")
    assert f"`{name}`" in book and f"checkpoints/{name}.md" in book
    kind = find_kind(load_checkpoint(name)[1]["kind"])
    model, description = kind.load(name)
    assert isinstance(model, nn.Module) and description["corpus"]


@pytest.mark.parametrize("name", recipe_names())
def test_what_ships_is_what_its_recipe_makes(name):
    told, (_, description) = read_measurements(name), load_checkpoint(name)
    file = ROOT / "data" / "checkpoints" / f"{name}.safetensors"
    assert not changed(name) and told["training"]["ended"]
    assert told["training"]["file"] == file_hash(file), "the scores are of other weights"
    assert told["scores"] and all(value == value for value in told["scores"].values())
    recipe = read_recipe(name)
    assert {key: description[key] for key in recipe.use} == recipe.use
    assert told["training"]["use"] == recipe.use_fingerprint
    card = file.with_suffix(".md").read_text(encoding="utf-8")
    assert not re.search(r"\b(HARDWARE|TEMPERATURE|BADLY|TODO)\b", card)
    beside = files_beside(name, file.parent)
    assert card == with_measurements(card, told, recipe, beside), "the card tells other scores"


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_can_be_followed(name):
    recipe = read_recipe(name)
    kind = find_kind(recipe.kind)
    assert name in shipped_checkpoints()
    for stage in (*recipe.stages, *recipe.anchors.values()):
        options = stage_options(kind, stage, ROOT / "nowhere")
        assert options.steps == stage["steps"] and options.init is None


# ---------------------------------------------------------------- no model's name


NAMELESS = [
    *sorted((ROOT / "aigc_edu" / "training").glob("*.py")),
    *sorted((ROOT / "aigc_edu" / "evaluation").glob("*.py")),
    ROOT / "aigc_edu" / "cli.py",
    *(
        ROOT / "aigc_edu" / "kinds" / f"{name}.py"
        for name in ("base", "running", "making", "recipes", "cards", "commands", "options")
    ),
]


# Whoever listens in these is a person, and not the model of that name.
PEOPLE = ("listening.py", "listening_files.py", "simulated_listeners.py")


@pytest.mark.parametrize("path", NAMELESS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_serves_all_models_names_none(path):
    text = re.sub(r"^Chapter: .*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    names = [name for name in KINDS if not (name == "listener" and path.name in PEOPLE)]
    named = [name for name in names if re.search(rf"\b{name}", text, re.IGNORECASE)]
    assert not named, f"{path.name} names {named}"


# ---------------------------------------------------------------- a toy, from train to generate


class Loudness(nn.Module):
    """It learns one number: how loud a corpus is."""

    def __init__(self):
        super().__init__()
        self.level = nn.Parameter(torch.zeros(()))


def toy_kind():
    def trainer(run):
        torch.manual_seed(run.seed)
        peaks = torch.tensor([float(np.abs(clip.samples).max()) for clip in run.clips])
        description = {"kind": "toy", "config": {}, "corpus": run.clips.name, "seed": run.seed}
        return Trainer(
            Loudness(),
            lambda model, x: run.options.weight * (model.level - x).square().mean(),
            lambda step: (peaks[step % len(peaks)][None],),
            run.settings,
            run.processes.device,
            run.folder,
            description | {"weight": run.options.weight},
            None if run.validation is None else lambda model: -model.level.item(),
            processes=run.processes,
        )

    def scores(trained, split):
        return {"level": trained.model.level.item()}

    def measure(trained, split, told, anchors):
        levels = {name: scores(t, split)["level"] for name, t in anchors.items()}
        rows = [["this one", f"{trained.model.level.item():.2f}"]]
        return Measured(scores(trained, split), [Table("", ["", "level"], rows)], levels)

    def sine(trained, options):
        level = float(trained.model.level.detach())
        tone = level * np.sin(2 * np.pi * options.frequency * np.arange(800) / 8000)
        yield Sound("toy", tone, 8000)

    def wishes(parser):
        parser.add_argument("--checkpoint", required=True)
        parser.add_argument("--frequency", type=float, default=440.0)
        add_drawing(parser)

    return Kind(
        name="toy",
        options=lambda parser: parser.add_argument("--weight", type=float, default=1.0),
        parts=lambda corpus: corpus.split("clip"),
        trainer=trainer,
        scores=scores,
        measure=measure,
        sample=lambda trained, split, told: next(sine(trained, types.SimpleNamespace(frequency=1))),
        load=lambda name, device="cpu": load_model(name, "toy", lambda _: Loudness(), device),
        wishes=wishes,
        generate=sine,
    )


@pytest.fixture
def toy(monkeypatch):
    """A kind that is a module and a line in the catalogue, and nothing else."""
    module = types.ModuleType("a_toy_of_a_kind")
    module.KIND = toy_kind()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(catalogue.KINDS, "toy", Entry(module.__name__, "how loud a corpus is"))


def test_a_toy_kind_goes_through_the_whole_command_line(toy, tmp_path, capsys):
    train = "train toy --steps 30 --learning-rate 0.05 --weight 2 --device cpu --out"
    assert main([*train.split(), str(tmp_path / "run")]) == 0
    file = tmp_path / "run" / "model.safetensors"
    assert load_checkpoint(file)[1]["weight"] == 2
    assert main(["info", "--checkpoint", str(file)]) == 0
    assert "kind: toy" in capsys.readouterr().out
    command = f"generate toy --checkpoint {file} --frequency 100 --out {tmp_path / 'sounds'}"
    assert main(command.split()) == 0
    x, rate = audio.read(tmp_path / "sounds" / "toy.wav")
    assert rate == 8000 and len(x) == 800
    level = float(load_checkpoint(file)[0]["model.level"])
    assert level > 0.1 and np.abs(x).max() == pytest.approx(level, abs=1e-3)
    for foreign in ("--size", "--augment"):
        with pytest.raises(SystemExit):
            main([*train.split(), str(tmp_path / "other"), foreign])
    assert "toy" in flags_help(capsys)


def flags_help(capsys):
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    return capsys.readouterr().out


# ---------------------------------------------------------------- checkpoints by recipe


RECIPE = """
kind = "toy"
about = "How loud the digits are."

[use]
temperature = 0.5

[[stages]]
steps = 150
learning_rate = 0.02
validate_every = 50

[[stages]]
steps = 50
learning_rate = 0.001

[anchors.short]
steps = 3
"""


@pytest.fixture
def recipe(toy, tmp_path, monkeypatch):
    """The toy's recipe in a folder of recipes of its own, which is also where things ship."""
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "loudness.toml").write_text(RECIPE)
    for module in ("recipes", "cards", "commands"):
        monkeypatch.setattr(f"aigc_edu.kinds.{module}.recipes_dir", lambda: folder)
    return folder


def make(out, *more):
    return main(["checkpoints", "make", "loudness", "--device", "cpu", "--out", str(out), *more])


def test_one_command_makes_scores_and_describes_a_checkpoint(recipe, tmp_path, capsys):
    out = tmp_path / "runs"
    assert make(out, "--ship") == 0
    made = out / "loudness"
    _, description = load_checkpoint(made / "loudness.safetensors")
    assert description["temperature"] == 0.5 and description["step"] == 50
    assert description["init"]["step"] == 150, "the second stage begins with the first"
    assert load_checkpoint(made / "at-001.safetensors")[1]["step"] == 2
    assert load_checkpoint(made / "at-010.safetensors")[1]["step"] == 20
    told = json.loads((made / "loudness.json").read_text())
    assert told["training"]["ended"] and told["training"]["step"] == 200
    assert [step for step, _ in told["training"]["validation"]] == [50, 100, 150]
    assert told["training"]["recipe"] == read_recipe(str(recipe / "loudness.toml")).fingerprint
    assert set(told["anchors"]) == {"short"}
    card = (recipe / "loudness.md").read_text()
    assert "| this one | " in card and card.count("<audio") == 3 and "loudness.svg" in card
    shipped = {p.relative_to(recipe).as_posix() for p in recipe.rglob("*.*") if p.is_file()}
    sounds = {f"sounds/loudness-{p:03d}.wav" for p in (1, 10, 100)}
    assert shipped == sounds | {
        f"loudness.{e}" for e in ("toml", "md", "json", "svg", "safetensors")
    }
    capsys.readouterr()
    assert main(["checkpoints", "list"]) == 0
    line = capsys.readouterr().out
    assert "loudness: made 2" in line and "level 0." in line and "CHANGED" not in line
    (recipe / "loudness.toml").write_text(RECIPE.replace("steps = 50", "steps = 51"))
    assert main(["checkpoints", "list"]) == 0
    assert "RECIPE HAS CHANGED" in capsys.readouterr().out


def test_a_kind_says_what_of_it_ships(recipe, tmp_path, monkeypatch):
    """Scores are of what is in the file, rounded and without what only training needs."""
    kind = find_kind("toy")

    def ships(weights):
        assert weights.keys() == {"level"}
        return in_float16(weights)

    module = sys.modules["a_toy_of_a_kind"]

    def tells(trained, split):
        return {"whole": trained.model.level.item(), "held": len(split.test)}

    monkeypatch.setattr(module, "KIND", dataclasses.replace(kind, ships=ships, tells=tells))
    assert make(tmp_path / "runs") == 0
    folder = tmp_path / "runs" / "loudness"
    exact = load_checkpoint(folder / "stage-2" / "model.safetensors")[0]["model.level"]
    stored = load_checkpoint(folder / "loudness.safetensors")[0]["model.level"]
    assert (exact.dtype, stored.dtype) == (torch.float32, torch.float16)
    assert stored == exact.half() != exact
    told = json.loads((folder / "loudness.json").read_text())
    assert told["scores"]["level"] == float(stored)
    model, description = kind.load(folder / "loudness.safetensors")
    assert model.level.dtype == torch.float32 and model.level.item() == stored
    assert description["whole"] == exact.item() and description["held"] > 0, "before rounding"


def test_several_numbers_are_read():
    assert several("books", "1,2")("4,1,2") == [4, 1, 2]
    for wrong in ("", "1,", "1;2", "1.5"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected books .* such as 1,2, got"):
            several("books", "1,2")(wrong)


def test_half_precision_refuses_what_it_cannot_hold():
    tensors = {"a": torch.tensor([1 / 3, float("inf")]), "n": torch.tensor([70_000])}
    rounded = in_float16(tensors)
    assert rounded["a"].dtype == torch.float16 and rounded["n"].dtype == torch.int64
    assert abs(float(rounded["a"][0]) - 1 / 3) < 2**-12 / 3
    with pytest.raises(CheckpointError, match="too large"):
        in_float16({"a": torch.tensor([70_000.0])})


def test_what_is_written_by_hand_stays(recipe, tmp_path):
    from aigc_edu.kinds.cards import BEGIN, END

    (recipe / "loudness.md").write_text(f"# L\n\nBefore.\n\n{BEGIN}\n\nold\n\n{END}\n\nAfter.\n")
    assert make(tmp_path / "runs", "--ship") == 0
    card = (recipe / "loudness.md").read_text()
    assert card.startswith("# L\n\nBefore.\n") and card.endswith("\n\nAfter.\n")
    assert "old" not in card and "| this one |" in card
    (recipe / "loudness.md").write_text("# L\n\nno marks\n")
    assert make(tmp_path / "none", "--ship") == 2
    assert not (tmp_path / "none").exists(), "it is found before the work"
    assert (recipe / "loudness.md").read_text() == "# L\n\nno marks\n"


def test_time_that_is_up_loses_nothing(recipe, tmp_path, monkeypatch, capsys):
    """In pieces, whatever their lengths, the same weights come out as in one go."""
    assert make(tmp_path / "whole") == 0
    times = iter(range(10**6))  # a second passes whenever somebody looks
    monkeypatch.setattr("time.monotonic", lambda: float(next(times)))
    capsys.readouterr()
    for _ in range(20):
        assert make(tmp_path / "parts", "--minutes", "1.1") == 0
        if "the same command goes on" not in capsys.readouterr().out:
            break
    else:
        raise AssertionError("it never came to an end")
    names = ("loudness", "at-001", "at-010")
    for name in names:
        a, b = (
            load_checkpoint(tmp_path / way / "loudness" / f"{name}.safetensors")
            for way in ("whole", "parts")
        )
        assert torch.equal(a[0]["model.level"], b[0]["model.level"]), name
        assert a[1] == b[1]


def test_what_was_written_by_hand_since_is_kept_by_ship(recipe, tmp_path):
    assert make(tmp_path / "runs", "--ship") == 0
    card = (recipe / "loudness.md").read_text()
    (recipe / "loudness.md").write_text(card + "\n**What it does badly.** Much.\n")
    assert main(["checkpoints", "ship", "loudness", "--out", str(tmp_path / "runs")]) == 0
    assert (recipe / "loudness.md").read_text() == card + "\n**What it does badly.** Much.\n"


def test_what_is_unfinished_or_another_recipe_s_stays(recipe, tmp_path, monkeypatch, capsys):
    times = iter(range(10**6))
    with monkeypatch.context() as patched:
        patched.setattr("time.monotonic", lambda: float(next(times)))
        assert make(tmp_path / "runs", "--minutes", "1.1", "--ship") == 2
    assert "unfinished" in capsys.readouterr().err
    assert not (recipe / "loudness.safetensors").exists()
    assert make(tmp_path / "runs") == 0
    weights = tmp_path / "runs" / "loudness" / "loudness.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes((tmp_path / "runs" / "loudness" / "at-010.safetensors").read_bytes())
    ship = ["checkpoints", "ship", "loudness", "--out", str(tmp_path / "runs")]
    assert main(ship) == 2 and "no checkpoint with its scores" in capsys.readouterr().err
    weights.write_bytes(whole)
    (recipe / "loudness.toml").write_text(RECIPE.replace("steps = 50", "steps = 51"))
    assert main(ship) == 2 and "another recipe" in capsys.readouterr().err


def test_a_folder_of_another_recipe_is_refused(recipe, tmp_path, capsys):
    assert make(tmp_path / "runs") == 0
    for change in (("steps = 150", "steps = 60"), ("every = 50", "every = 30"), ("= 3", "= 4")):
        (recipe / "loudness.toml").write_text(RECIPE.replace(*change))
        assert make(tmp_path / "runs") == 2
        assert "begun by another recipe" in capsys.readouterr().err


def test_scores_are_measured_again_and_the_rest_stays(recipe, tmp_path, capsys):
    assert make(tmp_path / "runs", "--ship") == 0
    before = json.loads((recipe / "loudness.json").read_text())
    card = (recipe / "loudness.md").read_text()
    told = {**before, "scores": {"level": -1.0}}
    told["tables"] = [{**told["tables"][0], "rows": [["this one", "-1"], ["short", "0.1"]]}]
    (recipe / "loudness.json").write_text(json.dumps(told))
    assert main(["checkpoints", "score", "loudness"]) == 0
    assert json.loads((recipe / "loudness.json").read_text()) == told, "nothing without --ship"
    assert main(["checkpoints", "score", "loudness", "--ship"]) == 0
    after = json.loads((recipe / "loudness.json").read_text())
    assert after["scores"] == before["scores"] and after["anchors"] == before["anchors"]
    assert after["training"] == before["training"]
    assert [row[0] for row in after["tables"][0]["rows"]] == ["this one", "short"]
    assert after["tables"][0]["rows"][0] == before["tables"][0]["rows"][0]
    assert (recipe / "loudness.md").read_text() == card.replace(
        " |\n\n!", " |\n| short | 0.1 |\n\n!"
    )


def test_one_that_fails_does_not_cost_the_others(recipe, tmp_path, capsys):
    bad = RECIPE.replace("steps = 150", "steps = 150\nspeakers = 'nobody'")
    (recipe / "aloud.toml").write_text(bad)
    command = ["checkpoints", "make", "--device", "cpu", "--out", str(tmp_path / "runs")]
    assert main([*command, "--pack", str(tmp_path / "packed")]) == 2
    assert "aloud: there is no speaker" in capsys.readouterr().err.splitlines()[-1]
    assert (tmp_path / "runs" / "loudness" / "loudness.json").is_file()
    assert list((tmp_path / "packed").iterdir())


def test_all_that_changed_is_made_and_packed(recipe, tmp_path, capsys):
    command = ["checkpoints", "make", "--device", "cpu", "--out", str(tmp_path / "runs"), "--ship"]
    assert main([*command, "--minutes", "5", "--pack", str(tmp_path / "packed")]) == 0
    packs = list((tmp_path / "packed").iterdir())
    assert [p.name for p in packs] == ["made-1.zip"] and packs[0].stat().st_size < 16 * 2**20
    import zipfile

    names = set(zipfile.ZipFile(packs[0]).namelist())
    assert {"loudness/loudness.safetensors", "loudness/stage-1/history.jsonl"} <= names
    assert not [name for name in names if "last.safetensors" in name]
    (recipe / "loudness.json").unlink()
    (tmp_path / "back").mkdir()
    zipfile.ZipFile(packs[0]).extractall(tmp_path / "back")
    assert main(["checkpoints", "ship", "loudness", "--out", str(tmp_path / "back")]) == 0
    assert (recipe / "loudness.json").is_file()
    assert main(["checkpoints", "ship", "loudness", "--out", str(tmp_path / "none")]) == 2
    capsys.readouterr()
    assert main(command) == 0
    assert "no recipe has changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("kind = ", "kund = "), "unknown: kund"),
        (("steps = 150", "stepps = 150"), "steps are needed"),
        (("steps = 150", "steps = 150\nsize = 'tiny'"), "unknown options --size tiny"),
        (("steps = 150", "steps = 150\ninit = 'x'"), "init is not for a recipe to say"),
        (("steps = 150", "steps = 0"), "from 1 to"),
        (('"toy"', '"bird"'), "no kind of model 'bird'"),
        (("[[stages]]", "[[stages"), "not a recipe"),
        (("learning_rate = 0.001", "learning_rat = 0.001"), "unknown options --learning-rat"),
        (("steps = 3", "steps = 3\nsize = 'tiny'"), "unknown options --size tiny"),
        (('kind = "toy"', 'kind = "toy"\nshare = 0'), "share must be above 0"),
    ],
)
def test_a_wrong_recipe_is_named_before_any_work(recipe, tmp_path, change, message, capsys):
    (recipe / "loudness.toml").write_text(RECIPE.replace(*change))
    assert make(tmp_path / "runs") == 2
    text = capsys.readouterr().err
    assert message in text and text.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_an_unknown_recipe_is_named(tmp_path, capsys):
    assert main(["checkpoints", "make", "nothing", "--out", str(tmp_path / "x")]) == 2
    assert "there is no recipe 'nothing'" in capsys.readouterr().err
    with pytest.raises(CourseError, match="there is no kind of model 'bird'"):
        find_kind("bird")


def test_trained_is_a_model_and_its_description():
    model, description = Trained(nn.Identity(), {"a": 1})
    assert isinstance(model, nn.Module) and description == {"a": 1}
