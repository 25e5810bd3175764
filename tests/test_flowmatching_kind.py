"""Flow matching as a kind: what learns from what, how weights are chosen, what the card says."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained, in_float16, load_checkpoint, without_prefix
from aigc_edu.cli import main
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.notes import share_in_tune
from aigc_edu.kinds.flowmatching import KIND, numbers_of
from aigc_edu.kinds.flowmatching_scores import COPIES, NOISE, REAL, a_tune, measure_flow
from aigc_edu.kinds.flowmatching_training import (
    UNTOLD,
    Lessons,
    Prepared,
    flowmatching_batches,
    flowmatching_trainer,
    note_value,
    played,
)
from aigc_edu.kinds.making import stage_options
from aigc_edu.kinds.note_clips import levelled, notes_for, pitches_of
from aigc_edu.models.flowmatching import ANY, FlowMatching, FlowMatchingConfig, copies, levels_of
from aigc_edu.training import TrainingSettings

CONFIG = FlowMatchingConfig(
    channels=16, hidden=32, blocks=2, condition=16, decoder_channels=16, decoder_blocks=1, noise=2
)


@pytest.fixture(scope="module")
def flutes():
    return corpora.load("notes").select(family="flute")[:24]


@pytest.fixture(scope="module")
def prepared(flutes):
    return Prepared.of(flutes, CONFIG)


def trainer_of(notes, folder=None, steps=6, config=CONFIG, **more):
    told = {"steps": steps, "warmup": 1, "learning_rate": 1e-3, "ema": 0.5}
    settings = TrainingSettings(**{**told, **more.pop("told", {})})
    common = {"batch_size": 4, "device": "cpu", "seed": 3, "config": config}
    return flowmatching_trainer(notes, settings=settings, folder=folder, **{**common, **more})


# ---------------------------------------------------------------- what is learned from


def test_a_batch_holds_notes_as_they_are_with_what_is_told_of_them(flutes, prepared):
    batches = flowmatching_batches(prepared, CONFIG, 4, 0)
    frames, waves, family, told, pitch, tau, span, noise = batches(3)
    assert frames.shape == noise.shape == (4, 64, 64) and waves.shape == (4, 16384)
    mean, deviation = prepared.scale()
    for row in range(4):
        near = [i for i, c in enumerate(flutes) if int(c.note.pitch) == pitch[row] + 28]
        real = [levelled(flutes[i].samples).astype(np.float32) for i in near]
        same = [x for x in real if np.array_equal(waves[row], x)]
        assert len(same) == 1 and float(np.abs(same[0]).max()) == pytest.approx(0.5)
        levels = frames[row] * deviation[:, None] + mean[:, None]
        np.testing.assert_allclose(levels, levels_of(same[0], CONFIG), atol=1e-3)
    assert ((0 <= span) & (span <= tau) & (tau <= 1)).all()
    again = batches(3)
    assert all(torch.equal(a, b) for a, b in zip(again, batches(3), strict=True))
    assert not torch.equal(batches(4)[-1], noise)


def test_families_and_pitches_are_left_out_as_often_as_is_said(prepared):
    batches = flowmatching_batches(prepared, CONFIG, 16, 0)
    family, told, pitch = (torch.cat([batches(i)[k] for i in range(60)]) for k in (2, 3, 4))
    untold, unpitched = family == CONFIG.families, told == CONFIG.pitches
    assert float(untold.float().mean()) == pytest.approx(UNTOLD, abs=0.04)
    assert float(unpitched.float().mean()) == pytest.approx(UNTOLD / 2, abs=0.03)
    assert bool((untold | ~unpitched).all()), "who isn't told the pitch isn't told the family"
    assert bool((told[~unpitched] == pitch[~unpitched]).all()) and pitch.max() < CONFIG.pitches


@pytest.mark.parametrize(
    ("part", "learns"), [("decoder", {"decoder"}), ("flow", {"velocity"}), ("both", None)]
)
def test_one_part_learns_and_the_other_stays(flutes, part, learns):
    trainer = trainer_of(flutes, part=part)
    before = {name: x.clone() for name, x in trainer.model.state_dict().items()}
    trainer.run(progress=False)
    after = trainer.model.state_dict().items()
    moved = {name.split(".")[0] for name, x in after if not torch.equal(x, before[name])}
    assert moved == (learns or {"decoder", "velocity"})


def test_the_losses_of_the_parts_add_up(flutes):
    model, batch = FlowMatching(CONFIG), trainer_of(flutes).batch(0)
    parts = []
    for part in ("decoder", "flow", "both"):
        torch.manual_seed(0)
        parts.append(Lessons(part, "velocity")(model, *batch).item())
    assert parts[0] + parts[1] == pytest.approx(parts[2], rel=1e-5)
    noise, frames = batch[-1], batch[0]
    assert parts[1] == pytest.approx(float((noise - frames).square().mean()), rel=1e-5)


@pytest.mark.parametrize("loss", ["velocity", "mean"])
def test_resuming_is_exact(flutes, tmp_path, loss):
    config = dataclasses.replace(CONFIG, spans=loss == "mean")
    whole = trainer_of(flutes, tmp_path / "whole", config=config, loss=loss)
    whole.run(progress=False)
    trainer_of(flutes, tmp_path / "parts", config=config, loss=loss).run(until=3, progress=False)
    torch.manual_seed(99)
    second = trainer_of(flutes, tmp_path / "parts", config=config, loss=loss)
    assert second.resume()
    second.run(progress=False)
    for name, tensor in whole.update.tensors().items():
        assert torch.equal(tensor, second.update.tensors()[name]), name
    assert whole.losses == second.losses


def test_what_it_cannot_learn_from_is_said(flutes):
    with pytest.raises(InvalidValueError, match="no notes"):
        flowmatching_trainer(corpora.load("drums")[:2])
    with pytest.raises(InvalidValueError, match="16000 Hz"):
        flowmatching_trainer(corpora.load("notes", rate=8000)[:2])
    with pytest.raises(InvalidValueError, match="tiny, trained or paper"):
        flowmatching_trainer(flutes, size="huge")
    with pytest.raises(InvalidValueError, match="part is one of"):
        flowmatching_trainer(flutes, part="half")
    with pytest.raises(InvalidValueError, match="has 11 families, this network 5"):
        flowmatching_trainer(flutes, config=dataclasses.replace(CONFIG, families=5))
    with pytest.raises(InvalidValueError, match="no notes of the network's pitches"):
        flowmatching_trainer(flutes, config=dataclasses.replace(CONFIG, lowest=100, pitches=3))


# ---------------------------------------------------------------- from stage to stage


def test_a_flow_goes_on_with_the_decoder_of_the_stage_before(tmp_path):
    """The command line, both stages; what ships is half as large and plays the same notes."""
    quick = "--speakers flute_synthetic_000 --batch-size 2 --steps 2 --device cpu".split()
    first, second = tmp_path / "one", tmp_path / "two"
    assert main(["train", "flowmatching", *quick, "--part", "decoder", "--out", str(first)]) == 0
    more = ["--part", "flow", "--init", str(first / "model.safetensors")]
    assert main(["train", "flowmatching", *quick, *more, "--out", str(second)]) == 0
    one, two = (load_checkpoint(x / "model.safetensors")[0] for x in (first, second))
    changed = {k.split(".")[1] for k in one if not torch.equal(one[k], two[k])}
    assert changed == {"velocity"}
    half = in_float16(without_prefix("model.", two))
    assert KIND.ships is in_float16 and all(x.element_size() <= 2 for x in half.values())
    model, told = KIND.load(second / "model.safetensors")
    rounded = FlowMatching(model.config).eval()
    rounded.load_state_dict(half)
    assert told["labels"][2] == "flute" and told["rate"] == 16000
    options = SimpleNamespace(
        families="flute,any", pitches=[60, 64], steps=2, guidance=2.0, method="euler", seed=0
    )
    pairs = [KIND.generate(Trained(m, told), options) for m in (model, rounded)]
    for a, b in zip(*pairs, strict=True):
        assert a.name == b.name and np.abs(a.samples - b.samples).max() < 0.05


def test_what_is_asked_for_in_vain_is_said_in_one_line(tmp_path, capsys):
    quick = "--speakers flute_synthetic_000 --batch-size 2 --steps 1 --device cpu".split()
    assert main(["train", "flowmatching", *quick, "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    asked = ["generate", "flowmatching", "--checkpoint", str(tmp_path / "run/model.safetensors")]
    for wish, said in (
        (["--families", "tuba"], "there is no family 'tuba'; there are bass, brass"),
        (["--pitches", "27"], "knows the pitches 28 to 88, got 27"),
        (["--families", "flute,reed"], "there are 2 families for 1 pitches"),
    ):
        assert main([*asked, *wish, "--out", str(tmp_path / "out")]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
    for wish in (["--steps", "0"], ["--guidance", "-1"], ["--method", "heun"], ["--pitches", "C"]):
        with pytest.raises(SystemExit):
            main([*asked, *wish, "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
    assert numbers_of(["reed", "any"], ["flute", "reed"]) == [1, ANY]


def test_the_options_of_a_recipe_are_read():
    stage = {"steps": 3, "size": "trained", "part": "flow", "loss": "mean"}
    options = stage_options(KIND, stage, "nowhere")
    assert (options.size, options.part, options.loss) == ("trained", "flow", "mean")


# ---------------------------------------------------------------- it learns, and what is measured


@pytest.fixture(scope="module")
def learned():
    """Both parts, some steps on notes of two families; and the parts of their corpus."""
    notes = corpora.load("notes")
    two = notes.select(family="organ") + notes.select(family="string")
    split = KIND.parts(two)
    config = dataclasses.replace(CONFIG, channels=48, hidden=96, decoder_channels=32)
    told = {"learning_rate": 4e-3, "ema": 0.9}
    trainer = trainer_of(split.train, steps=60, config=config, told=told, batch_size=12)
    before = note_value(Trained(trainer.model.eval(), {}), split.validation)
    trainer.run(progress=False)
    model = trainer.model.eval()
    model.load_state_dict(trainer.weights())
    return Trained(model, trainer.description), split, trainer.losses, before


def test_it_learns(learned):
    trained, split, losses, before = learned
    assert np.mean(losses[-10:]) < 0.75 * np.mean(losses[:3])
    assert note_value(trained, split.validation) < 0.7 * before
    held = split.test
    real = [levelled(clip.samples) for clip in held]
    assert share_in_tune(copies(trained, real, pitches_of(held)), pitches_of(held), 16000) > 0.8
    assert share_in_tune(played(trained, held, steps=4), pitches_of(held), 16000) > 0.6


def test_the_decoder_alone_is_chosen_by_its_copies(learned):
    trained, split, *_ = learned
    fresh = Trained(FlowMatching(trained.model.config).eval(), {})
    good, bad = (note_value(t, split.validation, "decoder") for t in (trained, fresh))
    assert good < 0.5 * bad


class Family:
    """A judge that hears one family in everything."""

    def __init__(self, family, names):
        self.family, self.names = family, names

    def recognise(self, clips, rate):
        right = lambda asked: float((np.asarray(asked) == self.family).mean())  # noqa: E731
        return SimpleNamespace(accuracy=right)


def test_what_the_card_says(learned, monkeypatch):
    trained, split, *_ = learned
    labels = {"first": 6, "second": 8}  # organ, string
    monkeypatch.setattr(
        "aigc_edu.kinds.flowmatching_scores.Judge.load",
        lambda name: Family(labels[name], trained.description["labels"]),
    )
    fresh = Trained(FlowMatching(trained.model.config).eval(), {})
    told = {"each": 1, "judges": ["first", "second"], "guidance": 1.5, "seed": 1}
    measured = measure_flow(trained, split, told, {"fresh": fresh})
    (table,) = measured.tables
    names = [row[0] for row in table.rows]
    steps = ["1 step", "2 steps", "4 steps", "16 steps"]
    mine = [f"this checkpoint, {n}" for n in steps]
    assert names == [*mine, *(f"fresh, {n}" for n in steps), REAL, COPIES, NOISE]
    assert table.columns == ["", "in tune", "`first`", "`second`", "Fréchet"]
    far = {row[0]: float(row[-1]) for row in table.rows}
    assert far[REAL] < far[COPIES] < far[NOISE] and far[mine[2]] < far["fresh, 4 steps"]
    scores, organs = measured.scores, np.mean([clip.label == 6 for clip in split.test])
    assert scores["heard_by_first"] == pytest.approx(organs)
    assert scores["heard_by_first"] + scores["heard_by_second"] == pytest.approx(1)
    assert scores["notes"] == len(split.test) and scores["in_tune"] == scores["in_tune_4"]
    assert "quarter tone" in measured.says and "heard as their family by second" in measured.says
    assert measured.anchors["fresh"] > note_value(trained, split.validation)


def test_a_judge_of_another_corpus_is_refused(learned):
    trained, split, *_ = learned
    with pytest.raises(InvalidValueError, match="listener-drums hears kick, .* families are "):
        measure_flow(trained, split, {"judges": ["listener-drums"]}, {})


def test_only_a_family_that_the_model_knows_plays_the_scale(learned):
    trained = learned[0]
    with pytest.raises(InvalidValueError, match="families are .*, not theremin"):
        a_tune(trained, None, {"family": "theremin"})
    names = [name.replace("organ", "pipes") for name in trained.description["labels"]]
    other = Trained(trained.model, {**trained.description, "labels": names})
    mine, theirs = (a_tune(t, None, {"family": "string", "seed": 1}) for t in (trained, other))
    np.testing.assert_array_equal(mine.samples, theirs.samples)
    first, untold = (a_tune(other, None, told) for told in ({"family": names[0]}, {}))
    np.testing.assert_array_equal(first.samples, untold.samples)


def test_a_scale_is_played(learned):
    sound = a_tune(learned[0], None, {"family": "string", "seed": 1})
    assert len(sound.samples) == 7 * 8000 + 16384 and np.abs(sound.samples).max() <= 1


def test_the_notes_of_all_families_are_told_apart_by_number():
    notes = notes_for(corpora.load("notes"), CONFIG)
    assert len(notes) == 1569 and {clip.label for clip in notes} == set(range(CONFIG.families))
    assert set(pitches_of(notes)) == set(range(28, 89))
