"""Training a SampleRNN: chunks, carried states, padding, resuming, processes, the command line."""

import copy

import numpy as np
import pytest
import torch
from test_training_processes import end, start
from torch.nn import functional as F

from aigc_edu import audio, corpora
from aigc_edu.checkpoints import Trained, load_checkpoint
from aigc_edu.cli import main
from aigc_edu.corpora import Clip, Corpus
from aigc_edu.errors import CourseError, InvalidValueError
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.samplernn_training import count, samplernn_trainer
from aigc_edu.kinds.wavenet_training import wavenet_bits
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig, synthesise
from aigc_edu.models.wavenet.clips import SILENCE, TAIL
from aigc_edu.training import TrainingSettings
from aigc_edu.training.engine import Processes
from aigc_edu.training.truncated import Truncated

VOICE = "en-us+Alex"
FRAMES = (16, 4)
CHUNK = 64
SMALL = SampleRNNConfig(frame_sizes=FRAMES, width=16, embedding=8)
SETTINGS = TrainingSettings(steps=4, learning_rate=1e-2, warmup=1, decay=0.0, ema=0.9)


def network(seed: int = 0, **changes) -> SampleRNN:
    """Return a small network whose learned start, zero at first, says something."""
    torch.manual_seed(seed)
    model = SampleRNN(SampleRNNConfig(**{**SMALL.__dict__, **changes}))
    for tier in model.tiers:
        torch.nn.init.normal_(tier.start)
    return model


def random_clips(*lengths: int, seed: int = 1) -> torch.Tensor:
    """Return codes (B, longest + 1), filled up with IGNORED."""
    generator = torch.Generator().manual_seed(seed)
    rows = [torch.randint(256, (n + 1,), generator=generator) for n in lengths]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=IGNORED)


def truncated(model: SampleRNN, chunk: int = CHUNK, settings=SETTINGS) -> Truncated:
    cut = lambda batch: model.chunks(chunk, *batch)  # noqa: E731
    update = Truncated(model, SampleRNN.chunk_loss, settings, cut, count)
    update.begin(torch.device("cpu"), Processes())
    return update


def over_chunks(model, *batch, chunk=CHUNK):
    """Return each chunk's loss and its number of positions; states are carried and cut off."""
    states, told = None, []
    for piece in model.chunks(chunk, *batch):
        loss, states = model.chunk_loss(states, *piece)
        states = tuple(state.detach() for state in states)
        told.append((loss, count(piece)))
    return told


def mean_of(told):
    return sum(float(loss.detach()) * n for loss, n in told) / sum(n for _, n in told)


def gradients(model, loss):
    model.zero_grad(set_to_none=True)
    loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def assert_close(one, other, atol=1e-6):
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.allclose(tensor, other[name], rtol=1e-4, atol=atol), name


# ---------------------------------------------------------------- chunks and their states


@pytest.mark.parametrize("chunk", [16, 64, 512])
@pytest.mark.parametrize("frames", [(16, 4), (16,), (8, 4, 2)])
def test_chunks_with_carried_states_cost_what_the_whole_clip_costs(chunk, frames):
    model, codes = network(frame_sizes=frames), random_clips(300, 150, 5)
    whole = float(model.loss(codes).detach())
    assert mean_of(over_chunks(model, codes, chunk=chunk)) == pytest.approx(whole, rel=1e-5)
    if chunk < 300:
        reset = [model.chunk_loss(None, *p)[0] for p in model.chunks(chunk, codes)]
        counts = [count(p) for p in model.chunks(chunk, codes)]
        alone = mean_of(list(zip(reset, counts, strict=True)))
        assert abs(alone / whole - 1) > 1e-4, "states that are not carried would be noticed"


def test_a_step_at_rate_0_tells_the_whole_clip_s_loss_and_changes_nothing():
    model, codes = network(), random_clips(300, 150, 5)
    before = copy.deepcopy(model.state_dict())
    figures = truncated(model).step((codes,), rate=0.0)
    assert figures["loss"] == pytest.approx(float(model.loss(codes).detach()), rel=1e-5)
    assert all(torch.equal(before[name], x) for name, x in model.state_dict().items())


def test_logits_of_a_chunk_are_those_of_the_whole_clip():
    model, codes = network(conditions=(10, 2), rnn_layers=2), random_clips(320, 320)
    condition = torch.tensor([[3, 0], [7, 1]])
    with torch.inference_mode():
        whole = model(codes[:, :-1], condition).transpose(1, 2)
        h, states, parts = model.embed_condition(condition, 2), model.begin(2), []
        for time, heard, *_ in model.chunks(CHUNK, codes, condition):
            logits, states = model.advance(heard, states, h, time)
            parts.append(logits)
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-5)


@pytest.mark.parametrize("clock", [{"clock_frames": 4, "clock_hop": 80}, {"local_channels": 3}])
def test_what_changes_with_time_goes_on_across_chunks(clock):
    """Condition frames are read where the clip is, not where the chunk begins."""
    told = (2,) if "clock_frames" in clock else ()
    model, codes = network(conditions=told, **clock), random_clips(300, 210)
    if told:
        torch.nn.init.normal_(model.clock.weight)
    condition = torch.tensor([[0], [1]]) if told else None
    local = None if told else torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))
    whole = float(model.loss(codes, condition, local=local).detach())
    parts = mean_of(over_chunks(model, codes, condition, None, local))
    assert parts == pytest.approx(whole, rel=1e-5)


def test_states_never_leak_between_clips():
    """A clip's loss is the same alone, beside any other clip, and after any other batch."""
    model, codes = network(), random_clips(300, 200, 100)
    alone = [row[row != IGNORED][None] for row in codes]

    def chunk_losses(batch, row):
        states, costs = None, []
        with torch.inference_mode():
            for time, heard, wanted, *_ in model.chunks(CHUNK, batch):
                only = torch.full_like(wanted, IGNORED)
                only[row] = wanted[row]
                loss, states = model.chunk_loss(states, time, heard, only)
                costs.append(float(loss))
        return [cost for cost in costs if cost]

    for row, clip in enumerate(alone):
        assert chunk_losses(codes, row) == pytest.approx(chunk_losses(clip, 0), rel=1e-5)
    update = truncated(model, settings=TrainingSettings(learning_rate=0.0, warmup=1))
    first = update.step((codes[1:2],), rate=0.0)["loss"]
    update.step((random_clips(500, 40, seed=9),), rate=0.0)
    assert update.step((codes[1:2],), rate=0.0)["loss"] == first
    assert update.step((codes[1:2].expand(3, -1),), rate=0.0)["loss"] == pytest.approx(first)


def test_no_gradient_crosses_a_chunk_s_border():
    """With the states as they are, a chunk's gradient is that of the chunk alone."""
    model, codes = network(), random_clips(4 * CHUNK)
    pieces, states = list(model.chunks(CHUNK, codes)), None
    for piece in pieces[:3]:
        _, states = model.chunk_loss(states, *piece)
    fixed = tuple(state.detach().clone() for state in states)
    alone = gradients(model, model.chunk_loss(fixed, *pieces[3])[0])
    through = gradients(model, model.chunk_loss(states, *pieces[3])[0])
    assert not torch.allclose(
        alone["tiers.0.rnn.weight_hh_l0"], through["tiers.0.rnn.weight_hh_l0"]
    )
    got, update = {}, truncated(model)

    def keep(model, states, *piece):
        assert states is None or not any(state.requires_grad for state in states)
        return SampleRNN.chunk_loss(model, states, *piece)

    update.loss = keep
    update.settings = TrainingSettings(clip=1e9, warmup=1)
    update.step((codes,), rate=0.0)  # the last chunk's gradients stay where they are
    got = {name: p.grad for name, p in model.named_parameters()}
    assert_close(alone, {name: got[name] for name in alone})
    assert all(not got[f"tiers.{i}.start"].any() for i in range(2)), "the start is in chunk 0"


def test_the_learned_start_learns_from_the_first_chunk():
    model, codes = network(), random_clips(4 * CHUNK)
    begin = [tier.start.detach().clone() for tier in model.tiers]
    truncated(model).step((codes[:, : CHUNK + 1],), rate=1e-2)
    assert all(
        not torch.equal(old, tier.start) for old, tier in zip(begin, model.tiers, strict=True)
    )


# ---------------------------------------------------------------- padding


@pytest.mark.parametrize("more", [1, 7, CHUNK, 5 * CHUNK])
def test_padding_costs_nothing(more):
    """Longer padding: the same loss, the same gradient, and the same weights after a step."""
    model, codes = network(), random_clips(150, 100)
    longer = F.pad(codes, (0, more), value=IGNORED)
    one, other = model.loss(codes), model.loss(longer)
    assert float(one.detach()) == pytest.approx(float(other.detach()), rel=1e-6)
    assert_close(gradients(model, one), gradients(model, other))
    weights = []
    for batch in (codes, longer):
        twin = copy.deepcopy(model)
        update = truncated(twin)
        figures = [update.step((batch,), rate=1e-2)["loss"] for _ in range(3)]
        weights.append((figures, twin.state_dict()))
    assert weights[0][0] == pytest.approx(weights[1][0], rel=1e-5)
    assert_close(weights[0][1], weights[1][1], atol=1e-5)


def test_a_chunk_of_nothing_to_predict_passes_on_the_states():
    """A gap in what is scored is none in what is heard."""
    model, codes = network(), random_clips(4 * CHUNK)
    wanted = codes.clone()
    wanted[:, CHUNK + 1 : 2 * CHUNK + 1] = IGNORED
    told = over_chunks(model, wanted, None, codes[:, :-1])
    assert [n for _, n in told] == [CHUNK, 0, CHUNK, CHUNK] and float(told[1][0].detach()) == 0
    whole = float(model.loss(wanted, seen=codes[:, :-1]).detach())
    assert mean_of(told) == pytest.approx(whole, rel=1e-5)
    update = truncated(model)
    update.cut = lambda batch: model.chunks(CHUNK, batch[0], None, batch[1])
    figures = update.step((wanted, codes[:, :-1]), rate=0.0)
    assert figures["loss"] == pytest.approx(whole, rel=1e-5)


def test_a_batch_of_padding_alone_is_named():
    codes = torch.full((2, 40), IGNORED)
    with pytest.raises(CourseError, match="no position to learn from"):
        truncated(network()).step((codes,), rate=0.1)


# ---------------------------------------------------------------- runs


def clips_of(*sounds: np.ndarray, rate: int = 8000) -> Corpus:
    def clip(i: int, x: np.ndarray) -> Clip:
        return Clip(f"{i}", i % 3, "somebody", rate, "train", lambda: x)

    return Corpus("own", rate, ("a", "b", "c"), tuple(clip(i, x) for i, x in enumerate(sounds)))


def noise(length: int, seed: int = 0) -> np.ndarray:
    return 0.3 * np.random.default_rng(seed).standard_normal(length).clip(-3, 3)


def trainer_of(corpus, **changes):
    given = {"settings": SETTINGS, "batch_size": 2, "chunk": CHUNK, "device": "cpu"}
    return samplernn_trainer(corpus, **given | {"config": SMALL} | changes)


@pytest.mark.parametrize("augment", [False, True])
def test_a_run_that_was_stopped_goes_on_bit_for_bit(tmp_path, augment):
    corpus = clips_of(noise(500), noise(300, 1), noise(100, 2))
    whole = trainer_of(corpus, folder=tmp_path / "whole", augment=augment)
    whole.run(progress=False)
    for until in (1, 3, 4):
        part = trainer_of(corpus, folder=tmp_path / "parts", augment=augment)
        assert part.resume() == (until > 1)
        part.run(until, progress=False)
    one, other = (load_checkpoint(tmp_path / n / "last.safetensors")[0] for n in ("whole", "parts"))
    assert one.keys() == other.keys() and len(one["losses"]) == 4
    assert [name for name in one if not torch.equal(one[name], other[name])] == []
    assert len(set(one["losses"].tolist())) == 4


def test_a_run_with_another_chunk_is_another_run(tmp_path):
    corpus = clips_of(noise(500), noise(300, 1))
    trainer_of(corpus, folder=tmp_path).run(2, progress=False)
    other = trainer_of(corpus, folder=tmp_path, chunk=2 * CHUNK)
    with pytest.raises(CourseError, match="chunk"):
        other.resume()


def test_a_clip_can_be_learned_by_heart():
    n = np.arange(200)
    trainer = trainer_of(
        clips_of(0.5 * np.sin(0.2 * n), 0.5 * np.sin(0.3 * n)),
        settings=TrainingSettings(steps=60, learning_rate=1e-2, warmup=5),
        config=SampleRNNConfig(frame_sizes=FRAMES, width=32, embedding=8),
    )
    losses = trainer.run(progress=False)
    assert losses[0] > 4 and losses[-1] < 0.4


def test_the_loss_before_training_is_near_uniform_guessing():
    """The anchor of every curve: 8 bits."""
    trainer = trainer_of(clips_of(noise(800)), batch_size=1, config=SampleRNNConfig.tiny())
    loss = trainer.run(1, progress=False)[0]
    assert 7 < loss / np.log(2) < 9.5


def test_clips_shorter_than_the_largest_frame_and_silent_ones_are_learned_from():
    short, silent, constant = noise(5), np.zeros(300), np.full(300, 0.2)
    trainer = trainer_of(clips_of(short, silent, constant, np.zeros(1)), batch_size=4)
    losses = trainer.run(progress=False)
    assert np.isfinite(losses).all()
    codes, *_ = trainer.batch(0)
    alone = (codes[:, : TAIL + 2] == SILENCE).all(dim=1)
    assert alone.any(), "a silent clip is silence, not noise"
    model = trainer.model.eval()
    for length in (1, 2, FRAMES[0] - 1, FRAMES[0], FRAMES[0] + 1):
        piece = random_clips(length)
        condition = torch.zeros(1, 2, dtype=torch.long)
        assert model(piece[:, :-1], condition).shape == (1, 256, length)
        parts = mean_of(over_chunks(model, piece, condition))
        assert parts == pytest.approx(float(model.loss(piece, condition).detach()), rel=1e-5)


@pytest.mark.parametrize("chunk", [0, -16, 8, 17, 100])
def test_chunks_that_are_no_whole_frames_are_named(chunk):
    with pytest.raises(InvalidValueError, match=f"multiple of the slowest frame, 16 .* {chunk}"):
        trainer_of(clips_of(noise(300)), chunk=chunk, batch_size=1)
    with pytest.raises(InvalidValueError, match="whole frames of 16 samples"):
        next(network().chunks(chunk, random_clips(300)))


def test_wrong_wishes_are_named():
    corpus = clips_of(noise(300))
    with pytest.raises(InvalidValueError, match="tiny, trained or paper, got 'huge'"):
        trainer_of(corpus, config=None, size="huge")
    with pytest.raises(InvalidValueError, match="8000 Hz, got 16000 Hz"):
        trainer_of(clips_of(noise(300), rate=16000), word_clock=True)


def test_another_rate_is_learned_without_the_clock():
    trainer = trainer_of(clips_of(noise(700), rate=16000), batch_size=1)
    trainer.run(1, progress=False)
    assert trainer.description["rate"] == 16000


@pytest.fixture(scope="module")
def digits():
    return corpora.load("digits").select(speaker=VOICE)[:6]


def test_validation_is_the_mean_over_all_positions(digits):
    trainer = trainer_of(digits, validation=digits, word_clock=True)
    trained = Trained(trainer.model.eval(), trainer.description)
    bits = [wavenet_bits(trained, digits, size) for size in (1, 4)]
    assert bits[0] == pytest.approx(bits[1], rel=1e-5)
    assert trainer.validate(trainer.model) == bits[1] or bits[1] == pytest.approx(
        trainer.validate(trainer.model), rel=1e-5
    )


def test_what_was_trained_is_exported_and_sounds(digits, tmp_path):
    trainer = trainer_of(digits, folder=tmp_path, word_clock=True)
    trainer.run(1, progress=False)
    trained = Trained(trainer.model.eval(), trainer.description)
    assert trained.description["kind"] == "samplernn" and trained.description["chunk"] == CHUNK
    (x,) = synthesise(trained, 3, 1, seed=0, seconds=0.02)
    assert len(x) and np.abs(x).max() <= 1


# ---------------------------------------------------------------- the command line

RUN = f"--corpus digits --speakers {VOICE} --takes 1 --device cpu --batch-size 3 --chunk 1024"


def test_the_command_line_trains_and_generates(tmp_path, capsys):
    train = f"train samplernn {RUN} --steps 2 --word-clock --augment --floor 0.001 --out"
    assert main([*train.split(), str(tmp_path / "run")]) == 0
    file = tmp_path / "run" / "model.safetensors"
    told = load_checkpoint(file)[1]
    assert told["kind"] == "samplernn" and told["step"] == 2 and told["config"]["clock"] == "word"
    assert (told["chunk"], told["augment"], told["floor"]) == (1024, True, 0.001)
    assert find_kind("samplernn").load(file).model.config.frame_sizes == (16, 4)
    speak = f"generate samplernn --checkpoint {file} --label 3 --seconds 0.05 --count 2 --out"
    assert main([*speak.split(), str(tmp_path / "sounds")]) == 0
    sounds = sorted((tmp_path / "sounds").iterdir())
    assert len(sounds) == 2 and all(path.name.startswith("samplernn_3") for path in sounds)
    x, rate = audio.read(sounds[0])
    assert rate == 8000 and 0 < len(x) <= 400


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--chunk 0", "expected a whole number"),
        ("--chunk 100", "chunk must be a multiple of the slowest frame, 16 samples, got 100"),
        ("--size huge", "size must be tiny, trained or paper"),
        ("--floor 2", "--floor"),
    ],
)
def test_the_command_line_names_what_is_wrong(option, message, tmp_path, capsys):
    command = [*f"train samplernn {RUN} {option} --steps 2 --out".split(), str(tmp_path / "run")]
    try:
        status = main(command)
    except SystemExit as stop:
        status = stop.code
    assert status == 2 and message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_two_processes_learn_what_one_learns(tmp_path):
    """Three rows: one process has two of them, and they end at different chunks."""
    train = f"train samplernn {RUN} --steps 2 --ema 0.9 --out"
    torchrun = ["torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "aigc_edu"]
    two = start(*torchrun, *train.split(), str(tmp_path / "two"))
    assert main([*train.split(), str(tmp_path / "one")]) == 0
    done = end(two)
    assert done.status == 0, done.complaints
    one, two = (load_checkpoint(tmp_path / n / "last.safetensors")[0] for n in ("one", "two"))
    assert one["losses"].tolist() == pytest.approx(two["losses"].tolist(), rel=1e-5)
    for name in one:
        if name.startswith(("model.", "average.")):
            assert torch.allclose(one[name], two[name], rtol=0, atol=2e-5), name
