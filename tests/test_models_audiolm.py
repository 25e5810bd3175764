"""AudioLM: ids, sequences and back, semantic tokens, the three stages, writing on."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from stub_codec import StubCodec
from torch.nn import functional as F

from aigc_edu import corpora
from aigc_edu.checkpoints import CheckpointError, Trained
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.audiolm import (
    START,
    AudioLM,
    AudioLMConfig,
    Chroma,
    Part,
    Sampling,
    SemanticTokens,
    Vocabulary,
    acoustic_tokens,
    check_codec,
    collapse,
    continue_sound,
    expand,
    fingerprint,
)
from aigc_edu.models.audiolm.config import config_from
from aigc_edu.models.audiolm.generation import fine_tokens
from aigc_edu.models.audiolm.sampling import write_on
from aigc_edu.models.audiolm.sequences import (
    IGNORED,
    batch_of,
    coarse_row,
    fine_row,
    semantic_row,
)
from aigc_edu.models.hearing import load_hearing

SMALL = {"books": 4, "entries": 16, "semantic": 8, "channels": 16, "heads": 2, "layers": 1}
CONFIG = AudioLMConfig(**SMALL, window=0.4, fine_window=0.2)  # of 20 and 10 frames


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    model = AudioLM(CONFIG).eval()
    model.tokens.fit([noise(8000, 5)], 0)
    with torch.no_grad():
        for stage in (model.semantic, model.coarse, model.fine):
            stage.output.weight.mul_(5)  # an untrained one would draw from a flat distribution
    return model


def noise(count, seed=0):
    return (0.2 * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)


def drawn_codes(random, sizes, length):
    return torch.stack([torch.from_numpy(random.integers(0, n, length)) for n in sizes])


# ---------------------------------------------------------------- the vocabulary


def test_no_two_tokens_share_an_id_and_none_is_lost():
    """For streams of random sizes: ids are START and the numbers behind it, once each."""
    random = np.random.default_rng(0)
    for _ in range(100):
        sizes = tuple(int(n) for n in random.integers(1, 40, random.integers(1, 9)))
        words = Vocabulary(sizes)
        ids = [words.ids(torch.arange(n), stream) for stream, n in enumerate(sizes)]
        assert torch.equal(torch.cat(ids).sort().values, torch.arange(1, len(words)))
        for stream, (own, n) in enumerate(zip(ids, sizes, strict=True)):
            assert torch.equal(words.codes(own, stream), torch.arange(n))
            low, high = words.range_of(stream)
            assert (int(own.min()), int(own.max()) + 1) == (low, high)


def test_streams_round_trip_through_one_row():
    random = np.random.default_rng(1)
    for _ in range(100):
        sizes = tuple(int(n) for n in random.integers(1, 40, random.integers(1, 9)))
        words, length = Vocabulary(sizes), int(random.integers(0, 12))
        first = int(random.integers(len(sizes)))
        codes = drawn_codes(random, sizes[first:], length)
        row = words.flatten(codes, first)
        assert torch.equal(words.unflatten(row, first, len(codes)), codes)
        part = Part(words, first, len(codes))
        local = part.local(row)
        assert torch.equal(part.whole(local), row)
        assert not len(row) or 1 <= int(local.min()) <= int(local.max()) < len(part)


def test_rows_go_time_by_time():
    words = Vocabulary((2, 10, 10))
    codes = torch.tensor([[0, 1, 2], [7, 8, 9]])
    assert words.flatten(codes, 1).tolist() == [3, 20, 4, 21, 5, 22]
    assert Part(words, 1, 2).local(words.flatten(codes, 1)).tolist() == [1, 18, 2, 19, 3, 20]


def test_ids_in_the_wrong_place_are_refused():
    words = Vocabulary((2, 10, 10))
    row = words.flatten(torch.tensor([[0, 1], [7, 8]]), 1)
    for wrong in (row.flip(0), row[1:], row[:0] + 99):
        if len(wrong):
            with pytest.raises(InvalidValueError):
                words.unflatten(wrong, 1, 2)
    for wrong in (torch.tensor([10]), torch.tensor([-1]), torch.tensor([1.0])):
        with pytest.raises(InvalidValueError):
            words.ids(wrong, 1)
    with pytest.raises(InvalidValueError, match="from 0 to 2"):
        words.range_of(3)
    with pytest.raises(InvalidValueError, match="other streams"):
        Part(words, 1, 2).local(words.ids(torch.tensor([0]), 0))
    with pytest.raises(InvalidValueError):
        Vocabulary((3, 0))


def test_repetitions_are_removed_and_come_back():
    random = np.random.default_rng(2)
    for length in (0, 1, 2, 50, 50, 50):
        codes = torch.from_numpy(random.integers(0, 3, length))
        kept, durations = collapse(codes)
        assert torch.equal(expand(kept, durations), codes)
        assert int(durations.sum()) == length and bool((kept[1:] != kept[:-1]).all())
    with pytest.raises(InvalidValueError):
        expand(torch.tensor([1, 2]), torch.tensor([1, 0]))


def test_the_stages_share_the_vocabulary():
    words, parts = CONFIG.vocabulary, CONFIG.parts
    assert len(words) == 1 + 8 + 4 * 16
    assert [len(parts[s]) for s in ("semantic", "coarse", "fine")] == [9, 41, 65]
    assert parts["coarse"].range_of(1) == (9, 25) and parts["fine"].range_of(1) == (1, 17)


# ---------------------------------------------------------------- semantic tokens


@pytest.fixture(scope="module")
def hearing():
    return load_hearing("recogniser-fsdd").model


def test_frames_of_the_recogniser_are_what_it_pools(hearing):
    """Averaged over pairs of frames as its last layer does, they are its own features."""
    x = torch.from_numpy(np.stack([noise(8000, i) for i in range(3)]))
    with torch.no_grad():
        frames = hearing.frames(x)  # (B, C, T)
        pooled = F.max_pool1d(frames, 2)
        wanted = torch.cat(
            [pooled.view(3, 56, 5, -1).mean(3), pooled.view(3, 56, 5, -1).amax(3)], 1
        )
        torch.testing.assert_close(hearing.features(x), wanted.flatten(1))
    assert frames.shape == (3, 280, 25) and hearing.frame_rate == 25
    assert hearing.frames(x[:, : hearing.shortest]).shape[2] == 1
    with pytest.raises(InvalidValueError, match="N >= 240"):
        hearing.frames(x[:, : hearing.shortest - 1])


def test_semantic_tokens_need_no_other_file(hearing):
    config = replace(CONFIG, hearing=hearing.config)
    tokens = SemanticTokens(config)
    tokens.network.load_state_dict(hearing.state_dict())
    clips = [c.samples for c in corpora.load("digits")[:400:20]]
    tokens.fit(clips, seed=3)
    again = SemanticTokens(config_from({**SMALL, "hearing": vars(hearing.config)}))
    again.load_state_dict(tokens.state_dict())
    x = torch.tensor(clips[0])[None]
    codes = tokens(x)
    assert torch.equal(again(x), codes) and codes.shape[1] == len(clips[0]) // 320
    assert len(torch.unique(torch.cat([tokens(torch.tensor(c)[None])[0] for c in clips]))) == 8
    assert torch.equal(tokens(0.1 * x), codes), "the level says nothing"
    assert 2 < float(tokens.tempo) < 25
    assert not tokens.train().network.training, "it hears the same while others learn"
    features = torch.cat([tokens.features(torch.tensor(c)[None])[0] for c in clips], dim=1)
    torch.testing.assert_close(features.mean(1), torch.zeros(280), atol=1e-3, rtol=0)


def test_a_digit_s_tokens_tell_it_from_others(hearing):
    """Counts of tokens: two takes of one digit by one voice are nearer than two digits."""
    config = replace(CONFIG, hearing=hearing.config, semantic=32)
    tokens = SemanticTokens(config)
    tokens.network.load_state_dict(hearing.state_dict())
    digits = [c for c in corpora.load("digits") if c.speaker in ("en-us+Alex", "en-us+Andy")]
    tokens.fit([c.samples for c in digits], seed=0)
    counts = []
    for clip in digits:
        codes = collapse(tokens(torch.tensor(clip.samples)[None])[0])[0]
        counts.append(torch.bincount(codes, minlength=32).double())
    rows = F.normalize(torch.stack(counts), dim=1)
    like = rows @ rows.T
    same = torch.tensor([[a.label == b.label for b in digits] for a in digits])
    off = ~torch.eye(len(digits), dtype=torch.bool)
    assert like[same & off].mean() > 2 * like[~same].mean()


def test_chroma_hears_the_pitch_class_and_not_the_octave():
    t = np.arange(16000) / 16000
    chroma = Chroma(16000)
    for pitch in (60, 64, 72, 76):
        x = np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t).astype(np.float32)
        frames = chroma.frames(torch.from_numpy(x)[None])[0]
        assert frames.shape == (13, 25)
        assert (frames[:12, 3:-3].argmax(dim=0) == pitch % 12).all()
        torch.testing.assert_close(frames[:12].sum(0), torch.ones(25))
    silent = chroma.frames(torch.zeros(1, 16000))[0]
    torch.testing.assert_close(silent[:12], torch.full((12, 25), 1 / 12))
    both = np.concatenate([x[:8000], 0 * x[:8000]]).astype(np.float32)
    level = chroma.frames(torch.from_numpy(both)[None])[0, 12]
    assert level[3] > -0.2 and level[-3] < -4.5


# ---------------------------------------------------------------- sequences and losses


def test_rows_hold_what_is_given_and_what_is_due():
    semantic = torch.tensor([3, 5])
    acoustic = drawn_codes(np.random.default_rng(0), [16] * 4, 3)
    assert semantic_row(CONFIG, semantic).tolist() == [START, 4, 6]
    row, given = coarse_row(CONFIG, semantic, acoustic)
    assert row[:given].tolist() == [START, 4, 6, START] and len(row) == given + 6
    whole = CONFIG.parts["coarse"].whole(row[given:])
    assert torch.equal(CONFIG.vocabulary.unflatten(whole, 1, 2), acoustic[:2])
    bare, given = coarse_row(CONFIG, semantic[:0], acoustic)
    assert bare[:given].tolist() == [START, START]
    row, given = fine_row(CONFIG, acoustic[:2], acoustic[2:, :2])
    assert given == 8 and len(row) == 8 + 4 and row[7] == START
    whole = CONFIG.parts["fine"].whole(row[given:])
    assert torch.equal(CONFIG.vocabulary.unflatten(whole, 3, 2), acoustic[2:, :2])


def test_padding_and_what_is_given_cost_nothing(model):
    """A batch of rows of all lengths costs what they cost one by one, computed by hand."""
    random = np.random.default_rng(4)
    rows, given = zip(
        *(
            coarse_row(CONFIG, drawn_codes(random, [8], n)[0], drawn_codes(random, [16] * 4, t))
            for n, t in ((5, 3), (0, 1), (2, 6))
        ),
        strict=True,
    )
    nats, counts = model.costs("coarse", *batch_of(rows, given))
    assert counts.tolist() == [6, 2, 12]
    for row, known, cost in zip(rows, given, nats, strict=True):
        p = torch.log_softmax(model.coarse(row[None, :-1])[0], dim=1)
        wanted = -sum(p[i - 1, row[i]] for i in range(known, len(row)))
        torch.testing.assert_close(cost, wanted)
    ids, targets = batch_of(rows, given)
    assert ids.shape == targets.shape == (3, max(map(len, rows)) - 1)
    assert (targets == IGNORED).sum() == 3 * ids.shape[1] - 20


def test_the_loss_is_the_sum_of_three(model):
    random = np.random.default_rng(5)
    acoustic, semantic = drawn_codes(random, [16] * 4, 4), drawn_codes(random, [8], 6)[0]
    batch = [
        *batch_of([semantic_row(CONFIG, semantic)], [1]),
        *batch_of(*zip(coarse_row(CONFIG, semantic, acoustic))),
        *batch_of(*zip(fine_row(CONFIG, acoustic[:2], acoustic[2:]))),
    ]
    losses = model.losses(*batch)
    torch.testing.assert_close(model.loss(*batch), sum(losses.values()))
    bits = model.bits(*batch)
    for stage, loss in losses.items():
        assert bits[stage] == pytest.approx(float(loss.detach()) / np.log(2), rel=1e-5)
    model.zero_grad()
    model.loss(*batch).backward()
    learned = {n for n, p in model.named_parameters() if p.grad is not None}
    assert learned == {n for n, _ in model.named_parameters() if not n.startswith("tokens.")}


# ---------------------------------------------------------------- writing on


@pytest.mark.parametrize("without", [(), ("semantic",), ("fine",)])
def test_cached_generation_is_uncached_generation_token_for_token(model, without):
    codec = StubCodec()
    rules = Sampling((1.0, 1.0, 1.0), seed=3, without=without)
    prompt = noise(900)
    cached = continue_sound(model, codec, prompt, 0.5, rules)
    plain = continue_sound(model, codec, prompt, 0.5, replace(rules, cached=False))
    assert torch.equal(cached.tokens, plain.tokens)
    np.testing.assert_array_equal(cached.samples, plain.samples)
    other = continue_sound(model, codec, prompt, 0.5, replace(rules, seed=4))
    assert not torch.equal(cached.tokens, other.tokens)


def test_tokens_are_drawn_from_the_stage_s_own_distribution(model):
    """A stage asked often for one token gives each as often as softmax says."""
    row, _ = coarse_row(CONFIG, torch.tensor([1, 2]), torch.zeros(4, 0, dtype=torch.int64))
    low, high = CONFIG.parts["coarse"].range_of(1)
    p = torch.softmax(model.coarse(row[None])[0, -1, low:high].detach(), dim=0)
    chances = torch.rand(4000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    drawn = [
        int(write_on(model.coarse, row, [(low, high)], chance[None], 1.0, Sampling()))
        for chance in chances[:1000]
    ]
    share = torch.bincount(torch.tensor(drawn) - low, minlength=16) / 1000
    assert (share - p).abs().max() < 0.05 and p.max() > 0.1


def test_the_prompt_s_tokens_stay(model):
    codec = StubCodec()
    for count in (1, 160, 900, 8000):  # a sample, a frame, less than a window, far more
        prompt = noise(count)
        made = continue_sound(model, codec, prompt, 0.1)
        known = acoustic_tokens(codec, torch.from_numpy(prompt)[None])[0]
        assert torch.equal(made.tokens[:, : known.shape[1]], known)
        assert made.tokens.shape == (4, known.shape[1] + 5) and len(made.new) == 5 * 160
        assert made.prompt == known.shape[1] * 160
    bare = continue_sound(model, codec, prompt, 0.1, Sampling(without=("fine",)))
    assert torch.equal(bare.tokens[:, :50], known[:2]) and bare.tokens.shape[0] == 2


def test_only_the_last_half_window_of_a_prompt_is_seen(model):
    codec, rules = StubCodec(), Sampling((1.0, 1.0, 1.0), seed=1)
    whole = noise(8000)
    last = continue_sound(model, codec, whole[-10 * 160 :], 0.2, rules)
    assert torch.equal(
        continue_sound(model, codec, whole, 0.2, rules).tokens[:, 50:], last.tokens[:, 10:]
    )
    changed = np.concatenate([noise(8000 - 160, 9), whole[-160:]])
    other = continue_sound(model, codec, changed, 0.2, rules)
    assert not torch.equal(other.tokens[:, 50:], last.tokens[:, 10:])


def test_what_is_longer_than_a_window_is_written_in_passes(model, monkeypatch):
    """No stage reads more than its window holds, and all codes are whole."""
    longest = {}
    for stage in ("coarse", "fine"):
        network = getattr(model, stage)

        def forward(ids, mask=None, caches=None, stage=stage, network=network):
            seen = ids.shape[1] + (caches[0].length if caches else 0)
            longest[stage] = max(longest.get(stage, 0), seen)
            return network.trace(ids, mask, caches)[0]

        monkeypatch.setattr(network, "forward", forward)
    made = continue_sound(model, StubCodec(), np.zeros(0), 2.0, Sampling(without=()))
    assert made.tokens.shape == (4, 100) and made.prompt == 0 and len(made.samples) == 16000
    assert 0 <= int(made.tokens.min()) <= int(made.tokens.max()) < 16
    assert longest["fine"] <= 2 + 10 * 4 and longest["coarse"] <= 2 + 20 * 2 + 30
    again = continue_sound(model, StubCodec(), np.zeros(0), 2.0)
    assert torch.equal(again.tokens, made.tokens)


def test_fine_tokens_that_are_there_stay_and_the_others_follow(model):
    random = np.random.default_rng(8)
    coarse, fine = drawn_codes(random, [16] * 2, 33), drawn_codes(random, [16] * 2, 7)
    for known in (0, 3, 7):
        chances = torch.Generator().manual_seed(0)
        whole = fine_tokens(model, coarse, fine[:, :known], Sampling(), chances)
        assert whole.shape == (2, 33) and torch.equal(whole[:, :known], fine[:, :known])


def test_prompts_and_settings_that_cannot_be(model):
    codec = StubCodec()
    for prompt, seconds in (
        (np.zeros((2, 5)), 1),
        (np.array([np.nan]), 1),
        (noise(10), 0),
        (noise(10), 61),
    ):
        with pytest.raises(InvalidValueError):
            continue_sound(model, codec, prompt, seconds)
    for told in ({"temperatures": (1, 1)}, {"without": ("coarse",)}, {"top_p": 0.0}, {"seed": -1}):
        with pytest.raises(InvalidValueError):
            Sampling(**told)
    silent = continue_sound(model, codec, np.zeros(500), 0.1)
    assert np.isfinite(silent.samples).all()


def test_another_codec_is_refused_in_one_line():
    codec = StubCodec()
    told = {"codec": {"name": "codec-toy", "fingerprint": fingerprint(codec)}}
    check_codec(Trained(None, told), codec)
    with torch.no_grad():
        codec.residual.books[3].entries[15, 159] += 1e-6
    with pytest.raises(CheckpointError, match="codec-toy") as told_off:
        check_codec(Trained(None, told), codec)
    assert "\n" not in str(told_off.value)


def test_presets_and_bounds():
    assert AudioLMConfig.trained().frames == 200 and AudioLMConfig.trained().fine_frames == 50
    assert AudioLMConfig.paper(coarse=4, books=12).layers == 12
    for wrong in ({"coarse": 4}, {"coarse": 0}, {"semantic": 0}, {"fine_window": 0.05}):
        with pytest.raises(InvalidValueError):
            replace(CONFIG, **wrong)
    size = sum(p.numel() for p in AudioLM(AudioLMConfig.trained()).parameters())
    assert 2 * size < 8 * 2**20, "in float16 it fits what may ship"
    assert config_from(vars(CONFIG)) == CONFIG
