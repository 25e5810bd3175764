"""The training loop: exact resuming, batches, schedule, checkpoints."""

import json
import os
import signal
from dataclasses import replace

import pytest
import torch

from aigc_edu.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.running import export
from aigc_edu.seeds import pick_device, seed_everything
from aigc_edu.training import Trainer, TrainingSettings, shuffled_batches

STEPS = 12


DATA = torch.randn(20, 4, generator=torch.Generator().manual_seed(9))


def error(model, x):
    return (model(x) - x.sum(1, keepdim=True)).square().mean()


def make_trainer(folder=None, seed=0, validate=None, settings=None, **description):
    seed_everything(seed)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
    pick = shuffled_batches([1] * 20, 4, seed)
    usual = {"steps": STEPS, "warmup": 2, "save_every": 3}
    return Trainer(
        model,
        error,
        lambda step: (DATA[pick(step)],),
        TrainingSettings(**{**usual, **(settings or {})}),
        folder=folder,
        description={"kind": "toy", **description},
        validate=validate,
    )


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def test_resumed_training_equals_uninterrupted_training(tmp_path):
    whole = make_trainer()
    whole.run(progress=False)
    make_trainer(tmp_path).run(until=5, progress=False)
    torch.manual_seed(12345)  # a new process starts with another random state
    later = make_trainer(tmp_path, seed=0)
    torch.rand(7)
    assert later.resume()
    later.run(progress=False)
    assert later.losses == whole.losses
    for a, b in zip(whole.model.parameters(), later.model.parameters(), strict=True):
        assert torch.equal(a, b)


def on_a_faked_gpu(folder, monkeypatch, state):
    """Return a trainer that takes its device for a GPU, whose random state is ``state``."""

    def put_back(new, device):
        state[:] = [new]

    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: state[0].clone())
    monkeypatch.setattr(torch.cuda, "set_rng_state", put_back)
    trainer = make_trainer(folder)
    trainer.device = torch.device("cuda")
    return trainer


def test_a_gpu_s_random_state_is_saved_and_put_back(tmp_path, monkeypatch):
    state = [torch.tensor([7, 7, 1], dtype=torch.uint8)]
    first = on_a_faked_gpu(tmp_path, monkeypatch, state)
    first.run(until=2, progress=False)
    cpu = torch.get_rng_state()
    torch.manual_seed(5)
    state[0] = torch.tensor([0, 0, 0], dtype=torch.uint8)  # a new process
    assert on_a_faked_gpu(tmp_path, monkeypatch, state).resume()
    assert state[0].tolist() == [7, 7, 1] and torch.equal(torch.get_rng_state(), cpu)
    state[0] = torch.tensor([0, 0, 0], dtype=torch.uint8)
    assert make_trainer(tmp_path).resume(), "on a CPU it goes on, too"
    assert state[0].tolist() == [0, 0, 0]


def test_a_run_without_a_gpu_s_random_state_goes_on(tmp_path, monkeypatch):
    make_trainer(tmp_path).run(until=2, progress=False)
    assert "random.cuda" not in load_checkpoint(tmp_path / "last.safetensors")[0]
    state = [torch.tensor([3], dtype=torch.uint8)]
    later = on_a_faked_gpu(tmp_path, monkeypatch, state)
    assert later.resume() and later.step == 2 and state[0].tolist() == [3]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_resuming_on_a_gpu_is_exact(tmp_path):
    def made(folder):
        trainer = make_trainer(folder)
        model, settings = trainer.model, trainer.settings
        batch = trainer.batch
        return Trainer(model, error, batch, settings, "cuda", folder, {"kind": "toy"})

    whole = made(None)
    whole.run(progress=False)
    made(tmp_path).run(until=5, progress=False)
    later = made(tmp_path)
    torch.rand(9, device="cuda")
    assert later.resume()
    assert later.run(progress=False) == whole.losses


def test_training_reduces_the_loss():
    trainer = make_trainer()
    trainer.settings = TrainingSettings(steps=300, learning_rate=2e-2, warmup=5)
    losses = trainer.run(progress=False)
    assert sum(losses[-30:]) < 0.7 * sum(losses[:30])


def test_interrupt_stops_between_steps_and_loses_nothing(tmp_path):
    trainer = make_trainer(tmp_path)
    plain = trainer.batch

    def interrupted_batch(step):
        if step == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return plain(step)

    trainer.batch = interrupted_batch
    before = signal.getsignal(signal.SIGINT)  # ignored, where the tests run in the background
    with pytest.raises(KeyboardInterrupt, match="step 5"):
        trainer.run(progress=False)
    assert signal.getsignal(signal.SIGINT) is before
    again = make_trainer(tmp_path)
    assert again.resume() and again.step == 5
    again.run(progress=False)
    whole = make_trainer()
    whole.run(progress=False)
    assert again.losses == whole.losses


def test_another_run_s_folder_is_refused(tmp_path):
    make_trainer(tmp_path, corpus="digits").run(until=1, progress=False)
    with pytest.raises(CheckpointError, match="corpus = 'digits', not 'fsdd'"):
        make_trainer(tmp_path, corpus="fsdd").resume()


def test_another_learning_rate_or_beginning_is_refused(tmp_path):
    make_trainer(tmp_path, init={"step": 7}).run(until=1, progress=False)
    with pytest.raises(CheckpointError, match="init = {'step': 7}, not None"):
        make_trainer(tmp_path).resume()
    other = make_trainer(tmp_path, init={"step": 7})
    other.settings = replace(other.settings, learning_rate=0.5)
    with pytest.raises(CheckpointError, match="learning_rate = .*, not 0.5"):
        other.resume()
    averaging = make_trainer(tmp_path, init={"step": 7}, settings={"ema": 0.5})
    with pytest.raises(CheckpointError, match="ema = 0.0, not 0.5"):
        averaging.resume()
    assert make_trainer(tmp_path, init={"step": 7}).resume()


def test_history_holds_one_line_a_step(tmp_path):
    trainer = make_trainer(tmp_path)
    trainer.run(progress=False)
    lines = [json.loads(x) for x in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, STEPS + 1))
    assert [line["loss"] for line in lines] == trainer.losses


# ---------------------------------------------------------------- validation


def told(*values):
    """Return a validation that gives these values in turn, and keeps the weights it was shown."""
    left, shown = list(values), []

    def validate(model):
        shown.append({k: v.clone() for k, v in model.state_dict().items()})
        return left.pop(0)

    return validate, shown


@pytest.mark.parametrize("ema", [0.0, 0.5])
def test_validation_is_of_the_weights_to_be_used_and_touches_nothing(ema):
    seen = []

    def validate(model):
        assert not model.training and not torch.is_grad_enabled()
        assert same(model.state_dict(), trainer.average or trainer.model.state_dict())
        seen.append(float(error(model, DATA)))
        torch.manual_seed(1)  # a validation may draw, and spoil its copy of the model
        for parameter in model.parameters():
            parameter.zero_()
        return seen[-1]

    trainer = make_trainer(validate=validate, settings={"validate_every": 4, "ema": ema})
    trainer.run(progress=False)
    plain = make_trainer(settings={"ema": ema})
    plain.run(progress=False)
    assert trainer.losses == plain.losses and trainer.validation == list(
        zip((4, 8, 12), seen, strict=True)
    )
    assert same(trainer.model.state_dict(), plain.model.state_dict())
    assert bool(trainer.average) == bool(ema) and same(trainer.average, plain.average)


def test_the_best_weights_are_what_is_used():
    validate, shown = told(float("nan"), 3.0, 1.5, 2.0, 1.5)
    trainer = make_trainer(validate=validate, settings={"validate_every": 2, "steps": 10})
    assert trainer.best is None and same(trainer.weights(), trainer.model.state_dict())
    trainer.run(progress=False)
    assert trainer.best == (6, 1.5), "of equals the first"
    assert same(trainer.weights(), shown[2]) and not same(shown[2], shown[4])
    assert trainer.used_step == 6


def test_the_last_weights_are_used_where_that_is_asked_for():
    validate, shown = told(1.0, 3.0)
    settings = {"validate_every": 2, "steps": 4, "keep_last": True, "ema": 0.5}
    trainer = make_trainer(validate=validate, settings=settings)
    trainer.run(progress=False)
    assert trainer.best == (2, 1.0) and trainer.used_step == 4
    assert same(trainer.weights(), trainer.average) and same(trainer.weights(), shown[1])


def test_patience_counts_validations_without_a_new_best(tmp_path):
    values = [4.0, 3.0, 3.0, 2.0, 2.5, float("nan"), 2.0, 1.0]
    settings = {"validate_every": 3, "patience": 3, "steps": 60}
    validate, shown = told(*values)
    trainer = make_trainer(tmp_path, validate=validate, settings=settings)
    trainer.run(progress=False)
    assert trainer.exhausted and trainer.step == 21 == len(trainer.losses)
    assert trainer.best == (12, 2.0) and same(trainer.weights(), shown[3])
    again = make_trainer(tmp_path, validate=lambda model: 1.0, settings=settings)
    assert again.resume() and again.run(progress=False) == trainer.losses
    more = make_trainer(
        tmp_path, validate=lambda model: 1.0, settings={**settings, "patience": 4, "steps": 24}
    )
    assert more.resume() and len(more.run(progress=False)) == 24 and more.best == (24, 1.0)


def test_the_last_weights_are_validated_whatever_the_interval():
    trainer = make_trainer(validate=lambda model: 1.0, settings={"validate_every": 5})
    trainer.run(progress=False)
    assert [step for step, _ in trainer.validation] == [5, 10, STEPS]


@pytest.mark.parametrize("stop", [7, 9, 13])
def test_a_resumed_run_stops_early_where_the_whole_run_does(tmp_path, stop):
    def make(folder=None):
        return make_trainer(folder, validate=validate, settings=settings)

    def validate(model):  # best at a certain distance from where it began
        weight = model[0].weight
        return abs(float((weight - start).norm()) - 0.15)

    settings = {"validate_every": 2, "patience": 4, "steps": 40, "ema": 0.5, "learning_rate": 1e-2}
    start = make_trainer().model[0].weight.detach().clone()
    whole = make()
    whole.run(progress=False)
    assert whole.exhausted and 4 < whole.best[0] < stop < whole.step < 40
    make(tmp_path).run(until=stop, progress=False)
    later = make(tmp_path)
    torch.rand(7)
    assert later.resume()
    later.run(progress=False)
    assert later.losses == whole.losses and later.validation == whole.validation
    assert same(later.weights(), whole.weights()) and same(later.average, whole.average)
    assert not same(later.weights(), later.average)


def test_history_tells_of_validations(tmp_path):
    trainer = make_trainer(
        tmp_path, validate=told(2.5, 2.0, 1.5)[0], settings={"validate_every": 4}
    )
    trainer.run(progress=False)
    lines = [json.loads(x) for x in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [(x["step"], x["validation"]) for x in lines if "validation" in x] == trainer.validation
    assert len(lines) == STEPS


def test_a_run_from_before_there_was_validation_goes_on(tmp_path):
    make_trainer(tmp_path, config={"width": 8}).run(until=5, progress=False)
    tensors, state = load_checkpoint(tmp_path / "last.safetensors")
    for name in ("ema", "validate_every", "patience"):
        del state["settings"][name]
    assert not [name for name in tensors if name.startswith(("best.", "average.", "valid"))]
    save_checkpoint(tmp_path / "last.safetensors", tensors, state)
    with pytest.raises(CheckpointError, match="config = {'width': 8}, not {'width': 8, 'gate': 3}"):
        make_trainer(tmp_path, config={"width": 8, "gate": 3}).resume()
    later = make_trainer(
        tmp_path,
        validate=lambda model: 1.0,
        settings={"validate_every": 4},
        config={"width": 8, "gate": 0},  # an option that came later, and is off
    )
    assert later.resume() and later.validation == []
    later.run(progress=False)
    whole = make_trainer()
    assert later.losses == whole.run(progress=False) and later.best == (8, 1.0)


def test_settings_that_contradict_each_other_are_named():
    with pytest.raises(InvalidValueError, match="nothing to validate with"):
        make_trainer(settings={"validate_every": 4})
    with pytest.raises(InvalidValueError, match="patience counts validations"):
        TrainingSettings(patience=3)
    with pytest.raises(InvalidValueError, match="0 or more, got 5 and -1"):
        TrainingSettings(validate_every=5, patience=-1)


# ---------------------------------------------------------------- schedule, batches, checkpoints


def test_learning_rate_before_the_decay_does_not_depend_on_the_number_of_steps():
    short, long = TrainingSettings(steps=1000), TrainingSettings(steps=2000)
    assert [short.rate_at(i) for i in range(700)] == [long.rate_at(i) for i in range(700)]
    assert short.rate_at(0) == pytest.approx(short.learning_rate / short.warmup)
    assert 0 < short.rate_at(999) < 0.01 * short.learning_rate


@pytest.mark.parametrize(("clips", "size"), [(20, 4), (21, 4), (5, 5), (7, 1)])
def test_each_epoch_visits_every_clip(clips, size):
    lengths = [(7 * i) % 13 + 1 for i in range(clips)]
    pick, count = shuffled_batches(lengths, size, seed=3), -(-clips // size)
    epochs = [[pick(e * count + i) for i in range(count)] for e in range(2)]
    for epoch in epochs:
        assert {i for batch in epoch for i in batch} == set(range(clips))
        assert all(len(batch) == size for batch in epoch)
    assert clips == size or epochs[0] != epochs[1]
    assert shuffled_batches(lengths, size, seed=3)(count + 1) == epochs[1][1 % count] or count == 1
    with pytest.raises(InvalidValueError, match="batch_size"):
        shuffled_batches(lengths, clips + 1, seed=3)


def test_checkpoint_keeps_tensors_and_description(tmp_path):
    tensors = {"a": torch.randn(3, 2).t(), "b": torch.arange(4)}
    path = save_checkpoint(tmp_path / "deep" / "x.safetensors", tensors, {"kind": "toy", "n": 3})
    loaded, description = load_checkpoint(path)
    assert description == {"kind": "toy", "n": 3}
    assert all(torch.equal(loaded[key], tensors[key]) for key in tensors)


def test_failed_save_keeps_the_old_checkpoint(tmp_path):
    path = save_checkpoint(tmp_path / "x.safetensors", {"a": torch.ones(2)}, {})
    with pytest.raises(TypeError):
        save_checkpoint(path, {"a": torch.zeros(2)}, {"bad": object()})
    assert torch.equal(load_checkpoint(path)[0]["a"], torch.ones(2))
    assert [p.name for p in tmp_path.iterdir()] == ["x.safetensors"]


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\xff" * 64])
def test_damaged_checkpoint_gets_one_clear_error(tmp_path, content):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="bad.safetensors: not a checkpoint"):
        load_checkpoint(path)
    with pytest.raises(CheckpointError, match="no checkpoint 'wavnet-fsdd'"):
        load_checkpoint("wavnet-fsdd")


def test_unknown_device_is_named():
    assert pick_device("cpu").type == "cpu"
    with pytest.raises(InvalidValueError, match="nonsense"):
        pick_device("nonsense")


def linear_trainer(scale=1.0, model=None, **settings):
    torch.manual_seed(0)
    x = torch.arange(6.0).reshape(2, 3)
    return Trainer(
        model or torch.nn.Linear(3, 1),
        lambda model, x: scale * model(x).square().mean(),
        lambda step: (x,),
        TrainingSettings(**settings),
    )


def test_average_is_that_of_the_formula():
    trainer, average = linear_trainer(steps=6, ema=0.9, warmup=1), None
    for n in range(6):
        trainer.run(until=n + 1, progress=False)
        now, b = trainer.model.weight.detach().clone(), min(0.9, (1 + n) / (10 + n))
        average = now if average is None else b * average + (1 - b) * now
        torch.testing.assert_close(trainer.average["weight"], average)


def test_whole_numbers_are_not_averaged():
    network = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.BatchNorm1d(1))
    trainer = linear_trainer(model=network, steps=5, ema=0.9)
    trainer.run(progress=False)
    assert int(trainer.average["1.num_batches_tracked"]) == 5


def test_gradient_is_clipped():
    trainer, norms = linear_trainer(scale=1e3, steps=3, clip=0.5), []
    trainer.update.optimizer.register_step_pre_hook(
        lambda *_: norms.append(float(trainer.model.weight.grad.norm()))
    )
    trainer.run(progress=False)
    assert len(norms) == 3 and max(norms) <= 0.5 + 1e-5


def test_bfloat16_is_computed_in_and_not_kept():
    trainer, kinds = linear_trainer(steps=1, bfloat16=True), []
    trainer.model.register_forward_hook(lambda module, x, y: kinds.append(y.dtype))
    trainer.run(progress=False)
    assert kinds == [torch.bfloat16] and trainer.model.weight.dtype == torch.float32


@pytest.mark.parametrize("changed", [{"bfloat16": True}, {"clip": 2.0}])
def test_a_run_goes_on_with_its_own_settings_only(tmp_path, changed):
    def make(**settings):
        trainer = linear_trainer(steps=4, **settings)
        trainer.folder = tmp_path
        return trainer

    make().run(until=2, progress=False)
    with pytest.raises(CheckpointError, match=next(iter(changed))):
        make(**changed).resume()
    assert make().resume()


def test_a_file_that_is_no_run_of_this_network_is_refused(tmp_path):
    trainer = linear_trainer(steps=2)
    trainer.folder = tmp_path
    trainer.run(progress=False)
    other = linear_trainer(steps=2, model=torch.nn.Linear(3, 2))
    other.folder = tmp_path
    with pytest.raises(CheckpointError, match="does not fit"):
        other.resume()
    export(trainer, tmp_path / "last.safetensors")
    with pytest.raises(CheckpointError, match="weights alone"):
        trainer.resume()


@pytest.mark.parametrize("wrong", [{"save_every": 0}, {"ema": 1.0}, {"ema": -0.1}])
def test_settings_out_of_bounds_are_named(wrong):
    with pytest.raises(InvalidValueError, match="save_every must be at least 1, and ema"):
        TrainingSettings(**wrong)
