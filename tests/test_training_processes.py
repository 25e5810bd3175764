"""Several processes: the numbers of one, the files of one, one line for every mistake."""

import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest
import torch

from aigc_edu import corpora
from aigc_edu.checkpoints import load_checkpoint
from aigc_edu.cli import main
from aigc_edu.corpora.choosing import first_takes, generation_split
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.wavenet_training import scored_positions, wavenet_trainer
from aigc_edu.training import Trainer, TrainingSettings
from aigc_edu.training.engine import DistributedProcesses, Processes, join, started_together
from aigc_edu.training.launching import launch

LIMIT = 120  # seconds for a command that takes about ten
STEPS, BATCH, VOICE = 5, 3, "en-us+Alex"  # of three rows one process has two, the other one
RUN = (
    f"train wavenet --corpus digits --speakers {VOICE} --takes 1 --steps {STEPS} --device cpu "
    f"--batch-size {BATCH} --ema 0.9 --validate-every 2 --validation-clips 1 --save-every 1 --out"
).split()


def start(*arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def end(process):
    """Return a command's status, output and complaints; nothing of it goes on running."""
    try:
        out, complaints = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    return SimpleNamespace(status=process.returncode, out=out, complaints=complaints)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same training in one process and in two, and in two with Ctrl-C and a second start."""
    folder = tmp_path_factory.mktemp("runs")
    torchrun = ["torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "aigc_edu"]
    two = start(*torchrun, *RUN, str(folder / "two"))
    stopped = start("aigc_edu", *RUN, str(folder / "stopped"), "--processes", "2")
    workers = interrupt_after_first_save(stopped, folder / "stopped")
    first = end(stopped)
    left = [worker for worker in workers if worker.is_running()]
    again = start("aigc_edu", *RUN, str(folder / "stopped"), "--processes", "2")
    assert main([*RUN, str(folder / "one")]) == 0
    told = {"two": end(two), "stopped": first, "again": end(again), "left": left}
    return SimpleNamespace(folder=folder, workers=workers, **told)


def interrupt_after_first_save(process, folder):
    until = time.monotonic() + LIMIT
    while not (folder / "last.safetensors").exists():
        assert process.poll() is None and time.monotonic() < until, end(process)
        time.sleep(0.02)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    return workers


def state(runs, name):
    return load_checkpoint(runs.folder / name / "last.safetensors")[0]


def test_two_processes_learn_what_one_learns(runs):
    assert runs.two.status == 0, runs.two.complaints
    one, two = (state(runs, name) for name in ("one", "two"))
    assert one["losses"].tolist() == pytest.approx(two["losses"].tolist(), rel=5e-7)
    assert len(one["losses"]) == STEPS and not torch.equal(one["losses"], two["losses"])
    assert torch.allclose(one["validation"], two["validation"], rtol=5e-7, atol=0)
    for name in one:
        if name.startswith(("model.", "average.", "best.")):
            assert torch.allclose(one[name], two[name], rtol=0, atol=2e-6), name


def test_without_weights_the_mean_would_be_another(runs):
    """The processes' shares differ: what the test above says of the weighting is not empty."""
    corpus = corpora.load("digits").select(speaker=VOICE)
    clips = first_takes(generation_split(corpus).train, 1)
    trainer = wavenet_trainer(clips, batch_size=BATCH, device="cpu")
    batch = trainer.batch(0)
    parts = [tuple(part[rank::2] for part in batch) for rank in range(2)]
    losses = [float(trainer.update.loss(trainer.model, *part).detach()) for part in parts]
    counts = [scored_positions(part) for part in parts]
    true = state(runs, "one")["losses"][0].item()
    weighted = sum(x * n for x, n in zip(losses, counts, strict=True)) / sum(counts)
    assert weighted == pytest.approx(true, rel=5e-7)
    assert abs(sum(losses) / 2 / true - 1) > 1e-5


def test_ctrl_c_ends_all_processes_and_nothing_is_lost(runs):
    assert runs.stopped.status == 130 and len(runs.workers) >= 2 and not runs.left
    (step,) = re.findall(r"^aigc_edu: stopped after step (\d+)$", runs.stopped.complaints, re.M)
    assert 1 <= int(step) < STEPS and "Traceback" not in runs.stopped.complaints
    assert runs.again.status == 0, runs.again.complaints
    assert f"continuing after step {step}" in runs.again.out
    whole, resumed = (state(runs, name) for name in ("two", "stopped"))
    assert whole.keys() == resumed.keys() and "random.1" in whole
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_main_process_alone_speaks_and_writes(runs):
    assert len(runs.two.out.splitlines()) == 3 and "in 2 processes" in runs.two.out
    names = {"history.jsonl", "last.safetensors", "model.safetensors"}
    assert {path.name for path in (runs.folder / "two").iterdir()} == names
    bars = re.findall(r"100%\S* (\d+)/(\d+)", runs.two.complaints)
    assert set(bars) == {(str(STEPS), str(STEPS))}
    lines = runs.again.complaints.split("\n")
    assert all(re.match(r"\r? *\d+%|$", line) for line in lines), "the bar and no warnings"


def test_what_goes_wrong_in_all_processes_is_said_once(tmp_path):
    command = f"train wavenet --corpus nowhere --device cpu --processes 2 --out {tmp_path / 'x'}"
    done = end(start("aigc_edu", *command.split()))
    assert done.status == 2 and done.complaints.count("\n") == 1 and "nowhere" in done.complaints
    assert not (tmp_path / "x").exists()


def test_processes_started_together_are_told_by_the_environment(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "4")  # some clusters set it for jobs of one process
    assert started_together() == 1 and join("cpu").world == 1
    monkeypatch.setenv("RANK", "0")
    assert started_together() == 4
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert started_together() == 1


def test_devices_that_cannot_be_shared_are_named(monkeypatch):
    with pytest.raises(InvalidValueError, match="auto, cpu or cuda, got 'cuda:1'"):
        launch(2, [], "cuda:1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(InvalidValueError, match="2 processes need as many GPUs, .* has 1"):
        launch(2, [], "auto")


def test_rows_and_shares_of_several_processes():
    batch = (torch.arange(5)[:, None], torch.arange(5))
    parts = []
    for rank in range(3):
        one = DistributedProcesses.__new__(DistributedProcesses)
        one.rank, one.world = rank, 3
        one._sum = lambda count: 10  # the positions of all processes
        parts.append(one.rows(batch)[1].tolist())
        assert one.share(lambda part: 4, batch) == pytest.approx(3 * 4 / 10)
        with pytest.raises(InvalidValueError, match="a batch of 2 has no rows for some of 3"):
            one.rows((batch[0][:2],))
    assert parts == [[0, 3], [1, 4], [2]]


def not_needed(thing):
    raise AssertionError("nobody should have asked for this")


def make_trainer(processes, validate_every=0, folder=None):
    return Trainer(
        torch.nn.Linear(1, 1),
        lambda model: model(torch.ones(1, 1)).mean(),
        lambda step: (),
        TrainingSettings(steps=6, warmup=1, save_every=2, validate_every=validate_every),
        folder=folder,
        validate=not_needed,
        weigh=not_needed,
        processes=processes,
    )


def test_one_process_weighs_nothing():
    assert len(make_trainer(Processes()).run(progress=False)) == 6


class Second(Processes):
    """The second of two processes, the first of which has this to say."""

    rank, world = 1, 2
    step = 0

    def from_main(self, value):
        assert value != value
        return 5.0 - self.step

    def any(self, flag):
        self.step += 1
        return flag or self.step == 4


def test_the_second_process_takes_the_first_one_s_word(tmp_path, capfd):
    trainer = make_trainer(Second(), 1, tmp_path)
    with pytest.raises(KeyboardInterrupt, match="stopped after step 4"):
        trainer.run(progress=True)
    assert trainer.validation == [(1, 5.0), (2, 4.0), (3, 3.0), (4, 2.0)]
    assert not list(tmp_path.iterdir()) and capfd.readouterr().err == ""
