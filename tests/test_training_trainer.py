"""The training loop: exact resuming, batches, schedule, checkpoints."""

import json
import os
import signal
from dataclasses import replace

import pytest
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.training import (
    CheckpointError,
    Trainer,
    TrainingSettings,
    load_checkpoint,
    pick_device,
    save_checkpoint,
    seed_everything,
    shuffled_batches,
)

STEPS = 12


def make_trainer(folder=None, seed=0, **description):
    seed_everything(seed)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
    pick = shuffled_batches([1] * 20, 4, seed)
    data = torch.randn(20, 4, generator=torch.Generator().manual_seed(9))
    return Trainer(
        model,
        lambda model, x: (model(x) - x.sum(1, keepdim=True)).square().mean(),
        lambda step: (data[pick(step)],),
        TrainingSettings(steps=STEPS, warmup=2, save_every=3),
        folder=folder,
        description={"kind": "toy", **description},
    )


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
    assert make_trainer(tmp_path, init={"step": 7}).resume()


def test_history_holds_one_line_a_step(tmp_path):
    trainer = make_trainer(tmp_path)
    trainer.run(progress=False)
    lines = [json.loads(x) for x in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, STEPS + 1))
    assert [line["loss"] for line in lines] == trainer.losses


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
